//! Where members begin: the order of the linear core and each member's first weights.

use super::{
    batch::Material,
    config::DynamicsConfig,
    fused::Tape,
    identify::{Linear, Moments, Subspace},
    member::{Member, Shared, free_run_error},
    optimizer::stabilize,
    params::{Dims, Layout, Part},
};
use crate::{
    base::to_f32,
    model::{ModelError, learning::Sampler, prepared::Prepared},
};

/// Orders that are tried.
const ORDERS: [usize; 12] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24];
/// Ridges that are tried, relative to each regressor's variance.
const RIDGES: [f64; 3] = [1e-6, 1e-4, 1e-2];
/// A larger model must be better by this factor.
const GAIN: f64 = 0.85;

/// The layout and the members at step 0.
///
/// # Errors
///
/// [`ModelError::TooFewRows`] where no member has anything to learn from.
pub(super) fn begin(
    prep: &Prepared,
    material: &Material,
    plan: &DynamicsConfig,
) -> Result<(Layout, Vec<Member>), ModelError> {
    let n_rows = prep.n_fold_rows();
    let needed = 3 * plan.n_lags.max(4);
    if n_rows < needed || prep.n_obs == 0 {
        return Err(ModelError::TooFewRows {
            found: n_rows,
            needed,
        });
    }
    let n_members = prep.folds.len();
    let of_fold = |fold: &Vec<_>| Moments::of(prep, material, fold, plan.n_lags);
    let moments: Vec<Moments> = prep.folds.iter().map(of_fold).collect();
    let mut fits = Vec::new();
    for ridge in RIDGES {
        let of_member = |member: usize| {
            let kept = moments.iter().enumerate();
            let kept = kept.filter(|(fold, _)| *fold != member || n_members == 1);
            let sum = Moments::sum(kept.map(|(_, part)| part))?;
            Subspace::fit(&sum, prep.n_obs, prep.n_in, ridge)
        };
        fits.push((0..n_members).map(of_member).collect::<Vec<_>>());
    }
    let trial = Trial {
        prep,
        material,
        plan,
    };
    let (n_state, ridge) = trial.choose(&fits);
    let layout = Layout::new(&trial.dims(n_state, (plan.n_hidden, plan.n_deep)));
    let members = (0..n_members)
        .map(|index| {
            let linear = fits[ridge][index]
                .as_ref()
                .and_then(|fit| fit.model(n_state.min(fit.max_order())));
            let mut theta = layout.init(plan.seed, index);
            write_linear(&layout, &mut theta, linear.as_ref());
            let error = trial.error(&layout, &theta, index);
            set_scale(&layout, &mut theta, error);
            Member::new(index, theta, error)
        })
        .collect::<Vec<_>>();
    let samplers = Sampler::of_members(prep, plan.n_lags);
    if samplers.iter().all(|sampler| sampler.longest() < 4) {
        return Err(ModelError::TooFewRows {
            found: n_rows,
            needed,
        });
    }
    Ok((layout, members))
}

struct Trial<'a> {
    prep: &'a Prepared,
    material: &'a Material,
    plan: &'a DynamicsConfig,
}

impl Trial<'_> {
    fn dims(&self, n_state: usize, (n_hidden, n_deep): (usize, usize)) -> Dims {
        let prep = self.prep;
        let has_context = prep.n_features.iter().any(|n| *n > 0);
        let obs = |block: &crate::model::prepared::Block| {
            &prep.episodes[block.episode].obs[block.start * prep.n_obs..block.end * prep.n_obs]
        };
        let mut blocks = prep.folds.iter().flatten();
        Dims {
            n_obs: prep.n_obs,
            n_in: prep.n_in,
            n_state,
            n_hidden,
            n_deep,
            n_latent: self.plan.n_latent,
            n_enc: (n_hidden - n_deep).min(32),
            n_context: if has_context {
                self.plan.n_context_dim
            } else {
                0
            },
            n_lags: self.plan.n_lags,
            has_mask: self.plan.faults > 0.0
                || blocks.any(|block| obs(block).iter().any(|y| !y.is_finite())),
            n_features: prep.n_features,
        }
    }

    fn error(&self, layout: &Layout, theta: &[f32], member: usize) -> f64 {
        let Self {
            prep,
            material,
            plan,
        } = *self;
        let shared = Shared {
            prep,
            material,
            layout,
            plan,
        };
        free_run_error(
            shared,
            (member, theta),
            &prep.folds[member],
            &mut Tape::default(),
        )
    }

    /// The order and the ridge whose linear free runs on left-out folds are best.
    ///
    /// The residual needs states to work with: a first-order core of a two-tank plant could not
    /// be bent into the second order. So a few more than the linear optimum cost little.
    fn choose(&self, fits: &[Vec<Option<Subspace>>]) -> (usize, usize) {
        let common = |member_fits: &Vec<Option<Subspace>>| {
            let orders = member_fits
                .iter()
                .map(|fit| fit.as_ref().map_or(0, Subspace::max_order));
            orders.min().unwrap_or(0)
        };
        let floor = 3.max(self.prep.n_obs + 1).min(20);
        let asked = self.plan.n_state;
        let mut best = (floor, 0, f64::INFINITY);
        for n_state in ORDERS.into_iter().filter(|&one| asked == 0 || one == asked) {
            let dims = Dims {
                has_mask: false,
                n_latent: 0,
                n_context: 0,
                n_features: [0; 3],
                ..self.dims(n_state, (1, 0))
            };
            let layout = Layout::new(&dims);
            for (ridge, member_fits) in fits.iter().enumerate() {
                if n_state > common(member_fits) {
                    continue;
                }
                let error_of = |(index, fit): (usize, &Option<Subspace>)| {
                    let linear = fit.as_ref().and_then(|fit| fit.model(n_state));
                    let mut theta = vec![0.0; layout.n_params];
                    write_linear(&layout, &mut theta, linear.as_ref());
                    self.error(&layout, &theta, index).min(10.0)
                };
                let total: f64 = member_fits.iter().enumerate().map(error_of).sum();
                if total < best.2 * GAIN {
                    best = (n_state, ridge, total);
                }
            }
        }
        let n_state = if asked > 0 { asked } else { best.0.max(floor) };
        (n_state, best.1)
    }
}

/// Writes the linear model into the weights; without one the state decays and does nothing.
fn write_linear(layout: &Layout, theta: &mut [f32], linear: Option<&Linear>) {
    let dims = &layout.dims;
    let (n_state, n_drive) = (dims.n_state, dims.n_drive());
    let Some(linear) = linear else {
        for state in 0..n_state {
            layout.get_mut(theta, Part::Core)[state * n_drive + state] = 0.9;
        }
        return;
    };
    // A model of lower order leaves further states decaying.
    let order = linear.encoder.nrows();
    let place = |row: usize| {
        if row < order {
            row
        } else {
            n_state + row - order
        }
    };
    let core = layout.get_mut(theta, Part::Core);
    for row in 0..linear.core.nrows() {
        for col in 0..linear.core.ncols() {
            core[place(row) * n_drive + place(col)] = to_f32(linear.core[(row, col)]);
        }
    }
    for state in order..n_state {
        core[state * n_drive + state] = 0.9;
    }
    let bias = layout.get_mut(theta, Part::CoreBias);
    for row in 0..linear.core.nrows() {
        bias[place(row)] = to_f32(linear.core_bias[row]);
    }
    let encoder = layout.get_mut(theta, Part::EncLinear);
    for state in 0..order {
        let target = encoder[state * dims.n_past()..].iter_mut();
        for (weight, value) in target.zip(linear.encoder_row(state, dims)) {
            *weight = to_f32(value);
        }
    }
    for (bias, value) in layout
        .get_mut(theta, Part::EncBias)
        .iter_mut()
        .zip(&linear.encoder_bias)
    {
        *bias = to_f32(*value);
    }
    stabilize(layout, theta);
}

/// Begins the scale at the linear core's error.
fn set_scale(layout: &Layout, theta: &mut [f32], error: f64) {
    let log_scale = to_f32(error.clamp(0.01, 1.0).ln());
    layout.get_mut(theta, Part::ScaleBias).fill(log_scale);
}
