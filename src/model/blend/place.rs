//! Where an output's members stand among the families.

use super::shares::{N, PLACES, Shares};

/// Outside the inputs met the flexible families have at most this share.
pub(super) const OUTSIDE: f64 = 0.5;

/// Axes along which members stand apart, one less than there are families.
pub(super) const AXES: usize = N - 1;

/// The view beside the linear one outside the inputs met: the neural one, which goes on bending. The
/// polynomial turns to the linear view there by itself, and the transformer knows nothing of inputs
/// that it did not meet: they are other views only where there is none better.
pub(super) fn other_view(exists: [bool; N]) -> [f64; N] {
    match exists {
        [_, _, true, _] => [0.0, 0.0, 1.0, 0.0],
        [_, true, _, _] => [0.0, 1.0, 0.0, 0.0],
        [_, _, _, true] => [0.0, 0.0, 0.0, 1.0],
        _ => [0.0; N],
    }
}

/// Where the middle of an output's members lies among the families, and how far they stand apart.
pub(super) struct Place {
    inside: [f64; N],
    outside: [f64; N],
    /// Inside, linear against flexible, then each flexible family against the later ones: the
    /// covariance of a pick by shares, split by the law of total covariance.
    apart: [[f64; N]; AXES],
    /// Outside, linear against the other view, so that either lies one standard deviation from
    /// halfway between them.
    far: [[f64; N]; AXES],
}

impl Place {
    pub(super) fn new(shares: Shares, exists: [bool; N]) -> Self {
        let [_, narx, neural, transformer] = shares.0;
        let rest = neural + transformer;
        let flexible = narx + rest;
        let first = ((1.0 - flexible).max(0.0) / flexible.max(1e-12)).sqrt();
        let second = (narx * rest / flexible.max(1e-12)).sqrt();
        let third = (neural * transformer / rest.max(1e-12)).sqrt();
        let of_rest = [neural, transformer].map(|share| share / rest.max(1e-12));
        let other = other_view(exists);
        let most = flexible.min(OUTSIDE);
        let bends = match [narx, neural, transformer] {
            [_, share, _] if share > 0.0 => [0.0, 0.0, 1.0, 0.0],
            [share, _, _] if share > 0.0 => [0.0, 1.0, 0.0, 0.0],
            [_, _, share] if share > 0.0 => [0.0, 0.0, 0.0, 1.0],
            _ => [0.0, 1.0, 0.0, 0.0],
        };
        let half = OUTSIDE * other.iter().sum::<f64>();
        let outside = PLACES.map(|at| {
            if at == 0 {
                1.0 - most
            } else {
                most * bends[at]
            }
        });
        let far = PLACES.map(|at| if at == 0 { -half } else { half * other[at] });
        Self {
            inside: shares.0,
            outside,
            apart: [
                [
                    -first * flexible,
                    first * narx,
                    first * neural,
                    first * transformer,
                ],
                [0.0, second, -second * of_rest[0], -second * of_rest[1]],
                [0.0, 0.0, third, -third],
            ],
            far: [far, [0.0; N], [0.0; N]],
        }
    }

    pub(super) fn weights(&self, say: f64) -> [f64; N] {
        PLACES.map(|at| say * self.inside[at] + (1.0 - say) * self.outside[at])
    }

    pub(super) fn contrasts(&self, say: f64) -> [[f64; N]; AXES] {
        [0, 1, 2]
            .map(|row| PLACES.map(|at| say * self.apart[row][at] + (1.0 - say) * self.far[row][at]))
    }
}

/// The weights where the flexible families have left their ground: what they lose the linear one gets.
pub(super) fn leaning(weights: [f64; N], firm: f64) -> [f64; N] {
    let whole: f64 = weights.iter().sum();
    let lost = (1.0 - firm) * (whole - weights[0]);
    PLACES.map(|at| {
        if at == 0 {
            weights[0] + lost
        } else {
            firm * weights[at]
        }
    })
}

/// A place a member on each of the orthogonal axes, each with mean 0 and sample variance 1 over
/// members: evenly spaced, their squares about the mean, and their cubes less what is even in them.
pub(super) fn spaced(n_members: usize) -> Vec<[f64; AXES]> {
    let middle = 0.5 * (n_members as f64 - 1.0);
    let line: Vec<f64> = (0..n_members).map(|m| m as f64 - middle).collect();
    let power = |n: i32| line.iter().map(|x| x.powi(n)).sum::<f64>();
    let mean_square = line.iter().map(|x| x * x).sum::<f64>() / n_members.max(1) as f64;
    let bow: Vec<f64> = line.iter().map(|x| x * x - mean_square).collect();
    let slope = power(4) / power(2).max(1e-12);
    let curve: Vec<f64> = line.iter().map(|x| x.powi(3) - slope * x).collect();
    let unit = |axis: &[f64]| {
        let variance = axis.iter().map(|x| x * x).sum::<f64>() / (n_members as f64 - 1.0).max(1.0);
        if variance > 1e-9 {
            variance.sqrt().recip()
        } else {
            0.0
        }
    };
    let axes = [line, bow, curve];
    let sizes = [0, 1, 2].map(|at| unit(&axes[at]));
    (0..n_members)
        .map(|m| [0, 1, 2].map(|at| axes[at][m] * sizes[at]))
        .collect()
}
