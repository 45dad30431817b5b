//! Fields: what clients write where a text, a time or an object belongs.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::wire::{
    DEPTH_LIMIT, Failure, IDENTIFIER_LIMIT_BYTES, MESSAGE_ID_LIMIT_CHARS, Reason, glimpse,
};

/// A text field: absent, null and empty are the same, a number is taken as its digits.
#[derive(Debug, Clone, Default)]
pub enum Text<'a> {
    #[default]
    Missing,
    Given(Cow<'a, str>),
    /// Something that is neither text nor number.
    Wrong,
}

impl Text<'_> {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Text::Given(text) => Some(text),
            Text::Missing | Text::Wrong => None,
        }
    }

    /// The text, owned.
    pub fn into(self) -> Option<String> {
        match self {
            Text::Given(text) => Some(text.into_owned()),
            Text::Missing | Text::Wrong => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(if text.is_empty() {
            Text::Missing
        } else {
            Text::Given(Cow::Borrowed(text))
        })
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        self.visit_string(text.to_owned())
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Text<'de>, E> {
        Ok(if text.is_empty() {
            Text::Missing
        } else {
            Text::Given(Cow::Owned(text))
        })
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text<'de>, E> {
        self.visit_string(number.to_string())
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text<'de>, E> {
        self.visit_string(number.to_string())
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Text<'de>, E> {
        self.visit_string(number.to_string())
    }
    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text::Missing)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text::Wrong)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::Wrong)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::Wrong)
    }
}

/// An identifier of a customer or group.
pub fn identifier(field: &str, text: Text) -> Result<Option<String>, Failure> {
    match text {
        Text::Missing => Ok(None),
        Text::Wrong => Err((
            Reason::BadIdentifier,
            format!("`{field}` must be a text or a number"),
        )),
        Text::Given(text) if text.len() > IDENTIFIER_LIMIT_BYTES => {
            let length = text.len();
            let message =
                format!("`{field}` has {length} bytes, at most {IDENTIFIER_LIMIT_BYTES} fit");
            Err((Reason::BadIdentifier, message))
        }
        Text::Given(text) => Ok(Some(text.into_owned())),
    }
}

/// The client's id of an event.
pub fn message_id(field: &str, text: Text) -> Result<Option<String>, Failure> {
    let id = text.into();
    let length = id.as_ref().map_or(0, |id| id.chars().count());
    if length > MESSAGE_ID_LIMIT_CHARS {
        let message =
            format!("`{field}` has {length} characters, at most {MESSAGE_ID_LIMIT_CHARS} fit");
        return Err((Reason::MessageIdTooLong, message));
    }
    Ok(id)
}

/// The message id of an item that failed, for its place in quarantine.
pub fn message_id_of(raw: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Ids<'a> {
        #[serde(borrow, default, rename = "messageId")]
        message_id: Text<'a>,
        #[serde(borrow, default)]
        uuid: Text<'a>,
    }
    let ids: Ids = serde_json::from_str(raw).ok()?;
    let id = ids.message_id.into().or(ids.uuid.into())?;
    (id.chars().count() <= MESSAGE_ID_LIMIT_CHARS).then_some(id)
}

/// A time in milliseconds; `None` when absent or not readable.
pub fn time(text: &Text) -> Option<i64> {
    instant(text.as_str()?)
}

/// A time that must be readable when it is given.
pub fn strict_time(field: &str, text: &Text) -> Result<Option<i64>, Failure> {
    let given = match text {
        Text::Missing => return Ok(None),
        Text::Given(given) => given,
        Text::Wrong => "",
    };
    let Some(at) = instant(given) else {
        let message = format!(
            "`{field}` is {}; write a time like 2026-03-01T10:00:00.000Z",
            glimpse(given)
        );
        return Err((Reason::BadTimestamp, message));
    };
    Ok(Some(at))
}

/// Reads RFC 3339, a date, a time without zone (as UTC), and seconds or milliseconds.
fn instant(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    if let Ok(number) = text.parse::<f64>() {
        // Seconds until the year 5138; the same number as milliseconds is March 1973.
        let millis = if number.abs() < 1e11 {
            number * 1000.0
        } else {
            number
        };
        return (millis.abs() < 8.64e15).then_some(millis as i64);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// An object that every later reader can read; `None` when absent or null.
pub fn object<'a>(
    field: &str,
    value: Option<&'a RawValue>,
) -> Result<Option<&'a RawValue>, Failure> {
    let Some(value) = value else { return Ok(None) };
    if !value.get().starts_with('{') {
        let message = format!(
            "`{field}` must be an object, it is {}",
            glimpse(value.get())
        );
        return Err((Reason::BadProperties, message));
    }
    let mut reader = serde_json::Deserializer::from_str(value.get());
    match (Sound { depth: DEPTH_LIMIT }).deserialize(&mut reader) {
        Ok(()) => Ok(Some(value)),
        Err(error) => Err((
            Reason::BadProperties,
            format!("`{field}` cannot be read: {error}"),
        )),
    }
}

/// Walks a value without keeping it: a raw value is only skimmed, so that numbers too large and
/// endless nesting would otherwise be met by readers who cannot refuse them any more.
struct Sound {
    depth: u8,
}

impl Sound {
    fn inner<E: de::Error>(&self) -> Result<Sound, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Sound { depth }),
            None => Err(E::custom(format!(
                "nested deeper than {DEPTH_LIMIT} levels"
            ))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Sound {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            if seq.next_element_seed(self.inner::<A::Error>()?)?.is_none() {
                return Ok(());
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Sound { depth: DEPTH_LIMIT })?.is_some() {
            map.next_value_seed(self.inner::<A::Error>()?)?;
        }
        Ok(())
    }
}

/// A list of fields and values that keeps its order.
pub struct Fields<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<'a>, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::with_capacity(map.size_hint().unwrap_or(8));
        while let Some(name) = map.next_key::<Text>()? {
            let Text::Given(name) = name else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            fields.push((name, map.next_value()?));
        }
        Ok(Fields(fields))
    }
}

/// Joins objects; where both have a field, the first one's value stays.
pub fn merged(objects: &[&RawValue]) -> Result<Box<RawValue>, Failure> {
    let unreadable = |error: serde_json::Error| (Reason::BadProperties, error.to_string());
    let mut all: Vec<(Cow<str>, &RawValue)> = Vec::new();
    for object in objects {
        let Fields(fields) = serde_json::from_str(object.get()).map_err(unreadable)?;
        for (name, value) in fields {
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
    }
    let mut text = String::with_capacity(objects.iter().map(|object| object.get().len()).sum());
    text.push('{');
    for (name, value) in &all {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::to_string(name).map_err(unreadable)?);
        text.push(':');
        text.push_str(value.get());
    }
    text.push('}');
    RawValue::from_string(text).map_err(unreadable)
}

/// An object without fields.
pub fn empty() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).expect("an empty object is valid JSON")
}

/// An item as its fields, with our words for what can be wrong.
pub fn read<'a, T: Deserialize<'a>>(raw: &'a str) -> Result<T, Failure> {
    serde_json::from_str(raw).map_err(|error| {
        (
            Reason::InvalidItem,
            format!("the event cannot be read: {error}"),
        )
    })
}
