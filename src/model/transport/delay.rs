//! An input as it arrives at the end of what carries it.

/// An input that acts once another one has moved the line on by a length.
///
/// A dead time of so many steps is one length at one pace; where the pace moves the dead time moves with
/// it: `y(t)` follows `u(τ)` with `∫ v ds = L` from `τ` to `t` (variable transport delay; Zenger and
/// Niemi, *Modelling and control of a class of time-varying continuous flow processes*, 2009).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Transport {
    /// The position of the input that is carried, among those that the dataset has.
    pub(crate) source: usize,
    /// The position of the input that says how fast the line moves.
    pub(crate) pace: usize,
    /// The length, in units of the pace times one step.
    pub(crate) length: f64,
    /// What is carried.
    pub(crate) cargo: Cargo,
}

/// What is carried, and what of it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cargo {
    /// A level such as a temperature: the mean of what arrives.
    Level,
    /// An amount a step such as a feed, which lies the thicker the slower the line moves: the sum of what
    /// arrives.
    Amount,
    /// The same: all that lies on the line.
    Load,
}

impl Cargo {
    /// All, in the order of their numbers in files.
    pub(crate) const ALL: [Self; 3] = [Self::Level, Self::Amount, Self::Load];
}

impl Transport {
    /// What acts at each step, from the carried input and the pace of the same steps, `[T]` each. Where the
    /// line stands still the level at its end does, and no amount.
    ///
    /// Before the first step the line is taken to have moved at the first pace and be full of what entered it
    /// first. A pace below zero or that is no number stands still.
    pub(crate) fn arriving(&self, source: &[f64], pace: &[f64]) -> Vec<f64> {
        let first = source.first().copied().unwrap_or(f64::NAN);
        let moved = |step: usize| match pace.get(step) {
            Some(pace) if pace.is_finite() => pace.max(0.0),
            _ => 0.0,
        };
        let mut line = Line {
            at: 0,
            gone: 0.0,
            before: self.length,
        };
        // Nothing later is asked: what a plan does must not change what was before.
        let usual = Some(moved(0)).filter(|moved| *moved > 0.0).unwrap_or(1.0);
        let mut level = first;
        let mut load = known_or_none(first * self.length / usual);
        let mut out = Vec::with_capacity(source.len());
        for step in 0..source.len().min(pace.len()) {
            let (mut sum, mut length, mut amount) = (0.0, 0.0, 0.0);
            line.advance(step, moved, |part, from| {
                let (value, whole) = match from {
                    Some(at) => (source[at], moved(at)),
                    None => (first, usual),
                };
                sum += part * value;
                length += part;
                // What was laid down while the line stood lies on one spot.
                amount += if whole > 0.0 { part / whole } else { 1.0 } * value;
            });
            if length > 0.0 {
                level = sum / length;
            }
            load += known_or_none(source[step]) - known_or_none(amount);
            out.push(match self.cargo {
                Cargo::Level => level,
                Cargo::Amount => amount,
                Cargo::Load => load,
            });
        }
        out
    }

    /// How many steps before `end` must be known so that what arrives from there on is right; all of them
    /// where the line has not moved on by its length since the first.
    pub(crate) fn n_before(&self, pace: &[f64], end: usize) -> usize {
        let mut moved = 0.0;
        for (n_back, value) in pace[..end.min(pace.len())].iter().rev().enumerate() {
            if moved > self.length {
                return n_back + 1;
            }
            if value.is_finite() {
                moved += value.max(0.0);
            }
        }
        end
    }
}

/// A number, or 0 for what is none.
fn known_or_none(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// What lies on the line.
struct Line {
    /// The step that laid down what lies at the end, and how much of that has already gone.
    at: usize,
    gone: f64,
    /// How much is left of what was there before the first step.
    before: f64,
}

impl Line {
    /// Moves on by a step's pace; `taken` hears the length of each part that leaves and the step that laid it
    /// down, `None` for what was there before.
    fn advance(
        &mut self,
        step: usize,
        moved: impl Fn(usize) -> f64,
        mut taken: impl FnMut(f64, Option<usize>),
    ) {
        let mut left = moved(step);
        if left <= 0.0 {
            return;
        }
        let part = left.min(self.before);
        if part > 0.0 {
            self.before -= part;
            left -= part;
            taken(part, None);
        }
        while left > 0.0 && self.at <= step {
            let whole = moved(self.at);
            let part = left.min(whole - self.gone);
            taken(part, Some(self.at));
            self.gone += part;
            left -= part;
            if self.gone >= whole {
                (self.at, self.gone) = (self.at + 1, 0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(length: f64) -> Transport {
        Transport {
            source: 0,
            pace: 1,
            length,
            cargo: Cargo::Level,
        }
    }

    fn feed(length: f64) -> Transport {
        Transport {
            cargo: Cargo::Amount,
            ..transport(length)
        }
    }

    #[test]
    fn at_one_pace_it_is_a_dead_time() {
        let source: Vec<f64> = (0..20).map(f64::from).collect();
        let arrived = transport(6.0).arriving(&source, &[2.0; 20]);
        // Three steps on the line.
        assert_eq!(arrived[3..], source[..17]);
        assert_eq!(arrived[..3], [0.0; 3]);
    }

    #[test]
    fn what_is_carried_is_late_by_what_the_line_moved() {
        let source: Vec<f64> = (0..12).map(f64::from).collect();
        let mut pace = vec![1.0; 12];
        pace[6..].fill(2.0);
        let arrived = transport(4.0).arriving(&source, &pace);
        assert_eq!(arrived[..6], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        // Two elements of the slow time leave in each fast step.
        assert_eq!(arrived[6..9], [2.5, 4.5, 6.0]);
    }

    #[test]
    fn a_line_that_stands_still_shows_what_lies_at_its_end() {
        let source: Vec<f64> = (0..8).map(f64::from).collect();
        let mut pace = vec![1.0; 8];
        pace[4..7].fill(0.0);
        pace[5] = f64::NAN;
        pace[6] = -3.0;
        let arrived = transport(2.0).arriving(&source, &pace);
        assert_eq!(arrived, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
    }

    #[test]
    fn an_amount_lies_the_thinner_the_faster_the_line_moved() {
        let mut pace = vec![1.0; 12];
        pace[6..].fill(2.0);
        let arrived = feed(4.0).arriving(&[3.0; 12], &pace);
        // The thick part leaves at twice the pace, then it is as thin as it is fast.
        assert_eq!(
            arrived,
            [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 6.0, 6.0, 3.0, 3.0, 3.0, 3.0]
        );
    }

    #[test]
    fn what_lies_on_the_line_grows_while_it_slows_down() {
        let mut pace = vec![2.0; 12];
        pace[4..].fill(1.0);
        let load = Transport {
            cargo: Cargo::Load,
            ..feed(4.0)
        };
        let lies = load.arriving(&[3.0; 12], &pace);
        assert_eq!(
            lies,
            [
                6.0, 6.0, 6.0, 6.0, 7.5, 9.0, 10.5, 12.0, 12.0, 12.0, 12.0, 12.0
            ]
        );
    }

    #[test]
    fn nothing_is_lost_on_the_way() {
        let source: Vec<f64> = (0..400).map(|at| f64::from(at * at % 17)).collect();
        // It stands still now and then, and what falls on it then lies on one spot.
        let pace: Vec<f64> = (0..400).map(|at| f64::from(at * 7 % 11)).collect();
        let arrived = feed(23.5).arriving(&source, &pace);
        let entered: f64 = source.iter().sum();
        let left: f64 = arrived.iter().sum();
        // Less what lies on the line at the end; before the first step lay nothing, the first value is 0.
        let (mut on_line, mut length) = (0.0, 23.5);
        for (u, v) in source.iter().zip(&pace).rev() {
            let part = v.min(length);
            on_line += if *v > 0.0 { part / v * u } else { *u };
            length -= part;
            if length <= 0.0 {
                break;
            }
        }
        assert!((entered - left - on_line).abs() < 1e-6 * entered);
    }

    #[test]
    fn what_comes_later_changes_nothing_before() {
        let mut source = vec![f64::NAN, f64::NAN, 3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
        let mut pace = vec![0.0, 0.0, 1.0, 2.0, 0.0, 1.0, 3.0, 2.0];
        for cargo in Cargo::ALL {
            let one = Transport {
                cargo,
                ..transport(2.0)
            };
            let before = one.arriving(&source, &pace);
            (source[6], pace[6]) = (7.0, 1.0);
            let after = one.arriving(&source, &pace);
            let bits = |values: &[f64]| -> Vec<u64> {
                values[..6].iter().map(|value| value.to_bits()).collect()
            };
            assert_eq!(bits(&before), bits(&after), "{cargo:?}");
            let last = one.arriving(&source, &pace)[7];
            assert!(last.is_finite(), "{cargo:?}");
        }
    }

    #[test]
    fn the_steps_that_must_be_known_give_the_same_arrivals() {
        let source: Vec<f64> = (0..300).map(|at| f64::from(at * at % 13)).collect();
        let pace: Vec<f64> = (0..300).map(|at| f64::from(at * 5 % 7)).collect();
        let one = transport(31.0);
        let whole = one.arriving(&source, &pace);
        let n_before = one.n_before(&pace, 200);
        assert!(n_before < 30, "{n_before}");
        let from = 200 - n_before;
        let part = one.arriving(&source[from..], &pace[from..]);
        for (at, value) in part[n_before..].iter().enumerate() {
            assert!((value - whole[200 + at]).abs() < 1e-9, "{at}");
        }
    }
}
