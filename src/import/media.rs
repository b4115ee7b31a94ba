//! Joins pictures, sound and checklists to the grid by their times.
//!
//! Media belong to the episodes of the nearest folder above them that holds a sensor file. Where
//! their clock never meets that of those episodes they are joined at the start, and the offset is
//! said. A record is known from the step in which it ended.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, thread};

use super::{
    channels::stem_of,
    checklist::{self, Sheet},
    error::ImportError,
    file_time::{name_time, picture_times},
    images,
    keys::{self, KeyJoin},
    looks,
    manifest::Manifest,
    placing::{Group, Sensors, groups_of},
    recipe::Recipe,
    sound,
    stamp::{DayOrder, read_stamp},
    timeline::nanos_of,
    walk::Found,
};
use crate::{
    base::{Issue, Issues, Phrase, Place, Progress, Reporter, Severity, StopToken, Stopped},
    data::{FeatureItem, FeatureTrack, Frame, Media, Modality},
};

/// The media files met on the way.
#[derive(Debug, Default)]
pub(super) struct MediaFiles {
    pub(super) images: Vec<Found>,
    pub(super) sounds: Vec<Found>,
    pub(super) sheets: Vec<Sheet>,
    /// Lists of media files with their times, by shown folder.
    pub(super) manifests: Vec<(String, Manifest)>,
    /// Times given to pictures that were made into a log themselves, by shown file.
    pub(super) own_times: BTreeMap<String, i64>,
}

/// Joins all media to a dataset.
///
/// # Errors
///
/// [`ImportError`] where the recipe's times cannot be read, and on a stop.
pub(super) fn join(
    sensors: &Sensors<'_>,
    files: &MediaFiles,
    recipe: &Recipe,
    issues: &mut Issues,
    reporter: &dyn Reporter,
    stop: &StopToken,
) -> Result<Media, ImportError> {
    let mut media = Media::default();
    let mut joined = KeyJoin::default();
    let tell = |stage: &'static str| {
        reporter.report(Progress {
            stage,
            done_frac: None,
            detail: String::new(),
        });
    };
    if !files.images.is_empty() {
        tell("images");
        let notes = (&mut joined, &mut *issues);
        let track = join_images(sensors, files, recipe, &mut media.frames, notes, stop)?;
        media.tracks.extend(track);
    }
    if !files.sounds.is_empty() {
        tell("sounds");
        let notes = (&mut joined, &mut *issues);
        let track = join_sounds(sensors, files, recipe, &mut media, notes, stop)?;
        media.tracks.extend(track);
    }
    joined.say(&sensors.keys, issues);
    if !files.sheets.is_empty() {
        tell("checklists");
        media.answers = answers_of(sensors, &files.sheets, issues);
        let (items, names) = checklist::features(&media.answers, |time| sensors.place(time));
        media
            .tracks
            .extend(track(Modality::Checklist, names, items));
    }
    Ok(media)
}

fn track(
    modality: Modality,
    names: Vec<String>,
    mut items: Vec<FeatureItem>,
) -> Option<FeatureTrack> {
    items.sort_by_key(|item| (item.episode, item.step));
    // Two records that end in one step: the later one is what is known.
    items.reverse();
    items.dedup_by_key(|item| (item.episode, item.step));
    items.reverse();
    (!items.is_empty()).then_some(FeatureTrack {
        modality,
        names,
        items,
    })
}

fn join_images(
    sensors: &Sensors<'_>,
    files: &MediaFiles,
    recipe: &Recipe,
    frames: &mut Vec<Frame>,
    (joined, issues): (&mut KeyJoin, &mut Issues),
    stop: &StopToken,
) -> Result<Option<FeatureTrack>, ImportError> {
    let mut items = Vec::new();
    let mut n_outside = 0_usize;
    for group in groups_of(sensors, &files.images) {
        let times = picture_times(sensors, &group, files, recipe, joined, issues)?;
        let timed = group.files.iter().copied().zip(times);
        let timed = timed.filter_map(|(found, time)| Some((found, time?)));
        let (group, times): (Vec<&Found>, Vec<i64>) = timed.unzip();
        let pictures = parallel(&group, |found| {
            stop.check().map_err(Stopped::phrase)?;
            images::read(&found.path)
        });
        stop.check()?;
        let mut broken = Vec::new();
        let mut looks = Vec::new();
        for ((found, time_ns), picture) in group.iter().zip(times).zip(pictures) {
            let picture = match picture {
                Ok(picture) => picture,
                Err(why) => {
                    broken.push((found.shown.clone(), why));
                    continue;
                }
            };
            looks.push((found.shown.as_str(), picture.look));
            match sensors.place(time_ns) {
                Some((episode, step)) => items.push(FeatureItem {
                    episode,
                    step,
                    features: picture.features,
                }),
                None => n_outside += 1,
            }
            frames.push(Frame {
                time_ns,
                source: found.shown.clone(),
                thumb_width: picture.width,
                thumb_height: picture.height,
                thumb_rgb: picture.rgb,
            });
        }
        broken_issue(&broken, issues);
        looks::say(&looks, issues);
    }
    frames.sort_by(|left, right| (left.time_ns, &left.source).cmp(&(right.time_ns, &right.source)));
    outside_issue(n_outside, "pictures", &files.images[0].shown, issues);
    Ok(track(Modality::Image, images::names(), items))
}

fn broken_issue(broken: &[(String, Phrase)], issues: &mut Issues) {
    let Some((first, why)) = broken.first() else {
        return;
    };
    issues.push(
        Issue::new(
            Place::file(first),
            Severity::Warning,
            "broken-media",
            format!(
                "{} files could not be decoded and were left out ({why})",
                broken.len()
            ),
        )
        .with("count", broken.len())
        .with_words("why", why),
    );
}

fn outside_issue(count: usize, what: &str, source: &str, issues: &mut Issues) {
    if count == 0 {
        return;
    }
    issues.push(
        Issue::new(
            Place::file(source),
            Severity::Info,
            "media-outside",
            format!("{count} {what} lie outside every episode; the model does not see them"),
        )
        .with("count", count),
    );
}

/// Moves times that never meet their episodes to the start of them; gives how far they were ahead.
pub(super) fn shift_all(
    sensors: &Sensors<'_>,
    times: &mut [i64],
    home: &[usize],
    place: &Place,
    issues: &mut Issues,
) -> Option<i64> {
    let shift = sensors.shift(times, home)?;
    for time in times {
        *time = time.saturating_add(shift);
    }
    let (secs, days) = keys::spell(shift);
    let episode = &sensors.dataset.episodes[home[0]].name;
    issues.push(
        Issue::new(
            place.clone(),
            Severity::Warning,
            "media-offset",
            format!(
                "its clock never meets that of the sensors: joined at the start of episode \
                 {episode:?}, which moves it by {secs} s ({days} days)"
            ),
        )
        .with("secs", secs)
        .with("days", days)
        .with("episode", episode),
    );
    Some(shift.saturating_neg())
}

pub(super) fn recipe_time(
    text: &str,
    recipe: &Recipe,
    sensors: &Sensors<'_>,
) -> Result<i64, ImportError> {
    let stamp = read_stamp(text, DayOrder::Year).ok_or_else(|| {
        let problem = Phrase::new(
            "detail-recipe-start",
            format!("found start {text:?}, expected a time such as \"2026-01-05T08:00:00Z\""),
        )
        .with("found", format!("{text:?}"));
        recipe.error(text, problem)
    })?;
    Ok(sensors.instant(stamp))
}

fn join_sounds(
    sensors: &Sensors<'_>,
    files: &MediaFiles,
    recipe: &Recipe,
    media: &mut Media,
    (joined, issues): (&mut KeyJoin, &mut Issues),
    stop: &StopToken,
) -> Result<Option<FeatureTrack>, ImportError> {
    let mut items = Vec::new();
    let mut n_outside = 0_usize;
    let mut untimed: Vec<String> = Vec::new();
    for group in groups_of(sensors, &files.sounds) {
        let starts = sound_starts(sensors, &group, recipe, joined, (&mut untimed, issues))?;
        let group = group.files;
        let heard = parallel(&group, |found| {
            stop.check().map_err(Stopped::phrase)?;
            sound::read(&found.path, stop)
        });
        stop.check()?;
        let mut broken = Vec::new();
        for ((found, start_ns), heard) in group.iter().zip(starts).zip(heard) {
            match heard {
                Ok(heard) => {
                    let parts = heard.windows(sensors.dataset.step_secs);
                    for (end_secs, features) in parts {
                        let end_ns = start_ns.saturating_add(nanos_of(end_secs * 1e9));
                        match sensors.place(end_ns) {
                            Some((episode, step)) => items.push(FeatureItem {
                                episode,
                                step,
                                features,
                            }),
                            None => n_outside += 1,
                        }
                    }
                    media.clips.push(heard.clip(start_ns, &found.shown));
                }
                Err(why) => broken.push((found.shown.clone(), why)),
            }
        }
        broken_issue(&broken, issues);
    }
    media
        .clips
        .sort_by(|left, right| (left.start_ns, &left.source).cmp(&(right.start_ns, &right.source)));
    let source = &files.sounds[0].shown;
    outside_issue(n_outside, "stretches of sound", source, issues);
    let n_untimed = untimed.len();
    if let Some(first) = untimed.first() {
        issues.push(
            Issue::new(
                Place::file(first),
                Severity::Warning,
                "no-sound-start",
                format!(
                    "{n_untimed} recordings tell no start; each was joined at the start of its \
                     episode (offset 0 s). Give start in the recipe"
                ),
            )
            .with("count", n_untimed),
        );
    }
    Ok(track(Modality::Sound, sound::names(), items))
}

/// When each recording starts: recipe, file name, the episode of the same name, or the start; those
/// that tell no start are added to `untimed`.
fn sound_starts(
    sensors: &Sensors<'_>,
    group: &Group<'_>,
    recipe: &Recipe,
    joined: &mut KeyJoin,
    (untimed, issues): (&mut Vec<String>, &mut Issues),
) -> Result<Vec<i64>, ImportError> {
    let Group {
        home,
        by_key,
        files: group,
        ..
    } = group;
    if *by_key {
        joined.add(&group[0].shown, group.len(), home);
    }
    let mut starts = Vec::new();
    let mut timed: Vec<usize> = Vec::new();
    for found in group {
        let section = recipe.file.sound.iter().find(|section| {
            let mut files = section.files.iter();
            files.any(|file| found.shown == *file || found.shown.ends_with(&format!("/{file}")))
        });
        if let Some(text) = section.and_then(|section| section.start.as_ref()) {
            starts.push(recipe_time(text, recipe, sensors)?);
            continue;
        }
        let stem = stem_of(&found.shown);
        if let Some(time) = name_time(stem) {
            timed.push(starts.len());
            starts.push(sensors.utc_of(time));
            continue;
        }
        untimed.push(found.shown.clone());
        let same = home
            .iter()
            .find(|&&episode| stem_of(&sensors.sources[episode]) == stem);
        starts.push(sensors.range(same.copied().unwrap_or(home[0])).0);
    }
    let place = Place::file(&group[0].shown);
    let mut own: Vec<i64> = timed.iter().map(|&at| starts[at]).collect();
    let offset = shift_all(sensors, &mut own, home, &place, issues);
    if let (true, Some(offset)) = (*by_key, offset) {
        joined.disagrees(offset);
    }
    for (at, time) in timed.into_iter().zip(own) {
        starts[at] = time;
    }
    Ok(starts)
}

fn answers_of(
    sensors: &Sensors<'_>,
    sheets: &[Sheet],
    issues: &mut Issues,
) -> Vec<crate::data::Answer> {
    let mut answers = Vec::new();
    for sheet in sheets {
        let folder = sheet.source.rsplit_once('/').map_or("", |(dir, _)| dir);
        let home = sensors.home(folder);
        let mut own = sheet.answers.clone();
        if !sheet.has_zone {
            for answer in &mut own {
                answer.time_ns = sensors.utc_of(answer.time_ns);
            }
        }
        let mut times: Vec<i64> = own.iter().map(|answer| answer.time_ns).collect();
        shift_all(
            sensors,
            &mut times,
            &home,
            &Place::file(&sheet.source),
            issues,
        );
        let mut n_outside = 0;
        for (answer, time_ns) in own.iter_mut().zip(times) {
            answer.time_ns = time_ns;
            n_outside += usize::from(sensors.place(time_ns).is_none());
        }
        outside_issue(n_outside, "answers", &sheet.source, issues);
        answers.extend(own);
    }
    answers.sort_by_key(|answer| answer.time_ns);
    answers
}

/// Works on a list with two threads, each on a fixed half; the results come in order.
pub(super) fn parallel<T: Sync, R: Send>(
    list: &[T],
    work: impl Fn(&T) -> Result<R, Phrase> + Sync,
) -> Vec<Result<R, Phrase>> {
    // Decoders meet hostile files; one that panics must not take the import with it.
    let guarded = |item: &T| {
        std::panic::catch_unwind(AssertUnwindSafe(|| work(item)))
            .unwrap_or_else(|_| Err(Phrase::new("detail-decoder-gave-up", "the decoder gave up")))
    };
    let run = |part: &[T]| part.iter().map(guarded).collect::<Vec<_>>();
    let (left, right) = list.split_at(list.len() / 2);
    thread::scope(|scope| {
        let helper = thread::Builder::new()
            .name("media".to_owned())
            .spawn_scoped(scope, || run(left));
        let second = run(right);
        let mut results = match helper.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(first)) => first,
            _ => run(left),
        };
        results.extend(second);
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_keep_the_order_and_survive_a_panic() {
        let list: Vec<u32> = (0..9).collect();
        let results = parallel(&list, |item| {
            assert!(*item != 4, "a hostile file");
            Ok(*item)
        });
        assert_eq!(results[8], Ok(8));
        assert!(results[4].is_err());
    }
}
