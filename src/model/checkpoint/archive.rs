//! Named arrays and a header in one safetensors file, with a digest over all of it.

use std::collections::BTreeMap;

use safetensors::{
    SafeTensors,
    tensor::{Dtype, TensorView},
};

use crate::{base::Digest, model::ModelError};

/// The newest version of both formats.
const VERSION: u64 = 12;

/// Arrays by name, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Archive {
    arrays: BTreeMap<String, Array>,
}

#[derive(Debug, Clone)]
struct Array {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Archive {
    /// Adds numbers in double precision.
    pub(super) fn put(&mut self, name: &str, numbers: impl IntoIterator<Item = f64>) {
        let bytes: Vec<u8> = numbers.into_iter().flat_map(f64::to_le_bytes).collect();
        let array = Array {
            dtype: Dtype::F64,
            shape: vec![bytes.len() / 8],
            bytes,
        };
        self.arrays.insert(name.to_owned(), array);
    }

    /// Adds numbers in single precision.
    pub(super) fn put_single(&mut self, name: &str, shape: Vec<usize>, numbers: &[f32]) {
        let array = Array {
            dtype: Dtype::F32,
            shape,
            bytes: numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        };
        self.arrays.insert(name.to_owned(), array);
    }

    /// Adds raw bytes.
    pub(super) fn put_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        let array = Array {
            dtype: Dtype::U8,
            shape: vec![bytes.len()],
            bytes,
        };
        self.arrays.insert(name.to_owned(), array);
    }

    /// All names in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.arrays.keys().cloned().collect()
    }

    /// Compares the names with those that should be there and reports both differences.
    pub(super) fn expect_names(&self, expected: &[String]) -> Result<(), ModelError> {
        let missing: Vec<&String> = expected
            .iter()
            .filter(|name| !self.arrays.contains_key(*name))
            .collect();
        let surplus: Vec<&String> = self
            .arrays
            .keys()
            .filter(|name| !expected.contains(name))
            .collect();
        if missing.is_empty() && surplus.is_empty() {
            return Ok(());
        }
        Err(ModelError::Damaged {
            what: "the list of arrays".to_owned(),
            found: format!("{surplus:?} too many"),
            expected: format!("{missing:?} too"),
        })
    }

    /// Whether there is an array of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.arrays.contains_key(name)
    }

    /// Takes numbers in double precision out.
    pub(super) fn take(&mut self, name: &str) -> Result<Vec<f64>, ModelError> {
        let array = self.take_array(name, Dtype::F64)?;
        let numbers = array.bytes.as_chunks::<8>().0.iter();
        Ok(numbers.map(|bytes| f64::from_le_bytes(*bytes)).collect())
    }

    /// Takes raw bytes out.
    pub(super) fn take_bytes(&mut self, name: &str) -> Result<Vec<u8>, ModelError> {
        Ok(self.take_array(name, Dtype::U8)?.bytes)
    }

    /// Takes all arrays in single precision out whose name starts so; the names lose the start.
    pub(super) fn take_singles(&mut self, start: &str) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
        let mut taken = BTreeMap::new();
        for (name, array) in &self.arrays {
            if let Some(rest) = name.strip_prefix(start)
                && array.dtype == Dtype::F32
            {
                let numbers = array.bytes.as_chunks::<4>().0.iter();
                let numbers = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
                taken.insert(rest.to_owned(), (array.shape.clone(), numbers));
            }
        }
        self.arrays.retain(|name, _| !name.starts_with(start));
        taken
    }

    fn take_array(&mut self, name: &str, dtype: Dtype) -> Result<Array, ModelError> {
        let array = self
            .arrays
            .remove(name)
            .ok_or_else(|| damaged(name, "absent".to_owned(), "an array"))?;
        if array.dtype != dtype {
            return Err(damaged(
                name,
                format!("{:?}", array.dtype),
                &format!("{dtype:?}"),
            ));
        }
        Ok(array)
    }

    fn digest(&self, format: &str, header: &str) -> Digest {
        let names: Vec<String> = self
            .arrays
            .iter()
            .map(|(name, array)| format!("{name}|{:?}|{:?}", array.dtype, array.shape))
            .collect();
        let mut parts: Vec<&[u8]> = vec![format.as_bytes(), header.as_bytes()];
        for (name, array) in names.iter().zip(self.arrays.values()) {
            parts.push(name.as_bytes());
            parts.push(&array.bytes);
        }
        Digest::of_parts(parts)
    }
}

/// Writes an archive with its header.
pub(super) fn write_archive(format: &str, header: &str, archive: &Archive) -> Vec<u8> {
    // One metadata entry only: safetensors keeps them in a hash map, whose order changes.
    let envelope = serde_json::json!({
        "format": format,
        "version": VERSION,
        "blake3": archive.digest(format, header).to_string(),
        "header": header,
    });
    #[expect(
        clippy::disallowed_types,
        reason = "the type that safetensors asks for; one entry"
    )]
    let metadata = std::collections::HashMap::from([("gemba".to_owned(), envelope.to_string())]);
    let views = archive.arrays.iter().filter_map(|(name, array)| {
        let view = TensorView::new(array.dtype, array.shape.clone(), &array.bytes).ok()?;
        Some((name, view))
    });
    safetensors::serialize(views, Some(metadata)).unwrap_or_default()
}

/// Reads header and arrays back and checks the digest.
///
/// # Errors
///
/// [`ModelError::Damaged`] or [`ModelError::Newer`].
pub(super) fn read_archive(format: &str, bytes: &[u8]) -> Result<(String, Archive), ModelError> {
    let refuse = |error: safetensors::SafeTensorError| {
        damaged("the file", error.to_string(), "a safetensors file")
    };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(refuse)?;
    let envelope = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get("gemba"))
        .ok_or_else(|| damaged("the header", "absent".to_owned(), format))?;
    let envelope: serde_json::Value = serde_json::from_str(envelope)
        .map_err(|error| damaged("the header", error.to_string(), "JSON"))?;
    let word = |name: &str| envelope[name].as_str().unwrap_or_default().to_owned();
    if word("format") != format {
        return Err(damaged("the format", word("format"), format));
    }
    let version = envelope["version"].as_u64().unwrap_or(0);
    if version > VERSION {
        return Err(ModelError::Newer {
            found: version,
            known: VERSION,
        });
    }
    let mut archive = Archive::default();
    let tensors = SafeTensors::deserialize(bytes).map_err(refuse)?;
    for (name, view) in tensors.iter() {
        let array = Array {
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        };
        archive.arrays.insert(name.to_owned(), array);
    }
    let header = word("header");
    let digest = archive.digest(format, &header).to_string();
    if version == 0 || digest != word("blake3") {
        return Err(damaged("the digest", word("blake3"), &digest));
    }
    Ok((header, archive))
}

/// The error of a file that says what it cannot.
pub(super) fn damaged(what: &str, found: String, expected: &str) -> ModelError {
    ModelError::Damaged {
        what: what.to_owned(),
        found,
        expected: expected.to_owned(),
    }
}
