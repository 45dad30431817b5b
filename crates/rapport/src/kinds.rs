//! The kinds of definitions that the program offers, and who may change them.

use gate::Permission;
use gate::definition::ManagedKind;

/// Every kind, one line each.
pub static KINDS: &[ManagedKind] = &[ManagedKind {
    kind: execution::template::KIND,
    edit: Permission::EditJourneys,
}];
