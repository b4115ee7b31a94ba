//! Every colour, distance and type size of the window, and nothing of them anywhere else.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    Shadow, Stroke, Style, TextStyle, Ui, Vec2, Visuals, style::WidgetVisuals,
};

use crate::{
    base::{FONT_BOLD, FONT_REGULAR, Severity},
    data::Grade,
    trust::Standing,
};

/// Distances: 4, 8, 12, 16, 24.
pub(crate) const GAP_XS: f32 = 4.0;
/// See [`GAP_XS`].
pub(crate) const GAP_S: f32 = 8.0;
/// See [`GAP_XS`].
pub(crate) const GAP_M: f32 = 12.0;
/// See [`GAP_XS`].
pub(crate) const GAP_L: f32 = 16.0;
/// See [`GAP_XS`].
pub(crate) const GAP_XL: f32 = 24.0;
/// Corners of cards.
pub(crate) const RADIUS_PANEL: u8 = 8;
/// Corners of buttons and fields.
pub(crate) const RADIUS_CONTROL: u8 = 6;
/// How opaque the 90 % band is.
pub(crate) const BAND90_ALPHA: f32 = 0.14;
/// How opaque the 50 % band is.
pub(crate) const BAND50_ALPHA: f32 = 0.24;

/// The colours of one of the two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Dark or light.
    pub dark: bool,
}

/// The colour of a token: its dark and its light value.
macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident: $dark:literal, $light:literal;)*) => {
        impl Theme {
            $($(#[$doc])* pub fn $name(self) -> Color32 {
                rgb(if self.dark { $dark } else { $light })
            })*
        }
    };
}

tokens! {
    /// The page.
    bg0: 0x0e_12_17, 0xee_f1_f4;
    /// A panel.
    bg1: 0x14_1a_21, 0xff_ff_ff;
    /// A field.
    bg2: 0x1b_23_2c, 0xf5_f7_f9;
    /// What is selected.
    bg3: 0x25_30_3b, 0xe4_e9_ee;
    /// Hairlines.
    line: 0x2c_38_44, 0xd5_dc_e3;
    /// Text.
    fg: 0xe8_ed_f2, 0x17_20_2a;
    /// Secondary text.
    fg2: 0x9f_b0_bf, 0x4c_5c_6b;
    /// Captions; at least 4.5 to 1 on every page colour.
    fg3: 0x7d_8f_a1, 0x5f_6e_7d;
    /// Measured.
    real: 0xe8_ed_f2, 0x17_20_2a;
    /// Scenario A.
    a: 0x56_b4_e9, 0x00_72_b2;
    /// Scenario B.
    b: 0xe6_9f_00, 0xc9_77_00;
    /// The difference B − A.
    delta: 0xcc_79_a7, 0xa8_44_7e;
    /// Good; never without a symbol.
    ok: 0x2b_b5_8a, 0x00_80_5c;
    /// With care; never without a symbol.
    warn: 0xe6_9f_00, 0x9a_6a_00;
    /// Bad; never without a symbol.
    bad: 0xe0_60_3a, 0xb8_43_1c;
    /// The one button a view that matters most.
    accent: 0x56_b4_e9, 0x00_72_b2;
    /// Text on [`Theme::accent`].
    on_accent: 0x0e_12_17, 0xff_ff_ff;
}

impl Theme {
    /// The theme that a part of the window is drawn in.
    pub fn of(ui: &Ui) -> Self {
        Self {
            dark: ui.visuals().dark_mode,
        }
    }

    /// Sets the whole look of egui: call it at the start and when the choice changes.
    pub fn apply(ctx: &Context, dark: bool) {
        let kind = if dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        };
        ctx.set_theme(kind);
        ctx.set_style_of(kind, Self { dark }.style());
    }

    /// Loads the fonts: BIZ `UDPGothic` first, so that kanji have Japanese shapes everywhere.
    pub fn load_fonts(ctx: &Context) {
        let mut fonts = FontDefinitions::empty();
        let data = [("regular", FONT_REGULAR), ("bold", FONT_BOLD)];
        for (name, bytes) in data {
            let mut font = FontData::from_static(bytes);
            // Its own hinting rounds the thin stroke of an underscore to nothing at some sizes.
            font.tweak.hinting = (name == "bold").then_some(false);
            fonts.font_data.insert(name.to_owned(), Arc::new(font));
        }
        let chain = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let families = [
            (FontFamily::Proportional, chain(["regular", "bold"])),
            (FontFamily::Monospace, chain(["regular", "bold"])),
            (bold_family(), chain(["bold", "regular"])),
        ];
        fonts.families.extend(families);
        ctx.set_fonts(fonts);
    }

    /// The colour of a severity.
    pub fn severity(self, severity: Severity) -> Color32 {
        match severity {
            Severity::Info => self.fg2(),
            Severity::Warning => self.warn(),
            Severity::Error => self.bad(),
        }
    }

    /// The colour of how firmly an answer may be told.
    pub fn standing(self, standing: Standing) -> Color32 {
        match standing {
            Standing::Unasked => self.fg3(),
            Standing::Firm => self.ok(),
            Standing::Guarded => self.warn(),
            Standing::Refused => self.bad(),
        }
    }

    /// The colour of a verdict's edge. A firm answer is not good news by that: only what weakens it has a
    /// colour.
    pub fn edge(self, standing: Standing) -> Color32 {
        match standing {
            Standing::Unasked | Standing::Firm => self.fg3(),
            Standing::Guarded | Standing::Refused => self.standing(standing),
        }
    }

    /// The colour of a sensor's grade.
    pub fn grade(self, grade: Grade) -> Color32 {
        match grade {
            Grade::A | Grade::B => self.ok(),
            Grade::C | Grade::D => self.warn(),
            Grade::E | Grade::F => self.bad(),
        }
    }

    /// A hairline.
    pub fn hairline(self) -> Stroke {
        Stroke::new(1.0, self.line())
    }

    fn style(self) -> Style {
        let mut style = Style {
            visuals: self.visuals(),
            ..Style::default()
        };
        style.text_styles = [
            (TextStyle::Small, caption()),
            (TextStyle::Body, body()),
            (TextStyle::Monospace, dense()),
            (TextStyle::Button, dense()),
            (TextStyle::Heading, title()),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(GAP_S, GAP_S);
        spacing.button_padding = Vec2::new(GAP_M, 7.0);
        spacing.interact_size = Vec2::new(28.0, 28.0);
        spacing.window_margin = Margin::same(16);
        spacing.menu_margin = Margin::same(8);
        spacing.combo_width = 120.0;
        spacing.tooltip_width = 360.0;
        spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.35;
        style.animation_time = 0.1;
        style
    }

    fn visuals(self) -> Visuals {
        let mut visuals = if self.dark {
            Visuals::dark()
        } else {
            Visuals::light()
        };
        visuals.weak_text_color = Some(self.fg2());
        visuals.hyperlink_color = self.a();
        visuals.faint_bg_color = self.bg2();
        visuals.extreme_bg_color = self.bg2();
        visuals.text_edit_bg_color = Some(self.bg2());
        visuals.code_bg_color = self.bg2();
        visuals.warn_fg_color = self.warn();
        visuals.error_fg_color = self.bad();
        visuals.window_fill = self.bg1();
        visuals.window_stroke = self.hairline();
        visuals.panel_fill = self.bg0();
        visuals.window_corner_radius = CornerRadius::same(RADIUS_PANEL);
        visuals.menu_corner_radius = CornerRadius::same(RADIUS_PANEL);
        let shadow = Shadow {
            offset: [0, 6],
            blur: 20,
            spread: 0,
            color: Color32::from_black_alpha(if self.dark { 110 } else { 32 }),
        };
        visuals.window_shadow = shadow;
        visuals.popup_shadow = shadow;
        visuals.selection.bg_fill = self.a().gamma_multiply(0.32);
        visuals.selection.stroke = Stroke::new(1.0, self.fg());
        visuals.text_cursor.stroke = Stroke::new(2.0, self.a());
        visuals.indent_has_left_vline = false;
        visuals.slider_trailing_fill = false;
        let widgets = &mut visuals.widgets;
        widgets.noninteractive = widget(self.bg1(), self.line(), self.fg());
        widgets.inactive = widget(self.bg3(), Color32::TRANSPARENT, self.fg());
        widgets.hovered = widget(self.bg3(), self.fg3(), self.fg());
        widgets.active = widget(self.bg3(), self.a(), self.fg());
        widgets.open = widget(self.bg3(), self.line(), self.fg());
        visuals
    }
}

/// The bold family.
pub(crate) fn bold_family() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// 11: captions.
pub(crate) fn caption() -> FontId {
    FontId::proportional(11.0)
}

/// 13: dense text, tables.
pub(crate) fn dense() -> FontId {
    FontId::proportional(13.0)
}

/// 13 bold: table heads, lane titles.
pub(crate) fn dense_bold() -> FontId {
    FontId::new(13.0, bold_family())
}

/// 14: body.
pub(crate) fn body() -> FontId {
    FontId::proportional(14.0)
}

/// 14 bold.
pub(crate) fn body_bold() -> FontId {
    FontId::new(14.0, bold_family())
}

/// 16 bold: the program's name.
pub(crate) fn name() -> FontId {
    FontId::new(16.0, bold_family())
}

/// 17 bold: the verdict.
pub(crate) fn verdict() -> FontId {
    FontId::new(17.0, bold_family())
}

/// 22 bold: a page's title.
pub(crate) fn title() -> FontId {
    FontId::new(22.0, bold_family())
}

/// How a widget looks in one state.
fn widget(fill: Color32, edge: Color32, text: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: CornerRadius::same(RADIUS_CONTROL),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    }
}

/// A token's colour.
#[expect(clippy::disallowed_methods, reason = "colours come from here")]
fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::RawInput;

    /// Whether an underscore has any ink.
    fn is_drawn(ctx: &Context, font: FontId) -> bool {
        let words = "_".to_owned();
        let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(words, font, Color32::WHITE));
        let glyph = &galley.rows[0].glyphs[0];
        !glyph.uv_rect.is_nothing()
    }

    #[test]
    fn an_underscore_is_seen_at_every_zoom() {
        for zoom in [0.8, 1.0, 1.1, 1.25, 1.35, 1.5, 2.0] {
            let ctx = Context::default();
            Theme::load_fonts(&ctx);
            ctx.set_zoom_factor(zoom);
            let mut seen = [false; 2];
            // The zoom holds from the second frame on.
            for _ in 0..2 {
                let mut output = ctx.run_ui(RawInput::default(), |ui| {
                    seen = [dense_bold(), dense()].map(|font| is_drawn(ui.ctx(), font));
                });
                // Nothing paints here.
                output.textures_delta.clear();
            }
            assert_eq!(seen, [true; 2], "{zoom}");
        }
    }
}
