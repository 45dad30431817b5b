//! Inferred responses: a purchase of a relevant product within an offer's window accepts it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use store::Timestamp;

use super::{ContactMark, ContactStatus, Response, ResponseKind};
use crate::customer::CustomerState;
use crate::log::EventBody;
use crate::lookout::ResponseRule;

/// The event that says a purchase happened.
pub const PURCHASE: &str = "Order Completed";

/// An order as shops send it: ids also as numbers, amounts also as text. What cannot be read costs
/// its own value, never the purchase.
#[derive(Default)]
struct Order {
    currency: Option<String>,
    /// What the order as a whole is said to be worth.
    total: f64,
    lines: Vec<Line>,
}

struct Line {
    product_id: Option<String>,
    sku: Option<String>,
    category: Option<String>,
    /// Price × quantity, if it can be read.
    value: Option<f64>,
}

impl Order {
    fn read(properties: &str) -> Order {
        let order: Value = serde_json::from_str(properties).unwrap_or_default();
        let amounts = ["subtotal", "revenue", "total"];
        let total = amounts.into_iter().find_map(|key| amount(&order[key]));
        let lines = order["products"].as_array();
        Order {
            currency: order["currency"].as_str().map(str::to_owned),
            total: total.unwrap_or(0.0),
            lines: lines.into_iter().flatten().map(Line::read).collect(),
        }
    }
}

impl Line {
    fn read(line: &Value) -> Line {
        let quantity = match &line["quantity"] {
            Value::Null => Some(1.0),
            given => amount(given),
        };
        Line {
            product_id: word(&line["product_id"]),
            sku: word(&line["sku"]),
            category: word(&line["category"]),
            value: amount(&line["price"])
                .zip(quantity)
                .map(|(price, quantity)| price * quantity),
        }
    }
}

/// A text, or a number as one.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number, or a text that is one.
fn amount(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite())
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
    let order = Order::read(body.properties.get());
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

/// Value in cents of the lines that count, `None` when none does. Where any purchase counts and
/// its lines do not tell what it is worth, the order as a whole does.
fn relevant_value(order: &Order, rule: &ResponseRule) -> Option<f64> {
    let counts = |line: &&Line| {
        let mut product = [&line.product_id, &line.sku].into_iter().flatten();
        rule.any_purchase
            || product.any(|id| rule.products.contains(id))
            || line
                .category
                .as_ref()
                .is_some_and(|c| rule.categories.contains(c))
    };
    let lines: Vec<&Line> = order.lines.iter().filter(counts).collect();
    if lines.is_empty() && !rule.any_purchase {
        return None;
    }
    let told = lines.iter().any(|line| line.value.is_some());
    let value = match told {
        true => lines.iter().filter_map(|line| line.value).sum(),
        false if rule.any_purchase => order.total,
        false => 0.0,
    };
    Some(value * 100.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(properties: &serde_json::Value, rule: &ResponseRule) -> Option<f64> {
        relevant_value(&Order::read(&properties.to_string()), rule)
    }

    #[test]
    fn an_odd_line_costs_its_own_value_and_not_the_purchase() {
        let rule = ResponseRule {
            products: ["84029".to_owned()].into(),
            categories: ["mugs".to_owned()].into(),
            ..ResponseRule::default()
        };
        let good = json!({"product_id": "84029", "price": 2.5, "quantity": 2});
        for (odd, cents) in [
            (json!({"product_id": 84029, "price": 12.75}), Some(1275.0)),
            (
                json!({"sku": "84029", "price": " 12.75 ", "quantity": "2"}),
                Some(2550.0),
            ),
            (json!({"sku": 84029, "price": null}), Some(0.0)),
            (json!({"category": "mugs", "price": "free"}), Some(0.0)),
            (
                json!({"category": "mugs", "price": 3, "quantity": null}),
                Some(300.0),
            ),
            (json!({"category": ["mugs"], "price": 3}), None),
            (json!({"product_id": "1", "price": 3}), None),
            (json!(null), None),
            (json!("84029"), None),
        ] {
            assert_eq!(value(&json!({"products": [odd]}), &rule), cents, "{odd}");
            let both = json!({"currency": 7, "total": {}, "products": [odd, good]});
            assert_eq!(
                value(&both, &rule),
                Some(cents.unwrap_or(0.0) + 500.0),
                "{both}"
            );
        }
        for order in [
            json!([]),
            json!({"products": {}}),
            json!({"products": null}),
        ] {
            assert_eq!(value(&order, &rule), None, "{order}");
        }
    }

    #[test]
    fn any_purchase_is_worth_its_total_when_its_lines_do_not_tell() {
        let rule = ResponseRule {
            any_purchase: true,
            ..ResponseRule::default()
        };
        let line = json!({"product_id": "1", "price": 3, "quantity": 2});
        for (order, cents) in [
            (json!({"total": 41.2}), 4120.0),
            (json!({"revenue": "20", "total": 25}), 2000.0),
            (
                json!({"total": 25, "products": [{"product_id": "1"}]}),
                2500.0,
            ),
            (json!({"total": 25, "products": [line]}), 600.0),
            (json!({}), 0.0),
        ] {
            assert_eq!(value(&order, &rule), Some(cents), "{order}");
        }
    }
}
