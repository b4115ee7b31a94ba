//! When pictures were taken: recipe, list, name or EXIF, each file by itself.

use super::{
    channels::{shortened, stem_of},
    error::ImportError,
    exif_time::Shot,
    file_time::name_time,
    images,
    keys::KeyJoin,
    media::{MediaFiles, parallel, recipe_time, shift_all},
    placing::{Group, Sensors},
    recipe::Recipe,
    timeline::nanos_of,
    walk::Found,
};
use crate::base::{Issue, Issues, Place, Severity};

/// The times of one folder's pictures; `None` for one that tells none while most others do.
pub(super) fn find(
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
    if n_told == 0 {
        let spread = spread(sensors, home, group.len(), &place, issues);
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
    count: usize,
    place: &Place,
    issues: &mut Issues,
) -> Vec<i64> {
    let (start, end) = sensors.range(home[0]);
    let width = end.saturating_sub(start) as f64 / count.max(1) as f64;
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Warning,
            "no-media-time",
            format!(
                "{count} pictures tell no time; they were spread evenly over episode {:?}",
                sensors.dataset.episodes[home[0]].name
            ),
        )
        .with("count", count)
        .with("episode", &sensors.dataset.episodes[home[0]].name),
    );
    (0..count)
        .map(|position| start.saturating_add(nanos_of((position as f64 + 0.5) * width)))
        .collect()
}
