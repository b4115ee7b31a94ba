//! The limits of outputs that come near, one short line each.

use eframe::egui::Ui;

use crate::{
    app::CompareAnswer,
    data::Dataset,
    metrics::LimitLine,
    trust,
    ui::{
        View, parts, text,
        theme::{self, GAP_S, Theme},
    },
};

/// So many lines at most; the report has all.
const MOST: usize = 3;
/// A chance of passing that cannot be ruled out and is worth a line.
const WORTH: f64 = 0.05;

/// Says how likely A and B pass the limits that come near, the likeliest first.
pub(super) fn limits_ui(ui: &mut Ui, view: &View<'_>, dataset: &Dataset, answer: &CompareAnswer) {
    let theme = Theme::of(ui);
    let lines = near(&answer.limits);
    if !lines.is_empty() {
        ui.add_space(GAP_S);
    }
    for line in &lines {
        let color = match weight(line) {
            Weight::Untold => theme.fg2(),
            Weight::Alarm => theme.warn(),
            Weight::Trip => theme.bad(),
        };
        ui.label(parts::rich(
            words(view, dataset, line),
            theme::caption(),
            color,
        ));
    }
    if !lines.is_empty() {
        ui.add_space(GAP_S);
    }
}

/// How much a limit's line weighs.
#[derive(Debug, PartialEq, Eq)]
enum Weight {
    /// Passing it cannot be ruled out, but few or no futures do.
    Untold,
    /// Some futures pass it.
    Alarm,
    /// Some futures pass one that stops the line.
    Trip,
}

fn weight(line: &LimitLine) -> Weight {
    let share = line.a.share.mean.max(line.b.share.mean);
    if line.rests_at.is_some() || share < WORTH {
        Weight::Untold
    } else if line.limit.starts_with("trip") {
        Weight::Trip
    } else {
        Weight::Alarm
    }
}

/// The limits that are worth a line, the likeliest first.
fn near(limits: &[LimitLine]) -> Vec<&LimitLine> {
    let chance = |line: &LimitLine| match line.rests_at {
        // An end of the channel itself is no limit that could be passed; of any other nothing can be told, which
        // comes after what can.
        Some(_) if matches!(line.limit, "low" | "high") => 0.0,
        Some(_) => WORTH,
        None => line.a.share.hi.max(line.b.share.hi),
    };
    let mut near: Vec<&LimitLine> = limits.iter().filter(|line| chance(line) >= WORTH).collect();
    near.sort_by(|a, b| chance(b).total_cmp(&chance(a)));
    near.truncate(MOST);
    near
}

fn words(view: &View<'_>, dataset: &Dataset, line: &LimitLine) -> String {
    let channel = &dataset.channels[line.channel];
    if let Some(untold) = trust::untold_limit(line, channel, view.text) {
        return untold;
    }
    let limit = format!("report-limit-{}", line.limit.replace('_', "-"));
    let value = format!("{} {}", text::exact(line.value), channel.unit);
    let [a, b] = [&line.a, &line.b].map(|side| trust::exceedance_words(line, side, view.text));
    let is_low = matches!(line.limit, "low" | "alarm_low" | "trip_low");
    view.text.with(
        if is_low {
            "compare-limit-low"
        } else {
            "compare-limit-high"
        },
        &[
            ("channel", &channel.name),
            ("limit", &view.text.get(&limit)),
            ("value", value.trim_end()),
            ("a", &a),
            ("b", &b),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Exceedance, Interval};

    fn line(channel: usize, hi: f64, rests_at: Option<f64>) -> LimitLine {
        let side = Exceedance {
            share: Interval {
                mean: 0.0,
                lo: 0.0,
                hi,
            },
            n_hits: 0,
            n_draws: 200,
            minutes: 0.0,
            margin: 1.0,
        };
        LimitLine {
            channel,
            limit: "alarm_high",
            value: 1.0,
            a: side,
            b: side,
            rests_at,
        }
    }

    #[test]
    fn only_limits_that_come_near_or_cannot_be_told_have_a_line() {
        let limits = [
            line(0, 0.02, None),
            line(1, 0.08, None),
            line(2, 0.01, Some(1.0)),
            line(3, 0.3, None),
            line(4, 0.06, None),
        ];
        let shown: Vec<usize> = near(&limits).into_iter().map(|one| one.channel).collect();
        assert_eq!(shown, [3, 1, 4]);
    }

    #[test]
    fn a_limit_that_futures_pass_weighs_by_what_it_does_to_the_line() {
        let of = |limit: &'static str, mean: f64, rests_at: Option<f64>| {
            let mut line = line(0, 0.9, rests_at);
            line.limit = limit;
            line.b.share.mean = mean;
            weight(&line)
        };
        assert_eq!(of("trip_high", 0.2, None), Weight::Trip);
        assert_eq!(of("alarm_low", 0.2, None), Weight::Alarm);
        assert_eq!(of("trip_high", 0.0, None), Weight::Untold);
        assert_eq!(of("trip_high", 0.2, Some(1.0)), Weight::Untold);
    }
}
