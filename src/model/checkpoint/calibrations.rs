//! Calibrations in a model's file, and what a file of version 1 says instead of shares.

use crate::model::{ModelError, Tier, blend::Shares, calibration::Calibration, fitted::Race};

use super::archive::{Archive, damaged};

/// In files of version 1 one family answers each output alone.
pub(super) fn unblended(race: &mut Race, active: &[usize]) -> Result<(), ModelError> {
    let winner = |output: usize| race.chosen.get(output).copied().unwrap_or(Tier::Naive);
    let error = |(output, tier): (usize, Tier)| {
        let score = race.scores.iter().find(|score| score.tier == tier)?;
        score.rmse_norm_by_channel.get(output).copied()
    };
    let winners = (0..race.chosen.len()).map(|output| (output, winner(output)));
    race.rmse_norm = winners.map(|pair| error(pair).unwrap_or(0.0)).collect();
    for (position, &output) in active.iter().enumerate() {
        let shares = Shares::only(winner(output));
        let list = race.calibration.get(&shares.strongest());
        let calibration = list
            .and_then(|list| list.get(position))
            .ok_or_else(|| damaged("calibration", "nothing".to_owned(), "one of each output"))?;
        race.blended.push(calibration.clone());
        race.shares.push(shares);
    }
    Ok(())
}

/// Writes the calibrations of a family or a blend.
pub(super) fn put_calibrations(archive: &mut Archive, name: &str, list: &[Calibration]) {
    for (output, one) in list.iter().enumerate() {
        let name = format!("bands.{name}.{output}");
        let knots = [&one.knots, &one.half50, &one.half90, &one.between];
        archive.put(&name, knots.into_iter().flatten().copied());
        archive.put(&format!("{name}.inside"), one.inside.concat());
        let noise = vec![one.slow_share, one.rho, one.spread_scale];
        archive.put(&format!("{name}.noise"), noise);
    }
}

/// Reads [`put_calibrations`] back.
pub(super) fn take_calibrations(
    archive: &mut Archive,
    name: &str,
    n_obs: usize,
) -> Result<Vec<Calibration>, ModelError> {
    let mut list = Vec::with_capacity(n_obs);
    for output in 0..n_obs {
        let mut key = format!("bands.{name}.{output}");
        let mut n_rows = 4;
        // Files before version 4 have a fifth row, of variances that were seldom passed.
        if !archive.has(&key) {
            key = format!("calibration.{name}.{output}");
            n_rows = 5;
        }
        let numbers = archive.take(&key)?;
        let noise = archive.take(&format!("{key}.noise"))?;
        let is_even = numbers.len().is_multiple_of(n_rows);
        let rows: Vec<Vec<f64>> = numbers
            .chunks((numbers.len() / n_rows).max(1))
            .filter(|_| is_even)
            .map(<[f64]>::to_vec)
            .collect();
        let ([knots, half50, half90, between, ..], [slow_share, rho, spread_scale]) =
            (rows.as_slice(), noise.as_slice())
        else {
            return Err(damaged(
                &key,
                numbers.len().to_string(),
                "rows of equal length",
            ));
        };
        // Files before version 6 know one band for inputs that were met and that were not.
        let mut inside = [half50.clone(), half90.clone()];
        let inside_key = format!("{key}.inside");
        if archive.has(&inside_key) {
            let numbers = archive.take(&inside_key)?;
            if numbers.len() != 2 * knots.len() {
                let wanted = "two rows as long as the bands'";
                return Err(damaged(&inside_key, numbers.len().to_string(), wanted));
            }
            let (first, second) = numbers.split_at(knots.len());
            inside = [first.to_vec(), second.to_vec()];
        }
        list.push(Calibration {
            knots: knots.clone(),
            half50: half50.clone(),
            half90: half90.clone(),
            inside,
            between: between.clone(),
            slow_share: *slow_share,
            rho: *rho,
            spread_scale: *spread_scale,
        });
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrations_of_older_files_are_read_without_their_fifth_row() {
        let one = Calibration {
            knots: vec![0.0, 1.0],
            half50: vec![0.5, 0.6],
            half90: vec![1.5, 1.6],
            inside: [vec![0.5, 0.6], vec![1.5, 1.6]],
            between: vec![0.1, 0.2],
            slow_share: 0.5,
            rho: 0.9,
            spread_scale: 2.0,
        };
        let mut new = Archive::default();
        put_calibrations(&mut new, "linear", std::slice::from_ref(&one));
        let mut old = Archive::default();
        let rows = [
            &one.knots,
            &one.half50,
            &one.half90,
            &one.between,
            &one.knots,
        ];
        old.put("calibration.linear.0", rows.into_iter().flatten().copied());
        old.put("calibration.linear.0.noise", [0.5, 0.9, 2.0]);
        for mut archive in [new, old] {
            let read = take_calibrations(&mut archive, "linear", 1).unwrap();
            assert_eq!(read, std::slice::from_ref(&one));
        }
        let mut broken = Archive::default();
        broken.put("bands.linear.0", [1.0, 2.0, 3.0]);
        broken.put("bands.linear.0.noise", [0.5, 0.9, 2.0]);
        assert!(take_calibrations(&mut broken, "linear", 1).is_err());
    }
}
