//! A message: what is planned, and how it stands in the outbox.

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use super::state::{Event, Guarantee, Illegal, Refusal, Row, State, Suppression};
use crate::journey::InstanceId;

/// Changes of one message that are kept; the first one always is.
const HISTORY_LIMIT: usize = 60;
/// Characters kept of what a provider said.
const DETAIL_LIMIT: usize = 1_000;

store::id!(
    /// A message.
    MessageId,
    "msg"
);

/// A message to be planned.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Its id, taken before the transaction.
    pub id: MessageId,
    /// To whom.
    pub customer_id: CustomerId,
    /// What may be planned only once, for example a journey instance's step.
    pub once_key: String,
    /// What is promised.
    pub guarantee: Guarantee,
    /// Not before this time.
    pub due_at: Timestamp,
    /// Channel.
    pub channel: String,
    /// Purpose, for consent.
    pub purpose: String,
    /// Category, for the contact policy.
    pub category: Option<String>,
    /// Key of the template.
    pub template: String,
    /// The offer it carries and its version.
    pub offer: Option<(String, i64)>,
    /// The reserved contact and its decision, when an offer was chosen.
    pub contact: Option<(ContactId, DecisionId)>,
    /// Journey, instance and step it comes from.
    pub journey: Option<(String, InstanceId, String)>,
    /// Data for the template beside customer and offer: the cart, the event.
    pub data: serde_json::Value,
}

/// A message as it stands in the outbox.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub customer_id: CustomerId,
    /// Its fate.
    pub row: Row,
    /// The provider's words, or where the template failed.
    pub detail: Option<String>,
    /// Channel.
    pub channel: String,
    /// Purpose, for consent.
    pub purpose: String,
    /// Category, for the contact policy.
    pub category: Option<String>,
    /// Key of the template.
    pub template: String,
    /// Version of the template, once rendered.
    pub template_version: Option<i64>,
    /// The offer it carries.
    pub offer: Option<String>,
    /// The version of that offer.
    pub offer_version: Option<i64>,
    /// The reserved contact.
    pub contact_id: Option<ContactId>,
    /// The decision that chose the offer.
    pub decision_id: Option<DecisionId>,
    /// The journey it comes from.
    pub journey: Option<String>,
    /// The instance of the journey.
    pub instance_id: Option<InstanceId>,
    /// The step of the journey.
    pub step: Option<String>,
    /// Language it was rendered in.
    pub language: Option<String>,
    /// Address it goes to.
    pub address: Option<String>,
    /// Subject, once rendered.
    pub subject: Option<String>,
    /// Data for the template beside customer and offer.
    pub data: serde_json::Value,
    /// Targets of its links, in order.
    pub links: Vec<String>,
    /// What happened to it, oldest first.
    pub history: Vec<Moment>,
    /// Whether the customer's log knows how it ended.
    pub told: bool,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// One change of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The state from then on.
    pub state: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The provider's words, or where the template failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Message {
    /// Lets an event happen, and keeps it in the history.
    pub fn happen(
        &mut self,
        event: Event,
        detail: Option<String>,
        now: Timestamp,
    ) -> Result<(), Illegal> {
        self.row = self.row.next(event)?;
        self.detail = detail.map(|text| text.chars().take(DETAIL_LIMIT).collect());
        self.updated_at = now;
        if self.history.len() >= HISTORY_LIMIT {
            self.history.remove(1);
        }
        self.history.push(Moment {
            at: now,
            state: self.row.state.name().to_owned(),
            reason: self.row.state.reason().map(str::to_owned),
            detail: self.detail.clone(),
        });
        Ok(())
    }
}

impl State {
    /// Why it is rejected or suppressed.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            State::Rejected { refusal } => Some(refusal.word()),
            State::Suppressed { reason } => Some(reason.word()),
            State::Planned
            | State::Claimed { .. }
            | State::Handing { .. }
            | State::Accepted { .. }
            | State::Uncertain => None,
        }
    }

    /// The state of stored words.
    pub fn named(
        name: &str,
        reason: Option<&str>,
        fence: u64,
        provider_id: Option<String>,
    ) -> Option<State> {
        Some(match name {
            "planned" => State::Planned,
            "claimed" => State::Claimed { fence },
            "handing" => State::Handing { fence },
            "accepted" => State::Accepted { provider_id },
            "rejected" => State::Rejected {
                refusal: Refusal::named(reason?)?,
            },
            "uncertain" => State::Uncertain,
            "suppressed" => State::Suppressed {
                reason: Suppression::named(reason?)?,
            },
            _ => return None,
        })
    }
}

impl Refusal {
    const ALL: [Refusal; 4] = [
        Refusal::Hard,
        Refusal::Soft,
        Refusal::Policy,
        Refusal::Exhausted,
    ];

    /// The word in the store and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Hard => "hard",
            Refusal::Soft => "soft",
            Refusal::Policy => "policy",
            Refusal::Exhausted => "exhausted",
        }
    }

    /// The refusal of a word.
    pub fn named(word: &str) -> Option<Refusal> {
        Refusal::ALL.into_iter().find(|one| one.word() == word)
    }
}

impl Suppression {
    const ALL: [Suppression; 9] = [
        Suppression::NoConsent,
        Suppression::Listed,
        Suppression::NoAddress,
        Suppression::ContactPolicy,
        Suppression::Cancelled,
        Suppression::Expired,
        Suppression::NotRenderable,
        Suppression::ControlGroup,
        Suppression::Recalled,
    ];

    /// The word in the store and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Suppression::NoConsent => "no_consent",
            Suppression::Listed => "listed",
            Suppression::NoAddress => "no_address",
            Suppression::ContactPolicy => "contact_policy",
            Suppression::Cancelled => "cancelled",
            Suppression::Expired => "expired",
            Suppression::NotRenderable => "not_renderable",
            Suppression::ControlGroup => "control_group",
            Suppression::Recalled => "recalled",
        }
    }

    /// The reason of a word.
    pub fn named(word: &str) -> Option<Suppression> {
        Suppression::ALL.into_iter().find(|one| one.word() == word)
    }
}

impl Guarantee {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Guarantee::AtMostOnce => "at_most_once",
            Guarantee::AtLeastOnce => "at_least_once",
        }
    }

    /// The guarantee of a word; what is unclear is never sent twice.
    pub fn named(word: &str) -> Guarantee {
        match word {
            "at_least_once" => Guarantee::AtLeastOnce,
            _ => Guarantee::AtMostOnce,
        }
    }
}
