//! Who answers what in a model's file: scores, shares, weights and bands.

use super::{
    archive::{Archive, damaged},
    calibrations::{put_calibrations, take_calibrations, unblended},
    header::Header,
};
use crate::{
    base::to_count,
    data::Modality,
    model::{
        CandidateScore, ModalityGain, ModelError, Tier,
        blend::{FAMILIES, Shares},
        fitted::Race,
    },
};

/// Writes the part of a race that is arrays.
pub(super) fn put_race(archive: &mut Archive, race: &Race) {
    for (tier, list) in &race.calibration {
        put_calibrations(archive, tier.name(), list);
    }
    put_calibrations(archive, "blend", &race.blended);
    for (tier, weights) in &race.weights {
        archive.put(&format!("weights.{}", tier.name()), weights.concat());
    }
    for score in &race.scores {
        let mut numbers = vec![
            score.n_params as f64,
            score.fit_secs,
            score.rmse_norm,
            score.crps_norm,
        ];
        numbers.extend(&score.rmse_norm_by_channel);
        archive.put(&format!("scores.{}", score.tier.name()), numbers);
    }
}

/// Reads a race back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where numbers are absent or do not fit together.
pub(super) fn read_race(
    header: &Header,
    archive: &mut Archive,
    active: &[usize],
) -> Result<Race, ModelError> {
    let mut race = Race::default();
    for name in &header.tiers {
        let tier = read_tier(name)?;
        let numbers = archive.take(&format!("scores.{name}"))?;
        let [n_params, fit_secs, rmse_norm, crps_norm, by_channel @ ..] = numbers.as_slice() else {
            return Err(damaged(
                "scores",
                numbers.len().to_string(),
                "at least 4 numbers",
            ));
        };
        race.scores.push(CandidateScore {
            tier,
            n_params: to_count(*n_params),
            fit_secs: *fit_secs,
            rmse_norm: *rmse_norm,
            crps_norm: *crps_norm,
            rmse_norm_by_channel: by_channel.to_vec(),
        });
        let list = take_calibrations(archive, name, header.n_obs)?;
        race.calibration.insert(tier, list);
    }
    for name in &header.chosen {
        race.chosen.push(read_tier(name)?);
    }
    if header.shares.is_empty() {
        unblended(&mut race, active)?;
    } else {
        race.shares = read_shares(&header.shares)?;
        race.rmse_norm.clone_from(&header.rmse_norm);
        race.blended = take_calibrations(archive, "blend", header.n_obs)?;
        for name in &header.tiers {
            let numbers = archive.take(&format!("weights.{name}"))?;
            let n_members = (numbers.len() / header.n_obs.max(1)).max(1);
            let weights = numbers.chunks(n_members).map(<[f64]>::to_vec);
            race.weights.insert(read_tier(name)?, weights.collect());
        }
    }
    for (at, (name, used, gain)) in header.modalities.iter().enumerate() {
        let modality = Modality::from_name(name)
            .ok_or_else(|| damaged("modality", name.clone(), "image, sound or checklist"))?;
        race.modalities.push(ModalityGain {
            modality,
            used: *used,
            gain: *gain,
            by_output: header.gains_by_output.get(at).cloned().unwrap_or_default(),
        });
    }
    Ok(race)
}

/// A row of shares an output.
pub(super) fn write_shares(shares: &[Shares]) -> Vec<Vec<f64>> {
    shares.iter().map(|shares| shares.0.to_vec()).collect()
}

/// Files before version 6 have no share of the last family.
fn read_shares(rows: &[Vec<f64>]) -> Result<Vec<Shares>, ModelError> {
    let read = |row: &Vec<f64>| {
        let mut shares = Shares([0.0; FAMILIES.len()]);
        if row.len() > shares.0.len() || row.is_empty() {
            return Err(damaged(
                "shares",
                row.len().to_string(),
                "one number a family",
            ));
        }
        shares.0[..row.len()].copy_from_slice(row);
        Ok(shares)
    };
    rows.iter().map(read).collect()
}

fn read_tier(name: &str) -> Result<Tier, ModelError> {
    Tier::from_name(name).ok_or_else(|| {
        damaged(
            "tier",
            name.to_owned(),
            "naive, linear, narx, neural or transformer",
        )
    })
}
