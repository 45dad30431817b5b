//! Where the tables of this crate mention customers besides their own rows.

use memory::erasure::mention::Wanted::Identifiers;
use memory::erasure::trace::{Remedy::Replace, Trace};

/// Tables of this crate.
pub const TRACES: &[Trace] = &[Trace::new(
    "saved_views",
    Replace(&["name", "search"], Identifiers),
)];
