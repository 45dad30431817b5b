//! Targeting: which offers a customer gets at some placements, now, and why.

pub(crate) mod adjust;
mod answer;
pub mod api;
#[cfg(test)]
mod api_tests;
pub mod arbitrate;
pub(crate) mod around;
pub(crate) mod asked;
mod choose;
pub mod control;
mod db;
pub mod decider;
pub(crate) mod evidence;
pub mod find;
mod honoured;
pub mod ignored;
#[cfg(test)]
mod ignored_tests;
pub mod keep;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod outage_tests;
pub mod page;
pub mod pipeline;
mod plain;
#[cfg(test)]
mod plain_tests;
mod plan;
mod proposals;
pub mod read;
pub mod reason;
pub(crate) mod record;
pub mod reserve;
pub mod sensitivity;
pub(crate) mod stored;
pub mod strategy;
pub mod suppress;
#[cfg(test)]
mod tests;
mod variant;
mod wish;

use std::sync::Arc;

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::{Problem, ProblemCode};
use utoipa::ToSchema;

use crate::offer::Creative;
use crate::placement::{Fallback, LARGEST_COUNT};

pub use control::JourneyRef;
pub use decider::Decider;
pub use keep::keep;
pub use reserve::{Refused, Reservation};
pub use wish::{Made, MadeOffer, Wish};

/// The most placements of one request.
pub const LARGEST_PLACEMENTS: usize = 20;
/// The most entries of a request's context.
const LARGEST_CONTEXT: usize = 100;
/// How long a caller waits unless they say otherwise.
pub const DEADLINE_MS: u64 = 50;
/// The longest deadline.
const LONGEST_DEADLINE_MS: u64 = 10_000;

/// A question: what does this customer get at these placements?
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Whom it is about.
    pub customer: CustomerRef,
    /// Keys of the placements, most important first.
    #[schema(example = json!(["home_banner"]))]
    pub placements: Vec<String>,
    /// What criteria may ask about this moment: device, page, weather.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
    /// How long the caller waits, in milliseconds; 50 unless given. When it is over, fallback
    /// content is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u64>,
    /// Offers per placement; what the placement says unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Language of the creatives; the customer's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A customer, by id or identifier; the first that is given and known counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerRef {
    /// Our id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// The company's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// A browser or device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
}

impl CustomerRef {
    /// Everything that is wrong with how a customer is named.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        if *self == CustomerRef::default() {
            let problem = Problem::new("/customer", "nobody is named");
            problems.push(problem.hint("give customer_id, user_id or anonymous_id"));
        }
        let named = [
            ("/customer/user_id", &self.user_id),
            ("/customer/anonymous_id", &self.anonymous_id),
        ];
        for (path, value) in named {
            if value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                let problem = Problem::new(path, (ProblemCode::Empty, "this is empty"));
                problems.push(problem.hint("leave it out, or say who it is"));
            }
        }
        problems
    }
}

/// How good an answer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Degradation {
    /// Decided on the customer's newest state.
    #[default]
    None,
    /// Decided on the state as this process last saw it.
    CachedState,
    /// Nobody is known by the identifiers of the request: decided as for a new customer, without a
    /// record, without contacts, and without offers that have to be counted. An event or an identify
    /// call makes them known.
    Anonymous,
    /// Not decided: fallback content.
    Fallback,
}

/// Why a placement shows what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerReason {
    /// It shows an offer.
    Offer,
    /// What it would show is withheld for comparison.
    ControlGroup,
    /// No offer fits this customer.
    NothingEligible,
    /// Offers would fit, and the contact policy allows no further contact.
    Policy,
    /// What would fit is shown by another placement of the request.
    Duplicate,
    /// The customer is being contacted elsewhere at this very moment.
    Contended,
    /// The time was over before a decision could be made and written down.
    Timeout,
    /// The store does not answer.
    Unavailable,
    /// There is no such published placement.
    UnknownPlacement,
}

impl AnswerReason {
    /// All of them.
    pub const ALL: [AnswerReason; 9] = [
        AnswerReason::Offer,
        AnswerReason::ControlGroup,
        AnswerReason::NothingEligible,
        AnswerReason::Policy,
        AnswerReason::Duplicate,
        AnswerReason::Contended,
        AnswerReason::Timeout,
        AnswerReason::Unavailable,
        AnswerReason::UnknownPlacement,
    ];
}

/// An answer: what to show at each placement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DecisionAnswer {
    /// The record of the decision; null when there is none (dry runs, unknown customers, fallback).
    pub decision_id: Option<DecisionId>,
    /// The customer, when they are known.
    pub customer_id: Option<CustomerId>,
    /// How good the answer is.
    pub degradation: Degradation,
    /// What to show, in the order of the request.
    pub placements: Vec<PlacementAnswer>,
}

/// What to show at one placement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlacementAnswer {
    /// Key of the placement.
    pub placement: String,
    /// The offers, best first; empty when there is none to show.
    pub offers: Vec<OfferAnswer>,
    /// What to show instead of an offer.
    #[schema(value_type = Option<Fallback>)]
    pub fallback: Option<Arc<Fallback>>,
    /// What that becomes when the last offer cannot be shown after all.
    #[serde(skip)]
    pub(crate) spare: Option<Arc<Fallback>>,
    /// Why.
    pub reason: AnswerReason,
}

/// An offer to show.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfferAnswer {
    /// Key of the offer.
    pub offer: String,
    /// Its version.
    pub version: i64,
    /// Which of its variants, when it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The code or coupon that comes with it, to be shown and to be redeemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The contact it is; null in dry runs and for unknown customers.
    pub contact_id: Option<ContactId>,
    /// A short code that ties responses to the contact.
    pub treatment_code: Option<String>,
    /// The priority by which it won.
    pub priority: f64,
    /// The probability that the customer accepts it, as it was expected.
    pub propensity: Option<f64>,
    /// How it looks.
    #[schema(value_type = Creative)]
    pub creative: Arc<Creative>,
    /// Its attributes.
    #[schema(value_type = Object)]
    pub attributes: Arc<Map<String, Value>>,
    /// Until when it may be shown.
    pub expires_at: Option<Timestamp>,
}

/// The short code of a contact.
pub fn treatment_code(contact: ContactId) -> String {
    store::id::encode(contact.0)
}

impl DecisionRequest {
    /// Everything that is wrong with a request.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.customer.problems();
        if self.placements.is_empty() || self.placements.len() > LARGEST_PLACEMENTS {
            let message = format!("{} placements", self.placements.len());
            let hint = format!("name 1 to {LARGEST_PLACEMENTS} placements");
            problems.push(Problem::new("/placements", message).hint(hint));
        }
        for (place, key) in self.placements.iter().enumerate() {
            if self.placements[..place].contains(key) {
                let path = format!("/placements/{place}");
                let problem = Problem::new(path, "the placement is there twice");
                problems.push(problem.hint("use count for several offers at one placement"));
            }
        }
        if self.context.len() > LARGEST_CONTEXT {
            let message = format!("{} entries", self.context.len());
            let hint = format!("send at most {LARGEST_CONTEXT}");
            problems.push(Problem::new("/context", message).hint(hint));
        }
        if self
            .count
            .is_some_and(|count| !(1..=LARGEST_COUNT).contains(&count))
        {
            let hint = format!("use 1 to {LARGEST_COUNT}");
            problems.push(Problem::new("/count", "this is no number of offers").hint(hint));
        }
        if self
            .deadline_ms
            .is_some_and(|ms| !(1..=LONGEST_DEADLINE_MS).contains(&ms))
        {
            let hint = format!("use 1 to {LONGEST_DEADLINE_MS} milliseconds");
            problems.push(Problem::new("/deadline_ms", "this is no deadline").hint(hint));
        }
        problems
    }
}
