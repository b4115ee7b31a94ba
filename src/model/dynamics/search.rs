//! Which order, how much noise, how many layers and whether a latent suit the data, by short trainings
//! on left-out folds.
//!
//! The linear core's own order says little about a plant that bends: where its error is all
//! nonlinearity, more states do not help it, and the residual then has none to work with. So a few
//! settings are trained for a share of the steps, and the one with the least left-out free-run
//! error is trained in full. The ladder is short and goes on only where a step of it paid. Where what it
//! found is not clearly better than the start, both run again for longer (successive halving, Jamieson
//! and Talwalkar 2016).

use super::{config::DynamicsConfig, training::DynamicsTraining};
use crate::{
    base::StopToken,
    model::{
        ModelError,
        device::resolve,
        folds::{deal, recordings_of},
        learning::ratios,
        prepared::{Block, Prepared},
    },
};

/// Another setting must lower the left-out error to this share, as a geometric mean over folds …
const WORTH: f64 = 0.97;
/// … and be better in at least this share of the folds, as in the race.
const CONSISTENT: f64 = 0.6;
/// Orders tried where the linear core's is lower.
const ORDERS: [usize; 3] = [5, 8, 12];
/// Noises tried one after the other while that pays, as shares of the planned one.
const LESS_NOISE: [f32; 4] = [0.3, 0.1, 0.03, 0.01];
/// Tried where less noise does not pay.
const MORE_NOISE: f32 = 2.0;
/// A latent whose short training errs so many times more will not catch up; less is what short ones differ by.
const TRAILS: f64 = 1.1;
/// Steps after which a latent shows what it brings.
const LATENT_STEPS: usize = 2500;
/// What a nat of a latent's posterior costs, tried one after the other while that pays.
const PRICES: [f32; 2] = [1.0, 0.1];
/// A mean over folds so many standard errors from zero is no luck.
const CLEAR: f64 = 2.0;
/// So many times longer are the trainings of a setting that may have won by luck, and of the first.
const LONGER: usize = 4;
/// The most short trainings there are, in those of one length.
const MOST: usize = 10 + 5 * LONGER;

/// A setting and its left-out error after a short training, a fold each.
#[derive(Debug, Clone)]
struct Tried {
    plan: DynamicsConfig,
    errors: Vec<f64>,
}

impl Tried {
    /// Errors come in units of the outputs' spread; one above it is no worse than it.
    ///
    /// There the mean would have served better, so that nothing was learned for that fold, and how
    /// far a run went astray says nothing of how it does after a full training.
    fn new(plan: DynamicsConfig, errors: &[f64]) -> Self {
        let errors = errors.iter().map(|error| error.min(1.0)).collect();
        Self { plan, errors }
    }

    /// What two trainings of a setting say together, as a geometric mean a fold.
    fn with(&self, again: &Self) -> Self {
        let pairs = self.errors.iter().zip(&again.errors);
        Self {
            plan: self.plan.clone(),
            errors: pairs.map(|(one, two)| (one * two).sqrt()).collect(),
        }
    }

    /// Logarithms of what this setting errs, in what another does, a fold each.
    fn against(&self, other: &Self) -> Vec<f64> {
        let pairs = self.errors.iter().zip(&other.errors);
        let ratios = ratios(pairs.map(|(new, old)| (*new, *old)));
        ratios.into_iter().map(f64::ln).collect()
    }

    /// Whether this setting is the better one: as a geometric mean over folds, and in most of them.
    fn beats(&self, other: &Self) -> bool {
        let ratios = self.against(other);
        let won = ratios.iter().filter(|&&ratio| ratio < 0.0).count() as f64;
        mean(&ratios) < WORTH.ln() && won >= CONSISTENT * ratios.len() as f64
    }

    /// Whether this setting is so much the worse one, and in most folds, that a longer training is no use.
    fn trails(&self, other: &Self) -> bool {
        let ratios = self.against(other);
        let lost = ratios.iter().filter(|&&ratio| ratio > 0.0).count() as f64;
        mean(&ratios) > TRAILS.ln() && lost >= CONSISTENT * ratios.len() as f64
    }

    /// Whether it is so by more than folds differ.
    fn clearly_beats(&self, other: &Self) -> bool {
        let ratios = self.against(other);
        let (mean, count) = (mean(&ratios), ratios.len() as f64);
        let squares = ratios.iter().map(|ratio| (ratio - mean).powi(2));
        let error = (squares.sum::<f64>() / (count * (count - 1.0).max(1.0))).sqrt();
        mean < -CLEAR * error
    }
}

/// Short trainings and what they are told by.
struct Pilots<'a> {
    prep: &'a Prepared,
    stop: &'a StopToken,
    /// Hears how far the search is and how many times as long as the shortest the next training will be; says
    /// whether there is time for it.
    go_on: &'a dyn Fn(f64, usize) -> bool,
    n_done: usize,
    /// What the longer training of the setting that won its contest said.
    longest: Option<Tried>,
}

/// The plan with the settings that serve best.
///
/// Without short trainings planned it comes back as it was.
///
/// # Errors
///
/// [`ModelError`] of the trainings; [`ModelError::Stopped`] where that was asked.
pub(crate) fn search(
    prep: &Prepared,
    plan: &DynamicsConfig,
    go_on: &dyn Fn(f64, usize) -> bool,
    stop: &StopToken,
) -> Result<DynamicsConfig, ModelError> {
    if plan.n_pilot_steps == 0 {
        return Ok(plan.clone());
    }
    let by_recording = by_recording(prep);
    let mut pilots = Pilots {
        prep: by_recording.as_ref().unwrap_or(prep),
        stop,
        go_on,
        n_done: 0,
        longest: None,
    };
    // One that runs away here may not do so in full; there is nothing to hold others against.
    let Some(first) = ended(pilots.of(plan))? else {
        return Ok(plan.clone());
    };
    let best = pilots.order(first.clone())?;
    let best = pilots.noise(best)?;
    let best = pilots.depth(best)?;
    let best = pilots.contest(first, best)?;
    let best = pilots.faults(best)?;
    let best = pilots.latent(best)?;
    Ok(DynamicsConfig {
        n_state: best.plan.n_state,
        n_hidden: best.plan.n_hidden,
        n_deep: best.plan.n_deep,
        n_latent: best.plan.n_latent,
        latent_price: best.plan.latent_price,
        obs_noise: best.plan.obs_noise,
        faults: best.plan.faults,
        ..plan.clone()
    })
}

/// The same rows with whole recordings left out, where there are several of like length.
///
/// A part of a recording is foretold from its other parts: runs of one test signal at several
/// amplitudes made many states look good that failed on the next run. But a member that learns
/// from one short recording alone says nothing of the settings that suit them all.
fn by_recording(prep: &Prepared) -> Option<Prepared> {
    let blocks: Vec<Block> = prep.folds.iter().flatten().copied().collect();
    let recordings = recordings_of(&blocks);
    if recordings.len() < 2 {
        return None;
    }
    let n_folds = recordings.len().min(prep.folds.len().max(2));
    Some(Prepared {
        folds: deal(&recordings, n_folds)?,
        ..prep.clone()
    })
}

impl Pilots<'_> {
    /// Trains a setting for a short while; `None` where there is no time for it.
    fn of(&mut self, plan: &DynamicsConfig) -> Result<Option<Tried>, ModelError> {
        self.for_long(plan, 1)
    }

    /// The same, so many times longer.
    fn for_long(
        &mut self,
        plan: &DynamicsConfig,
        times: usize,
    ) -> Result<Option<Tried>, ModelError> {
        if !(self.go_on)(self.n_done as f64 / MOST as f64, times) {
            return Ok(None);
        }
        let n_steps = (times * plan.n_pilot_steps).min(plan.n_steps);
        let short = DynamicsConfig {
            n_steps,
            val_every: (n_steps / 20).max(1),
            is_pilot: true,
            ..plan.clone()
        };
        let mut training = DynamicsTraining::start(self.prep, &short)?;
        training.advance(self.prep, short.n_steps, self.stop)?;
        self.n_done += times;
        let found = DynamicsConfig {
            n_state: training.n_state(),
            ..plan.clone()
        };
        let tried = Tried::new(found, &training.left_out_errors());
        Ok(Some(tried))
    }

    /// The better of a setting and another one; one whose training runs away is not the better.
    fn better(&mut self, best: Tried, other: &DynamicsConfig) -> Result<Tried, ModelError> {
        match ended(self.of(other))? {
            Some(tried) if tried.beats(&best) => Ok(tried),
            _ => Ok(best),
        }
    }

    fn order(&mut self, first: Tried) -> Result<Tried, ModelError> {
        let known = first.plan.n_state;
        let with = |n_state: usize| DynamicsConfig {
            n_state,
            ..first.plan.clone()
        };
        let mut above = ORDERS.into_iter().filter(|order| *order > known);
        let Some(lower) = above.next() else {
            return Ok(first);
        };
        let Some(middle) = above.next() else {
            return self.better(first.clone(), &with(lower));
        };
        let best = self.better(first.clone(), &with(middle))?;
        let next = if best.plan.n_state == known {
            lower
        } else {
            above.next().unwrap_or(middle + middle / 2)
        };
        self.better(best, &with(next))
    }

    /// Goes down the ladder of noises while that pays; up where it does not.
    fn noise(&mut self, mut best: Tried) -> Result<Tried, ModelError> {
        let planned = best.plan.obs_noise;
        if planned <= 0.0 {
            return Ok(best);
        }
        let with = |best: &Tried, share: f32| DynamicsConfig {
            obs_noise: share * planned,
            ..best.plan.clone()
        };
        for share in LESS_NOISE {
            let before = best.plan.obs_noise;
            let less = with(&best, share);
            best = self.better(best, &less)?;
            if best.plan.obs_noise >= before {
                break;
            }
        }
        if best.plan.obs_noise < planned {
            return Ok(best);
        }
        let more = with(&best, MORE_NOISE);
        self.better(best, &more)
    }

    /// A second layer of hidden units, where that pays; the kernels of an NVIDIA card know one only.
    fn depth(&mut self, best: Tried) -> Result<Tried, ModelError> {
        if best.plan.n_deep > 0 || resolve(best.plan.device)?.is_cuda() {
            return Ok(best);
        }
        let deeper = best.plan.deepened();
        self.better(best, &deeper)
    }

    /// A stochastic latent, where that pays; the kernels of an NVIDIA card know none.
    ///
    /// Short trainings can only tell where it does harm: what it brings shows after the residual has
    /// learned, so that both run for longer. Where it pays, so may one whose posterior says more.
    fn latent(&mut self, best: Tried) -> Result<Tried, ModelError> {
        if best.plan.n_latent > 0 || resolve(best.plan.device)?.is_cuda() {
            return Ok(best);
        }
        let shaken = best.plan.shaken(PRICES[0]);
        match ended(self.of(&shaken))? {
            Some(tried) if !tried.trails(&best) => {}
            _ => return Ok(best),
        }
        let times = LATENT_STEPS.div_ceil(best.plan.n_pilot_steps);
        let times = times.clamp(1, LONGER);
        let mut longest = match self.longest.take() {
            Some(known) if known.plan == best.plan && times == LONGER => known,
            _ => match ended(self.for_long(&best.plan, times))? {
                Some(tried) => tried,
                None => return Ok(best),
            },
        };
        for price in PRICES {
            match ended(self.for_long(&best.plan.shaken(price), times))? {
                Some(tried) if tried.beats(&longest) => longest = tried,
                _ => break,
            }
        }
        Ok(longest)
    }

    /// Leaves faults of sensors out where that lowers the error of sensors that work.
    fn faults(&mut self, best: Tried) -> Result<Tried, ModelError> {
        if best.plan.faults <= 0.0 {
            return Ok(best);
        }
        let without = DynamicsConfig {
            faults: 0.0,
            ..best.plan.clone()
        };
        self.better(best, &without)
    }

    /// Runs a setting that may have won by luck again beside the first one, for longer; both trainings
    /// of either decide together.
    fn contest(&mut self, first: Tried, best: Tried) -> Result<Tried, ModelError> {
        if best.plan == first.plan || best.clearly_beats(&first) {
            return Ok(best);
        }
        let longer = match self.for_long(&first.plan, LONGER) {
            Ok(Some(longer)) => longer,
            Ok(None) => return Ok(first),
            // What runs away where it learns for longer would do so in the end as well.
            Err(error) if is_end(&error) => return Ok(best),
            Err(error) => return Err(error),
        };
        match ended(self.for_long(&best.plan, LONGER))? {
            Some(again) if best.with(&again).beats(&first.with(&longer)) => {
                self.longest = Some(again);
                Ok(best)
            }
            _ => {
                self.longest = Some(longer);
                Ok(first)
            }
        }
    }
}

/// Whether it ends a trial and not the search: one setting ran away, or has too little to learn from.
fn is_end(error: &ModelError) -> bool {
    matches!(
        error,
        ModelError::NotFinite { .. } | ModelError::TooFewRows { .. }
    )
}

/// A trial, `None` where there was no time for it or it came to nothing.
fn ended(trial: Result<Option<Tried>, ModelError>) -> Result<Option<Tried>, ModelError> {
    match trial {
        Err(error) if is_end(&error) => Ok(None),
        other => other,
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Purpose, Stream, to_f32},
        model::{DeviceChoice, dynamics::tanks},
    };

    /// A saturated input behind a slow filter and before three quick ones: a Wiener-Hammerstein
    /// plant whose linear part explains little.
    fn bent(n_steps: usize) -> Prepared {
        let mut draws = Stream::new(5, Purpose::Test, &[]).draws();
        let (mut before, mut after) = ([0.0_f64; 2], [0.0_f64; 3]);
        let (mut obs, mut input) = (Vec::new(), Vec::new());
        for _step in 0..n_steps {
            let u = 2.0 * draws.normal();
            before[0] += 0.5 * (u - before[0]);
            before[1] += 0.5 * (before[0] - before[1]);
            let bent = before[1].max(-0.2);
            after[0] += 0.6 * (bent - after[0]);
            after[1] += 0.6 * (after[0] - after[1]);
            after[2] += 0.6 * (after[1] - after[2]);
            obs.push(to_f32(after[2] - 0.25) * 2.0);
            input.push(to_f32(u));
        }
        Prepared::of_columns(obs, input, 2)
    }

    fn plan(prep: &Prepared) -> DynamicsConfig {
        DynamicsConfig {
            n_hidden: 12,
            n_deep: 0,
            n_lags: 8,
            batch: 16,
            horizon_max: 24,
            n_pilot_steps: 240,
            device: DeviceChoice::Cpu,
            ..DynamicsConfig::for_data(prep, None)
        }
    }

    #[test]
    fn a_plant_that_bends_gets_more_states_than_its_linear_core_asked_for() {
        let prep = bent(1600);
        let stop = StopToken::new();
        let found = search(&prep, &plan(&prep), &|_, _| true, &stop).expect("data suffice");
        assert!(found.n_state > 3, "{}", found.n_state);
    }

    #[test]
    fn a_latent_that_does_harm_stays_out() {
        let prep = tanks(1200, 3, 0.0, false);
        let stop = StopToken::new();
        let mut pilots = Pilots {
            prep: &prep,
            stop: &stop,
            go_on: &|_, _| true,
            n_done: 0,
            longest: None,
        };
        let first = pilots.of(&plan(&prep)).expect("data suffice");
        let first = first.expect("there is time");
        let found = pilots.latent(first).expect("data suffice");
        assert_eq!((found.plan.n_latent, pilots.n_done), (0, 2));
    }

    #[test]
    fn a_setting_that_wins_by_one_fold_or_on_folds_that_nobody_knows_stays_out() {
        let plan = plan(&bent(400));
        let tried = |errors: &[f64]| Tried::new(plan.clone(), errors);
        let first = tried(&[0.4, 0.3, 0.2, 0.3, 0.2]);
        assert!(tried(&[0.36, 0.27, 0.17, 0.28, 0.18]).beats(&first));
        assert!(!tried(&[0.08, 0.33, 0.22, 0.33, 0.22]).beats(&first));
        // Two recordings: one is foretold a little better, the other by neither.
        assert!(!tried(&[0.8, 1.3]).beats(&tried(&[1.27, 1.43])));
        assert!(!tried(&[1.1, 1.3]).beats(&tried(&[3.0, 4.0])));
        assert!(tried(&[0.8, 0.7]).beats(&tried(&[1.27, f64::NAN])));
        // A fold in which nothing was measured decides nothing.
        assert!(tried(&[0.4, 0.0]).beats(&tried(&[0.5, 0.0])));
        assert!(!tried(&[0.0, 0.0]).beats(&tried(&[0.0, 0.0])));
    }

    #[test]
    fn a_latent_that_is_a_little_worse_at_first_gets_its_longer_training() {
        let plan = plan(&bent(400));
        let tried = |errors: &[f64]| Tried::new(plan.clone(), errors);
        // A heat exchanger where it pays after four times as many steps, and tanks where it never does.
        let before = tried(&[0.0434, 0.0376, 0.0575, 0.0601, 0.0696]);
        let slow = tried(&[0.0460, 0.0422, 0.0514, 0.0629, 0.0749]);
        assert!(before.beats(&slow) && !slow.trails(&before));
        let before = tried(&[0.358, 0.0998, 0.0549, 0.0639, 0.3577]);
        assert!(tried(&[0.447, 0.0946, 0.0884, 0.1291, 0.3366]).trails(&before));
    }

    #[test]
    fn a_win_by_less_than_folds_differ_is_not_clear() {
        let plan = plan(&bent(400));
        let tried = |errors: &[f64]| Tried::new(plan.clone(), errors);
        // Two settings of the hydraulic actuator, of which the second fails after a full training.
        let first = tried(&[0.214, 0.152, 0.731, 0.509, 0.376]);
        let lucky = tried(&[0.208, 0.190, 0.764, 0.365, 0.276]);
        assert!(lucky.beats(&first) && !lucky.clearly_beats(&first));
        let better = tried(&[0.11, 0.09, 0.41, 0.2, 0.2]);
        assert!(better.beats(&first) && better.clearly_beats(&first));
        // What both said in longer trainings.
        let again = [0.284, 0.111, 0.775, 0.523, 0.223];
        let others = [0.265, 0.143, 1.0, 0.377, 0.302];
        let both = lucky.with(&tried(&others));
        assert!(!both.beats(&first.with(&tried(&again))));
    }

    #[test]
    fn with_several_recordings_whole_ones_are_left_out() {
        let mut prep = bent(400);
        assert!(by_recording(&prep).is_none());
        prep.episodes.push(prep.episodes[0].clone());
        let of = |episode: usize, start: usize| Block {
            episode,
            start,
            end: start + 100,
        };
        prep.folds = vec![vec![of(0, 0), of(1, 200)], vec![of(0, 100), of(1, 0)]];
        let folds = by_recording(&prep).expect("two recordings").folds;
        assert_eq!(folds.len(), 2);
        for (episode, fold) in folds.iter().enumerate() {
            assert!(fold.iter().all(|block| block.episode == episode) && fold.len() == 2);
        }
    }

    #[test]
    fn without_time_or_short_trainings_the_plan_stays() {
        let prep = bent(400);
        let stop = StopToken::new();
        let asked = plan(&prep);
        let found = search(&prep, &asked, &|_, _| false, &stop).expect("nothing is trained");
        assert_eq!(found, asked);
        let none = DynamicsConfig {
            n_pilot_steps: 0,
            ..asked
        };
        let found = search(&prep, &none, &|_, _| true, &stop).expect("nothing is trained");
        assert_eq!(found, none);
    }

    #[test]
    fn a_stop_ends_the_search() {
        let prep = bent(400);
        let stop = StopToken::new();
        stop.stop();
        let found = search(&prep, &plan(&prep), &|_, _| true, &stop);
        assert!(matches!(found, Err(ModelError::Stopped(_))), "{found:?}");
    }
}
