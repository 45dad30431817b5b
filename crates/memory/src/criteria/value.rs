//! Values: what an attribute, an event property or a context entry can hold.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use jiff::civil;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 86_400_000;

/// The value of an attribute. In JSON it is the plain value: `true`, `12.5`, `"France"`,
/// `"2026-03-01T10:00:00Z"`, `["vip", "newsletter"]`.
#[derive(Debug, Clone)]
pub enum AttributeValue {
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// Text that is not recognised as a date.
    Text(String),
    /// A moment, in milliseconds since the epoch.
    Instant(i64),
    /// A list of texts.
    List(Vec<String>),
}

/// The kind of a value, learned from data or declared by a user.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = AttributeKind)]
pub enum Kind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A date or a moment.
    Instant,
    /// A list of texts.
    List,
}

impl Kind {
    /// The word that messages and documents use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "a number",
            Kind::Boolean => "true or false",
            Kind::Instant => "a date",
            Kind::List => "a list",
        }
    }
}

impl AttributeValue {
    /// Reads a JSON value; objects, `null` and empty lists are no value.
    ///
    /// Text in the form of an ISO date becomes an instant; elements of a list become text.
    #[must_use]
    pub fn from_json(json: &Value) -> Option<Self> {
        match json {
            Value::Null | Value::Object(_) => None,
            Value::Bool(truth) => Some(Self::Bool(*truth)),
            Value::Number(number) => number.as_f64().and_then(Self::number),
            Value::String(text) => Some(Self::from_text(text)),
            Value::Array(items) => {
                let texts: Vec<String> = items.iter().filter_map(element_text).collect();
                (!texts.is_empty()).then_some(Self::List(texts))
            }
        }
    }

    /// Text, or an instant if the text is an ISO date.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        match recognise_instant(text) {
            Some(ms) => Self::Instant(ms),
            None => Self::Text(text.to_owned()),
        }
    }

    /// A number; not-a-number and infinities are no value, minus zero is zero.
    #[must_use]
    pub fn number(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Number(number + 0.0))
    }

    /// The plain JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => number_json(*number),
            Self::Text(text) => Value::String(text.clone()),
            Self::Instant(ms) => Value::String(instant_text(*ms)),
            Self::List(texts) => texts
                .iter()
                .map(|text| Value::String(text.clone()))
                .collect(),
        }
    }

    /// The kind of this value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Instant(_) => Kind::Instant,
            Self::List(_) => Kind::List,
        }
    }

    /// The value as a declared kind, if it can be read as one: `"42"` as a number, `7` as text.
    #[must_use]
    pub fn coerced(&self, kind: Kind) -> Option<Self> {
        if self.kind() == kind {
            return Some(self.clone());
        }
        match (kind, self) {
            (Kind::Text, value) => Some(Self::Text(value.to_string())),
            (Kind::Number, Self::Text(text)) => text.trim().parse().ok().and_then(Self::number),
            (Kind::Boolean, Self::Text(text)) => match text.trim() {
                "true" | "yes" | "1" => Some(Self::Bool(true)),
                "false" | "no" | "0" => Some(Self::Bool(false)),
                _ => None,
            },
            (Kind::Instant, Self::Text(text)) => recognise_instant(text.trim()).map(Self::Instant),
            (Kind::List, value) => Some(Self::List(vec![value.to_string()])),
            (Kind::Number | Kind::Boolean | Kind::Instant, _) => None,
        }
    }

    /// A view that can be tested without copying.
    #[must_use]
    pub fn view(&self) -> ValueView<'_> {
        match self {
            Self::Bool(truth) => ValueView::Bool(*truth),
            Self::Number(number) => ValueView::Number(*number),
            Self::Text(text) => ValueView::Text(text),
            Self::Instant(ms) => ValueView::Instant(*ms),
            Self::List(texts) => ValueView::Texts(texts),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Instant(_) => 2,
            Self::Text(_) => 3,
            Self::List(_) => 4,
        }
    }
}

/// A borrowed value, from an attribute or from the JSON of an event.
#[derive(Debug, Clone, Copy)]
pub enum ValueView<'a> {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text; compared with an instant, it is read as a date.
    Text(&'a str),
    /// A moment, in milliseconds since the epoch.
    Instant(i64),
    /// A list of texts.
    Texts(&'a [String]),
    /// A JSON array; only its scalars count.
    Items(&'a [Value]),
}

impl<'a> ValueView<'a> {
    /// Views a JSON value; objects and `null` are no value.
    #[must_use]
    pub fn from_json(json: &'a Value) -> Option<Self> {
        match json {
            Value::Null | Value::Object(_) => None,
            Value::Bool(truth) => Some(Self::Bool(*truth)),
            Value::Number(number) => number.as_f64().map(|number| Self::Number(number + 0.0)),
            Value::String(text) => Some(Self::Text(text)),
            Value::Array(items) => Some(Self::Items(items)),
        }
    }

    /// Whether this single value and `other` are the same; lists are never.
    #[must_use]
    pub fn same(self, other: &AttributeValue) -> bool {
        match (self, other) {
            (Self::Bool(a), AttributeValue::Bool(b)) => a == *b,
            (Self::Number(a), AttributeValue::Number(b)) => a == *b,
            (Self::Text(a), AttributeValue::Text(b)) => a == b,
            (Self::Instant(a), AttributeValue::Instant(b)) => a == *b,
            (Self::Text(a), AttributeValue::Instant(b)) => recognise_instant(a) == Some(*b),
            (Self::Instant(a), AttributeValue::Text(b)) => recognise_instant(b) == Some(a),
            (
                Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Instant(_),
                AttributeValue::Bool(_)
                | AttributeValue::Number(_)
                | AttributeValue::Text(_)
                | AttributeValue::Instant(_)
                | AttributeValue::List(_),
            )
            | (Self::Texts(_) | Self::Items(_), _) => false,
        }
    }

    /// A hash that is equal for equal single values on every machine and in every release.
    #[must_use]
    pub fn hash64(self) -> u64 {
        match self {
            Self::Bool(truth) => hash_tagged(1, &[u8::from(truth)]),
            Self::Number(number) => hash_tagged(2, &number.to_bits().to_le_bytes()),
            Self::Instant(ms) => hash_tagged(3, &ms.to_le_bytes()),
            Self::Text(text) => match recognise_instant(text) {
                Some(ms) => hash_tagged(3, &ms.to_le_bytes()),
                None => hash_tagged(4, text.as_bytes()),
            },
            Self::Texts(_) | Self::Items(_) => 0,
        }
    }
}

/// Reads `2026-03-01`, `2026-03-01T10:00:00Z` and their relatives; without an offset it is UTC.
#[must_use]
pub fn recognise_instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let plausible = (10..=40).contains(&bytes.len())
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[7] == b'-';
    if !plausible {
        return None;
    }
    if bytes.len() == 10 {
        return utc_ms(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0));
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    match text.parse::<jiff::Timestamp>() {
        Ok(instant) => Some(instant.as_millisecond()),
        Err(_) => utc_ms(text.parse::<civil::DateTime>().ok()?),
    }
}

/// RFC 3339 text of an instant; exactly midnight in UTC is written as a date alone.
#[must_use]
pub fn instant_text(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(instant) if ms.rem_euclid(DAY_MS) == 0 => instant.strftime("%Y-%m-%d").to_string(),
        Ok(instant) => instant.to_string(),
        Err(_) => format!("{ms} ms"),
    }
}

/// The shortest text of a number that reads back as the same number.
#[must_use]
pub fn number_text(number: f64) -> String {
    format!("{}", number + 0.0)
}

/// A number as JSON, whole numbers without a fraction.
#[must_use]
pub fn number_json(number: f64) -> Value {
    const WHOLE_BELOW: f64 = 9_007_199_254_740_992.0; // 2^53, where whole numbers stay exact
    if number.fract() == 0.0 && number.abs() < WHOLE_BELOW {
        return Value::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn utc_ms(when: civil::DateTime) -> Option<i64> {
    Some(
        when.to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

fn element_text(item: &Value) -> Option<String> {
    match item {
        Value::Null | Value::Object(_) | Value::Array(_) => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
    }
}

/// FNV-1a with a final mix: stable everywhere, and short texts still spread over all bits.
#[must_use]
pub(super) fn hash_tagged(tag: u8, bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in std::iter::once(&tag).chain(bytes) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl Ord for AttributeValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl PartialOrd for AttributeValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for AttributeValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for AttributeValue {}

impl Hash for AttributeValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Bool(truth) => truth.hash(state),
            Self::Number(number) => number.to_bits().hash(state),
            Self::Text(text) => text.hash(state),
            Self::Instant(ms) => ms.hash(state),
            Self::List(texts) => texts.hash(state),
        }
    }
}

/// The value as people read it, without quotes.
impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(truth) => truth.fmt(f),
            Self::Number(number) => f.write_str(&number_text(*number)),
            Self::Text(text) => f.write_str(text),
            Self::Instant(ms) => f.write_str(&instant_text(*ms)),
            Self::List(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => number_json(*number).serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Instant(ms) => serializer.serialize_str(&instant_text(*ms)),
            Self::List(texts) => texts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_json(&json)
            .ok_or_else(|| D::Error::custom("expected text, a number, true, false or a list"))
    }
}
