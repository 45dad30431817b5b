//! Carts: filled, bought, abandoned, and come back to.

use super::session::Rules;
use crate::explore::tally::millionths;
use crate::explore::timeline::{Cell, Timeline};

/// How long after the last addition an order still belongs to a cart: a day.
pub const BOUGHT_WITHIN_MS: i64 = 86_400_000;

/// What carts come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carts {
    /// Sessions in which something was put into a cart.
    pub created: u64,
    /// Of these, without an order of the customer within a day after the last addition.
    pub abandoned: u64,
    /// Of those with an order: it came in a later session.
    pub recovered: u64,
    /// Different customers with carts that were abandoned, recovered, and neither.
    pub customers: [u64; 3],
    /// What was in abandoned carts, in millionths.
    pub abandoned_millionths: i128,
    /// What was in all carts, in millionths.
    pub millionths: i128,
}

/// What became of one cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Bought in the same session.
    Bought,
    /// Bought in a later one.
    Recovered,
    /// Not bought in time.
    Abandoned,
    /// Not bought yet, and there is time left.
    Open,
}

/// One cart of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cart {
    /// The position of the last addition.
    pub last: usize,
    /// What became of it.
    pub fate: Fate,
    /// What was in it, in millionths.
    pub worth: i128,
}

/// Where carts are found.
#[derive(Debug, Clone)]
pub struct Finder {
    /// The number of the pattern of additions.
    pub added: usize,
    /// The number of the pattern of orders.
    pub ordered: usize,
    /// The columns of an addition: value of the cart, price, quantity.
    pub columns: [usize; 3],
    /// How sessions end.
    pub rules: Rules,
}

impl Finder {
    /// Every cart of a customer.
    pub fn carts(&self, timeline: &Timeline<'_>, now_ms: i64) -> Vec<Cart> {
        let events = timeline.events;
        let orders = events.iter().filter(|event| event.is(self.ordered));
        let orders: Vec<i64> = orders.map(|event| event.at_ms).collect();
        let mut carts = Vec::new();
        for session in self
            .rules
            .sessions(events.iter().map(|event| (event.at_ms, 0)))
        {
            let here = session
                .clone()
                .filter(|place| events[*place].is(self.added));
            let places: Vec<usize> = here.collect();
            let Some(last) = places.last() else { continue };
            let last_ms = events[*last].at_ms;
            let end_ms = events[session.end - 1].at_ms;
            let fate = fate(&orders, last_ms, end_ms, now_ms);
            carts.push(Cart {
                last: *last,
                fate,
                worth: self.value(timeline, &places),
            });
        }
        carts
    }

    /// What the cart is worth: as its last addition says, or the sum of what was added.
    fn value(&self, timeline: &Timeline<'_>, places: &[usize]) -> i128 {
        let number = |place: usize, column: usize| match timeline.cell(place, column) {
            Cell::Number(number) => Some(*number),
            _ => None,
        };
        let [value, price, quantity] = self.columns;
        let said = places.iter().rev().find_map(|place| number(*place, value));
        if let Some(said) = said {
            return millionths(said);
        }
        let line = |place: &usize| {
            let price = number(*place, price).unwrap_or_default();
            millionths(price * number(*place, quantity).unwrap_or(1.0))
        };
        places.iter().map(line).sum()
    }
}

fn fate(orders: &[i64], last_ms: i64, end_ms: i64, now_ms: i64) -> Fate {
    let next = orders.partition_point(|order| *order <= last_ms);
    match orders.get(next) {
        Some(order) if *order <= end_ms => Fate::Bought,
        Some(order) if *order <= last_ms + BOUGHT_WITHIN_MS => Fate::Recovered,
        _ if last_ms + BOUGHT_WITHIN_MS >= now_ms => Fate::Open,
        _ => Fate::Abandoned,
    }
}

impl Carts {
    /// Counts the carts of one customer.
    pub fn add(&mut self, carts: impl Iterator<Item = Cart>) {
        let mut has = [false; 3];
        for Cart { fate, worth, .. } in carts {
            self.created += 1;
            self.millionths += worth;
            match fate {
                Fate::Bought | Fate::Open => has[2] = true,
                Fate::Recovered => {
                    has[1] = true;
                    self.recovered += 1;
                }
                Fate::Abandoned => {
                    has[0] = true;
                    self.abandoned += 1;
                    self.abandoned_millionths += worth;
                }
            }
        }
        for (count, has) in self.customers.iter_mut().zip(has) {
            *count += u64::from(has);
        }
    }

    /// Adds other carts.
    pub fn join(&mut self, other: Carts) {
        self.created += other.created;
        self.abandoned += other.abandoned;
        self.recovered += other.recovered;
        for (count, other) in self.customers.iter_mut().zip(other.customers) {
            *count += other;
        }
        self.abandoned_millionths += other.abandoned_millionths;
        self.millionths += other.millionths;
    }
}

#[test]
fn a_cart_is_abandoned_when_no_order_follows_within_a_day() {
    use crate::explore::timeline::Event;
    const HOUR: i64 = 3_600_000;
    let finder = Finder {
        added: 0,
        ordered: 1,
        columns: [0, 1, 2],
        rules: Rules::default(),
    };
    let fates = |events: &[(i64, u64)], now_ms| -> Vec<Fate> {
        let events: Vec<Event> = events
            .iter()
            .map(|(at_ms, mask)| Event {
                at_ms: *at_ms,
                mask: *mask,
            })
            .collect();
        let cells = vec![Cell::Missing; events.len() * 3];
        let timeline = Timeline {
            customer_id: 1,
            events: &events,
            cells: &cells,
            width: 3,
        };
        finder
            .carts(&timeline, now_ms)
            .into_iter()
            .map(|cart| cart.fate)
            .collect()
    };
    let late = 100 * HOUR;
    assert_eq!(fates(&[(0, 1), (60_000, 2)], late), [Fate::Bought]);
    assert_eq!(
        fates(&[(0, 1), (HOUR, 0), (2 * HOUR, 2)], late),
        [Fate::Recovered]
    );
    assert_eq!(fates(&[(0, 1), (25 * HOUR, 2)], late), [Fate::Abandoned]);
    assert_eq!(fates(&[(0, 1)], HOUR), [Fate::Open]);
    assert_eq!(fates(&[(0, 2), (0, 1)], late), [Fate::Abandoned]);
}
