//! A customer as we know them now: the state that follows from the log.

pub mod api;
#[cfg(test)]
mod api_tests;
pub mod apply;
pub mod cache;
pub mod db;
pub mod edit;
mod facts;
pub mod membership;
pub mod merge;
mod part;
pub mod reach;
pub mod search;
#[cfg(test)]
mod tests;
pub(crate) mod versions;
pub mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::consent::Consent;
use crate::criteria::{AttributeValue, Match, SlotId};
use crate::identity::{Identifier, IdentifierKind};
use crate::interaction::{ContactMark, ResponseMark};

pub use facts::CustomerFacts;
pub use membership::Memberships;
pub use part::Shared;

store::id!(
    /// A customer.
    CustomerId,
    "cus"
);

/// Positions of recent log rows kept per customer; older ones are found by a scan.
pub const RECENT_LIMIT: usize = 500;
/// Recent contacts and responses kept per customer.
pub const MARKS_LIMIT: usize = 1_000;
/// Matches kept per aggregate; beyond it the oldest are forgotten.
pub const MATCHES_LIMIT: usize = 10_000;
/// Attributes kept per customer.
pub const ATTRIBUTES_LIMIT: usize = 500;

/// One attribute and when it was said; the newest statement wins, in whatever order they arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// The value.
    pub value: AttributeValue,
    /// When the customer or a source said so.
    pub at: Timestamp,
}

/// What we know of one customer (with everyone merged into them).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerState {
    /// Rises with every applied row.
    pub version: i64,
    /// Rises with every contact, response, consent or merge: what a decision depends on.
    pub contact_version: i64,
    /// Position of the newest applied log row.
    pub applied_seq: u64,
    /// Attributes by key.
    pub attributes: Shared<BTreeMap<String, Attribute>>,
    /// Everything that points to this customer.
    pub identifiers: Shared<Vec<Identifier>>,
    /// Customers merged into this one (leaves), besides itself.
    pub members: Vec<CustomerId>,
    /// When others were merged in, within the last hour.
    pub merged_at: Vec<Timestamp>,
    /// Standing consents, one per channel and purpose.
    pub consents: Shared<Vec<Consent>>,
    /// Recent contacts, oldest first.
    pub contacts: Shared<Vec<ContactMark>>,
    /// Recent responses, oldest first.
    pub responses: Shared<Vec<ResponseMark>>,
    /// What published definitions look back on: matches per aggregate, oldest first.
    pub matches: Shared<BTreeMap<SlotId, Shared<Vec<Match>>>>,
    /// Positions of recent log rows, ascending.
    pub recent: Vec<u64>,
    /// All log rows of this customer.
    pub rows_count: u64,
    /// When we first and last heard of them.
    pub first_seen_at: Timestamp,
    /// When we last heard of them.
    pub last_seen_at: Timestamp,
    /// Their time zone (IANA), as last reported.
    pub zone: Option<String>,
    /// Their language (BCP 47), as last reported.
    pub language: Option<String>,
}

impl Default for CustomerState {
    fn default() -> Self {
        CustomerState {
            version: 0,
            contact_version: 0,
            applied_seq: 0,
            attributes: Shared::default(),
            identifiers: Shared::default(),
            members: Vec::new(),
            merged_at: Vec::new(),
            consents: Shared::default(),
            contacts: Shared::default(),
            responses: Shared::default(),
            matches: Shared::default(),
            recent: Vec::new(),
            rows_count: 0,
            first_seen_at: Timestamp(i64::MAX),
            last_seen_at: Timestamp(0),
            zone: None,
            language: None,
        }
    }
}

/// A customer and their state, as read at one moment.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The customer (the root of a merge).
    pub id: CustomerId,
    /// The state.
    pub state: Arc<CustomerState>,
}

/// Whether a customer has told us who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Only a browser or device is known.
    Anonymous,
    /// A user id, e-mail or loyalty number is known.
    Known,
}

impl CustomerState {
    /// Whether the customer is known or anonymous.
    pub fn standing(&self) -> Standing {
        let known = self
            .identifiers
            .iter()
            .any(|i| i.kind != IdentifierKind::AnonymousId);
        if known {
            Standing::Known
        } else {
            Standing::Anonymous
        }
    }

    /// The text of an attribute.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.attributes.get(key)?.value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Bool(_)
            | AttributeValue::Number(_)
            | AttributeValue::Instant(_)
            | AttributeValue::List(_) => None,
        }
    }

    /// The first identifier of a kind.
    pub fn identifier(&self, kind: IdentifierKind) -> Option<&str> {
        self.identifiers
            .iter()
            .find(|i| i.kind == kind)
            .map(|i| i.value.as_str())
    }

    /// The e-mail address, from attributes or identifiers.
    pub fn email(&self) -> Option<&str> {
        self.text("email")
            .or_else(|| self.identifier(IdentifierKind::Email))
    }

    /// How we call this customer in lists: name, e-mail, user id, card or telephone; empty for a
    /// visitor of whom only a browser is known.
    pub fn label(&self) -> String {
        if let Some(name) = self.text("name") {
            return name.to_owned();
        }
        let parts = ["first_name", "firstName", "last_name", "lastName"];
        let name: Vec<&str> = parts.iter().filter_map(|key| self.text(key)).collect();
        if !name.is_empty() {
            return name.join(" ");
        }
        let known = [
            IdentifierKind::Email,
            IdentifierKind::UserId,
            IdentifierKind::LoyaltyCard,
            IdentifierKind::Phone,
        ];
        if let Some(value) = known.iter().find_map(|kind| self.identifier(*kind)) {
            return value.to_owned();
        }
        self.email().map(str::to_owned).unwrap_or_default()
    }
}
