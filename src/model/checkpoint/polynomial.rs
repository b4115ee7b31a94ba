//! The polynomial family as named arrays.

use super::{
    archive::{Archive, damaged},
    families::terms_of,
    header::Header,
};
use crate::base::to_count;
use crate::model::{
    ModelError,
    narx::{Limits, NarxEquation, NarxModel, Polynomial},
    rails::FREE,
};

/// Two limits a channel; a gain and the number of members an output; for every polynomial a number
/// of factors a product with its pairs of source and lag, and the coefficients.
pub(super) fn put_narx(archive: &mut Archive, model: &NarxModel) {
    let limits = model.limits.iter().flat_map(|one| [one.low, one.high]);
    archive.put("narx.limits", limits);
    for equation in &model.equations {
        put_equation(archive, &format!("narx.{}", equation.output), equation);
    }
    let coupled = model.coupled.iter().map(|one| one.output as f64);
    archive.put("narx.coupled", coupled);
    for equation in &model.coupled {
        let name = format!("narx.coupled.{}", equation.output);
        put_equation(archive, &name, equation);
    }
}

fn put_equation(archive: &mut Archive, name: &str, equation: &NarxEquation) {
    archive.put(name, [equation.gain, equation.members.len() as f64]);
    for (member, polynomial) in equation.members.iter().enumerate() {
        put_polynomial(archive, &format!("{name}.{member}"), polynomial);
    }
    for (member, polynomial) in equation.outside.iter().enumerate() {
        put_polynomial(archive, &format!("{name}.outside.{member}"), polynomial);
    }
}

fn put_polynomial(archive: &mut Archive, name: &str, polynomial: &Polynomial) {
    let mut numbers = Vec::new();
    for product in &polynomial.products {
        numbers.push(product.len() as f64);
        let pairs = product.iter();
        numbers.extend(pairs.flat_map(|term| [term.source as f64, term.lag as f64]));
    }
    archive.put(&format!("{name}.products"), numbers);
    archive.put(&format!("{name}.coef"), polynomial.coef.clone());
}

/// Reads the family back.
///
/// # Errors
///
/// [`ModelError::Damaged`] where arrays are absent or do not fit together.
pub(super) fn take_narx(
    archive: &mut Archive,
    header: &Header,
    rails: &[[f32; 2]],
) -> Result<NarxModel, ModelError> {
    let (n_obs, n_in) = (header.n_obs, header.n_in);
    let numbers = archive.take("narx.limits")?;
    if numbers.len() != 2 * (n_obs + n_in) {
        let found = numbers.len().to_string();
        return Err(damaged("narx.limits", found, "two numbers a channel"));
    }
    let limits = numbers.chunks(2).enumerate().map(|(source, pair)| {
        let free = Limits::of(pair.iter().copied());
        free.within(rails.get(source).copied().unwrap_or(FREE))
    });
    let limits = limits.collect();
    let n_sources = n_obs + n_in;
    let equations = (0..n_obs)
        .map(|output| take_equation(archive, &format!("narx.{output}"), (output, n_sources)))
        .collect::<Result<_, _>>()?;
    let outputs = archive.take("narx.coupled")?;
    let coupled = outputs.into_iter().map(|output| {
        let output = to_count(output);
        let name = format!("narx.coupled.{output}");
        if output >= n_obs {
            return Err(damaged(&name, output.to_string(), "an output's position"));
        }
        take_equation(archive, &name, (output, n_sources))
    });
    Ok(NarxModel {
        n_obs,
        n_in,
        limits,
        equations,
        coupled: coupled.collect::<Result<_, _>>()?,
        is_together: header.is_together,
    })
}

fn take_equation(
    archive: &mut Archive,
    name: &str,
    (output, n_sources): (usize, usize),
) -> Result<NarxEquation, ModelError> {
    let numbers = archive.take(name)?;
    let [gain, n_members] = numbers.as_slice() else {
        let found = numbers.len().to_string();
        return Err(damaged(name, found, "a gain and a number of members"));
    };
    let mut take = |name: &str| -> Result<Vec<Polynomial>, ModelError> {
        (0..to_count(*n_members))
            .map(|member| take_polynomial(archive, &format!("{name}.{member}"), n_sources))
            .collect()
    };
    Ok(NarxEquation {
        output,
        members: take(name)?,
        outside: take(&format!("{name}.outside"))?,
        gain: *gain,
    })
}

fn take_polynomial(
    archive: &mut Archive,
    name: &str,
    n_sources: usize,
) -> Result<Polynomial, ModelError> {
    let numbers = archive.take(&format!("{name}.products"))?;
    let coef = archive.take(&format!("{name}.coef"))?;
    let mut products = Vec::new();
    let mut rest = numbers.as_slice();
    while let Some((&count, after)) = rest.split_first() {
        let pairs = after.get(..2 * to_count(count)).unwrap_or_default();
        let terms = terms_of(pairs);
        if terms.is_empty() || terms.iter().any(|term| term.source >= n_sources) {
            return Err(damaged(
                name,
                "no such product".to_owned(),
                "pairs of source and lag",
            ));
        }
        products.push(terms);
        rest = &after[pairs.len()..];
    }
    if coef.len() != products.len() + 1 {
        let found = coef.len().to_string();
        return Err(damaged(name, found, "a coefficient a product and the bias"));
    }
    Ok(Polynomial { products, coef })
}
