//! Finds the ends at which a channel rests at exactly one value.

/// Equal values in a row that are no chance.
const RUN: usize = 5;
/// An end at which fewer rows rest is none.
const LEAST: usize = 10;
/// … but one to which it comes back needs only so many.
const OFTEN: usize = 6;
/// A smaller share of the rows at an end is none in any case.
const SHARE: f64 = 0.002;
/// At an end rest this many times the rows that rest at any value between the ends: where every
/// value is held, as in a coarse or seldom read channel, resting says nothing.
const CLEAR: usize = 3;

/// Whether a channel rests at its least and at its greatest value.
///
/// It rests where it stays there for long, or where it comes back to exactly that value again and
/// again while it hardly ever has the same value twice elsewhere: a valve that its controller shuts
/// for a step or two.
pub(crate) fn rests(values: &[f64]) -> [bool; 2] {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let known: Vec<f64> = finite.collect();
    let runs = values
        .chunk_by(|a, b| a.total_cmp(b).is_eq())
        .filter(|run| run.len() >= RUN && run[0].is_finite());
    let held = runs.flat_map(|run| run.iter().copied()).collect();
    let share = SHARE * known.len() as f64;
    let least = share.max(LEAST as f64);
    let (held, all) = (Counts::of(held), Counts::of(known.clone()));
    let Some([low, high]) = all.ends().filter(|[low, high]| low < high) else {
        return [false; 2];
    };
    let (held_between, all_between) = (held.between([low, high]), all.between([low, high]));
    [low, high].map(|end| {
        let (held, all) = (held.at(end), all.at(end));
        let is_long = held as f64 >= least && held >= CLEAR * held_between;
        let is_often = all >= OFTEN && all as f64 >= share;
        is_long || (is_often && all >= CLEAR * all_between && visits(&known, end) > 1)
    })
}

/// How often a channel comes to a value; gaps are passed over.
fn visits(values: &[f64], value: f64) -> usize {
    let runs = values.chunk_by(|a, b| a.total_cmp(b).is_eq());
    runs.filter(|run| run[0].total_cmp(&value).is_eq()).count()
}

/// How often each value stands in a channel, in order of the values.
struct Counts(Vec<(f64, usize)>);

impl Counts {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let alike = values.chunk_by(|a, b| a.total_cmp(b).is_eq());
        Self(alike.map(|run| (run[0], run.len())).collect())
    }

    fn ends(&self) -> Option<[f64; 2]> {
        Some([self.0.first()?.0, self.0.last()?.0])
    }

    fn at(&self, value: f64) -> usize {
        let place = self.0.binary_search_by(|one| one.0.total_cmp(&value));
        place.map_or(0, |place| self.0[place].1)
    }

    /// The most rows at any one value between two.
    fn between(&self, [low, high]: [f64; 2]) -> usize {
        let inside = self
            .0
            .iter()
            .filter(|(value, _)| low < *value && *value < high);
        inside.map(|(_, count)| *count).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave cut off at some height.
    fn cut(height: f64) -> Vec<f64> {
        let wave = (0..1000).map(|t| (f64::from(t) * 0.03).sin());
        wave.map(|x| x.min(height)).collect()
    }

    #[test]
    fn a_wave_that_is_cut_off_rests_at_its_upper_end_and_a_whole_one_nowhere() {
        assert_eq!(rests(&cut(0.8)), [false, true]);
        assert_eq!(rests(&cut(2.0)), [false, false]);
        let turned: Vec<f64> = cut(0.8).iter().map(|x| -x).collect();
        assert_eq!(rests(&turned), [true, false]);
    }

    #[test]
    fn gaps_do_not_hide_an_end_and_a_constant_channel_has_none() {
        let mut gappy = cut(0.8);
        for gap in gappy.iter_mut().step_by(40) {
            *gap = f64::NAN;
        }
        assert_eq!(rests(&gappy), [false, true]);
        assert_eq!(rests(&[3.0; 100]), [false, false]);
        assert_eq!(rests(&[f64::NAN; 100]), [false, false]);
        assert_eq!(rests(&[]), [false, false]);
    }

    #[test]
    fn a_coarse_channel_that_is_held_everywhere_has_no_end() {
        let coarse: Vec<f64> = cut(2.0).iter().map(|x| (x * 4.0).round()).collect();
        assert_eq!(rests(&coarse), [false, false]);
    }

    #[test]
    fn coming_back_to_exactly_the_least_value_again_and_again_is_an_end() {
        // Shut for two steps, once in ninety.
        let valve = |floor: f64| -> Vec<f64> {
            let swing = (0..1000).map(|t| 0.5 + 0.6 * (f64::from(t) * 0.07).sin());
            let swing = swing.map(|x: f64| x.max(floor));
            swing.collect()
        };
        let shut = valve(-0.0985);
        assert!(
            shut.chunk_by(|a, b| a.total_cmp(b).is_eq())
                .all(|run| run.len() < RUN)
        );
        assert_eq!(rests(&shut), [true, false]);
        assert_eq!(rests(&valve(-1.0)), [false, false]);
        // Where values are told in tenths, many stand there often.
        let tenths: Vec<f64> = shut.iter().map(|x| (x * 10.0).round()).collect();
        assert_eq!(rests(&tenths), [false, false]);
    }

    #[test]
    fn a_handful_of_rows_is_no_end() {
        let mut values = cut(2.0);
        values[500..509].fill(1.5);
        assert_eq!(rests(&values), [false, false]);
        values[500..510].fill(1.5);
        assert_eq!(rests(&values), [false, true]);
    }
}
