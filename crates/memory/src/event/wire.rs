//! Wire: the bytes of a tracking request become events and rejected items.
//!
//! Pure and free of I/O. The parser accepts what stock clients really send (the guide
//! `docs/guides/stock-clients.md` lists it); one bad item never spoils the others.

mod body;
mod clock;
mod field;
mod form;
mod posthog;
#[cfg(test)]
mod properties;
mod segment;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use clock::{Occurred, occurred};
pub use form::Form;

/// The largest body that is looked at, after decompression; bounds memory against bombs.
pub const BODY_LIMIT_BYTES: usize = 4 * 1024 * 1024;
/// The largest batch in the Segment form.
pub const BATCH_LIMIT_BYTES: usize = 500 * 1024;
/// The most events in one batch.
pub const BATCH_LIMIT_EVENTS: usize = 2_500;
/// The largest single event.
pub const EVENT_LIMIT_BYTES: usize = 32 * 1024;
/// The longest message id, in characters.
pub const MESSAGE_ID_LIMIT_CHARS: usize = 100;
/// The longest identifier of a customer or group, in bytes; longer ones are accidents.
pub const IDENTIFIER_LIMIT_BYTES: usize = 512;
/// How deep properties may nest: the readers of the log stop at 128.
pub const DEPTH_LIMIT: u8 = 64;

/// What is needed of one HTTP request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The protocol and kind that the path names.
    pub form: Form,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `X-Write-Key`.
    pub write_key: Option<&'a str>,
    /// The query string without `?`, empty when there is none.
    pub query: &'a str,
    /// The body as it came, compressed or not.
    pub body: &'a [u8],
}

/// One request, understood.
#[derive(Debug)]
pub struct WireBatch {
    /// The key of the source, wherever the client put it.
    pub key: Option<String>,
    /// The items in the order sent.
    pub items: Vec<Item>,
}

/// One item of a request.
#[derive(Debug)]
pub enum Item {
    /// Understood.
    Event(WireEvent),
    /// Not understood: goes to quarantine.
    Rejected(Rejected),
}

/// What kind of statement a source makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The customer did something.
    Track,
    /// The customer saw a page.
    Page,
    /// The customer saw a screen of an app.
    Screen,
    /// Who the customer is, and attributes.
    Identify,
    /// The customer belongs to a group.
    Group,
    /// Two identifiers are the same customer.
    Alias,
}

impl EventKind {
    /// The kind that a client names in `type` or in the path.
    pub fn named(name: &str) -> Option<EventKind> {
        match name {
            "track" => Some(EventKind::Track),
            "page" => Some(EventKind::Page),
            "screen" => Some(EventKind::Screen),
            "identify" => Some(EventKind::Identify),
            "group" => Some(EventKind::Group),
            "alias" => Some(EventKind::Alias),
            _ => None,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Track => "track",
            EventKind::Page => "page",
            EventKind::Screen => "screen",
            EventKind::Identify => "identify",
            EventKind::Group => "group",
            EventKind::Alias => "alias",
        }
    }
}

/// One event in our words, whatever protocol brought it.
///
/// Texts hold no NUL character, and every JSON value is sound: it parses, its numbers fit and it
/// nests at most [`DEPTH_LIMIT`] deep.
#[derive(Debug, Clone)]
pub struct WireEvent {
    /// What kind of statement this is.
    pub kind: EventKind,
    /// The event's, page's or screen's name; empty where there is none.
    pub name: String,
    /// The client's id of this event; one is assigned when absent.
    pub message_id: Option<String>,
    /// The known customer.
    pub user_id: Option<String>,
    /// The browser or device.
    pub anonymous_id: Option<String>,
    /// The other identifier of an alias.
    pub previous_id: Option<String>,
    /// The group of a group statement.
    pub group_id: Option<String>,
    /// When it happened by the client's clock, in milliseconds.
    pub timestamp: Option<i64>,
    /// When it was sent by the client's clock, in milliseconds.
    pub sent_at: Option<i64>,
    /// An object: the properties, or the attributes of an identify or group.
    pub properties: Box<RawValue>,
    /// An object: attributes of the customer told beside an event.
    pub attributes: Option<Box<RawValue>>,
    /// An object: attributes to take only where the customer has none yet.
    pub attributes_once: Option<Box<RawValue>>,
    /// An object: the circumstances (page, campaign, device, ip, library …).
    pub context: Option<Box<RawValue>>,
    /// How many bytes the item had.
    pub raw_len: usize,
}

impl WireEvent {
    /// Feeds everything that makes this event itself, and not its sending, to a hash.
    ///
    /// Two events of one message id with different content are not duplicates.
    pub fn feed(&self, mut hash: impl FnMut(&[u8])) {
        let ids = [
            &self.user_id,
            &self.anonymous_id,
            &self.previous_id,
            &self.group_id,
        ];
        hash(self.kind.name().as_bytes());
        hash(self.name.as_bytes());
        for id in ids {
            hash(&[0]);
            hash(id.as_deref().unwrap_or_default().as_bytes());
        }
        hash(&self.timestamp.unwrap_or_default().to_le_bytes());
        hash(self.properties.get().as_bytes());
        for value in [&self.attributes, &self.attributes_once] {
            hash(&[0]);
            hash(value.as_ref().map_or("", |value| value.get()).as_bytes());
        }
    }
}

/// An item that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why, for programs.
    pub reason: Reason,
    /// Why and what to do, for people.
    pub message: String,
    /// The message id when it could be read.
    pub message_id: Option<String>,
    /// The item as it came; only its beginning when it is too large.
    pub raw: String,
}

/// Why an item was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The item is not a JSON object.
    NotAnObject,
    /// A field is given twice or cannot be read.
    InvalidItem,
    /// The item does not say what it is.
    MissingType,
    /// The item says that it is something we do not know.
    UnknownType,
    /// A track event has no name.
    MissingEvent,
    /// No identifier of a customer.
    NoIdentifiers,
    /// An identifier is neither text nor number, or too long.
    BadIdentifier,
    /// An alias or group without the other identifier.
    MissingTarget,
    /// A time that cannot be read.
    BadTimestamp,
    /// Properties, traits or context are not an object, or hold a value nobody can read.
    BadProperties,
    /// The message id is too long.
    MessageIdTooLong,
    /// The event is larger than 32 KB.
    EventTooLarge,
}

impl Reason {
    /// The code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotAnObject => "not_an_object",
            Reason::InvalidItem => "invalid_item",
            Reason::MissingType => "missing_type",
            Reason::UnknownType => "unknown_type",
            Reason::MissingEvent => "missing_event",
            Reason::NoIdentifiers => "no_identifiers",
            Reason::BadIdentifier => "bad_identifier",
            Reason::MissingTarget => "missing_target",
            Reason::BadTimestamp => "bad_timestamp",
            Reason::BadProperties => "bad_properties",
            Reason::MessageIdTooLong => "message_id_too_long",
            Reason::EventTooLarge => "event_too_large",
        }
    }
}

/// Why a whole request was refused; answered with 400 and `{code,message}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WireError {
    /// Why, for programs.
    pub code: &'static str,
    /// Why and what to do, for people.
    pub message: String,
}

impl WireError {
    fn new(code: &'static str, message: impl Into<String>) -> WireError {
        WireError {
            code,
            message: message.into(),
        }
    }
}

/// The key in the headers or the query, to refuse strangers before their body is read.
pub fn key_of(request: &Request) -> Option<String> {
    form::key(request)
}

/// Understands one request.
pub fn parse(request: &Request) -> Result<WireBatch, WireError> {
    let text = body::text(request)?;
    let envelope = form::open(request.form, &text)?;
    let sent_at = envelope.sent_at.or_else(|| form::sent_at(request));
    let shared = Shared {
        sent_at,
        context: envelope.context,
    };
    let mut items = Vec::with_capacity(envelope.items.len());
    for (index, raw) in envelope.items.iter().enumerate() {
        items.push(item(request.form, raw.get(), index, &shared));
    }
    if let (false, [Item::Rejected(rejected)]) = (request.form.takes_batches(), &items[..])
        && rejected.reason == Reason::EventTooLarge
    {
        return Err(WireError::new(
            rejected.reason.code(),
            rejected.message.clone(),
        ));
    }
    let key = key_of(request)
        .or(envelope.key)
        .or_else(|| posthog::key(request.form, &envelope.items));
    Ok(WireBatch { key, items })
}

/// Understands one item again, as a replay from quarantine does.
pub fn parse_item(form: Form, raw: &str) -> Item {
    let text = body::repaired(raw);
    item(
        form,
        &text,
        0,
        &Shared {
            sent_at: None,
            context: None,
        },
    )
}

/// What a batch says about all its items.
struct Shared<'a> {
    sent_at: Option<i64>,
    context: Option<&'a RawValue>,
}

/// Why an item fails, before its place is known.
type Failure = (Reason, String);

fn item(form: Form, raw: &str, index: usize, shared: &Shared) -> Item {
    let parsed = if raw.len() > EVENT_LIMIT_BYTES {
        let message = format!(
            "the event has {} bytes, at most {EVENT_LIMIT_BYTES} fit",
            raw.len()
        );
        Err((Reason::EventTooLarge, message))
    } else if !raw.starts_with('{') {
        Err((
            Reason::NotAnObject,
            format!("an event is a JSON object, this is {}", glimpse(raw)),
        ))
    } else if form.speaks_posthog() {
        posthog::event(raw, shared)
    } else {
        segment::event(form.kind(), raw, shared)
    };
    match parsed {
        Ok(event) => Item::Event(event),
        Err((reason, message)) => Item::Rejected(Rejected {
            index,
            reason,
            message,
            message_id: field::message_id_of(raw),
            raw: beginning(raw, EVENT_LIMIT_BYTES).to_owned(),
        }),
    }
}

/// At most `limit` bytes of a text, cut between characters.
fn beginning(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// A few characters of a text for a message.
fn glimpse(text: &str) -> String {
    format!("`{}`", beginning(text, 40))
}
