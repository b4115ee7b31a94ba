//! The bytes of an unfinished training: a JSON header, then all arrays as little-endian f32.

use serde::{Deserialize, Serialize};

use super::{
    config::DynamicsConfig,
    member::Member,
    params::{Dims, Layout},
};
use crate::model::{
    ModelError,
    learning::{AdamW, Trouble},
};

const FORMAT: &str = "gemba-dynamics-training";
const VERSION: u64 = 3;
/// Arrays of a member, each as long as its weights.
const N_ARRAYS: usize = 7;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u64,
    device: String,
    plan: DynamicsConfig,
    dims: Dims,
    members: Vec<MemberHeader>,
}

/// Numbers are kept as bits, because JSON has no infinity.
#[derive(Serialize, Deserialize)]
struct MemberHeader {
    step: usize,
    n_adam: u32,
    n_bad: [u32; 2],
    rate_share: u32,
    best_val: u64,
    start_val: u64,
    linear_val: u64,
    val: u64,
    train: u64,
}

/// What [`read`] gives.
pub(super) struct Restored {
    /// How it is trained.
    pub(super) plan: DynamicsConfig,
    /// The sizes.
    pub(super) dims: Dims,
    /// All members.
    pub(super) members: Vec<Member>,
    /// The device it was trained on.
    pub(super) device: String,
}

/// The bytes of a training.
pub(super) fn write(
    plan: &DynamicsConfig,
    dims: &Dims,
    members: &[Member],
    device: &str,
) -> Vec<u8> {
    let header = Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        device: device.to_owned(),
        plan: plan.clone(),
        dims: dims.clone(),
        members: members
            .iter()
            .map(|member| MemberHeader {
                step: member.step,
                n_adam: member.adam.n_steps,
                n_bad: member.trouble.n_bad,
                rate_share: member.trouble.rate_share.to_bits(),
                best_val: member.best_val.to_bits(),
                start_val: member.start_val.to_bits(),
                linear_val: member.linear_val.to_bits(),
                val: member.val.to_bits(),
                train: member.train.to_bits(),
            })
            .collect(),
    };
    let text = serde_json::to_vec(&header).unwrap_or_default();
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(&text);
    for member in members {
        for array in arrays(member) {
            bytes.extend(array.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    bytes
}

/// Reads [`write()`] back.
///
/// # Errors
///
/// [`ModelError::Damaged`] and [`ModelError::Newer`].
pub(super) fn read(bytes: &[u8]) -> Result<Restored, ModelError> {
    let damaged = |what: &str, found: String, expected: String| ModelError::Damaged {
        what: format!("{what} of the training state"),
        found,
        expected,
    };
    let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| {
        damaged(
            "the length",
            bytes.len().to_string(),
            "8 bytes or more".to_owned(),
        )
    })?;
    let size = usize::try_from(u64::from_le_bytes(*size)).unwrap_or(usize::MAX);
    let (text, body) = rest.split_at_checked(size).ok_or_else(|| {
        damaged(
            "the header",
            rest.len().to_string(),
            format!("{size} bytes"),
        )
    })?;
    let header: Header = serde_json::from_slice(text).map_err(|error| {
        damaged(
            "the header",
            error.to_string(),
            "JSON of this format".to_owned(),
        )
    })?;
    if header.format != FORMAT {
        return Err(damaged("the format", header.format, FORMAT.to_owned()));
    }
    if header.version > VERSION {
        return Err(ModelError::Newer {
            found: header.version,
            known: VERSION,
        });
    }
    header.dims.check()?;
    let n_params = Layout::new(&header.dims).n_params;
    let expected = n_params * N_ARRAYS * 4 * header.members.len();
    if body.len() != expected || header.members.is_empty() {
        return Err(damaged(
            "the body",
            body.len().to_string(),
            format!("{expected} bytes"),
        ));
    }
    let mut values = body.chunks_exact(4).map(|chunk| {
        chunk
            .first_chunk::<4>()
            .map_or(0.0, |word| f32::from_le_bytes(*word))
    });
    let mut next = || values.by_ref().take(n_params).collect::<Vec<f32>>();
    let members = header.members.iter().enumerate();
    let members = members.map(|(index, from)| restored(index, from, &mut next));
    let members = members.collect();
    Ok(Restored {
        plan: header.plan,
        dims: header.dims,
        members,
        device: header.device,
    })
}

/// One member from its numbers and its arrays, which come in the order of [`arrays`].
fn restored(index: usize, from: &MemberHeader, next: &mut impl FnMut() -> Vec<f32>) -> Member {
    let mut member = Member::new(index, next(), f64::from_bits(from.start_val));
    member.adam = AdamW {
        first: next(),
        second: next(),
        mean_weights: next(),
        n_steps: from.n_adam,
    };
    member.best = next();
    member.start = next();
    member.linear = next();
    member.linear_val = f64::from_bits(from.linear_val);
    member.step = from.step;
    member.trouble = Trouble {
        rate_share: f32::from_bits(from.rate_share),
        n_bad: from.n_bad,
    };
    member.best_val = f64::from_bits(from.best_val);
    member.val = f64::from_bits(from.val);
    member.train = f64::from_bits(from.train);
    member
}

fn arrays(member: &Member) -> [&[f32]; N_ARRAYS] {
    [
        &member.theta,
        &member.adam.first,
        &member.adam.second,
        &member.adam.mean_weights,
        &member.best,
        &member.start,
        &member.linear,
    ]
}
