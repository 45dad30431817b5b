//! The last check before a message is handed over: may this be said to this customer now?

use memory::CustomerState;
use memory::consent::ConsentState;
use memory::interaction::{ContactStatus, ResponseKind};
use store::Timestamp;

use super::outbox::Message;
use super::state::Suppression;

/// The purpose that needs consent, counts against the contact policy and keeps quiet hours.
pub const MARKETING: &str = "marketing";

/// What is known around a message at the moment of the check.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The customer.
    pub customer: &'a CustomerState,
    /// The shared clock.
    pub now: Timestamp,
    /// Nothing may go out from this installation, or the stream has stopped.
    pub held: bool,
    /// The suppression list that holds the customer.
    pub listed: Option<&'a str>,
    /// The address bounced or complained before.
    pub address_suppressed: bool,
    /// The journey instance it comes from was cancelled.
    pub cancelled: bool,
    /// The offer it carries is over since.
    pub offer_until: Option<Timestamp>,
    /// Why the offer it carries was recalled.
    pub recalled: Option<&'a str>,
}

/// What may be done with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go out now.
    HandOver,
    /// It has to wait.
    Wait {
        /// Until then.
        until: Timestamp,
        /// What it waits for.
        what: &'static str,
    },
    /// The contact it had reserved has run out: it needs a new one.
    Reserve,
    /// It must not go out.
    Suppress {
        /// Why.
        reason: Suppression,
        /// In more words.
        detail: Option<String>,
    },
}

impl Verdict {
    /// It must not go out.
    pub fn suppress(reason: Suppression, detail: impl Into<String>) -> Verdict {
        let detail = Some(detail.into());
        Verdict::Suppress { reason, detail }
    }
}

/// The verdict on a message. What forbids it for good comes before what only delays it.
pub fn verdict(message: &Message, around: &Circumstances<'_>) -> Verdict {
    let Circumstances { customer, now, .. } = *around;
    if around.cancelled {
        return Verdict::suppress(Suppression::Cancelled, "the journey was cancelled");
    }
    if !may_write(customer, &message.channel, &message.purpose, now) {
        let detail = format!("no consent for {} by {}", message.purpose, message.channel);
        return Verdict::suppress(Suppression::NoConsent, detail);
    }
    if let Some(list) = around.listed {
        return Verdict::suppress(Suppression::Listed, format!("on the list {list}"));
    }
    if around.address_suppressed {
        return Verdict::suppress(
            Suppression::NoAddress,
            "mail to this address came back before",
        );
    }
    if around.offer_until.is_some_and(|end| end <= now) {
        return Verdict::suppress(Suppression::Expired, "the offer is over");
    }
    if let Some(reason) = around.recalled {
        return Verdict::suppress(
            Suppression::Recalled,
            format!("the offer was recalled: {reason}"),
        );
    }
    if answered(message, customer) {
        return Verdict::suppress(
            Suppression::Cancelled,
            "the customer has answered the offer",
        );
    }
    if around.held {
        return Verdict::Wait {
            until: now,
            what: "outbound is held",
        };
    }
    contact(message, customer, now)
}

/// Whether the customer's consents allow it: marketing needs a yes, anything else no no.
pub fn may_write(customer: &CustomerState, channel: &str, purpose: &str, now: Timestamp) -> bool {
    let same = |c: &&memory::consent::Consent| c.channel == channel && c.purpose == purpose;
    match customer.consents.iter().find(same) {
        Some(said) if purpose == MARKETING => said.allows(now),
        Some(said) => said.state != ConsentState::Denied,
        None => purpose != MARKETING,
    }
}

/// Whether the offer was accepted or rejected since the message was planned.
fn answered(message: &Message, customer: &CustomerState) -> bool {
    message.offer.is_some()
        && customer.responses.iter().rev().any(|response| {
            let answer = match response.kind {
                ResponseKind::Accept | ResponseKind::Reject => true,
                ResponseKind::View
                | ResponseKind::Click
                | ResponseKind::Ignored
                | ResponseKind::Custom => false,
            };
            answer && response.offer == message.offer && response.at >= message.created_at
        })
}

/// Whether the place that was reserved for it in the contact policy still stands.
fn contact(message: &Message, customer: &CustomerState, now: Timestamp) -> Verdict {
    let known = customer
        .contacts
        .iter()
        .rev()
        .find(|c| Some(c.contact_id) == message.contact_id);
    let Some(contact) = known else {
        return Verdict::Reserve;
    };
    if contact.control {
        return Verdict::suppress(
            Suppression::ControlGroup,
            "the customer is in the control group",
        );
    }
    match contact.status {
        ContactStatus::Presented => Verdict::HandOver,
        ContactStatus::Reserved if contact.expires_at.is_none_or(|end| now < end) => {
            Verdict::HandOver
        }
        ContactStatus::Reserved => Verdict::Reserve,
        ContactStatus::Released => {
            Verdict::suppress(Suppression::Cancelled, "the contact was released")
        }
    }
}
