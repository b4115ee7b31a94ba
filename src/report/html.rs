//! Words from anywhere made harmless, and the report's blocks as HTML.

use std::fmt::{self, Write as _};

use super::block::{Block, Cell, CellKind, Entry, Figure, Mark, Part};

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

/// A part with its title.
pub(super) fn part(part: &Part) -> String {
    let body: Vec<String> = part.blocks.iter().map(block).collect();
    let (title, body) = (escape(&part.title), body.concat());
    format!("<section><h2>{title}</h2>{body}</section>\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(said) => format!("<p>{}</p>", escape(said)),
        Block::Note(said) => format!("<p class=\"note\">{}</p>", escape(said)),
        Block::Heading(said) => format!("<h3>{}</h3>", escape(said)),
        Block::List(entries) => {
            let items: Vec<String> = entries.iter().map(item).collect();
            format!("<ul>{}</ul>", items.concat())
        }
        Block::Table { heads, rows } => table(heads, rows),
        Block::Chart(figure) => chart(figure),
    }
}

fn item(entry: &Entry) -> String {
    format!("<li>{}{}</li>", mark(entry.mark), escape(&entry.whole()))
}

fn chart(figure: &Figure) -> String {
    let mut heading = escape(&figure.title);
    if !figure.unit.is_empty() {
        let unit = escape(&figure.unit);
        push(
            &mut heading,
            format_args!(" <span class=\"unit\">{unit}</span>"),
        );
    }
    let key = |(class, said): &(&str, String)| {
        format!("<span class=\"key {class}\"></span>{}", escape(said))
    };
    let legend: Vec<String> = figure.legend.iter().map(key).collect();
    format!(
        "<figure><h3>{heading}</h3><p class=\"legend\">{}</p>{}</figure>\n",
        legend.concat(),
        figure.chart.to_svg()
    )
}

/// A table; heads of columns of figures stand right like their figures.
fn table(heads: &[String], rows: &[Vec<Cell>]) -> String {
    let mut out = "<table><thead><tr>".to_owned();
    for (column, head) in heads.iter().enumerate() {
        let class = rows
            .first()
            .and_then(|row| row.get(column))
            .map_or(CellKind::Words, |cell| cell.kind);
        let class = if class == CellKind::Figure { "num" } else { "" };
        push(
            &mut out,
            format_args!("<th{}>{}</th>", class_of(class), escape(head)),
        );
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for one in row {
            out.push_str(&cell(one));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
    out
}

fn cell(cell: &Cell) -> String {
    let mut parts: Vec<String> = cell.mark.map(mark).into_iter().collect();
    if !cell.strong.is_empty() {
        parts.push(format!("<strong>{}</strong>", escape(&cell.strong)));
    }
    if !cell.said.is_empty() {
        parts.push(escape(&cell.said));
    }
    let mut html = parts.join(" ");
    if !cell.small.is_empty() {
        push(
            &mut html,
            format_args!("<small>{}</small>", escape(&cell.small)),
        );
    }
    let class = match cell.kind {
        CellKind::Words => "",
        CellKind::Figure => "num",
        CellKind::Digest => "digest",
    };
    format!("<td{}>{html}</td>", class_of(class))
}

/// A coloured symbol.
pub(super) fn mark((class, symbol): Mark) -> String {
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
