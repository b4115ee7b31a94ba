//! Likely causes of the gap, strongest first, each with what was seen and what to do next.
//!
//! The strength of a cause is the share of the squared error that it would explain, less what
//! measurement noise explains; so causes of one output can be compared.

use super::{
    symptoms::{Residuals, moves, noise_of},
    words::{Args, english, format_number, format_signed, percent, with_unit},
};
use crate::{
    base::format_local,
    data::{Dataset, Role, Split},
    metrics::{ChannelGap, Pairing},
};

/// What is weaker is not named.
const LEAST_STRENGTH: f64 = 0.1;
/// What a slope must explain of the squared error beyond an offset to be told as one.
const LEAST_DRIFT: f64 = 0.1;
/// An input may lack this share of the scored rows more than of those that were learned.
const MOST_UNRECORDED: f64 = 0.1;
/// Of fewer rows no share of missing measurements is told.
const FEW_ROWS: usize = 30;
/// A symptom that most causes share counts half.
const GENERAL: f64 = 0.5;

/// A likely cause of a gap and the next action.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// A stable word such as `clock-offset`; `cause-<cause>` and `action-<cause>` are locale keys.
    pub cause: &'static str,
    /// The output concerned.
    pub channel: String,
    /// How strong, 0 to 1.
    pub strength: f64,
    /// What was seen, in English.
    pub evidence: String,
    /// What to do next, in English.
    pub action: String,
    /// The values named in the evidence, for other languages.
    pub args: Args,
}

impl Cause {
    fn of(cause: &'static str, channel: &str, strength: f64, mut args: Args) -> Self {
        args.push(("channel", channel.to_owned()));
        Self {
            cause,
            channel: channel.to_owned(),
            strength,
            evidence: english(&format!("evidence-{cause}"), &args),
            action: english(&format!("action-{cause}"), &args),
            args,
        }
    }
}

/// Ranks likely causes of the gap, strongest first.
///
/// `outputs` are the dataset's indices of the scored channels, one list of pairings and one score
/// each; `inputs` the recorded inputs over the same stretches, `[pairing][input]`; `places` the episode
/// and the first step of each pairing, from which times are told.
pub fn rank_causes(
    dataset: &Dataset,
    outputs: &[usize],
    pairings: &[Vec<Pairing<'_>>],
    scores: &[ChannelGap],
    inputs: &[Vec<Vec<f64>>],
    places: &[(usize, usize)],
) -> Vec<Cause> {
    // They stand first: nothing else can be told from rows whose inputs are not known.
    let mut causes = unrecorded_inputs(dataset, inputs);
    for ((&output, list), score) in outputs.iter().zip(pairings).zip(scores) {
        let mut finder = Finder {
            dataset,
            output,
            score,
            weight: 1.0,
            found: Vec::new(),
        };
        finder.missing(list);
        if let Some(residuals) = Residuals::new(list)
            && !finder.below_noise()
        {
            // What stands still differs by an offset, a slope and a lag too.
            if !finder.stuck(&residuals) {
                finder.levels(&residuals, places);
                finder.late(&residuals, scores);
                finder.rest(&residuals, inputs, places);
            }
        }
        causes.append(&mut finder.found);
    }
    causes.retain(|cause| cause.strength >= LEAST_STRENGTH);
    causes.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    causes
}

/// Inputs that were recorded when the model learned and were not where it is scored: the model was given
/// an assumed value there.
fn unrecorded_inputs(dataset: &Dataset, inputs: &[Vec<Vec<f64>>]) -> Vec<Cause> {
    let channels = dataset.channels_where(Role::is_input);
    let share_of = |parts: &mut dyn Iterator<Item = &[f64]>| {
        let (mut n_missing, mut n_rows) = (0.0, 0.0);
        for part in parts {
            n_rows += part.len() as f64;
            n_missing += part.iter().filter(|value| !value.is_finite()).count() as f64;
        }
        if n_rows > 0.0 {
            n_missing / n_rows
        } else {
            0.0
        }
    };
    let mut causes = Vec::new();
    for (position, &channel) in channels.iter().enumerate() {
        let scored = inputs.iter().filter_map(|stretch| stretch.get(position));
        let share = share_of(&mut scored.map(Vec::as_slice));
        let mut learned = dataset.spans_of(Split::Train).map(|span| {
            let column = &dataset.episodes[span.episode].columns[channel];
            &column[span.start..span.end]
        });
        // One that is read seldom has holes everywhere.
        if share - share_of(&mut learned) > MOST_UNRECORDED {
            let name = &dataset.channels[channel].name;
            let args = vec![("share", percent(share))];
            causes.push(Cause::of("input-unrecorded", name, 1.0, args));
        }
    }
    causes
}

/// Collects the causes of one output.
struct Finder<'a> {
    dataset: &'a Dataset,
    output: usize,
    score: &'a ChannelGap,
    /// Share of the squared error above the measurement noise.
    weight: f64,
    found: Vec<Cause>,
}

impl Finder<'_> {
    fn add(&mut self, cause: &'static str, strength: f64, args: Args) {
        let strength = strength * self.weight;
        if !(strength.is_finite() && strength > 0.0) {
            return;
        }
        let channel = &self.dataset.channels[self.output].name;
        self.found
            .push(Cause::of(cause, channel, strength.min(1.0), args));
    }

    fn amount(&self, value: f64) -> String {
        with_unit(value, &self.dataset.channels[self.output].unit)
    }

    fn signed(&self, value: f64) -> String {
        let unit = &self.dataset.channels[self.output].unit;
        format!("{} {unit}", format_signed(value))
            .trim_end()
            .to_owned()
    }

    /// A sensor that gave nothing.
    fn missing(&mut self, pairings: &[Pairing<'_>]) {
        let rows: usize = pairings.iter().map(|pairing| pairing.real.len()).sum();
        let values = pairings.iter().flat_map(|pairing| pairing.real);
        let n_missing = values.filter(|value| !value.is_finite()).count();
        let usual = self.dataset.channels[self.output].missing_frac;
        let share = n_missing as f64 / rows.max(1) as f64;
        if rows < FEW_ROWS && n_missing < rows {
            return;
        }
        // A slow sensor is blank between its readings everywhere.
        if share > 1.5 * usual + 0.02 || (share > 0.05 && usual < 0.5) {
            self.add(
                "sensor-dropped",
                2.0 * share,
                vec![("share", percent(share))],
            );
        }
    }

    /// Whether there is nothing to fix; else what the noise leaves to explain.
    fn below_noise(&mut self) -> bool {
        let noise = noise_of(self.dataset, self.output);
        let rmse = self.score.rmse;
        if rmse <= 1.2 * noise {
            let args = vec![("rmse", self.amount(rmse)), ("noise", self.amount(noise))];
            // It is no cause, so every cause comes before it.
            self.add("below-noise", LEAST_STRENGTH, args);
            return true;
        }
        self.weight = 1.0 - (noise / rmse).powi(2);
        false
    }

    /// A sensor that stands still though it moved when the model learned; says whether that is most of it.
    fn stuck(&mut self, residuals: &Residuals<'_>) -> bool {
        if !moves(self.dataset, self.output) {
            return false;
        }
        let (n_stuck, share) = residuals.stuck();
        let args = vec![("steps", n_stuck.to_string()), ("share", percent(share))];
        self.add("sensor-stuck", share, args);
        share > 0.5
    }

    /// Offset, drift, change of level, slope.
    fn levels(&mut self, residuals: &Residuals<'_>, places: &[(usize, usize)]) {
        let bias = residuals.bias_share();
        let (both, at, before, after) = residuals.change();
        let (line, begin, end) = residuals.trend();
        let is_steady = residuals.is_bias_steady();
        // A slope that a step explains better is a step.
        let drifts = !is_steady && line - bias > LEAST_DRIFT && line > both;
        let is_new = !drifts && both - bias > 0.2 && before.abs() < 0.5 * after.abs();
        if drifts {
            let args = vec![
                ("begin", format_signed(-begin)),
                ("end", self.signed(-end)),
                ("share", percent(line)),
            ];
            self.add("drift", line, args);
        } else if is_new {
            let args = vec![
                ("when", self.when(residuals.place_of(at), places)),
                ("before", format_signed(-before)),
                ("after", format_signed(-after)),
            ];
            self.add("new-regime", both, args);
        } else if is_steady {
            let args = vec![
                ("bias", self.amount(self.score.bias)),
                ("share", percent(bias)),
            ];
            self.add("bias", bias, args);
        }
        let gain = residuals.gain_share();
        let slope = vec![("slope", format_number(residuals.slope))];
        self.add(
            "gain",
            // What moves a level for good looks like a slope too.
            if drifts {
                gain.min(line) * GENERAL
            } else if is_new {
                gain.min(both) * GENERAL
            } else if residuals.leans_ever_more() {
                gain * GENERAL
            } else {
                gain
            },
            slope,
        );
    }

    /// A constant lag: of all outputs alike it is a clock, of one it is the line.
    fn late(&mut self, residuals: &Residuals<'_>, scores: &[ChannelGap]) {
        let lag = self.score.lag_steps;
        if lag == 0 {
            return;
        }
        let is_common = scores
            .iter()
            .all(|score| (score.lag_steps - lag).abs() <= 1);
        let cause = if is_common {
            "clock-offset"
        } else {
            "dead-time"
        };
        let secs = lag as f64 * self.dataset.step_secs;
        let args = vec![
            ("way", if lag > 0 { "late" } else { "early" }.to_owned()),
            ("steps", lag.abs().to_string()),
            ("count", count_word(lag.unsigned_abs())),
            ("secs", format_number(secs.abs())),
        ];
        self.add(cause, residuals.lag_share(lag), args);
    }

    /// What is looked for in what offset and slope leave.
    fn rest(
        &mut self,
        residuals: &Residuals<'_>,
        inputs: &[Vec<Vec<f64>>],
        places: &[(usize, usize)],
    ) {
        let rest = residuals.rest_share();
        if let Some((input, lag, rho)) = residuals.follows(inputs) {
            let names = self.dataset.channels_where(Role::is_input);
            let name = names.get(input).map_or_else(
                || input.to_string(),
                |&at| self.dataset.channels[at].name.clone(),
            );
            let args = vec![
                ("input", name),
                ("lag", lag.to_string()),
                ("count", count_word(lag as u64)),
                ("rho", format_signed(rho)),
            ];
            self.add("missing-dynamics", rho * rho * rest, args);
        }
        if let Some((share, amplitude, hour)) = residuals.daily(self.dataset, places)
            && share > 0.2
        {
            let args = vec![
                ("amplitude", self.amount(amplitude)),
                ("hour", format!("{hour:.0}")),
                ("zone", zone_of(self.dataset)),
            ];
            self.add("time-of-day", share * rest, args);
        }
        if let Some((early, late, about)) = residuals.growth()
            && early < 0.5 * late
        {
            let grown = 1.0 - (early / late).powi(2);
            let args = vec![("early", self.amount(early)), ("late", self.amount(late))];
            self.add("error-accumulation", GENERAL * grown * about, args);
        }
        if let Some((old, new)) = residuals.ageing()
            && new < 0.6 * old
        {
            let worse = 1.0 - (new / old).powi(2);
            let args = vec![("old", self.amount(old)), ("new", self.amount(new))];
            self.add("over-adaptation", GENERAL * worse * rest, args);
        }
    }

    /// A step of a log without a clock, as the time since its begin.
    fn step_words(&self, step: usize) -> String {
        let secs = step as f64 * self.dataset.step_secs;
        if secs < 100.0 {
            return format!("{} s", format_number(secs));
        }
        format!("{secs:.0} s")
    }

    /// A moment in words.
    fn when(&self, at: Option<(usize, usize)>, places: &[(usize, usize)]) -> String {
        let Some((stretch, step)) = at else {
            return "–".to_owned();
        };
        match places.get(stretch).copied() {
            Some((episode, start)) if self.dataset.has_clock => {
                let episode = &self.dataset.episodes[episode];
                let time_ns = episode.time_ns(start + step, self.dataset.step_secs);
                let time = format_local(time_ns, self.dataset.shown_offset_secs());
                format!("{} {}", time.replace('T', " "), zone_of(self.dataset))
            }
            Some((_, start)) => self.step_words(start + step),
            None => self.step_words(step),
        }
    }
}

/// The form that words beside a count take: `none`, `one` or `many`.
fn count_word(count: u64) -> String {
    match count {
        0 => "none",
        1 => "one",
        _ => "many",
    }
    .to_owned()
}

/// The clock that times are said in.
fn zone_of(dataset: &Dataset) -> String {
    dataset.zone_name().unwrap_or_else(|| "UTC".to_owned())
}
