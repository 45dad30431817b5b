//! Where the tables of this crate mention customers besides their own rows.

use memory::erasure::mention::Wanted::Identifiers;
use memory::erasure::trace::{
    Remedy::{Nothing, Others, Replace},
    Trace,
};

/// Tables of this crate.
pub const TRACES: &[Trace] = &[
    Trace::new("suppressed_addresses", Replace(&["detail"], Identifiers)),
    Trace::new(
        "messages",
        Others(&["subject", "body", "links", "history", "detail"]),
    ),
    Trace::new("mailbox", Others(&["subject", "html", "text", "raw"])),
    Trace::new("signals", Others(&["body"])),
    Trace::new("journey_instances", Others(&["body"])),
    Trace::new("journey_steps", Nothing("how many entered each step")),
];
