//! How flags fit labels: counts and the scores made of them.

/// How flags fit labels, counted step by step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Detection {
    /// Labelled and flagged.
    pub hits: usize,
    /// Flagged but not labelled.
    pub false_alarms: usize,
    /// Labelled but not flagged.
    pub missed: usize,
    /// Neither.
    pub quiet: usize,
}

/// Counts pairs of (labelled, flagged).
pub fn detection(pairs: impl IntoIterator<Item = (bool, bool)>) -> Detection {
    let mut counts = Detection::default();
    for pair in pairs {
        match pair {
            (true, true) => counts.hits += 1,
            (false, true) => counts.false_alarms += 1,
            (true, false) => counts.missed += 1,
            (false, false) => counts.quiet += 1,
        }
    }
    counts
}

impl Detection {
    /// Harmonic mean of precision and recall; NaN where nothing is labelled nor flagged.
    pub fn f1(&self) -> f64 {
        let wrong = (self.missed + self.false_alarms) as f64 / 2.0;
        self.hits as f64 / (self.hits as f64 + wrong)
    }

    /// The share of the flagged that is labelled; NaN where nothing is flagged.
    pub fn precision(&self) -> f64 {
        self.hits as f64 / (self.hits + self.false_alarms) as f64
    }

    /// The share of the labelled that is flagged; NaN where nothing is labelled.
    pub fn recall(&self) -> f64 {
        self.hits as f64 / (self.hits + self.missed) as f64
    }

    /// False alarm rate: the share of the unlabelled that is flagged.
    pub fn far(&self) -> f64 {
        self.false_alarms as f64 / (self.false_alarms + self.quiet) as f64
    }

    /// Missed alarm rate: the share of the labelled that is not flagged.
    pub fn mar(&self) -> f64 {
        self.missed as f64 / (self.hits + self.missed) as f64
    }

    /// Both counts together, as if they were one record.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            false_alarms: self.false_alarms + other.false_alarms,
            missed: self.missed + other.missed,
            quiet: self.quiet + other.quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_counts() {
        let half = |n: usize, pair| std::iter::repeat_n(pair, n);
        let pairs = half(72, (true, true))
            .chain(half(28, (true, false)))
            .chain(half(13, (false, true)))
            .chain(half(87, (false, false)));
        let counts = detection(pairs);
        assert!((counts.f1() - 72.0 / 92.5).abs() < 1e-12);
        assert!((counts.precision() - 72.0 / 85.0).abs() < 1e-12);
        assert!((counts.recall() - 0.72).abs() < 1e-12);
        assert!((counts.far() - 0.13).abs() < 1e-12);
        assert!((counts.mar() - 0.28).abs() < 1e-12);
        assert_eq!(counts.plus(&counts).hits, 144);
    }

    #[test]
    fn without_labels_and_flags_there_is_no_score() {
        assert!(detection([(false, false)]).f1().is_nan());
    }
}
