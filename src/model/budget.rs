//! How long a training may take.

/// The time that was given, and what of it is kept back for what comes later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    started: f64,
    secs: Option<f64>,
    reserved: f64,
}

impl Budget {
    /// A budget that runs from a moment on; without seconds it never ends.
    pub(super) fn new(started: f64, secs: Option<f64>) -> Self {
        Self {
            started,
            secs,
            reserved: 0.0,
        }
    }

    /// The same, with seconds kept back at its end.
    pub(super) fn keeping(self, reserved: f64) -> Self {
        Self { reserved, ..self }
    }

    /// Seconds spent until now.
    pub(super) fn spent(&self, now: f64) -> f64 {
        now - self.started
    }

    /// Seconds left, where they are counted.
    pub(super) fn left(&self, now: f64) -> Option<f64> {
        let whole = self.secs? - self.reserved;
        Some((whole - self.spent(now)).max(0.0))
    }

    /// Whether more than this share of it is spent.
    pub(super) fn is_spent(&self, now: f64, share: f64) -> bool {
        let whole = self.secs.map(|secs| secs - self.reserved);
        whole.is_some_and(|whole| self.spent(now) > share * whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_back_is_not_spent_before() {
        let budget = Budget::new(10.0, Some(100.0));
        assert_eq!(budget.left(40.0), Some(70.0));
        let kept = budget.keeping(60.0);
        assert_eq!(kept.left(40.0), Some(10.0));
        assert!(!kept.is_spent(40.0, 1.0) && kept.is_spent(51.0, 1.0) && kept.is_spent(27.0, 0.4));
        // More kept back than there is: nothing is left, and nothing is negative.
        let none = budget.keeping(200.0);
        assert_eq!(none.left(10.0), Some(0.0));
        assert!(none.is_spent(10.0, 1.0));
        let endless = Budget::new(0.0, None).keeping(9.0);
        assert!(endless.left(1e9).is_none() && !endless.is_spent(1e9, 0.1));
    }
}
