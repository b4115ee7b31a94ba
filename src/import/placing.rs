//! Where media belong: which episodes, by key or folder, and which step, by time.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    keys::Keys,
    merge::natural,
    stamp::{SECOND, Stamp},
    timeline::nanos_of,
    walk::Found,
};
use crate::data::Dataset;

/// What placing needs to know about the sensors.
pub(super) struct Sensors<'a> {
    pub(super) dataset: &'a Dataset,
    /// The shown file of each episode.
    pub(super) sources: &'a [String],
    /// The offset from UTC that the sensor log writes; times without a zone are taken to share it.
    pub(super) offset_ns: i64,
    /// The zone of a recipe, whose offset changes through the year.
    pub(super) zone: Option<&'a TimeZone>,
    /// What names each episode.
    pub(super) keys: Keys,
}

impl Sensors<'_> {
    /// The instant of a local time, ns since 1970 by the clock on the wall.
    pub(super) fn utc_of(&self, local_ns: i64) -> i64 {
        let of_zone = |zone: &TimeZone| {
            let local = Timestamp::from_nanosecond(i128::from(local_ns)).ok()?;
            let written = TimeZone::UTC.to_datetime(local);
            let zoned = zone
                .to_ambiguous_zoned_datetime(written)
                .compatible()
                .ok()?;
            i64::try_from(zoned.timestamp().as_nanosecond()).ok()
        };
        let zoned = self.zone.and_then(of_zone);
        zoned.unwrap_or_else(|| local_ns.saturating_sub(self.offset_ns))
    }

    /// The instant of a stamp; one without a zone shares the sensors'.
    pub(super) fn instant(&self, stamp: Stamp) -> i64 {
        match stamp.offset {
            Some(_) => stamp.unix_nanos(),
            None => self.utc_of(stamp.unix_nanos()),
        }
    }

    /// The episodes that a group of media belongs to, and whether a key said so.
    fn home_of(&self, found: &Found) -> (Vec<usize>, bool) {
        match self.keys.find(&found.shown) {
            Some(list) => (list.to_vec(), true),
            None => (self.home(found.folder()), false),
        }
    }

    /// The episodes of the nearest folder above `folder` that holds a sensor file.
    pub(super) fn home(&self, folder: &str) -> Vec<usize> {
        let folder_of = |source: &str| {
            source
                .rsplit_once('/')
                .map_or("", |(dir, _)| dir)
                .to_owned()
        };
        let mut above = folder.to_owned();
        loop {
            let here: Vec<usize> = (0..self.sources.len())
                .filter(|&episode| folder_of(&self.sources[episode]) == above)
                .collect();
            if !here.is_empty() {
                return here;
            }
            match above.rsplit_once('/') {
                Some((parent, _)) => above = parent.to_owned(),
                None if !above.is_empty() => above.clear(),
                None => return (0..self.sources.len()).collect(),
            }
        }
    }

    fn step_ns(&self) -> i64 {
        nanos_of(self.dataset.step_secs * 1e9)
    }

    /// The first and last time of an episode.
    pub(super) fn range(&self, episode: usize) -> (i64, i64) {
        let found = &self.dataset.episodes[episode];
        let last = found.n_steps().saturating_sub(1);
        (found.start_ns, found.time_ns(last, self.dataset.step_secs))
    }

    /// The episode and step in which a time falls; a record before the first step that still lies
    /// in its interval counts to it.
    pub(super) fn place(&self, time_ns: i64) -> Option<(usize, usize)> {
        let step_ns = self.step_ns();
        (0..self.dataset.episodes.len()).find_map(|episode| {
            let (start, _) = self.range(episode);
            if time_ns <= start && time_ns > start.saturating_sub(step_ns) {
                return Some((episode, 0));
            }
            let step = self.dataset.episodes[episode].step_at(time_ns, self.dataset.step_secs)?;
            Some((episode, step))
        })
    }

    /// What must be added to `times` so that they meet the episodes of `home`; `None` = nothing.
    pub(super) fn shift(&self, times: &[i64], home: &[usize]) -> Option<i64> {
        let slack = self.step_ns();
        let meets = |time: i64| {
            home.iter().any(|&episode| {
                let (start, end) = self.range(episode);
                time >= start.saturating_sub(slack) && time <= end.saturating_add(slack)
            })
        };
        let first = times.iter().min()?;
        if times.iter().any(|&time| meets(time)) {
            return None;
        }
        let start = home.iter().map(|&episode| self.range(episode).0).min()?;
        Some(start.saturating_sub(*first))
    }
}

/// The offset from UTC of a zone at a time, ns.
pub(super) fn zone_offset(zone: &TimeZone, time_ns: i64) -> i64 {
    let time = Timestamp::from_nanosecond(i128::from(time_ns)).unwrap_or_default();
    i64::from(zone.to_offset(time).seconds()) * SECOND
}

/// Files of one folder that belong to the same episodes.
pub(super) struct Group<'a> {
    pub(super) folder: String,
    pub(super) home: Vec<usize>,
    /// Whether a key told the episodes.
    pub(super) by_key: bool,
    /// In natural order of names.
    pub(super) files: Vec<&'a Found>,
}

/// Groups files by their folder and their episodes.
pub(super) fn groups_of<'a>(sensors: &Sensors<'_>, files: &'a [Found]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<(String, Vec<usize>, bool), Vec<&Found>> = BTreeMap::new();
    for found in files {
        let (home, by_key) = sensors.home_of(found);
        let key = (found.folder().to_owned(), home, by_key);
        groups.entry(key).or_default().push(found);
    }
    groups
        .into_iter()
        .map(|((folder, home, by_key), mut files)| {
            files.sort_by_key(|found| natural(&found.shown));
            Group {
                folder,
                home,
                by_key,
                files,
            }
        })
        .collect()
}
