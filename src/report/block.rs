//! What a report is made of before it becomes a page or paper: texts, lists, tables, charts.

use super::ChartSpec;

/// Class and symbol of a mark; the words that follow say the same.
pub(super) type Mark = (&'static str, &'static str);

/// A titled part of the report.
pub(super) struct Part {
    /// Its title.
    pub(super) title: String,
    /// What it says, in order.
    pub(super) blocks: Vec<Block>,
}

/// A piece of a part.
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph that explains what stands above it.
    Note(String),
    /// A title within a part.
    Heading(String),
    /// Marked lines.
    List(Vec<Entry>),
    /// A table.
    Table {
        /// The head.
        heads: Vec<String>,
        /// The rows, each as long as the head.
        rows: Vec<Vec<Cell>>,
    },
    /// A chart.
    Chart(Box<Figure>),
}

/// A chart with its title and legend.
pub(super) struct Figure {
    /// What it shows.
    pub(super) title: String,
    /// Its unit, where the title does not name it.
    pub(super) unit: String,
    /// What its lines are: class and words.
    pub(super) legend: Vec<(&'static str, String)>,
    /// The chart.
    pub(super) chart: ChartSpec,
}

/// A line of a list.
pub(super) struct Entry {
    /// How it is marked.
    pub(super) mark: Mark,
    /// What is said.
    pub(super) said: String,
    /// On what evidence, where that is told apart.
    pub(super) evidence: String,
}

impl Entry {
    /// A line without evidence told apart.
    pub(super) fn new(mark: Mark, said: String) -> Self {
        Self {
            mark,
            said,
            evidence: String::new(),
        }
    }

    /// What is said, with its evidence.
    pub(super) fn whole(&self) -> String {
        if self.evidence.is_empty() {
            self.said.clone()
        } else {
            format!("{} – {}", self.said, self.evidence)
        }
    }
}

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Words, which stand left.
    #[default]
    Words,
    /// Figures, which stand right.
    Figure,
    /// A digest.
    Digest,
}

/// A cell of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    /// What it holds.
    pub(super) kind: CellKind,
    /// The mark before its words.
    pub(super) mark: Option<Mark>,
    /// Words in bold before the others.
    pub(super) strong: String,
    /// Its words.
    pub(super) said: String,
    /// Small words below.
    pub(super) small: String,
}

/// A cell of words.
pub(super) fn words(said: &str) -> Cell {
    of_kind(CellKind::Words, said)
}

/// A cell of figures.
pub(super) fn figure(said: &str) -> Cell {
    of_kind(CellKind::Figure, said)
}

/// A cell with a digest.
pub(super) fn digest(said: &str) -> Cell {
    of_kind(CellKind::Digest, said)
}

/// A cell of words in bold.
pub(super) fn strong(said: &str) -> Cell {
    Cell {
        strong: said.to_owned(),
        ..Cell::default()
    }
}

fn of_kind(kind: CellKind, said: &str) -> Cell {
    Cell {
        kind,
        said: said.to_owned(),
        ..Cell::default()
    }
}
