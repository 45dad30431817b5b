//! Reading amounts of money from orders and refunds (Segment's e-commerce words).

use memory::criteria::EventView;
use serde_json::Value;

/// The event of a purchase.
pub const ORDER: &str = "Order Completed";
/// The event of money given back.
pub const REFUND: &str = "Order Refunded";

/// The money of one order or refund, in cents of its currency; refunds are negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amounts {
    /// What the customer paid for the goods.
    pub revenue_cents: f64,
    /// What was taken off before that.
    pub discount_cents: f64,
    /// What is left after the cost of the goods, when the order tells.
    pub margin_cents: Option<f64>,
}

impl Amounts {
    /// The money of an event; `None` when it is neither an order nor a refund.
    ///
    /// Revenue is the property `revenue`, else `total`, else `value`, else the lines less the
    /// discount. Margin is `margin`, else the lines' own `margin` or price less `cost`.
    pub fn of(event: &EventView<'_>) -> Option<Amounts> {
        let sign = match event.name {
            ORDER => 1.0,
            REFUND => -1.0,
            _ => return None,
        };
        let properties = event.properties;
        let discount = number(properties, "discount").unwrap_or_default();
        let lines = Lines::of(properties);
        let stated = ["revenue", "total", "value"];
        let stated = stated.iter().find_map(|name| number(properties, name));
        let revenue = stated.unwrap_or(lines.price - discount);
        let margin = number(properties, "margin").or(lines.margin.map(|margin| margin - discount));
        Some(Amounts {
            revenue_cents: sign * revenue.abs() * 100.0,
            discount_cents: sign * discount * 100.0,
            margin_cents: margin.map(|margin| sign * margin * 100.0),
        })
    }

    /// The margin: as the order tells it, or a share of the price before the discount, less the
    /// discount; `None` when neither is known.
    pub fn margin(&self, share: Option<f64>) -> Option<f64> {
        let estimated = |share: f64| {
            let before = self.revenue_cents + self.discount_cents;
            before * share - self.discount_cents
        };
        self.margin_cents.or(share.map(estimated))
    }
}

/// The lines of an order.
struct Lines {
    price: f64,
    /// `None` when a line tells neither margin nor cost.
    margin: Option<f64>,
}

impl Lines {
    fn of(properties: &Value) -> Lines {
        let products = properties.get("products").and_then(Value::as_array);
        let products = products.map_or(&[][..], Vec::as_slice);
        let mut lines = Lines {
            price: 0.0,
            margin: (!products.is_empty()).then_some(0.0),
        };
        for line in products {
            let quantity = number(line, "quantity").unwrap_or(1.0);
            let price = number(line, "price").unwrap_or_default();
            lines.price += price * quantity;
            let own = number(line, "margin").or(number(line, "cost").map(|cost| price - cost));
            lines.margin = lines.margin.zip(own).map(|(sum, own)| sum + own * quantity);
        }
        lines
    }
}

/// The number that a dotted path leads to.
pub fn number(properties: &Value, path: &str) -> Option<f64> {
    let path = path.strip_prefix("properties.").unwrap_or(path);
    let mut at = properties;
    if let Some(found) = properties.get(path) {
        at = found;
    } else {
        for part in path.split('.') {
            at = at.get(part)?;
        }
    }
    match at {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}
