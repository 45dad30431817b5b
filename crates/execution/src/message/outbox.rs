//! What is planned: a message to one customer, before anybody has taken it up.

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use store::Timestamp;

use super::state::Guarantee;

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
    pub journey: Option<(String, crate::journey::InstanceId, String)>,
    /// Data for the template beside customer and offer: the cart, the event.
    pub data: serde_json::Value,
}
