//! Households: one member stands for all who share the value of an attribute.

use std::collections::HashMap;

use memory::CustomerId;
use memory::CustomerState;
use memory::criteria::AttributeValue;
use roaring::RoaringTreemap;

use super::{Best, Household};

/// Collects the best member of every household among those who satisfy a rule.
#[derive(Debug)]
pub(super) struct Households<'a> {
    household: &'a Household,
    best: HashMap<String, (f64, CustomerId)>,
    alone: RoaringTreemap,
}

impl<'a> Households<'a> {
    pub(super) fn new(household: &'a Household) -> Self {
        Self {
            household,
            best: HashMap::new(),
            alone: RoaringTreemap::new(),
        }
    }

    /// Looks at one customer who satisfies the rule.
    pub(super) fn see(&mut self, customer: CustomerId, state: &CustomerState) {
        let shared = state.attributes.get(&self.household.attribute);
        let Some(shared) = shared.map(|attribute| attribute.value.to_string()) else {
            self.alone.insert(customer.0);
            return;
        };
        let rank = rank(&self.household.best, state);
        let new = (rank, customer);
        let known = self.best.entry(shared).or_insert(new);
        // Equal ranks go to the customer we have known longest, whatever order they come in.
        if rank > known.0 || (rank == known.0 && customer < known.1) {
            *known = new;
        }
    }

    /// One customer for every household.
    pub(super) fn members(self) -> RoaringTreemap {
        let mut members = self.alone;
        members.extend(self.best.into_values().map(|(_, customer)| customer.0));
        members
    }
}

fn rank(best: &Best, state: &CustomerState) -> f64 {
    match best {
        Best::LastSeen => state.last_seen_at.0 as f64,
        Best::Attribute { attribute } => match state.attributes.get(attribute) {
            Some(known) => match &known.value {
                AttributeValue::Number(number) => *number,
                AttributeValue::Instant(ms) => *ms as f64,
                AttributeValue::Bool(truth) => f64::from(u8::from(*truth)),
                AttributeValue::Text(_) | AttributeValue::List(_) => f64::NEG_INFINITY,
            },
            None => f64::NEG_INFINITY,
        },
    }
}

#[test]
fn the_best_member_stands_for_the_household_not_the_first() {
    use memory::customer::Attribute;
    use store::Timestamp;
    let household = Household {
        attribute: "home".to_owned(),
        best: Best::Attribute {
            attribute: "score".to_owned(),
        },
    };
    let state = |home: Option<&str>, score: f64| {
        let mut state = CustomerState::default();
        let mut say = |key: &str, value| {
            let at = Timestamp(0);
            let said = Attribute { value, at };
            state.attributes.insert(key.to_owned(), said);
        };
        if let Some(home) = home {
            say("home", AttributeValue::Text(home.to_owned()));
        }
        say("score", AttributeValue::Number(score));
        state
    };
    let mut households = Households::new(&household);
    households.see(CustomerId(1), &state(Some("a"), 1.0));
    households.see(CustomerId(2), &state(Some("a"), 5.0));
    households.see(CustomerId(3), &state(Some("b"), 1.0));
    households.see(CustomerId(4), &state(Some("b"), 1.0));
    households.see(CustomerId(5), &state(None, 0.0));
    let members: Vec<u64> = households.members().into_iter().collect();
    assert_eq!(members, [2, 3, 5]);
}
