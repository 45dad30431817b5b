//! Attributes: what is known of each key, learned from data and said by people.

pub mod api;
pub mod db;
pub mod learn;
mod mask;
mod personal;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use store::Timestamp;

use crate::criteria::Kind;

pub use mask::{MASK, Masking};
pub use sample::{Facts, Sample, sample};

/// Keys that are described; a source that makes up keys must not fill the disk.
pub const DEFINITIONS_LIMIT: i64 = 2_000;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The key.
    pub key: String,
    /// The kind of its values: learned, or fixed by somebody.
    pub kind: Kind,
    /// What it means.
    pub description: String,
    /// True when it tells who somebody is or how to reach them.
    pub personal: bool,
    /// True when somebody fixed the kind: it is not learned any more.
    pub fixed: bool,
    /// How often sources have stated it.
    pub seen_count: i64,
    /// When it was first stated.
    pub first_seen_at: Timestamp,
    /// When it was last learned or described.
    pub updated_at: Timestamp,
}

/// Keys that are personal unless somebody says otherwise, without case and punctuation.
const PERSONAL: [&str; 42] = [
    "email",
    "emailaddress",
    "mail",
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "telephone",
    "tel",
    "fax",
    "name",
    "fullname",
    "displayname",
    "username",
    "nickname",
    "firstname",
    "lastname",
    "middlename",
    "givenname",
    "familyname",
    "surname",
    "maidenname",
    "address",
    "address1",
    "address2",
    "street",
    "streetaddress",
    "postcode",
    "postalcode",
    "zip",
    "zipcode",
    "birthday",
    "birthdate",
    "dateofbirth",
    "dob",
    "ssn",
    "passport",
    "taxid",
    "iban",
    "ip",
    "ipaddress",
    "loyaltycard",
];

/// Whether a key is personal as long as nobody has said so or otherwise.
pub fn personal_by_default(key: &str) -> bool {
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    PERSONAL.contains(&plain.as_str())
}

/// What is known of every key.
#[derive(Debug, Clone, Default)]
pub struct Attributes(HashMap<String, Definition>);

impl Attributes {
    /// What is known of the keys that these definitions describe.
    pub fn new(definitions: Vec<Definition>) -> Attributes {
        let by_key = |definition: Definition| (definition.key.clone(), definition);
        Attributes(definitions.into_iter().map(by_key).collect())
    }

    /// Every key with its kind.
    pub fn kinds(&self) -> impl Iterator<Item = (String, Kind)> {
        self.0.values().map(|known| (known.key.clone(), known.kind))
    }

    /// The definition of a key.
    pub fn get(&self, key: &str) -> Option<&Definition> {
        self.0.get(key)
    }

    /// Whether a key is personal.
    pub fn personal(&self, key: &str) -> bool {
        let known = self.get(key).map(|definition| definition.personal);
        known.unwrap_or_else(|| personal_by_default(key))
    }
}
