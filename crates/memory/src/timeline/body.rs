//! Items from rows of the log.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::page::Making;
use super::{Item, ItemKind, LATE_MS, Side, wording};
use crate::customer::reach;
use crate::event::noted;
use crate::event::wire::EventKind;
use crate::interaction::{Contact, ContactId, ContactStatus, DecisionId};
use crate::log::{Entry, EventBody, LogRow};

store::id!(
    /// A row of the log.
    RowId,
    "row"
);

/// The event that says that somebody spoke on the telephone.
pub const CALL: &str = "Call Logged";

/// The item of a row; `None` for rows that only move a contact on.
pub(super) fn item(making: &Making<'_>, row: &LogRow) -> Option<Item> {
    let kind = ItemKind::of_row(row.entry.kind())?;
    let mut body = body(making, row)?;
    making.masking.json(&mut body);
    let (title, summary) = wording::wording(kind, row.source_id, &body);
    let id = match kind {
        ItemKind::Contact => ContactId(row.seq).to_string(),
        ItemKind::Decision => DecisionId(row.seq).to_string(),
        ItemKind::Event
        | ItemKind::Identify
        | ItemKind::Response
        | ItemKind::Consent
        | ItemKind::Merge
        | ItemKind::Unmerge => RowId(row.seq).to_string(),
    };
    Some(Item {
        id,
        seq: row.seq,
        occurred_at: row.occurred_at,
        received_at: row.received_at,
        side: side(kind, row.source_id, &body),
        kind,
        channel: channel(&row.entry, &body),
        title,
        summary,
        late: row.received_at.since_ms(row.occurred_at) > LATE_MS,
        source: making.names.of(row.source_id),
        body,
    })
}

fn side(kind: ItemKind, source_id: i64, body: &Value) -> Side {
    match kind {
        ItemKind::Contact | ItemKind::Decision => Side::Ours,
        ItemKind::Merge | ItemKind::Unmerge => Side::System,
        ItemKind::Identify if source_id == 0 => Side::System,
        ItemKind::Event if noted(body["event"].as_str().unwrap_or_default(), source_id) => {
            Side::System
        }
        ItemKind::Event if body["event"] == CALL && body["properties"]["direction"] == "out" => {
            Side::Ours
        }
        ItemKind::Event | ItemKind::Identify | ItemKind::Response | ItemKind::Consent => {
            Side::Theirs
        }
    }
}

fn channel(entry: &Entry, body: &Value) -> Option<String> {
    match entry {
        Entry::Contact(contact) => Some(contact.channel.clone()),
        Entry::Response(response) => response.channel.clone(),
        Entry::Consent(consent) => Some(consent.channel.clone()),
        Entry::Event(event) | Entry::Identify(event) => {
            let said = body["properties"]["channel"]
                .as_str()
                .filter(|word| reach::channel(word));
            let web = event.kind == EventKind::Page || body["context"]["page"].is_object();
            said.map(str::to_owned)
                .or_else(|| web.then(|| "web".to_owned()))
        }
        Entry::Decision(_) => body["channel"].as_str().map(str::to_owned),
        Entry::Merge(_) | Entry::Unmerge(_) | Entry::ContactMoved(_) => None,
    }
}

fn body(making: &Making<'_>, row: &LogRow) -> Option<Value> {
    Some(match &row.entry {
        Entry::Event(event) => event_body(event, "properties"),
        Entry::Identify(event) => event_body(event, "traits"),
        Entry::Contact(contact) => contact_body(making, row.seq, contact),
        Entry::Response(body) => json_of(body),
        Entry::Consent(body) => json_of(body),
        Entry::Decision(body) => serde_json::from_str(body).unwrap_or_default(),
        Entry::Merge(body) | Entry::Unmerge(body) => json_of(body),
        Entry::ContactMoved(_) => return None,
    })
}

fn json_of(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn event_body(event: &EventBody, properties: &str) -> Value {
    let mut body = Map::new();
    if !event.name.is_empty() {
        body.insert("event".into(), event.name.clone().into());
    }
    body.insert("type".into(), event.kind.name().into());
    body.insert(properties.into(), parsed(&event.properties));
    let texts = [
        ("user_id", &event.user_id),
        ("anonymous_id", &event.anonymous_id),
        ("previous_id", &event.previous_id),
        ("group_id", &event.group_id),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            body.insert(name.into(), text.clone().into());
        }
    }
    for (name, raw) in [
        ("traits", &event.traits),
        ("traits_once", &event.traits_once),
    ] {
        if let Some(raw) = raw {
            body.entry(name).or_insert_with(|| parsed(raw));
        }
    }
    if let Some(context) = &event.context {
        body.insert("context".into(), parsed(context));
    }
    body.insert("message_id".into(), event.message_id.clone().into());
    if event.clock_ahead {
        body.insert("clock_ahead".into(), true.into());
    }
    body.into()
}

/// A contact with what became of it: its state now, and every step with its reason.
fn contact_body(making: &Making<'_>, seq: u64, contact: &Contact) -> Value {
    let contact_id = ContactId(seq);
    let mut body = json_of(contact);
    let steps = making
        .moves
        .get(&contact_id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let marks = making.customer.state.contacts.iter();
    let mark = marks.rev().find(|mark| mark.contact_id == contact_id);
    let last = steps.iter().max_by_key(|(at, _)| *at);
    let status = mark
        .map(|mark| mark.status)
        .or(last.map(|(_, moved)| moved.status))
        .unwrap_or(contact.status);
    body["contact_id"] = json_of(&contact_id);
    body["status"] = json_of(&status);
    if let Some((_, moved)) = last
        && status == ContactStatus::Released
    {
        body["reason"] = json_of(&moved.reason);
    }
    // Rows come newest first; a story is told from its beginning.
    let told: Vec<Value> = steps
        .iter()
        .rev()
        .map(|(at, moved)| {
            json!({"occurred_at": at, "status": moved.status, "reason": moved.reason})
        })
        .collect();
    if !told.is_empty() {
        body["steps"] = told.into();
    }
    body
}
