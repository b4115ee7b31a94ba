//! The laws that every model must obey, through the room's door.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first surprise"
)]

use gemba::{
    base::{Progress, Purpose, Reporter, Silent, StopToken, Stream, SystemClock},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split, Trajectory},
    model::{
        Attention, FittedModel, Members, ModelError, NoisePlan, Preset, RolloutRequest, Tier,
        TrainConfig, TrainEvent, TrainHooks, train,
    },
};

use crate::trainings::{ahead, learn, span};

fn dataset(channels: Vec<Channel>, episodes: Vec<Vec<Vec<f64>>>, spans: Vec<Span>) -> Dataset {
    Dataset {
        name: "test".to_owned(),
        step_secs: 5.0,
        has_clock: false,
        utc_offset_secs: None,
        channels,
        episodes: episodes
            .into_iter()
            .enumerate()
            .map(|(at, columns)| Episode {
                name: format!("episode {at}"),
                start_ns: 0,
                columns,
            })
            .collect(),
        spans,
        media: Media::default(),
    }
}

fn tiny() -> TrainConfig {
    TrainConfig {
        preset: Some(Preset::Tiny),
        ..TrainConfig::default()
    }
}

fn request(data: &Dataset, start: usize, horizon_steps: usize) -> RolloutRequest<'_> {
    RolloutRequest {
        n_draws: 20,
        seed: 7,
        ..ahead(data, start, horizon_steps)
    }
}

fn roll(model: &FittedModel, request: &RolloutRequest<'_>) -> Trajectory {
    model.rollout(request, &StopToken::new()).unwrap()
}

/// Rows of a shared CSV file without its first `skip` columns; `None` where there is no data.
fn shared(file: &str, skip: usize) -> Option<Vec<Vec<f64>>> {
    let text = gemba::base::read_text(&crate::support::shared(file)?).unwrap();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for line in text.lines().skip(1) {
        for (at, cell) in line.split(',').skip(skip).enumerate() {
            if columns.len() <= at {
                columns.push(Vec::new());
            }
            columns[at].push(cell.trim().parse().unwrap_or(f64::NAN));
        }
    }
    Some(columns)
}

/// Free run of whole test episodes after 50 given rows: (RMSE, coverage of the 90 % band).
fn free_run(
    model: &FittedModel,
    data: &Dataset,
    episode: usize,
    tier: Option<Tier>,
) -> Vec<(f64, f64)> {
    let n_steps = data.episodes[episode].n_steps();
    let asked = RolloutRequest {
        episode,
        tier,
        ..request(data, 50, n_steps - 50)
    };
    let out = roll(model, &asked);
    out.channels
        .iter()
        .enumerate()
        .map(|(output, &channel)| {
            let real = &data.episodes[episode].columns[channel][50..];
            let n = real.len() as f64;
            let squared: f64 = real
                .iter()
                .zip(&out.mean[output])
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            let band = &out.band90[output];
            let inside = real
                .iter()
                .enumerate()
                .filter(|&(step, value)| (band.lo[step]..=band.hi[step]).contains(value))
                .count();
            ((squared / n).sqrt(), inside as f64 / n)
        })
        .collect()
}

/// Two coupled first-order lags with dead time, a measured disturbance and sensor noise.
///
/// `x1 += (1.5 u(t-2) + 0.5 d - x1) / 8`, `x2 += (x1 - x2) / 5`; exact gains 1.5 and 0.5.
fn plant(n_steps: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = Stream::new(seed, Purpose::Test, &[1]).draws();
    let (mut u, mut d, mut x1, mut x2) = (4.0, 0.0, 6.0, 6.0);
    let mut columns = vec![Vec::new(); 4];
    let mut moves = vec![4.0; 3];
    for step in 0..n_steps {
        if step % 17 == 0 {
            u = draws.between(2.0, 6.0);
        }
        d = 0.95 * d + 0.3 * draws.normal();
        moves.push(u);
        let acting = moves[moves.len() - 3];
        x1 += (1.5 * acting + 0.5 * d - x1) / 8.0;
        x2 += (x1 - x2) / 5.0;
        let noise = [0.05 * draws.normal(), 0.05 * draws.normal()];
        for (column, value) in columns.iter_mut().zip([u, d, x1 + noise[0], x2 + noise[1]]) {
            column.push(value);
        }
    }
    columns
}

fn plant_data(n_steps: usize, seed: u64) -> Dataset {
    let channels = vec![
        Channel::new("valve", Role::Control, "%"),
        Channel::new("ambient", Role::Disturbance, "°C"),
        Channel::new("flow", Role::Observation, "l/min"),
        Channel::new("level", Role::Kpi, "cm"),
    ];
    let cut = n_steps * 7 / 10;
    let val = n_steps * 85 / 100;
    let spans = vec![
        span(0, 0, cut, Split::Train),
        span(0, cut, val, Split::Val),
        span(0, val, n_steps, Split::Test),
    ];
    dataset(channels, vec![plant(n_steps, seed)], spans)
}

/// The tiny model of the plant, trained once for all tests that only ask it.
fn learned() -> &'static (Dataset, FittedModel) {
    static LEARNED: std::sync::OnceLock<(Dataset, FittedModel)> = std::sync::OnceLock::new();
    LEARNED.get_or_init(|| {
        let data = plant_data(600, 1);
        let model = learn(&data, &tiny()).unwrap();
        (data, model)
    })
}

/// The same plant with a flow that saturates, which the transformer learns beside the others.
fn bent_data(seed: u64) -> Dataset {
    let mut data = plant_data(600, seed);
    for value in &mut data.episodes[0].columns[2] {
        *value = 6.0 + 2.0 * ((*value - 6.0) / 1.5).tanh();
    }
    data
}

fn with_transformer() -> TrainConfig {
    TrainConfig {
        transformer: Attention::On,
        ..tiny()
    }
}

/// Its tiny model, trained once.
fn attentive() -> &'static (Dataset, FittedModel) {
    static LEARNED: std::sync::OnceLock<(Dataset, FittedModel)> = std::sync::OnceLock::new();
    LEARNED.get_or_init(|| {
        let data = bent_data(1);
        let model = learn(&data, &with_transformer()).unwrap();
        (data, model)
    })
}

fn plan(data: &Dataset, start: usize, steps: usize, change: impl Fn(usize) -> f64) -> ControlPlan {
    let column = &data.episodes[0].columns[0];
    let row = (0..steps)
        .map(|step| column[(start + step).min(column.len() - 1)] + change(step))
        .collect();
    ControlPlan::new(vec![0], vec![row], steps).unwrap()
}

fn bits(trajectory: &Trajectory) -> Vec<u64> {
    let means = trajectory.mean.iter().flatten().map(|x| x.to_bits());
    let bands = trajectory
        .band90
        .iter()
        .flat_map(|band| band.lo.iter().chain(&band.hi));
    let draws = trajectory.draws.iter().map(|x| u64::from(x.to_bits()));
    means
        .chain(bands.map(|x| x.to_bits()))
        .chain(draws)
        .collect()
}

/// Every family, and what answers, of a model without and of one with a transformer.
fn all_tiers(check: impl Fn(&(Dataset, FittedModel), Option<Tier>)) {
    for tier in Tier::ALL.map(Some).into_iter().chain([None]) {
        check(attentive(), tier);
        if tier != Some(Tier::Transformer) {
            check(learned(), tier);
        }
    }
}

#[test]
fn changing_a_control_later_leaves_earlier_steps_alone() {
    all_tiers(|(data, model), tier| {
        let (same, other) = (
            plan(data, 300, 60, |_| 0.0),
            plan(data, 300, 60, |step| if step >= 25 { 1.0 } else { 0.0 }),
        );
        let ask = |controls| {
            let asked = RolloutRequest {
                controls: Some(controls),
                tier,
                ..request(data, 300, 60)
            };
            roll(model, &asked)
        };
        let (a, b) = (ask(&same), ask(&other));
        for output in 0..2 {
            assert_eq!(a.mean[output][..25], b.mean[output][..25], "{tier:?}");
            assert_eq!(a.draw(3, output)[..25], b.draw(3, output)[..25], "{tier:?}");
            if tier.is_some_and(|tier| tier != Tier::Naive) {
                assert_ne!(a.mean[output], b.mean[output], "{tier:?}");
            }
        }
    });
}

#[test]
fn a_longer_horizon_starts_with_the_shorter_one() {
    all_tiers(|(data, model), tier| {
        let long = roll(
            model,
            &RolloutRequest {
                tier,
                ..request(data, 300, 80)
            },
        );
        let short = roll(
            model,
            &RolloutRequest {
                tier,
                ..request(data, 300, 33)
            },
        );
        for output in 0..2 {
            assert_eq!(long.mean[output][..33], short.mean[output][..]);
            assert_eq!(long.band90[output].hi[..33], short.band90[output].hi[..]);
            assert_eq!(long.draw(7, output)[..33], *short.draw(7, output));
        }
    });
}

#[test]
fn a_draw_does_not_depend_on_how_many_there_are_or_on_threads() {
    let (data, model) = learned();
    let few = roll(
        model,
        &RolloutRequest {
            n_draws: 8,
            ..request(data, 300, 40)
        },
    );
    let many = roll(
        model,
        &RolloutRequest {
            n_draws: 31,
            n_threads: 3,
            ..request(data, 300, 40)
        },
    );
    for draw in 0..8 {
        assert_eq!(few.draw(draw, 1), many.draw(draw, 1));
        assert_eq!(few.member_of_draw[draw], many.member_of_draw[draw]);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_does_not() {
    let (data, model) = learned();
    let again = learn(
        data,
        &TrainConfig {
            n_threads: 2,
            ..tiny()
        },
    )
    .unwrap();
    let asked = request(data, 300, 40);
    assert_eq!(bits(&roll(model, &asked)), bits(&roll(&again, &asked)));
    assert_eq!(model.id(), again.id());
    assert_eq!(model.chosen(), again.chosen());
    let other = RolloutRequest { seed: 8, ..asked };
    assert_ne!(roll(model, &asked).draws, roll(model, &other).draws);
    let reseeded = learn(data, &TrainConfig { seed: 1, ..tiny() }).unwrap();
    assert_ne!(model.id(), reseeded.id());
}

#[test]
fn noise_and_sensors_at_fault_make_other_models_and_the_same_bytes_for_any_threads() {
    let (data, usual) = learned();
    let plans = [
        NoisePlan {
            noise: false,
            ..NoisePlan::default()
        },
        NoisePlan {
            faults: true,
            ..NoisePlan::default()
        },
    ];
    for noise in plans {
        let with = |n_threads| {
            let config = TrainConfig {
                noise,
                n_threads,
                ..tiny()
            };
            learn(data, &config).unwrap()
        };
        let (one, three) = (with(1), with(3));
        let asked = RolloutRequest {
            tier: Some(Tier::Neural),
            ..request(data, 300, 40)
        };
        assert_eq!(bits(&roll(&one, &asked)), bits(&roll(&three, &asked)));
        assert_ne!(bits(&roll(&one, &asked)), bits(&roll(usual, &asked)));
        assert_ne!(one.id(), usual.id());
    }
}

#[test]
fn a_channel_in_another_unit_scales_its_trajectory_and_nothing_else() {
    let (data, model) = learned();
    let mut scaled = data.clone();
    for value in &mut scaled.episodes[0].columns[3] {
        *value *= 1024.0;
    }
    let other = learn(&scaled, &tiny()).unwrap();
    let a = roll(model, &request(data, 300, 40));
    let b = roll(&other, &request(&scaled, 300, 40));
    assert_eq!(a.mean[0], b.mean[0]);
    for (left, right) in a.mean[1].iter().zip(&b.mean[1]) {
        assert!(
            (left * 1024.0 - right).abs() <= 1e-9 * right.abs(),
            "{left} {right}"
        );
    }
}

#[test]
fn a_scenario_against_itself_differs_by_exactly_nothing() {
    all_tiers(|(data, model), tier| {
        let recorded = plan(data, 300, 50, |_| 0.0);
        let asked = RolloutRequest {
            tier,
            ..request(data, 300, 50)
        };
        let planned = RolloutRequest {
            controls: Some(&recorded),
            ..asked
        };
        let (a, b) = (roll(model, &asked), roll(model, &planned));
        assert_eq!(bits(&a), bits(&b), "{tier:?}");
    });
}

#[test]
fn saved_and_loaded_it_gives_the_same_bytes() {
    all_tiers(|(data, model), tier| {
        let bytes = model.to_bytes();
        let back = FittedModel::from_bytes(&bytes).unwrap();
        assert_eq!(back.to_bytes(), bytes);
        assert_eq!(back.scores(), model.scores());
        assert_eq!(back.notes(), model.notes());
        let asked = RolloutRequest {
            tier,
            ..request(data, 300, 40)
        };
        assert_eq!(bits(&roll(model, &asked)), bits(&roll(&back, &asked)));
    });
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_model_file_is_found() {
    let bytes = learned().1.to_bytes();
    let mut draws = Stream::new(5, Purpose::Test, &[]).draws();
    for _case in 0..200 {
        let mut broken = bytes.clone();
        // Half of the flips go into the header, which is a small part of the file.
        let reach = if draws.uniform() < 0.5 {
            bytes.len().min(4000)
        } else {
            bytes.len()
        };
        let at = draws.below(reach);
        broken[at] ^= 1 << draws.below(8);
        assert!(
            FittedModel::from_bytes(&broken).is_err(),
            "flip in byte {at} passed"
        );
        let cut = draws.below(bytes.len());
        assert!(
            FittedModel::from_bytes(&bytes[..cut]).is_err(),
            "cut at {cut} passed"
        );
    }
}

#[test]
fn a_model_file_of_a_newer_program_is_refused_politely() {
    let bytes = learned().1.to_bytes();
    let old = br#"\"version\":12"#;
    let at = bytes
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    let mut newer = bytes.clone();
    newer[at + old.len() - 1] = b'3';
    let refused = FittedModel::from_bytes(&newer).unwrap_err();
    assert!(
        matches!(
            refused,
            ModelError::Newer {
                found: 13,
                known: 12
            }
        ),
        "{refused}"
    );
    assert!(refused.hint().is_some());
}

#[test]
fn a_stop_is_obeyed_and_training_goes_on_exactly() {
    let (data, whole) = learned();
    let (stop, clock) = (StopToken::new(), SystemClock::new());
    let (mut state, mut points) = (None, 0);
    let mut on_event = |event| match event {
        TrainEvent::Loss { .. } => {
            points += 1;
            if points == 40 {
                stop.stop();
            }
        }
        TrainEvent::Checkpoint(bytes) => state = Some(bytes),
        _ => {}
    };
    let mut hooks = TrainHooks {
        stop: &stop,
        clock: &clock,
        reporter: &Silent,
        on_event: &mut on_event,
        resume: None,
    };
    let stopped = train(data, &tiny(), &mut hooks);
    assert!(matches!(stopped, Err(ModelError::Stopped(_))));
    assert_eq!(points, 40);
    let resume = |config: &TrainConfig, bytes| {
        train(
            data,
            config,
            &mut TrainHooks {
                stop: &StopToken::new(),
                clock: &clock,
                reporter: &Silent,
                on_event: &mut |_event| {},
                resume: Some(bytes),
            },
        )
    };
    let state = state.unwrap();
    let finished = resume(&tiny(), state.clone()).unwrap();
    let asked = RolloutRequest {
        tier: Some(Tier::Neural),
        ..request(data, 300, 40)
    };
    assert_eq!(bits(&roll(whole, &asked)), bits(&roll(&finished, &asked)));
    let other = resume(&TrainConfig { seed: 9, ..tiny() }, state);
    assert!(matches!(
        other,
        Err(ModelError::OtherRun { what: "seed", .. })
    ));
}

#[test]
fn a_transformer_that_is_asked_for_is_the_same_for_any_number_of_threads() {
    let (data, model) = attentive();
    let config = TrainConfig {
        n_threads: 3,
        ..with_transformer()
    };
    let again = learn(data, &config).unwrap();
    let asked = RolloutRequest {
        tier: Some(Tier::Transformer),
        ..request(data, 300, 40)
    };
    assert_eq!(bits(&roll(model, &asked)), bits(&roll(&again, &asked)));
    assert_eq!(model.id(), again.id());
    // Few rows do not bring it in by themselves, and the name is the one that it was.
    let plain = learn(data, &tiny()).unwrap();
    let has_one = |model: &FittedModel| {
        let tiers = model.scores().iter().map(|score| score.tier);
        tiers.into_iter().any(|tier| tier == Tier::Transformer)
    };
    assert!(has_one(model) && !has_one(&plain));
    let refused = plain.rollout(&asked, &StopToken::new());
    assert!(matches!(
        refused,
        Err(ModelError::NoTier {
            tier: "transformer"
        })
    ));
    assert_ne!(model.id(), plain.id());
    // The other families know nothing of it.
    for tier in [Tier::Naive, Tier::Linear, Tier::Narx, Tier::Neural].map(Some) {
        let asked = RolloutRequest { tier, ..asked };
        assert_eq!(bits(&roll(model, &asked)), bits(&roll(&plain, &asked)));
    }
}

#[test]
fn a_training_that_is_stopped_in_the_transformer_goes_on_to_the_same_model() {
    let (data, whole) = attentive();
    let (stop, clock) = (StopToken::new(), SystemClock::new());
    let reporter = StopIn(&stop);
    let mut state = None;
    let mut hooks = TrainHooks {
        stop: &stop,
        clock: &clock,
        reporter: &reporter,
        on_event: &mut |event| {
            if let TrainEvent::Checkpoint(bytes) = event {
                state = Some(bytes);
            }
        },
        resume: None,
    };
    let stopped = train(data, &with_transformer(), &mut hooks);
    assert!(matches!(stopped, Err(ModelError::Stopped(_))));
    let mut n_losses = 0;
    let mut hooks = TrainHooks {
        stop: &StopToken::new(),
        clock: &clock,
        reporter: &Silent,
        on_event: &mut |event| n_losses += usize::from(matches!(event, TrainEvent::Loss { .. })),
        resume: state,
    };
    let finished = train(data, &with_transformer(), &mut hooks).unwrap();
    // The neural family was not trained again.
    assert_eq!(n_losses, 0);
    for tier in [None, Some(Tier::Neural), Some(Tier::Transformer)] {
        let asked = RolloutRequest {
            tier,
            ..request(data, 300, 40)
        };
        assert_eq!(bits(&roll(whole, &asked)), bits(&roll(&finished, &asked)));
    }
}

/// Asks for the end as soon as the transformer learns.
struct StopIn<'a>(&'a StopToken);

impl Reporter for StopIn<'_> {
    fn report(&self, progress: Progress) {
        if progress.stage == "transformer" && progress.done_frac.is_some_and(|done| done > 0.8) {
            self.0.stop();
        }
    }
}

#[test]
fn the_step_response_of_a_known_linear_plant_is_recovered() {
    let (data, model) = learned();
    for tier in [Some(Tier::Linear), None] {
        let ask = |size: f64| {
            let controls = plan(data, 300, 120, |_| size);
            let asked = RolloutRequest {
                controls: Some(&controls),
                tier,
                ..request(data, 300, 120)
            };
            roll(model, &asked).mean
        };
        let (base, moved) = (ask(0.0), ask(1.0));
        // The true plant: dead time 2, lags 8 and 5, gain 1.5.
        let (mut x1, mut x2) = (0.0, 0.0);
        for step in 0..120 {
            x1 += (if step >= 2 { 1.5 } else { 0.0 } - x1) / 8.0;
            x2 += (x1 - x2) / 5.0;
            for (output, truth) in [(0, x1), (1, x2)] {
                let found = moved[output][step] - base[output][step];
                assert!(
                    (found - truth).abs() < 0.12,
                    "{tier:?} step {step}: {found}, truth {truth}"
                );
            }
        }
    }
}

#[test]
fn it_beats_tomorrow_is_like_today_and_says_so() {
    let (_, model) = learned();
    let score = |tier| {
        model
            .scores()
            .iter()
            .find(|one| one.tier == tier)
            .unwrap()
            .clone()
    };
    assert!(score(Tier::Linear).rmse_norm < 0.3 * score(Tier::Naive).rmse_norm);
    assert!(score(Tier::Linear).crps_norm < 0.3 * score(Tier::Naive).crps_norm);
    assert_ne!(model.tier(), Tier::Naive);
    assert!(model.chosen().iter().all(|&tier| tier != Tier::Naive));
    for output in 0..2 {
        let skill = model.skill(output).unwrap();
        assert!(skill.beats_naive && skill.error < 0.5 * skill.naive_error);
        // A fold holds some hundred of the rows.
        assert!((60..200).contains(&skill.measured_steps), "{skill:?}");
    }
}

#[test]
fn bands_cover_held_out_rows_at_the_promised_rate_and_draws_agree() {
    let (mut inside90, mut inside50, mut drawn, mut count) = (0.0, 0.0, 0.0, 0.0);
    for seed in 0..6 {
        let data = plant_data(600, 40 + seed);
        let model = learn(
            &data,
            &TrainConfig {
                budget_secs: Some(0.0),
                ..tiny()
            },
        )
        .unwrap();
        for start in [510, 550] {
            let asked = RolloutRequest {
                n_draws: 60,
                tier: Some(Tier::Linear),
                ..request(&data, start, 40)
            };
            let out = roll(&model, &asked);
            for output in 0..2 {
                for step in 0..40 {
                    let real = data.episodes[0].columns[2 + output][start + step];
                    let within =
                        |band: &gemba::data::Band| (band.lo[step]..=band.hi[step]).contains(&real);
                    inside90 += f64::from(u8::from(within(&out.band90[output])));
                    inside50 += f64::from(u8::from(within(&out.band50[output])));
                    let below = (0..60).filter(|&draw| {
                        f64::from(out.draw(draw, output)[step]) < out.band90[output].hi[step]
                    });
                    drawn += below.count() as f64 / 60.0;
                    count += 1.0;
                }
            }
        }
    }
    let (inside90, inside50, drawn) = (inside90 / count, inside50 / count, drawn / count);
    assert!((0.82..=0.97).contains(&inside90), "{inside90}");
    assert!((0.38..=0.65).contains(&inside50), "{inside50}");
    assert!((0.92..=0.98).contains(&drawn), "{drawn}");
}

#[test]
fn a_left_out_rollout_uses_only_members_that_did_not_see_the_block() {
    let (data, model) = learned();
    let asked = RolloutRequest {
        members: Members::LeftOut,
        tier: Some(Tier::Linear),
        ..request(data, 60, 30)
    };
    let out = roll(model, &asked);
    assert_eq!(out.mean.len(), 2);
    let all = roll(
        model,
        &RolloutRequest {
            members: Members::All,
            ..asked
        },
    );
    assert_ne!(out.mean, all.mean);
}

#[test]
fn bad_questions_are_refused_with_place_and_hint() {
    let (data, model) = learned();
    let ask = |request: &RolloutRequest<'_>| model.rollout(request, &StopToken::new()).unwrap_err();
    let early = ask(&RolloutRequest {
        start: 0,
        ..request(data, 300, 10)
    });
    assert!(
        matches!(
            early,
            ModelError::Start {
                start: 0,
                n_steps: 600,
                ..
            }
        ),
        "{early}"
    );
    let late = ask(&request(data, 601, 10));
    assert!(late.to_string().contains("601") && late.hint().is_some());
    let mut renamed = data.clone();
    renamed.channels[1].name = "wind".to_owned();
    let missing = ask(&request(&renamed, 300, 10));
    assert!(missing.to_string().contains("ambient"), "{missing}");
    let short = plan(data, 300, 5, |_| 0.0);
    let plan_error = ask(&RolloutRequest {
        controls: Some(&short),
        ..request(data, 300, 10)
    });
    assert!(matches!(
        plan_error,
        ModelError::PlanLength {
            found: 5,
            expected: 10
        }
    ));
    let stop = StopToken::new();
    stop.stop();
    let stopped = model.rollout(&request(data, 300, 10), &stop);
    assert!(matches!(stopped, Err(ModelError::Stopped(_))));
}

#[test]
fn odd_channels_are_worked_around_and_named() {
    let mut data = plant_data(400, 3);
    let n_steps = 400;
    data.channels
        .push(Channel::new("stuck", Role::Observation, ""));
    data.channels
        .push(Channel::new("never", Role::Observation, ""));
    data.channels.push(Channel::new("fixed", Role::Control, ""));
    let columns = &mut data.episodes[0].columns;
    columns.push(vec![7.0; n_steps]);
    columns.push(vec![f64::NAN; n_steps]);
    columns.push(vec![1.0; n_steps]);
    columns[2][33] = 1e38;
    // Two that differ are no lone value.
    (columns[3][60], columns[3][61]) = (1e38, 9e37);
    columns[3][100..110].fill(f64::NAN);
    columns[1][200..230].fill(f64::NAN);
    let model = learn(&data, &tiny()).unwrap();
    let codes: Vec<&str> = model.notes().iter().map(|note| note.code).collect();
    for code in [
        "output-constant",
        "output-without-values",
        "input-constant",
        "lone-values",
        "values-clipped",
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert_eq!(model.output_names(), ["flow", "level", "stuck"]);
    let out = roll(&model, &request(&data, 300, 150));
    assert!(out.mean.iter().flatten().all(|value| value.is_finite()));
    assert!(out.mean[2].iter().all(|value| (value - 7.0).abs() < 1e-12));
    assert!(FittedModel::from_bytes(&model.to_bytes()).is_ok());
}

#[test]
fn a_sensor_at_the_end_of_its_scale_bounds_what_is_said_by_every_family() {
    const END: f64 = 6.5;
    let mut data = bent_data(4);
    for value in &mut data.episodes[0].columns[3] {
        *value = value.min(END);
    }
    let model = learn(&data, &with_transformer()).unwrap();
    let rests: Vec<_> = model
        .notes()
        .iter()
        .filter(|note| note.code == "output-rests")
        .filter(|note| note.place.column.as_deref() == Some("level"))
        .collect();
    assert_eq!(rests.len(), 1);
    assert_eq!(model.rests_at(1), [None, Some(END)]);
    let again = FittedModel::from_bytes(&model.to_bytes()).unwrap();
    let steps = 90;
    let more = plan(&data, 510, steps, |_| 1.0);
    for controls in [None, Some(&more)] {
        for tier in Tier::ALL.map(Some).into_iter().chain([None]) {
            let asked = RolloutRequest {
                tier,
                controls,
                ..request(&data, 510, steps)
            };
            let out = roll(&model, &asked);
            assert_eq!(bits(&out), bits(&roll(&again, &asked)));
            assert!(out.mean[1].iter().all(|&value| value <= END), "{tier:?}");
            assert!(out.band90[1].hi.iter().all(|&value| value <= END));
            let draws = out.draws.chunks(steps).skip(1).step_by(2).flatten();
            assert!(draws.into_iter().all(|&value| f64::from(value) <= END));
        }
    }
    let out = roll(&model, &request(&data, 510, steps));
    // The other output goes beyond it.
    assert!(out.mean[0].iter().any(|&value| value > END));
    let real = &data.episodes[0].columns[3][510..];
    let at_end = |value: f64| (value - END).abs() < 1e-12;
    let agreed = out.mean[1]
        .iter()
        .zip(real)
        .filter(|(said, is)| at_end(**said) == at_end(**is));
    assert!(agreed.count() >= steps * 8 / 10);
    assert!(real.iter().any(|&value| at_end(value)) && !real.iter().all(|&value| at_end(value)));
}

#[test]
fn data_that_carry_no_model_are_refused_with_numbers() {
    let data = plant_data(400, 3);
    let mut short = data.clone();
    short.spans = vec![span(0, 0, 30, Split::Train)];
    assert!(matches!(
        learn(&short, &tiny()),
        Err(ModelError::TooFewRows {
            found: 30,
            needed: 48
        })
    ));
    let mut blind = data.clone();
    blind.channels[2].role = Role::Label;
    blind.channels[3].role = Role::Label;
    assert!(matches!(
        learn(&blind, &tiny()),
        Err(ModelError::NoOutput { .. })
    ));
    let mut dead = data;
    dead.episodes[0].columns[2].fill(1.0);
    dead.episodes[0].columns[3].fill(2.0);
    assert!(matches!(
        learn(&dead, &tiny()),
        Err(ModelError::NothingMoves { .. })
    ));
}

#[test]
fn a_line_without_inputs_can_be_learned() {
    let mut data = plant_data(400, 3);
    data.channels[0].role = Role::Ignore;
    data.channels[1].role = Role::Ignore;
    let model = learn(&data, &tiny()).unwrap();
    let out = roll(&model, &request(&data, 300, 50));
    assert!(out.mean.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn a_graphics_card_that_is_not_there_is_refused_before_any_work() {
    if gemba::model::devices()
        .iter()
        .any(|(name, usable, _)| name == "cuda" && *usable)
    {
        return;
    }
    let config = TrainConfig {
        device: gemba::model::DeviceChoice::Cuda,
        ..tiny()
    };
    let refused = learn(&plant_data(100, 1), &config).unwrap_err();
    assert!(matches!(refused, ModelError::Device { .. }));
    assert!(
        refused
            .hint()
            .is_some_and(|hint| hint.contains("--device cpu"))
    );
}

/// File, inputs, outputs, largest error allowed.
type Rig = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [f64],
);

/// Spans of a training file: the last part is validation.
fn train_spans(n_steps: usize) -> Vec<Span> {
    let cut = n_steps * 85 / 100;
    vec![
        span(0, 0, cut, Split::Train),
        span(0, cut, n_steps, Split::Val),
    ]
}

#[test]
fn on_real_rigs_the_linear_family_stays_near_published_arx() {
    let rigs: [Rig; 2] = [
        (
            "cascaded_tanks/cascaded_tanks",
            &["pump"],
            &["level"],
            &[0.72],
        ),
        (
            "tclab/tclab_fnr13",
            &["Q1", "Q2"],
            &["T1", "T2"],
            &[0.55, 0.49],
        ),
    ];
    for (file, inputs, outputs, limits) in rigs {
        let (Some(known), Some(test)) = (
            shared(&format!("{file}_train.csv"), 1),
            shared(&format!("{file}_test.csv"), 1),
        ) else {
            return;
        };
        let spans = train_spans(known[0].len());
        let inputs = inputs
            .iter()
            .map(|name| Channel::new(*name, Role::Control, ""));
        let outputs = outputs
            .iter()
            .map(|name| Channel::new(*name, Role::Observation, ""));
        let data = dataset(inputs.chain(outputs).collect(), vec![known, test], spans);
        let model = learn(
            &data,
            &TrainConfig {
                budget_secs: Some(0.0),
                ..tiny()
            },
        )
        .unwrap();
        let found = free_run(&model, &data, 1, Some(Tier::Linear));
        for ((rmse, _), limit) in found.iter().zip(limits) {
            assert!(rmse < limit, "{file}: {rmse} V or °C, at most {limit}");
        }
    }
}
