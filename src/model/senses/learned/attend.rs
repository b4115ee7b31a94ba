//! Attention over modalities, learned on all folds and without each, and what it says at a step.

use super::{
    attention::{N_FUSED, Shape, Token},
    objective::{Known, Objective},
    params::Array,
    school::{BATCH, Course, Lesson, School, fold_of, known, net_for, thinned},
};
use crate::{
    base::{Purpose, Stream, to_count},
    data::FeatureItem,
    model::{
        ModelError,
        prepared::{Block, Prepared},
        senses::{Reader, Record},
    },
};

/// Fewest records.
const MIN_RECORDS: usize = 32;
/// Passes over the records; fewest and most steps.
const PASSES: usize = 12;
const STEPS: [usize; 2] = [80, 300];
const RATE: f64 = 3e-3;
/// How often a modality is hidden while others are there.
const HIDDEN: f64 = 0.3;

/// A block of attention over the modalities of a set.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Attend {
    /// What goes in.
    pub(crate) shape: Shape,
    /// Weights of the block of all folds, then of the block without each fold, each flat.
    pub(crate) blocks: Vec<Vec<f32>>,
}

/// What tokens are made of.
#[derive(Clone, Copy)]
pub(crate) struct Voices<'a> {
    pub(crate) readers: &'a [Option<Reader>; 3],
    pub(crate) records: &'a [Vec<Record>; 3],
}

impl Voices<'_> {
    /// What is known at a step, with the state given; `None` where nothing is said.
    pub(crate) fn token(&self, place: (usize, usize), state: Vec<f32>) -> Option<Token> {
        let said = [0, 1, 2].map(|at| {
            let reader = self.readers[at].as_ref()?;
            let reading = reader.reading(&self.records[at], place)?;
            Some(Token::of(&reading.numbers, place.1 - reading.step))
        });
        let is_any = said.iter().any(Option::is_some);
        is_any.then_some(Token { said, state })
    }

    /// The same where every modality that is read says something: a set answers as a whole, and
    /// what lacks one of its modalities is left to others.
    pub(crate) fn whole_token(&self, place: (usize, usize), state: Vec<f32>) -> Option<Token> {
        let token = self.token(place, state)?;
        let is_whole = (0..3).all(|at| self.readers[at].is_none() || token.said[at].is_some());
        is_whole.then_some(token)
    }

    /// Every place at which a record of any modality arrives, in order.
    pub(crate) fn places(&self) -> Vec<(usize, usize)> {
        let all = (0..3).filter(|&at| self.readers[at].is_some());
        let mut places: Vec<(usize, usize)> = all
            .flat_map(|at| self.records[at].iter().map(|one| (one.episode, one.step)))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// The sensors' state at a step: outputs (0 where missing), then inputs.
pub(crate) fn state_of(obs: &[f32], input: &[f32]) -> Vec<f32> {
    let known = |&x: &f32| {
        if x.is_finite() {
            x.clamp(-6.0, 6.0)
        } else {
            0.0
        }
    };
    obs.iter().chain(input).map(known).collect()
}

fn state_at(prepared: &Prepared, (episode, step): (usize, usize)) -> Option<Vec<f32>> {
    let one = prepared.episodes.get(episode)?;
    let (n_obs, n_in) = (prepared.n_obs, prepared.n_in);
    let obs = one.obs.get(step * n_obs..(step + 1) * n_obs)?;
    let input = one.input.get(step * n_in..(step + 1) * n_in)?;
    Some(state_of(obs, input))
}

impl Attend {
    /// Learns a block from what readers of all modalities say; `None` where that is too little.
    ///
    /// # Errors
    ///
    /// [`ModelError::Stopped`].
    pub(crate) fn learn(
        lesson: &Lesson<'_>,
        voices: Voices<'_>,
        prepared: &Prepared,
    ) -> Result<Option<Self>, ModelError> {
        let width = |reader: &Option<Reader>| reader.as_ref().map_or(0, |one| one.n_dims() + 1);
        let shape = Shape {
            tokens: [0, 1, 2].map(|at| width(&voices.readers[at])),
            state: prepared.n_obs + prepared.n_in,
            numbers: N_FUSED,
        };
        let inside = |place: &(usize, usize)| fold_of(lesson.folds, *place).is_some();
        let places: Vec<(usize, usize)> = voices.places().into_iter().filter(inside).collect();
        let (known, tokens): (Vec<Option<Known>>, Vec<Token>) = thinned(&places)
            .into_iter()
            .filter_map(|place| {
                let token = voices.token(place, state_at(prepared, place)?)?;
                Some((Some(known(lesson.targets, place)?), token))
            })
            .unzip();
        if tokens.len() < MIN_RECORDS {
            return Ok(None);
        }
        let school = School {
            lesson,
            course: Course {
                least: MIN_RECORDS / 2,
                passes: PASSES,
                steps: STEPS,
                rate: RATE,
                heads_id: 401,
                order_ids: vec![402],
            },
            objective: Objective::new(lesson.targets, N_FUSED, lesson.is_aligned),
            first: shape.init(lesson.seed),
            known,
        };
        let telling = Shape {
            numbers: school.objective.n_told(),
            ..shape.clone()
        };
        let batch =
            |chosen: &[usize]| -> Vec<&Token> { chosen.iter().map(|&at| &tokens[at]).collect() };
        let drops = Stream::new(lesson.seed, Purpose::Augment, &[403]);
        let blocks = school.nets(
            lesson.folds.len(),
            |weights, chosen, step| {
                let tokens = batch(chosen);
                // At most one modality of a record is hidden, so that one is always left where two are.
                let hides = |row: usize, at: usize| {
                    let said = &tokens[row].said;
                    let n_said = said.iter().flatten().count();
                    if !lesson.is_hiding {
                        return false;
                    }
                    let draw = drops.uniform_at((step * BATCH + row) as u64) / HIDDEN;
                    let nth = said[..at].iter().flatten().count();
                    n_said > 1 && draw < 1.0 && nth == index(draw, n_said)
                };
                shape.forward(weights, &tokens, &hides)
            },
            |arrays, chosen| run(&telling, arrays, &batch(chosen)),
        )?;
        Ok(Some(Self {
            blocks,
            shape: telling,
        }))
    }

    /// The fused numbers of some places as records; a place inside a fold is answered by the block
    /// that did not see the fold.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(crate) fn fuse(
        &self,
        tokens: &[((usize, usize), Token)],
        folds: &[Vec<Block>],
    ) -> Result<Vec<FeatureItem>, ModelError> {
        let which = |place: (usize, usize)| net_for(folds, place, self.blocks.len());
        let mut items = Vec::with_capacity(tokens.len());
        for group in tokens.chunk_by(|a, b| which(a.0) == which(b.0)) {
            let arrays = Array::cut(self.shape.shapes(), &self.blocks[which(group[0].0)]);
            for part in group.chunks(BATCH) {
                let batch: Vec<&Token> = part.iter().map(|one| &one.1).collect();
                let numbers = run(&self.shape, &arrays, &batch)?;
                let pairs = part.iter().zip(numbers);
                items.extend(pairs.map(|(&((episode, step), _), features)| FeatureItem {
                    episode,
                    step,
                    features,
                }));
            }
        }
        Ok(items)
    }

    /// The same for training, where the state is at hand.
    ///
    /// # Errors
    ///
    /// [`ModelError::Candle`].
    pub(crate) fn fuse_all(
        &self,
        voices: Voices<'_>,
        prepared: &Prepared,
    ) -> Result<Vec<FeatureItem>, ModelError> {
        let places = voices.places().into_iter();
        let tokens: Vec<((usize, usize), Token)> = places
            .filter_map(|place| {
                Some((
                    place,
                    voices.whole_token(place, state_at(prepared, place)?)?,
                ))
            })
            .collect();
        self.fuse(&tokens, &prepared.folds)
    }

    /// How many weights each block must have.
    pub(crate) fn n_weights(&self) -> usize {
        Array::n_weights(&self.shape.shapes())
    }
}

fn run(shape: &Shape, arrays: &[Array], batch: &[&Token]) -> super::net::Result<Vec<Vec<f32>>> {
    let weights: super::net::Result<Vec<_>> = arrays.iter().map(Array::tensor).collect();
    let fused = shape.forward(&weights?, batch, &|_row, _at| false)?;
    fused.to_vec2::<f32>()
}

fn index(share: f64, n: usize) -> usize {
    to_count(share * n as f64).min(n - 1)
}
