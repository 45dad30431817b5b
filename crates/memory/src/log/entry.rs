//! What the rows of the log hold.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Random, Timestamp};
use utoipa::ToSchema;

use crate::consent::Consent;
use crate::customer::CustomerId;
use crate::event::wire::EventKind;
use crate::interaction::{Contact, ContactId, ContactStatus, Response};

/// The kind of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// The customer did something.
    Event = 1,
    /// A source said who the customer is, with attributes.
    Identify = 2,
    /// The customer allowed or forbade something.
    Consent = 3,
    /// We presented something.
    Contact = 4,
    /// The customer reacted.
    Response = 5,
    /// We decided what to say.
    Decision = 6,
    /// Two customers turned out to be one.
    Merge = 7,
    /// A merge was taken back.
    Unmerge = 8,
    /// A contact moved on: presented or released.
    ContactMoved = 9,
}

impl RowKind {
    /// Contacts and what came of them.
    pub const OF_CONTACTS: [RowKind; 3] =
        [RowKind::Contact, RowKind::Response, RowKind::ContactMoved];

    /// The kind of a stored number.
    pub fn from_number(number: i64) -> Option<RowKind> {
        [
            RowKind::Event,
            RowKind::Identify,
            RowKind::Consent,
            RowKind::Contact,
            RowKind::Response,
            RowKind::Decision,
            RowKind::Merge,
            RowKind::Unmerge,
            RowKind::ContactMoved,
        ]
        .into_iter()
        .find(|kind| *kind as i64 == number)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            RowKind::Event => "event",
            RowKind::Identify => "identify",
            RowKind::Consent => "consent",
            RowKind::Contact => "contact",
            RowKind::Response => "response",
            RowKind::Decision => "decision",
            RowKind::Merge => "merge",
            RowKind::Unmerge => "unmerge",
            RowKind::ContactMoved => "contact_moved",
        }
    }
}

/// An event (or identify) as it stands in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventBody {
    /// What kind of statement.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The event's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The client's id of it.
    pub message_id: String,
    /// The known customer it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The browser or device it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The other identifier of an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_id: Option<String>,
    /// The group of a group statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Properties (track, page, screen) or attributes (identify, group).
    pub properties: Box<RawValue>,
    /// Attributes told beside an event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traits: Option<Box<RawValue>>,
    /// Attributes to take only where the customer has none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traits_once: Option<Box<RawValue>>,
    /// Context: page, campaign, device, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Box<RawValue>>,
    /// True when the client's clock was more than a day ahead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clock_ahead: bool,
}

impl EventBody {
    /// Something we say ourselves about a customer.
    pub fn ours(
        random: &Random,
        kind: EventKind,
        name: &str,
        properties: &impl Serialize,
    ) -> Result<EventBody, serde_json::Error> {
        Ok(EventBody {
            kind,
            name: name.to_owned(),
            message_id: random.token(),
            user_id: None,
            anonymous_id: None,
            previous_id: None,
            group_id: None,
            properties: serde_json::value::to_raw_value(properties)?,
            traits: None,
            traits_once: None,
            context: None,
            clock_ahead: false,
        })
    }
}

/// One merge: `merged` (a root with its members) joins `into`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Merge {
    /// The surviving customer.
    pub into: CustomerId,
    /// The customer that was a root of its own before.
    pub merged: CustomerId,
    /// Everyone who was already merged into `merged`.
    #[serde(default)]
    pub members: Vec<CustomerId>,
    /// Why: `login`, `alias` or `manual`.
    pub reason: String,
}

/// The content of a row.
#[derive(Debug, Clone)]
pub enum Entry {
    /// The customer did something.
    Event(EventBody),
    /// A source said who the customer is.
    Identify(EventBody),
    /// The customer allowed or forbade something.
    Consent(Consent),
    /// We presented or promised something.
    Contact(Contact),
    /// The customer reacted.
    Response(Response),
    /// A decision record: JSON, as the decision crate writes and reads it.
    Decision(String),
    /// Two customers turned out to be one.
    Merge(Merge),
    /// A merge was taken back.
    Unmerge(Merge),
    /// A contact moved on.
    ContactMoved(ContactMoved),
}

/// A contact moved on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContactMoved {
    /// The contact.
    pub contact_id: ContactId,
    /// Where it stands now.
    pub status: ContactStatus,
    /// Why, for example `suppressed` or `bounced`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Entry {
    /// The kind of its row.
    pub fn kind(&self) -> RowKind {
        match self {
            Entry::Event(_) => RowKind::Event,
            Entry::Identify(_) => RowKind::Identify,
            Entry::Consent(_) => RowKind::Consent,
            Entry::Contact(_) => RowKind::Contact,
            Entry::Response(_) => RowKind::Response,
            Entry::Decision(_) => RowKind::Decision,
            Entry::Merge(_) => RowKind::Merge,
            Entry::Unmerge(_) => RowKind::Unmerge,
            Entry::ContactMoved(_) => RowKind::ContactMoved,
        }
    }

    /// The JSON that is stored.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        match self {
            Entry::Event(body) | Entry::Identify(body) => serde_json::to_string(body),
            Entry::Consent(body) => serde_json::to_string(body),
            Entry::Contact(body) => serde_json::to_string(body),
            Entry::Response(body) => serde_json::to_string(body),
            Entry::Decision(body) => Ok(body.clone()),
            Entry::Merge(body) | Entry::Unmerge(body) => serde_json::to_string(body),
            Entry::ContactMoved(body) => serde_json::to_string(body),
        }
    }

    /// Reads what was stored.
    pub fn from_json(kind: RowKind, json: &str) -> Result<Entry, serde_json::Error> {
        Ok(match kind {
            RowKind::Event => Entry::Event(serde_json::from_str(json)?),
            RowKind::Identify => Entry::Identify(serde_json::from_str(json)?),
            RowKind::Consent => Entry::Consent(serde_json::from_str(json)?),
            RowKind::Contact => Entry::Contact(serde_json::from_str(json)?),
            RowKind::Response => Entry::Response(serde_json::from_str(json)?),
            RowKind::Decision => Entry::Decision(json.to_owned()),
            RowKind::Merge => Entry::Merge(serde_json::from_str(json)?),
            RowKind::Unmerge => Entry::Unmerge(serde_json::from_str(json)?),
            RowKind::ContactMoved => Entry::ContactMoved(serde_json::from_str(json)?),
        })
    }
}

/// A row to be appended.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Where it came from; 0 is Rapport itself.
    pub source_id: i64,
    /// Distinguishes a repeat of the same statement; `None` for what cannot be repeated.
    pub message: Option<MessageMark>,
    /// What happened.
    pub entry: Entry,
}

/// A statement's id and content, for exact de-duplication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageMark {
    /// 128 bits of blake3 over source and message id.
    pub digest: [u8; 16],
    /// A hash of the content: the same id with other content is an error of the source.
    pub body_hash: i64,
}

/// A row as it stands in the log.
#[derive(Debug, Clone)]
pub struct LogRow {
    /// Position in the log.
    pub seq: u64,
    /// The customer (the leaf, before merges).
    pub customer_id: CustomerId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When we took it in.
    pub received_at: Timestamp,
    /// Where it came from; 0 is Rapport itself.
    pub source_id: i64,
    /// What happened.
    pub entry: Entry,
}
