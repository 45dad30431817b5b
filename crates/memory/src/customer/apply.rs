//! Applies log rows to a customer's state. The same rows in any order give the same attributes,
//! consents and matches; marks are kept by time.

use serde_json::Value;
use serde_json::value::RawValue;
use store::Timestamp;

use super::{ATTRIBUTES_LIMIT, Attribute, CustomerState, MARKS_LIMIT, MATCHES_LIMIT, RECENT_LIMIT};
use crate::consent::state_consent;
use crate::criteria::{self, AttributeValue, EventView, Slots};
use crate::event::noted;
use crate::identity::{IDENTIFIERS_LIMIT, Identifier, IdentifierKind};
use crate::interaction::{
    Contact, ContactId, ContactMark, ContactStatus, DecisionId, Response, ResponseKind,
    ResponseMark,
};
use crate::log::entry::ContactMoved;
use crate::log::{Entry, EventBody, LogRow};

/// Applies one row. Rows at or before `applied_seq` must not be given again.
pub fn apply(state: &mut CustomerState, row: &LogRow, slots: &Slots) {
    state.version += 1;
    state.applied_seq = state.applied_seq.max(row.seq);
    state.rows_count += 1;
    state.recent.push(row.seq);
    if state.recent.len() > RECENT_LIMIT + RECENT_LIMIT / 4 {
        state.recent.drain(..state.recent.len() - RECENT_LIMIT);
    }
    match &row.entry {
        Entry::Event(body) => {
            if !noted(&body.name, row.source_id) {
                seen(state, row.occurred_at);
            }
            event(state, body, row, slots);
        }
        Entry::Identify(body) => {
            seen(state, row.occurred_at);
            identify(state, body, row.occurred_at);
        }
        Entry::Consent(consent) => {
            state.contact_version += 1;
            state_consent(&mut state.consents, consent.clone());
        }
        Entry::Contact(made) => contact(state, row, made),
        Entry::Response(given) => response(state, row.occurred_at, given),
        Entry::ContactMoved(moved) => contact_moved(state, moved, row.occurred_at),
        Entry::Merge(_) | Entry::Unmerge(_) => state.contact_version += 1,
        Entry::Decision(_) => {}
    }
}

fn seen(state: &mut CustomerState, at: Timestamp) {
    state.first_seen_at = state.first_seen_at.min(at);
    state.last_seen_at = state.last_seen_at.max(at);
}

fn event(state: &mut CustomerState, body: &EventBody, row: &LogRow, slots: &Slots) {
    identifiers_of(state, body, row.occurred_at);
    circumstances(state, body, row.occurred_at);
    if let Some(traits) = &body.traits {
        attributes(state, traits, row.occurred_at, false);
    }
    if let Some(traits) = &body.traits_once {
        attributes(state, traits, row.occurred_at, true);
    }
    if slots.watches(&body.name) {
        measure(state, body, row.occurred_at, slots);
    }
}

/// Adds what an event contributes to the aggregates of published definitions.
pub fn measure(state: &mut CustomerState, body: &EventBody, at: Timestamp, slots: &Slots) {
    let properties = parsed(Some(&body.properties));
    let context = parsed(body.context.as_deref());
    let view = EventView {
        name: &body.name,
        occurred_ms: at.0,
        properties: &properties,
        context: &context,
    };
    slots.measure(&view, &mut |slot, found| {
        let matches = state.matches.entry(slot).or_default();
        criteria::insert(matches, found);
        if matches.len() > MATCHES_LIMIT {
            matches.remove(0);
        }
    });
}

fn parsed(raw: Option<&RawValue>) -> Value {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or(Value::Null)
}

fn identify(state: &mut CustomerState, body: &EventBody, at: Timestamp) {
    identifiers_of(state, body, at);
    circumstances(state, body, at);
    attributes(state, &body.properties, at, false);
    if let Some(traits) = &body.traits {
        attributes(state, traits, at, false);
    }
    if let Some(traits) = &body.traits_once {
        attributes(state, traits, at, true);
    }
}

fn identifiers_of(state: &mut CustomerState, body: &EventBody, since: Timestamp) {
    for (kind, value) in [
        (IdentifierKind::UserId, &body.user_id),
        (IdentifierKind::AnonymousId, &body.anonymous_id),
    ] {
        if let Some(value) = value {
            add_identifier(state, kind, value, since);
        }
    }
}

fn add_identifier(state: &mut CustomerState, kind: IdentifierKind, value: &str, since: Timestamp) {
    // Looked for without the right to change it: that would copy what other versions share.
    let known = |i: &Identifier| i.kind == kind && i.value == value;
    match state.identifiers.iter().position(known) {
        Some(at) if since < state.identifiers[at].since => state.identifiers[at].since = since,
        None if state.identifiers.len() < IDENTIFIERS_LIMIT => {
            state.identifiers.push(Identifier {
                kind,
                value: value.to_owned(),
                since,
            });
        }
        Some(_) | None => {}
    }
}

/// Takes zone and language from the context of an event.
fn circumstances(state: &mut CustomerState, body: &EventBody, at: Timestamp) {
    #[derive(serde::Deserialize)]
    struct Circumstances<'a> {
        #[serde(borrow, default)]
        timezone: Option<std::borrow::Cow<'a, str>>,
        #[serde(borrow, default)]
        locale: Option<std::borrow::Cow<'a, str>>,
    }
    let Some(context) = &body.context else { return };
    let text = context.get();
    if at < state.last_seen_at || !(text.contains("\"timezone\"") || text.contains("\"locale\"")) {
        return;
    }
    let Ok(said) = serde_json::from_str::<Circumstances<'_>>(text) else {
        return;
    };
    if let Some(zone) = said
        .timezone
        .filter(|zone| jiff::tz::TimeZone::get(zone).is_ok())
    {
        state.zone = Some(zone.into_owned());
    }
    if let Some(language) = said.locale.filter(|locale| locale.len() <= 35) {
        state.language = Some(language.into_owned());
    }
}

/// Takes attributes from a JSON object; with `once`, only those not known yet.
fn attributes(state: &mut CustomerState, json: &RawValue, at: Timestamp, once: bool) {
    let Ok(Value::Object(given)) = serde_json::from_str(json.get()) else {
        return;
    };
    for (key, json) in given {
        if key.len() > 100 {
            continue;
        }
        let Some(value) = AttributeValue::from_json(&json) else {
            if json.is_null() && !once {
                forget(state, &key, at);
            }
            continue;
        };
        if let Some(kind) = contact_identifier(&key)
            && let AttributeValue::Text(text) = &value
        {
            add_identifier(state, kind, text, at);
        }
        set_attribute(state, key, Attribute { value, at }, once);
    }
}

fn forget(state: &mut CustomerState, key: &str, at: Timestamp) {
    if state
        .attributes
        .get(key)
        .is_some_and(|known| known.at <= at)
    {
        state.attributes.remove(key);
    }
}

fn set_attribute(state: &mut CustomerState, key: String, new: Attribute, once: bool) {
    let room = state.attributes.len() < ATTRIBUTES_LIMIT;
    match state.attributes.get_mut(&key) {
        Some(_) if once => {}
        Some(known) if (new.at, &new.value) >= (known.at, &known.value) => *known = new,
        Some(_) => {}
        None if room => {
            state.attributes.insert(key, new);
        }
        None => {}
    }
}

/// The identifier that an attribute with this key is, if any.
pub fn contact_identifier(key: &str) -> Option<IdentifierKind> {
    match key {
        "email" => Some(IdentifierKind::Email),
        "phone" => Some(IdentifierKind::Phone),
        "loyalty_card" | "loyaltyCard" => Some(IdentifierKind::LoyaltyCard),
        _ => None,
    }
}

fn contact(state: &mut CustomerState, row: &LogRow, made: &Contact) {
    state.contact_version += 1;
    let decision_id = made.decision_id.or_else(|| {
        made.decision_offset
            .map(|offset| DecisionId(row.seq - offset))
    });
    let mark = ContactMark {
        contact_id: ContactId(row.seq),
        at: row.occurred_at,
        channel: made.channel.clone(),
        placement: made.placement.clone(),
        message: made.message.clone(),
        offer: made.offer.clone(),
        offer_version: made.offer_version,
        variant: made.variant.clone(),
        category: made.category.clone(),
        status: made.status,
        counts: made.counts,
        control: made.control,
        expires_at: made.expires_at,
        decision_id,
        claims: made.claims.clone(),
    };
    let place = state.contacts.partition_point(|other| other.at <= mark.at);
    state.contacts.insert(place, mark);
    if state.contacts.len() > MARKS_LIMIT {
        state.contacts.remove(0);
    }
}

fn contact_moved(state: &mut CustomerState, moved: &ContactMoved, at: Timestamp) {
    state.contact_version += 1;
    let known = state
        .contacts
        .iter_mut()
        .find(|mark| mark.contact_id == moved.contact_id);
    if let Some(mark) = known {
        present(mark, moved.status, at);
    }
}

/// A presented contact stays presented; only a promise can be released.
fn present(mark: &mut ContactMark, status: ContactStatus, at: Timestamp) {
    if mark.status == ContactStatus::Reserved || status == ContactStatus::Presented {
        if mark.status != ContactStatus::Presented && status == ContactStatus::Presented {
            mark.at = mark.at.max(at);
        }
        mark.status = status;
    }
}

fn response(state: &mut CustomerState, at: Timestamp, given: &Response) {
    state.contact_version += 1;
    if given.in_control {
        return;
    }
    if let Some(contact_id) = given.contact_id
        && !given.inferred
        && let Some(mark) = state
            .contacts
            .iter_mut()
            .find(|m| m.contact_id == contact_id)
    {
        present(mark, ContactStatus::Presented, at);
    }
    if given.kind != ResponseKind::Ignored {
        state.last_seen_at = state.last_seen_at.max(at);
        state.first_seen_at = state.first_seen_at.min(at);
    }
    let mark = ResponseMark {
        at,
        kind: given.kind,
        name: given.name.clone(),
        contact_id: given.contact_id,
        offer: given.offer.clone(),
        category: given.category.clone(),
        inferred: given.inferred,
        value_cents: given.value_cents,
    };
    let place = state.responses.partition_point(|other| other.at <= mark.at);
    state.responses.insert(place, mark);
    if state.responses.len() > MARKS_LIMIT {
        state.responses.remove(0);
    }
}
