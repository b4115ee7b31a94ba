//! KPIs of trajectories and of the record: one value a draw, and what is too small to matter.

use super::{EngineError, ScenarioSide, run_scenario::recorded};
use crate::{
    data::{Dataset, Role},
    metrics::{kpi_of_draw, kpi_of_series, stats},
    scenario::Kpi,
};

/// Share of the KPI's spread between past blocks below which a difference is proposed not to
/// matter; a tenth of a standard deviation is half of what is commonly called a small effect.
const SPREAD_SHARE: f64 = 0.1;
/// Blocks whose spread says something.
const FEWEST_BLOCKS: usize = 3;

/// The KPI of each draw. Inputs are the same in every draw: controls come from the plan,
/// disturbances from the record.
pub(crate) fn kpi_of_draws(
    kpi: &Kpi,
    side: &ScenarioSide,
    dataset: &Dataset,
) -> Result<Vec<f64>, EngineError> {
    let n_draws = side.trajectory.n_draws();
    if side.trajectory.output_of(kpi.channel).is_some() {
        return Ok((0..n_draws)
            .map(|draw| kpi_of_draw(kpi, &side.trajectory, draw).unwrap_or(f64::NAN))
            .collect());
    }
    let channel = &dataset.channels[kpi.channel];
    let series = match side.plan.controls.row_of(kpi.channel) {
        Some(row) => row.to_vec(),
        None if channel.role == Role::Disturbance => {
            recorded(dataset, &side.plan, &[kpi.channel]).remove(0)
        }
        None => {
            return Err(EngineError::KpiChannel {
                kpi: kpi.name.clone(),
                channel: channel.name.clone(),
            });
        }
    };
    Ok(vec![
        kpi_of_series(kpi, &series, dataset.step_secs);
        n_draws
    ])
}

/// The KPI of what really happened, where the whole horizon was recorded and most of it was measured;
/// of what adds up nearly all of it.
pub(crate) fn kpi_of_record(kpi: &Kpi, side: &ScenarioSide, dataset: &Dataset) -> Option<f64> {
    let episode = dataset.episodes.get(side.plan.start.episode)?;
    if side.plan.start.step + side.plan.horizon_steps > episode.n_steps() {
        return None;
    }
    let series = recorded(dataset, &side.plan, &[kpi.channel]).remove(0);
    let n_seen = series.iter().filter(|value| value.is_finite()).count();
    if n_seen * 2 < series.len() {
        return None;
    }
    let value = kpi_of_series(kpi, &series, dataset.step_secs);
    value.is_finite().then_some(value)
}

/// Proposes the smallest difference that matters: a tenth of the spread of the KPI between past
/// blocks of the horizon's length, or of a half, a quarter … of it where the record holds too few (many
/// short recordings). 0 where the past is too short to say, or the KPI never changed. A block that
/// misses so much that its KPI cannot be told has no say.
pub(crate) fn proposed_delta(kpi: &Kpi, horizon_steps: usize, dataset: &Dataset) -> f64 {
    let mut length = horizon_steps.max(1);
    loop {
        // What adds up over a horizon adds up to less over a part of it.
        let share = if kpi.reduce.adds_up() {
            horizon_steps as f64 / length as f64
        } else {
            1.0
        };
        let values = values_of_blocks(kpi, length, dataset);
        if values.len() >= FEWEST_BLOCKS {
            return SPREAD_SHARE * share * stats::sample_variance(&values).sqrt();
        }
        length /= 2;
        if length == 0 {
            return 0.0;
        }
    }
}

/// The KPI of each past block of a length that can be told.
fn values_of_blocks(kpi: &Kpi, length: usize, dataset: &Dataset) -> Vec<f64> {
    let columns = dataset.episodes.iter();
    columns
        .filter_map(|episode| episode.columns.get(kpi.channel))
        .flat_map(|column| column.chunks_exact(length))
        .map(|block| kpi_of_series(kpi, block, dataset.step_secs))
        .filter(|value| value.is_finite())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::{Channel, Episode, Media},
        scenario::{Better, Reduce},
    };

    #[test]
    fn blocks_that_miss_readings_do_not_widen_the_proposed_difference() {
        let pieces: Vec<f64> = (0..400).map(|step| f64::from(step / 50)).collect();
        let kpi = Kpi {
            name: "pieces".to_owned(),
            channel: 0,
            reduce: Reduce::Sum,
            better: Better::Higher,
            unit: String::new(),
            delta: None,
        };
        let proposed = |column: Vec<f64>| {
            let dataset = Dataset {
                name: "line".to_owned(),
                step_secs: 1.0,
                has_clock: false,
                utc_offset_secs: None,
                channels: vec![Channel::new("pieces", Role::Kpi, "")],
                episodes: vec![Episode {
                    name: "day".to_owned(),
                    start_ns: 0,
                    columns: vec![column],
                }],
                spans: Vec::new(),
                media: Media::default(),
            };
            proposed_delta(&kpi, 50, &dataset)
        };
        let whole = proposed(pieces.clone());
        let mut few = pieces.clone();
        few[110..115].fill(f64::NAN);
        assert!((proposed(few) / whole - 1.0).abs() < 1e-9);
        // Without the fourth block, as if it were none: its sum would be half of what was made.
        let mut half = pieces.clone();
        half[150..175].fill(f64::NAN);
        let others = [&pieces[..150], &pieces[200..]].concat();
        assert!((proposed(half) / proposed(others) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn recordings_shorter_than_the_horizon_still_propose_a_difference() {
        let of = |reduce| Kpi {
            name: "level".to_owned(),
            channel: 0,
            reduce,
            better: Better::Unknown,
            unit: String::new(),
            delta: None,
        };
        let batch = |level: u32| Episode {
            name: level.to_string(),
            start_ns: 0,
            columns: vec![vec![f64::from(level % 7); 100]],
        };
        let dataset = Dataset {
            name: "batches".to_owned(),
            step_secs: 1.0,
            has_clock: false,
            utc_offset_secs: None,
            channels: vec![Channel::new("level", Role::Observation, "")],
            episodes: (0..70).map(batch).collect(),
            spans: Vec::new(),
            media: Media::default(),
        };
        let proposed = |reduce, steps| proposed_delta(&of(reduce), steps, &dataset);
        let whole = proposed(Reduce::Mean, 100);
        assert!(whole > 0.19, "{whole}");
        // Whole batches and halves of them hold the same levels.
        assert!((proposed(Reduce::Mean, 110) / whole - 1.0).abs() < 0.05);
        let (sum, longer) = (proposed(Reduce::Sum, 100), proposed(Reduce::Sum, 110));
        assert!((longer / sum / 1.1 - 1.0).abs() < 0.05, "{sum} {longer}");
    }
}
