//! Direct responses: the customer, or somebody for them, answers a contact that is named.

use serde::Serialize;
use store::{Timestamp, id};
use utoipa::ToSchema;

use super::{Contact, ContactId, Response, ResponseKind};
use crate::identity::IdentifierKind;
use crate::log::{Command, Entry, MessageMark, NewRow};
use crate::{CustomerId, Error, Memory};

/// The code that ties a response to a contact: the contact's number alone.
pub fn treatment_code(contact: ContactId) -> String {
    id::encode(contact.0)
}

/// The contact of a treatment code.
pub fn treatment_contact(code: &str) -> Option<ContactId> {
    id::decode(code.trim()).map(ContactId)
}

/// A contact as it was made, and with whom (the leaf).
#[derive(Debug, Clone)]
pub struct Made {
    /// With whom.
    pub customer_id: CustomerId,
    /// What was presented.
    pub contact: Contact,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What a caller says about a reaction.
#[derive(Debug, Clone)]
pub struct Said {
    /// How.
    pub kind: ResponseKind,
    /// The company's own name of a custom reaction.
    pub name: Option<String>,
    /// What it was worth.
    pub value_cents: Option<i64>,
    /// Currency of the value.
    pub currency: Option<String>,
    /// What an agent wrote about it.
    pub note: Option<String>,
    /// When.
    pub occurred_at: Timestamp,
    /// The caller's id of this statement, so that a repetition counts once.
    pub message_id: Option<String>,
    /// Where it came from.
    pub source_id: i64,
}

/// A response that stands in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Answered {
    /// Whose.
    pub customer_id: CustomerId,
    /// The contact it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The offer it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// True when the same statement stood there already.
    pub duplicate: bool,
}

impl Memory {
    /// The contact at a position of the log, if there is one.
    pub async fn contact(&self, id: ContactId) -> Result<Option<Made>, Error> {
        let row = self.lake().at(id.0).await?;
        Ok(row.and_then(|row| match row.entry {
            Entry::Contact(contact) => Some(Made {
                customer_id: row.customer_id,
                contact,
                made_at: row.occurred_at,
            }),
            _ => None,
        }))
    }

    /// Whether a contact was made with the customer of a browser or device.
    pub async fn is_with(&self, made: &Made, anonymous_id: &str) -> Result<bool, Error> {
        let Some(leaf) = self.find(IdentifierKind::AnonymousId, anonymous_id).await? else {
            return Ok(false);
        };
        let (theirs, whose) = (
            self.customer(leaf).await?,
            self.customer(made.customer_id).await?,
        );
        Ok(theirs
            .zip(whose)
            .is_some_and(|(theirs, whose)| theirs.id == whose.id))
    }

    /// Appends what a customer answered to a contact.
    pub async fn answer(&self, id: ContactId, made: Made, said: Said) -> Result<Answered, Error> {
        let response = Response {
            kind: said.kind,
            name: said.name.clone(),
            contact_id: Some(id),
            offer: made.contact.offer,
            category: made.contact.category,
            channel: Some(made.contact.channel),
            inferred: false,
            in_control: made.contact.control,
            value_cents: said.value_cents,
            currency: said.currency.clone(),
            credit: None,
            note: said.note.clone(),
        };
        self.respond(made.customer_id, response, &said).await
    }

    /// Appends a response of a customer.
    pub async fn respond(
        &self,
        customer: CustomerId,
        response: Response,
        said: &Said,
    ) -> Result<Answered, Error> {
        let (contact_id, offer) = (response.contact_id, response.offer.clone());
        let row = NewRow {
            occurred_at: said.occurred_at,
            source_id: said.source_id,
            message: said
                .message_id
                .as_deref()
                .map(|id| mark(said.source_id, id, &response)),
            entry: Entry::Response(response),
        };
        let command = Command {
            customer,
            rows: vec![row],
            expect: None,
        };
        let appended = self.append(command).await?;
        Ok(Answered {
            customer_id: appended.customer_id,
            contact_id,
            offer,
            duplicate: appended.seqs.is_empty(),
        })
    }
}

/// Tells responses of one source apart from each other, and from its events.
fn mark(source_id: i64, message_id: &str, response: &Response) -> MessageMark {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"response\0")
        .update(&source_id.to_le_bytes())
        .update(message_id.as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    let content = blake3::hash(response.kind.word().as_bytes());
    let mut short = [0; 8];
    short.copy_from_slice(&content.as_bytes()[..8]);
    MessageMark {
        digest,
        body_hash: i64::from_le_bytes(short),
    }
}
