//! Turns a spec into the text of a scenario file.

use std::fmt::{Display, Write as _};

use super::{
    Edit, EditOp, KpiSpec, ScenarioSpec,
    spec::{FORMAT, VERSION},
};

pub(super) fn to_toml(spec: &ScenarioSpec) -> String {
    let mut text = format!("format = \"{FORMAT}\"\nversion = {VERSION}\n");
    line(&mut text, "name", Some(words(&spec.name)));
    text.push_str("\n[start]\n");
    let episode = spec.start.episode.as_deref().unwrap_or("latest");
    line(&mut text, "episode", Some(words(episode)));
    line(&mut text, "at", spec.start.at.as_deref().map(words));
    line(&mut text, "step", spec.start.step);
    line(&mut text, "context_steps", spec.start.context_steps);
    if let Some(steps) = spec.horizon_steps {
        text.push_str("\n[horizon]\n");
        line(&mut text, "steps", Some(steps));
    }
    for edit in &spec.edits {
        push_edit(&mut text, edit);
    }
    for kpi in &spec.kpis {
        push_kpi(&mut text, kpi);
    }
    text
}

fn push_edit(text: &mut String, edit: &Edit) {
    text.push_str("\n[[edit]]\n");
    line(text, "channel", Some(words(&edit.channel)));
    line(text, "op", Some(words(edit.op.name())));
    let value = edit.op.takes_value().then(|| number(edit.value));
    line(text, "value", value);
    if edit.op == EditOp::Schedule {
        let points: Vec<String> = edit
            .points
            .iter()
            .map(|(step, value)| format!("[{step}, {}]", number(*value)))
            .collect();
        line(text, "points", Some(format!("[{}]", points.join(", "))));
    }
    line(text, "from_step", Some(edit.from_step));
    line(text, "to_step", edit.to_step);
}

fn push_kpi(text: &mut String, kpi: &KpiSpec) {
    text.push_str("\n[[kpi]]\n");
    line(text, "name", Some(words(&kpi.name)));
    line(text, "channel", Some(words(&kpi.channel)));
    line(text, "reduce", Some(words(kpi.reduce.name())));
    line(text, "level", kpi.reduce.level().map(number));
    line(text, "better", Some(words(kpi.better.name())));
    line(text, "unit", Some(words(&kpi.unit)));
    line(text, "delta", kpi.delta.map(number));
}

fn line(text: &mut String, key: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        // Writing into a string cannot fail.
        writeln!(text, "{key} = {value}").ok();
    }
}

fn words(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A number as files write it.
pub(super) fn number(value: f64) -> String {
    toml::Value::Float(value).to_string()
}
