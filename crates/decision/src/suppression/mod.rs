//! Suppression lists: identifiers of people who must be left in peace, with owner, reason and end.
//!
//! Entries are hashes, so that a list outlives the customers it protects and holds for whoever
//! turns up with a listed identifier later. A customer is suppressed when any identifier of
//! theirs, or of anybody merged into them, is listed.

pub mod api;
pub mod db;
mod entry;
pub mod keep;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use memory::identity::{Digest, Identifier, IdentifierKind, digest};
use memory::{CustomerId, CustomerState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::{Definition, Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::body::{Check, read};
use crate::{Channel, Name};

pub use keep::keep;

/// Suppression lists as definitions.
pub const KIND: Kind = Kind {
    name: "suppression_list",
    validate,
};

/// Whom to leave in peace, where, why, and until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionList {
    /// What it is called, by language.
    pub name: Name,
    /// Who answers for it: a person or a department.
    pub owner: String,
    /// Why these people are left in peace.
    pub reason: String,
    /// The channels it closes; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// True when it also stops service messages; otherwise it stops marketing.
    #[serde(default)]
    pub everything: bool,
    /// When the whole list ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

fn validate(body: &Value) -> Vec<Problem> {
    let list: SuppressionList = match read(body) {
        Ok(list) => list,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&list.name);
    for (field, text) in [("/owner", &list.owner), ("/reason", &list.reason)] {
        let hint = "write at least a word, at most 500 characters";
        check.short((text, 500), field, "this is needed", hint);
    }
    if let Some(channels) = &list.channels {
        let hint = "name channels, or leave the field out to close all of them";
        check.demand(
            !channels.is_empty(),
            "/channels",
            (ProblemCode::ConcernsNothing, "no channel is closed"),
            hint,
        );
    }
    check.0
}

/// The entries of one list in use.
#[derive(Debug, Clone)]
struct Listed {
    key: String,
    body: SuppressionList,
    entries: HashMap<Digest, Option<Timestamp>>,
}

/// Every published list with its entries: an immutable snapshot.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    lists: Vec<Listed>,
}

/// Why a customer is left in peace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suppressed {
    /// Key of the list.
    pub list: String,
    /// The list's reason.
    pub reason: String,
    /// Until when, if it ends.
    pub until: Option<Timestamp>,
}

impl SuppressionList {
    /// Whether the list speaks against a contact.
    pub fn concerns(&self, channel: &str, purpose: &str, now: Timestamp) -> bool {
        let here = match &self.channels {
            Some(channels) => channels.iter().any(|closed| closed.word() == channel),
            None => true,
        };
        here && (self.everything || purpose == "marketing")
            && self.expires_at.is_none_or(|end| now < end)
    }
}

/// The published lists by key.
pub fn lists(definitions: &[Definition]) -> BTreeMap<String, SuppressionList> {
    let lists = definitions.iter().filter(|d| d.kind == KIND.name);
    lists
        .filter_map(|d| Some((d.key.clone(), read::<SuppressionList>(&d.body).ok()?)))
        .collect()
}

/// The digests under which a customer may be listed.
pub fn digests(customer: CustomerId, state: &CustomerState) -> Vec<Digest> {
    let ids = std::iter::once(&customer).chain(&state.members);
    let mut digests: Vec<Digest> = ids.map(|id| of_customer(*id)).collect();
    let known = state.identifiers.iter();
    digests.extend(known.map(|Identifier { kind, value, .. }| digest(*kind, value)));
    if let Some(email) = state.email() {
        digests.push(digest(IdentifierKind::Email, email));
    }
    digests
}

/// The digest of a customer who is listed by our own id.
pub fn of_customer(customer: CustomerId) -> Digest {
    let mut short = [0; 16];
    let text = format!("customer {customer}");
    short.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    short
}

impl Suppressions {
    /// Puts a list and its entries in.
    pub fn put(
        &mut self,
        key: &str,
        body: SuppressionList,
        entries: HashMap<Digest, Option<Timestamp>>,
    ) {
        self.lists.retain(|list| list.key != key);
        let key = key.to_owned();
        self.lists.push(Listed { key, body, entries });
    }

    /// The first list that speaks against a contact with a customer.
    pub fn listed(
        &self,
        customer: CustomerId,
        state: &CustomerState,
        channel: &str,
        purpose: &str,
        now: Timestamp,
    ) -> Option<Suppressed> {
        let concerning = self.lists.iter();
        let mut concerning = concerning
            .filter(|list| !list.entries.is_empty() && list.body.concerns(channel, purpose, now))
            .peekable();
        concerning.peek()?;
        let digests = digests(customer, state);
        concerning.find_map(|list| {
            let stands = |end: &&Option<Timestamp>| end.is_none_or(|end| now < end);
            let mut found = digests.iter().filter_map(|digest| list.entries.get(digest));
            let end = found.find(stands)?;
            Some(Suppressed {
                list: list.key.clone(),
                reason: list.body.reason.clone(),
                until: earlier(*end, list.body.expires_at),
            })
        })
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// What a person recognises of an identifier, without its value.
pub fn hint(kind: IdentifierKind, value: &str) -> String {
    let cut = |text: &str, keep: usize| -> String {
        let kept: String = text.chars().take(keep).collect();
        format!("{kept}…")
    };
    match (kind, value.split_once('@')) {
        (IdentifierKind::Email, Some((name, domain))) => format!("{}@{domain}", cut(name, 1)),
        (_, _) => {
            let end: String = value.chars().rev().take(3).collect();
            let end: String = end.chars().rev().collect();
            format!("…{end}")
        }
    }
}
