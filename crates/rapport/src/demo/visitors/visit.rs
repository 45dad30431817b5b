//! One visit to the shop: what the visitor does next, without any I/O.

use serde_json::{Value, json};
use store::{Random, Timestamp};

use crate::demo::orders::{Customer, History};
use crate::demo::products::Product;

/// How long the checkout was open before the order; less than the shortest pause at any speed.
const CHECKOUT_MS: i64 = 20;

/// A request that the visit makes.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// Events for `POST /v1/batch`.
    Tell(Vec<Value>),
    /// The body of `POST /v1/decisions`.
    Decide(Value),
    /// The body of `POST /v1/responses`.
    Respond(Value),
    /// The body of `POST /v1/consents`.
    Consent(Value),
}

/// An offer that a decision placed on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub contact_id: String,
    pub link: String,
}

/// Everything that visits choose from.
pub struct Visitors<'a> {
    history: &'a History,
    shelf: Vec<&'a Product>,
}

impl<'a> Visitors<'a> {
    pub fn of(history: &'a History) -> Visitors<'a> {
        let shelf = history.products.shelf().collect();
        Visitors { history, shelf }
    }

    /// Somebody comes; half of them bought before, one in seven refuses to be remembered.
    pub fn arrive(&self, seed: u64) -> Visit {
        let random = Random::seeded(seed);
        let known = (random.fraction() < 0.5).then(|| pick(&random, &self.history.customers));
        let who = match known {
            Some(customer) => Who::customer(customer, random.fraction() < 0.6),
            None => Who::stranger(random.u64() % 1_000_000),
        };
        Visit {
            anonymous_id: format!("demo-{:016x}", random.u64()),
            cart_id: format!("cart_{:08x}", random.u64() as u32),
            refuses: random.fraction() < 0.15,
            campaign: random.fraction() < 0.25,
            pages_left: 2 + random.u64() % 5,
            place: Place::Outside,
            lines: Vec::new(),
            accepting: None,
            ten_percent: false,
            tempted: None,
            messages: 0,
            returning: false,
            hesitant: false,
            random,
            who,
        }
    }

    /// A customer who allows e-mail comes, fills a cart and leaves it: with such visits a demo
    /// begins, so that whoever watches soon sees the mail that follows.
    pub fn hesitate(&self, seed: u64) -> Visit {
        let allows = |customer: &&Customer| {
            let consent = customer.consent();
            consent.is_some_and(|consent| consent["state"] == "granted")
        };
        let asked: Vec<&Customer> = self.history.customers.iter().filter(allows).collect();
        let mut visit = self.arrive(seed);
        if !asked.is_empty() {
            let customer = pick::<&Customer>(&visit.random, &asked);
            visit.who = Who::customer(customer, true);
            (visit.refuses, visit.hesitant) = (false, true);
            visit.pages_left = 4;
        }
        visit
    }
}

#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) user_id: String,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) language: &'static str,
    pub(super) signed_in: bool,
    pub(super) stranger: bool,
}

impl Who {
    fn customer(customer: &Customer, signed_in: bool) -> Who {
        Who {
            user_id: customer.user_id(),
            email: customer.email(),
            name: customer.name(),
            language: customer.language(),
            signed_in,
            stranger: false,
        }
    }

    fn stranger(number: u64) -> Who {
        Who {
            user_id: format!("visitor-{number}"),
            email: format!("visitor-{number}@example.com"),
            name: format!("Visitor {number}"),
            language: if number.is_multiple_of(8) { "zh" } else { "en" },
            signed_in: false,
            stranger: true,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    Outside,
    Home,
    Category(String),
    Product(Box<Product>),
    Cart,
    Checkout,
    Gone,
}

/// A visitor in the shop. The same seed and the same answers give the same visit.
#[derive(Debug, Clone)]
pub struct Visit {
    pub(super) random: Random,
    pub(super) who: Who,
    pub(super) anonymous_id: String,
    pub(super) cart_id: String,
    pub(super) refuses: bool,
    pub(super) campaign: bool,
    pub(super) pages_left: u64,
    pub(super) place: Place,
    pub(super) lines: Vec<(Product, u32)>,
    pub(super) accepting: Option<String>,
    /// Has clicked on the coupon that takes a tenth off.
    pub(super) ten_percent: bool,
    pub(super) tempted: Option<String>,
    pub(super) messages: u32,
    pub(super) returning: bool,
    /// Takes the first product and leaves the cart.
    pub(super) hesitant: bool,
}

impl Visit {
    /// Goes on to the next page and says what that tells Rapport.
    pub fn step(&mut self, visitors: &Visitors, now: Timestamp) -> Vec<Call> {
        let arriving = self.place == Place::Outside;
        self.place = self.next_place(visitors);
        let mut events = Vec::new();
        if arriving && self.who.signed_in {
            events.push(self.identify(now));
        }
        let mut calls = Vec::new();
        let placement = match self.place.clone() {
            Place::Outside | Place::Gone => None,
            Place::Home => {
                events.push(self.page("/shop/", now));
                Some("home_banner")
            }
            Place::Category(category) => {
                events.push(self.page(&format!("/shop/category/{category}"), now));
                let seen = json!({ "list_id": category, "category": category });
                events.push(self.track("Product List Viewed", seen, now));
                Some("category_banner")
            }
            Place::Product(product) => {
                self.look_at(&product, &mut events, now);
                None
            }
            Place::Cart => {
                events.push(self.page("/shop/cart", now));
                events.push(self.track("Cart Viewed", self.contents(), now));
                Some("cart_cross_sell")
            }
            Place::Checkout => {
                calls.extend(self.buy(&mut events, now));
                None
            }
        };
        if self.refuses {
            return Vec::new(); // the tag sends nothing without consent
        }
        if !events.is_empty() {
            calls.insert(0, Call::Tell(events));
        }
        calls.extend(placement.map(|name| self.decide(name)));
        calls
    }

    /// Looks at what was offered: most see it, some click, and a click leads somewhere.
    pub fn see(&mut self, offers: &[Shown]) -> Vec<Call> {
        let mut calls = Vec::new();
        for offer in offers {
            if self.chance(0.1) {
                continue; // scrolled past
            }
            calls.push(respond(&offer.contact_id, "view"));
            if self.chance(0.22) {
                calls.push(respond(&offer.contact_id, "click"));
                self.tempted = Some(offer.link.clone());
                self.ten_percent |= offer.link.contains("coupon=TENPERCENT");
                if offer.link.contains("coupon=") {
                    self.accepting = Some(offer.contact_id.clone());
                }
            }
        }
        calls
    }

    /// Nothing more will happen in this visit.
    pub fn over(&self) -> bool {
        self.place == Place::Gone
    }

    /// How long the visitor reads this page.
    pub fn pause_ms(&self) -> u64 {
        1_500 + self.random.u64() % 4_500
    }

    /// Two in five of those who left a cart come back for it.
    pub fn back_later(&self) -> Option<Visit> {
        let left = !self.lines.is_empty() && !self.returning && !self.refuses;
        if !left || self.hesitant || !self.chance(0.4) {
            return None;
        }
        let mut back = self.clone();
        back.place = Place::Outside;
        back.returning = true;
        back.campaign = false;
        back.pages_left = 1;
        Some(back)
    }

    fn chance(&self, probability: f64) -> bool {
        self.random.fraction() < probability
    }

    fn next_place(&mut self, visitors: &Visitors) -> Place {
        if let Some(link) = self.tempted.take() {
            if let Some(category) = link.split("/category/").nth(1) {
                return Place::Category(category.to_owned());
            }
            if let Some(product) = link.split("/product/").nth(1) {
                let found = visitors.history.products.get(product);
                return found.map_or(Place::Home, |one| Place::Product(Box::new(one.clone())));
            }
        }
        self.pages_left = self.pages_left.saturating_sub(1);
        match &self.place {
            Place::Outside if self.returning => Place::Cart,
            Place::Outside => Place::Home,
            Place::Checkout | Place::Gone => Place::Gone,
            Place::Cart if self.hesitant => Place::Gone,
            Place::Cart if self.chance(if self.returning { 0.75 } else { 0.45 }) => Place::Checkout,
            Place::Cart => Place::Gone,
            Place::Home | Place::Category(_) | Place::Product(_) if self.pages_left == 0 => {
                if self.lines.is_empty() {
                    Place::Gone
                } else {
                    Place::Cart
                }
            }
            Place::Home => Place::Category(self.product(visitors, None).category.clone()),
            Place::Product(_) if self.chance(0.3) => {
                Place::Category(self.product(visitors, None).category.clone())
            }
            Place::Product(product) => {
                let category = product.category.clone();
                Place::Product(Box::new(self.product(visitors, Some(&category)).clone()))
            }
            Place::Category(category) => {
                Place::Product(Box::new(self.product(visitors, Some(category)).clone()))
            }
        }
    }

    /// Often bought products are looked at more often.
    fn product<'a>(&self, visitors: &Visitors<'a>, category: Option<&str>) -> &'a Product {
        let fits = |one: &&&Product| category.is_none_or(|wanted| one.category == wanted);
        let fitting: Vec<&&Product> = visitors.shelf.iter().filter(fits).collect();
        let among: Vec<&&Product> = if fitting.is_empty() {
            visitors.shelf.iter().collect()
        } else {
            fitting
        };
        let place = self.random.fraction().powi(2) * among.len() as f64;
        among[place as usize]
    }

    fn look_at(&mut self, product: &Product, events: &mut Vec<Value>, now: Timestamp) {
        events.push(self.page(&format!("/shop/product/{}", product.product_id), now));
        let seen = product.described(product.price_cents, 1);
        events.push(self.track("Product Viewed", with_currency(seen), now));
        if !self.hesitant && !self.chance(0.4) {
            return;
        }
        let quantity = 1 + (self.random.u64() % 4) as u32;
        let mut added = with_currency(product.described(product.price_cents, quantity));
        added["cart_id"] = json!(self.cart_id);
        events.push(self.track("Product Added", added, now));
        match self
            .lines
            .iter_mut()
            .find(|(one, _)| one.product_id == product.product_id)
        {
            Some(line) => line.1 += quantity,
            None => self.lines.push((product.clone(), quantity)),
        }
        events.push(self.track("Cart Updated", self.contents(), now));
    }

    /// Signs in if need be, orders, and now and then allows e-mail.
    fn buy(&mut self, events: &mut Vec<Value>, now: Timestamp) -> Vec<Call> {
        let mut calls = Vec::new();
        // A funnel counts what came later, and nobody orders in the moment of arriving.
        let arrived = now.plus_ms(-CHECKOUT_MS);
        events.push(self.page("/shop/checkout", arrived));
        events.push(self.track("Checkout Started", self.contents(), arrived));
        if !self.who.signed_in {
            self.who.signed_in = true;
            events.push(self.identify(now));
        }
        let mut order = self.contents();
        order["order_id"] = json!(format!("V{:08x}", self.random.u64() as u32));
        let goods = order["value"].take().as_f64().unwrap_or_default();
        let discount = match self.ten_percent {
            true => (goods * 10.0).round() / 100.0,
            false => 0.0,
        };
        order["discount"] = json!(discount);
        order["total"] = json!(((goods - discount) * 100.0).round() / 100.0);
        events.push(self.track("Order Completed", order, now));
        if self.who.stranger && self.chance(0.5) {
            calls.push(Call::Consent(json!({
                "customer": self.customer(),
                "channel": "email",
                "purpose": "marketing",
                "state": "granted",
                "source": "checkout",
            })));
        }
        if let Some(contact_id) = self.accepting.take() {
            let mut accepted = json!({ "contact_id": contact_id, "kind": "accept" });
            accepted["value_cents"] = json!(self.sum_cents());
            accepted["currency"] = json!("GBP");
            calls.push(Call::Respond(accepted));
        }
        self.lines.clear();
        calls
    }
}

fn respond(contact_id: &str, kind: &str) -> Call {
    Call::Respond(json!({ "contact_id": contact_id, "kind": kind }))
}

fn with_currency(mut product: Value) -> Value {
    product["currency"] = json!("GBP");
    product
}

fn pick<'a, T>(random: &Random, all: &'a [T]) -> &'a T {
    let place = random.fraction() * all.len() as f64;
    &all[place as usize]
}
