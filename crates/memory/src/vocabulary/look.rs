//! Looking into an event: the paths of its properties, in the syntax that criteria use.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{NAME_LIMIT_BYTES, PROPERTIES_LIMIT, joined, personal_path, presentable};
use crate::criteria::{AttributeValue, Kind};

/// How deep objects are looked into.
const DEPTH: usize = 4;
/// Elements of a list that are looked at.
const ELEMENTS: usize = 20;
/// Parts of the context that rules have no use for: attributes stand at the customer, the rest
/// says how the event came here.
const NOT_OF_CONTEXT: [&str; 4] = ["traits", "library", "integrations", "network"];

/// What one event holds at one path.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// The kind of the values there; `None` when there are several.
    pub kind: Option<Kind>,
    /// Values that may be frequent.
    pub values: Vec<String>,
}

/// Everything one event holds, by path.
pub fn look(properties: &Value, context: Option<&Value>) -> BTreeMap<String, Found> {
    let mut found = BTreeMap::new();
    visit(properties, String::new(), DEPTH, &mut found);
    if let Some(Value::Object(entries)) = context {
        for (key, value) in entries {
            if !NOT_OF_CONTEXT.contains(&key.as_str()) {
                visit(value, format!("context.{key}"), DEPTH - 1, &mut found);
            }
        }
    }
    found
}

fn visit(json: &Value, path: String, depth: usize, found: &mut BTreeMap<String, Found>) {
    match json {
        Value::Object(entries) if depth > 0 => {
            for (key, value) in entries {
                let inner = match path.is_empty() {
                    true => key.clone(),
                    false => format!("{path}.{key}"),
                };
                visit(value, inner, depth - 1, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items.iter().take(ELEMENTS).filter(|item| item.is_object()) {
                visit(item, path.clone(), depth, found);
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            if let Some(value) = AttributeValue::from_json(json) {
                note(&value, path, found);
            }
        }
    }
}

fn note(value: &AttributeValue, path: String, found: &mut BTreeMap<String, Found>) {
    let usable = !path.is_empty() && path.len() <= NAME_LIMIT_BYTES;
    if !usable || (found.len() >= PROPERTIES_LIMIT && !found.contains_key(&path)) {
        return;
    }
    let values = match value {
        _ if personal_path(&path) => vec![],
        AttributeValue::Text(text) => vec![text.clone()],
        AttributeValue::Number(_) => vec![value.to_string()],
        AttributeValue::List(items) => items.iter().take(ELEMENTS).cloned().collect(),
        AttributeValue::Bool(_) | AttributeValue::Instant(_) => vec![],
    };
    let values = values.into_iter().filter(|value| presentable(value));
    match found.get_mut(&path) {
        Some(before) => {
            before.kind = joined(before.kind, Some(value.kind()));
            before.values.extend(values);
        }
        None => {
            let first = Found {
                kind: Some(value.kind()),
                values: values.collect(),
            };
            found.insert(path, first);
        }
    }
}

#[test]
fn paths_lead_through_objects_and_lists() {
    let event = serde_json::json!({
        "total": 12.5, "coupon": "TEN", "email": "ann@example.com", "note": "x".repeat(50),
        "tags": ["a", "b"], "at": "2026-03-01", "empty": null, "gift": true,
        "products": [{"product_id": "84", "price": 3, "name": "Mug"}, {"price": "free"}],
    });
    let context = serde_json::json!({
        "campaign": {"source": "newsletter"}, "ip": "10.0.0.1", "traits": {"age": 3},
    });
    let found = look(&event, Some(&context));
    let told: Vec<String> = found
        .iter()
        .map(|(path, one)| {
            format!(
                "{path} {} {:?}",
                one.kind.map_or("mixed", Kind::word),
                one.values
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "at a date []",
            "context.campaign.source text [\"newsletter\"]",
            "context.ip text []",
            "coupon text [\"TEN\"]",
            "email text []",
            "gift true or false []",
            "note text []",
            "products.name text [\"Mug\"]",
            "products.price mixed [\"3\", \"free\"]",
            "products.product_id text [\"84\"]",
            "tags a list [\"a\", \"b\"]",
            "total a number [\"12.5\"]",
        ]
    );
}
