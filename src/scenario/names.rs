//! Finds the channel names that are spelt most like a wrong one.

/// The candidates by edit distance from a name, nearest first.
pub(super) fn by_nearness<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let name = name.to_lowercase();
    let mut ranked: Vec<(usize, &str)> = candidates
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate))
        .collect();
    // A stable sort keeps the dataset's order among equals.
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked
        .into_iter()
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// Levenshtein's distance, row by row.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (position, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = position + 1;
        for (column, other) in right.iter().enumerate() {
            let swapped = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = swapped.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
