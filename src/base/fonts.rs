//! The program's own fonts, for the window and for paper.

/// BIZ `UDPGothic` in its plain weight, JIS levels 1 and 2.
pub static FONT_REGULAR: &[u8] =
    include_bytes!("../../assets/fonts/BIZUDPGothic-Regular-jis12.ttf");
/// The same in bold, with all its letters.
pub static FONT_BOLD: &[u8] = include_bytes!("../../assets/fonts/BIZUDPGothic-Bold.ttf");
