//! Segment: items of the tracking API as Segment's and RudderStack's clients write them.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::wire::field::{
    Text, empty, identifier, merged, message_id, object, read, strict_time, time,
};
use crate::event::wire::{EventKind, Failure, Reason, Shared, WireEvent, glimpse};

/// An item as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    category: Text<'a>,
    #[serde(borrow, default)]
    message_id: Text<'a>,
    #[serde(borrow, default)]
    user_id: Text<'a>,
    #[serde(borrow, default)]
    anonymous_id: Text<'a>,
    #[serde(borrow, default)]
    previous_id: Text<'a>,
    #[serde(borrow, default)]
    group_id: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Text<'a>,
    #[serde(borrow, default)]
    original_timestamp: Text<'a>,
    #[serde(borrow, default)]
    sent_at: Text<'a>,
    #[serde(borrow, default)]
    properties: Option<&'a RawValue>,
    #[serde(borrow, default)]
    traits: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
}

/// Understands one item; the kind is given where the path names it.
pub fn event(kind: Option<EventKind>, raw: &str, shared: &Shared) -> Result<WireEvent, Failure> {
    let written: Written = read(raw)?;
    let kind = match kind {
        Some(kind) => kind,
        None => kind_of(&written.kind)?,
    };
    let timestamp = strict_time("timestamp", &written.timestamp)?.or(strict_time(
        "originalTimestamp",
        &written.original_timestamp,
    )?);
    let context = object("context", written.context)?;
    let properties = properties(kind, &written, context)?;
    let name = match kind {
        EventKind::Track => track_name(&written.event)?,
        EventKind::Page | EventKind::Screen => {
            let name = written.name.as_str().or(written.category.as_str());
            name.unwrap_or_default().to_owned()
        }
        EventKind::Identify | EventKind::Group | EventKind::Alias => String::new(),
    };
    let context = match (context, shared.context) {
        (Some(own), Some(batch)) => Some(merged(&[
            own,
            object("context", Some(batch))?.unwrap_or(own),
        ])?),
        (Some(only), None) => Some(only.to_owned()),
        (None, only) => object("context", only)?.map(ToOwned::to_owned),
    };
    let event = WireEvent {
        kind,
        name,
        message_id: message_id("messageId", written.message_id)?,
        user_id: identifier("userId", written.user_id)?,
        anonymous_id: identifier("anonymousId", written.anonymous_id)?,
        previous_id: identifier("previousId", written.previous_id)?,
        group_id: identifier("groupId", written.group_id)?,
        timestamp,
        sent_at: time(&written.sent_at).or(shared.sent_at),
        properties,
        attributes: None,
        attributes_once: None,
        context,
        raw_len: raw.len(),
    };
    complete(event)
}

fn kind_of(written: &Text) -> Result<EventKind, Failure> {
    let Some(name) = written.as_str() else {
        let message =
            "the event has no `type`; write track, page, screen, identify, group or alias";
        return Err((Reason::MissingType, message.to_owned()));
    };
    EventKind::named(name).ok_or_else(|| {
        let message = format!(
            "the `type` {} is unknown; write track, page, screen, identify, group or alias",
            glimpse(name)
        );
        (Reason::UnknownType, message)
    })
}

fn track_name(event: &Text) -> Result<String, Failure> {
    let name = event.as_str().unwrap_or_default();
    if name.is_empty() {
        let message = "a track event needs its name in `event`";
        return Err((Reason::MissingEvent, message.to_owned()));
    }
    Ok(name.to_owned())
}

/// The properties or traits of an item.
fn properties(
    kind: EventKind,
    written: &Written,
    context: Option<&RawValue>,
) -> Result<Box<RawValue>, Failure> {
    let own = match kind {
        EventKind::Track | EventKind::Page | EventKind::Screen => {
            object("properties", written.properties)?
        }
        EventKind::Identify => match object("traits", written.traits)? {
            Some(traits) => Some(traits),
            None => context_traits(context)?,
        },
        EventKind::Group => object("traits", written.traits)?,
        EventKind::Alias => None,
    };
    let viewed = matches!(kind, EventKind::Page | EventKind::Screen);
    match (own, written.category.as_str().filter(|_| viewed)) {
        (None, None) => Ok(empty()),
        (Some(own), None) => Ok(own.to_owned()),
        (own, Some(category)) => {
            let category = serde_json::value::to_raw_value(&serde_json::json!({
                "category": category,
            }));
            let category = category.map_err(|error| (Reason::BadProperties, error.to_string()))?;
            match own {
                Some(own) => merged(&[own, &category]),
                None => Ok(category),
            }
        }
    }
}

/// RudderStack's Python client puts the traits of an identify only here.
fn context_traits(context: Option<&RawValue>) -> Result<Option<&RawValue>, Failure> {
    #[derive(Deserialize)]
    struct Context<'a> {
        #[serde(borrow, default)]
        traits: Option<&'a RawValue>,
    }
    let Some(context) = context else {
        return Ok(None);
    };
    let context: Context = read(context.get())?;
    object("context.traits", context.traits)
}

/// Every event is about a customer, and an alias or group about something else, too.
pub fn complete(event: WireEvent) -> Result<WireEvent, Failure> {
    let named = event.user_id.is_some() || event.anonymous_id.is_some();
    if !named {
        let message = "the event has neither `userId` nor `anonymousId`";
        return Err((Reason::NoIdentifiers, message.to_owned()));
    }
    let missing = match event.kind {
        EventKind::Alias if event.previous_id.is_none() => "an alias needs `previousId`",
        EventKind::Group if event.group_id.is_none() => "a group event needs `groupId`",
        EventKind::Track
        | EventKind::Page
        | EventKind::Screen
        | EventKind::Identify
        | EventKind::Alias
        | EventKind::Group => return Ok(event),
    };
    Err((Reason::MissingTarget, missing.to_owned()))
}
