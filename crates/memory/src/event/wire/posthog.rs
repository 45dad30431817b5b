//! PostHog: items of its capture API in our words.

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::event::wire::field::{
    Text, empty, identifier, message_id, object, read, strict_time, time,
};
use crate::event::wire::form::Form;
use crate::event::wire::segment::complete;
use crate::event::wire::{EventKind, Failure, Reason, Shared, WireEvent};

/// An item as it is written.
#[derive(Deserialize)]
struct Written<'a> {
    #[serde(borrow, default)]
    event: Text<'a>,
    #[serde(borrow, default)]
    distinct_id: Text<'a>,
    #[serde(borrow, default)]
    uuid: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Text<'a>,
    #[serde(borrow, default)]
    sent_at: Text<'a>,
    #[serde(default)]
    offset: Option<f64>,
    #[serde(borrow, default)]
    properties: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$set")]
    set: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$set_once")]
    set_once: Option<&'a RawValue>,
}

/// The properties that mean something to us.
#[derive(Deserialize, Default)]
struct Properties<'a> {
    #[serde(borrow, default)]
    distinct_id: Text<'a>,
    #[serde(borrow, default)]
    token: Text<'a>,
    #[serde(borrow, default)]
    alias: Text<'a>,
    #[serde(borrow, default)]
    title: Text<'a>,
    #[serde(borrow, default, rename = "$anon_distinct_id")]
    anonymous: Text<'a>,
    #[serde(borrow, default, rename = "$device_id")]
    device: Text<'a>,
    #[serde(borrow, default, rename = "$is_identified")]
    identified: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$process_person_profile")]
    profile: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$group_type")]
    group_type: Text<'a>,
    #[serde(borrow, default, rename = "$group_key")]
    group_key: Text<'a>,
    #[serde(borrow, default, rename = "$group_set")]
    group_set: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$set")]
    set: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$set_once")]
    set_once: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$screen_name")]
    screen: Text<'a>,
    #[serde(borrow, default, rename = "$pathname")]
    path: Text<'a>,
    #[serde(borrow, default, rename = "$current_url")]
    url: Text<'a>,
}

/// The key in the properties of the first item, where browsers put it.
pub fn key(form: Form, items: &[&RawValue]) -> Option<String> {
    if !form.speaks_posthog() {
        return None;
    }
    let written: Written = read(items.first()?.get()).ok()?;
    let properties: Properties = read(written.properties?.get()).ok()?;
    properties.token.into()
}

/// Understands one item.
pub fn event(raw: &str, shared: &Shared) -> Result<WireEvent, Failure> {
    let mut written: Written = read(raw)?;
    let sent_at = time(&written.sent_at).or(shared.sent_at);
    let timestamp = match strict_time("timestamp", &written.timestamp)? {
        Some(at) => Some(at),
        None => sent_at
            .zip(written.offset)
            .map(|(sent, ago)| sent.saturating_sub(ago as i64)),
    };
    let plain = object("properties", written.properties)?;
    let mut known = match plain {
        Some(properties) => read::<Properties>(properties.get())?,
        None => Properties::default(),
    };
    let attributes = object("$set", written.set.or(known.set))?;
    let attributes_once = object("$set_once", written.set_once.or(known.set_once))?;
    let given = |text: &mut Text| identifier("distinct_id", std::mem::take(text));
    let distinct = match given(&mut written.distinct_id)? {
        Some(id) => Some(id),
        None => given(&mut known.distinct_id)?,
    };
    let anonymous = is_anonymous(&known, distinct.as_deref());
    let (user_id, anonymous_id) = if anonymous {
        (None, distinct)
    } else {
        (distinct, None)
    };
    let mut event = WireEvent {
        kind: EventKind::Track,
        name: written.event.as_str().unwrap_or_default().to_owned(),
        message_id: message_id("uuid", written.uuid)?,
        user_id,
        anonymous_id,
        previous_id: None,
        group_id: None,
        timestamp,
        sent_at,
        properties: plain.map_or_else(empty, ToOwned::to_owned),
        attributes: attributes.map(ToOwned::to_owned),
        attributes_once: attributes_once.map(ToOwned::to_owned),
        context: plain.and_then(context),
        raw_len: raw.len(),
    };
    specialize(&mut event, known)?;
    complete(event)
}

/// Whether PostHog has not been told who this is.
fn is_anonymous(known: &Properties, distinct: Option<&str>) -> bool {
    let refused = |value: Option<&RawValue>| value.is_some_and(|value| value.get() == "false");
    let device = known.device.as_str();
    refused(known.identified)
        || refused(known.profile)
        || (device.is_some() && device == distinct && known.identified.is_none())
}

/// Gives PostHog's own events the kind that they are for us.
fn specialize(event: &mut WireEvent, known: Properties) -> Result<(), Failure> {
    match event.name.as_str() {
        "" => {
            let message = "a PostHog event needs its name in `event`";
            return Err((Reason::MissingEvent, message.to_owned()));
        }
        "$identify" | "$set" | "$set_once" => {
            event.kind = EventKind::Identify;
            event.properties = event.attributes.take().unwrap_or_else(empty);
            event.anonymous_id = match identifier("$anon_distinct_id", known.anonymous)? {
                Some(id) => Some(id),
                None => event.anonymous_id.take(),
            };
        }
        "$create_alias" | "$merge_dangerously" => {
            event.kind = EventKind::Alias;
            event.previous_id = identifier("alias", known.alias)?;
            event.properties = empty();
        }
        "$groupidentify" => {
            event.kind = EventKind::Group;
            let group = identifier("$group_key", known.group_key)?;
            let kind = known.group_type.into();
            // Without a customer the client makes up an identifier; it is nobody.
            let nobody = format!(
                "${}_{}",
                kind.as_deref().unwrap_or_default(),
                group.as_deref().unwrap_or_default()
            );
            if event.user_id.as_deref() == Some(&nobody) {
                event.user_id = None;
            }
            event.group_id = group;
            event.properties =
                object("$group_set", known.group_set)?.map_or_else(empty, ToOwned::to_owned);
        }
        "$pageview" => {
            event.kind = EventKind::Page;
            let name = known
                .title
                .into()
                .or(known.path.into())
                .or(known.url.into());
            event.name = name.unwrap_or_default();
            return Ok(());
        }
        "$screen" => {
            event.kind = EventKind::Screen;
            event.name = known.screen.into().unwrap_or_default();
            return Ok(());
        }
        _ => return Ok(()),
    }
    event.name = String::new();
    Ok(())
}

/// PostHog's names of circumstances and ours.
const CIRCUMSTANCES: [(&str, &[&str]); 22] = [
    ("$ip", &["ip"]),
    ("$raw_user_agent", &["userAgent"]),
    ("$browser_language", &["locale"]),
    ("$locale", &["locale"]),
    ("$timezone", &["timezone"]),
    ("$current_url", &["page", "url"]),
    ("$pathname", &["page", "path"]),
    ("$referrer", &["page", "referrer"]),
    ("title", &["page", "title"]),
    ("utm_campaign", &["campaign", "name"]),
    ("utm_source", &["campaign", "source"]),
    ("utm_medium", &["campaign", "medium"]),
    ("utm_term", &["campaign", "term"]),
    ("utm_content", &["campaign", "content"]),
    ("$lib", &["library", "name"]),
    ("$lib_version", &["library", "version"]),
    ("$os", &["os", "name"]),
    ("$os_version", &["os", "version"]),
    ("$device_type", &["device", "type"]),
    ("$device_manufacturer", &["device", "manufacturer"]),
    ("$app_name", &["app", "name"]),
    ("$app_version", &["app", "version"]),
];

/// The context in our words, so that criteria mean the same for every protocol.
fn context(properties: &RawValue) -> Option<Box<RawValue>> {
    let properties: Map<String, Value> = serde_json::from_str(properties.get()).ok()?;
    let mut context = Map::new();
    for (theirs, ours) in CIRCUMSTANCES {
        let Some(value) = properties.get(theirs).filter(|value| value.is_string()) else {
            continue;
        };
        let (name, within) = match ours {
            [name] => (*name, &mut context),
            [group, name, ..] => {
                let group = context
                    .entry(*group)
                    .or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(group) = group else {
                    continue;
                };
                (*name, group)
            }
            [] => continue,
        };
        within.insert(name.to_owned(), value.clone());
    }
    if context.is_empty() {
        None
    } else {
        to_raw_value(&context).ok()
    }
}
