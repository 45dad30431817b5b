//! Placeholders in creatives: `{{ offer.attributes.percent_off | percent }}` and `{{ offer.code }}`,
//! by the names that message templates use.

use serde_json::{Map, Value};

use super::{Creative, Offer};

/// What stands between two braces.
#[derive(Debug, PartialEq, Eq)]
pub enum Placeholder<'a> {
    /// The code of the contact.
    Code,
    /// An attribute of the offer, and how it is written.
    Attribute(&'a str, Form),
    /// Something else.
    Unknown(&'a str),
}

/// How a value is written.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Form {
    /// As it is.
    Plain,
    /// A fraction as a percentage.
    Percent,
    /// Minor units as an amount.
    Money,
}

/// Cuts a text into plain parts and placeholders.
fn parts<'a>(text: &'a str, mut see: impl FnMut(Result<&'a str, Placeholder<'a>>)) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else {
            break;
        };
        see(Ok(before));
        see(Err(read(inside.trim())));
        rest = after;
    }
    see(Ok(rest));
}

fn read(inside: &str) -> Placeholder<'_> {
    let (name, form) = match inside.split_once('|') {
        Some((name, form)) => (name.trim(), form.trim()),
        None => (inside, ""),
    };
    let form = match form {
        "" => Form::Plain,
        "percent" => Form::Percent,
        "money" => Form::Money,
        _ => return Placeholder::Unknown(inside),
    };
    match name.strip_prefix("offer.") {
        Some("code") if form == Form::Plain => Placeholder::Code,
        Some(name) => match name.strip_prefix("attributes.") {
            Some(key) => Placeholder::Attribute(key, form),
            None => Placeholder::Unknown(inside),
        },
        None => Placeholder::Unknown(inside),
    }
}

/// The placeholders of a text.
pub fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    let mut found = vec![];
    parts(text, |part| found.extend(part.err()));
    found
}

/// A creative with its attributes filled in; the code stays until the contact is known.
pub fn with_attributes(creative: &Creative, attributes: &Map<String, Value>) -> Creative {
    changed(creative, &|text| {
        let mut filled = String::with_capacity(text.len());
        parts(text, |part| match part {
            Ok(plain) => filled.push_str(plain),
            Err(Placeholder::Code) => filled.push_str(CODE),
            Err(Placeholder::Attribute(key, form)) => {
                filled.push_str(&written(attributes.get(key), form));
            }
            Err(Placeholder::Unknown(_)) => {}
        });
        filled
    })
}

/// How the code stands in a creative that was published.
const CODE: &str = "{{ offer.code }}";

/// Whether a published creative speaks of the code.
pub fn speaks_of_code(creative: &Creative) -> bool {
    let link = creative.link_url.as_deref().unwrap_or_default();
    [creative.title.as_str(), &creative.text, link]
        .iter()
        .any(|text| text.contains(CODE))
}

/// A published creative with the code of its contact.
pub fn with_code(creative: &Creative, code: &str) -> Creative {
    changed(creative, &|text| text.replace(CODE, code))
}

fn changed(creative: &Creative, change: &dyn Fn(&str) -> String) -> Creative {
    Creative {
        title: change(&creative.title),
        text: change(&creative.text),
        link_url: creative.link_url.as_deref().map(change),
        ..creative.clone()
    }
}

fn written(value: Option<&Value>, form: Form) -> String {
    let number = value.and_then(Value::as_f64);
    match (form, number, value) {
        (Form::Percent, Some(fraction), _) => {
            let percent = (fraction * 10_000.0).round() / 100.0;
            format!("{percent} %")
        }
        (Form::Money, Some(cents), _) => format!("{:.2}", cents / 100.0),
        (_, _, Some(Value::String(text))) => text.clone(),
        (_, _, None | Some(Value::Null)) => String::new(),
        (_, _, Some(other)) => other.to_string(),
    }
}

impl Offer {
    /// What is wrong with the placeholders of a text: the name of each that means nothing here.
    pub(super) fn strange_placeholders<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let known = |key: &str| {
            self.attributes.contains_key(key)
                || (!self.variants.is_empty()
                    && self.variants.iter().all(|v| v.attributes.contains_key(key)))
        };
        let strange = |placeholder: Placeholder<'a>| match placeholder {
            Placeholder::Code => self.code.is_none().then_some("offer.code"),
            Placeholder::Attribute(key, _) => (!known(key)).then_some(key),
            Placeholder::Unknown(text) => Some(text),
        };
        placeholders(text).into_iter().filter_map(strange).collect()
    }
}

#[test]
fn placeholders_are_filled() {
    let creative: Creative = serde_json::from_value(serde_json::json!({
        "channel": "web", "language": "en",
        "title": "{{offer.attributes.percent_off|percent}} off {{ offer.attributes.what }}",
        "text": "from {{ offer.attributes.from | money }} with {{ offer.code }}, {{ 1 }}{{ open",
        "link_url": "/sale?code={{offer.code}}",
    }))
    .unwrap();
    let attributes = serde_json::json!({"percent_off": 0.125, "what": "hats", "from": 1250});
    let filled = with_attributes(&creative, attributes.as_object().unwrap());
    assert_eq!(filled.title, "12.5 % off hats");
    assert!(speaks_of_code(&filled) && !speaks_of_code(&with_code(&filled, "X")));
    let filled = with_code(&filled, "A1");
    assert_eq!(filled.text, "from 12.50 with A1, {{ open");
    assert_eq!(filled.link_url.as_deref(), Some("/sale?code=A1"));
    assert_eq!(placeholders(&creative.text)[2], Placeholder::Unknown("1"));
}
