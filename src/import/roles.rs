//! Guesses what each column is for, from its name and how its numbers behave.

use super::{
    jumps::{self, Around},
    merge::{Head, Log},
};
use crate::{
    base::StopToken,
    data::{ChannelKind, Role},
};

/// How a column's numbers behave over all its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Behavior {
    /// Rows with a value.
    pub(super) n_values: usize,
    /// Different values, counted up to [`MOST_LEVELS`].
    pub(super) n_levels: usize,
    /// The share of rows whose value is that of the row before.
    pub(super) still_frac: f64,
    /// Whether it never falls within a stretch, and rises.
    pub(super) only_grows: bool,
    /// Whether all values are whole numbers.
    pub(super) is_whole: bool,
    /// How far it goes where it moves, root mean square, against its spread.
    pub(super) jump: f64,
    /// How much a line between the values before and after misses one, squared, of the variance.
    pub(super) roughness: f64,
}

/// Different values are counted up to here.
pub(super) const MOST_LEVELS: usize = 65;

/// Looks at a column, one slice a stretch.
pub(super) fn behavior<'a>(parts: impl Iterator<Item = &'a [f64]>, stop: &StopToken) -> Behavior {
    let mut levels: Vec<u64> = Vec::new();
    let (mut n_values, mut n_pairs, mut n_still, mut n_up, mut n_down) = (0, 0, 0, 0, 0);
    let (mut is_whole, mut moved) = (true, 0.0);
    let mut about = About::default();
    for part in parts {
        let mut last: Option<f64> = None;
        about.bends = [None; 2];
        for &value in stop.watch(part).filter(|value| value.is_finite()) {
            n_values += 1;
            is_whole = is_whole && value.fract() == 0.0;
            about.take(value);
            if let Some(before) = last {
                n_pairs += 1;
                moved += (value - before).powi(2);
                match value.total_cmp(&before) {
                    std::cmp::Ordering::Equal => n_still += 1,
                    std::cmp::Ordering::Greater => n_up += 1,
                    std::cmp::Ordering::Less => n_down += 1,
                }
            }
            let is_new = last.is_none_or(|before| before.to_bits() != value.to_bits());
            last = Some(value);
            if is_new && levels.len() < MOST_LEVELS {
                // Minus zero is zero.
                let bits = (value + 0.0).to_bits();
                if let Err(at) = levels.binary_search(&bits) {
                    levels.insert(at, bits);
                }
            }
        }
    }
    Behavior {
        n_values,
        n_levels: levels.len(),
        still_frac: f64::from(n_still) / f64::from(n_pairs.max(1)),
        only_grows: n_down == 0 && n_up > 0,
        is_whole,
        jump: about.jump(moved / f64::from((n_up + n_down).max(1))),
        roughness: about.roughness(),
    }
}

/// Sums for the roughness, by Welford's recursion.
#[derive(Default)]
struct About {
    n: f64,
    mean: f64,
    squares: f64,
    n_bends: f64,
    bent: f64,
    bends: [Option<f64>; 2],
}

impl About {
    fn take(&mut self, value: f64) {
        self.n += 1.0;
        let off = value - self.mean;
        self.mean += off / self.n;
        self.squares += off * (value - self.mean);
        let [first, second] = self.bends;
        if let (Some(first), Some(second)) = (first, second) {
            self.n_bends += 1.0;
            self.bent += (second - 0.5 * first - 0.5 * value).powi(2);
        }
        self.bends = [second, Some(value)];
    }

    /// A mean square move against the spread.
    fn jump(&self, moved: f64) -> f64 {
        let share = moved / (self.squares / self.n);
        if share.is_finite() { share.sqrt() } else { 0.0 }
    }

    fn roughness(&self) -> f64 {
        let share = (self.bent / self.n_bends) / (self.squares / self.n);
        if share.is_finite() { share } else { 0.0 }
    }
}

/// A guess with how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Guess {
    pub(super) role: Role,
    pub(super) confidence: f64,
    pub(super) kind: ChannelKind,
    /// Why it is left out: an issue's code.
    pub(super) left_out: Option<&'static str>,
    /// Why a person had better look at it.
    pub(super) doubt: Option<Doubt>,
}

/// Why a guess is not sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// It stands and jumps as if it were set, but its name or the others say nothing of that.
    Stands,
    /// It was called a control for its moves alone.
    Moves,
    /// Its name says nothing, and neither do its moves.
    Nameless,
}

/// Below this a guess rests on behavior, not on the name.
pub(super) const NAMELESS: f64 = 0.55;
/// Up to here clear moves say more than the name.
const WEAK_NAME: f64 = 0.85;
/// How sure moves alone are.
const BY_MOVES: f64 = 0.7;
/// Columns whose moves are compared.
const MOST_COLUMNS: usize = 40;

/// Guesses one column.
pub(super) fn guess(head: &Head, behavior: &Behavior) -> Guess {
    let (role, confidence) = if head.words.is_empty() {
        by_name(&head.name).unwrap_or((Role::Observation, 0.5))
    } else {
        (Role::Label, 0.9)
    };
    let kind = kind_of(head, behavior, role);
    let left_out = if behavior.n_values == 0 {
        Some("no-values")
    } else if behavior.n_levels < 2 && head.words.is_empty() {
        Some("constant")
    } else if is_counter(head, behavior) {
        Some("counter")
    } else {
        None
    };
    match left_out {
        Some(_) => Guess {
            role: Role::Ignore,
            confidence: 0.95,
            kind,
            left_out,
            doubt: None,
        },
        None => Guess {
            role,
            confidence,
            kind,
            left_out,
            doubt: None,
        },
    }
}

fn kind_of(head: &Head, behavior: &Behavior, role: Role) -> ChannelKind {
    if !head.words.is_empty() {
        return if head.words.len() == 2 {
            ChannelKind::Binary
        } else {
            ChannelKind::Category
        };
    }
    match behavior.n_levels {
        2 => ChannelKind::Binary,
        3..=20 if role == Role::Label && behavior.is_whole => ChannelKind::Category,
        _ => ChannelKind::Continuous,
    }
}

/// Row numbers and running totals only grow; that says nothing about the line.
fn is_counter(head: &Head, behavior: &Behavior) -> bool {
    let tokens = tokens_of(&head.name);
    let is_total = has(&tokens, "consumed count counter total cumulative")
        || holds(&head.name, "積算 累積 累計 カウント");
    behavior.only_grows && (is_total || behavior.is_whole && behavior.n_levels >= MOST_LEVELS)
}

/// Cuts a name into lower-case words and numbers: `X1_ActualPosition` is x, 1, actual, position.
pub(super) fn tokens_of(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut tokens: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).map_or(' ', |at| letters[at]);
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        let starts = letter.is_numeric() != before.is_numeric()
            || letter.is_uppercase() && before.is_lowercase()
            || letter.is_uppercase() && before.is_uppercase() && after.is_lowercase();
        if starts && !word.is_empty() {
            tokens.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// Whether a token is one of some words.
fn has(tokens: &[String], words: &str) -> bool {
    tokens.iter().any(|token| is_among(token, words))
}

/// Whether a name holds one of some words; Japanese puts no blanks between them.
fn holds(name: &str, words: &str) -> bool {
    words.split(' ').any(|word| name.contains(word))
}

fn is_among(token: &str, words: &str) -> bool {
    words.split(' ').any(|word| word == token)
}

const LABELS: &str = "anomaly changepoint label class fault alarm status state condition flag run trial id \
    no number sequence program lot batch serial";
const LABELS_JA: &str = "異常 状態 品番 工程 品質情報 均質番号 現象なし情報 ラベル 番号 ロット";
const KPIS: &str = "reject rejects scrap yield quality oee throughput ppm";
const KPIS_JA: &str = "不良 歩留 良品 可動率 稼働率 品質";
const MEASURED: &str = "temp temperature pressure current voltage power level vibration weight flow humidity \
    rms accelerometer acceleration thermocouple usage kwh energy torque force position \
    velocity density concentration output noise load strain displacement thickness width \
    height ph conductivity turbidity oxides monoxide emission frequency factor inertia \
    volt";
const MEASURED_JA: &str = "温度 圧力 電流 電圧 流量 水位 液位 振動 重量 電力 湿度 気圧 トルク 荷重 厚 濃度 気温 \
    騒音";
const SET_BY_PEOPLE: &str =
    "setpoint sp cmd command target demand mv manipulated set setting commanded";
const SET_BY_PEOPLE_JA: &str = "設定 指令 目標 操作 出力値";
const ACTUATORS: &str = "valve opening damper feed feedrate pump heater burner throttle conveyor fan actuator \
    motor";
const ACTUATORS_JA: &str = "開度 バルブ 弁 ヒータ ポンプ 送り 回転数";
const AMBIENT: &str = "ambient outdoor outside weather disturbance viscosity";
const AMBIENT_JA: &str = "外気 室温 粘度 外乱 原料";

/// What a name says; `None` where it says nothing.
pub(super) fn by_name(name: &str) -> Option<(Role, f64)> {
    let tokens = tokens_of(name);
    let first = tokens.first().map_or("", String::as_str);
    let last = tokens
        .iter()
        .rfind(|token| !token.chars().all(char::is_numeric))
        .map_or("", String::as_str);
    // `y_level` and `y1` are outputs, `Y1_CommandPosition` is an axis.
    let is_sign = tokens.len() <= 2
        || tokens
            .get(1)
            .is_some_and(|token| !token.chars().all(char::is_numeric));
    let is_letter_and_number = tokens.len() <= 2
        && tokens
            .get(1)
            .is_none_or(|token| token.chars().all(char::is_numeric));
    if has(&tokens, LABELS) || holds(name, LABELS_JA) {
        return Some((Role::Label, 0.85));
    }
    let is_output_rate = has(&tokens, "output") && last == "rate";
    if has(&tokens, KPIS) || is_output_rate || holds(name, KPIS_JA) {
        return Some((Role::Kpi, 0.85));
    }
    let is_actual =
        has(&tokens, "actual feedback measured pv sensor") || holds(name, "実績 測定 計測 検出");
    if first == "y" && is_sign || is_actual {
        return Some((Role::Observation, 0.9));
    }
    if first == "u" && is_sign || has(&tokens, SET_BY_PEOPLE) || holds(name, SET_BY_PEOPLE_JA) {
        return Some((Role::Control, 0.9));
    }
    if has(&tokens, AMBIENT) || holds(name, AMBIENT_JA) {
        return Some((Role::Disturbance, 0.85));
    }
    let is_gas_flow = last == "flow" && has(&tokens, "gas co argon shielding");
    if is_gas_flow || is_letter_and_number && first == "q" {
        return Some((Role::Control, 0.8));
    }
    let ends_measured = is_among(last, MEASURED) || holds(name, MEASURED_JA);
    if !ends_measured && (has(&tokens, ACTUATORS) || holds(name, ACTUATORS_JA)) {
        return Some((Role::Control, 0.8));
    }
    if has(&tokens, MEASURED) || holds(name, MEASURED_JA) {
        return Some((Role::Observation, 0.85));
    }
    (is_letter_and_number && first == "t").then_some((Role::Observation, 0.7))
}

/// Gives a role to columns whose name says nothing: one whose moves come before those of the others
/// and that stands still in between was set by somebody.
///
/// The lead is measured by the correlation of first differences over a few rows to either side.
pub(super) fn lead(
    logs: &[Log],
    sources: &[(usize, usize)],
    behaviors: &[Behavior],
    guesses: &mut [Guess],
) {
    const MOST_ALIKE: usize = 3;
    let stood = lead_by_jumps(logs, sources, behaviors, guesses);
    let is_nameless =
        |guess: &Guess| guess.role == Role::Observation && guess.confidence < NAMELESS;
    let nameless: Vec<usize> = (0..sources.len())
        .filter(|&at| is_nameless(&guesses[at]) && behaviors[at].n_levels > 1)
        .take(MOST_COLUMNS)
        .collect();
    let has_control = guesses.iter().any(|guess| guess.role == Role::Control);
    for &at in &nameless {
        let stands = behaviors[at].still_frac > 0.6 && behaviors[at].n_levels < MOST_LEVELS;
        // Among many alike sensors one is always a little ahead; only a pair is judged by that.
        if !stands && (has_control || sources.len() > MOST_ALIKE) {
            continue;
        }
        let (log_idx, column) = sources[at];
        let others = (0..sources.len()).filter(|&other| {
            other != at && sources[other].0 == log_idx && guesses[other].role.is_output()
        });
        let mut best = (0.0_f64, 0.0_f64);
        for other in others.take(MOST_COLUMNS) {
            let found = lead_of(&logs[log_idx], column, sources[other].1);
            if found.0 > best.0 {
                best = found;
            }
        }
        let (ahead, behind) = best;
        if ahead > 0.3 && ahead > 1.5 * behind {
            guesses[at].role = Role::Control;
            guesses[at].confidence = if stands { BY_MOVES } else { 0.6 };
        }
    }
    note_doubts(&stood, guesses);
    let still_output = guesses.iter().any(|guess| guess.role.is_output());
    if !still_output {
        for &at in &nameless {
            guesses[at].role = Role::Observation;
            guesses[at].confidence = 0.5;
        }
    }
}

/// Makes controls of columns that stand and jump where others move after the jumps, whatever a weak name
/// says; gives those that stand and jump and stay what their name says, though no reading explains it.
fn lead_by_jumps(
    logs: &[Log],
    sources: &[(usize, usize)],
    behaviors: &[Behavior],
    guesses: &mut [Guess],
) -> Vec<usize> {
    let is_open = |at: usize| {
        let guess = &guesses[at];
        guess.role == Role::Observation
            && guess.confidence <= WEAK_NAME
            && jumps::stands_and_jumps(&behaviors[at])
    };
    let candidates: Vec<usize> = (0..sources.len()).filter(|&at| is_open(at)).collect();
    let mut stood = Vec::new();
    for at in candidates.into_iter().take(MOST_COLUMNS) {
        let (log_idx, column) = sources[at];
        let others = (0..sources.len()).filter(|&other| {
            sources[other].0 == log_idx
                && guesses[other].role.is_output()
                && jumps::flows(&behaviors[other])
        });
        let others = others.take(MOST_COLUMNS).map(|other| sources[other].1);
        match jumps::around(&logs[log_idx], column, others) {
            Around::After => {
                guesses[at].role = Role::Control;
                guesses[at].confidence = BY_MOVES;
            }
            Around::Before => {}
            Around::Neither => stood.push(at),
        }
    }
    stood
}

/// Says of which guesses a person had better know.
fn note_doubts(stood: &[usize], guesses: &mut [Guess]) {
    for (at, guess) in guesses.iter_mut().enumerate() {
        guess.doubt = match guess.role {
            Role::Control if guess.confidence <= BY_MOVES => Some(Doubt::Moves),
            Role::Observation if stood.contains(&at) => Some(Doubt::Stands),
            Role::Observation if guess.confidence < NAMELESS => Some(Doubt::Nameless),
            _ => None,
        };
    }
}

/// The strongest correlation of `left` now with `right` one to five rows later, and the other way
/// round.
fn lead_of(log: &Log, left: usize, right: usize) -> (f64, f64) {
    const MOST_ROWS: usize = 20_000;
    const MOST_LAG: usize = 5;
    let Some(part) = log.stretches.iter().max_by_key(|part| part.times.len()) else {
        return (0.0, 0.0);
    };
    let n_rows = part.times.len().min(MOST_ROWS);
    let moves = |column: usize| -> Vec<f64> {
        part.values[column][..n_rows]
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .map(|step| if step.is_finite() { step } else { 0.0 })
            .collect()
    };
    let (x, y) = (moves(left), moves(right));
    if x.len() < 30 {
        return (0.0, 0.0);
    }
    let norm = |list: &[f64]| list.iter().map(|step| step * step).sum::<f64>().sqrt();
    let scale = norm(&x) * norm(&y);
    if scale <= 0.0 {
        return (0.0, 0.0);
    }
    let at_lag = |first: &[f64], then: &[f64], lag: usize| {
        let sum: f64 = first.iter().zip(&then[lag..]).map(|(a, b)| a * b).sum();
        (sum / scale).abs()
    };
    let strongest = |first: &[f64], then: &[f64]| {
        (1..=MOST_LAG)
            .map(|lag| at_lag(first, then, lag))
            .fold(0.0, f64::max)
    };
    (strongest(&x, &y), strongest(&y, &x))
}

/// Without a control nothing is chosen: what was called a disturbance for its behavior is then an
/// observation; a weather reading stays one.
pub(super) fn settle(guesses: &mut [Guess]) {
    let has_control = guesses.iter().any(|guess| guess.role == Role::Control);
    let has_output = guesses.iter().any(|guess| guess.role.is_output());
    if !has_control && !has_output {
        for guess in guesses.iter_mut() {
            if guess.role == Role::Disturbance {
                guess.role = Role::Observation;
                guess.confidence = 0.6;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_column_is_for() {
        let check = |names: &[&str], role: Role| {
            for name in names {
                assert_eq!(by_name(name).map(|(role, _)| role), Some(role), "{name}");
            }
        };
        check(
            &[
                "conveyor_speed",
                "heater_setpoint",
                "pump_speed",
                "valve_opening",
                "u_pump",
                "uBenchMark",
                "X1_CommandPosition",
                "M1_CURRENT_FEEDRATE",
                "Q1",
                "valve",
                "T_set",
                "Feed",
                "CO2 Weld Flow",
                "ヒータ設定温度",
                "バルブ開度",
            ],
            Role::Control,
        );
        check(
            &[
                "tank_level",
                "fill_temp",
                "fill_weight",
                "motor_current",
                "power",
                "vibration",
                "y_level",
                "X1_ActualPosition",
                "X1_CurrentFeedback",
                "S1_OutputCurrent",
                "T1",
                "Volume Flow RateRMS",
                "Pressure",
                "Primary Weld Current",
                "タンク水位",
            ],
            Role::Observation,
        );
        check(&["reject_rate", "output_rate", "不良率"], Role::Kpi);
        check(&["ambient_temp", "viscosity", "外気温"], Role::Disturbance);
        check(
            &["anomaly", "changepoint", "M1_sequence_number", "品番"],
            Role::Label,
        );
    }
}
