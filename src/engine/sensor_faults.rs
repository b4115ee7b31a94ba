//! What a model sees where sensors are lost or stand still at run time.

use std::sync::Arc;

use super::EngineError;
use crate::{
    base::Phrase,
    data::{Dataset, Split},
};

/// Outputs whose sensors are at fault while a model is asked; what is true stays known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorFaults {
    /// Outputs of which nothing is measured.
    pub missing: Vec<String>,
    /// Outputs that hold the value with which each block begins.
    pub stuck: Vec<String>,
}

impl SensorFaults {
    /// The dataset as a model sees it in the blocks of a split.
    ///
    /// # Errors
    ///
    /// [`EngineError::Number`] for a channel that is no output, with those that are.
    pub(crate) fn seen(
        &self,
        dataset: &Arc<Dataset>,
        split: Split,
    ) -> Result<Arc<Dataset>, EngineError> {
        let mut seen = Arc::clone(dataset);
        let named = self.missing.iter().map(|name| (name, false));
        for (name, is_stuck) in named.chain(self.stuck.iter().map(|name| (name, true))) {
            let channel = output_of(dataset, name)?;
            let columns = Arc::make_mut(&mut seen);
            for span in dataset.spans_of(split) {
                let column = &mut columns.episodes[span.episode].columns[channel];
                let block = &mut column[span.start..span.end];
                let known = block.iter().copied().find(|value| value.is_finite());
                let held = known.filter(|_| is_stuck).unwrap_or(f64::NAN);
                block.fill(held);
            }
        }
        Ok(seen)
    }
}

fn output_of(dataset: &Dataset, name: &str) -> Result<usize, EngineError> {
    let outputs = dataset.outputs();
    let names = || outputs.iter().map(|&at| dataset.channels[at].name.as_str());
    let place = names().position(|one| one == name);
    place.map(|at| outputs[at]).ok_or_else(|| {
        let known = Phrase::names(&names().collect::<Vec<_>>());
        EngineError::Number {
            name: Phrase::new("detail-the-sensor", "the sensor at fault"),
            found: name.to_owned(),
            expected: Phrase::new("detail-an-output", format!("an output: {known}"))
                .with_phrase("names", known),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Channel, Episode, Media, Role, Span};

    fn dataset() -> Arc<Dataset> {
        let span = |start, end, split| Span {
            episode: 0,
            start,
            end,
            split,
        };
        let ramp = |from: f64| (0..10).map(|at| from + f64::from(at)).collect();
        Arc::new(Dataset {
            name: "line".to_owned(),
            step_secs: 1.0,
            has_clock: true,
            utc_offset_secs: None,
            channels: vec![
                Channel::new("valve", Role::Control, "%"),
                Channel::new("level", Role::Observation, "mm"),
                Channel::new("flow", Role::Observation, "l/s"),
            ],
            episodes: vec![Episode {
                name: "day".to_owned(),
                start_ns: 0,
                columns: vec![ramp(0.0), ramp(100.0), ramp(200.0)],
            }],
            spans: vec![span(0, 6, Split::Train), span(6, 10, Split::Test)],
            media: Media::default(),
        })
    }

    #[test]
    fn a_lost_sensor_and_a_stuck_one_are_seen_so_in_the_blocks_that_are_asked_alone() {
        let data = dataset();
        let faults = SensorFaults {
            missing: vec!["level".to_owned()],
            stuck: vec!["flow".to_owned()],
        };
        let seen = faults.seen(&data, Split::Test).expect("outputs");
        let [valve, level, flow] = &seen.episodes[0].columns[..] else {
            panic!("three columns");
        };
        assert_eq!(valve, &data.episodes[0].columns[0]);
        assert_eq!(level[..6], data.episodes[0].columns[1][..6]);
        assert!(level[6..].iter().all(|value| value.is_nan()));
        assert_eq!(flow[..6], data.episodes[0].columns[2][..6]);
        assert_eq!(flow[6..], [206.0; 4]);
    }

    #[test]
    fn a_channel_that_is_no_output_is_refused_with_those_that_are() {
        let faults = SensorFaults {
            missing: vec!["valve".to_owned()],
            ..SensorFaults::default()
        };
        let refused = faults.seen(&dataset(), Split::Test).expect_err("an input");
        let text = refused.to_string();
        assert!(text.contains("valve") && text.contains("level"), "{text}");
    }
}
