//! Sensitivity: how the winners would change if a strategy were published as it stands in a draft,
//! told on customers who were seen lately. Nothing is decided.

pub mod api;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use memory::{Customer, CustomerId};
use serde::Serialize;
use store::Timestamp;
use store::definition::{Definition, Problem};
use utoipa::ToSchema;

use super::pipeline::Considered;
use super::strategy::KIND;
use super::{CustomerRef, Decider, DecisionRequest};
use crate::Channel;
use crate::catalog::Catalog;

/// Examples of customers whose winner changes, per placement.
const EXAMPLES: usize = 5;

/// How the winners change at every placement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = StrategySensitivity)]
pub struct Sensitivity {
    /// How many customers were looked at.
    pub customers: u32,
    /// The placements that the strategy reaches before or after.
    pub placements: Vec<PlacementShift>,
}

/// How the winners change at one placement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlacementShift {
    /// Key of the placement.
    pub placement: String,
    /// Its channel.
    pub channel: Channel,
    /// Customers whose first offer changes.
    pub changed: u32,
    /// Customers for whom there is no offer, before and after.
    pub without_offer: (u32, u32),
    /// How often each offer comes first, most often (after) first.
    pub offers: Vec<OfferShift>,
    /// Some of the customers whose first offer changes.
    pub examples: Vec<Example>,
}

/// How often an offer comes first.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OfferShift {
    /// Key of the offer.
    pub offer: String,
    /// With what is published.
    pub before: u32,
    /// With the draft.
    pub after: u32,
}

/// One customer whose first offer changes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SensitivityExample)]
pub struct Example {
    /// Who.
    pub customer_id: CustomerId,
    /// First with what is published.
    pub before: Option<String>,
    /// First with the draft.
    pub after: Option<String>,
}

/// The catalog as it would be with a draft of a strategy.
pub fn with_draft(
    published: &[Definition],
    key: &str,
    body: &serde_json::Value,
) -> Result<Catalog, Vec<Problem>> {
    let problems = (KIND.validate)(body);
    if !problems.is_empty() {
        return Err(problems);
    }
    let other = |definition: &&Definition| !(definition.kind == KIND.name && definition.key == key);
    let mut definitions: Vec<Definition> = published.iter().filter(other).cloned().collect();
    definitions.push(Definition {
        kind: KIND.name.to_owned(),
        key: key.to_owned(),
        version: 0,
        latest_version: 0,
        published_version: None,
        state: store::definition::State::Draft,
        title: key.to_owned(),
        hash: String::new(),
        body: body.clone(),
        author: String::new(),
        note: String::new(),
        created_at: Timestamp(0),
    });
    Ok(Catalog::compile(&definitions).0)
}

impl Decider {
    /// Compares the winners of two catalogs for some customers.
    pub fn compare(
        &self,
        before: &Catalog,
        after: &Catalog,
        customers: &[Customer],
        asked: &DecisionRequest,
        now: Timestamp,
    ) -> Sensitivity {
        let mut placements = vec![];
        let worths = self.worth_book();
        for entry in before.placements.iter().filter(|entry| !entry.changed) {
            let named = asked.placements.is_empty() || asked.placements.contains(&entry.key);
            if !named || !touches(before, after, &entry.key) {
                continue;
            }
            let mut shift = Shift::default();
            for customer in customers {
                let request = DecisionRequest {
                    customer: CustomerRef {
                        customer_id: Some(customer.id),
                        ..CustomerRef::default()
                    },
                    placements: vec![entry.key.clone()],
                    ..asked.clone()
                };
                let first = |catalog: &Catalog| {
                    let worths = worths.of(catalog);
                    let thought = self.dry_run(catalog, worths, customer, &request, now);
                    winner(catalog, &thought.considered)
                };
                shift.note(customer.id, first(before), first(after));
            }
            placements.push(shift.told(&entry.key, entry.body.channel));
        }
        Sensitivity {
            customers: customers.len() as u32,
            placements,
        }
    }
}

/// Whether a placement's factors or circumstances differ between two catalogs.
fn touches(before: &Catalog, after: &Catalog, placement: &str) -> bool {
    let entry = |catalog: &Catalog| {
        let place = catalog.placement_place(placement)?;
        let record = &catalog.record.placements[usize::from(place)];
        let entry = &catalog.placements[usize::from(place)];
        let key = |strategy: u16| catalog.strategies[usize::from(strategy)].body.clone();
        Some((record.candidates.clone(), entry.strategy.map(key)))
    };
    entry(before) != entry(after)
}

/// The offer that comes first.
fn winner(catalog: &Catalog, considered: &[Considered]) -> Option<String> {
    let first = considered.first()?.chosen.first()?;
    Some(catalog.offers[usize::from(first.offer)].key.clone())
}

#[derive(Default)]
struct Shift {
    changed: u32,
    without_offer: (u32, u32),
    offers: BTreeMap<String, (u32, u32)>,
    examples: Vec<Example>,
}

impl Shift {
    fn note(&mut self, customer_id: CustomerId, before: Option<String>, after: Option<String>) {
        match &before {
            Some(offer) => self.offers.entry(offer.clone()).or_default().0 += 1,
            None => self.without_offer.0 += 1,
        }
        match &after {
            Some(offer) => self.offers.entry(offer.clone()).or_default().1 += 1,
            None => self.without_offer.1 += 1,
        }
        if before != after {
            self.changed += 1;
            if self.examples.len() < EXAMPLES {
                self.examples.push(Example {
                    customer_id,
                    before,
                    after,
                });
            }
        }
    }

    fn told(self, placement: &str, channel: Channel) -> PlacementShift {
        let mut offers: Vec<OfferShift> = self
            .offers
            .into_iter()
            .map(|(offer, (before, after))| OfferShift {
                offer,
                before,
                after,
            })
            .collect();
        offers.sort_by(|a, b| (b.after, b.before, &a.offer).cmp(&(a.after, a.before, &b.offer)));
        PlacementShift {
            placement: placement.to_owned(),
            channel,
            changed: self.changed,
            without_offer: self.without_offer,
            offers,
            examples: self.examples,
        }
    }
}
