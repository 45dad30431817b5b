//! Forms: which protocol a path speaks, where the key is, and what a batch is wrapped in.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::wire::field::{Text, time};
use crate::event::wire::{
    BATCH_LIMIT_BYTES, BATCH_LIMIT_EVENTS, EVENT_LIMIT_BYTES, EventKind, Request, WireError,
};

/// The protocol and kind that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Segment, one event of the kind in the path.
    One(EventKind),
    /// Segment, a batch.
    Batch,
    /// PostHog, one event or a batch.
    PostHog,
    /// Jitsu: the Segment form; the kind is in the path or, where that is unknown, in the body.
    Jitsu(Option<EventKind>),
}

impl Form {
    /// The form of a path, with or without a slash at its end.
    pub fn of_path(path: &str) -> Option<Form> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if let Some(name) = path.strip_prefix("/v1/") {
            return Form::of_segment(name);
        }
        if let Some(name) = path.strip_prefix("/api/s/") {
            let name = name.strip_prefix("s2s/").unwrap_or(name);
            let batch = name == "batch";
            return Some(if batch {
                Form::Batch
            } else {
                Form::Jitsu(EventKind::named(name))
            });
        }
        let posthog = ["/batch", "/capture", "/e", "/track", "/i/v0/e"].contains(&path);
        posthog.then_some(Form::PostHog)
    }

    fn of_segment(name: &str) -> Option<Form> {
        match name {
            "batch" | "b" | "import" => Some(Form::Batch),
            "i" => Some(Form::One(EventKind::Identify)),
            "t" => Some(Form::One(EventKind::Track)),
            "p" => Some(Form::One(EventKind::Page)),
            "s" => Some(Form::One(EventKind::Screen)),
            "g" => Some(Form::One(EventKind::Group)),
            "a" => Some(Form::One(EventKind::Alias)),
            name => EventKind::named(name).map(Form::One),
        }
    }

    /// The name kept beside an item in quarantine.
    pub fn name(self) -> &'static str {
        match self {
            Form::One(kind) | Form::Jitsu(Some(kind)) => kind.name(),
            Form::Batch | Form::Jitsu(None) => "batch",
            Form::PostHog => "posthog",
        }
    }

    /// The form in which an item from quarantine is read again.
    pub fn named(name: &str) -> Option<Form> {
        match name {
            "batch" => Some(Form::Batch),
            "posthog" => Some(Form::PostHog),
            name => EventKind::named(name).map(Form::One),
        }
    }

    /// The kind that the path fixes.
    pub fn kind(self) -> Option<EventKind> {
        match self {
            Form::One(kind) => Some(kind),
            Form::Jitsu(kind) => kind,
            Form::Batch | Form::PostHog => None,
        }
    }

    /// Whether the items are written as PostHog does.
    pub fn speaks_posthog(self) -> bool {
        self == Form::PostHog
    }

    /// Whether one request may hold several events.
    pub fn takes_batches(self) -> bool {
        match self {
            Form::Batch | Form::PostHog => true,
            Form::One(_) | Form::Jitsu(_) => false,
        }
    }
}

/// A request's body, unwrapped.
pub struct Envelope<'a> {
    pub key: Option<String>,
    pub sent_at: Option<i64>,
    pub context: Option<&'a RawValue>,
    pub items: Vec<&'a RawValue>,
}

/// The fields around a batch, and the few of a single event that matter here.
#[derive(Deserialize)]
struct Wrapping<'a> {
    #[serde(borrow, default)]
    batch: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "sentAt")]
    sent_at: Text<'a>,
    #[serde(borrow, default, rename = "sent_at")]
    sent_at_posthog: Text<'a>,
    #[serde(borrow, default, rename = "writeKey")]
    write_key: Text<'a>,
    #[serde(borrow, default)]
    api_key: Text<'a>,
    #[serde(borrow, default)]
    token: Text<'a>,
}

/// Unwraps a body into its items.
pub fn open(form: Form, text: &str) -> Result<Envelope<'_>, WireError> {
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
        return bounded(form, text, bare(items));
    }
    let wrapping: Wrapping = serde_json::from_str(text).map_err(broken)?;
    let sent_at = time(&wrapping.sent_at).or(time(&wrapping.sent_at_posthog));
    let key = [wrapping.write_key, wrapping.api_key, wrapping.token]
        .into_iter()
        .find_map(Text::into);
    let data = wrapping.data.filter(|_| form.speaks_posthog());
    let items = match (wrapping.batch, data) {
        (Some(items), _) => items,
        (None, Some(list)) => serde_json::from_str(list.get()).map_err(broken)?,
        (None, None) if form == Form::Batch => {
            let message = "a batch is an object with the list `batch`; there is none";
            return Err(WireError::new("missing_batch", message));
        }
        (None, None) => {
            let items = vec![serde_json::from_str(text).map_err(broken)?];
            return bounded(
                form,
                text,
                Envelope {
                    key,
                    sent_at,
                    context: None,
                    items,
                },
            );
        }
    };
    let context = wrapping
        .context
        .filter(|context| context.get().starts_with('{'));
    bounded(
        form,
        text,
        Envelope {
            key,
            sent_at,
            context,
            items,
        },
    )
}

fn bare(items: Vec<&RawValue>) -> Envelope<'_> {
    Envelope {
        key: None,
        sent_at: None,
        context: None,
        items,
    }
}

fn broken(error: serde_json::Error) -> WireError {
    WireError::new(
        "invalid_json",
        format!("the body is not valid JSON: {error}"),
    )
}

/// Refuses what is larger than the documented limits and names the event that is to blame.
fn bounded<'a>(form: Form, text: &str, all: Envelope<'a>) -> Result<Envelope<'a>, WireError> {
    if all.items.len() > BATCH_LIMIT_EVENTS {
        let count = all.items.len();
        let message = format!(
            "the batch has {count} events, at most {BATCH_LIMIT_EVENTS} fit; send several batches"
        );
        return Err(WireError::new("too_many_events", message));
    }
    // PostHog's clients pack up to the body's limit; refusing earlier would lose their events.
    if form != Form::Batch || text.len() <= BATCH_LIMIT_BYTES {
        return Ok(all);
    }
    let large = all
        .items
        .iter()
        .position(|item| item.get().len() > EVENT_LIMIT_BYTES);
    let message = match large {
        Some(index) => format!(
            "event {index} of the batch has {} bytes, at most {EVENT_LIMIT_BYTES} fit; \
             leave large values out",
            all.items[index].get().len()
        ),
        None => format!(
            "the batch has {} bytes, at most {BATCH_LIMIT_BYTES} fit; send several batches",
            text.len()
        ),
    };
    Err(WireError::new(
        large.map_or("batch_too_large", |_| "event_too_large"),
        message,
    ))
}

/// The key in the headers or the query.
pub fn key(request: &Request) -> Option<String> {
    let header = request
        .write_key
        .map(str::trim)
        .filter(|key| !key.is_empty());
    if let Some(key) = header {
        return Some(key.to_owned());
    }
    if let Some(key) = request.authorization.and_then(authorized) {
        return Some(key);
    }
    let named = |name| query(request.query, name).filter(|key| !key.is_empty());
    ["writeKey", "api_key", "token"]
        .into_iter()
        .find_map(named)
        .map(Cow::into_owned)
}

/// The key of a `Basic` header, whose colon some clients forget, or of a `Bearer` header.
fn authorized(header: &str) -> Option<String> {
    let (scheme, value) = header.trim().split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!value.is_empty()).then(|| value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let key = decoded.strip_suffix(':').unwrap_or(&decoded);
    (!key.is_empty()).then(|| key.to_owned())
}

/// When the request was sent by the browser's clock, which PostHog puts into `_`.
pub fn sent_at(request: &Request) -> Option<i64> {
    if !request.form.speaks_posthog() {
        return None;
    }
    query(request.query, "_")?.parse().ok()
}

/// The first value of a name in `a=1&b=2`, decoded.
pub fn query<'a>(pairs: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut values = pairs.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = values.find(|(key, _)| *key == name)?;
    Some(decoded(value))
}

fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return Cow::Borrowed(value);
    }
    let bytes = value.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = value.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}
