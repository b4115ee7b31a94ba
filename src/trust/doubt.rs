//! What the model leaves open about a KPI, beside what the log can answer.

use super::{
    Reason, Verdict,
    words::{Args, format_number},
};

/// A horizon that goes on for this much longer than bands were measured is told so.
const LONGER: f64 = 1.1;
/// The doubt about what never moved.
const UNLEARNED: &str = "unlearned";
/// The doubt about what is held where it is for want of any skill.
pub(super) const HELD: &str = "held";

/// The doubt about an output of which no family foretells more than its last value does: what a
/// control does to it was learned from runs in which knowing the controls brought nothing.
pub fn no_skill(channel: &str, error: f64, naive_error: f64) -> Reason {
    let measured = (error, naive_error);
    Reason::new("skill", Verdict::Partly, measured, channel, Args::new())
}

/// The doubt about an output that never moved in what was learned: the model holds it where it is,
/// whatever the controls do.
pub fn unlearned(channel: &str) -> Reason {
    Reason::new(UNLEARNED, Verdict::Partly, (0.0, 0.0), channel, Args::new())
}

/// The doubt about an output that no family foretells better than its last value, and that comes out the
/// same under both plans: the last value carried on answers for it.
pub fn held(channel: &str, error: f64, naive_error: f64) -> Reason {
    let measured = (error, naive_error);
    Reason::new(HELD, Verdict::Partly, measured, channel, Args::new())
}

/// Whether the doubts about a KPI say that nothing was learned of what controls do to it.
pub fn is_unlearned(doubts: &[Reason]) -> bool {
    let is_one = |doubt: &Reason| [UNLEARNED, HELD].contains(&doubt.check);
    doubts.iter().any(is_one)
}

/// The doubt about bands that are held as they were where left-out runs ended, if a horizon goes
/// on for clearly longer.
pub fn beyond_bands(
    channel: &str,
    measured_steps: usize,
    horizon_steps: usize,
    step_secs: f64,
) -> Option<Reason> {
    let minutes = |steps: usize| steps as f64 * step_secs / 60.0;
    let is_longer = horizon_steps as f64 > LONGER * measured_steps as f64;
    is_longer.then(|| {
        let (asked, measured) = (minutes(horizon_steps), minutes(measured_steps));
        let args = vec![
            ("measured", format_number(measured)),
            ("minutes", format_number(asked)),
        ];
        let compared = (asked, measured);
        Reason::new("bands", Verdict::Partly, compared, channel, args)
    })
}

/// The doubt about an output whose sensor was not read for so many steps before the start: where the line
/// stands is then the model's guess.
pub fn lost_start(channel: &str, steps: usize, step_secs: f64) -> Reason {
    let minutes = steps as f64 * step_secs / 60.0;
    let args = vec![("minutes", format_number(minutes))];
    Reason::new("start", Verdict::Partly, (minutes, 0.0), channel, args)
}

/// The doubt about a control that acts by its levels, each in its own way, and is asked for a value
/// between them.
pub fn between_levels(channel: &str, value: f64, levels: &[f64]) -> Reason {
    let nearest = |level: &&f64| (**level - value).abs();
    let nearest = levels
        .iter()
        .min_by(|a, b| nearest(a).total_cmp(&nearest(b)));
    let known: Vec<String> = levels.iter().copied().map(format_number).collect();
    let args = vec![
        ("asked", format_number(value)),
        ("levels", known.join(" / ")),
    ];
    let measured = (value, nearest.copied().unwrap_or(f64::NAN));
    Reason::new("levels", Verdict::Partly, measured, channel, args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{Locale, Text},
        trust::localized_reason,
    };

    #[test]
    fn a_doubt_is_told_in_both_languages_and_weighs_as_partly() {
        let doubt = no_skill("scrap", 0.91, 0.9);
        assert_eq!((doubt.check, doubt.level), ("skill", Verdict::Partly));
        let words = "On left-out hours the model foretells scrap no better than its last value \
                     carried on.";
        assert_eq!(doubt.text, words);
        let japanese = localized_reason(&doubt, &Text::new(Locale::Ja));
        assert!(japanese.contains("scrap") && japanese.contains("直前の値"));
    }

    #[test]
    fn a_lost_start_and_a_value_between_levels_are_told() {
        let lost = lost_start("level", 90, 20.0);
        assert!(
            lost.text.contains("level") && lost.text.contains("30 min"),
            "{}",
            lost.text
        );
        let between = between_levels("grade", 5.0, &[1.0, 2.0, 7.0]);
        assert!(
            between.text.contains("1 / 2 / 7") && between.text.contains('5'),
            "{}",
            between.text
        );
        for (one, word) in [(lost, "30分"), (between, "1 / 2 / 7")] {
            let japanese = localized_reason(&one, &Text::new(Locale::Ja));
            assert!(japanese.contains(word), "{japanese}");
        }
    }

    #[test]
    fn bands_are_in_doubt_only_where_the_horizon_is_clearly_longer_than_what_was_measured() {
        let doubt = |horizon| beyond_bands("level", 60, horizon, 30.0);
        assert_eq!(doubt(60), None);
        assert_eq!(doubt(66), None);
        let said = doubt(120).expect("twice as long");
        assert!(said.text.contains("30 min") && said.text.contains("60 min"));
        assert_eq!((said.value, said.threshold), (60.0, 30.0));
        let japanese = localized_reason(&said, &Text::new(Locale::Ja));
        assert!(japanese.contains("30分") && japanese.contains("60分"));
        // Nothing was measured at all.
        assert!(beyond_bands("level", 0, 1, 30.0).is_some());
    }
}
