//! The kinds of definitions that the program offers, and who may change them.

use gate::definition::ManagedKind;

/// Every kind. The first words of the permissions: offers, policies, journeys.
pub static KINDS: &[ManagedKind] = &[];
