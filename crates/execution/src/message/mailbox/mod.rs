//! The development mailbox: a provider that keeps every mail in the store, to be read in the UI.

pub mod api;
pub mod db;

use serde::Serialize;
use store::{Db, Timestamp};
use utoipa::ToSchema;

use super::outbox::MessageId;
use crate::Error;
use crate::channel::email::{Bounce, Handed, Mail, Provider, mime};

store::id!(
    /// A letter in the mailbox.
    LetterId,
    "mbx"
);

/// A mail in the mailbox, as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// The customer it was written to.
    pub customer_id: memory::CustomerId,
    /// The message of the outbox.
    pub message_id: MessageId,
    /// The address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// When it was first read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// A mail in the mailbox with its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpenLetter {
    /// The letter.
    #[serde(flatten)]
    pub letter: Letter,
    /// The HTML part, with its links. To be shown in a sandboxed frame.
    pub html: String,
    /// The plain part.
    pub text: String,
    /// The mail as it would have left.
    pub raw: String,
}

/// Keeps mails instead of sending them.
pub struct DevelopmentMailbox {
    db: Db,
}

impl DevelopmentMailbox {
    /// The mailbox of a store.
    pub fn new(db: Db) -> DevelopmentMailbox {
        DevelopmentMailbox { db }
    }

    async fn keep(&self, mail: &Mail, raw: String) -> Result<Option<LetterId>, Error> {
        let Ok(message_id) = mail.key.parse::<MessageId>() else {
            return Ok(None);
        };
        let Some(message) = super::db::one(&self.db, message_id).await? else {
            return Ok(None);
        };
        let id = LetterId(self.db.take_numbers("mailbox", 1).await?.unsigned_abs());
        let letter = Letter {
            id,
            customer_id: message.customer_id,
            message_id,
            recipient: mail.to.address.clone(),
            subject: mail.subject.clone(),
            received_at: self.db.now(),
            read_at: None,
        };
        let (html, text) = (mail.html.clone(), mail.text.clone());
        db::insert(
            &self.db,
            &OpenLetter {
                letter,
                html,
                text,
                raw,
            },
        )
        .await?;
        Ok(Some(id))
    }
}

#[async_trait::async_trait]
impl Provider for DevelopmentMailbox {
    async fn hand_over(&self, mail: &Mail) -> Handed {
        let rejected = |text: String| Handed::Rejected {
            kind: Bounce::Soft,
            code: 0,
            text,
        };
        let built = match mime::build(mail) {
            Ok(built) => built,
            Err(mime::Error::Recipient(address)) => {
                let text = format!("the address {address} is not valid");
                return Handed::Rejected {
                    kind: Bounce::Hard,
                    code: 0,
                    text,
                };
            }
            Err(error) => return rejected(error.to_string()),
        };
        let raw = String::from_utf8_lossy(&built.bytes).into_owned();
        match self.keep(mail, raw).await {
            Ok(Some(id)) => Handed::Accepted {
                provider_id: Some(id.to_string()),
            },
            Ok(None) => rejected("the mailbox takes mails of the outbox only".to_owned()),
            // The insert may have been committed without our hearing of it.
            Err(error) => Handed::Uncertain {
                text: error.to_string(),
            },
        }
    }
}
