//! What left-out runs have shown of one output: how well it is foretold, for how long, and between
//! which ends.

use super::{FittedModel, Tier, derived::Derived, normalizer::NamedScale};

/// What left-out free runs have shown of one output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputSkill {
    /// The family with the largest share; the best of the others where carrying the last value on won.
    pub tier: Tier,
    /// Error of what answers, or of that best family, in units of the output's spread.
    pub error: f64,
    /// The same of the last value carried on.
    pub naive_error: f64,
    /// Whether what answers under planned controls is better than that.
    pub beats_naive: bool,
    /// Steps after a start up to which the bands were measured; beyond them the last one is held.
    pub measured_steps: usize,
}

impl FittedModel {
    /// What was shown of an output under planned controls; `None` of one that never moves.
    ///
    /// It is that of the sensors' model: whether another one, which knows records, answers depends
    /// on what is recorded at the start.
    pub fn skill(&self, output: usize) -> Option<OutputSkill> {
        let bands = self.race.blended.get(self.position(output)?)?;
        let error_of = |tier: Tier| {
            let score = self.race.scores.iter().find(|score| score.tier == tier)?;
            score.rmse_norm_by_channel.get(output).copied()
        };
        let chosen = self.race.chosen[output];
        let beats_naive = chosen != Tier::Naive;
        let (tier, error) = if beats_naive {
            (chosen, self.race.rmse_norm[output])
        } else {
            let others = Tier::ALL.into_iter().filter(|tier| *tier != Tier::Naive);
            let scored = others.filter_map(|tier| Some((tier, error_of(tier)?)));
            let best = scored.min_by(|a, b| a.1.total_cmp(&b.1));
            best.unwrap_or((Tier::Linear, f64::NAN))
        };
        Some(OutputSkill {
            tier,
            error,
            naive_error: error_of(Tier::Naive).unwrap_or(f64::NAN),
            beats_naive,
            measured_steps: bands.measured_steps(),
        })
    }

    /// The levels of an input that acts at each in its own way, rising; none where it acts by how much it is.
    pub fn levels_of(&self, input: &str) -> Vec<f64> {
        let inputs = &self.normalizer.inputs;
        let near = |one: &NamedScale| match one.derived {
            Some(Derived::Near(level)) if one.before(inputs).name == input => Some(level.knots),
            _ => None,
        };
        let mut levels: Vec<f64> = inputs.iter().filter_map(near).flatten().collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    /// The lower and the upper end at which the record of an output rests: paths, bands and draws
    /// are held there, so that nothing can be told of what lies beyond.
    pub fn rests_at(&self, output: usize) -> [Option<f64>; 2] {
        let scale = self.normalizer.outputs.get(output).map(|one| one.scale);
        scale.map_or([None; 2], |scale| scale.ends.map(|end| Some(end?.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Silent, StopToken, Stream, SystemClock},
        data::{Channel, Dataset, Episode, Media, Role, Span, Split},
        model::{TrainConfig, TrainEvent, TrainHooks, train},
    };

    /// A control that moves `follows`, and an output that wanders and once jumps, whatever it does.
    fn data() -> Dataset {
        let mut draws = Stream::new(5, Purpose::Test, &[]).draws();
        let mut columns = vec![Vec::new(); 3];
        let (mut u, mut x, mut walk) = (0.0, 0.0, 0.0);
        for step in 0..500 {
            if step % 13 == 0 {
                u = draws.between(-1.0, 1.0);
            }
            x += (u - x) / 6.0;
            walk += 0.01 * draws.normal() + if step == 250 { 2.0 } else { 0.0 };
            let row = [u, x + 0.02 * draws.normal(), walk];
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        Dataset {
            name: "test".to_owned(),
            step_secs: 5.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![
                Channel::new("u", Role::Control, ""),
                Channel::new("follows", Role::Observation, ""),
                Channel::new("wanders", Role::Kpi, ""),
            ],
            episodes: vec![Episode {
                name: "one".to_owned(),
                start_ns: 0,
                columns,
            }],
            spans: vec![Span {
                episode: 0,
                start: 0,
                end: 500,
                split: Split::Train,
            }],
            media: Media::default(),
        }
    }

    /// The first model of a training, of the families that take no time.
    fn first() -> FittedModel {
        let stop = StopToken::new();
        let mut first = None;
        let mut hooks = TrainHooks {
            stop: &stop,
            clock: &SystemClock::new(),
            reporter: &Silent,
            on_event: &mut |event| {
                if let TrainEvent::Usable(model) = event {
                    first.get_or_insert(*model);
                    stop.stop();
                }
            },
            resume: None,
        };
        train(&data(), &TrainConfig::default(), &mut hooks).expect_err("it was stopped");
        first.expect("a first model")
    }

    #[test]
    fn an_output_that_only_wanders_is_foretold_no_better_than_its_last_value() {
        let mut model = first();
        assert_eq!(model.chosen(), [Tier::Linear, Tier::Naive]);
        let [follows, wanders] = [0, 1].map(|output| model.skill(output).expect("it moves"));
        assert!(follows.beats_naive && follows.error < 0.3 * follows.naive_error);
        assert!(!wanders.beats_naive && wanders.tier == Tier::Linear);
        assert!(wanders.error.is_finite() && wanders.naive_error.is_finite());
        // What controls do is asked of the blend, so its members' spread is what is widened.
        for (at, scale) in [(0, 1.5), (1, 2.5)] {
            model.race.blended[at].spread_scale = scale;
            assert!((model.spread_scale(at) - scale).abs() < 1e-12);
        }
        model.race.chosen[0] = Tier::Naive;
        assert!((model.spread_scale(0) - 1.5).abs() < 1e-12);
        assert!(!model.skill(0).expect("it moves").beats_naive);
        // Nothing is known of what does not exist, and nothing here rests.
        assert_eq!(model.skill(2), None);
        assert_eq!(model.rests_at(1), [None; 2]);
        assert_eq!(model.rests_at(2), [None; 2]);
    }
}
