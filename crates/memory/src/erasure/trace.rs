//! Where the store may mention a customer besides the rows that are theirs by `customer_id`.
//!
//! Every crate lists its own tables; the program joins the lists and gives them to memory as data.
//! A test of the program demands that every table of the store is either a customer's by
//! `customer_id` or listed, so that a new table cannot be forgotten.

use super::mention::Wanted;

/// A table, and what becomes of it when a customer is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The table.
    pub table: &'static str,
    /// What becomes of it.
    pub remedy: Remedy,
}

/// What becomes of a table when a customer is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Rows that mention them in one of these columns go.
    Remove(&'static [&'static str], Wanted),
    /// Rows whose bytes mention them in this column go.
    RemoveBytes(&'static str),
    /// Mentions in these columns are replaced.
    Replace(&'static [&'static str], Wanted),
    /// Rows of other customers, in which what nothing else can be taken for is replaced.
    Others(&'static [&'static str]),
    /// A column that mentions them begins anew with this text.
    Restart(&'static str, &'static str),
    /// Rows go whose `column` is that of a row of theirs in the table `of`.
    Beside {
        /// The column, called the same in both.
        column: &'static str,
        /// A table with a `customer_id`.
        of: &'static str,
    },
    /// What they hold and have not used is given back at once.
    GiveBack,
    /// Bodies of the audit log that mention them go; the chain stays whole.
    Redact,
    /// A step of the program itself takes them out.
    Step(&'static str),
    /// Nothing of customers stands there, or may stay, and why.
    Nothing(&'static str),
}

impl Trace {
    /// A table and its remedy.
    pub const fn new(table: &'static str, remedy: Remedy) -> Trace {
        Trace { table, remedy }
    }
}

use Remedy::{GiveBack, Nothing, Redact, Remove, RemoveBytes, Replace, Restart, Step};
use Wanted::{Addresses, Everything, Identifiers};

/// Tables of the store, of the gate and of memory.
pub const TRACES: &[Trace] = &[
    Trace::new("migrations", Nothing("numbers of migrations")),
    Trace::new("sequences", Nothing("numbers that are handed out")),
    Trace::new("settings", Nothing("facts about the installation")),
    Trace::new("leases", Nothing("names of processes")),
    Trace::new(
        "definitions",
        Replace(&["title", "body", "note"], Addresses),
    ),
    Trace::new("definition_heads", Nothing("keys and versions")),
    Trace::new("jobs", Replace(&["body", "error"], Everything)),
    Trace::new("users", Nothing("people who work here, not customers")),
    Trace::new("sessions", Nothing("sign-ins of people who work here")),
    Trace::new("api_keys", Nothing("programs, and who made their keys")),
    Trace::new("audit_log", Redact),
    Trace::new("audit_heads", Nothing("the end of the chain")),
    Trace::new("idempotency_keys", Remove(&["key"], Identifiers)),
    Trace::new("idempotency_keys", RemoveBytes("answer")),
    Trace::new(
        "message_ids",
        Nothing("hashes of message ids, for some days"),
    ),
    Trace::new(
        "quarantine",
        Remove(&["body", "detail", "outcome"], Identifiers),
    ),
    Trace::new("sources", Nothing("where events come from")),
    Trace::new("attribute_definitions", Nothing("names of attributes")),
    Trace::new(
        "imports",
        Replace(&["name", "facts", "mapping"], Identifiers),
    ),
    Trace::new("import_mappings", Replace(&["name", "body"], Addresses)),
    Trace::new("feed_states", Replace(&["error"], Everything)),
    Trace::new("feed_runs", Replace(&["body", "error"], Everything)),
    Trace::new("feed_files", Replace(&["error"], Everything)),
    Trace::new("feed_offsets", Nothing("positions in streams")),
    Trace::new("event_names", Nothing("names of events")),
    Trace::new("event_properties", Restart("frequent", "{}")),
    Trace::new(
        "lake_files",
        Nothing("names of files and ranges of numbers"),
    ),
    Trace::new("lake_heads", Nothing("positions")),
    Trace::new("lake_columns", Nothing("names of properties")),
    Trace::new(
        "erasures",
        Step("identifiers stand there until the erasure is done"),
    ),
    Trace::new("cap_counters", Nothing("names of counters")),
    Trace::new("cap_holds", GiveBack),
];
