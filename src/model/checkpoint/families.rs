//! The families as named arrays.

use super::{
    archive::{Archive, damaged},
    header::Header,
    polynomial::{put_narx, take_narx},
};
use crate::base::to_count;
use crate::model::{
    ModelError,
    dynamics::DynamicsModel,
    fitted::Families,
    linear::{Equation, LinearModel, Term},
    naive::NaiveModel,
    normalizer::Normalizer,
    rails::FREE,
    transformer::TransformerModel,
};

/// Writes all families.
pub(super) fn put_families(archive: &mut Archive, families: &Families) {
    archive.put("naive.means", families.naive.means.concat());
    archive.put("naive.kept", families.naive.kept.clone());
    put_equations(archive, "linear.own", &families.linear.own);
    put_equations(archive, "linear.joint", &families.linear.joint);
    if let Some(narx) = &families.narx {
        put_narx(archive, narx);
    }
    if let Some(neural) = &families.neural {
        for (name, (shape, numbers)) in neural.to_tensors() {
            archive.put_single(&format!("neural.{name}"), shape, &numbers);
        }
    }
    if let Some(transformer) = &families.transformer {
        for (name, (shape, numbers)) in transformer.to_tensors() {
            archive.put_single(&format!("transformer.{name}"), shape, &numbers);
        }
    }
}

/// Reads [`put_families`] back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where arrays are absent or do not fit together.
pub(super) fn read_families(
    header: &Header,
    normalizer: &Normalizer,
    archive: &mut Archive,
) -> Result<Families, ModelError> {
    let active = normalizer.active().into_iter();
    let rails = active.map(|output| normalizer.outputs[output].scale.rails());
    let rails: Vec<[f32; 2]> = rails.collect();
    let means = archive.take("naive.means")?;
    let n_obs = header.n_obs.max(1);
    let naive = NaiveModel {
        means: means.chunks(n_obs).map(<[f64]>::to_vec).collect(),
        kept: archive.take("naive.kept")?,
        n_in: header.n_in,
    };
    let linear = LinearModel {
        n_obs: header.n_obs,
        n_in: header.n_in,
        own: take_equations(archive, "linear.own", header.n_obs)?,
        joint: take_equations(archive, "linear.joint", header.n_joint)?,
        use_joint: header.use_joint.clone(),
        rails: if header.is_held {
            rails.clone()
        } else {
            vec![FREE; header.n_obs]
        },
    };
    let neural = match &header.neural {
        Some(text) => Some(DynamicsModel::from_tensors(
            text,
            &archive.take_singles("neural."),
        )?),
        None => None,
    };
    let transformer = match &header.transformer {
        Some(text) => {
            let tensors = archive.take_singles("transformer.");
            let linear = linear.clone();
            Some(TransformerModel::from_tensors(
                text, &tensors, linear, &rails,
            )?)
        }
        None => None,
    };
    let narx = header.has_narx.then(|| take_narx(archive, header, &rails));
    Ok(Families {
        naive,
        linear,
        narx: narx.transpose()?,
        neural,
        transformer,
        modalities: header.shown,
        rails,
    })
}

/// One row a member in `.coef`; pairs of source and lag, then the gain, in `.terms`.
fn put_equations(archive: &mut Archive, name: &str, list: &[Equation]) {
    for equation in list {
        let output = equation.output;
        let pairs = equation
            .terms
            .iter()
            .flat_map(|term| [term.source as f64, term.lag as f64]);
        archive.put(
            &format!("{name}.{output}.terms"),
            pairs.chain([equation.gain]),
        );
        archive.put(&format!("{name}.{output}.coef"), equation.coef.concat());
    }
}

fn take_equations(
    archive: &mut Archive,
    name: &str,
    count: usize,
) -> Result<Vec<Equation>, ModelError> {
    (0..count)
        .map(|output| {
            let numbers = archive.take(&format!("{name}.{output}.terms"))?;
            let coef = archive.take(&format!("{name}.{output}.coef"))?;
            let Some((&gain, pairs)) = numbers.split_last() else {
                return Err(damaged(name, "no terms".to_owned(), "terms and a gain"));
            };
            let terms = terms_of(pairs);
            Ok(Equation {
                output,
                coef: coef.chunks(terms.len() + 1).map(<[f64]>::to_vec).collect(),
                terms,
                gain,
            })
        })
        .collect()
}

/// Terms from pairs of source and lag.
pub(super) fn terms_of(pairs: &[f64]) -> Vec<Term> {
    let pairs = pairs.chunks_exact(2);
    let term = |pair: &[f64]| Term {
        source: to_count(pair[0]),
        lag: to_count(pair[1]),
    };
    pairs.map(term).collect()
}
