//! What a scenario is called where people read of it: the same in the window, on paper and in the
//! command line.

use super::{Edit, EditOp, Plan, ScenarioSpec};
use crate::{
    base::{Text, grouped, measure, signed, with_plus},
    data::Channel,
};

/// What the built-in example and its files call a scenario without changes, in every language.
const AS_RUN: &str = "as it was run";
/// What may stand between a letter and the name behind it.
const JOINTS: [char; 3] = [':', '：', ' '];

impl ScenarioSpec {
    /// The name that people read, in a language and without the letter in front; what it changes
    /// where it has no name of its own. `letter` is `A` or `B`, or empty where it is neither.
    pub fn shown_name(&self, letter: &str, channels: &[Channel], text: &Text) -> String {
        shown_name(letter, (&self.name, &self.edits), channels, text)
    }
}

impl Plan {
    /// As [`ScenarioSpec::shown_name`].
    pub fn shown_name(&self, letter: &str, channels: &[Channel], text: &Text) -> String {
        shown_name(letter, (&self.name, &self.edits), channels, text)
    }
}

fn shown_name(
    letter: &str,
    (name, edits): (&str, &[Edit]),
    channels: &[Channel],
    text: &Text,
) -> String {
    let own = without_letter(letter, name);
    if !own.is_empty() && own != AS_RUN {
        return own.to_owned();
    }
    let Some(first) = edits.first() else {
        return text.get("compare-as-run");
    };
    let mut words = format!("{} {}", first.channel, change(first, channels, text));
    if edits.len() > 1 {
        let more = (edits.len() - 1).to_string();
        words.push(' ');
        words.push_str(&text.with("compare-more-changes", &[("n", &more)]));
    }
    words
}

/// By how much a control is changed.
fn change(edit: &Edit, channels: &[Channel], text: &Text) -> String {
    let unit = channels
        .iter()
        .find(|channel| channel.name == edit.channel)
        .map_or("", |channel| channel.unit.as_str());
    let with_unit = |number: String| format!("{number} {unit}").trim_end().to_owned();
    match edit.op {
        EditOp::Add => with_unit(signed(edit.value, edit.value)),
        EditOp::Scale => {
            let percent = (edit.value - 1.0) * 100.0;
            let written = grouped(percent, decimals_of_percent(percent));
            format!("{} %", with_plus(percent, written))
        }
        EditOp::Set | EditOp::RampTo => with_unit(format!("→ {}", measure(edit.value))),
        EditOp::Hold | EditOp::Schedule => text.get("compare-by-schedule"),
    }
}

/// The digits that somebody gave: 1.05 − 1 is not quite 0.05 in the machine.
fn decimals_of_percent(percent: f64) -> usize {
    let is_told = |scale: f64| ((percent * scale).round() / scale - percent).abs() < 0.005;
    match (is_told(1.0), is_told(10.0)) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// A scenario's name without its letter in front; empty where the letter is all of it. Where it is
/// not known which letter it has, only one that a colon follows is its letter.
fn without_letter<'a>(letter: &str, name: &'a str) -> &'a str {
    let name = name.trim();
    if letter.is_empty() {
        return name
            .strip_prefix(['A', 'B'])
            .filter(|rest| rest.is_empty() || rest.starts_with([':', '：']))
            .map_or(name, |rest| rest.trim_start_matches(JOINTS));
    }
    match name.strip_prefix(letter) {
        Some(rest) if rest.is_empty() || rest.starts_with(JOINTS) => {
            rest.trim_start_matches(JOINTS)
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Locale, data::Role};

    fn edit(op: EditOp, value: f64) -> Edit {
        Edit {
            channel: "speed".to_owned(),
            op,
            value,
            points: Vec::new(),
            from_step: 0,
            to_step: None,
            line: 0,
        }
    }

    fn shown(letter: &str, name: &str, edits: &[Edit], locale: Locale) -> String {
        let channels = [Channel::new("speed", Role::Control, "1/min")];
        shown_name(letter, (name, edits), &channels, &Text::new(locale))
    }

    #[test]
    fn a_letter_is_not_said_twice() {
        assert_eq!(without_letter("B", "B: conveyor +8 %"), "conveyor +8 %");
        assert_eq!(without_letter("A", "as it was run"), "as it was run");
        assert_eq!(without_letter("A", "A"), "");
        assert_eq!(without_letter("B", "Better pump"), "Better pump");
        assert_eq!(without_letter("", "B：速度 +8 %"), "速度 +8 %");
        assert_eq!(without_letter("", "A shift longer"), "A shift longer");
        assert_eq!(without_letter("", "Better pump"), "Better pump");
    }

    #[test]
    fn what_changes_nothing_is_as_it_was_run_in_every_language() {
        for name in ["A", "A: as it was run", ""] {
            assert_eq!(shown("A", name, &[], Locale::En), "as it was run");
            assert_eq!(shown("A", name, &[], Locale::Ja), "実績どおり");
        }
        assert_eq!(shown("A", "A: night shift", &[], Locale::Ja), "night shift");
    }

    #[test]
    fn without_a_name_it_is_called_what_it_changes() {
        let cases = [
            (EditOp::Scale, 1.05, "speed +5 %"),
            (EditOp::Scale, 0.925, "speed −7.5 %"),
            (EditOp::Scale, 1.0004, "speed +0.04 %"),
            (EditOp::Add, -2.5, "speed −2.50 1/min"),
            (EditOp::Set, 1200.0, "speed → 1,200 1/min"),
        ];
        for (op, value, expected) in cases {
            assert_eq!(shown("B", "B", &[edit(op, value)], Locale::En), expected);
        }
        let two = [edit(EditOp::Hold, 0.0), edit(EditOp::Scale, 1.1)];
        assert_eq!(
            shown("B", "B", &two, Locale::Ja),
            "speed スケジュール ほか1件"
        );
        assert_eq!(
            shown("B", "B: faster", &two, Locale::Ja),
            "faster",
            "its own name comes first"
        );
    }
}
