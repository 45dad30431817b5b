//! Gathering: contacts, withheld contacts and purchases become one row per customer and month.

use std::collections::HashMap;

use memory::criteria::{DAY_MS, EventView};
use memory::interaction::{Contact, ContactId, ContactStatus, Response, ResponseKind};
use memory::{CustomerId, Memory};
use store::Timestamp;

use super::terms::Deal;
use super::{Basis, Side, Subject, Terms, Unit, month_of};
use crate::Error;
use crate::experiment::money::{Amounts, ORDER, REFUND};

/// How far back contacts are looked at.
pub const HORIZON_DAYS: i64 = 366;

/// Everything that comparisons are made from.
#[derive(Debug, Default)]
pub struct Gathered {
    /// One row per customer, subject and month of contact.
    pub units: Vec<Unit>,
    /// What earnings are counted in.
    pub basis: Option<Basis>,
    /// The currency that is counted: the one of most orders.
    pub currency: Option<String>,
    /// Orders in other currencies, which are not counted.
    pub other_orders: u64,
    /// Until when.
    pub as_of: Timestamp,
}

impl Gathered {
    /// What earnings are counted in; margin when there is nothing to count.
    pub fn basis(&self) -> Basis {
        self.basis.unwrap_or(Basis::Margin)
    }
}

/// Reads the contacts of a year and what followed them.
pub async fn gather(memory: &Memory, terms: &Terms) -> Result<Gathered, Error> {
    let as_of = memory.db().now();
    let since = Some(as_of.plus_ms(-HORIZON_DAYS * DAY_MS));
    let view = memory.lake().view().await?;
    let mut read = Read::default();
    let mut contacts = |customer, at, id, contact: Contact| {
        // Service messages are no marketing: they neither count nor have a control group.
        if contact.counts {
            let made = Made {
                customer,
                at,
                contact,
            };
            read.contacts.insert(id, made);
        }
    };
    view.each_contact(since, &mut contacts).await?;
    let mut responses = |customer, at, response: Response| {
        if response.kind == ResponseKind::Accept {
            read.accepts.push(Accept {
                customer,
                at,
                contact: response.contact_id,
                offer: response.offer,
            });
        }
    };
    view.each_response(since, &mut responses).await?;
    let names = vec![ORDER.to_owned(), REFUND.to_owned()];
    let mut events = |customer, event: &EventView<'_>| {
        let at = Timestamp(event.occurred_ms);
        read.orders.extend(order(event, customer, at));
    };
    view.each_event(names, since, &mut events).await?;
    let named = read.contacts.values().filter_map(|made| {
        let contact = &made.contact;
        Some((contact.offer.clone()?, contact.offer_version?))
    });
    let terms = terms.clone().with_made(memory.db(), named.collect());
    let terms = terms.await?;
    let gathered = tokio::task::spawn_blocking(move || count(read, &terms)).await;
    let gathered = gathered.map_err(|error| Error::Stopped(error.to_string()))?;
    Ok(Gathered { as_of, ..gathered })
}

/// A contact that was made or withheld.
struct Made {
    customer: CustomerId,
    at: Timestamp,
    contact: Contact,
}

/// An order or refund.
struct Order {
    customer: CustomerId,
    at: Timestamp,
    currency: Option<String>,
    amounts: Amounts,
}

/// An acceptance.
struct Accept {
    customer: CustomerId,
    at: Timestamp,
    contact: Option<ContactId>,
    offer: Option<String>,
}

/// What was read.
#[derive(Default)]
struct Read {
    contacts: HashMap<ContactId, Made>,
    accepts: Vec<Accept>,
    orders: Vec<Order>,
}

fn order(event: &EventView<'_>, customer: CustomerId, at: Timestamp) -> Option<Order> {
    let amounts = Amounts::of(event)?;
    let currency = event.properties.get("currency").and_then(|c| c.as_str());
    Some(Order {
        customer,
        at,
        currency: currency.map(str::to_owned),
        amounts,
    })
}

/// The subjects for which a contact counts, and on which side.
fn sides(contact: &Contact) -> Vec<(Subject, Side)> {
    let group = contact.control_group.as_deref();
    let withheld_for = |word: &str| contact.control && group == Some(word);
    let mut sides = vec![];
    // A customer of another control group is not left alone by everything.
    let everything = if withheld_for("universal") {
        Side::Control
    } else {
        Side::Treated
    };
    sides.push((Subject::Everything {}, everything));
    if let Some(key) = &contact.journey
        && !withheld_for("universal")
    {
        let side = if withheld_for("journey") {
            Side::Control
        } else {
            Side::Treated
        };
        sides.push((Subject::Journey { key: key.clone() }, side));
    }
    if let Some(key) = &contact.offer {
        // Contacts that do not name their group are of times when there were two kinds only.
        let side = match (contact.control, group) {
            (false, _) => Some(Side::Treated),
            (true, Some("offer") | None) => Some(Side::Control),
            (true, Some(_)) => None,
        };
        sides.extend(side.map(|side| (Subject::Offer { key: key.clone() }, side)));
    }
    sides
}

/// The contacts of one customer and subject, by time.
type Times = Vec<Time>;

/// One contact: when, in which unit it counts, and what was said of its offer when it was made.
#[derive(Clone, Copy)]
struct Time {
    at: Timestamp,
    unit: usize,
    deal: Option<Deal>,
}

struct Counter<'a> {
    terms: &'a Terms,
    units: Vec<Unit>,
    places: HashMap<(Subject, i32, CustomerId), usize>,
    times: HashMap<CustomerId, Vec<(Subject, Times)>>,
}

fn count(read: Read, terms: &Terms) -> Gathered {
    let Read {
        contacts,
        accepts,
        orders,
    } = read;
    let mut counter = Counter {
        terms,
        units: vec![],
        places: HashMap::new(),
        times: HashMap::new(),
    };
    let mut in_order: Vec<(&ContactId, &Made)> = contacts.iter().collect();
    in_order.sort_by_key(|(id, made)| (made.at, **id));
    for (_, made) in in_order {
        counter.contact(made);
    }
    let currency = main_currency(&orders);
    let mut other_orders = 0;
    let mut margin_known = true;
    let mut discounts: HashMap<(CustomerId, Timestamp), ()> = HashMap::new();
    for order in &orders {
        if order.currency.is_some() && order.currency != currency {
            other_orders += 1;
            continue;
        }
        if order.amounts.discount_cents > 0.0 {
            discounts.insert((order.customer, order.at), ());
        }
        margin_known &= order.amounts.margin(terms.margin_share).is_some();
        counter.order(order);
    }
    for accept in &accepts {
        let contact = accept.contact.and_then(|id| contacts.get(&id));
        let told = discounts.contains_key(&(accept.customer, accept.at));
        counter.accept(accept, contact, told);
    }
    let basis = if margin_known {
        Basis::Margin
    } else {
        Basis::Revenue
    };
    Gathered {
        units: counter.units,
        basis: (!orders.is_empty()).then_some(basis),
        currency,
        other_orders,
        ..Gathered::default()
    }
}

/// The currency of most orders.
fn main_currency(orders: &[Order]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for currency in orders.iter().filter_map(|order| order.currency.as_deref()) {
        *counts.entry(currency).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(currency, count)| (*count, *currency));
    most.map(|(currency, _)| currency.to_owned())
}

impl Counter<'_> {
    fn contact(&mut self, made: &Made) {
        let presented = made.contact.status == ContactStatus::Presented;
        for (subject, side) in sides(&made.contact) {
            let month = month_of(made.at);
            let deal = self.terms.deal(&made.contact);
            let window_ms = self.terms.window_ms(&subject, deal);
            let place = (subject.clone(), month, made.customer);
            let at = *self.places.entry(place).or_insert_with(|| {
                self.units.push(Unit {
                    subject: subject.clone(),
                    month,
                    customer: made.customer,
                    side,
                    channel: made.contact.channel.clone(),
                    group: made.contact.customer_group.clone(),
                    first_at: made.at,
                    complete_at: made.at.plus_ms(window_ms),
                    contacts: 0,
                    presented: 0,
                    accepted: 0,
                    orders: 0,
                    revenue_cents: 0.0,
                    margin_cents: Some(0.0),
                    cost_cents: 0.0,
                });
                self.units.len() - 1
            });
            let unit = &mut self.units[at];
            unit.contacts += 1;
            unit.presented += u32::from(presented && !made.contact.control);
            let time = Time {
                at: made.at,
                unit: at,
                deal,
            };
            let times = self.times.entry(made.customer).or_default();
            match times.iter_mut().find(|(known, _)| *known == subject) {
                Some((_, list)) => list.push(time),
                None => times.push((subject, vec![time])),
            }
        }
    }

    /// The units in which something at an instant counts: for each subject, the one of the last
    /// contact before it, within the window.
    fn units_at(&self, customer: CustomerId, at: Timestamp) -> Vec<usize> {
        let mut found = vec![];
        for (subject, times) in self.times.get(&customer).into_iter().flatten() {
            let Some(last) = last_before(times, at) else {
                continue;
            };
            if at.since_ms(last.at) <= self.terms.window_ms(subject, last.deal) {
                found.push(last.unit);
            }
        }
        found
    }

    fn order(&mut self, order: &Order) {
        let margin = order.amounts.margin(self.terms.margin_share);
        for at in self.units_at(order.customer, order.at) {
            let unit = &mut self.units[at];
            unit.orders += u32::from(order.amounts.revenue_cents > 0.0);
            unit.revenue_cents += order.amounts.revenue_cents;
            unit.margin_cents = unit.margin_cents.zip(margin).map(|(sum, own)| sum + own);
        }
    }

    /// Counts an acceptance. Its cost is taken off unless the order tells the discount itself.
    fn accept(&mut self, accept: &Accept, contact: Option<&Made>, discount_told: bool) {
        let offer = accept
            .offer
            .as_deref()
            .or(contact.and_then(|c| c.contact.offer.as_deref()));
        let journey = contact.and_then(|made| made.contact.journey.as_deref());
        let cost_cents = offer.map_or(0.0, |offer| self.cost_cents(offer, accept, contact));
        for at in self.units_at(accept.customer, accept.at) {
            let unit = &mut self.units[at];
            let counts = match &unit.subject {
                Subject::Everything {} => true,
                Subject::Offer { key } => offer == Some(key),
                Subject::Journey { key } => journey == Some(key),
            };
            if !counts {
                continue;
            }
            unit.accepted += 1;
            if unit.side == Side::Treated && !discount_told {
                unit.cost_cents += cost_cents;
            }
        }
    }

    /// What an acceptance costs: by the contact it answers, by the last one with that offer, or
    /// else as the offer says now.
    fn cost_cents(&self, offer: &str, accept: &Accept, contact: Option<&Made>) -> f64 {
        let told = contact.and_then(|made| self.terms.deal(&made.contact));
        let of_offer = |(subject, _): &&(Subject, Times)| match subject {
            Subject::Offer { key } => key == offer,
            Subject::Everything {} | Subject::Journey { .. } => false,
        };
        let last = || {
            let mut times = self.times.get(&accept.customer)?.iter();
            last_before(&times.find(of_offer)?.1, accept.at)?.deal
        };
        let deal = told.or_else(last);
        deal.map_or_else(|| self.terms.cost_cents(offer), |deal| deal.cost_cents)
    }
}

fn last_before(times: &[Time], at: Timestamp) -> Option<Time> {
    let before = times.partition_point(|time| time.at <= at);
    before.checked_sub(1).map(|last| times[last])
}
