//! Words from anywhere made harmless, and the few HTML forms that the page is made of.

use std::fmt::{self, Write as _};

/// Adds formatted text.
pub(super) fn push(out: &mut String, part: fmt::Arguments<'_>) {
    // Writing into memory cannot be refused.
    out.write_fmt(part).ok();
}

/// Text as it may stand between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => push_visible(&mut out, letter),
        }
    }
    out
}

/// Text whose control and direction marks can be seen instead of obeyed.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        push_visible(&mut out, letter);
    }
    out
}

fn push_visible(out: &mut String, letter: char) {
    match letter {
        '\t' | '\n' | '\r' => out.push(' '),
        // Unicode has a picture of every ASCII control.
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + u32::from(letter))),
        '\u{7f}' => out.push('\u{2421}'),
        _ if is_hidden(letter) => push(out, format_args!("[U+{:04X}]", u32::from(letter))),
        _ => out.push(letter),
    }
}

/// C1 controls, marks without width, line separators and everything that turns the direction.
fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A cell of a table; its content is HTML already.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    class: &'static str,
    html: String,
}

/// A cell of words, escaped here.
pub(super) fn words(text: &str) -> Cell {
    html_cell("", escape(text))
}

/// A cell of figures, right-aligned.
pub(super) fn figure(text: &str) -> Cell {
    html_cell("num", escape(text))
}

/// A cell of HTML.
pub(super) fn html_cell(class: &'static str, html: String) -> Cell {
    Cell { class, html }
}

/// A table; heads of columns of figures stand right like their figures.
pub(super) fn table(heads: &[String], rows: &[Vec<Cell>]) -> String {
    let mut out = "<table><thead><tr>".to_owned();
    for (column, head) in heads.iter().enumerate() {
        let class = rows
            .first()
            .and_then(|row| row.get(column))
            .map_or("", |cell| cell.class)
            .trim_start_matches("digest");
        push(
            &mut out,
            format_args!("<th{}>{}</th>", class_of(class), escape(head)),
        );
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for cell in row {
            push(
                &mut out,
                format_args!("<td{}>{}</td>", class_of(cell.class), cell.html),
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}

/// A titled part of the page.
pub(super) fn section(title: &str, body: &str) -> String {
    format!("<section><h2>{}</h2>{body}</section>\n", escape(title))
}

/// A coloured symbol; the words that follow say the same.
pub(super) fn mark(class: &str, symbol: &str) -> String {
    format!("<span class=\"mark {class}\">{symbol}</span>")
}

fn class_of(class: &str) -> String {
    if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_attacks_becomes_harmless_and_visible() {
        assert_eq!(
            escape("<script>\"'&\u{1b}[31m\u{202e}a\u{feff}"),
            "&lt;script&gt;&quot;&#39;&amp;\u{241b}[31m[U+202E]a[U+FEFF]"
        );
        assert_eq!(visible("a\r\nb"), "a  b");
    }
}
