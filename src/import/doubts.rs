//! Says which roles are guessed on little, and the lines of a recipe that decide them.

use std::collections::BTreeMap;

use super::{
    channels::shortened,
    merge::Log,
    recipe::Recipe,
    roles::{Doubt, Guess},
};
use crate::{
    base::{Issue, Issues, Place, Severity},
    data::{Channel, Role},
};

/// One issue for each reason and role; a column that the recipe names is decided.
pub(super) fn say(
    logs: &[Log],
    channels: &[Channel],
    guesses: &[Guess],
    recipe: &Recipe,
    issues: &mut Issues,
) {
    let mut found: BTreeMap<Doubt, Vec<&Channel>> = BTreeMap::new();
    for (channel, guess) in channels.iter().zip(guesses) {
        if let Some(doubt) = guess.doubt
            && guess.left_out.is_none()
            && recipe.section_of(&channel.source).is_none()
        {
            found.entry(doubt).or_default().push(channel);
        }
    }
    let n_used = channels
        .iter()
        .filter(|channel| !matches!(channel.role, Role::Ignore | Role::Label));
    let is_only = n_used.count() < 2;
    for (doubt, list) in found {
        // One column alone can only be predicted.
        if !(is_only && doubt == Doubt::Nameless) {
            issues.push(issue(logs, doubt, &list));
        }
    }
}

fn issue(logs: &[Log], doubt: Doubt, list: &[&Channel]) -> Issue {
    let names: Vec<&str> = list.iter().map(|channel| channel.name.as_str()).collect();
    let columns = shortened(&names);
    let (reason, why, other) = match doubt {
        Doubt::Stands => (
            "stands",
            "They stand for long and then jump, like what people or a controller set",
            Role::Control,
        ),
        Doubt::Moves => (
            "moves",
            "Others move after they do, whatever their names say",
            Role::Observation,
        ),
        Doubt::Nameless => (
            "nameless",
            "Neither their names nor their moves tell",
            Role::Control,
        ),
    };
    let role = list[0].role.name();
    let lines = format!(
        "[[channel]] / name = {:?} / role = {:?}",
        list[0].source,
        other.name()
    );
    let text = format!(
        "not sure what they are for: {columns}. {why}; taken as {role}. Where that is wrong choose the \
         role in the import preview, or write into the recipe for each: {lines}"
    );
    let mut place = Place::file(&logs[0].stretches[0].source);
    if let [only] = names.as_slice() {
        place = place.in_column(*only);
    }
    let issue = if doubt == Doubt::Stands {
        Issue::new(place, Severity::Warning, "role-unsure", text)
    } else {
        Issue::new(place, Severity::Info, "role-unsure", text)
    };
    issue
        .with("columns", columns)
        .with("reason", reason)
        .with("role", role)
        .with("lines", lines)
}
