//! Each channel's centre and unit, fitted on train and val steps; it travels inside the model.

use super::{
    derived::Derived,
    rails::{End, FREE, rests},
};
use crate::base::{Issue, Issues, Place, Severity, to_count, to_f32};

/// Beyond this many units a value is a fault of the sensor or the file, not of the plant.
const CLIP: f64 = 100.0;
/// A kurtosis above this makes the standard deviation a poor unit; a normal channel has 3.
const HEAVY_TAIL: f64 = 30.0;

/// How raw values become numbers of order one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// The raw value that becomes 0.
    pub(crate) center: f64,
    /// The raw length that becomes 1; 0 for a channel that never moves.
    pub(crate) unit: f64,
    /// The standard deviation in units.
    pub(crate) spread: f64,
    /// The least raw value met.
    pub(crate) low: f64,
    /// The greatest raw value met.
    pub(crate) high: f64,
    /// The ends at which it rests, so that nothing lies beyond: the lower, the upper.
    pub(crate) ends: [Option<End>; 2],
}

impl Scale {
    /// A channel that says nothing.
    pub(crate) const SILENT: Self = Self {
        center: 0.0,
        unit: 0.0,
        spread: 0.0,
        low: 0.0,
        high: 0.0,
        ends: [None; 2],
    };

    /// Whether the channel ever moved.
    pub(crate) fn moves(&self) -> bool {
        self.unit > 0.0
    }

    /// Raw to normalized; NaN stays NaN where the channel moves, else 0. What a sensor's noise reads
    /// around an end is the end.
    pub(crate) fn normed(&self, raw: f64) -> f64 {
        if !self.moves() {
            return 0.0;
        }
        if !raw.is_finite() {
            return f64::NAN;
        }
        let [low, high] = self.ends;
        let at_low = low.filter(|end| raw <= end.value + end.blur);
        let at_high = high.filter(|end| raw >= end.value - end.blur);
        let raw = at_low.or(at_high).map_or(raw, |end| end.value);
        ((raw - self.center) / self.unit).clamp(-CLIP, CLIP)
    }

    /// The ends that no normalized value passes; infinite where there is none.
    pub(crate) fn rails(&self) -> [f32; 2] {
        let mut rails = FREE;
        for (rail, end) in rails.iter_mut().zip(self.ends) {
            if let Some(end) = end {
                *rail = to_f32(self.normed(end.value));
            }
        }
        rails
    }

    /// A raw value, held where the channel rests, or as far beyond as its sensor may read there.
    pub(crate) fn held(&self, raw: f64) -> f64 {
        let [low, high] = self.ends;
        let value = low.map_or(raw, |end| raw.max(end.value - end.blur));
        high.map_or(value, |end| value.min(end.value + end.blur))
    }

    /// Normalized to raw.
    pub(crate) fn raw(&self, normed: f64) -> f64 {
        self.center + self.unit * normed
    }

    /// How far a normalized value lies beyond what was met, in units of the whole range met.
    pub(crate) fn beyond(&self, normed: f64) -> f64 {
        if !self.moves() {
            return 0.0;
        }
        let raw = self.raw(normed);
        let range = self.high * 0.5 - self.low * 0.5;
        let past = (raw * 0.5 - self.high * 0.5).max(self.low * 0.5 - raw * 0.5);
        if range > 0.0 {
            (past / range).max(0.0)
        } else {
            0.0
        }
    }

    /// Fits the scale; also says how many values had to be clipped. `None` without any value.
    fn fit(values: &[f64]) -> Option<(Self, usize)> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (&low, &high) = (sorted.first()?, sorted.last()?);
        let median = quantile(&sorted, 0.5);
        // Halved first: the range of two huge numbers must not overflow.
        if high * 0.5 - low * 0.5 <= 1e-9 * high.abs().max(low.abs()) {
            let constant = Self {
                center: median,
                low,
                high,
                ..Self::SILENT
            };
            return Some((constant, 0));
        }
        let robust = robust_unit(&sorted);
        let reach = if robust > 0.0 {
            CLIP * robust
        } else {
            f64::MAX
        };
        let clipped: Vec<f64> = values
            .iter()
            .copied()
            .filter(|x| x.is_finite())
            .map(|x| (x * 0.5).clamp(median * 0.5 - reach * 0.5, median * 0.5 + reach * 0.5) * 2.0)
            .collect();
        let n_clipped = sorted
            .iter()
            .filter(|&&x| (x * 0.5 - median * 0.5).abs() > reach * 0.5)
            .count();
        // Moments in units of the largest value, so that squares stay finite.
        let largest = clipped
            .iter()
            .fold(f64::MIN_POSITIVE, |a, x| a.max(x.abs()));
        let n = clipped.len() as f64;
        let mean = clipped.iter().map(|x| x / largest).sum::<f64>() / n;
        let moment = |power: i32| {
            clipped
                .iter()
                .map(|x| (x / largest - mean).powi(power))
                .sum::<f64>()
                / n
        };
        let variance = moment(2);
        let std = variance.sqrt() * largest;
        let heavy = robust > 0.0 && moment(4) > HEAVY_TAIL * variance * variance;
        let (center, unit) = if heavy {
            (median, robust.max(std / 5.0))
        } else {
            (mean * largest, std)
        };
        if !(unit.is_finite() && unit > 0.0) {
            return None;
        }
        let spread = std / unit;
        Some((
            Self {
                center,
                unit,
                spread,
                low,
                high,
                ends: [None; 2],
            },
            n_clipped,
        ))
    }
}

/// A channel's name and scale.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NamedScale {
    /// The name in the dataset.
    pub(crate) name: String,
    /// Its scale.
    pub(crate) scale: Scale,
    /// How it comes about, where it is no channel of the dataset but made of one.
    pub(crate) derived: Option<Derived>,
}

impl NamedScale {
    /// The input that this one is made of, itself where it is a channel.
    pub(crate) fn before<'a>(&'a self, inputs: &'a [Self]) -> &'a Self {
        let source = self.derived.and_then(|one| inputs.get(one.source()));
        source.unwrap_or(self)
    }
}

/// The scales of all channels that the model knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Normalizer {
    /// Outputs that were ever measured, constant ones included.
    pub(crate) outputs: Vec<NamedScale>,
    /// Controls, then disturbances, then what is made of them.
    pub(crate) inputs: Vec<NamedScale>,
}

impl Normalizer {
    /// The positions of the outputs that move: the ones that are modelled.
    pub(crate) fn active(&self) -> Vec<usize> {
        (0..self.outputs.len())
            .filter(|&output| self.outputs[output].scale.moves())
            .collect()
    }

    /// The least and the greatest normalised value that each output that moves was learned at.
    pub(crate) fn ends(&self) -> Vec<[f32; 2]> {
        let scales = self.active().into_iter();
        let scales = scales.map(|output| self.outputs[output].scale);
        let ends = scales.map(|scale| [scale.low, scale.high].map(|end| to_f32(scale.normed(end))));
        ends.collect()
    }
}

/// Fits one output; `None` where nothing was ever measured.
pub(crate) fn fit_output(name: &str, values: &[f64], notes: &mut Issues) -> Option<NamedScale> {
    let place = Place::default().in_column(name);
    let Some((mut scale, n_clipped)) = Scale::fit(values) else {
        notes.push(Issue::new(
            place,
            Severity::Warning,
            "output-without-values",
            "was never measured in train and val blocks: it is not predicted",
        ));
        return None;
    };
    if scale.moves() {
        note_clipped(name, n_clipped, notes);
        let met = [scale.low, scale.high].map(End::exact);
        for ((rests, end), place) in rests(values).into_iter().zip(met).zip(&mut scale.ends) {
            if rests {
                *place = Some(end);
                notes.push(rests_note(name, end));
            }
        }
    } else {
        let text = format!(
            "is always {}: it is left out of the model and predicted to stay",
            scale.center
        );
        let issue = Issue::new(place, Severity::Info, "output-constant", text);
        notes.push(issue.with("value", scale.center));
    }
    Some(NamedScale {
        name: name.to_owned(),
        scale,
        derived: None,
    })
}

/// Fits one input; one that says nothing gets no effect.
pub(crate) fn fit_input(name: &str, values: &[f64], notes: &mut Issues) -> NamedScale {
    let (scale, n_clipped) = Scale::fit(values).unwrap_or((Scale::SILENT, 0));
    if scale.moves() {
        note_clipped(name, n_clipped, notes);
    } else {
        notes.push(Issue::new(
            Place::default().in_column(name),
            Severity::Warning,
            "input-constant",
            "never moves in train and val blocks: its effect cannot be learned and is taken as zero",
        ));
    }
    NamedScale {
        name: name.to_owned(),
        scale,
        derived: None,
    }
}

/// Says that an output stops at an end.
pub(crate) fn rests_note(name: &str, end: End) -> Issue {
    let value = end.value;
    let text = format!(
        "rests at {value}, as if it could not pass it: predictions stop there too, and what \
         was measured there is learned as a bound"
    );
    let place = Place::default().in_column(name);
    Issue::new(place, Severity::Info, "output-rests", text).with("value", value)
}

fn note_clipped(name: &str, n_clipped: usize, notes: &mut Issues) {
    if n_clipped > 0 {
        let text = format!(
            "has {n_clipped} values further than {CLIP} usual spreads from its median: they are clipped"
        );
        let place = Place::default().in_column(name);
        let issue = Issue::new(place, Severity::Warning, "values-clipped", text);
        notes.push(issue.with("count", n_clipped).with("spreads", CLIP));
    }
}

/// The value below which a share of a sorted, non-empty list lies, linear between neighbours.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = to_count(place);
    let above = (below + 1).min(last);
    let weight = place - place.floor();
    sorted[below] * (1.0 - weight) + sorted[above] * weight
}

/// The standard deviation that the middle of the list suggests, 0 where too much of it is equal.
fn robust_unit(sorted: &[f64]) -> f64 {
    // Quantile pairs and the normal distribution's width between them, narrowest first.
    let pairs = [(0.25, 1.349), (0.10, 2.563), (0.05, 3.290), (0.01, 4.653)];
    pairs
        .into_iter()
        .map(|(tail, width)| (quantile(sorted, 1.0 - tail) - quantile(sorted, tail)) / width)
        .find(|&unit| unit > 0.0)
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(values: &[f64]) -> (Scale, usize) {
        Scale::fit(values).unwrap()
    }

    #[test]
    fn one_huge_value_does_not_move_the_scale() {
        let mut values: Vec<f64> = (0..200).map(|i| f64::from(i % 10)).collect();
        let clean = fit(&values).0;
        values[7] = 1e38;
        let (scale, n_clipped) = fit(&values);
        assert_eq!(n_clipped, 1);
        assert!(scale.unit < 40.0 * clean.unit, "{scale:?}");
        assert!(scale.normed(1e38) <= CLIP);
    }

    #[test]
    fn a_constant_channel_does_not_move() {
        let (scale, _) = fit(&[4.0, f64::NAN, 4.0, 4.0]);
        assert!(!scale.moves());
        assert!((scale.raw(0.0) - 4.0).abs() < 1e-12);
        assert!(Scale::fit(&[f64::NAN]).is_none());
    }

    #[test]
    fn huge_ranges_stay_finite() {
        let (scale, _) = fit(&[-1e308, 1e308, 0.0, 5e307]);
        assert!(
            scale.unit.is_finite() && scale.spread.is_finite(),
            "{scale:?}"
        );
    }

    #[test]
    fn normed_and_raw_are_inverse() {
        let (scale, _) = fit(&[1.0, 2.0, 5.0, 9.0]);
        assert!((scale.raw(scale.normed(7.0)) - 7.0).abs() < 1e-12);
        assert!(scale.normed(f64::NAN).is_nan());
    }
}
