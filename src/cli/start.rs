//! From arguments to an exit status, or to the window.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::Parser as _;

use super::{
    ExitStatus, anomaly,
    args::{Arguments, Command, CommonArgs},
    compare,
    console::{Console, write_err},
    demo, describe, doctor,
    error::{self, NoDisplay, NoSuchCommand, ProjectAndCommand},
    frames, gap, judge,
    output::{write_json, write_out},
    plant, preview, recipes, run,
    signals::asked_by_signals,
    train,
};
use crate::{
    base::{Issue, Locale, Reporter as _, Severity, StopToken, SystemClock, Text},
    engine::{self, EngineError, Env, Loaded},
};

/// What the program becomes after its arguments were read.
#[derive(Debug)]
pub enum Face {
    /// The window is asked for.
    Window(WindowRequest),
    /// A command was carried out or refused; nothing is left but the exit status.
    Done(ExitStatus),
}

/// What the window is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRequest {
    /// The project to open; `None` = the example.
    pub project: Option<PathBuf>,
    /// The language; `None` = as last time.
    pub locale: Option<Locale>,
    /// Whether the window is drawn with OpenGL.
    pub is_glow: bool,
}

/// What every command works with.
pub(crate) struct Context {
    /// The arguments that every command takes.
    pub(crate) common: CommonArgs,
    /// Where progress goes.
    pub(crate) console: Console,
    clock: SystemClock,
    stop: StopToken,
    is_glow: bool,
}

impl Context {
    /// What the use cases need.
    pub(crate) fn env(&self) -> Env<'_> {
        Env {
            clock: &self.clock,
            reporter: &self.console,
            stop: &self.stop,
            n_threads: self.threads(),
        }
    }

    /// Opens a project whose model is to answer; what there is to beware of is told.
    pub(crate) fn open(&self, project: &Path) -> Result<Loaded, EngineError> {
        let loaded = Loaded::open(project)?;
        let issues = loaded.issues.iter();
        // A model that cannot be read is named by the error that follows.
        for issue in issues.filter(|issue| issue.severity == Severity::Warning) {
            self.console.note(issue);
        }
        Ok(loaded)
    }

    /// How many threads to use: no window has to stay smooth here, so all cores may work.
    pub(crate) fn threads(&self) -> usize {
        if self.common.threads > 0 {
            return self.common.threads;
        }
        std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
    }

    /// Asks whatever runs to end.
    pub(crate) fn stop(&self) -> &StopToken {
        &self.stop
    }

    /// Seconds on a clock whose zero means nothing.
    pub(crate) fn now_secs(&self) -> f64 {
        use crate::base::Clock as _;
        self.clock.monotonic_secs()
    }

    /// The words.
    pub(crate) fn text(&self) -> &Text {
        self.console.text()
    }

    /// The words of a key.
    pub(crate) fn word(&self, key: &str) -> String {
        self.text().get(key)
    }

    /// An issue as a line of its own, with how bad it is.
    pub(crate) fn issue_line(&self, issue: &Issue) -> String {
        let severity = self.word(&format!("cli-severity-{}", issue.severity.name()));
        format!("  {severity}: {}\n", self.text().issue_line(issue))
    }

    /// Writes the answer: JSON where asked for, else the words.
    pub(crate) fn answer(
        &self,
        json: impl FnOnce() -> serde_json::Value,
        words: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        self.console.close();
        if self.common.json {
            write_json(&json())?;
        } else {
            write_out(&words())?;
        }
        Ok(())
    }
}

/// Reads the arguments and carries the command out.
pub fn start(arguments: impl IntoIterator<Item = OsString>) -> Face {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&arguments) {
        Ok(arguments) => arguments,
        Err(error) => return Face::Done(refuse(&error, &arguments)),
    };
    let context = Context {
        console: Console::new(Text::new(arguments.common.lang.unwrap_or_default())),
        common: arguments.common.clone(),
        clock: SystemClock::new(),
        stop: asked_by_signals(),
        is_glow: arguments.renderer == "glow",
    };
    match dispatch(arguments, &context) {
        Ok(face) => face,
        Err(error) => Face::Done(fail(&error, &context)),
    }
}

fn dispatch(arguments: Arguments, context: &Context) -> anyhow::Result<Face> {
    let Some(command) = arguments.command else {
        return open_window(arguments.project, context);
    };
    if let Some(project) = arguments.project {
        let project = project.display().to_string();
        return Err(ProjectAndCommand { project }.into());
    }
    engine::check_device(context.common.device)?;
    let status = match command {
        Command::Demo(args) => return demo::demo(&args, context),
        Command::Synth(args) => plant::synth(args, context)?,
        Command::Truth(args) => plant::truth(&args, context)?,
        Command::Import(args) => describe::import(args, context)?,
        Command::Preview(args) => preview::preview(&args, context)?,
        Command::Recipes(args) => recipes::recipes(&args, context)?,
        Command::Inspect(args) => describe::inspect(&args, context)?,
        Command::Train(args) => train::train(&args, context)?,
        Command::Models(args) => train::models(&args, context)?,
        Command::Run(args) => run::run(&args, context)?,
        Command::Compare(args) => compare::compare(&args, context)?,
        Command::Frames(args) => frames::frames(&args, context)?,
        Command::Gap(args) => gap::gap(&args, context)?,
        Command::Anomaly(args) => anomaly::anomaly(&args, context)?,
        Command::Judge(args) => judge::judge(&args, context)?,
        Command::Report(args) => compare::report(&args, context)?,
        Command::Doctor => doctor::doctor(context)?,
    };
    Ok(Face::Done(status))
}

/// A word that cannot be meant as a project: nothing of that name is there, and projects are called
/// `name.gemba`.
fn mistyped(project: &Path) -> Option<String> {
    let is_word = project.extension().is_none() && project.components().count() == 1;
    let word = project.to_str().filter(|_| is_word && !project.exists())?;
    Some(word.to_owned())
}

/// Asks for the window, where one can be shown.
pub(crate) fn open_window(project: Option<PathBuf>, context: &Context) -> anyhow::Result<Face> {
    if let Some(word) = project.as_deref().and_then(mistyped) {
        return Err(NoSuchCommand { word }.into());
    }
    if !engine::has_display() {
        return Err(NoDisplay.into());
    }
    // No command is left that could end by itself: the first signal ends the window.
    context.stop.stop();
    Ok(Face::Window(WindowRequest {
        project,
        locale: context.common.lang,
        is_glow: context.is_glow,
    }))
}

/// Says why a window could not be opened.
pub fn window_failed(said: &str, hint: Option<&str>, locale: Locale) -> ExitStatus {
    let text = Text::new(locale);
    write_err(&format!("{}: {said}\n", text.get("cli-error")));
    if let Some(hint) = hint {
        write_err(&format!("{}: {hint}\n", text.get("cli-hint")));
    }
    ExitStatus::Failed
}

/// Says what is wrong with the arguments, or shows the help that was asked for.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ExitStatus {
    let mut words = error.render().to_string();
    if !error.use_stderr() {
        return match write_out(&words) {
            Ok(()) => ExitStatus::Done,
            Err(_nobody_reads) => ExitStatus::Failed,
        };
    }
    let text = Text::new(asked_language(arguments));
    let said = error::usage(error);
    // The parser's own English also shows the usage.
    if text.locale() != Locale::En {
        words = format!("{}: {}\n", text.get("cli-error"), text.say(&said));
    }
    write_err(&words);
    if text.locale() != Locale::En {
        let hint = text.say_hint(&said, error::USAGE_HINT);
        write_err(&format!("{}: {hint}\n", text.get("cli-hint")));
    }
    if arguments.iter().any(|argument| argument == "--json") {
        let hint = text.say_hint(&said, error::USAGE_HINT);
        let object = error::object(words.trim(), Some(&hint));
        // The exit status says it too.
        write_json(&object).ok();
    }
    ExitStatus::Failed
}

/// The language that was asked for by arguments that could not be read as a whole.
fn asked_language(arguments: &[OsString]) -> Locale {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let after = words
        .windows(2)
        .find(|pair| pair[0] == "--lang")
        .map(|pair| pair[1].clone());
    let glued = || words.iter().find_map(|word| word.strip_prefix("--lang="));
    let name = after.as_deref().or_else(glued);
    name.and_then(Locale::from_name).unwrap_or_default()
}

fn fail(error: &anyhow::Error, context: &Context) -> ExitStatus {
    let words = error::words(error, context.text());
    let hint = error::hint(error, context.text());
    context
        .console
        .line(&format!("{}: {words}", context.word("cli-error")));
    if let Some(hint) = &hint {
        context
            .console
            .line(&format!("{}: {hint}", context.word("cli-hint")));
    }
    if context.common.json {
        // The exit status says it too.
        write_json(&error::object(&words, hint.as_deref())).ok();
    }
    error::status(error)
}
