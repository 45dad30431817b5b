//! What later crates ask memory to look out for, handed back as data.
//!
//! Compiled from published definitions by the program; replaced as a whole.

use std::collections::{BTreeSet, HashMap};

use crate::criteria::Slots;

/// One immutable snapshot of everything the append must notice.
#[derive(Debug, Default)]
pub struct Lookout {
    /// Aggregates that published criteria look back on.
    pub slots: Slots,
    /// Event name → watches whose signal the append writes, for example `journey:abandoned_cart`.
    pub watches: HashMap<String, Vec<String>>,
    /// Offer key → how a purchase answers it without a code.
    pub response_rules: HashMap<String, ResponseRule>,
}

/// When a purchase counts as an inferred acceptance of an offer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResponseRule {
    /// Product ids or SKUs that count.
    pub products: BTreeSet<String>,
    /// Product categories that count.
    pub categories: BTreeSet<String>,
    /// Whether any purchase counts.
    pub any_purchase: bool,
    /// How long after the contact a purchase counts, in milliseconds.
    pub window_ms: i64,
}
