//! `gemba recipes`: what a project remembers about how files are read.

use serde_json::{Value, json};

use super::{ExitStatus, args::RecipesArgs, start::Context, table::Table};
use crate::engine::{RememberedRecipe, forget_recipes, remembered_recipes};

pub(crate) fn recipes(args: &RecipesArgs, context: &Context) -> anyhow::Result<ExitStatus> {
    let n_forgotten = match args.forget.as_deref() {
        None => 0,
        Some("all") => forget_recipes(&args.project, None)?,
        Some(id) => forget_recipes(&args.project, Some(id))?,
    };
    let known = remembered_recipes(&args.project)?;
    context.answer(
        || {
            json!({
                "project": args.project.display().to_string(),
                "forgotten": n_forgotten,
                "recipes": known.iter().map(object).collect::<Value>(),
            })
        },
        || words(&known, n_forgotten, context),
    )?;
    Ok(ExitStatus::Done)
}

fn object(recipe: &RememberedRecipe) -> Value {
    json!({
        "id": recipe.id,
        "day": recipe.day(),
        "source": recipe.source,
        "columns": recipe.n_columns(),
        "recipe": recipe.recipe_toml,
    })
}

fn words(known: &[RememberedRecipe], n_forgotten: usize, context: &Context) -> String {
    let mut out = String::new();
    if n_forgotten > 0 {
        let count = n_forgotten.to_string();
        let said = context
            .text()
            .with("cli-recipes-forgotten", &[("n", &count)]);
        out.push_str(&said);
        out.push('\n');
    }
    if known.is_empty() {
        out.push_str(&context.word("cli-recipes-none"));
        out.push('\n');
        return out;
    }
    let mut table = Table::new(&[
        &context.word("cli-recipes-id"),
        &context.word("cli-recipes-day"),
        &context.word("cli-recipes-source"),
        &format!("#{}", context.word("cli-recipes-columns")),
    ]);
    for recipe in known {
        table.push([
            recipe.id.clone(),
            recipe.day(),
            recipe.source.clone(),
            recipe.n_columns().to_string(),
        ]);
    }
    out.push_str(&table.text());
    out
}
