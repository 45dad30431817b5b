//! Timeline: one conversation of both sides, from every channel, newest first.

pub mod api;
mod body;
mod page;
#[cfg(test)]
pub(crate) mod tests;
mod wording;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;

use crate::log::RowKind;

pub use body::CALL;
pub use page::{Place, page};

/// After so long an item counts as late: an hour.
const LATE_MS: i64 = 3_600_000;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// We to the customer.
    Ours,
    /// The customer to us.
    Theirs,
    /// Neither: bookkeeping.
    System,
}

/// What kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// The customer did something.
    Event,
    /// A source said who the customer is.
    Identify,
    /// We presented something.
    Contact,
    /// The customer reacted.
    Response,
    /// We decided what to say.
    Decision,
    /// The customer allowed or forbade something.
    Consent,
    /// Two customers turned out to be one.
    Merge,
    /// A merge was taken back.
    Unmerge,
}

impl ItemKind {
    /// The kind of a row; rows that only move a contact on are part of it.
    fn of_row(kind: RowKind) -> Option<ItemKind> {
        Some(match kind {
            RowKind::Event => ItemKind::Event,
            RowKind::Identify => ItemKind::Identify,
            RowKind::Contact => ItemKind::Contact,
            RowKind::Response => ItemKind::Response,
            RowKind::Decision => ItemKind::Decision,
            RowKind::Consent => ItemKind::Consent,
            RowKind::Merge => ItemKind::Merge,
            RowKind::Unmerge => ItemKind::Unmerge,
            RowKind::ContactMoved => return None,
        })
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<ItemKind> {
        serde_json::from_value(Value::String(word.to_owned())).ok()
    }
}

/// One thing that was said or done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Item {
    /// Its id: `con_…` of a contact, `dec_…` of a decision, `row_…` of anything else.
    pub id: String,
    /// Its position in the log.
    pub seq: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When we were told.
    pub received_at: Timestamp,
    /// Who speaks.
    pub side: Side,
    /// What kind of item.
    pub kind: ItemKind,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What happened, in a few words.
    pub title: String,
    /// The facts that matter, in a line; may be empty.
    pub summary: String,
    /// True when we were told more than an hour after it happened.
    pub late: bool,
    /// The key of the source; `rapport` for what we wrote ourselves.
    pub source: String,
    /// Everything that is known of it.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// What of the conversation is wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only one side.
    pub side: Option<Side>,
    /// Only these kinds; all when empty.
    pub kinds: Vec<ItemKind>,
    /// Only one channel.
    pub channel: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Only before.
    pub before: Option<Timestamp>,
}

impl Filter {
    fn wants(&self, item: &Item) -> bool {
        self.side.is_none_or(|side| side == item.side)
            && (self.kinds.is_empty() || self.kinds.contains(&item.kind))
            && (self.channel.is_none() || self.channel == item.channel)
            && self.from.is_none_or(|from| item.occurred_at >= from)
            && self.before.is_none_or(|before| item.occurred_at < before)
    }
}
