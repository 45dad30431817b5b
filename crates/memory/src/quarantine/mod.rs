//! Quarantine: what sources sent and could not be taken in, with the reason, until somebody
//! corrects and replays it or discards it.

pub mod api;
pub mod db;
pub mod replay;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::event::wire::Form;

store::id!(
    /// An item in quarantine.
    QuarantineId,
    "qrt"
);

/// Items kept per source; a source that sends only rubbish must not fill the disk.
pub const KEPT_PER_SOURCE: i64 = 10_000;

/// What is said of a message id that came before with other content.
pub const CONFLICTING: &str = "this message id came before with other content";

/// An item to be put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it came from.
    pub source_id: i64,
    /// Why, for programs: a code like `bad_timestamp`.
    pub reason: String,
    /// Why and what to do, for people.
    pub detail: String,
    /// How it is read again: the name of an [`crate::event::wire::Form`].
    pub form: String,
    /// The item as it came.
    pub body: String,
    /// When it came.
    pub received_at: Timestamp,
}

impl Rejected {
    /// An event whose message id came before with other content, in the Segment form.
    pub fn conflicting(source_id: i64, body: String, received_at: Timestamp) -> Rejected {
        Rejected {
            source_id,
            reason: "conflicting_message_id".to_owned(),
            detail: CONFLICTING.to_owned(),
            form: Form::Batch.name().to_owned(),
            body,
            received_at,
        }
    }
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuarantineState)]
pub enum State {
    /// Nobody has decided yet.
    Waiting,
    /// It was taken in later.
    Replayed,
    /// Somebody threw it away.
    Discarded,
}

impl State {
    /// The word in the store and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Replayed => "replayed",
            State::Discarded => "discarded",
        }
    }

    fn of_word(word: &str) -> State {
        match word {
            "replayed" => State::Replayed,
            "discarded" => State::Discarded,
            _ => State::Waiting,
        }
    }
}

/// An item in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its id.
    pub id: QuarantineId,
    /// Where it came from.
    pub source_id: i64,
    /// Why, for programs.
    pub reason: String,
    /// Why and what to do, for people.
    pub detail: String,
    /// How it is read again.
    pub form: String,
    /// The item as it came.
    pub body: String,
    /// What became of it.
    pub state: State,
    /// What the replay answered.
    pub outcome: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// When its state changed.
    pub updated_at: Timestamp,
}
