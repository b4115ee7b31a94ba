//! One number of a trajectory or of a series.

use super::stats;
use crate::{
    data::Trajectory,
    scenario::{Kpi, Reduce},
};

/// What adds up is told where no larger share of the series is missing.
const MOST_MISSING: f64 = 0.1;

/// A KPI of one draw; `None` where the trajectory does not hold its channel or that draw.
pub fn kpi_of_draw(kpi: &Kpi, trajectory: &Trajectory, draw: usize) -> Option<f64> {
    let output = trajectory.output_of(kpi.channel)?;
    if draw >= trajectory.n_draws() {
        return None;
    }
    let values: Vec<f64> = trajectory
        .draw(draw, output)
        .iter()
        .map(|&value| f64::from(value))
        .collect();
    Some(kpi_of_series(kpi, &values, trajectory.step_secs))
}

/// A KPI of a plain series; missing values are left out, NaN where all are.
///
/// What adds up over the steps would be too small by those without a reading: they count as the others
/// do on average, and it is NaN where more than one in ten is missing.
pub fn kpi_of_series(kpi: &Kpi, values: &[f64], step_secs: f64) -> f64 {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let Some(&last) = finite.last() else {
        return f64::NAN;
    };
    if kpi.reduce.adds_up() && finite.len() < values.len() {
        let n_steps = values.len() as f64;
        if n_steps - finite.len() as f64 > MOST_MISSING * n_steps {
            return f64::NAN;
        }
        return n_steps / finite.len() as f64 * kpi_of_series(kpi, &finite, step_secs);
    }
    let minutes = |beyond: &dyn Fn(f64) -> bool| {
        finite.iter().filter(|&&value| beyond(value)).count() as f64 * step_secs / 60.0
    };
    match kpi.reduce {
        Reduce::Mean => stats::mean(&finite),
        Reduce::Sum => finite.iter().sum(),
        Reduce::Integral => finite.iter().sum::<f64>() * step_secs,
        Reduce::Min => finite.iter().copied().fold(f64::INFINITY, f64::min),
        Reduce::Max => finite.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Reduce::Last => last,
        Reduce::Std => stats::population_std(&finite),
        Reduce::MinutesAbove(level) => minutes(&|value| value > level),
        Reduce::MinutesBelow(level) => minutes(&|value| value < level),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Better;

    fn value(reduce: Reduce, values: &[f64]) -> f64 {
        let kpi = Kpi {
            name: "k".into(),
            channel: 7,
            reduce,
            better: Better::Lower,
            unit: String::new(),
            delta: None,
        };
        kpi_of_series(&kpi, values, 30.0)
    }

    #[test]
    fn every_reduction_matches_the_hand_calculation() {
        let series = [1.0, 4.0, 1.0];
        let cases = [
            (Reduce::Mean, 2.0),
            (Reduce::Sum, 6.0),
            (Reduce::Integral, 180.0),
            (Reduce::Min, 1.0),
            (Reduce::Max, 4.0),
            (Reduce::Last, 1.0),
            (Reduce::Std, 2_f64.sqrt()),
            (Reduce::MinutesAbove(1.0), 0.5),
            (Reduce::MinutesBelow(2.0), 1.0),
        ];
        for (reduce, expected) in cases {
            let found = value(reduce, &series);
            assert!((found - expected).abs() < 1e-12, "{reduce:?} {found}");
        }
    }

    const LEVELS: [Reduce; 5] = [
        Reduce::Mean,
        Reduce::Min,
        Reduce::Max,
        Reduce::Last,
        Reduce::Std,
    ];

    const SUMS: [Reduce; 4] = [
        Reduce::Sum,
        Reduce::Integral,
        Reduce::MinutesAbove(1.0),
        Reduce::MinutesBelow(2.0),
    ];

    #[test]
    fn what_is_missing_is_skipped_and_takes_nothing_from_what_adds_up() {
        let mut series: Vec<f64> = (0..30).map(|step| f64::from(step % 3)).collect();
        let whole = series.clone();
        series[3] = f64::NAN;
        for reduce in LEVELS {
            let known = [&series[..3], &series[4..]].concat();
            let (found, expected) = (value(reduce, &series), value(reduce, &known));
            assert_eq!(found.to_bits(), expected.to_bits(), "{reduce:?}");
        }
        for reduce in SUMS {
            // A third of the steps each is 0, 1 and 2; of the 0 one is missing.
            let known = [&series[..3], &series[4..]].concat();
            let (found, expected) = (value(reduce, &series), value(reduce, &known));
            assert!((found - expected * 30.0 / 29.0).abs() < 1e-9, "{reduce:?}");
            let all = value(reduce, &whole);
            assert!((found / all - 1.0).abs() < 0.06, "{reduce:?} {found} {all}");
        }
    }

    #[test]
    fn a_sum_of_too_few_readings_is_not_told() {
        let mut series = vec![2.0; 20];
        series[..2].fill(f64::NAN);
        assert!((value(Reduce::Sum, &series) - 40.0).abs() < 1e-9);
        series[2] = f64::NAN;
        for reduce in SUMS {
            assert!(value(reduce, &series).is_nan(), "{reduce:?}");
        }
        for reduce in LEVELS {
            assert!(value(reduce, &series).is_finite(), "{reduce:?}");
        }
        assert!(value(Reduce::Max, &[f64::NAN]).is_nan());
    }

    #[test]
    fn a_draw_is_reduced_from_its_own_output_only() {
        let trajectory = Trajectory {
            step_secs: 60.0,
            start_ns: 0,
            channels: vec![3, 7],
            n_steps: 2,
            member_of_draw: vec![0, 1],
            draws: vec![9.0, 9.0, 1.0, 2.0, 9.0, 9.0, 3.0, 4.0],
            mean: Vec::new(),
            band50: Vec::new(),
            band90: Vec::new(),
            aleatoric: Vec::new(),
            epistemic: Vec::new(),
        };
        let mut kpi = Kpi {
            name: "k".into(),
            channel: 7,
            reduce: Reduce::Mean,
            better: Better::Lower,
            unit: String::new(),
            delta: None,
        };
        assert_eq!(kpi_of_draw(&kpi, &trajectory, 1), Some(3.5));
        assert_eq!(kpi_of_draw(&kpi, &trajectory, 2), None);
        kpi.channel = 4;
        assert_eq!(kpi_of_draw(&kpi, &trajectory, 0), None);
    }
}
