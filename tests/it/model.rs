//! The laws that every model must obey, through the room's door.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests stop at the first surprise"
)]

use gemba::{
    base::{Digest, Purpose, Silent, StopToken, Stream, SystemClock},
    data::{Channel, ControlPlan, Dataset, Episode, Media, Role, Span, Split, Trajectory},
    model::{
        FittedModel, Members, ModelError, Preset, RolloutRequest, Tier, TrainConfig, TrainEvent,
        TrainHooks, train,
    },
};

fn dataset(channels: Vec<Channel>, episodes: Vec<Vec<Vec<f64>>>, spans: Vec<Span>) -> Dataset {
    Dataset {
        name: "test".to_owned(),
        step_secs: 5.0,
        has_clock: false,
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

fn span(episode: usize, start: usize, end: usize, split: Split) -> Span {
    Span {
        episode,
        start,
        end,
        split,
    }
}

fn tiny() -> TrainConfig {
    TrainConfig {
        preset: Some(Preset::Tiny),
        ..TrainConfig::default()
    }
}

fn learn(data: &Dataset, config: &TrainConfig) -> Result<FittedModel, ModelError> {
    let stop = StopToken::new();
    let clock = SystemClock::new();
    train(
        data,
        config,
        &mut TrainHooks {
            stop: &stop,
            clock: &clock,
            reporter: &Silent,
            on_event: &mut |_event| {},
            resume: None,
        },
    )
}

fn request(data: &Dataset, start: usize, horizon_steps: usize) -> RolloutRequest<'_> {
    RolloutRequest {
        dataset: data,
        episode: 0,
        start,
        n_context: 50,
        horizon_steps,
        controls: None,
        n_draws: 20,
        seed: 7,
        n_threads: 1,
        members: Members::All,
        tier: None,
    }
}

fn roll(model: &FittedModel, request: &RolloutRequest<'_>) -> Trajectory {
    model.rollout(request, &StopToken::new()).unwrap()
}

/// Rows of a shared CSV file without its first `skip` columns; `None` where there is no data.
fn shared(file: &str, skip: usize) -> Option<Vec<Vec<f64>>> {
    let root = std::env::var("GEMBA_SHARED_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let path = std::path::Path::new(&root).join(file);
    let Ok(text) = gemba::base::read_text(&path) else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no shared data"
        );
        eprintln!("skipped: no shared data");
        return None;
    };
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

mod explore {
    use super::*;

    fn set(
        inputs: &[&str],
        outputs: &[&str],
        episodes: Vec<Vec<Vec<f64>>>,
        spans: Vec<Span>,
    ) -> Dataset {
        let channels = inputs
            .iter()
            .map(|name| Channel::new(*name, Role::Control, ""));
        let outs = outputs
            .iter()
            .map(|name| Channel::new(*name, Role::Observation, ""));
        dataset(channels.chain(outs).collect(), episodes, spans)
    }

    fn look(name: &str, data: &Dataset, test: usize) {
        let clock = std::time::SystemTime::now();
        if std::env::var("GS").is_ok_and(|x| x != name) {
            return;
        }
        let model = learn(data, &tiny()).unwrap();
        eprintln!(
            "{name}: {:?} chosen {:?} notes {:?}",
            clock.elapsed().unwrap(),
            model.chosen(),
            model.notes().len()
        );
        for score in model.scores() {
            eprintln!(
                "   {:?} params {} secs {:.2} rmse {:.3} crps {:.3} {:?}",
                score.tier,
                score.n_params,
                score.fit_secs,
                score.rmse_norm,
                score.crps_norm,
                score.rmse_norm_by_channel
            );
        }
        for tier in Tier::ALL {
            if model.scores().iter().any(|s| s.tier == tier) {
                eprintln!(
                    "   test {tier:?} {:.3?}",
                    free_run(&model, data, test, Some(tier))
                );
            }
        }
    }

    fn two_files(name: &str, train: &str, test: &str, inputs: &[&str], outputs: &[&str]) {
        let (Some(a), Some(b)) = (shared(train, 1), shared(test, 1)) else {
            return;
        };
        let n = a[0].len();
        let m = b[0].len();
        let cut = n * 85 / 100;
        let spans = vec![
            span(0, 0, cut, Split::Train),
            span(0, cut, n, Split::Val),
            span(1, 0, m, Split::Test),
        ];
        look(name, &set(inputs, outputs, vec![a, b], spans), 1);
    }

    fn halves(name: &str, file: &str, skip: usize, at: usize, inputs: &[&str], outputs: &[&str]) {
        let Some(a) = shared(file, skip) else { return };
        let n = a[0].len();
        let head: Vec<Vec<f64>> = a.iter().map(|c| c[..at].to_vec()).collect();
        let tail: Vec<Vec<f64>> = a.iter().map(|c| c[at..].to_vec()).collect();
        let spans = vec![
            span(0, 0, at, Split::Train),
            span(1, 0, n - at, Split::Test),
        ];
        look(name, &set(inputs, outputs, vec![head, tail], spans), 1);
    }

    #[test]
    fn all() {
        two_files(
            "tanks",
            "cascaded_tanks/cascaded_tanks_train.csv",
            "cascaded_tanks/cascaded_tanks_test.csv",
            &["u"],
            &["y"],
        );
        two_files(
            "tclab",
            "tclab/tclab_fnr13_train.csv",
            "tclab/tclab_fnr13_test.csv",
            &["Q1", "Q2"],
            &["T1", "T2"],
        );
        halves(
            "exchanger",
            "small_sysid/daisy_exchanger.csv",
            1,
            3000,
            &["q"],
            &["th"],
        );
        halves(
            "dryer",
            "small_sysid/daisy_dryer.csv",
            1,
            500,
            &["u"],
            &["y"],
        );
        halves(
            "rgp",
            "small_sysid/rgp_tank.csv",
            1,
            1250,
            &["u"],
            &["y1", "y2"],
        );
        halves(
            "actuator",
            "small_sysid/hydraulic_actuator.csv",
            1,
            512,
            &["u"],
            &["p", "x"],
        );
    }
}

#[test]
fn tclab_debug() {
    let (Some(a), Some(b)) = (
        shared("tclab/tclab_fnr13_train.csv", 1),
        shared("tclab/tclab_fnr13_test.csv", 1),
    ) else {
        return;
    };
    let n = a[0].len();
    let m = b[0].len();
    let spans = vec![span(0, 0, n, Split::Train), span(1, 0, m, Split::Test)];
    let ch = vec![
        Channel::new("Q1", Role::Control, ""),
        Channel::new("Q2", Role::Control, ""),
        Channel::new("T1", Role::Observation, ""),
        Channel::new("T2", Role::Observation, ""),
    ];
    let data = dataset(ch, vec![a, b], spans);
    let model = learn(&data, &tiny()).unwrap();
    let out = roll(
        &model,
        &RolloutRequest {
            episode: 1,
            ..request(&data, 50, m - 50)
        },
    );
    for o in 0..2 {
        for s in (0..m - 50).step_by((m - 50) / 20) {
            eprintln!(
                "{o} {s} err {:.3} half90 {:.3} half50 {:.3} epi {:.3}",
                data.episodes[1].columns[2 + o][50 + s] - out.mean[o][s],
                (out.band90[o].hi[s] - out.band90[o].lo[s]) / 2.0,
                (out.band50[o].hi[s] - out.band50[o].lo[s]) / 2.0,
                out.epistemic[o][s]
            );
        }
        // left-out blocks
        for f in 0..5 {
            let (s0, s1) = (n * f / 5, n * (f + 1) / 5);
            let st = s0.max(50);
            let h = s1 - st;
            let lo = roll(
                &model,
                &RolloutRequest {
                    episode: 0,
                    members: Members::LeftOut,
                    ..request(&data, st, h)
                },
            );
            let errs: Vec<f64> = (0..h)
                .map(|s| data.episodes[0].columns[2 + o][st + s] - lo.mean[o][s])
                .collect();
            let mut abs: Vec<f64> = errs.iter().map(|e| e.abs()).collect();
            abs.sort_by(f64::total_cmp);
            eprintln!(
                "{o} fold {f} h {h} rms {:.3} q90 {:.3} mean {:.3}",
                (errs.iter().map(|e| e * e).sum::<f64>() / h as f64).sqrt(),
                abs[h * 9 / 10],
                errs.iter().sum::<f64>() / h as f64
            );
        }
    }
}
