//! Training's part in pictures, sound and checklists: the models that are tried with them.

use super::{
    ModelError, Tier, TrainConfig, TrainHooks,
    budget::Budget,
    calibration::Calibration,
    deciding::Answers,
    leftout::LeftOut,
    prepare::prepare,
    progress::Trials,
    race::crps_of_folds,
    runs::TierRuns,
    senses::{self, Answering, Memory, Score, Scores, Trial},
    train::Field,
};
use crate::{
    base::{Issues, Silent},
    data::Dataset,
};

impl Field {
    /// Lets pictures, sound and checklists in, where they help on left-out folds.
    pub(super) fn look_and_listen(
        &mut self,
        dataset: &Dataset,
        (config, budget): (&TrainConfig, Budget),
        hooks: &TrainHooks<'_>,
    ) -> Result<(), ModelError> {
        let trials = Trials::of(self.all_modalities.len());
        let mut quick = |heard: &Dataset, fading: Memory| {
            trials.begin(hooks, false);
            trial((heard, fading), config, hooks, Depth::Quick)
        };
        let mut whole = |heard: &Dataset, fading: Memory| {
            trials.begin(hooks, true);
            trial((heard, fading), config, hooks, Depth::Whole { budget })
        };
        self.listen_by(dataset, (config, budget), hooks, (&mut quick, &mut whole))
    }

    /// The same, with what tries a set of modalities.
    fn listen_by(
        &mut self,
        dataset: &Dataset,
        (config, budget): (&TrainConfig, Budget),
        hooks: &TrainHooks<'_>,
        (quick, whole): (&mut senses::Train<'_>, &mut senses::Train<'_>),
    ) -> Result<(), ModelError> {
        if self.all_modalities.is_empty() {
            return Ok(());
        }
        let answers = self.answers(hooks)?;
        let scores = self.answer_scores(&answers);
        let answering: Vec<Answering<'_>> = scores
            .into_iter()
            .enumerate()
            .filter_map(|(output, scores)| {
                let runs = self.answering(&answers, output)?.near;
                Some(Answering { runs, scores })
            })
            .collect();
        let is_time = || !budget.is_spent(hooks.clock.monotonic_secs(), 1.0);
        let desk = senses::Desk {
            dataset,
            prepared: &self.view.prepared,
            leftout: &self.leftout,
            answering: &answering,
            plan: config.senses,
            fusion: config.fusion,
            is_hiding: config.noise.dropout,
            seed: config.seed,
            n_threads: super::rollout::thread_count(config.n_threads),
            stop: hooks.stop,
            is_time: &is_time,
        };
        let mut notes = Issues::new();
        (self.senses, self.gains) = desk.choose(quick, whole, &mut notes)?;
        for note in notes.into_vec() {
            self.notes.push(note);
        }
        Ok(())
    }

    /// What answers an output: its left-out runs, with their bands.
    fn answering<'a>(&'a self, answers: &'a Answers, output: usize) -> Option<Said<'a>> {
        let of = |tier: Tier| self.runs.iter().position(|runs| runs.tier == tier);
        if answers.chosen[output] == Tier::Naive {
            let naive = of(Tier::Naive)?;
            return Some(Said {
                near: &self.runs[naive],
                far: self.far.get(naive),
                calibration: &self.calibration[naive][output],
            });
        }
        let calibration = answers.calibration.get(output)?;
        let alone = answers.shares[output].alone().and_then(of);
        Some(match alone {
            Some(at) => Said {
                near: &self.runs[at],
                far: self.far.get(at),
                calibration,
            },
            None => Said {
                near: answers.blended.as_ref()?,
                far: answers.far.as_ref(),
                calibration,
            },
        })
    }

    /// The left-out CRPS of what answers each output, in units of its spread.
    fn answer_scores(&self, answers: &Answers) -> Vec<Scores> {
        let n_obs = self.view.prepared.n_obs;
        let spreads = self.spreads();
        let of = |output: usize| {
            let said = self.answering(answers, output)?;
            let score = |runs: &TierRuns, starts: &LeftOut, from: usize| {
                let steps = (n_obs, from);
                let folds = crps_of_folds(runs, starts, output, said.calibration, steps);
                Score::new(&folds, spreads[output])
            };
            let far = said.far.zip(self.long.as_ref());
            Some(Scores {
                near: score(said.near, &self.leftout, 0),
                far: far.map(|(runs, long)| score(runs, long, self.leftout.horizon)),
            })
        };
        let unknown = || Scores {
            near: Score::new(&[], 1.0),
            far: None,
        };
        (0..n_obs)
            .map(|output| of(output).unwrap_or_else(unknown))
            .collect()
    }
}

/// What was said of an output on left-out folds.
struct Said<'a> {
    /// The runs by which it is chosen.
    near: &'a TierRuns,
    /// Those that go on for longer.
    far: Option<&'a TierRuns>,
    calibration: &'a Calibration,
}

/// Which families a trial trains.
#[derive(Clone, Copy)]
enum Depth {
    /// Those that take seconds.
    Quick,
    /// The neural one too, within what is left of the budget.
    Whole { budget: Budget },
}

/// Trains families on a dataset whose last inputs are known up to a start only.
fn trial(
    (dataset, fading): (&Dataset, Memory),
    config: &TrainConfig,
    hooks: &TrainHooks<'_>,
    depth: Depth,
) -> Result<Trial, ModelError> {
    let mut notes = Issues::new();
    let mut view = prepare(dataset, config.n_members, false, &mut notes, hooks.stop)?;
    view.prepared.fading = fading;
    let mut field = Field::new(dataset, config, dataset.digest(), view, notes);
    let mut silent = TrainHooks {
        stop: hooks.stop,
        clock: hooks.clock,
        reporter: &Silent,
        on_event: &mut |_event| {},
        resume: None,
    };
    field.fit_simple(&mut silent)?;
    field.fit_polynomial(config.n_threads, &mut silent)?;
    if let Depth::Whole { budget } = depth {
        field.fit_neural(config, None, budget, &mut silent)?;
    }
    let answers = field.answers(&silent)?;
    Ok(Trial {
        scores: field.answer_scores(&answers),
        model: field.decide(&silent)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, StopToken, Stream, SystemClock, to_f32},
        data::{Channel, Episode, FeatureItem, FeatureTrack, Media, Modality, Role, Span, Split},
        model::{FittedModel, Fusion, Members, Preset, RolloutRequest},
    };

    const N_STEPS: usize = 7200;
    const TEST: usize = 6400;

    /// A line with a hidden switch that a microphone and a camera tell, each in its own noise.
    fn line() -> Dataset {
        let noise = |id: u64| Stream::new(9, Purpose::Test, &[id]);
        let (mut level, mut columns) = (0.0, vec![Vec::new(); 2]);
        let mut items = [Vec::new(), Vec::new()];
        for step in 0..N_STEPS {
            let set = noise(0).normal_at(step as u64 / 25);
            let is_loose = (step / 500) % 2 == 1;
            let raised = if is_loose { 1.5 * set.max(0.0) } else { 0.0 };
            level += 0.3 * (set + raised - level);
            columns[0].push(set);
            columns[1].push(level + 0.05 * noise(1).normal_at(step as u64));
            if step % 10 == 0 {
                for (at, items) in items.iter_mut().enumerate() {
                    let hiss = noise(2 + at as u64);
                    let told = f64::from(u8::from(is_loose)) + 0.3 * hiss.normal_at(step as u64);
                    let other = hiss.normal_at(1_000_000 + step as u64);
                    items.push(FeatureItem {
                        episode: 0,
                        step,
                        features: [told, other].map(to_f32).to_vec(),
                    });
                }
            }
        }
        let span = |start, end, split| Span {
            episode: 0,
            start,
            end,
            split,
        };
        let [sound, image] = items;
        let track = |modality, items| FeatureTrack {
            modality,
            names: vec!["told".to_owned(), "other".to_owned()],
            items,
        };
        Dataset {
            name: "line".to_owned(),
            step_secs: 10.0,
            has_clock: true,
            utc_offset_secs: None,
            channels: vec![
                Channel::new("valve", Role::Control, "%"),
                Channel::new("rejects", Role::Kpi, "%"),
            ],
            episodes: vec![Episode {
                name: "day".to_owned(),
                start_ns: 0,
                columns,
            }],
            spans: vec![
                span(0, TEST - 20, Split::Train),
                span(TEST, N_STEPS, Split::Test),
            ],
            media: Media {
                tracks: vec![track(Modality::Sound, sound), track(Modality::Image, image)],
                ..Media::default()
            },
        }
    }

    /// The model of the sensors, and one in which attention answers: its first trial is told better
    /// than it is, so that it is adopted.
    fn models(data: &Dataset) -> [FittedModel; 2] {
        let config = TrainConfig {
            preset: Some(Preset::Tiny),
            budget_secs: Some(0.0),
            n_threads: 1,
            fusion: Fusion::Attention,
            ..TrainConfig::default()
        };
        let (stop, clock) = (StopToken::new(), SystemClock::new());
        let mut hooks = TrainHooks {
            stop: &stop,
            clock: &clock,
            reporter: &Silent,
            on_event: &mut |_event| {},
            resume: None,
        };
        let mut notes = Issues::new();
        let view = prepare(data, config.n_members, false, &mut notes, &stop).unwrap();
        let mut field = Field::new(data, &config, data.digest(), view, notes);
        field.fit_simple(&mut hooks).unwrap();
        let plain = field.decide(&hooks).unwrap();
        let endless = Budget::new(clock_now(&hooks), None);
        let mut is_first = true;
        let mut quick = |heard: &Dataset, fading: Memory| {
            let mut trial = trial((heard, fading), &config, &hooks, Depth::Quick)?;
            if is_first
                && heard
                    .channels
                    .iter()
                    .any(|one| one.name.starts_with("fused"))
            {
                is_first = false;
                for Scores { near, .. } in &mut trial.scores {
                    near.whole *= 0.3;
                    near.folds.iter_mut().for_each(|fold| *fold *= 0.3);
                }
            }
            Ok(trial)
        };
        let asked = (&config, endless);
        let mut whole =
            |heard: &Dataset, fading: Memory| trial((heard, fading), &config, &hooks, Depth::Quick);
        let by: (&mut senses::Train<'_>, &mut senses::Train<'_>) = (&mut quick, &mut whole);
        field.listen_by(data, asked, &hooks, by).unwrap();
        [plain, field.decide(&hooks).unwrap()]
    }

    fn clock_now(hooks: &TrainHooks<'_>) -> f64 {
        hooks.clock.monotonic_secs()
    }

    /// Means and draws over the test block, to the bit.
    fn bits(model: &FittedModel, data: &Dataset) -> Vec<u64> {
        let mut bits = Vec::new();
        let short = (TEST + 80..N_STEPS - 60)
            .step_by(60)
            .map(|start| (start, 60));
        // The last goes on beyond the runs by which answers are chosen.
        for (start, horizon_steps) in short.chain([(TEST + 80, 700)]) {
            let request = RolloutRequest {
                dataset: data,
                episode: 0,
                start,
                n_context: 50,
                horizon_steps,
                controls: None,
                n_draws: 4,
                seed: 1,
                n_threads: 1,
                members: Members::All,
                tier: None,
            };
            let out = model.rollout(&request, &StopToken::new()).unwrap();
            bits.extend(out.mean[0].iter().map(|x| x.to_bits()));
            bits.extend(out.draws.iter().map(|x| u64::from(x.to_bits())));
        }
        bits
    }

    #[test]
    fn a_model_whose_attention_answers_says_the_same_saved_and_loaded() {
        let data = line();
        let [plain, fused] = models(&data);
        assert!(fused.is_fused(), "{:?}", fused.notes());
        let heard = bits(&fused, &data);
        let again = FittedModel::from_bytes(&fused.to_bytes()).unwrap();
        assert!(again.is_fused());
        assert_eq!(bits(&again, &data), heard);
        assert_eq!(again.to_bytes(), fused.to_bytes());
        // It is attention that answered: what lacks a part is answered otherwise, what lacks all by
        // the sensors alone.
        let mut lacking = data.clone();
        lacking.media.tracks.truncate(1);
        assert_ne!(bits(&fused, &lacking), heard);
        assert_eq!(bits(&again, &lacking), bits(&fused, &lacking));
        lacking.media.tracks.clear();
        assert_eq!(bits(&fused, &lacking), bits(&plain, &lacking));
    }
}
