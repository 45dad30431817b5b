//! Facts: what criteria need to know of one customer, whoever keeps it.

use jiff::tz::TimeZone;

use super::aggregate::{Match, SlotId};
use super::value::AttributeValue;

/// What criteria ask about one customer (and, in a decision, its context).
pub trait Facts {
    /// The value of an attribute.
    fn attribute(&self, key: &str) -> Option<&AttributeValue>;
    /// What the events of the customer added to a slot, in the order of [`Match`].
    fn matches(&self, slot: SlotId) -> &[Match];
    /// Shows every contact that was made (presented, not merely reserved), in any order.
    fn contacts(&self, visit: &mut dyn FnMut(ContactView<'_>));
    /// Shows every response, in any order.
    fn responses(&self, visit: &mut dyn FnMut(ResponseView<'_>));
    /// The answer for a channel and purpose that is valid now: granted (true) or denied (false).
    fn consent(&self, channel: &str, purpose: &str, now_ms: i64) -> Option<bool>;
    /// When the valid answer for a channel and purpose runs out, if it does.
    fn consent_until(&self, _channel: &str, _purpose: &str, _now_ms: i64) -> Option<i64> {
        None
    }
    /// Whether the customer is in a segment.
    fn segment(&self, key: &str) -> bool;
    /// A score of the customer: an attribute that is a number.
    fn score(&self, key: &str) -> Option<f64> {
        match self.attribute(key)? {
            AttributeValue::Number(number) => Some(*number),
            AttributeValue::Bool(_)
            | AttributeValue::Text(_)
            | AttributeValue::Instant(_)
            | AttributeValue::List(_) => None,
        }
    }
    /// An entry of the decision's context.
    fn context(&self, key: &str) -> Option<&AttributeValue>;
    /// The zone of the customer, or the one that stands in for it.
    fn zone(&self) -> &TimeZone;
}

/// One contact, as criteria see it.
#[derive(Debug, Clone, Copy)]
pub struct ContactView<'a> {
    /// When it was made, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The channel.
    pub channel: &'a str,
    /// The key of the offer.
    pub offer: Option<&'a str>,
    /// The category of the offer.
    pub category: Option<&'a str>,
    /// The key of the placement.
    pub placement: Option<&'a str>,
}

/// One response, as criteria see it.
#[derive(Debug, Clone, Copy)]
pub struct ResponseView<'a> {
    /// When it was given, in milliseconds since the epoch.
    pub at_ms: i64,
    /// `view`, `click`, `accept`, `reject`, `ignored` or a name of one's own.
    pub kind: &'a str,
    /// The key of the offer.
    pub offer: Option<&'a str>,
    /// The category of the offer.
    pub category: Option<&'a str>,
    /// Whether it was inferred from a purchase.
    pub inferred: bool,
    /// What it was worth, in cents.
    pub value_cents: Option<i64>,
}
