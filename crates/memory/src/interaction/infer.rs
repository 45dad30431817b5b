//! Inferred responses: a purchase of a relevant product within an offer's window accepts it.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use store::Timestamp;

use super::{ContactMark, ContactStatus, Response, ResponseKind};
use crate::customer::CustomerState;
use crate::log::EventBody;
use crate::lookout::ResponseRule;

/// The event that says a purchase happened.
pub const PURCHASE: &str = "Order Completed";

#[derive(Deserialize, Default)]
#[serde(default)]
struct Order {
    currency: Option<String>,
    products: Vec<Line>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Line {
    product_id: Option<String>,
    sku: Option<String>,
    category: Option<String>,
    price: f64,
    quantity: Option<f64>,
}

/// The responses that a purchase at `at` implies.
///
/// Every offer presented (or withheld for comparison) within its window, and not accepted since,
/// is answered; the relevant lines' value is shared equally among the offers that claim it, so
/// the credits of one purchase add up to 1.
pub fn inferred(
    state: &CustomerState,
    body: &EventBody,
    at: Timestamp,
    rules: &HashMap<String, ResponseRule>,
) -> Vec<Response> {
    if body.name != PURCHASE || rules.is_empty() || state.contacts.is_empty() {
        return vec![];
    }
    let Ok(order) = serde_json::from_str::<Order>(body.properties.get()) else {
        return vec![];
    };
    let mut claimed = vec![];
    let mut offers = HashSet::new();
    for mark in state.contacts.iter().rev() {
        let Some(offer) = mark.offer.as_deref() else {
            continue;
        };
        let Some(rule) = rules.get(offer) else {
            continue;
        };
        if !answerable(mark, rule, at) || !offers.insert(offer) || accepted(state, mark, offer) {
            continue;
        }
        if let Some(value) = relevant_value(&order, rule) {
            claimed.push((mark, offer, value));
        }
    }
    let credit = 1.0 / claimed.len().max(1) as f64;
    claimed
        .into_iter()
        .map(|(mark, offer, value)| Response {
            kind: ResponseKind::Accept,
            name: None,
            contact_id: Some(mark.contact_id),
            offer: Some(offer.to_owned()),
            category: mark.category.clone(),
            channel: Some(mark.channel.clone()),
            inferred: true,
            in_control: mark.control,
            value_cents: Some((value * credit).round() as i64),
            currency: order.currency.clone(),
            credit: Some(credit),
            note: None,
        })
        .collect()
}

fn answerable(mark: &ContactMark, rule: &ResponseRule, at: Timestamp) -> bool {
    let made = mark.control || mark.status == ContactStatus::Presented;
    made && mark.at <= at && at.since_ms(mark.at) <= rule.window_ms
}

fn accepted(state: &CustomerState, mark: &ContactMark, offer: &str) -> bool {
    state.responses.iter().any(|r| {
        r.kind == ResponseKind::Accept && r.offer.as_deref() == Some(offer) && r.at >= mark.at
    })
}

/// Value in cents of the lines that count, `None` when none does.
fn relevant_value(order: &Order, rule: &ResponseRule) -> Option<f64> {
    let counts = |line: &&Line| {
        let product = [&line.product_id, &line.sku];
        rule.any_purchase
            || product
                .into_iter()
                .flatten()
                .any(|id| rule.products.contains(id))
            || line
                .category
                .as_ref()
                .is_some_and(|c| rule.categories.contains(c))
    };
    let mut lines = order.products.iter().filter(counts).peekable();
    if lines.peek().is_none() && !rule.any_purchase {
        return None;
    }
    Some(
        lines
            .map(|line| line.price * line.quantity.unwrap_or(1.0) * 100.0)
            .sum(),
    )
}
