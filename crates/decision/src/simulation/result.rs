//! What came of a simulation, as it is kept and answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use super::estimate::Evaluation;
use super::population::{PRECISION, SideTally, Survey, Tally};
use super::rule::{self, RuleResult};
use crate::Catalog;

/// What came of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimulationResult {
    /// On recorded decisions.
    Recorded(RecordedResult),
    /// On customers as they are now.
    Population(PopulationResult),
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplayResult)]
pub struct RecordedResult {
    /// Decisions of the period that were looked at, the newest first.
    pub looked_at: u64,
    /// Older ones than this were not looked at, because there were enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Placements of decisions that could be evaluated.
    pub turns: u64,
    /// What was left out, and why.
    pub left_out: LeftOut,
    /// Responses were counted up to this instant.
    pub as_of: Timestamp,
    /// Where the state of that time could be made again: how many decisions came out as recorded
    /// when the rules of that time were asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproduced: Option<Reproduced>,
    /// The published rules first, then those that were tried.
    pub sides: Vec<RecordedSide>,
    /// Currencies of the offers that were shown.
    #[serde(default)]
    pub currencies: Vec<String>,
}

/// Decisions that cannot be evaluated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplayLeftOut)]
pub struct LeftOut {
    /// The customer was in a control group.
    pub control: u64,
    /// An earlier contact stood already: its decision counts.
    pub repeated: u64,
    /// The placement had nothing to choose from, then and now.
    pub empty: u64,
    /// The record, or the customer's state of that time, cannot be read.
    pub unreadable: u64,
}

/// How well the past could be made again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplayReproduced)]
pub struct Reproduced {
    /// Decisions asked again.
    pub asked: u64,
    /// Those that came out as recorded.
    pub same: u64,
}

/// One set of rules on the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplaySide)]
pub struct RecordedSide {
    /// What it is called; empty for the published rules.
    pub name: String,
    /// What it would have earned.
    pub evaluation: Evaluation,
    /// Share of choices that depend on what the record does not tell.
    pub unsure: f64,
    /// Offers that the record never considered where these rules would.
    pub unknown_offers: Vec<String>,
    /// How often each offer was shown, and would have been.
    pub offers: Vec<RecordedOffer>,
    /// How often nothing would have been shown.
    pub nothing: f64,
}

/// One offer on the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplayOffer)]
pub struct RecordedOffer {
    /// Its key.
    pub offer: String,
    /// Which of its variants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How often it was shown.
    pub recorded: u64,
    /// How often these rules would have shown it.
    pub tried: f64,
}

/// What came of a simulation on customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PopulationResult {
    /// How many customers are meant.
    pub customers: u64,
    /// As of when.
    pub as_of: Timestamp,
    /// Names of the sides; the published rules come first, with an empty name.
    pub sides: Vec<String>,
    /// What comes of each placement.
    pub placements: Vec<PlacementResult>,
    /// Customers per second and how long it took.
    pub elapsed_ms: i64,
}

/// What comes of one placement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedPlacement)]
pub struct PlacementResult {
    /// Its key.
    pub placement: String,
    /// By side.
    pub sides: Vec<SideResult>,
}

/// What comes of one placement under some rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedSide)]
pub struct SideResult {
    /// Whether the rules have this placement at all.
    pub known: bool,
    /// Customers who would see an offer.
    pub shown: u64,
    /// Customers who get nothing.
    pub nothing: u64,
    /// Customers from whom an offer is withheld, for comparison.
    pub withheld: u64,
    /// Customers who get something else than under the published rules.
    pub changed: u64,
    /// Acceptances to expect.
    pub accepts: f64,
    /// What they are worth, by currency, in cents.
    pub value_cents: BTreeMap<String, f64>,
    /// What each offer would get, most customers first.
    pub offers: Vec<OfferResult>,
    /// What each category would get.
    pub categories: BTreeMap<String, u64>,
    /// What stands in the way of those who get nothing; what would help most comes first.
    pub rules: Vec<RuleResult>,
}

/// What an offer would get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedOffer)]
pub struct OfferResult {
    /// Its key.
    pub offer: String,
    /// Its category.
    pub category: String,
    /// Customers who would see it.
    pub customers: u64,
    /// Acceptances to expect.
    pub accepts: f64,
    /// What they are worth, in cents.
    pub value_cents: f64,
    /// Currency of the value.
    pub currency: String,
}

impl PopulationResult {
    /// The result of a survey.
    pub fn of(survey: &Survey, tally: &Tally, names: Vec<String>, elapsed_ms: i64) -> Self {
        let placements = survey.placements.iter().zip(&tally.placements);
        let placements = placements.map(|(key, sums)| PlacementResult {
            placement: key.clone(),
            sides: survey
                .sides
                .iter()
                .zip(sums)
                .map(|(side, sums)| SideResult {
                    known: side.catalog.placement_place(key).is_some(),
                    rules: rule::results(&sums.rules, &side.catalog, &side.conditions),
                    ..SideResult::of(&side.catalog, sums)
                })
                .collect(),
        });
        PopulationResult {
            customers: tally.customers,
            as_of: survey.now,
            sides: names,
            placements: placements.collect(),
            elapsed_ms,
        }
    }
}

impl SideResult {
    fn of(catalog: &Catalog, sums: &SideTally) -> SideResult {
        let mut result = SideResult {
            known: true,
            shown: 0,
            nothing: sums.nothing.len(),
            withheld: sums.withheld.len(),
            changed: sums.changed.len(),
            accepts: 0.0,
            value_cents: BTreeMap::new(),
            offers: vec![],
            categories: BTreeMap::new(),
            rules: vec![],
        };
        let (mut shown, mut by_category) = (roaring::RoaringTreemap::new(), BTreeMap::new());
        for (place, offer) in &sums.offers {
            let entry = &catalog.offers[usize::from(*place)];
            let (accepts, value) = (
                offer.accepts as f64 / PRECISION,
                offer.value as f64 / PRECISION,
            );
            result.accepts += accepts;
            *result
                .value_cents
                .entry(entry.body.currency.clone())
                .or_default() += value;
            shown |= &offer.customers;
            *by_category
                .entry(entry.body.category.clone())
                .or_insert_with(roaring::RoaringTreemap::new) |= &offer.customers;
            result.offers.push(OfferResult {
                offer: entry.key.clone(),
                category: entry.body.category.clone(),
                customers: offer.customers.len(),
                accepts,
                value_cents: value,
                currency: entry.body.currency.clone(),
            });
        }
        result.shown = shown.len();
        let count = |(category, who): (String, roaring::RoaringTreemap)| (category, who.len());
        result.categories = by_category.into_iter().map(count).collect();
        result
            .offers
            .sort_by(|a, b| b.customers.cmp(&a.customers).then(a.offer.cmp(&b.offer)));
        result
    }
}
