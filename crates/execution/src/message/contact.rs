//! A message's place in the contact policy: reserved before it goes out, and what became of it.

use decision::targeting::JourneyRef;
use decision::targeting::reserve::Reservation;
use decision::{Channel, Decider};
use memory::Memory;
use memory::interaction::{ContactId, ContactStatus};
use memory::log::{Command, ContactMoved, Entry, MessageMark, NewRow};
use store::Timestamp;

use super::outbox::Message;
use super::state::{State, Suppression};
use crate::Error;

/// How long a contact is reserved before the message must be out.
const RESERVE_MS: i64 = 60 * 60_000;

/// The answer to a wish for a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is reserved.
    Reserved(ContactId),
    /// Later: quiet hours.
    Later(Timestamp),
    /// The policy has no room, or forbids it.
    None {
        /// Why.
        reason: Suppression,
        /// In more words.
        detail: String,
    },
}

/// Reserves a contact for a message; asked again for the same message, the same contact.
pub async fn reserve(
    decider: &Decider,
    message: &Message,
    channel: Channel,
) -> Result<Place, Error> {
    let wish = Reservation {
        customer: message.customer_id,
        channel,
        category: message.category.clone(),
        purpose: message.purpose.clone(),
        message: message.id.to_string(),
        reserve_ms: RESERVE_MS,
        // Whom the journey leaves out was decided before the message was planned.
        journey: message.journey.clone().map(|key| JourneyRef {
            key,
            control_fraction: 0.0,
        }),
    };
    let refused = match decider.reserve_contact(&wish).await? {
        Ok(contact_id) => return Ok(Place::Reserved(contact_id)),
        Err(refused) => refused,
    };
    if let Some(until) = refused.until {
        return Ok(Place::Later(until));
    }
    let codes: Vec<&str> = refused.reasons.iter().map(|reason| reason.code).collect();
    let reason = if codes.contains(&"control_group") {
        Suppression::ControlGroup
    } else if codes.contains(&"suppressed") {
        Suppression::Listed
    } else if codes.iter().any(|code| code.contains("consent")) {
        Suppression::NoConsent
    } else {
        Suppression::ContactPolicy
    };
    let words: Vec<&str> = refused
        .reasons
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    Ok(Place::None {
        reason,
        detail: words.join("; "),
    })
}

/// Tells the customer's log how a settled message ended. Told twice, it stands there once.
pub async fn tell(memory: &Memory, message: &Message) -> Result<(), Error> {
    let (Some(contact_id), Some(status)) = (message.contact_id, ending(&message.row.state)) else {
        return Ok(());
    };
    let moved = ContactMoved {
        contact_id,
        status,
        reason: message.row.state.reason().map(str::to_owned),
    };
    let mark = mark(&["message", &message.id.to_string(), message.row.state.name()]);
    let command = Command {
        customer: message.customer_id,
        rows: vec![row(
            message.updated_at,
            Entry::ContactMoved(moved),
            Some(mark),
        )],
        expect: None,
    };
    match memory.append(command).await {
        // An erased customer has no log to tell.
        Ok(_) | Err(memory::Error::NoCustomer(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What a settled message means for its contact. What may have arrived counts as arrived.
fn ending(state: &State) -> Option<ContactStatus> {
    match state {
        State::Accepted { .. } | State::Uncertain => Some(ContactStatus::Presented),
        State::Rejected { .. } | State::Suppressed { .. } => Some(ContactStatus::Released),
        State::Planned | State::Claimed { .. } | State::Handing { .. } => None,
    }
}

/// A row of our own.
pub fn row(at: Timestamp, entry: Entry, message: Option<MessageMark>) -> NewRow {
    NewRow {
        occurred_at: at,
        source_id: 0,
        message,
        entry,
    }
}

/// The mark of a statement that must stand in the log once.
pub fn mark(parts: &[&str]) -> MessageMark {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    MessageMark {
        digest,
        body_hash: 0,
    }
}
