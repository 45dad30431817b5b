//! E-mail: what a mail is, and the narrow trait behind which providers hand it over.

pub mod dsn;
pub mod mime;
pub mod reply;
pub mod sink;
pub mod smtp;

#[cfg(test)]
mod tests;

use crate::message::state::{Outcome, Refusal};

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown, in any script.
    pub name: Option<String>,
    /// `local@domain`, in any script.
    pub address: String,
}

/// One rendered message, ready to be handed to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The outbox row's name: the Message-ID and the provider's idempotency key derive from it.
    pub key: String,
    /// The sender that the customer sees.
    pub from: Mailbox,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<Mailbox>,
    /// Where bounces go (the envelope's sender), when not to the sender.
    pub bounces_to: Option<String>,
    /// The customer.
    pub to: Mailbox,
    /// Without line breaks.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The plain part, for those who prefer it.
    pub text: String,
    /// Where one click ends the subscription; every marketing mail has it.
    pub unsubscribe_url: Option<String>,
    /// Written into the mail's `Date`.
    pub sent_at: store::Timestamp,
}

/// What a provider answered to one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// It took responsibility.
    Accepted {
        /// Its name for the mail, if it told us.
        provider_id: Option<String>,
    },
    /// It refused for good; nothing was sent.
    Rejected {
        /// What to learn from it.
        kind: Bounce,
        /// The reply code (`550`), or 0 when we refused before asking.
        code: u16,
        /// The provider's own words.
        text: String,
    },
    /// It refused for now; nothing was sent.
    Retry {
        /// How long it wants us to wait, if it said.
        after_ms: Option<i64>,
        /// Its own words.
        text: String,
    },
    /// The connection ended after the content and before the answer.
    Uncertain {
        /// What ended it.
        text: String,
    },
}

/// What a refusal means for later mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounce {
    /// The address does not exist: never write to it again.
    Hard,
    /// This mail could not be taken; the address stays good.
    Soft,
    /// We were refused, not the recipient: stop the stream, suppress nobody.
    Policy,
}

/// Hands mails over. Implemented by SMTP and by the development mailbox.
#[async_trait::async_trait]
pub trait Provider: Send + Sync {
    /// Hands one mail over and says what became of it; never retries after the content left.
    async fn hand_over(&self, mail: &Mail) -> Handed;
}

impl From<Handed> for Outcome {
    fn from(handed: Handed) -> Self {
        match handed {
            Handed::Accepted { provider_id } => Outcome::Accepted { provider_id },
            Handed::Rejected { kind, .. } => Outcome::Rejected {
                refusal: kind.into(),
            },
            Handed::Retry { after_ms, .. } => Outcome::Retry { after_ms },
            Handed::Uncertain { .. } => Outcome::Uncertain,
        }
    }
}

impl From<Bounce> for Refusal {
    fn from(bounce: Bounce) -> Self {
        match bounce {
            Bounce::Hard => Refusal::Hard,
            Bounce::Soft => Refusal::Soft,
            Bounce::Policy => Refusal::Policy,
        }
    }
}
