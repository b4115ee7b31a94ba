//! Finds which recording a picture or sound belongs to by a key, such as a part number, that both
//! carry: clocks of different makers often disagree, names do not.

use std::collections::{BTreeMap, BTreeSet};

use super::{channels::stem_of, file_time::name_time, grid::Piece, merge::Log, stamp::DAY};
use crate::base::{Issue, Issues, Place, Severity, to_count};

/// Shorter words are no part numbers.
const MIN_LETTERS: usize = 4;

/// The keys of all episodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    /// Key in lower case to the episodes that carry it.
    episodes: BTreeMap<String, Vec<usize>>,
    /// The column that the keys were found in; empty where they are file or folder names.
    column: String,
}

impl Keys {
    /// Collects what names each episode: words that stay the same through it, its file, its
    /// folder. A key that every episode carries tells nothing.
    pub(super) fn collect(pieces: &[Piece], logs: &[Log], sources: &[(usize, usize)]) -> Self {
        let mut keys = Self::default();
        if pieces.len() < 2 {
            return keys;
        }
        let mut columns: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (episode, piece) in pieces.iter().enumerate() {
            let folder = piece.source.rsplit_once('/').map_or("", |(dir, _)| dir);
            let folder = folder.rsplit('/').next().unwrap_or(folder);
            let mut own: BTreeSet<String> = BTreeSet::new();
            own.insert(stem_of(&piece.source).to_lowercase());
            own.insert(folder.to_lowercase());
            for (at, &(log, column)) in sources.iter().enumerate() {
                if let Some(word) = only_word(&piece.columns[at], &logs[log].heads[column].words) {
                    columns.entry(at).or_default().insert(word.clone());
                    own.insert(word);
                }
            }
            for key in own.into_iter().filter(|key| is_telling(key)) {
                keys.episodes.entry(key).or_default().push(episode);
            }
        }
        keys.episodes.retain(|_, list| list.len() < pieces.len());
        let named = columns
            .iter()
            .filter(|(_, words)| words.iter().any(|word| keys.episodes.contains_key(word)))
            .max_by_key(|(_, words)| words.len());
        if let Some((&at, _)) = named {
            let (log, column) = sources[at];
            keys.column.clone_from(&logs[log].heads[column].name);
        }
        keys
    }

    /// The episodes whose key stands in a media file's path: its name first, then its folders from
    /// the inside out. The longest key wins.
    pub(super) fn find(&self, shown: &str) -> Option<&[usize]> {
        let parts: Vec<String> = shown.rsplit('/').map(str::to_lowercase).collect();
        parts.iter().find_map(|part| {
            let fits = self.episodes.iter().filter(|(key, _)| holds(part, key));
            let best = fits.max_by_key(|(key, _)| key.len())?;
            Some(best.1.as_slice())
        })
    }
}

/// The one word that a column of codes holds through a whole episode.
fn only_word(values: &[f64], words: &[String]) -> Option<String> {
    if words.is_empty() {
        return None;
    }
    let mut codes = values.iter().filter(|value| value.is_finite());
    let first = codes.next()?;
    if codes.any(|code| code.to_bits() != first.to_bits()) {
        return None;
    }
    let word = words.get(to_count(*first))?;
    Some(word.to_lowercase())
}

/// A file named after its day is told apart by time, and a picture of that day may belong to the
/// file of the day before.
fn is_telling(key: &str) -> bool {
    name_time(key).is_none()
        && key.chars().count() >= MIN_LETTERS
        && key.chars().any(char::is_numeric)
}

/// Whether a key stands in a name as a word of its own: `12` does not stand in `2012`.
fn holds(name: &str, key: &str) -> bool {
    name.match_indices(key).any(|(at, _)| {
        let before = name[..at].chars().next_back();
        let after = name[at + key.len()..].chars().next();
        let is_edge = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
        is_edge(before) && is_edge(after)
    })
}

/// What was joined by key, and how far the clocks were apart.
#[derive(Debug, Default)]
pub(super) struct KeyJoin {
    n_files: usize,
    episodes: BTreeSet<usize>,
    /// Media clock minus sensor clock, ns, one a group of files.
    offsets: Vec<i64>,
    first: String,
}

impl KeyJoin {
    /// Notes files that were joined to an episode.
    pub(super) fn add(&mut self, shown: &str, n_files: usize, episodes: &[usize]) {
        if self.first.is_empty() {
            shown.clone_into(&mut self.first);
        }
        self.n_files += n_files;
        self.episodes.extend(episodes);
    }

    /// Notes how far a group's clock was from that of its sensors.
    pub(super) fn disagrees(&mut self, offset_ns: i64) {
        self.offsets.push(offset_ns);
    }

    /// Says what was joined: once, not once a file.
    pub(super) fn say(mut self, keys: &Keys, issues: &mut Issues) {
        if self.n_files == 0 {
            return;
        }
        let column = if keys.column.is_empty() {
            "the file's name"
        } else {
            &keys.column
        };
        let (count, runs) = (self.n_files, self.episodes.len());
        let place = Place::file(&self.first);
        self.offsets.sort_unstable();
        let (Some(low), Some(high)) = (self.offsets.first(), self.offsets.last()) else {
            let text = format!("{count} media files were joined to {runs} recordings by {column}");
            issues.push(
                Issue::new(place, Severity::Info, "key-join", text)
                    .with("count", count)
                    .with("runs", runs)
                    .with("column", column),
            );
            return;
        };
        let middle = self.offsets[self.offsets.len() / 2];
        let ((low_secs, low_days), (secs, days), (high_secs, high_days)) =
            (spell(*low), spell(middle), spell(*high));
        issues.push(
            Issue::new(
                place,
                Severity::Warning,
                "key-join-clock",
                format!(
                    "{count} media files were joined to {runs} recordings by {column}, not by \
                     time: their clock is {secs} s ({days} days) from that of the sensors at the \
                     median, from {low_secs} s ({low_days} days) to {high_secs} s ({high_days} \
                     days)"
                ),
            )
            .with("count", count)
            .with("runs", runs)
            .with("column", column)
            .with("secs", secs)
            .with("days", days)
            .with("low_secs", low_secs)
            .with("low_days", low_days)
            .with("high_secs", high_secs)
            .with("high_days", high_days),
        );
    }
}

/// A difference of clocks in seconds and in days.
pub(super) fn spell(nanos: i64) -> (String, String) {
    (
        format!("{:.3}", nanos as f64 * 1e-9),
        format!("{:.2}", nanos as f64 / DAY as f64),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_word_of_its_own_and_the_longest_wins() {
        let keys = Keys {
            episodes: [
                ("a-0001".to_owned(), vec![0]),
                ("a-0001-07".to_owned(), vec![1]),
            ]
            .into(),
            column: String::new(),
        };
        assert_eq!(keys.find("cam/weld_A-0001-07_3.jpg"), Some([1].as_slice()));
        assert_eq!(keys.find("cam/A-0001/3.jpg"), Some([0].as_slice()));
        assert_eq!(keys.find("cam/A-00012/3.jpg"), None);
    }
}
