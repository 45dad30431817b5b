//! Interaction history: contacts and responses of every channel, in the one log.

pub mod api;
mod direct;
pub mod infer;
mod reaction;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::cap::Claim;

pub use direct::{Answered, Made, Said, treatment_code, treatment_contact};
pub use reaction::{Reaction, is_currency};

store::id!(
    /// A contact: the position of its row in the log.
    ContactId,
    "con"
);

store::id!(
    /// A decision: the position of its row in the log.
    DecisionId,
    "dec"
);

/// Where a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactStatus {
    /// Promised to a placement or a message; counts against the policy until it expires.
    Reserved,
    /// Seen, sent or spoken.
    Presented,
    /// Will not happen; counts no more.
    Released,
}

/// Something we presented, or promised to present, to a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// Channel.
    pub channel: String,
    /// Placement that asked, for inbound contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// Outbox message, for outbound contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Offer, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Version of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_version: Option<i64>,
    /// Variant of the offer, when it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Category of the offer or message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where it stands when it is written.
    pub status: ContactStatus,
    /// Whether it counts against the contact policy.
    pub counts: bool,
    /// True when the customer is in the control group: chosen, and deliberately not presented.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// When a reservation runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The decision it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<DecisionId>,
    /// How many rows before this one its decision stands, when both are appended together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_offset: Option<u64>,
    /// Language of the creative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the decision knew and expected: what is learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// What it takes of caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// The control group it is withheld for: `universal`, `journey` or `offer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_group: Option<String>,
    /// The group of the customer, as the strategy tells customers apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_group: Option<String>,
    /// Key of the journey it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
}

/// What a decision knew of the customer and expected of the offer when it made a contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Basis {
    /// Places, in the book of features, of what was true of the customer.
    #[serde(rename = "x")]
    pub features: Vec<u16>,
    /// Names of features that had no place yet.
    #[serde(rename = "new", default, skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<String>,
    /// The probability of an acceptance that was expected.
    #[serde(rename = "p")]
    pub propensity: f64,
    /// The probability with which the offer was chosen.
    #[serde(rename = "q")]
    pub probability: f64,
    /// What another offer was expected to bring in more, in minor units: the price of trying out.
    #[serde(rename = "r", default, skip_serializing_if = "nothing")]
    pub forgone_cents: f64,
}

fn nothing(amount: &f64) -> bool {
    *amount == 0.0
}

/// What the state keeps of a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactMark {
    /// The contact.
    pub contact_id: ContactId,
    /// When it was made.
    pub at: Timestamp,
    /// Channel.
    pub channel: String,
    /// Placement that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<String>,
    /// Outbox message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Version of the offer that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_version: Option<i64>,
    /// Variant of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Where it stands.
    pub status: ContactStatus,
    /// Whether it counts against the policy.
    pub counts: bool,
    /// Whether it was withheld for comparison.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// When a reservation runs out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The decision it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<DecisionId>,
    /// What it takes of caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

impl ContactMark {
    /// Whether it is a promise that is open at `now`.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.status != ContactStatus::Released && self.expires_at.is_some_and(|end| now < end)
    }

    /// Whether this contact counts against the policy at `now`.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        self.counts
            && !self.control
            && match self.status {
                ContactStatus::Presented => true,
                ContactStatus::Reserved => self.expires_at.is_none_or(|end| now < end),
                ContactStatus::Released => false,
            }
    }
}

/// How a customer reacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    /// Saw it.
    View,
    /// Followed it.
    Click,
    /// Took the offer.
    Accept,
    /// Said no.
    Reject,
    /// Saw it and did nothing.
    Ignored,
    /// A reaction the company named itself.
    Custom,
}

impl ResponseKind {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ResponseKind::View => "view",
            ResponseKind::Click => "click",
            ResponseKind::Accept => "accept",
            ResponseKind::Reject => "reject",
            ResponseKind::Ignored => "ignored",
            ResponseKind::Custom => "custom",
        }
    }
}

/// The customer's reaction to a contact, or a change of the contact itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Response {
    /// How.
    pub kind: ResponseKind,
    /// The company's own name, for custom reactions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The contact reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The offer reacted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The channel of the reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// True when it was inferred from a purchase, not stated by a code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inferred: bool,
    /// True when the contact was withheld (control group): counts for comparison only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_control: bool,
    /// What it was worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_cents: Option<i64>,
    /// Currency of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Share of the credit when several contacts may have caused it; they add up to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<f64>,
    /// What an agent wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What the state keeps of a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResponseMark {
    /// When.
    pub at: Timestamp,
    /// How.
    pub kind: ResponseKind,
    /// The company's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// Its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Inferred or direct.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inferred: bool,
    /// What it was worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_cents: Option<i64>,
}
