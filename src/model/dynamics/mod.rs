//! The neural family: linear state-space core, neural residual, learned initial state.

use std::collections::BTreeMap;

use super::{
    DeviceChoice, ModelError, Preset,
    prepared::{Prepared, SimOutput, SimStart, Simulator},
};
use crate::base::StopToken;

#[derive(Debug, Clone)]
pub(crate) struct DynamicsModel {
    n_members: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct DynamicsConfig {
    pub(crate) seed: u64,
    pub(crate) n_threads: usize,
    pub(crate) device: DeviceChoice,
    pub(crate) max_secs: Option<f64>,
    pub(crate) dead_time: Vec<usize>,
}

impl DynamicsConfig {
    pub(crate) fn for_data(prep: &Prepared, preset: Option<Preset>) -> Self {
        let _unused = preset;
        Self {
            seed: 0,
            n_threads: 0,
            device: DeviceChoice::Cpu,
            max_secs: None,
            dead_time: vec![0; prep.n_in],
        }
    }
}

#[derive(Debug)]
pub(crate) struct DynamicsTraining {
    n_members: usize,
    step: usize,
}

impl DynamicsTraining {
    pub(crate) fn start(prep: &Prepared, config: &DynamicsConfig) -> Result<Self, ModelError> {
        let _unused = config;
        Err(ModelError::TooFewRows {
            found: prep.folds.len(),
            needed: usize::MAX,
        })
    }
    pub(crate) fn resume(prep: &Prepared, bytes: &[u8]) -> Result<Self, ModelError> {
        Ok(Self {
            n_members: prep.folds.len(),
            step: bytes.len(),
        })
    }
    pub(crate) fn advance(
        &mut self,
        prep: &Prepared,
        n_steps: usize,
        stop: &StopToken,
    ) -> Result<(), ModelError> {
        stop.check()?;
        self.step += n_steps + prep.n_obs;
        Ok(())
    }
    pub(crate) fn step(&self) -> usize {
        self.step
    }
    pub(crate) fn n_steps(&self) -> usize {
        1
    }
    pub(crate) fn is_done(&self) -> bool {
        true
    }
    pub(crate) fn train_loss(&self) -> f64 {
        0.0
    }
    pub(crate) fn val_loss(&self) -> Option<f64> {
        None
    }
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    pub(crate) fn finish(self, prep: &Prepared) -> DynamicsModel {
        let _unused = prep;
        DynamicsModel {
            n_members: self.n_members,
        }
    }
}

impl DynamicsModel {
    pub(crate) fn to_tensors(&self) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        BTreeMap::new()
    }
    pub(crate) fn header(&self) -> String {
        String::new()
    }
    pub(crate) fn from_tensors(
        header: &str,
        tensors: &BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, ModelError> {
        let _unused = (header, tensors);
        Ok(Self { n_members: 0 })
    }
    pub(crate) fn device_name(&self) -> &str {
        "cpu"
    }
}

impl Simulator for DynamicsModel {
    fn n_params(&self) -> usize {
        0
    }
    fn n_members(&self) -> usize {
        self.n_members
    }
    fn simulate(&self, _member: usize, _starts: &[SimStart<'_>]) -> Vec<SimOutput> {
        Vec::new()
    }
}
