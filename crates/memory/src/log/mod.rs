//! The log: everything that happens with a customer is one row; all else follows from it.

pub mod as_of;
mod caps;
pub mod db;
pub mod entry;
mod flush;
#[cfg(test)]
mod flush_tests;
mod ground;
mod group;
mod pipeline;
mod rebuild;
mod recent;
mod replay;
mod rewrite;
pub mod tail;
mod turns;
pub(crate) mod writer;
#[cfg(test)]
mod writer_tests;

use tokio::sync::oneshot;

use crate::Error;
use crate::customer::CustomerId;
use crate::identity::IdentifierKind;
use crate::identity::resolve::Named;
use crate::quarantine::Rejected;
use crate::source::feed::Note;

pub use entry::{ContactMoved, Entry, EventBody, LogRow, Merge, MessageMark, NewRow, RowKind};
pub(crate) use flush::{Kept, Pace, flush_few, flush_once, write_behind};
pub(crate) use group::addresses;
pub(crate) use rebuild::{joining, rebuild};
pub(crate) use recent::Recent;
pub use replay::{Matches, matches_of};
pub(crate) use replay::{backfill, catch_up};

/// Rows we write ourselves about one customer, all or none.
#[derive(Debug, Clone)]
pub struct Command {
    /// Whose; a merged customer's rows go to the root's state.
    pub customer: CustomerId,
    /// The rows, in order.
    pub rows: Vec<NewRow>,
    /// The `contact_version` the rows were decided on; another one is a conflict.
    pub expect: Option<i64>,
}

/// What was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The customer (the root).
    pub customer_id: CustomerId,
    /// Positions of the rows; rows that repeat an earlier statement have none.
    pub seqs: Vec<u64>,
}

/// An event that still has to be resolved to a customer.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Whom it names.
    pub named: Named,
    /// Addresses in its attributes, for search.
    pub addresses: Vec<(IdentifierKind, String)>,
    /// The row it becomes.
    pub row: NewRow,
}

/// What came of a stream, together with how far the stream was read: all of it is committed, or
/// nothing.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The events.
    pub events: Vec<Incoming>,
    /// What could not be understood.
    pub rejected: Vec<Rejected>,
    /// How far the stream was read.
    pub note: Note,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stands in the log.
    Accepted {
        /// Whose it is (the root).
        customer_id: CustomerId,
        /// Where it stands.
        seq: u64,
    },
    /// The same statement stands there already.
    Duplicate,
    /// The same message id stands there with other content.
    Conflicting {
        /// The event in the Segment form, for quarantine.
        body: String,
    },
}

/// One request to the writer.
pub(crate) struct Work {
    pub ask: Ask,
    pub reply: oneshot::Sender<Result<Answer, Error>>,
}

/// What is asked of the writer.
#[derive(Clone)]
pub(crate) enum Ask {
    Events(Vec<Incoming>),
    Delivery(Box<Delivery>),
    Command(Command),
    Rewrite(Rewrite),
    Stop,
}

/// What the writer answers.
pub(crate) enum Answer {
    Events(Vec<Verdict>),
    Command(Appended),
    Rewritten,
}

/// A change of states that is not an append.
#[derive(Clone)]
pub(crate) enum Rewrite {
    /// Sets what an aggregate holds for a customer, from rows up to a position.
    Matches {
        customer: CustomerId,
        slot: crate::criteria::SlotId,
        matches: Vec<crate::criteria::Match>,
        upto_seq: u64,
    },
    /// Takes everything of a customer away; rows before the newest were looked up by position.
    Erase {
        erasure: i64,
        customer: CustomerId,
        seqs: Vec<u64>,
        traces: std::sync::Arc<[crate::erasure::trace::Trace]>,
    },
    /// Takes what a customer's state tells of somebody who is erased out of it.
    Mentions {
        customer: CustomerId,
        others: std::sync::Arc<crate::erasure::others::Others>,
    },
    /// Gives back what contacts hold of caps and have not used in time.
    GiveBack,
    /// Merges one customer into another by hand.
    Merge {
        into: CustomerId,
        merged: CustomerId,
    },
    /// Takes a merge back; the two states were rebuilt from the log up to a position.
    Unmerge {
        merge: Merge,
        into_state: Box<crate::CustomerState>,
        merged_state: Box<crate::CustomerState>,
        expect: i64,
    },
}
