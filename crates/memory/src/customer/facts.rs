//! A customer's state as criteria ask for it.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use store::Timestamp;

use super::{CustomerId, CustomerState, Memberships};
use crate::consent::{runs_out, standing};
use crate::criteria::{AttributeValue, ContactView, Facts, Match, ResponseView, SlotId};
use crate::interaction::ContactStatus;

/// A state together with the context of one request.
pub struct CustomerFacts<'a> {
    state: &'a CustomerState,
    context: &'a HashMap<String, AttributeValue>,
    zone: TimeZone,
    membership: Option<(&'a Memberships, CustomerId)>,
}

impl<'a> CustomerFacts<'a> {
    /// Facts of a customer; `default_zone` stands in where the customer's zone is unknown.
    pub fn new(
        state: &'a CustomerState,
        context: &'a HashMap<String, AttributeValue>,
        default_zone: &TimeZone,
    ) -> CustomerFacts<'a> {
        let own = state
            .zone
            .as_deref()
            .and_then(|name| TimeZone::get(name).ok());
        CustomerFacts {
            state,
            context,
            zone: own.unwrap_or_else(|| default_zone.clone()),
            membership: None,
        }
    }

    /// The same facts with the segments of the customer (the root).
    #[must_use]
    pub fn in_segments(mut self, memberships: &'a Memberships, root: CustomerId) -> Self {
        self.membership = Some((memberships, root));
        self
    }
}

impl Facts for CustomerFacts<'_> {
    fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        self.state
            .attributes
            .get(key)
            .map(|attribute| &attribute.value)
    }

    fn matches(&self, slot: SlotId) -> &[Match] {
        self.state
            .matches
            .get(&slot)
            .map_or(&[], |all| all.as_slice())
    }

    fn contacts(&self, visit: &mut dyn FnMut(ContactView<'_>)) {
        for mark in &self.state.contacts {
            if mark.status == ContactStatus::Presented && !mark.control {
                visit(ContactView {
                    at_ms: mark.at.0,
                    channel: &mark.channel,
                    offer: mark.offer.as_deref(),
                    category: mark.category.as_deref(),
                    placement: mark.placement.as_deref(),
                });
            }
        }
    }

    fn responses(&self, visit: &mut dyn FnMut(ResponseView<'_>)) {
        for mark in &self.state.responses {
            visit(ResponseView {
                at_ms: mark.at.0,
                kind: mark.name.as_deref().unwrap_or(mark.kind.word()),
                offer: mark.offer.as_deref(),
                category: mark.category.as_deref(),
                inferred: mark.inferred,
                value_cents: mark.value_cents,
            });
        }
    }

    fn consent(&self, channel: &str, purpose: &str, now_ms: i64) -> Option<bool> {
        standing(&self.state.consents, channel, purpose, Timestamp(now_ms))
    }

    fn consent_until(&self, channel: &str, purpose: &str, now_ms: i64) -> Option<i64> {
        runs_out(&self.state.consents, channel, purpose, Timestamp(now_ms)).map(|end| end.0)
    }

    fn segment(&self, key: &str) -> bool {
        self.membership
            .is_some_and(|(known, root)| known.contains(key, root, &self.state.members))
    }

    fn context(&self, key: &str) -> Option<&AttributeValue> {
        self.context.get(key)
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }
}
