//! The vocabulary: everything a rule can speak of, with what data has taught us about it.
//!
//! Attributes are described by their own feature; what is learned here are events: which names
//! exist, how often and when last they were seen, and which properties they carry.

pub mod api;
pub mod db;
mod frequent;
pub mod learn;
mod look;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use store::Timestamp;

use crate::attribute::personal_by_default;
use crate::criteria::Kind;

pub use frequent::Frequent;

/// Events that are described; a source that makes up names must not fill the disk.
pub const EVENTS_LIMIT: usize = 500;
/// Properties that are described of one event.
pub const PROPERTIES_LIMIT: usize = 100;
/// Longest name of an event and longest path of a property, in bytes.
pub const NAME_LIMIT_BYTES: usize = 200;
/// Frequent values shown of an attribute or a property.
pub const VALUES_SHOWN: usize = 12;
/// Longest frequent value, in characters: longer ones are prose or codes, not something to choose.
pub const VALUE_CHARS: usize = 40;

/// What is known of the events of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownEvent {
    /// The name.
    pub name: String,
    /// How often it was seen.
    pub seen_count: i64,
    /// How many of them were looked into for properties.
    pub looked_count: i64,
    /// When it was first seen, by our clock.
    pub first_seen_at: Timestamp,
    /// When it was last seen, by our clock.
    pub last_seen_at: Timestamp,
    /// Its properties, by the path that criteria use.
    pub properties: BTreeMap<String, KnownProperty>,
}

/// What is known of one property of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownProperty {
    /// The kind of its values; `None` when several kinds were seen.
    pub kind: Option<Kind>,
    /// In how many of the events looked into it had a value.
    pub looked_count: i64,
    /// Its frequent values; none are kept where they are personal.
    pub frequent: Frequent,
}

/// The kind of values of both kinds, if there is one.
fn joined(one: Option<Kind>, other: Option<Kind>) -> Option<Kind> {
    if one == other { one } else { None }
}

/// Whether a property is personal: one of the names on its path is, except that products have
/// names, too.
pub fn personal_path(path: &str) -> bool {
    path != "products.name" && path.split('.').any(personal_by_default)
}

/// Whether a value may be kept as a frequent one: short, and no address.
pub fn presentable(value: &str) -> bool {
    !value.is_empty() && !value.contains('@') && value.chars().count() <= VALUE_CHARS
}
