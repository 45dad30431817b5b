//! The order history of the demo: 1,500 customers of a real data set, moved to end yesterday.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use store::Timestamp;

use super::products::{self, Products, pounds, unpacked};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// What the demo knows before it starts.
#[derive(Debug)]
pub struct History {
    /// All products that occur in the orders, and those on the shelf.
    pub products: Products,
    /// In the order of their first purchase.
    pub customers: Vec<Customer>,
    /// Orders and refunds, oldest first.
    pub orders: Vec<Order>,
}

/// Somebody who bought. The data set names nobody: name and address are made of the number.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The number in the data set.
    pub number: u32,
    /// As the data set has it.
    pub country: String,
    /// When the first order of the history was placed.
    pub since: Timestamp,
}

/// A customer whom a person can be in the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The address to sign in with.
    pub email: String,
    /// How many orders were placed in the last year and a bit.
    pub orders: usize,
    /// `en` or `zh`.
    pub language: &'static str,
    /// Whether offers by e-mail are wanted.
    pub mail: Wish,
}

/// What a customer once said about offers by e-mail, made up for the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Wants them.
    Granted,
    /// Does not want them.
    Denied,
    /// Was never asked.
    Unknown,
}

impl Customer {
    /// The id in events.
    pub fn user_id(&self) -> String {
        self.number.to_string()
    }

    /// "Customer 12345".
    pub fn name(&self) -> String {
        format!("Customer {}", self.number)
    }

    /// An address at a reserved domain, which reaches nobody.
    pub fn email(&self) -> String {
        format!("customer-{}@example.com", self.number)
    }

    /// Made up: one customer in ten reads Chinese.
    pub fn language(&self) -> &'static str {
        if self.number % 10 == 8 { "zh" } else { "en" }
    }

    /// Made up: seven in ten want offers by e-mail, one in ten said no.
    pub fn wish(&self) -> Wish {
        match self.number / 10 % 10 {
            0..=6 => Wish::Granted,
            7 => Wish::Denied,
            8.. => Wish::Unknown,
        }
    }

    fn identify(&self) -> Value {
        json!({
            "type": "identify",
            "messageId": format!("demo-customer-{}", self.number),
            "timestamp": self.since,
            "userId": self.user_id(),
            "traits": {
                "name": self.name(),
                "email": self.email(),
                "country": self.country,
                "language": self.language(),
            },
        })
    }

    /// The body for `POST /v1/consents`, if the customer was ever asked.
    pub fn consent(&self) -> Option<Value> {
        let state = match self.wish() {
            Wish::Granted => "granted",
            Wish::Denied => "denied",
            Wish::Unknown => return None,
        };
        Some(json!({
            "customer": { "user_id": self.user_id() },
            "channel": "email",
            "purpose": "marketing",
            "state": state,
            "source": "demo history",
        }))
    }
}

/// An order, or what was sent back of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The invoice number of the data set.
    pub number: String,
    /// Who bought.
    pub customer: u32,
    /// When, moved to the demo's time.
    pub ordered_at: Timestamp,
    /// The order this is a refund of.
    pub refund_of: Option<String>,
    /// What was bought or sent back.
    pub lines: Vec<Line>,
}

/// A product in an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Stock code.
    pub product_id: String,
    /// How many.
    pub quantity: u32,
    /// The price of one, in pence.
    pub price_cents: i64,
}

impl Order {
    /// The sum over the lines, in pence.
    pub fn total_cents(&self) -> i64 {
        let amounts = self.lines.iter();
        let amounts = amounts.map(|line| line.price_cents * i64::from(line.quantity));
        amounts.sum()
    }

    fn event(&self, products: &Products) -> Value {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .filter_map(|line| {
                let product = products.get(&line.product_id)?;
                Some(product.described(line.price_cents, line.quantity))
            })
            .collect();
        let mut properties = json!({
            "order_id": self.refund_of.as_ref().unwrap_or(&self.number),
            "total": pounds(self.total_cents()),
            "currency": "GBP",
            "products": lines,
        });
        let refund = self.refund_of.is_some();
        if refund {
            properties["refund_id"] = json!(self.number);
        } else {
            // Nobody had a coupon then; the shop says what its coupons take off.
            properties["discount"] = json!(0.0);
        }
        json!({
            "type": "track",
            "event": if refund { "Order Refunded" } else { "Order Completed" },
            "messageId": format!("demo-order-{}", self.number),
            "timestamp": self.ordered_at,
            "userId": self.customer.to_string(),
            "properties": properties,
        })
    }
}

/// Unpacks the history so that its last order was placed on the day before `now`.
pub fn load(now: Timestamp) -> History {
    let products = products::load();
    let text = unpacked(include_bytes!("data/orders.txt.gz"));
    let mut orders = Vec::new();
    let mut customers = Vec::new();
    let mut at = Timestamp(0);
    for line in text.lines() {
        let (order, country) =
            decoded(line, &mut at, &products).expect("derive.py wrote well-formed lines");
        customers.push(Customer {
            number: order.customer,
            country: country.replace('_', " "),
            since: order.ordered_at,
        });
        orders.push(order);
    }
    let days = now.0.div_euclid(DAY_MS) - 1 - at.0.div_euclid(DAY_MS);
    for order in &mut orders {
        order.ordered_at = order.ordered_at.plus_ms(days * DAY_MS);
    }
    History {
        products,
        customers: first_of_each(customers, days * DAY_MS),
        orders,
    }
}

fn first_of_each(all: Vec<Customer>, moved_ms: i64) -> Vec<Customer> {
    let mut known = HashMap::new();
    let mut customers: Vec<Customer> = Vec::new();
    for mut customer in all {
        if known.insert(customer.number, ()).is_none() {
            customer.since = customer.since.plus_ms(moved_ms);
            customers.push(customer);
        }
    }
    customers
}

/// One line of `orders.txt.gz`, as `data/README.md` describes it.
fn decoded<'a>(line: &'a str, at: &mut Timestamp, products: &Products) -> Option<(Order, &'a str)> {
    let mut fields = line.split(' ');
    let minutes: i64 = fields.next()?.parse().ok()?;
    *at = at.plus_ms(minutes * MINUTE_MS);
    let number = fields.next()?.to_owned();
    let customer = fields.next()?.parse().ok()?;
    let country = fields.next()?;
    let refund_of = fields.next()?;
    let mut lines = Vec::new();
    for field in fields {
        let (rest, price) = match field.split_once('@') {
            Some((rest, price)) => (rest, Some(price.parse().ok()?)),
            None => (field, None),
        };
        let (product_id, quantity) = rest.split_once('*').unwrap_or((rest, "1"));
        lines.push(Line {
            product_id: product_id.to_owned(),
            quantity: quantity.parse().ok()?,
            price_cents: price.or_else(|| products.get(product_id).map(|one| one.price_cents))?,
        });
    }
    let order = Order {
        number,
        customer,
        ordered_at: *at,
        refund_of: (refund_of != "-").then(|| refund_of.to_owned()),
        lines,
    };
    Some((order, country))
}

impl History {
    /// Four customers that a person may want to be: a regular who wants mail, somebody newer who
    /// does, somebody who reads Chinese, and somebody who said no.
    pub fn to_try(&self) -> Vec<Known> {
        let mut placed: HashMap<u32, usize> = HashMap::new();
        for order in self.orders.iter().filter(|one| one.refund_of.is_none()) {
            *placed.entry(order.customer).or_default() += 1;
        }
        let known = |customer: &Customer| Known {
            email: customer.email(),
            orders: placed.get(&customer.number).copied().unwrap_or_default(),
            language: customer.language(),
            mail: customer.wish(),
        };
        let wanted: [fn(&Known) -> bool; 4] = [
            |one| one.orders > 6 && one.language == "en" && one.mail == Wish::Granted,
            |one| one.orders == 2 && one.language == "en" && one.mail == Wish::Granted,
            |one| one.orders == 2 && one.language == "zh" && one.mail == Wish::Granted,
            |one| one.orders == 2 && one.mail == Wish::Denied,
        ];
        let find = |fits: fn(&Known) -> bool| self.customers.iter().map(known).find(fits);
        wanted.into_iter().filter_map(find).collect()
    }

    /// All customers and orders as items of a tracking batch: who first, then what.
    pub fn events(&self) -> impl Iterator<Item = Value> {
        let who = self.customers.iter().map(Customer::identify);
        let what = self.orders.iter().map(|order| order.event(&self.products));
        who.chain(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_772_366_400_000); // 2026-03-01T12:00Z

    #[test]
    fn the_history_holds_what_was_derived_and_ends_yesterday() {
        let history = load(NOON);
        let refunds = history
            .orders
            .iter()
            .filter(|order| order.refund_of.is_some());
        assert_eq!((history.customers.len(), refunds.count()), (1500, 794));
        assert_eq!(history.orders.len(), 5321 + 794);
        let last = history.orders.last().unwrap().ordered_at.to_string();
        assert!(last.starts_with("2026-02-28T"), "{last}");
        assert_eq!(history.events().count(), 1500 + 5321 + 794);
    }

    #[test]
    fn an_order_has_its_lines_and_their_sum() {
        let history = load(NOON);
        let mut orders = history.orders.iter();
        let order = orders.find(|order| order.number == "489445").unwrap();
        let event = order.event(&history.products);
        assert_eq!(order.customer, 17519);
        assert_eq!(
            event["properties"]["products"].as_array().unwrap().len(),
            19
        );
        assert_eq!(event["properties"]["total"], json!(308.44));
        // Rules ask for it before the first coupon was used.
        assert_eq!(event["properties"]["discount"], json!(0.0));
        assert_eq!(event["userId"], "17519");
    }

    #[test]
    fn a_refund_names_the_order_that_it_belongs_to() {
        let history = load(NOON);
        let refund = history
            .orders
            .iter()
            .find(|order| order.refund_of.is_some())
            .unwrap();
        let event = refund.event(&history.products);
        let bought = event["properties"]["order_id"].as_str().unwrap();
        let order = history
            .orders
            .iter()
            .find(|order| order.number == bought)
            .unwrap();
        assert_eq!(event["event"], "Order Refunded");
        assert_eq!(order.customer, refund.customer);
        assert!(order.total_cents() >= refund.total_cents());
    }

    #[test]
    fn four_customers_to_try_are_as_different_as_promised() {
        let known = load(NOON).to_try();
        let mails: Vec<Wish> = known.iter().map(|one| one.mail).collect();
        use Wish::{Denied, Granted};
        assert_eq!(mails, [Granted, Granted, Granted, Denied]);
        assert!(
            known[0].orders > 6 && known[2].language == "zh",
            "{known:?}"
        );
    }

    #[test]
    fn no_event_comes_near_the_limit_of_32_kilobytes() {
        let longest = load(NOON)
            .events()
            .map(|event| event.to_string().len())
            .max();
        assert!(longest.unwrap() < 24_000, "{longest:?}");
    }
}
