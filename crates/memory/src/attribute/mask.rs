//! Masks: personal values hidden from those who may not see them.

use serde_json::Value;

use super::Attributes;
use crate::identity::{Identifier, IdentifierKind};

/// What stands where a personal value is hidden.
pub const MASK: &str = "•••";

/// Whether, and by which definitions, personal values are hidden.
#[derive(Debug, Clone)]
pub struct Masking {
    attributes: Attributes,
    hides: bool,
}

impl Masking {
    /// Hides personal values where `hides` is true.
    pub fn new(attributes: Attributes, hides: bool) -> Masking {
        Masking { attributes, hides }
    }

    /// What is known of the attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Whether personal values are hidden at all.
    pub fn hides(&self) -> bool {
        self.hides
    }

    /// Whether the value of a key is hidden.
    pub fn hides_key(&self, key: &str) -> bool {
        self.hides && self.attributes.personal(key)
    }

    /// A text that is always personal.
    pub fn text(&self, text: &str) -> String {
        if self.hides {
            MASK.to_owned()
        } else {
            text.to_owned()
        }
    }

    /// An identifier: addresses and cards are personal, a user id when it is an address.
    pub fn identifier(&self, identifier: &Identifier) -> Identifier {
        let personal = match identifier.kind {
            IdentifierKind::Email | IdentifierKind::Phone | IdentifierKind::LoyaltyCard => true,
            IdentifierKind::UserId | IdentifierKind::AnonymousId => identifier.value.contains('@'),
        };
        let mut shown = identifier.clone();
        if personal {
            shown.value = self.text(&shown.value);
        }
        shown
    }

    /// Hides the personal values of a JSON value, at whatever depth they stand.
    pub fn json(&self, value: &mut Value) {
        if self.hides {
            self.within(value);
        }
    }

    fn within(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    if self.attributes.personal(key) {
                        hide(value);
                    } else {
                        self.within(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.within(item)),
            Value::String(text) if address(text) => hide(value),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Hides a value and everything in it.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(hide),
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null => {}
        Value::String(_) | Value::Bool(_) | Value::Number(_) => *value = MASK.into(),
    }
}

/// Whether a text is an e-mail address, wherever it stands.
fn address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
        && text.len() <= 254
        && !text.contains(char::is_whitespace)
}

#[test]
fn personal_values_are_hidden_at_every_depth() {
    let mut value = serde_json::json!({
        "plan": "gold", "firstName": "Ann", "billing": {"street": "Main 1", "country": "FR"},
        "address": {"city": "Paris"}, "watchers": ["bob@example.com", 7],
    });
    let shown = value.clone();
    Masking::new(Attributes::default(), false).json(&mut value);
    assert_eq!(value, shown);
    Masking::new(Attributes::default(), true).json(&mut value);
    let expected = serde_json::json!({
        "plan": "gold", "firstName": MASK, "billing": {"street": MASK, "country": "FR"},
        "address": {"city": MASK}, "watchers": [MASK, 7],
    });
    assert_eq!(value, expected);
}
