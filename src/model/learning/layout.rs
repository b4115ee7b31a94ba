//! The order of a member's parameters in one flat array, and their names in files.

use std::{collections::BTreeMap, ops::Range};

use crate::model::ModelError;

/// Arrays by name, as (shape, values).
pub(crate) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Where one array lies.
#[derive(Debug, Clone)]
pub(crate) struct Slot<P> {
    /// Which array.
    pub(crate) part: P,
    /// Its name in files.
    pub(crate) name: String,
    /// Rows.
    pub(crate) n_rows: usize,
    /// Columns.
    pub(crate) n_cols: usize,
    /// Its place in the flat array.
    pub(crate) range: Range<usize>,
}

/// The order of all parameters of a member, for sizes `D` and arrays `P`.
#[derive(Debug, Clone)]
pub(crate) struct Layout<D, P> {
    /// The sizes it was made for.
    pub(crate) dims: D,
    /// All arrays in order.
    pub(crate) slots: Vec<Slot<P>>,
    /// How many numbers there are.
    pub(crate) n_params: usize,
}

impl<D, P: Copy + PartialEq> Layout<D, P> {
    /// Arrays one after the other, each with its name, rows and columns.
    pub(crate) fn of(dims: D, arrays: Vec<(P, String, usize, usize)>) -> Self {
        let mut n_params = 0;
        let slots = arrays.into_iter().map(|(part, name, n_rows, n_cols)| {
            let start = n_params;
            n_params += n_rows * n_cols;
            Slot {
                part,
                name,
                n_rows,
                n_cols,
                range: start..n_params,
            }
        });
        let slots = slots.collect();
        Self {
            dims,
            slots,
            n_params,
        }
    }

    /// Where an array lies; empty where these sizes lack it.
    pub(crate) fn range(&self, part: P) -> Range<usize> {
        let slot = self.slots.iter().find(|slot| slot.part == part);
        slot.map_or(0..0, |slot| slot.range.clone())
    }

    /// One array out of the flat one.
    pub(crate) fn get<'a>(&self, flat: &'a [f32], part: P) -> &'a [f32] {
        &flat[self.range(part)]
    }

    /// One array out of the flat one, to be changed.
    pub(crate) fn get_mut<'a>(&self, flat: &'a mut [f32], part: P) -> &'a mut [f32] {
        &mut flat[self.range(part)]
    }

    /// All members' weights by name; names begin with `start` and the member's number.
    pub(crate) fn to_tensors(&self, weights: &[Vec<f32>], start: &str) -> Tensors {
        let mut all = BTreeMap::new();
        for (member, weights) in weights.iter().enumerate() {
            for slot in &self.slots {
                let shape = vec![slot.n_rows, slot.n_cols];
                let values = weights[slot.range.clone()].to_vec();
                let name = format!("{start}{member}.{}", slot.name);
                all.insert(name, (shape, values));
            }
        }
        all
    }

    /// Reads [`Layout::to_tensors`] back; other tensors in the map are left alone.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] for a missing tensor or a wrong shape.
    pub(crate) fn read_tensors(
        &self,
        tensors: &Tensors,
        start: &str,
        n_members: usize,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let of_member = |member: usize| {
            let mut flat = Vec::with_capacity(self.n_params);
            for slot in &self.slots {
                let name = format!("{start}{member}.{}", slot.name);
                flat.extend_from_slice(tensor(tensors, &name, &[slot.n_rows, slot.n_cols])?);
            }
            Ok(flat)
        };
        (0..n_members).map(of_member).collect()
    }
}

/// The numbers of one tensor.
///
/// # Errors
///
/// [`ModelError::Damaged`] where it is missing or has another shape.
pub(crate) fn tensor<'a>(
    tensors: &'a Tensors,
    name: &str,
    expected: &[usize],
) -> Result<&'a [f32], ModelError> {
    let found = tensors.get(name);
    let fits = |(shape, values): &&(Vec<usize>, Vec<f32>)| {
        *shape == expected && values.len() == expected.iter().product::<usize>()
    };
    let values = found.filter(fits).map(|(_, values)| values.as_slice());
    values.ok_or_else(|| ModelError::Damaged {
        what: format!("tensor {name:?}"),
        found: found.map_or("missing".to_owned(), |(shape, _)| format!("{shape:?}")),
        expected: format!("{expected:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_back_and_a_tensor_of_another_shape_is_refused() {
        let arrays = vec![("a", "a".to_owned(), 2, 3), ("b", "b".to_owned(), 1, 2)];
        let layout = Layout::of((), arrays);
        let weights = [0, 1].map(|member: u8| {
            let values = (0..8_u8).map(|at| f32::from(10 * member + at));
            values.collect::<Vec<f32>>()
        });
        assert_eq!(layout.get(&weights[0], "b"), [6.0, 7.0]);
        assert!(layout.get(&weights[0], "c").is_empty());
        let mut tensors = layout.to_tensors(&weights, "x.");
        assert_eq!(layout.read_tensors(&tensors, "x.", 2).unwrap(), weights);
        assert!(layout.read_tensors(&tensors, "x.", 3).is_err());
        tensors.insert("x.1.a".to_owned(), (vec![3, 2], vec![0.0; 6]));
        let refused = layout.read_tensors(&tensors, "x.", 2);
        assert!(matches!(refused, Err(ModelError::Damaged { .. })));
    }
}
