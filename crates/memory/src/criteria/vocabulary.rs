//! The vocabulary: the names that exist, against which a rule is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::value::Kind;

/// The names that are known. An empty collection means that nothing is known of its kind, and
/// names of that kind are not checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Attributes of customers and their kinds.
    pub attributes: BTreeMap<String, Kind>,
    /// Events and the kinds of their properties, by dotted path; `None` where values of several
    /// kinds were seen.
    pub events: BTreeMap<String, BTreeMap<String, Option<Kind>>>,
    /// Entries of the context of decisions.
    pub context: BTreeMap<String, Kind>,
    /// Scores.
    pub scores: BTreeSet<String>,
    /// Segments.
    pub segments: BTreeSet<String>,
    /// Channels.
    pub channels: BTreeSet<String>,
    /// Purposes of consent.
    pub purposes: BTreeSet<String>,
    /// Keys of offers.
    pub offers: BTreeSet<String>,
    /// Categories of offers.
    pub categories: BTreeSet<String>,
    /// Keys of placements.
    pub placements: BTreeSet<String>,
}

impl Vocabulary {
    /// The kind of a property of an event, if it is known.
    #[must_use]
    pub fn property(&self, event: &str, path: &str) -> Option<Kind> {
        let path = path.strip_prefix("properties.").unwrap_or(path);
        *self.events.get(event)?.get(path)?
    }

    /// An event that has a property of this name.
    #[must_use]
    pub fn event_with(&self, property: &str) -> Option<&str> {
        let has = |(_, properties): &(&String, &BTreeMap<String, Option<Kind>>)| {
            properties.contains_key(property)
        };
        self.events
            .iter()
            .find(has)
            .map(|(event, _)| event.as_str())
    }
}
