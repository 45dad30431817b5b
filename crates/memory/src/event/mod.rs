//! Events: what customers did, as sources report it.

pub mod api;
#[cfg(test)]
mod tests;
pub mod wire;
mod written;

use serde_json::value::RawValue;
use store::{Random, Timestamp};

use crate::identity::resolve::Named;
use crate::log::{Entry, EventBody, Incoming, MessageMark, NewRow, addresses};
use wire::{EventKind, WireEvent, occurred};

pub use written::{written, written_row};

/// The event that says a customer came into a segment; its property `segment` is the key.
pub const SEGMENT_ENTERED: &str = "Segment Entered";
/// The event that says a customer went out of a segment.
pub const SEGMENT_LEFT: &str = "Segment Left";

/// Whether an event is a note of ours about a customer, and nothing the customer did.
pub fn noted(name: &str, source_id: i64) -> bool {
    source_id == 0 && (name == SEGMENT_ENTERED || name == SEGMENT_LEFT)
}

/// The name of an event that has none of its own: `Page Viewed`, `Screen Viewed`.
fn event_name(event: &mut WireEvent) -> String {
    match event.kind {
        EventKind::Track => std::mem::take(&mut event.name),
        EventKind::Page => "Page Viewed".to_owned(),
        EventKind::Screen => "Screen Viewed".to_owned(),
        EventKind::Group => "Group Joined".to_owned(),
        EventKind::Alias => "Alias".to_owned(),
        EventKind::Identify => String::new(),
    }
}

/// Why an event cannot be taken in although it was understood.
pub const BLOCKED_IDENTIFIER: &str = "blocked_identifier";

/// Makes an understood event ready for the log: whom it names, when it happened by our clock, and
/// its marks for exact de-duplication. `Err` gives it back when it names nobody.
pub fn prepare(
    mut event: WireEvent,
    source_id: i64,
    received_at: Timestamp,
    random: &Random,
) -> Result<Incoming, Box<WireEvent>> {
    let named = Named::new(
        event.user_id.as_deref(),
        event.anonymous_id.as_deref(),
        event.previous_id.as_deref(),
    );
    if named.nobody() {
        return Err(Box::new(event));
    }
    let message_id = event.message_id.take().unwrap_or_else(|| random.token());
    let message = Some(mark(source_id, &message_id, &event));
    let when = occurred(received_at.0, event.timestamp, event.sent_at);
    let page_title = matches!(event.kind, EventKind::Page | EventKind::Screen)
        .then(|| std::mem::take(&mut event.name))
        .filter(|title| !title.is_empty());
    let name = event_name(&mut event);
    let properties = match page_title {
        Some(title) => with_name(event.properties, &title),
        None => event.properties,
    };
    let mut found = vec![];
    if event.kind == EventKind::Identify {
        found.extend(addresses(&properties));
    }
    found.extend(event.attributes.iter().flat_map(|traits| addresses(traits)));
    let body = EventBody {
        kind: event.kind,
        name,
        message_id,
        user_id: event.user_id,
        anonymous_id: event.anonymous_id,
        previous_id: event.previous_id,
        group_id: event.group_id,
        properties,
        traits: event.attributes,
        traits_once: event.attributes_once,
        context: event.context,
        clock_ahead: when.far_ahead,
    };
    let entry = match body.kind {
        EventKind::Identify => Entry::Identify(body),
        EventKind::Track
        | EventKind::Page
        | EventKind::Screen
        | EventKind::Group
        | EventKind::Alias => Entry::Event(body),
    };
    let occurred_at = Timestamp(when.at_ms);
    let row = NewRow {
        occurred_at,
        source_id,
        message,
        entry,
    };
    Ok(Incoming {
        named,
        addresses: found,
        row,
    })
}

/// An event of a source about a customer whom none of its identifiers names, ready for the log.
/// Like every event it counts once.
pub fn about_known(body: EventBody, source_id: i64, occurred_at: Timestamp) -> NewRow {
    let mut content = blake3::Hasher::new();
    content.update(body.name.as_bytes());
    content.update(body.properties.get().as_bytes());
    NewRow {
        occurred_at,
        source_id,
        message: Some(marked(source_id, &body.message_id, &content)),
        entry: Entry::Event(body),
    }
}

fn mark(source_id: i64, message_id: &str, event: &WireEvent) -> MessageMark {
    let mut content = blake3::Hasher::new();
    event.feed(|bytes| {
        content.update(bytes);
    });
    marked(source_id, message_id, &content)
}

/// The marks of a statement: 128 bits over source and message id, 64 bits over the content.
fn marked(source_id: i64, message_id: &str, content: &blake3::Hasher) -> MessageMark {
    let mut id = blake3::Hasher::new();
    id.update(&source_id.to_le_bytes())
        .update(message_id.as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&id.finalize().as_bytes()[..16]);
    let mut short = [0; 8];
    short.copy_from_slice(&content.finalize().as_bytes()[..8]);
    MessageMark {
        digest,
        body_hash: i64::from_le_bytes(short),
    }
}

/// Properties of a page or screen with its name among them, where `page` events of other products
/// are looked for.
fn with_name(properties: Box<RawValue>, name: &str) -> Box<RawValue> {
    let mut object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(properties.get()).unwrap_or_default();
    object.entry("name").or_insert_with(|| name.into());
    serde_json::value::to_raw_value(&object).unwrap_or(properties)
}
