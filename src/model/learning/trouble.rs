//! What becomes of a member whose gradient is not finite.

use crate::model::ModelError;

/// Gradients that are not finite before a member gives up.
const MOST: u32 = 10;
/// So many in a row, and training goes back.
const IN_A_ROW: u32 = 3;

/// What trouble a member has had.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trouble {
    /// Share of the planned step size that is left, halved at each way back.
    pub(crate) rate_share: f32,
    /// Steps without a finite gradient, in a row and in all.
    pub(crate) n_bad: [u32; 2],
}

impl Trouble {
    /// None so far.
    pub(crate) const NONE: Self = Self {
        rate_share: 1.0,
        n_bad: [0; 2],
    };

    /// A gradient was finite.
    pub(crate) fn is_over(&mut self) {
        self.n_bad[0] = 0;
    }

    /// A gradient was not finite: the step is left out. At the third in a row this says that
    /// training goes back to the best weights, with half the step size.
    ///
    /// # Errors
    ///
    /// As [`Trouble::check`].
    pub(crate) fn grows(&mut self, member: usize, step: usize) -> Result<bool, ModelError> {
        self.n_bad = self.n_bad.map(|count| count + 1);
        self.check(member, step)?;
        let goes_back = self.n_bad[0] >= IN_A_ROW;
        if goes_back {
            self.n_bad[0] = 0;
            self.rate_share *= 0.5;
        }
        Ok(goes_back)
    }

    /// Whether the member may go on.
    ///
    /// # Errors
    ///
    /// [`ModelError::NotFinite`] from the tenth gradient on that is not finite.
    pub(crate) fn check(&self, member: usize, step: usize) -> Result<(), ModelError> {
        if self.n_bad[1] < MOST {
            return Ok(());
        }
        Err(ModelError::NotFinite {
            step,
            term: format!("the gradient of member {member}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_bad_gradient_in_a_row_goes_back_and_the_tenth_ends_it() {
        let mut trouble = Trouble::NONE;
        let goes_back: Vec<bool> = (0..5)
            .map(|step| {
                if step == 2 {
                    trouble.is_over();
                }
                trouble.grows(1, step).unwrap()
            })
            .collect();
        assert_eq!(goes_back, [false, false, false, false, true]);
        assert!((trouble.rate_share - 0.5).abs() < 1e-9);
        for step in 5..9 {
            trouble.is_over();
            assert!(!trouble.grows(1, step).unwrap());
        }
        let end = trouble.grows(1, 9);
        assert!(matches!(end, Err(ModelError::NotFinite { step: 9, .. })));
    }
}
