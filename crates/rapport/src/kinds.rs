//! The kinds of definitions that the program offers, and who may change them.

use gate::Permission;
use gate::definition::ManagedKind;

/// Every kind, one line each.
pub static KINDS: &[ManagedKind] = &[
    ManagedKind {
        kind: decision::offer::template::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: decision::offer::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: decision::offer_list::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: decision::placement::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: decision::cap::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: decision::policy::KIND,
        edit: Permission::EditPolicies,
    },
    ManagedKind {
        kind: decision::targeting::strategy::KIND,
        edit: Permission::EditPolicies,
    },
    ManagedKind {
        kind: decision::segment::KIND,
        edit: Permission::EditJourneys,
    },
    ManagedKind {
        kind: decision::suppression::KIND,
        edit: Permission::EditPolicies,
    },
    ManagedKind {
        kind: memory::source::feed::KIND,
        edit: Permission::EditData,
    },
    ManagedKind {
        kind: awareness::web::goal::KIND,
        edit: Permission::EditJourneys,
    },
    ManagedKind {
        kind: decision::experiment::KIND,
        edit: Permission::EditOffers,
    },
    ManagedKind {
        kind: execution::template::KIND,
        edit: Permission::EditJourneys,
    },
    ManagedKind {
        kind: execution::journey::KIND,
        edit: Permission::EditJourneys,
    },
];
