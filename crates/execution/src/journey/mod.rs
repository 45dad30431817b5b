//! Journeys: a conversation with one customer over several steps and channels.
//!
//! An entry pattern (these events, and none of those within a time) starts an instance per
//! customer and key (this cart). An instance finishes on the version it entered with.

pub mod api;
mod ask;
pub mod calendar;
pub mod db;
pub mod engine;
mod overtaken;
pub mod playbook;
pub mod signal;
#[cfg(test)]
mod tests;
mod validate;

use std::collections::BTreeMap;

use memory::criteria::Criteria;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::Kind;
use utoipa::ToSchema;

pub use validate::validate;

/// The kind of definition.
pub const KIND: Kind = Kind {
    name: "journey",
    validate,
};

store::id!(
    /// A customer's way through a journey.
    InstanceId,
    "jrn"
);

/// A journey as the marketer writes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Name per language.
    pub name: BTreeMap<String, String>,
    /// How customers enter.
    pub entry: Entry,
    /// Events that end an instance at any step.
    #[serde(default)]
    pub cancel_on: Vec<String>,
    /// The steps; the first one is where everybody starts.
    pub steps: Vec<Step>,
    /// Share of customers, 0 to 1, to whom the journey deliberately says nothing, for comparison.
    #[serde(default)]
    pub control_fraction: f64,
    /// How long after an end the same key may enter again, in milliseconds; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reentry_ms: Option<i64>,
}

/// The pattern that starts an instance.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Events that start it, or start its waiting time again.
    pub on: Vec<String>,
    /// The segments whose entries and exits count, when `on`, `without` or `cancel_on` name
    /// "Segment Entered" or "Segment Left"; every segment when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// What must be true of the customer when the waiting time is over.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub condition: Option<Criteria>,
    /// The property that tells instances apart, for example `cart_id`; one per customer when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Events that must not come within the waiting time.
    #[serde(default)]
    pub without: Vec<String>,
    /// The waiting time in milliseconds, counted from the last event of `on`.
    #[serde(default)]
    pub within_ms: i64,
}

/// One step.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Step {
    /// Its id within the journey.
    pub id: String,
    /// What happens.
    #[serde(flatten)]
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// Waits for a time, or until a time of day in the customer's zone.
    Wait {
        /// Milliseconds to wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_ms: Option<i64>,
        /// Time of day to wait for, as `09:00`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// The step after it; the end when absent.
        #[serde(default)]
        next: Option<String>,
    },
    /// Goes one way or another.
    Split {
        /// The first branch whose criteria hold is taken.
        branches: Vec<Branch>,
        /// The step when none holds; the end when absent.
        #[serde(default)]
        otherwise: Option<String>,
    },
    /// Goes the way of the variant that an experiment gives the customer.
    Experiment {
        /// The experiment.
        experiment: String,
        /// Where each variant leads; the end when a variant is not named.
        ways: BTreeMap<String, Option<String>>,
        /// The step of customers who do not take part; the end when absent.
        #[serde(default)]
        otherwise: Option<String>,
    },
    /// Asks the decision for an offer.
    Decide {
        /// The placement that asks.
        placement: String,
        /// The step when there is an offer.
        #[serde(default)]
        next_offer: Option<String>,
        /// The step when there is none.
        #[serde(default)]
        next_nothing: Option<String>,
    },
    /// Writes a message to the customer.
    Message {
        /// The template.
        template: String,
        /// The channel; e-mail.
        #[serde(default = "email")]
        channel: String,
        /// `marketing` or `service`.
        #[serde(default = "marketing")]
        purpose: String,
        /// Category for the contact policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        /// The decide step whose offer it carries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<String>,
        /// The step after it; the end when absent.
        #[serde(default)]
        next: Option<String>,
    },
    /// Ends the journey.
    End {},
}

fn email() -> String {
    "email".to_owned()
}

fn marketing() -> String {
    "marketing".to_owned()
}

/// One way out of a split.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// What must be true of the customer.
    #[schema(value_type = Object)]
    pub when: Criteria,
    /// The step to go to; the end when absent.
    #[serde(default)]
    pub next: Option<String>,
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JourneyState)]
pub enum State {
    /// The waiting time of the entry pattern runs.
    Pending,
    /// At a step.
    Inside,
    /// Reached an end.
    Done,
    /// Ended by an event, or because the entry's condition did not hold.
    Cancelled,
    /// A step failed again and again; somebody should look.
    Failed,
}

impl State {
    /// The word in the store and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Inside => "inside",
            State::Done => "done",
            State::Cancelled => "cancelled",
            State::Failed => "failed",
        }
    }

    /// The state of a word.
    pub fn named(word: &str) -> Option<State> {
        [
            State::Pending,
            State::Inside,
            State::Done,
            State::Cancelled,
            State::Failed,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}

/// What an instance carries along.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Luggage {
    /// The properties of the event that started it (the cart).
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
    /// Offers by the decide step that chose them.
    pub offers: BTreeMap<String, Chosen>,
    /// Steps taken so far; tells the visits of one step apart.
    pub moves_count: u32,
    /// True when the wait of the current step has begun, so that a due instance goes on.
    pub waited: bool,
}

/// An offer that a decide step chose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Chosen {
    /// The offer.
    pub offer: String,
    /// Its version.
    pub version: i64,
    /// The reserved contact.
    pub contact_id: memory::interaction::ContactId,
    /// The decision.
    pub decision_id: memory::interaction::DecisionId,
}

/// A customer on their way through a journey.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Whose.
    pub customer_id: memory::CustomerId,
    /// The journey.
    pub journey: String,
    /// The version it entered with.
    pub version: i64,
    /// What tells it apart (the cart), empty when there is one per customer.
    pub key: String,
    /// Where it stands.
    pub state: State,
    /// The step it is at.
    pub step: Option<String>,
    /// When it goes on.
    pub due_at: Timestamp,
    /// Failed tries of the current step.
    pub attempts: i64,
    /// Why it ended.
    pub reason: Option<String>,
    /// What it carries along.
    pub luggage: Luggage,
    /// When it began.
    pub entered_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}
