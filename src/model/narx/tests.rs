//! The polynomial family against systems whose equation is known.

use super::{
    NarxEquation, NarxModel, Polynomial,
    fit::{Ground, fit_narx},
    group::Look,
    limits::Limits,
};
use crate::{
    base::{Purpose, StopToken, Stream, to_f32},
    model::{
        leftout::LeftOut,
        linear::{Term, fit_linear, to_series},
        prepared::{Prepared, SimStart, Simulator as _},
    },
};

const N_STEPS: usize = 1500;

/// Terms and coefficients of the plant, bias last.
fn truth() -> Polynomial {
    let y = |lag| Term { source: 0, lag };
    let u = |lag| Term { source: 1, lag };
    Polynomial {
        products: vec![
            vec![y(1)],
            vec![y(2)],
            vec![u(1)],
            vec![u(1), u(1)],
            vec![y(1), u(1)],
        ],
        coef: vec![0.8, -0.3, 0.7, 0.25, -0.2, 0.1],
    }
}

/// The plant under random steps, with a little noise on the sensor.
fn plant() -> Prepared {
    let mut draws = Stream::new(3, Purpose::Test, &[7]).draws();
    let mut y: Vec<f64> = vec![0.0; 2];
    let mut u = vec![0.0; 2];
    for step in 2..N_STEPS {
        let held = u[step - 1];
        u.push(if step % 3 == 0 {
            draws.between(-1.5, 1.5)
        } else {
            held
        });
        let (y1, u1) = (y[step - 1], u[step - 1]);
        y.push(0.1 + 0.8 * y1 - 0.3 * y[step - 2] + 0.7 * u1 + 0.25 * u1 * u1 - 0.2 * y1 * u1);
    }
    let noisy = y.iter().map(|&y| to_f32(y + 0.01 * draws.normal()));
    let obs = noisy.collect();
    Prepared::of_columns(obs, u.into_iter().map(to_f32).collect(), 5)
}

fn fitted(prepared: &Prepared) -> NarxModel {
    let (leftout, stop) = (LeftOut::new(prepared), StopToken::new());
    let linear = fit_linear(prepared, &leftout, &stop).unwrap().model;
    fit_narx(prepared, &leftout, &linear, 2, (&stop, &|_| {}))
        .unwrap()
        .unwrap()
}

#[test]
fn terms_and_coefficients_of_a_known_system_are_recovered() {
    let model = fitted(&plant());
    let truth = truth();
    assert_eq!(model.n_members(), 5);
    for member in &model.equations[0].members {
        for (product, weight) in truth.products.iter().zip(&truth.coef) {
            let at = member.products.iter().position(|one| one == product);
            let found = at.map_or(0.0, |at| member.coef[at]);
            assert!((found - weight).abs() < 0.03, "{product:?}: {found}");
        }
        for (product, weight) in member.products.iter().zip(&member.coef) {
            let is_true = truth.products.contains(product);
            assert!(is_true || weight.abs() < 0.03, "{product:?}: {weight}");
        }
        assert!((member.coef.last().unwrap() - 0.1).abs() < 0.03);
    }
}

#[test]
fn the_choice_is_the_same_every_time() {
    let prepared = plant();
    assert_eq!(fitted(&prepared), fitted(&prepared));
}

#[test]
fn no_free_run_leaves_the_range_it_is_held_in() {
    let model = fitted(&plant());
    for size in [-1e6_f32, -30.0, 3.0, 1e6] {
        let past: Vec<f32> = vec![size; 10];
        let future: Vec<f32> = (0..3000)
            .map(|step| if step % 7 < 3 { size } else { 0.0 })
            .collect();
        let start = SimStart {
            past_obs: &past,
            past_input: &past,
            future_input: &future,
            context: [&[], &[], &[]],
        };
        let mut farthest = 0.0_f64;
        for member in 0..5 {
            for value in &model.simulate(member, &[start])[0].mean {
                farthest = farthest.max(model.limits[0].beyond(f64::from(*value)));
            }
        }
        assert!(farthest <= 4.0 + 1e-6, "{size}: {farthest}");
    }
}

#[test]
fn a_run_does_not_depend_on_those_beside_it() {
    let polynomial = truth();
    let equation = |output| NarxEquation {
        output,
        members: vec![polynomial.clone()],
        outside: vec![polynomial.clone()],
        gain: 0.6,
    };
    let mut limits = [-1.0, 1.0].map(|end: f64| Limits::of([-end.abs(), end.abs()].into_iter()));
    limits[0] = limits[0].within([-1.2, 0.9]);
    let model = NarxModel {
        n_obs: 1,
        n_in: 1,
        limits: limits.to_vec(),
        equations: vec![equation(0)],
        coupled: Vec::new(),
        is_together: true,
    };
    let stream = Stream::new(3, Purpose::Test, &[8]);
    let column = |id: usize, n: usize, scale: f64| -> Vec<f32> {
        let at = |step: usize| to_f32(scale * stream.normal_at((1000 * id + step) as u64));
        (0..n).map(at).collect()
    };
    // Twenty starts: pasts of two lengths, holes in them, inputs inside, beyond and far beyond the range met.
    let rows: Vec<[Vec<f32>; 3]> = (0..20_usize)
        .map(|id| {
            let n_past = if id % 7 == 3 { 9 } else { 14 };
            let mut past = column(3 * id, n_past, 0.4);
            past[id % n_past] = f32::NAN;
            let scale = [0.3, 0.9, 40.0][id % 3];
            let mut future = column(3 * id + 2, 30, scale);
            if id == 11 {
                future[4] = f32::INFINITY;
            }
            [past, column(3 * id + 1, n_past, scale), future]
        })
        .collect();
    let starts: Vec<SimStart<'_>> = rows
        .iter()
        .map(|[past_obs, past_input, future_input]| SimStart {
            past_obs,
            past_input,
            future_input,
            context: [&[], &[], &[]],
        })
        .collect();
    let together = model.simulate(0, &starts);
    assert_eq!(together.len(), starts.len());
    for (start, found) in starts.iter().zip(&together) {
        let alone = &model.simulate(0, &[*start])[0];
        let bits = |out: &[f32]| out.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&alone.mean), bits(&found.mean));
        assert!(found.mean.iter().all(|value| (-1.2..=0.9).contains(value)));
    }
}

/// Looks at an equation of five members, all the truth, on the ground of the plant.
fn on_ground(look: impl Fn(&Ground<'_>, NarxEquation)) {
    let prepared = plant();
    let leftout = LeftOut::new(&prepared);
    let series = to_series(&prepared);
    let limits = [0, 1].map(|source| Limits::of(series[0].columns[source].iter().copied()));
    let ground = Ground::new(&prepared, &leftout, &series, (&limits, 20));
    let equation = NarxEquation {
        output: 0,
        members: vec![truth(); 5],
        outside: vec![truth(); 5],
        gain: 1.0,
    };
    look(&ground, equation);
}

#[test]
fn a_member_that_runs_away_from_a_left_out_start_is_refused() {
    on_ground(|ground, mut equation| {
        assert!(ground.score(&equation, Look::Close) < 0.05);
        // One member of five with a pole outside of the unit circle.
        equation.members[2].coef[0] = 1.9;
        assert!(ground.score(&equation, Look::Close).is_infinite());
    });
}

#[test]
fn a_member_that_stays_where_it_started_is_refused_unless_the_line_does_too() {
    on_ground(|ground, mut equation| {
        assert!(ground.stands_firm(&equation));
        // With z = y − c about the middle of the range met, h its half width: z (1.5 − z² / 2 h²) rests
        // at either end, whatever the input does.
        let y = Term { source: 0, lag: 1 };
        let u = Term { source: 1, lag: 1 };
        let (low, high) = (ground.limits[0].low, ground.limits[0].high);
        let c = 0.5 * (low + high);
        let k = 2.0 / (high - low).powi(2);
        equation.members[3] = Polynomial {
            products: vec![vec![y], vec![y, y], vec![y, y, y], vec![u]],
            coef: vec![
                1.5 - 3.0 * k * c * c,
                3.0 * k * c,
                -k,
                0.01,
                k * c.powi(3) - 0.5 * c,
            ],
        };
        assert!(!ground.stands_firm(&equation));
        // What adds up its inputs forgets nothing, and is no worse for that.
        let adds_up = Polynomial {
            products: vec![vec![y], vec![u]],
            coef: vec![1.0, 0.0, 0.0],
        };
        equation.members[3] = adds_up.clone();
        assert!(!ground.stands_firm(&equation));
        equation.outside[3] = adds_up;
        assert!(ground.stands_firm(&equation));
    });
}
