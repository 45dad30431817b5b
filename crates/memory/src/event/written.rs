//! Events written as the Segment form has them, so that quarantine can read them again.

use serde::Serialize;
use serde_json::value::RawValue;
use store::Timestamp;

use super::wire::{EventKind, WireEvent};
use crate::log::{Entry, NewRow};

/// One item of a batch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    r#type: EventKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traits: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a RawValue>,
}

fn text(written: &Written<'_>) -> String {
    serde_json::to_string(written).unwrap_or_default()
}

/// Properties and traits: which of the two an event of this kind has.
fn sorted(kind: EventKind, said: &RawValue) -> (Option<&RawValue>, Option<&RawValue>) {
    match kind {
        EventKind::Track | EventKind::Page | EventKind::Screen => (Some(said), None),
        EventKind::Identify | EventKind::Group => (None, Some(said)),
        EventKind::Alias => (None, None),
    }
}

/// An understood event as it came.
pub fn written(event: &WireEvent) -> String {
    let (properties, traits) = sorted(event.kind, &event.properties);
    text(&Written {
        r#type: event.kind,
        event: Some(event.name.as_str()).filter(|name| !name.is_empty()),
        message_id: event.message_id.as_deref(),
        user_id: event.user_id.as_deref(),
        anonymous_id: event.anonymous_id.as_deref(),
        previous_id: event.previous_id.as_deref(),
        group_id: event.group_id.as_deref(),
        timestamp: event.timestamp.map(Timestamp),
        properties,
        traits,
        context: event.context.as_deref(),
    })
}

/// A row that was ready for the log; empty when it is none of an event.
pub fn written_row(row: &NewRow) -> String {
    let (Entry::Event(body) | Entry::Identify(body)) = &row.entry else {
        return String::new();
    };
    let (properties, traits) = sorted(body.kind, &body.properties);
    text(&Written {
        r#type: body.kind,
        event: Some(body.name.as_str()).filter(|_| body.kind == EventKind::Track),
        message_id: Some(&body.message_id),
        user_id: body.user_id.as_deref(),
        anonymous_id: body.anonymous_id.as_deref(),
        previous_id: body.previous_id.as_deref(),
        group_id: body.group_id.as_deref(),
        timestamp: Some(row.occurred_at),
        properties,
        traits,
        context: body.context.as_deref(),
    })
}
