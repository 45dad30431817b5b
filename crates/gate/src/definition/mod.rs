//! Definitions over HTTP: one set of routes for every kind, with validation, history and files.

pub mod api;

mod diff;
mod files;
pub mod history;
mod rules;
#[cfg(test)]
mod tests;
mod watch;

use serde::Serialize;
use store::definition::{Definition, Kind, Problem};
use utoipa::ToSchema;

use crate::user::Permission;

pub use diff::{Change, ChangeKind, changes};
pub use files::{DefinitionFile, Imported, export, import};
pub use rules::{Publication, SaveWish, Saved, publish, save};
pub use watch::{Published, Snapshot};

/// What a definition is checked for among others: the kinds that are, and the rule on kind, key,
/// body and the newest versions of those; and who names it.
#[derive(Clone, Copy)]
pub struct Across {
    /// The kinds that are checked, each with the kind among which it is.
    pub kinds: &'static [(&'static str, &'static str)],
    /// Everything that is wrong with kind, key and body among these.
    pub validate: fn(&str, &str, &serde_json::Value, &[Definition]) -> Vec<Problem>,
    /// Where these name a kind and key.
    pub uses: fn(&str, &str, &[Definition]) -> Vec<DefinitionUse>,
}

/// A place where a definition in use names another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DefinitionUse {
    /// Kind of the definition that names it.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// JSON pointer into its body.
    #[schema(example = "/levers/offer:sale")]
    pub path: String,
}

/// A kind of definition that the program offers, and who may change it.
#[derive(Clone, Copy)]
pub struct ManagedKind {
    /// The kind, with the rules of its bodies.
    pub kind: Kind,
    /// Who may save it.
    pub edit: Permission,
}
