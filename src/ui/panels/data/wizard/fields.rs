//! Fields that post a decision once it is made: choices, and words that are being written.

use std::collections::BTreeMap;

use eframe::egui::{ComboBox, Key, Role, TextEdit, Ui, Vec2, WidgetInfo};

use crate::ui::text::typed_number;

/// What stands in fields that are being written in, by the field's id.
pub(super) type Written = BTreeMap<String, String>;

/// A choice among words; the one that was just made.
pub(super) fn choice_ui<T: Clone>(
    ui: &mut Ui,
    (id, label): (&str, &str),
    shown: &str,
    width: f32,
    options: &[(String, T)],
) -> Option<T> {
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(id)
        .width(width)
        .truncate()
        .selected_text(shown)
        .show_ui(ui, |ui| {
            for (words, option) in options {
                if ui.selectable_label(words == shown, words).clicked() {
                    chosen = Some(option.clone());
                }
            }
        });
    let named = format!("{label}: {shown}");
    let info = || WidgetInfo::labeled(Role::ComboBox, true, named.as_str());
    combo.response.widget_info(info);
    chosen
}

/// A field for words; what was written, once it is left or Enter is pressed.
pub(super) fn words_ui(
    ui: &mut Ui,
    (id, label): (&str, &str),
    (current, hint): (&str, &str),
    width: f32,
    written: &mut Written,
) -> Option<String> {
    let mut words = written.get(id).cloned().unwrap_or(current.to_owned());
    let field = TextEdit::singleline(&mut words)
        .id_salt(id)
        .hint_text(hint)
        .margin(Vec2::new(8.0, 5.0))
        .desired_width(width);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
    if response.has_focus() {
        written.insert(id.to_owned(), words);
        return None;
    }
    written.remove(id);
    // Esc takes back what was written.
    let is_kept = response.lost_focus() && !ui.input(|input| input.key_pressed(Key::Escape));
    (is_kept && words.trim() != current).then(|| words.trim().to_owned())
}

/// Seconds as they are typed: `10`, `10 s`, `1,5 min`, `2h`, `5分`; nothing where they are none.
pub(super) fn secs_of(words: &str) -> Option<f64> {
    let words = words.trim().to_lowercase();
    if let Some(secs) = typed_number(&words) {
        return (secs > 0.0).then_some(secs);
    }
    let (number, unit) = words.split_at(words.find(char::is_alphabetic)?);
    let secs = match unit.trim() {
        "s" | "sec" | "secs" | "秒" => 1.0,
        "ms" | "ミリ秒" => 1e-3,
        "m" | "min" | "mins" | "分" => 60.0,
        "h" | "hour" | "hours" | "時間" => 3_600.0,
        "d" | "day" | "days" | "日" => 86_400.0,
        _ => return None,
    };
    let secs = secs * typed_number(number)?;
    (secs > 0.0 && secs.is_finite()).then_some(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_typed_with_their_unit() {
        let cases = [
            ("10", Some(10.0)),
            ("10 s", Some(10.0)),
            ("1,5 min", Some(90.0)),
            ("2h", Some(7_200.0)),
            ("1e3", Some(1_000.0)),
            ("５分", Some(300.0)),
            ("500 ms", Some(0.5)),
            ("1 Day", Some(86_400.0)),
            ("0", None),
            ("-3 s", None),
            ("soon", None),
            ("5 m/s", None),
            ("", None),
        ];
        for (words, expected) in cases {
            assert_eq!(secs_of(words), expected, "{words}");
        }
    }
}
