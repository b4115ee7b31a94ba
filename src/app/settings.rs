//! What is remembered between two starts: language, look, places of the views, recent projects.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::base::{self, Locale};

/// The first line of the file.
const FORMAT: &str = "gemba-settings 1";
/// How many projects are remembered.
pub(super) const RECENT: usize = 8;

/// What is remembered between two starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The language, where one was chosen.
    pub locale: Option<Locale>,
    /// Dark or light, where one was chosen.
    pub dark: Option<bool>,
    /// Where the views are, as the window writes it; empty = the default.
    pub layout: String,
    /// Projects, newest first.
    pub recent: Vec<PathBuf>,
}

impl Settings {
    /// Reads the settings of a data folder; whatever cannot be read keeps its default.
    pub fn load(data_dir: &Path) -> Self {
        // A first start has no file, and a broken one must not keep the window from opening.
        let text = base::read_text(&Self::path(data_dir)).unwrap_or_default();
        Self::parse(&text)
    }

    /// Where the settings of a data folder are.
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("settings.txt")
    }

    /// Reads the file's text.
    pub fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        let mut lines = text.lines();
        if lines.next().map(str::trim) != Some(FORMAT) {
            return settings;
        }
        for line in lines {
            match line.split_once(' ') {
                Some(("locale", name)) => settings.locale = Locale::from_name(name.trim()),
                Some(("dark", flag)) => settings.dark = flag.trim().parse().ok(),
                Some(("layout", places)) => places.trim().clone_into(&mut settings.layout),
                Some(("recent", path)) if settings.recent.len() < RECENT => {
                    // Written by an earlier program: where it leads depends on the folder.
                    settings
                        .recent
                        .extend(Path::new(path).has_root().then(|| path.into()));
                }
                _ => {}
            }
        }
        settings
    }

    /// Writes the file's text; a path that is not UTF-8 or holds a line break is left out.
    pub fn to_text(&self) -> String {
        let mut lines = vec![FORMAT.to_owned()];
        lines.extend(
            self.locale
                .map(|locale| format!("locale {}", locale.name())),
        );
        lines.extend(self.dark.map(|dark| format!("dark {dark}")));
        if !self.layout.is_empty() && !self.layout.contains('\n') {
            lines.push(format!("layout {}", self.layout));
        }
        for path in &self.recent {
            if let Some(path) = path.to_str().filter(|path| !path.contains('\n')) {
                lines.push(format!("recent {path}"));
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// The user's folder for this program's data; `None` where the machine names none.
pub fn data_dir() -> Option<PathBuf> {
    let named = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || named("HOME");
    let base = if cfg!(windows) {
        named("LOCALAPPDATA").or_else(|| named("APPDATA"))
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Application Support"))
    } else {
        named("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local").join("share")))
    };
    base.map(|base| base.join("gemba"))
}
