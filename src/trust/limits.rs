//! How likely a limit is passed, in words that are never surer than the draws.

use super::words::{format_number, spoken, with_unit};
use crate::{
    base::Text,
    data::Channel,
    metrics::{Exceedance, LimitLine},
};

/// How likely one scenario passes a limit: `below x %` where no draw does, `above x %` where all
/// do, else the share with its interval; a dash where it cannot be told.
pub fn exceedance_words(line: &LimitLine, side: &Exceedance, text: &Text) -> String {
    let share = side.share;
    if line.rests_at.is_some() || !share.mean.is_finite() {
        return "–".to_owned();
    }
    let (lo, hi) = (rounded(share.lo, f64::floor), rounded(share.hi, f64::ceil));
    if side.n_hits == 0 {
        return spoken(text, "limit-below", &[("p", hi)]);
    }
    if side.n_hits == side.n_draws {
        return spoken(text, "limit-above", &[("p", lo)]);
    }
    let p = rounded(share.mean, f64::round);
    spoken(text, "limit-share", &[("p", p), ("lo", lo), ("hi", hi)])
}

/// Why nothing can be told of a limit; `None` where something can.
pub fn untold_limit(line: &LimitLine, channel: &Channel, text: &Text) -> Option<String> {
    let end = line.rests_at?;
    let args = [
        ("channel", channel.name.clone()),
        ("value", with_unit(line.value, &channel.unit)),
        ("end", with_unit(end, &channel.unit)),
    ];
    Some(spoken(text, "limit-untold", &args))
}

/// A share in per cent, to a tenth below ten and above ninety.
fn rounded(share: f64, round: fn(f64) -> f64) -> String {
    let percent = 100.0 * share;
    // What a product of decimals leaves behind the last one is no reason to round on.
    let exact = (percent * 1e6).round() / 1e6;
    format_number(if (10.0..=90.0).contains(&exact) {
        round(exact)
    } else {
        round(10.0 * exact) / 10.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::Locale, data::Role, metrics::Interval};

    fn side(n_hits: usize, lo: f64, hi: f64) -> Exceedance {
        Exceedance {
            share: Interval {
                mean: n_hits as f64 / 200.0,
                lo,
                hi,
            },
            n_hits,
            n_draws: 200,
            minutes: 0.0,
            margin: 1.0,
        }
    }

    fn line(a: Exceedance, rests_at: Option<f64>) -> LimitLine {
        LimitLine {
            channel: 0,
            limit: "trip_high",
            value: 155.0,
            a,
            b: a,
            rests_at,
        }
    }

    #[test]
    fn no_hit_is_below_and_all_hits_are_above_what_the_draws_can_tell() {
        let said =
            |one: Exceedance, locale| exceedance_words(&line(one, None), &one, &Text::new(locale));
        assert_eq!(said(side(0, 0.0, 0.018_84), Locale::En), "below 1.9 %");
        assert_eq!(said(side(0, 0.0, 0.451), Locale::En), "below 46 %");
        assert_eq!(said(side(200, 0.981_2, 1.0), Locale::En), "above 98.1 %");
        assert_eq!(said(side(24, 0.07, 0.209), Locale::En), "12 % (7–21 %)");
        assert_eq!(said(side(0, 0.0, 0.018_84), Locale::Ja), "1.9 % 未満");
        assert_eq!(said(side(200, 0.981_2, 1.0), Locale::Ja), "98.1 % 超");
        let unknown = Exceedance {
            n_draws: 0,
            ..side(0, 0.0, 1.0)
        };
        let unknown = Exceedance {
            share: Interval {
                mean: f64::NAN,
                ..unknown.share
            },
            ..unknown
        };
        assert_eq!(said(unknown, Locale::En), "–");
    }

    #[test]
    fn beyond_the_end_where_the_record_rests_nothing_is_told() {
        let mut channel = Channel::new("temp", Role::Observation, "°C");
        let (none, told) = (side(0, 0.0, 0.02), line(side(0, 0.0, 0.02), None));
        let untold = line(none, Some(150.0));
        let text = Text::new(Locale::En);
        assert_eq!(exceedance_words(&untold, &none, &text), "–");
        let said = untold_limit(&untold, &channel, &text).expect("a reason");
        assert!(said.contains("temp") && said.contains("155 °C") && said.contains("150 °C"));
        assert_eq!(untold_limit(&told, &channel, &text), None);
        channel.unit.clear();
        let japanese = untold_limit(&untold, &channel, &Text::new(Locale::Ja));
        assert!(japanese.expect("a reason").contains("150"));
    }
}
