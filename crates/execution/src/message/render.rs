//! Writes a message: the data of customer and offer, the template, the links that lead through us.

use memory::Customer;
use serde_json::{Map, Value, json};
use store::Timestamp;

use super::link::{Keys, Kind, Payload};
use super::outbox::{Message, MessageId};
use crate::template::{Rendered, track};

/// Signs the links of one message.
pub struct Links<'a> {
    /// Sign.
    pub keys: &'a Keys,
    /// How links to this installation begin.
    pub base_url: &'a str,
    /// Whose message.
    pub customer_id: memory::CustomerId,
    /// Which message.
    pub message_id: MessageId,
}

impl Links<'_> {
    /// The address of a link.
    pub fn url(&self, kind: Kind, index: u16) -> String {
        let payload = Payload {
            kind,
            customer_id: self.customer_id.0,
            subject_id: self.message_id.0,
            index,
        };
        format!(
            "{}/{}/{}",
            self.base_url,
            kind.path(),
            self.keys.sign(&payload)
        )
    }
}

/// A message with its links led through us.
#[derive(Debug, Clone)]
pub struct Written {
    /// As it was rendered.
    pub rendered: Rendered,
    /// The HTML with tracked links and the pixel.
    pub html: String,
    /// Where the links really lead, in order.
    pub targets: Vec<String>,
}

/// Leads the links of a rendered message through us.
pub fn with_tracking(rendered: Rendered, links: &Links<'_>) -> Result<Written, String> {
    let ours = [Kind::Unsubscribe, Kind::Preferences];
    let ours = ours.map(|kind| format!("{}/{}/", links.base_url, kind.path()));
    let keep: Vec<&str> = ours.iter().map(String::as_str).collect();
    let pixel = links.url(Kind::Open, 0);
    let link = |index, _: &str| links.url(Kind::Click, index);
    let tracked = track(&rendered.html, &keep, link, Some(&pixel));
    let tracked = tracked.map_err(|bad| format!("the link {:?} is not a web address", bad.0))?;
    Ok(Written {
        html: tracked.html,
        targets: tracked.targets,
        rendered,
    })
}

/// The language to write to a customer in.
pub fn language(customer: &Customer) -> String {
    let state = &customer.state;
    let said = ["language", "locale"]
        .iter()
        .find_map(|key| state.text(key));
    said.or(state.language.as_deref())
        .unwrap_or("en")
        .to_owned()
}

/// The data of a template: customer, offer, cart, event, links, message, today.
pub fn data(
    customer: &Customer,
    offer: Option<Value>,
    message: Option<&Message>,
    urls: Value,
    now: Timestamp,
) -> Value {
    let mut data = json!({
        "customer": customer_data(customer),
        "links": urls,
        "today": today(customer, now),
    });
    if let Some(offer) = offer {
        data["offer"] = offer;
    }
    if let Some(message) = message {
        data["message"] = json!({ "id": message.id, "category": message.category });
        for key in ["cart", "event"] {
            if let Some(given) = message.data.get(key) {
                data[key] = given.clone();
            }
        }
    }
    data
}

/// The links that every message may use.
pub fn urls(links: &Links<'_>) -> Value {
    json!({
        "unsubscribe": links.url(Kind::Unsubscribe, 0),
        "preferences": links.url(Kind::Preferences, 0),
    })
}

/// Links of a preview: they lead to pages that say that the link does not work.
pub fn sample_urls(base_url: &str) -> Value {
    json!({
        "unsubscribe": format!("{base_url}/u/preview"),
        "preferences": format!("{base_url}/p/preview"),
    })
}

fn customer_data(customer: &Customer) -> Value {
    let state = &customer.state;
    let mut data: Map<String, Value> = state
        .attributes
        .iter()
        .map(|(key, attribute)| (key.clone(), attribute.value.to_json()))
        .collect();
    data.insert("label".to_owned(), state.label().into());
    if let Some(email) = state.email() {
        data.insert("email".to_owned(), email.into());
    }
    Value::Object(data)
}

/// The date of the customer's own calendar.
fn today(customer: &Customer, now: Timestamp) -> String {
    let zone = customer.state.zone.as_deref();
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok());
    let local = now
        .to_jiff()
        .to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC));
    local.date().to_string()
}

/// What stands for the code in previews.
const SAMPLE_CODE: &str = "SAMPLE-CODE";

/// An offer as a template sees it: name, attributes, and the creative of the channel in the
/// customer's language.
pub fn offer_data(key: &str, version: i64, body: &Value, channel: &str, language: &str) -> Value {
    let mut data = json!({
        "key": key,
        "version": version,
        "name": in_language(&body["name"], language),
        "category": body["category"],
        "attributes": body.get("attributes").cloned().unwrap_or_else(|| json!({})),
    });
    for field in ["valid_from", "valid_until"] {
        if let Some(given) = body.get(field).filter(|given| !given.is_null()) {
            data[field] = given.clone();
        }
    }
    match &body["code"] {
        Value::String(code) => data["code"] = code.clone().into(),
        // The offer of a preview was not made to anybody.
        Value::Object(_) => data["code"] = SAMPLE_CODE.into(),
        _ => {}
    }
    let creatives = body["creatives"].as_array().into_iter().flatten();
    let fitting = creatives.filter(|creative| creative["channel"] == channel);
    let best = fitting.min_by_key(|creative| {
        language_rank(creative["language"].as_str().unwrap_or_default(), language)
    });
    for field in ["title", "text", "image_url", "link_url"] {
        let given = best.and_then(|creative| creative[field].as_str());
        if let Some(text) = given.filter(|text| !text.is_empty()) {
            data[field] = text.into();
        }
    }
    data
}

/// A text of several languages in the best one.
pub fn in_language(texts: &Value, language: &str) -> Value {
    let Value::Object(texts) = texts else {
        return texts.clone();
    };
    let best = texts
        .iter()
        .min_by_key(|(known, _)| language_rank(known, language));
    best.map_or(Value::Null, |(_, text)| text.clone())
}

/// How well a language fits a wish: the same, its base, English, any.
pub fn language_rank(language: &str, wish: &str) -> u8 {
    let base = |tag: &str| {
        tag.split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    if language.eq_ignore_ascii_case(wish) {
        0
    } else if base(language) == base(wish) {
        1
    } else if base(language) == "en" {
        2
    } else {
        3
    }
}
