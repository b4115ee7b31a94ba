//! What a sensor's course over many steps tells: lines that a historian drew, and slow drift.

use super::{
    grade::{Finding, percent, short},
    roles::{self, Behavior},
};
use crate::base::StopToken;

/// Straight lines through many steps: a historian filled in what it had thrown away.
pub(super) fn interpolated(
    parts: &[&[f64]],
    behavior: &Behavior,
    stop: &StopToken,
) -> Option<Finding> {
    if behavior.n_levels < roles::MOST_LEVELS {
        return None;
    }
    let (mut n_straight, mut n_all) = (0_usize, 0_usize);
    for part in parts {
        let mut run = 0;
        for three in stop.watch(part.windows(3)) {
            n_all += 1;
            let (up, next) = (three[1] - three[0], three[2] - three[1]);
            let is_straight = up.abs() > 0.0 && (up - next).abs() <= 1e-6 * up.abs();
            run = if is_straight { run + 1 } else { 0 };
            match run {
                0..4 => {}
                4 => n_straight += 4,
                _ => n_straight += 1,
            }
        }
    }
    let share = n_straight as f64 / n_all.max(1) as f64;
    if share < 0.3 {
        return None;
    }
    let text = format!(
        "{} % of the steps lie on straight lines: a historian seems to have filled them in",
        percent(share)
    );
    Some(Finding::new("interpolated", 1, text).with("percent", percent(share)))
}

/// A straight trend that explains nearly everything over a long time.
pub(super) fn drifting(parts: &[&[f64]], stop: &StopToken) -> Option<Finding> {
    let part = parts.iter().max_by_key(|part| part.len())?;
    if part.len() < 500 {
        return None;
    }
    let (mut n, mut st, mut sx, mut stt, mut stx, mut sxx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (step, &value) in stop
        .watch(*part)
        .enumerate()
        .filter(|(_, value)| value.is_finite())
    {
        let time = step as f64 / part.len() as f64;
        n += 1.0;
        st += time;
        sx += value;
        stt += time * time;
        stx += time * value;
        sxx += value * value;
    }
    let (vt, vx) = (n * stt - st * st, n * sxx - sx * sx);
    let cov = n * stx - st * sx;
    if vt <= 0.0 || vx <= 1e-12 * sxx || n < 500.0 {
        return None;
    }
    let explained = cov * cov / (vt * vx);
    if explained < 0.95 {
        return None;
    }
    let slope = cov / vt;
    let text = format!(
        "moves by {} along a straight line over the recording ({} % of its variance): \
         it may drift",
        short(slope),
        percent(explained)
    );
    Some(
        Finding::new("drifting", 0, text)
            .with("change", short(slope))
            .with("percent", percent(explained)),
    )
}
