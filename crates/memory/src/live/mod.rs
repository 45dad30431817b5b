//! Live: what customers do at this moment, as it is committed.

pub mod api;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;

use crate::CustomerId;
use crate::attribute::Masking;
use crate::log::{Entry, LogRow, RowKind};
use crate::source::Names;

/// Items held for a watcher between two sendings; beyond it the oldest are skipped.
pub const HELD: usize = 20;
/// Largest properties that are shown, in bytes.
const SHOWN_BYTES: usize = 8_192;

/// One thing that was just taken in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiveItem {
    /// Its position in the log.
    pub seq: u64,
    /// Whose (before merges).
    pub customer_id: CustomerId,
    /// How we call them; empty where that is personal.
    pub customer_label: String,
    /// What kind of row.
    pub kind: RowKind,
    /// The event's name, or the kind in a word.
    pub name: String,
    /// The key of the source.
    pub source: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// Its content; personal values are hidden, large ones are left out.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// What a watcher wants to see.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Only of this source.
    pub source_id: Option<i64>,
    /// Only events whose name contains this, whatever the case.
    pub name: Option<String>,
    /// Only of these customers: one and everybody merged into them.
    pub customers: Option<Vec<CustomerId>>,
}

fn name(row: &LogRow) -> &str {
    match &row.entry {
        Entry::Event(body) => &body.name,
        Entry::Identify(_)
        | Entry::Consent(_)
        | Entry::Contact(_)
        | Entry::Response(_)
        | Entry::Decision(_)
        | Entry::Merge(_)
        | Entry::Unmerge(_)
        | Entry::ContactMoved(_) => row.entry.kind().word(),
    }
}

impl Watch {
    /// Whether a row is wanted.
    pub fn wants(&self, row: &LogRow) -> bool {
        let named = |wanted: &String| name(row).to_lowercase().contains(wanted);
        self.source_id.is_none_or(|source| source == row.source_id)
            && self.name.as_ref().is_none_or(named)
            && self
                .customers
                .as_ref()
                .is_none_or(|all| all.contains(&row.customer_id))
    }
}

/// A row as a watcher sees it.
pub fn item(row: &LogRow, names: &Names, masking: &Masking) -> LiveItem {
    let text = row.entry.to_json().unwrap_or_default();
    let mut body = match text.len() > SHOWN_BYTES {
        true => serde_json::json!({"left_out_bytes": text.len()}),
        false => serde_json::from_str(&text).unwrap_or_default(),
    };
    masking.json(&mut body);
    LiveItem {
        seq: row.seq,
        customer_id: row.customer_id,
        customer_label: String::new(),
        kind: row.entry.kind(),
        name: name(row).to_owned(),
        source: names.of(row.source_id),
        occurred_at: row.occurred_at,
        received_at: row.received_at,
        body,
    }
}

/// What waits for a watcher, bounded.
#[derive(Debug, Default)]
pub struct Waiting {
    items: VecDeque<LiveItem>,
    skipped: u64,
}

impl Waiting {
    /// Adds an item; the oldest gives way.
    pub fn push(&mut self, item: LiveItem) {
        if self.items.len() == HELD {
            self.items.pop_front();
            self.skipped += 1;
        }
        self.items.push_back(item);
    }

    /// Counts rows that were missed altogether.
    pub fn skip(&mut self, count: u64) {
        self.skipped += count;
    }

    /// Takes everything that waits, and how many were skipped.
    pub fn take(&mut self) -> (Vec<LiveItem>, u64) {
        (
            self.items.drain(..).collect(),
            std::mem::take(&mut self.skipped),
        )
    }
}
