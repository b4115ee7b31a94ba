//! Equations of an output that is measured every so many steps only, such as a laboratory's.
//!
//! It has no measured past a step ago, and a line between its measurements knows the later one. So the
//! poles are taken from a grid, and what the inputs do through them is linear in their coefficients and
//! follows from the errors of free runs at the measured steps alone. The refinement then moves both.

use nalgebra::{DMatrix, DVector};

use super::{
    equation::{Equation, Term},
    fit::Ground,
    refine::{MAX_TERMS, linearize, windows_of},
};

/// How much of the output stays from step to step; 1 = an integrator.
const POLES: [f64; 10] = [0.0, 0.5, 0.7, 0.8, 0.88, 0.93, 0.96, 0.98, 0.99, 1.0];
/// The second of two poles.
const SECOND: [f64; 4] = [0.5, 0.8, 0.93, 0.98];
/// Steps back at which the inputs count: at once, soon, and after some dead time.
const LAGS: [&[usize]; 4] = [&[1], &[0, 1], &[0, 2, 5], &[0, 1, 2, 4, 8, 16]];
/// Pull of the inputs' coefficients towards zero, relative to what they are known by.
const RIDGE: f64 = 1e-3;

/// An output's own coefficients for a grid of poles, and the inputs' lags.
pub(super) fn grid(ground: &Ground<'_>) -> Vec<(Vec<f64>, &'static [usize])> {
    let n_in = ground.prepared.n_in;
    let fits = |lags: &&[usize]| {
        let deepest = lags.iter().copied().max().unwrap_or(0);
        deepest <= ground.max_lag && 2 + lags.len() * n_in <= MAX_TERMS
    };
    let pairs = |first: f64| SECOND.into_iter().filter(move |&second| second <= first);
    let two = |first: f64| pairs(first).map(move |second| vec![first + second, -first * second]);
    let of = |lags| {
        let own = POLES
            .into_iter()
            .flat_map(move |first| std::iter::once(vec![first]).chain(two(first)));
        own.map(move |past| (past, lags))
    };
    LAGS.into_iter().filter(fits).flat_map(of).collect()
}

/// `past` = the output's own coefficients; `None` where the data do not carry the inputs'.
pub(super) fn equation(
    ground: &Ground<'_>,
    output: usize,
    past: &[f64],
    lags: &[usize],
) -> Option<Equation> {
    let n_obs = ground.prepared.n_obs;
    let own = (1..=past.len()).map(|lag| Term {
        source: output,
        lag,
    });
    let inputs = (n_obs..n_obs + ground.prepared.n_in)
        .flat_map(|source| lags.iter().map(move |&lag| Term { source, lag }));
    let terms: Vec<Term> = own.chain(inputs).collect();
    let mut start = past.to_vec();
    start.resize(terms.len() + 1, 0.0);
    let mut equation = Equation {
        output,
        coef: vec![start; ground.prepared.folds.len()],
        terms,
        gain: 1.0,
    };
    for member in 0..equation.coef.len() {
        let windows = windows_of(ground, &equation, member);
        let normal = linearize(
            &equation,
            &equation.coef[member],
            &windows,
            &ground.prepared.rails,
        )?;
        let brought = inputs_part(&normal.left, &normal.right, past.len())?;
        equation.coef[member][past.len()..].copy_from_slice(brought.as_slice());
    }
    Some(equation)
}

/// The coefficients of the inputs and the bias, from normal equations around none.
fn inputs_part(left: &DMatrix<f64>, right: &DVector<f64>, n_past: usize) -> Option<DVector<f64>> {
    let n = right.len() - n_past;
    let mut known = left.view((n_past, n_past), (n, n)).into_owned();
    for at in 0..n {
        known[(at, at)] += RIDGE * known[(at, at)] + f64::MIN_POSITIVE;
    }
    let solved = known.cholesky()?.solve(&right.rows(n_past, n).into_owned());
    solved
        .iter()
        .all(|value| value.is_finite())
        .then_some(solved)
}

#[cfg(test)]
mod tests {
    use crate::{
        base::{Purpose, StopToken, Stream, to_f32},
        model::{
            leftout::LeftOut,
            linear::{fit_linear, tell_between, to_series},
            prepared::{Prepared, Simulator as _},
        },
    };

    /// A first order that takes twenty steps, measured every eighth, and where it really was.
    fn slow() -> (Prepared, Vec<f64>) {
        let noise = Stream::new(5, Purpose::Test, &[]);
        let input: Vec<f64> = (0..1600).map(|step| noise.normal_at(step / 15)).collect();
        let mut level = 0.0;
        let truth = input.iter().map(|value| {
            let now = level;
            level += 0.05 * (value - level);
            now
        });
        let truth: Vec<f64> = truth.collect();
        let seen = truth.iter().enumerate().map(|(step, value)| {
            let error = 0.02 * noise.normal_at(5000 + step as u64);
            let is_measured = step % 8 == 0;
            to_f32(if is_measured { value + error } else { f64::NAN })
        });
        let input = input.iter().copied().map(to_f32);
        (
            Prepared::of_columns(seen.collect(), input.collect(), 5),
            truth,
        )
    }

    #[test]
    fn a_seldom_measured_output_gets_the_dynamics_between_its_measurements() {
        let (prepared, truth) = slow();
        let leftout = LeftOut::new(&prepared);
        let model = fit_linear(&prepared, &leftout, &StopToken::new())
            .unwrap()
            .model;
        let (mut squares, mut count) = (0.0, 0.0);
        for start in &leftout.starts {
            let said = model
                .simulate(start.fold, &[start.sim_start([false; 3])])
                .remove(0);
            for (target, mean) in start.target.iter().zip(&said.mean) {
                if target.is_finite() {
                    squares += f64::from(target - mean).powi(2);
                    count += 1.0;
                }
            }
        }
        let error = f64::sqrt(squares / count);
        // The noise is 0.02, the output's spread 0.5.
        assert!(count > 100.0 && error < 0.03, "{error} over {count}");

        let mut series = to_series(&prepared);
        let miss = |column: &[f64]| {
            let pairs = column[..1593].iter().zip(&truth);
            (pairs.map(|(said, real)| (said - real).powi(2)).sum::<f64>() / 1593.0).sqrt()
        };
        let by_a_line = miss(&series[0].columns[0]);
        tell_between(&mut series, &prepared, &model);
        assert!(series[0].told[0][..1593].iter().all(|&told| told));
        let told = miss(&series[0].columns[0]);
        assert!(told < 0.02 && told < 0.6 * by_a_line, "{told}, {by_a_line}");
    }
}
