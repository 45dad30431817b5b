//! A simulation on a population: who would get what at each placement, under what is published and
//! under the rules to try, and what stands in the way of those who get nothing.
//!
//! Pure, and parallel over customers. Each placement is asked for on its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use memory::criteria::{AttributeValue, Compiled};
use memory::customer::CustomerFacts;
use memory::{CustomerId, CustomerState};
use rayon::prelude::*;
use roaring::RoaringTreemap;
use store::Timestamp;

use super::rule::{Case, Conditions, Rules, one_more};
use crate::cap::CapRoom;
use crate::experiment::party::{Guest, Party};
use crate::learning::learned::Learned;
use crate::policy::limits::{Ready, Room};
use crate::targeting::around::Around;
use crate::targeting::pipeline::{Care, Considered, Question, consider, zone_of};
use crate::worth::{Worth, WorthBook, Worths};
use crate::{Catalog, Decider};

/// Customers that one thread works through at a time.
const CHUNK: usize = 64;
/// Expected acceptances and values are summed in millionths, so that the order of adding does not
/// matter.
pub const PRECISION: f64 = 1e6;

/// What is asked of every customer.
pub struct Survey {
    /// The published rules first, then those to try.
    pub sides: Vec<Side>,
    /// Keys of placements.
    pub placements: Vec<String>,
    /// Who is meant; everybody when absent.
    pub who: Option<Compiled>,
    /// What was learned from earlier responses.
    pub learned: Arc<Learned>,
    /// Members of segments and of suppression lists.
    pub(crate) around: Around,
    /// Whose tables say what of customers. Caps are left out: they are about all customers, and
    /// a simulation asks for each what would fit.
    pub(crate) decider: Decider,
    /// The circumstances.
    pub context: HashMap<String, AttributeValue>,
    /// The moment.
    pub now: Timestamp,
}

/// Rules, ready to be asked.
pub struct Side {
    /// What they make.
    pub catalog: Catalog,
    /// Their conditions one by one.
    pub conditions: Conditions,
    limits: Vec<Ready>,
    /// What acceptances are worth.
    worths: Arc<Worths>,
}

impl Side {
    /// Makes rules ready.
    pub(crate) fn new(catalog: Catalog, worths: &WorthBook) -> Side {
        Side {
            worths: worths.of(&catalog),
            conditions: Conditions::of(&catalog),
            limits: one_more(&catalog.limits),
            catalog,
        }
    }
}

/// What came of all customers.
#[derive(Debug, Default)]
pub struct Tally {
    /// Customers who were meant.
    pub customers: u64,
    /// By placement, in the order of the survey.
    pub placements: Vec<Vec<SideTally>>,
}

/// What came of all customers at one placement under some rules.
#[derive(Debug, Default, Clone)]
pub struct SideTally {
    /// By place of the offer: what it would get.
    pub offers: BTreeMap<u16, OfferTally>,
    /// Customers who get nothing.
    pub nothing: RoaringTreemap,
    /// Customers from whom it is withheld, for comparison.
    pub withheld: RoaringTreemap,
    /// Customers who get something else than under the published rules.
    pub changed: RoaringTreemap,
    /// What stands in the way of those who get nothing.
    pub rules: Rules,
}

/// What an offer would get.
#[derive(Debug, Default, Clone)]
pub struct OfferTally {
    /// Who would see it.
    pub customers: RoaringTreemap,
    /// Acceptances to expect, in millionths.
    pub accepts: u64,
    /// What they are worth, in millionths of a cent.
    pub value: i128,
}

/// Who is asked: an id and what we know of them.
pub type Person = (CustomerId, CustomerState);

impl Survey {
    /// Asks some customers, on all cores.
    pub fn ask(&self, people: &[Person]) -> Tally {
        let tallies = people.par_chunks(CHUNK).map(|people| {
            let mut tally = self.nothing_yet();
            for (id, state) in people {
                self.one(*id, state, &mut tally);
            }
            tally
        });
        tallies.reduce(
            || self.nothing_yet(),
            |mut tally, more| {
                tally.add(more);
                tally
            },
        )
    }

    /// An empty tally.
    pub fn nothing_yet(&self) -> Tally {
        Tally {
            customers: 0,
            placements: vec![vec![SideTally::default(); self.sides.len()]; self.placements.len()],
        }
    }

    fn one(&self, id: CustomerId, state: &CustomerState, tally: &mut Tally) {
        let zone = &self.sides[0].catalog.default_zone;
        if let Some(who) = &self.who {
            let facts = CustomerFacts::new(state, &self.context, zone)
                .in_segments(&self.around.memberships, id);
            if !who.matches(&facts, self.now.0) {
                return;
            }
        }
        tally.customers += 1;
        for (place, key) in self.placements.iter().enumerate() {
            let mut published: Option<Vec<&str>> = None;
            for (side, sums) in self.sides.iter().zip(&mut tally.placements[place]) {
                let shown = self.at(side, key, id, state, sums);
                match &published {
                    Some(published) if *published != shown => {
                        sums.changed.insert(id.0);
                    }
                    Some(_) => {}
                    None => published = Some(shown),
                }
            }
        }
    }

    /// What one customer gets at one placement under some rules; the keys of the offers.
    fn at<'a>(
        &self,
        side: &'a Side,
        key: &str,
        id: CustomerId,
        state: &CustomerState,
        sums: &mut SideTally,
    ) -> Vec<&'a str> {
        let catalog = &side.catalog;
        let Some(place) = catalog.placement_place(key) else {
            sums.nothing.insert(id.0);
            return vec![];
        };
        let party = Party::of(
            catalog,
            &Guest {
                customer: Some(id),
                state,
                context: &self.context,
                memberships: &self.around.memberships,
                now: self.now,
            },
        );
        let count = catalog.placements[usize::from(place)].body.count as usize;
        let slots = party.slots(catalog, &[(place, count)], false);
        let entry = &catalog.placements[usize::from(slots[0].0)];
        let worths = &side.worths;
        let worths = worths.in_decision(catalog, Some(id), self.now, false);
        let considered = consider(&Question {
            catalog,
            learned: &self.learned,
            customer: Some(id),
            state,
            now: self.now,
            slots: &slots,
            context: &self.context,
            language: None,
            caps: &CapRoom::default(),
            rows: &self
                .decider
                .tables()
                .of(catalog, id, &state.members, self.now),
            care: Care::default(),
            party: &party,
            group: party.group,
            worths,
            memberships: &self.around.memberships,
            closed: &|channel| self.around.closed(Some(id), state, channel),
        });
        let considered = &considered[0];
        let mut shown = vec![];
        for choice in &considered.chosen {
            if choice.control.is_some() {
                sums.withheld.insert(id.0);
                continue;
            }
            let candidate = &entry.candidates[usize::from(choice.candidate)];
            let worth = match entry.incremental {
                true => worths.of_offer(catalog, choice.offer, party.group),
                false => Worth::Stated,
            };
            let factors = worth.of(candidate).factors;
            let accepts = (choice.luck.propensity * PRECISION).round();
            let offer = sums.offers.entry(choice.offer).or_default();
            offer.customers.insert(id.0);
            offer.accepts += accepts as u64;
            offer.value += i128::from(factors.value_cents) * accepts as i128;
            shown.push(catalog.offers[usize::from(choice.offer)].key.as_str());
        }
        if considered.chosen.is_empty() {
            sums.nothing.insert(id.0);
            self.in_the_way(side, slots[0].0, id, state, considered, sums);
        }
        shown
    }

    fn in_the_way(
        &self,
        side: &Side,
        placement: u16,
        customer: CustomerId,
        state: &CustomerState,
        considered: &Considered,
        sums: &mut SideTally,
    ) {
        let catalog = &side.catalog;
        let zone = zone_of(state, &catalog.default_zone);
        let entry = &catalog.placements[usize::from(placement)];
        let candidates: Vec<u16> = entry.candidates.iter().map(|c| c.offer).collect();
        let case = Case {
            customer,
            facts: &CustomerFacts::new(state, &self.context, &catalog.default_zone)
                .in_segments(&self.around.memberships, customer),
            now: self.now,
            catalog,
            conditions: &side.conditions,
            room: &Room::of(&side.limits, state, self.now, &zone),
        };
        sums.rules.note(&case, &candidates, &considered.against);
    }
}

impl Tally {
    /// Adds what others counted.
    pub fn add(&mut self, other: Tally) {
        self.customers += other.customers;
        for (sides, others) in self.placements.iter_mut().zip(other.placements) {
            for (sums, more) in sides.iter_mut().zip(others) {
                sums.add(more);
            }
        }
    }
}

impl SideTally {
    fn add(&mut self, other: SideTally) {
        for (place, more) in other.offers {
            let offer = self.offers.entry(place).or_default();
            offer.customers |= more.customers;
            offer.accepts += more.accepts;
            offer.value += more.value;
        }
        self.nothing |= other.nothing;
        self.withheld |= other.withheld;
        self.changed |= other.changed;
        self.rules.add(other.rules);
    }
}
