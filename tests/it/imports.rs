//! What the tests of import lean on: loading, looking at what came, what every import must keep.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot do its part fails the test that called it"
)]

use std::path::PathBuf;

use gemba::{
    base::{Locale, Silent, StopToken, Text},
    data::{Dataset, Role},
    import::{ImportError, ImportRequest, Imported, import},
};

/// Imports sources, by a recipe or as guessed; the dataset holds together.
pub(crate) fn load(sources: &[PathBuf], recipe: Option<&str>) -> Result<Imported, ImportError> {
    let request = ImportRequest {
        sources: sources.to_vec(),
        recipe: recipe.map(|text| (text.to_owned(), "recipe.toml".to_owned())),
        name: "test".to_owned(),
    };
    let imported = import(&request, &Silent, &StopToken::new())?;
    imported.dataset.check().unwrap();
    Ok(imported)
}

/// The codes of what was noticed, in order.
pub(crate) fn codes(imported: &Imported) -> Vec<&str> {
    let issues = imported.issues.as_slice().iter();
    issues.map(|issue| issue.code).collect()
}

/// Whether something of this code was noticed.
pub(crate) fn has_issue(imported: &Imported, code: &str) -> bool {
    codes(imported).contains(&code)
}

/// The names of the channels with a role.
pub(crate) fn names(dataset: &Dataset, role: Role) -> Vec<&str> {
    let channels = dataset.channels.iter();
    let own = channels.filter(|channel| channel.role == role);
    own.map(|channel| channel.name.as_str()).collect()
}

/// What every import must keep: the guessed recipe gives the same dataset again, and every issue
/// has words in both languages.
pub(crate) fn keeps_promises(imported: &Imported, sources: &[PathBuf]) {
    let again = load(sources, Some(&imported.recipe_toml)).unwrap();
    assert_eq!(again.dataset.digest(), imported.dataset.digest());
    assert_eq!(again.dataset.channels, imported.dataset.channels);
    assert_eq!(again.recipe_toml, imported.recipe_toml);
    for locale in Locale::ALL {
        let text = Text::new(locale);
        for issue in imported.issues.as_slice() {
            let key = format!("issue-{}", issue.code);
            let args: Vec<(&str, &str)> = issue
                .args
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert!(text.has(&key), "{key}");
            let words = text.with(&key, &args);
            assert!(!words.contains("{$"), "{key}: {words}");
        }
    }
}
