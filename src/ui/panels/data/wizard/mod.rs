//! Files before they are imported: how they would be read, and what a person decides about it.

mod columns;
mod fields;
mod page;
mod rows;
mod settings;

pub(super) use page::WizardPage;
