//! Definitions over HTTP: one set of routes for every kind, with validation, history and files.

pub mod api;

mod diff;
mod files;
pub mod history;
mod rules;
#[cfg(test)]
mod tests;
mod watch;

use store::definition::Kind;

use crate::user::Permission;

pub use diff::{Change, ChangeKind, changes};
pub use files::{DefinitionFile, Imported, export, import};
pub use rules::{Publication, SaveWish, Saved, publish, save};
pub use watch::{Published, Snapshot};

/// A kind of definition that the program offers, and who may change it.
#[derive(Clone, Copy)]
pub struct ManagedKind {
    /// The kind, with the rules of its bodies.
    pub kind: Kind,
    /// Who may save it.
    pub edit: Permission,
}
