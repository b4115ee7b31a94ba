//! Reads times out of the names of pictures and recordings, and finds when pictures were taken: by recipe, list, name or
//! EXIF, each file by itself.

use super::{
    channels::{shortened, stem_of},
    error::ImportError,
    exif_time::Shot,
    images,
    keys::KeyJoin,
    media::{MediaFiles, parallel, recipe_time, shift_all},
    placing::{Group, Sensors},
    recipe::Recipe,
    stamp::{DayOrder, SECOND, Stamp, read_stamp},
    timeline::nanos_of,
    walk::Found,
};
use crate::base::{Issue, Issues, Place, Severity};

/// Reads a time out of a file's name, in whatever zone it was written.
pub(super) fn name_time(stem: &str) -> Option<i64> {
    let groups: Vec<&str> = stem
        .split(|letter: char| !letter.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    (0..groups.len()).find_map(|at| time_at(&groups[at..]))
}

fn time_at(groups: &[&str]) -> Option<i64> {
    let first = *groups.first()?;
    let (date, rest) = match first.len() {
        10 | 13 => {
            let value: i64 = first.parse().ok()?;
            let secs = if first.len() == 13 {
                value / 1000
            } else {
                value
            };
            let is_epoch = (900_000_000..2_200_000_000).contains(&secs);
            let unit = if first.len() == 13 {
                SECOND / 1000
            } else {
                SECOND
            };
            return is_epoch.then(|| value.saturating_mul(unit));
        }
        14.. => {
            let text = format!("{}T{}", first.get(..8)?, first.get(8..14)?);
            let fraction = first.get(14..).filter(|rest| !rest.is_empty());
            let text = fraction.map_or(text.clone(), |rest| format!("{text}.{rest}"));
            return read_name(&text);
        }
        8 => (first.to_owned(), &groups[1..]),
        4 => {
            let (month, day) = (*groups.get(1)?, *groups.get(2)?);
            if month.len() > 2 || day.len() > 2 {
                return None;
            }
            (format!("{first}{month:0>2}{day:0>2}"), &groups[3..])
        }
        _ => return None,
    };
    let clock = match rest {
        [six, ..] if six.len() == 6 => (*six).to_owned(),
        [nine, ..] if nine.len() == 9 => format!("{}.{}", &nine[..6], &nine[6..]),
        [four, ..] if four.len() == 4 => format!("{four}00"),
        [hour, minute, second, ..] if [hour, minute, second].iter().all(|part| part.len() <= 2) => {
            format!("{hour:0>2}{minute:0>2}{second:0>2}")
        }
        [hour, minute] if hour.len() <= 2 && minute.len() <= 2 => {
            format!("{hour:0>2}{minute:0>2}00")
        }
        _ => return read_name(&date),
    };
    read_name(&format!("{date}T{clock}"))
}

fn read_name(text: &str) -> Option<i64> {
    read_stamp(text, DayOrder::Year).map(Stamp::unix_nanos)
}

/// The times of one folder's pictures; `None` for one that tells none while most others do. Where no more than
/// half of them tell one, all are spread evenly.
pub(super) fn picture_times(
    sensors: &Sensors<'_>,
    group: &Group<'_>,
    files: &MediaFiles,
    recipe: &Recipe,
    joined: &mut KeyJoin,
    issues: &mut Issues,
) -> Result<Vec<Option<i64>>, ImportError> {
    let Group {
        folder,
        home,
        by_key,
        files: group,
    } = group;
    if *by_key {
        joined.add(&group[0].shown, group.len(), home);
    }
    let own = |found: &&Found| files.own_times.get(&found.shown).copied();
    let times: Vec<Option<i64>> = group.iter().map(own).collect();
    if times.iter().all(Option::is_some) {
        return Ok(times);
    }
    let section = recipe.file.images.iter().find(|section| {
        *folder == section.folder || folder.ends_with(&format!("/{}", section.folder))
    });
    if let Some(section) = section
        && let Some(step_secs) = section.step_secs
    {
        let start = match &section.start {
            Some(text) => recipe_time(text, recipe, sensors)?,
            None => sensors.range(home[0]).0,
        };
        let at = |position: usize| nanos_of(position as f64 * step_secs * 1e9);
        return Ok((0..group.len())
            .map(|position| Some(start.saturating_add(at(position))))
            .collect());
    }
    let asks_exif = section.is_some_and(|section| section.time.as_deref() == Some("exif"));
    let mut times = told(sensors, (folder, group), files, asks_exif);
    let place = Place::file(&group[0].shown);
    let n_told = times.iter().flatten().count();
    if n_told * 2 <= group.len() {
        let spread = spread(sensors, home, (n_told, group.len()), &place, issues);
        return Ok(spread.into_iter().map(Some).collect());
    }
    let mut known: Vec<i64> = times.iter().copied().flatten().collect();
    let offset = shift_all(sensors, &mut known, home, &place, issues);
    if let (true, Some(offset)) = (*by_key, offset) {
        joined.disagrees(offset);
    }
    let slots = times.iter_mut().filter(|time| time.is_some());
    for (slot, time) in slots.zip(known) {
        *slot = Some(time);
    }
    note_untimed(group, &times, issues);
    Ok(times)
}

/// What each picture tells: the list of its folder, its name and its EXIF, or the EXIF first.
fn told(
    sensors: &Sensors<'_>,
    (folder, group): (&str, &[&Found]),
    files: &MediaFiles,
    asks_exif: bool,
) -> Vec<Option<i64>> {
    let manifests: Vec<_> = files
        .manifests
        .iter()
        .filter(|(of, _)| of == folder || folder.starts_with(&format!("{of}/")) || of.is_empty())
        .map(|(_, manifest)| manifest)
        .collect();
    let by_name = |found: &Found| {
        let named = name_time(stem_of(&found.shown));
        named.map(|time| sensors.utc_of(time))
    };
    let listed = |found: &Found| {
        let mut stamps = manifests.iter();
        let stamp = stamps.find_map(|manifest| manifest.stamp_of(&found.shown))?;
        Some(sensors.instant(stamp))
    };
    let mut times: Vec<Option<i64>> = if asks_exif {
        exif_times(sensors, group)
    } else {
        group
            .iter()
            .map(|found| listed(found).or_else(|| by_name(found)))
            .collect()
    };
    let open: Vec<usize> = (0..group.len()).filter(|&at| times[at].is_none()).collect();
    let left: Vec<&Found> = open.iter().map(|&at| group[at]).collect();
    let others: Vec<Option<i64>> = if asks_exif {
        left.iter().map(|found| by_name(found)).collect()
    } else {
        exif_times(sensors, &left)
    };
    for (at, time) in open.into_iter().zip(others) {
        times[at] = time;
    }
    times
}

/// The times that cameras wrote into their pictures.
fn exif_times(sensors: &Sensors<'_>, group: &[&Found]) -> Vec<Option<i64>> {
    let shots = parallel(group, |found| images::shot(&found.path));
    let time = |shot: Shot| Some(sensors.instant(shot.stamp?));
    shots.into_iter().map(|shot| time(shot.ok()?)).collect()
}

/// Names the pictures that are left out because they alone tell no time.
fn note_untimed(group: &[&Found], times: &[Option<i64>], issues: &mut Issues) {
    let untimed = group.iter().zip(times).filter(|(_, time)| time.is_none());
    let names: Vec<&str> = untimed.map(|(found, _)| found.shown.as_str()).collect();
    let Some(first) = names.first() else { return };
    let (count, list) = (names.len(), shortened(&names));
    let text =
        format!("{count} pictures tell no time, unlike the others, and were left out: {list}");
    let issue = Issue::new(
        Place::file(*first),
        Severity::Warning,
        "untimed-pictures",
        text,
    );
    issues.push(issue.with("count", count).with("files", list));
}

fn spread(
    sensors: &Sensors<'_>,
    home: &[usize],
    (n_told, count): (usize, usize),
    place: &Place,
    issues: &mut Issues,
) -> Vec<i64> {
    let (start, end) = sensors.range(home[0]);
    let width = end.saturating_sub(start) as f64 / count.max(1) as f64;
    let episode = &sensors.dataset.episodes[home[0]].name;
    let issue = if n_told == 0 {
        let text = format!(
            "{count} pictures tell no time; they were spread evenly over episode {episode:?}"
        );
        Issue::new(place.clone(), Severity::Warning, "no-media-time", text)
    } else {
        let text = format!(
            "only {n_told} of {count} pictures tell a time; all were spread evenly over episode \
             {episode:?}, whatever these tell"
        );
        Issue::new(place.clone(), Severity::Warning, "few-media-times", text).with("told", n_told)
    };
    issues.push(issue.with("count", count).with("episode", episode));
    (0..count)
        .map(|position| start.saturating_add(nanos_of((position as f64 + 0.5) * width)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::format_time;

    #[test]
    fn file_names_tell_their_time() {
        let check = |stem: &str, expected: &str| {
            assert_eq!(
                name_time(stem).map(format_time).as_deref(),
                Some(expected),
                "{stem}"
            );
        };
        check("2026-01-05T080000", "2026-01-05T08:00:00Z");
        check("20221223_100659_005", "2022-12-23T10:06:59Z");
        check("cam1_2026-01-05_08-00-30", "2026-01-05T08:00:30Z");
        check("IMG20260105080030123", "2026-01-05T08:00:30Z");
        check("frame-1767600000", "2026-01-05T08:00:00Z");
        check("1767600000123", "2026-01-05T08:00:00Z");
        assert_eq!(name_time("12-21-22-0462-00"), None);
        assert_eq!(name_time("img_0001"), None);
    }
}
