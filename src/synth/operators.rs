//! Who moves the controls: operators and controllers by feedback, and deliberate moves.

use super::{
    Excitation,
    plant::{NOMINAL_GRAMS, STEP_SECS},
    signals::{FILL_WEIGHT, LEVEL, N_CONTROLS, REJECTS, Row, SIGNALS},
};
use crate::base::{Draws, Purpose, Stream};

/// How one control is moved.
struct Habit {
    usual: f64,
    /// (signal looked at, its wished value, change of the control a unit above it).
    looks: &'static [(usize, f64, f64)],
    /// How long the hand hesitates.
    secs: f64,
    /// Where open-loop steps go.
    wide: (f64, f64),
}

const HABITS: [Habit; N_CONTROLS] = [
    Habit {
        usual: 100.0,
        looks: &[(REJECTS, 1.5, -1.5), (LEVEL, 60.0, 0.2)],
        secs: 240.0,
        wide: (90.0, 120.0),
    },
    Habit {
        usual: 76.0,
        looks: &[(FILL_WEIGHT, NOMINAL_GRAMS, -0.08)],
        secs: 600.0,
        wide: (70.0, 82.0),
    },
    Habit {
        usual: 61.0,
        looks: &[(LEVEL, 60.0, -0.6)],
        secs: 120.0,
        wide: (52.0, 70.0),
    },
    Habit {
        usual: 50.0,
        looks: &[(FILL_WEIGHT, NOMINAL_GRAMS, -0.12)],
        secs: 180.0,
        wide: (44.0, 56.0),
    },
];

/// The present deliberate move of one control.
struct Move {
    draws: Draws,
    steps_left: usize,
    value: f64,
    /// Moves made so far, back to usual counted too.
    n_moves: u64,
    sign: f64,
}

/// The people and controllers of the line.
pub(super) struct Operators {
    excitation: Excitation,
    filtered: [f64; N_CONTROLS],
    moves: Vec<Move>,
}

impl Operators {
    /// The operators of a seed.
    pub(super) fn new(seed: u64, excitation: Excitation) -> Self {
        let moves = (0..N_CONTROLS as u64)
            .map(|control| Move {
                draws: Stream::new(seed, Purpose::Operator, &[control]).draws(),
                steps_left: 0,
                value: 0.0,
                n_moves: 0,
                sign: 1.0,
            })
            .collect();
        Self {
            excitation,
            filtered: HABITS.map(|habit| habit.usual),
            moves,
        }
    }

    /// What is set for the next step after the instruments showed `seen`.
    pub(super) fn next(&mut self, seen: &Row) -> [f64; N_CONTROLS] {
        std::array::from_fn(|control| {
            let habit = &HABITS[control];
            let signal = &SIGNALS[control];
            let (low, high) = signal.range;
            let wished = habit.looks.iter().fold(habit.usual, |sum, look| {
                let (signal, wished, gain) = *look;
                sum + gain * (seen[signal] - wished)
            });
            self.filtered[control] += (wished - self.filtered[control]) * STEP_SECS / habit.secs;
            let deliberate = &mut self.moves[control];
            let value = match self.excitation {
                Excitation::ClosedLoop => self.filtered[control],
                Excitation::Dither => {
                    self.filtered[control] + deliberate.small_step() * (high - low)
                }
                Excitation::OpenLoop => {
                    deliberate.next((30, 180), |draws| draws.between(habit.wide.0, habit.wide.1))
                }
            };
            signal.rounded(value.clamp(low, high))
        })
    }
}

impl Move {
    /// Three to ten hundredths up or down for ten to forty minutes, then back to usual for ten to
    /// sixty: most of the log shows the usual way, and the moves show what is around it. Of two
    /// moves one goes up and one down, in random order, so that a short log has both.
    fn small_step(&mut self) -> f64 {
        if self.steps_left == 0 {
            self.n_moves += 1;
            match self.n_moves % 4 {
                1 if self.draws.uniform() < 0.5 => self.sign = -1.0,
                1 => self.sign = 1.0,
                3 => self.sign = -self.sign,
                _ => {}
            }
        }
        let sign = self.sign;
        if self.n_moves.is_multiple_of(2) {
            self.next((60, 360), |_| 0.0)
        } else {
            self.next((60, 240), |draws| sign * draws.between(0.03, 0.10))
        }
    }

    fn next(&mut self, steps: (usize, usize), choose: impl FnOnce(&mut Draws) -> f64) -> f64 {
        if self.steps_left == 0 {
            self.steps_left = steps.0 + self.draws.below(steps.1 - steps.0);
            self.value = choose(&mut self.draws);
        }
        self.steps_left -= 1;
        self.value
    }
}
