//! Turns the text of a scenario file into a spec.

use std::collections::BTreeSet;

use serde::{Deserialize, de::DeserializeOwned};
use toml::Spanned;

use super::{
    Better, Edit, EditOp, KpiSpec, Reduce, ScenarioError, ScenarioSpec, StartLines, StartSpec,
    phrases,
    spec::{FORMAT, VERSION},
    write::number,
};
use crate::base::{Phrase, toml_words};

/// The longest horizon, so that a slip of the keyboard does not fill the memory.
pub(super) const MAX_STEPS: usize = 1_000_000;

/// What must be there before anything else is read: a newer file may hold unknown keys.
#[derive(Deserialize)]
struct Head {
    format: Spanned<String>,
    version: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: i64,
    name: Option<String>,
    #[serde(default)]
    start: StartForm,
    #[serde(default)]
    horizon: HorizonForm,
    #[serde(default)]
    edit: Vec<EditForm>,
    #[serde(default)]
    kpi: Vec<KpiForm>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct StartForm {
    episode: Option<Spanned<String>>,
    at: Option<Spanned<String>>,
    step: Option<Spanned<usize>>,
    context_steps: Option<Spanned<usize>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct HorizonForm {
    steps: Option<Spanned<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditForm {
    channel: Spanned<String>,
    op: EditOp,
    value: Option<Spanned<f64>>,
    points: Option<Vec<Spanned<(usize, f64)>>>,
    #[serde(default)]
    from_step: usize,
    to_step: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KpiForm {
    channel: Spanned<String>,
    better: Better,
    name: Option<Spanned<String>>,
    reduce: Option<Spanned<String>>,
    level: Option<f64>,
    #[serde(default)]
    unit: String,
    delta: Option<f64>,
}

/// The text being read.
#[derive(Clone, Copy)]
struct Source<'t> {
    text: &'t str,
    file: &'t str,
}

pub(super) fn parse(text: &str, file: &str) -> Result<ScenarioSpec, ScenarioError> {
    let source = Source { text, file };
    let head_form = format!("format = \"{FORMAT}\" and version = 1");
    let head: Head = source.read(&Phrase::new("detail-scenario-head", head_form))?;
    let (found, line) = (head.format.get_ref(), source.line_of(&head.format));
    if found != FORMAT {
        let expected = format!("format = \"{FORMAT}\"");
        return Err(source.bad(line, format!("format = {found:?}"), expected));
    }
    let (found, line) = (*head.version.get_ref(), source.line_of(&head.version));
    if found > VERSION {
        return Err(ScenarioError::Version {
            file: file.to_owned(),
            line,
            found,
            known: VERSION,
        });
    }
    if found < 1 {
        return Err(source.bad(line, format!("version = {found}"), "version = 1"));
    }
    let needed = Phrase::new(
        "detail-scenario-form",
        "channel and op in every [[edit]], channel and better in every [[kpi]]",
    );
    let form: FileForm = source.read(&needed)?;
    let to_edit = |edit| source.edit(edit);
    let to_kpi = |kpi| source.kpi(kpi);
    source.check_kpi_names(&form.kpi)?;
    Ok(ScenarioSpec {
        name: form.name.unwrap_or_else(|| file.to_owned()),
        start: source.start(form.start)?,
        horizon_steps: source.horizon(form.horizon.steps)?,
        edits: form
            .edit
            .into_iter()
            .map(to_edit)
            .collect::<Result<_, _>>()?,
        kpis: form.kpi.into_iter().map(to_kpi).collect::<Result<_, _>>()?,
        file: file.to_owned(),
    })
}

impl Source<'_> {
    /// Reads the text as a form; `needed` is what to say where something is missing.
    fn read<T: DeserializeOwned>(self, needed: &Phrase) -> Result<T, ScenarioError> {
        toml::from_str(self.text).map_err(|error| {
            let line = error.span().map_or(1, |span| self.line_at(span.start));
            let written = error.span().and_then(|span| self.text.get(span));
            let (found, expected) = toml_words(error.message().trim(), written.unwrap_or_default());
            let expected = match expected {
                Some(list) if list.key() == "detail-a-list" => Phrase::new(
                    "detail-list-of-edits",
                    "a list: head its tables [[edit]] or [[kpi]]",
                ),
                expected => expected.unwrap_or_else(|| needed.clone()),
            };
            self.bad(line, found, expected)
        })
    }

    /// The one-based line of a byte.
    fn line_at(&self, offset: usize) -> usize {
        let before = self.text.get(..offset).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    fn line_of<T>(&self, value: &Spanned<T>) -> usize {
        self.line_at(value.span().start)
    }

    /// The line of a value, 0 where it is not there.
    fn line_of_any<T>(&self, value: Option<&Spanned<T>>) -> usize {
        value.map_or(0, |value| self.line_of(value))
    }

    fn bad(
        &self,
        line: usize,
        found: impl Into<Phrase>,
        expected: impl Into<Phrase>,
    ) -> ScenarioError {
        ScenarioError::Spec {
            file: self.file.to_owned(),
            line,
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn horizon(&self, steps: Option<Spanned<usize>>) -> Result<Option<usize>, ScenarioError> {
        let Some(steps) = steps else {
            return Ok(None);
        };
        let n_steps = *steps.get_ref();
        if !(1..=MAX_STEPS).contains(&n_steps) {
            let line = self.line_of(&steps);
            return Err(self.bad(
                line,
                phrases::horizon(n_steps),
                phrases::steps_up_to(MAX_STEPS),
            ));
        }
        Ok(Some(n_steps))
    }

    fn start(&self, form: StartForm) -> Result<StartSpec, ScenarioError> {
        if let (Some(_), Some(step)) = (&form.at, &form.step) {
            let found = Phrase::new("detail-at-and-step", "both at and step");
            let expected = Phrase::new("detail-only-one", "only one of them");
            return Err(self.bad(self.line_of(step), found, expected));
        }
        if let Some(at) = &form.at
            && at.get_ref().parse::<jiff::Timestamp>().is_err()
        {
            let found = format!("at = {:?}", at.get_ref());
            return Err(self.bad(self.line_of(at), found, phrases::zoned_time()));
        }
        if let Some(steps) = &form.context_steps
            && *steps.get_ref() == 0
        {
            let expected = Phrase::new("detail-one-step", "at least 1 step");
            return Err(self.bad(self.line_of(steps), "context_steps = 0", expected));
        }
        let lines = StartLines {
            episode: self.line_of_any(form.episode.as_ref()),
            at: self.line_of_any(form.at.as_ref()),
            step: self.line_of_any(form.step.as_ref()),
            context_steps: self.line_of_any(form.context_steps.as_ref()),
        };
        let episode = form.episode.map(Spanned::into_inner);
        Ok(StartSpec {
            episode: episode.filter(|name| name != "latest"),
            at: form.at.map(Spanned::into_inner),
            step: form.step.map(Spanned::into_inner),
            context_steps: form.context_steps.map(Spanned::into_inner),
            lines,
        })
    }

    fn edit(&self, form: EditForm) -> Result<Edit, ScenarioError> {
        let line = self.line_of(&form.channel);
        let op = form.op.name();
        let is_schedule = form.op == EditOp::Schedule;
        if form.op.takes_value() != form.value.is_some() {
            let (found, expected) = if form.op.takes_value() {
                let found = format!("op {op:?} without value");
                (
                    Phrase::new("detail-op-without-value", found),
                    Phrase::new("detail-a-value", "a value"),
                )
            } else {
                let found = format!("op {op:?} with value");
                (
                    Phrase::new("detail-op-with-value", found),
                    Phrase::new("detail-no-value", "no value"),
                )
            };
            return Err(self.bad(line, found.with("op", format!("{op:?}")), expected));
        }
        let points = form.points.unwrap_or_default();
        if is_schedule == points.is_empty() {
            let found = format!("op {op:?} with {} points", points.len());
            let found = Phrase::new("detail-op-points", found)
                .with("op", format!("{op:?}"))
                .with("n", points.len());
            let expected = Phrase::new(
                "detail-points-with-schedule",
                "points = [[step, value], ...] with op \"schedule\" and only there",
            );
            return Err(self.bad(line, found, expected));
        }
        self.check_finite(form.value.as_ref(), &points)?;
        let points: Vec<(usize, f64)> = points.into_iter().map(Spanned::into_inner).collect();
        if points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            let found = Phrase::new("detail-points-order", "points out of order");
            let expected = Phrase::new("detail-steps-grow", "steps that grow");
            return Err(self.bad(line, found, expected));
        }
        if let Some(to) = form.to_step
            && to <= form.from_step
        {
            return Err(ScenarioError::Range {
                file: self.file.to_owned(),
                line,
                found: Phrase::new("detail-steps", format!("steps {} to {to}", form.from_step))
                    .with("from", form.from_step)
                    .with("to", to),
                expected: Phrase::new("detail-to-after-from", "to_step greater than from_step"),
            });
        }
        Ok(Edit {
            channel: form.channel.into_inner(),
            op: form.op,
            value: form.value.map_or(0.0, Spanned::into_inner),
            points,
            from_step: form.from_step,
            to_step: form.to_step,
            line,
        })
    }

    fn check_finite(
        &self,
        value: Option<&Spanned<f64>>,
        points: &[Spanned<(usize, f64)>],
    ) -> Result<(), ScenarioError> {
        let value = value.map(|value| {
            let found = format!("value = {}", number(*value.get_ref()));
            (*value.get_ref(), self.line_of(value), found)
        });
        let points = points.iter().map(|point| {
            let (step, value) = *point.get_ref();
            let found = format!("[{step}, {}]", number(value));
            (value, self.line_of(point), found)
        });
        match points.chain(value).find(|(value, ..)| !value.is_finite()) {
            None => Ok(()),
            Some((_, line, found)) => {
                let expected = Phrase::new("detail-finite", "a finite number");
                Err(self.bad(line, found, expected))
            }
        }
    }

    /// Refuses two KPIs of one name; tables and JSON tell them apart by nothing else.
    fn check_kpi_names(&self, forms: &[KpiForm]) -> Result<(), ScenarioError> {
        let mut seen = BTreeSet::new();
        for form in forms {
            let name = form.name.as_ref().unwrap_or(&form.channel);
            if !seen.insert(name.get_ref()) {
                return Err(ScenarioError::SameKpi {
                    file: self.file.to_owned(),
                    line: self.line_of(name),
                    name: name.get_ref().clone(),
                });
            }
        }
        Ok(())
    }

    fn kpi(&self, form: KpiForm) -> Result<KpiSpec, ScenarioError> {
        let line = self.line_of(&form.channel);
        let word = form.reduce.as_ref().map_or("mean", |word| word.get_ref());
        let Some(reduce) = Reduce::from_name(word, form.level) else {
            let line = form.reduce.as_ref().map_or(line, |word| self.line_of(word));
            let expected = if Reduce::NAMES.contains(&word) {
                Phrase::new(
                    "detail-level-beside",
                    "level, in the channel's unit, beside it",
                )
            } else {
                phrases::one_of(&Reduce::NAMES.join(", "))
            };
            return Err(self.bad(line, format!("reduce = {word:?}"), expected));
        };
        if form.level.is_some() && reduce.level().is_none() {
            let found = Phrase::new(
                "detail-reduce-with-level",
                format!("reduce = {word:?} with level"),
            )
            .with("reduce", format!("{word:?}"));
            let expected = Phrase::new("detail-no-level", "no level");
            return Err(self.bad(line, found, expected));
        }
        let numbers = [form.level, form.delta];
        if numbers.iter().flatten().any(|number| !number.is_finite())
            || form.delta.is_some_and(|delta| delta < 0.0)
        {
            let found = Phrase::new("detail-kpi-numbers", "a kpi with a wrong level or delta");
            let expected = Phrase::new(
                "detail-kpi-numbers-wanted",
                "a finite level, and a delta of 0 or more",
            );
            return Err(self.bad(line, found, expected));
        }
        let channel = form.channel.into_inner();
        Ok(KpiSpec {
            name: form
                .name
                .map_or_else(|| channel.clone(), Spanned::into_inner),
            channel,
            reduce,
            better: form.better,
            unit: form.unit,
            delta: form.delta,
            line,
        })
    }
}
