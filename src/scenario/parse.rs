//! Turns the text of a scenario file into a spec.

use toml::de::DeTable;

use super::{
    Better, Edit, EditOp, KpiSpec, Reduce, ScenarioError, ScenarioSpec, StartSpec,
    reader::{Section, Source},
    spec::{FORMAT, VERSION},
};

/// The longest horizon, so that a slip of the keyboard does not fill the memory.
pub(super) const MAX_STEPS: usize = 1_000_000;

pub(super) fn parse(text: &str, file: &str) -> Result<ScenarioSpec, ScenarioError> {
    let source = Source { text, file };
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| source.line_at(span.start));
        source.bad(line, error.message().trim(), "a TOML file")
    })?;
    let allowed = [
        "format", "version", "name", "start", "horizon", "edit", "kpi",
    ];
    // Format and version come first: a newer file may hold keys that this program does not know.
    check_version(&Section::root(
        source,
        document.get_ref(),
        &any_key(&document),
    )?)?;
    let root = Section::root(source, document.get_ref(), &allowed)?;

    let horizon_steps = root
        .section("horizon", "[horizon]", &["steps"])?
        .map(|horizon| read_horizon(&horizon))
        .transpose()?
        .flatten();
    let edits = root.sections(
        "edit",
        "[[edit]]",
        &["channel", "op", "value", "points", "from_step", "to_step"],
    )?;
    let kpis = root.sections(
        "kpi",
        "[[kpi]]",
        &[
            "name", "channel", "reduce", "level", "better", "unit", "delta",
        ],
    )?;
    Ok(ScenarioSpec {
        name: root.text("name")?.unwrap_or_else(|| file.to_owned()),
        start: read_start(&root)?,
        horizon_steps,
        edits: edits.iter().map(read_edit).collect::<Result<_, _>>()?,
        kpis: kpis.iter().map(read_kpi).collect::<Result<_, _>>()?,
        file: file.to_owned(),
    })
}

fn any_key<'t>(document: &'t toml::Spanned<DeTable<'_>>) -> Vec<&'t str> {
    document
        .get_ref()
        .keys()
        .map(|key| -> &str { key.get_ref() })
        .collect()
}

fn check_version(root: &Section<'_>) -> Result<(), ScenarioError> {
    let expected = format!("format = \"{FORMAT}\"");
    let format = root.must("format", root.text("format")?, &expected)?;
    if format != FORMAT {
        return Err(root.bad("format", format!("format = {format:?}"), expected));
    }
    let version = root.must("version", root.whole("version")?, "version = 1")?;
    if version > VERSION {
        return Err(ScenarioError::Version {
            file: root.source.file.to_owned(),
            line: root.line_of("version"),
            found: version,
            known: VERSION,
        });
    }
    if version < 1 {
        return Err(root.bad("version", format!("version = {version}"), "version = 1"));
    }
    Ok(())
}

fn read_horizon(horizon: &Section<'_>) -> Result<Option<usize>, ScenarioError> {
    let steps = horizon.steps("steps")?;
    match steps {
        Some(n_steps) if n_steps == 0 || n_steps > MAX_STEPS => Err(horizon.bad(
            "steps",
            format!("a horizon of {n_steps} steps"),
            format!("1 to {MAX_STEPS} steps"),
        )),
        _ => Ok(steps),
    }
}

fn read_start(root: &Section<'_>) -> Result<StartSpec, ScenarioError> {
    let allowed = ["episode", "at", "step", "context_steps"];
    let Some(start) = root.section("start", "[start]", &allowed)? else {
        return Ok(StartSpec::default());
    };
    let spec = StartSpec {
        episode: start.text("episode")?.filter(|name| name != "latest"),
        at: start.text("at")?,
        step: start.steps("step")?,
        context_steps: start.steps("context_steps")?,
    };
    if spec.at.is_some() && spec.step.is_some() {
        return Err(start.bad("step", "both at and step", "only one of them"));
    }
    if let Some(at) = &spec.at
        && at.parse::<jiff::Timestamp>().is_err()
    {
        return Err(start.bad(
            "at",
            format!("at = {at:?}"),
            "a time with its zone such as \"2026-01-05T10:00:00+09:00\"",
        ));
    }
    if spec.context_steps == Some(0) {
        return Err(start.bad("context_steps", "context_steps = 0", "at least 1 step"));
    }
    Ok(spec)
}

fn read_edit(edit: &Section<'_>) -> Result<Edit, ScenarioError> {
    let channel = edit.must("channel", edit.text("channel")?, "the name of a control")?;
    let ops = EditOp::ALL.map(EditOp::name).join(", ");
    let name = edit.must("op", edit.text("op")?, &format!("one of {ops}"))?;
    let op = EditOp::from_name(&name)
        .ok_or_else(|| edit.bad("op", format!("op = {name:?}"), format!("one of {ops}")))?;
    let value = edit.number("value")?;
    let points = edit.points("points")?;
    let from_step = edit.steps("from_step")?;
    let to_step = edit.steps("to_step")?;
    if op.takes_value() != value.is_some() {
        let expected = if op.takes_value() {
            "a value"
        } else {
            "no value"
        };
        let found = format!(
            "op = {name:?} {}",
            with_or_without(value.is_some(), "value")
        );
        return Err(edit.bad("value", found, expected));
    }
    if (op == EditOp::Schedule) == points.is_empty() {
        let found = format!(
            "op = {name:?} {}",
            with_or_without(!points.is_empty(), "points")
        );
        return Err(edit.bad(
            "points",
            found,
            "points with op = \"schedule\" and only there",
        ));
    }
    if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err(edit.bad("points", "points out of order", "steps that grow"));
    }
    let from = from_step.unwrap_or(0);
    if let Some(to) = to_step
        && to <= from
    {
        return Err(ScenarioError::Range {
            file: edit.source.file.to_owned(),
            line: edit.line_of("to_step"),
            found: format!("steps {from} to {to}"),
            expected: "to_step greater than from_step".to_owned(),
        });
    }
    Ok(Edit {
        channel,
        op,
        value: value.unwrap_or(0.0),
        points,
        from_step: from,
        to_step,
        line: edit.line_of("channel"),
    })
}

fn with_or_without(is_there: bool, what: &str) -> String {
    format!("{} {what}", if is_there { "with" } else { "without" })
}

fn read_kpi(kpi: &Section<'_>) -> Result<KpiSpec, ScenarioError> {
    let channel = kpi.must("channel", kpi.text("channel")?, "the name of an output")?;
    let level = kpi.number("level")?;
    let names = Reduce::NAMES.join(", ");
    let word = kpi.text("reduce")?.unwrap_or_else(|| "mean".to_owned());
    let reduce = Reduce::from_name(&word, level).ok_or_else(|| {
        if Reduce::NAMES.contains(&word.as_str()) {
            let found = format!("reduce = {word:?} without level");
            kpi.bad("reduce", found, "level, in the channel's unit")
        } else {
            kpi.bad(
                "reduce",
                format!("reduce = {word:?}"),
                format!("one of {names}"),
            )
        }
    })?;
    if level.is_some() && reduce.level().is_none() {
        return Err(kpi.bad("level", format!("reduce = {word:?} with level"), "no level"));
    }
    let better = kpi.must("better", kpi.text("better")?, "\"lower\" or \"higher\"")?;
    let better = Better::from_name(&better).ok_or_else(|| {
        let found = format!("better = {better:?}");
        kpi.bad("better", found, "\"lower\" or \"higher\"")
    })?;
    let delta = kpi.number("delta")?;
    if delta.is_some_and(|delta| delta < 0.0) {
        return Err(kpi.bad("delta", "a negative delta", "0 or more"));
    }
    Ok(KpiSpec {
        name: kpi.text("name")?.unwrap_or_else(|| channel.clone()),
        channel,
        reduce,
        better,
        unit: kpi.text("unit")?.unwrap_or_default(),
        delta,
    })
}
