//! A customer for tests: facts kept by slots, as the product keeps them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::criteria::{
    AttributeValue, ContactView, EventView, Facts, Match, ResponseView, SlotId, Slots, insert,
    prune,
};

/// An event as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub name: String,
    pub occurred_ms: i64,
    pub properties: Value,
    pub context: Value,
}

impl Event {
    pub fn view(&self) -> EventView<'_> {
        EventView {
            name: &self.name,
            occurred_ms: self.occurred_ms,
            properties: &self.properties,
            context: &self.context,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Contact {
    pub at_ms: i64,
    pub channel: String,
    pub offer: Option<String>,
    pub category: Option<String>,
    pub placement: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Response {
    pub at_ms: i64,
    pub kind: String,
    pub offer: Option<String>,
    pub inferred: bool,
    pub value_cents: Option<i64>,
}

/// What is known of a customer besides events.
#[derive(Debug, Clone)]
pub struct Known {
    pub attributes: BTreeMap<String, AttributeValue>,
    pub context: BTreeMap<String, AttributeValue>,
    pub scores: BTreeMap<String, f64>,
    pub segments: BTreeSet<String>,
    pub consents: BTreeMap<(String, String), bool>,
    pub contacts: Vec<Contact>,
    pub responses: Vec<Response>,
    pub zone: TimeZone,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            attributes: BTreeMap::new(),
            context: BTreeMap::new(),
            scores: BTreeMap::new(),
            segments: BTreeSet::new(),
            consents: BTreeMap::new(),
            contacts: Vec::new(),
            responses: Vec::new(),
            zone: TimeZone::UTC,
        }
    }
}

/// A customer whose events went through slots.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    pub known: Known,
    matches: BTreeMap<SlotId, Vec<Match>>,
}

impl Customer {
    pub fn new(known: Known) -> Self {
        Self {
            known,
            matches: BTreeMap::new(),
        }
    }

    pub fn take(&mut self, slots: &Slots, event: &Event) {
        slots.measure(&event.view(), &mut |slot, found| {
            insert(self.matches.entry(slot).or_default(), found);
        });
    }

    pub fn prune(&mut self, slots: &Slots, now_ms: i64) {
        for (slot, matches) in &mut self.matches {
            let keep = slots.get(*slot).expect("only known slots are filled").keep;
            prune(matches, keep, now_ms);
        }
    }
}

impl Facts for Customer {
    fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        self.known.attributes.get(key)
    }

    fn matches(&self, slot: SlotId) -> &[Match] {
        self.matches.get(&slot).map_or(&[], Vec::as_slice)
    }

    fn contacts(&self, visit: &mut dyn FnMut(ContactView<'_>)) {
        for contact in &self.known.contacts {
            visit(ContactView {
                at_ms: contact.at_ms,
                channel: &contact.channel,
                offer: contact.offer.as_deref(),
                category: contact.category.as_deref(),
                placement: contact.placement.as_deref(),
            });
        }
    }

    fn responses(&self, visit: &mut dyn FnMut(ResponseView<'_>)) {
        for response in &self.known.responses {
            visit(ResponseView {
                at_ms: response.at_ms,
                kind: &response.kind,
                offer: response.offer.as_deref(),
                category: None,
                inferred: response.inferred,
                value_cents: response.value_cents,
            });
        }
    }

    fn consent(&self, channel: &str, purpose: &str, _now_ms: i64) -> Option<bool> {
        self.known
            .consents
            .get(&(channel.to_owned(), purpose.to_owned()))
            .copied()
    }

    fn segment(&self, key: &str) -> bool {
        self.known.segments.contains(key)
    }

    fn score(&self, key: &str) -> Option<f64> {
        self.known.scores.get(key).copied()
    }

    fn context(&self, key: &str) -> Option<&AttributeValue> {
        self.known.context.get(key)
    }

    fn zone(&self) -> &TimeZone {
        &self.known.zone
    }
}
