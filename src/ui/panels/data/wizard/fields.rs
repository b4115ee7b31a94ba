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

/// A number of seconds; nothing where it is none.
pub(super) fn secs_of(words: &str) -> Option<f64> {
    typed_number(words).filter(|secs| *secs > 0.0)
}
