//! What answers where modalities are known.

use super::{
    Memory, Reader,
    learned::{Attend, Encoder},
    listen::{Heard, View, listened_until},
};
use crate::{
    data::Modality,
    model::{FittedModel, ModelError},
};

/// What pictures, sound and checklists tell beyond the sensors.
#[derive(Debug, Clone, Default)]
pub(crate) struct Senses {
    /// How each modality is read; `None` where it is absent, too rare or switched off.
    pub(crate) readers: [Option<Reader>; 3],
    /// How records become what is read, where that was learned; `None` = the fixed features.
    pub(crate) encoders: [Option<Encoder>; 3],
    /// How modalities are put together by attention, where that answers.
    pub(crate) fused: Option<Fused>,
    /// What answers where modalities are known, the largest set first.
    pub(crate) sighted: Vec<Sighted>,
}

/// Several modalities put together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fused {
    /// How each of them is read before.
    pub(crate) readers: [Option<Reader>; 3],
    /// What puts them together.
    pub(crate) attend: Attend,
    /// How what comes out is read.
    pub(crate) reader: Reader,
}

/// What answers where a set of modalities is known.
#[derive(Debug, Clone)]
pub(crate) struct Sighted {
    /// The set.
    pub(crate) set: [bool; 3],
    /// Whether they are put together by attention before the model hears them.
    pub(crate) is_fused: bool,
    /// A model with what they say as further channels.
    pub(crate) model: Box<FittedModel>,
    /// For each output that moves, whether that model answers it.
    pub(crate) better: Vec<bool>,
    /// For each output, whether it answers it better in runs that go on for longer too.
    pub(crate) far: Vec<bool>,
    /// Steps of the runs by which `better` was found.
    pub(crate) until: usize,
}

impl Senses {
    /// Whether a modality is read at all.
    pub(crate) fn uses(&self, modality: Modality) -> bool {
        let at = Modality::ALL.iter().position(|one| *one == modality);
        at.is_some_and(|at| self.sighted.iter().any(|one| one.set[at]))
    }

    /// Whether a modality is read by an encoder that was learned.
    pub(crate) fn is_learned(&self, modality: Modality) -> bool {
        let at = Modality::ALL.iter().position(|one| *one == modality);
        at.is_some_and(|at| self.encoders[at].is_some())
    }

    /// The part that a model of modalities has in its answer for an output (by its place among those
    /// that move), `n_steps` after a start.
    ///
    /// It answers alone as far as left-out runs have shown that it is better. Beyond, where longer
    /// runs do not show that too, it has as much a part as is left of what was heard, and the
    /// sensors' model has the rest: what is forgotten must not make an answer worse.
    pub(crate) fn parts(&self, sighted: &Sighted, at: usize, n_steps: usize) -> Vec<f64> {
        if !sighted.better.get(at).is_some_and(|better| *better) {
            return vec![0.0; n_steps];
        }
        if sighted.far[at] {
            return vec![1.0; n_steps];
        }
        let fused = self.fused.as_ref().filter(|_| sighted.is_fused);
        let readers = self.readers.iter().zip(sighted.set);
        let apart = readers.filter_map(|(reader, on)| reader.as_ref().filter(|_| on));
        let memories: Vec<&Memory> = match fused {
            Some(fused) => vec![&fused.reader.memory],
            None => apart.map(|reader| &reader.memory).collect(),
        };
        Memory::parts(&memories, sighted.until, n_steps)
    }

    /// What answers where just these records are known, and the window as it sees it; `None`
    /// where no used modality says anything.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(crate) fn listen(&self, view: &View<'_>) -> Result<Option<(&Sighted, Heard)>, ModelError> {
        for one in &self.sighted {
            if let Some(heard) = listened_until(view, self, one)? {
                return Ok(Some((one, heard)));
            }
        }
        Ok(None)
    }
}
