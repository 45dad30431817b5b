//! The catalog: all published offers, placements, policies and the strategy, ready to decide with.
//!
//! An immutable snapshot. It is built again as a whole when something is published.

mod build;
mod check;
pub mod db;
pub mod record;
#[cfg(test)]
mod tests;
mod vary;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use memory::criteria::{AggregateSpec, CriteriaSet, DAY_MS};
use memory::lookout::ResponseRule;
use serde_json::{Map, Value};
use store::definition::Definition;

use crate::Channel;
use crate::cap::Cap;
use crate::experiment::Experiments;
use crate::offer::{Creative, DEFAULT_WINDOW_DAYS, Offer, Relevant};
use crate::placement::{Fallback, Placement};
use crate::policy::limits::Ready;
use crate::policy::quiet::Quiet;
use crate::segment::Book;
use crate::suppression::SuppressionList;
use crate::targeting::arbitrate::Factors;
use crate::targeting::strategy::Strategy;

pub use check::{Mismatch, Warning, check};

/// Everything published, ready to decide with.
#[derive(Debug)]
pub struct Catalog {
    /// A hash of everything a decision record refers to.
    pub hash: String,
    /// The offers; reasons and candidates refer to them by their places here.
    pub offers: Vec<OfferEntry>,
    /// The placements.
    pub placements: Vec<PlacementEntry>,
    /// The limits of all policies.
    pub limits: Vec<Ready>,
    /// The quiet hours of all policies.
    pub quiet: Vec<Quiet>,
    /// Zone of customers whose zone is unknown.
    pub default_zone: TimeZone,
    /// The caps.
    pub caps: Vec<CapEntry>,
    /// The strategy in use where no other one is.
    pub strategy: Strategy,
    /// All strategies, by key.
    pub strategies: Vec<StrategyEntry>,
    /// All eligibility criteria, compiled together.
    pub criteria: CriteriaSet,
    /// By customer group of the strategy: the place of its criteria.
    pub groups: Vec<Option<usize>>,
    /// What experiments vary.
    pub experiments: Experiments,
    /// The published segments.
    pub segments: Book,
    /// The published suppression lists, by key.
    pub suppression_lists: Vec<(String, SuppressionList)>,
    /// What decision records refer to.
    pub record: record::CatalogRecord,
    offer_places: HashMap<String, u16>,
    placement_places: HashMap<String, u16>,
}

/// An offer in the catalog.
#[derive(Debug)]
pub struct OfferEntry {
    /// Its key.
    pub key: String,
    /// The published version.
    pub version: i64,
    /// What it is.
    pub body: Offer,
    /// Its attributes, to be answered.
    pub attributes: Arc<Map<String, Value>>,
    /// Its creatives and those of its variants, to be answered, in the order of
    /// [`Offer::creative_at`] for the offer itself, then again for each variant.
    pub creatives: Vec<Arc<Creative>>,
    /// Its variants.
    pub variants: Vec<VariantEntry>,
    /// Keys of the offer lists it is in.
    pub lists: Vec<String>,
    /// The place of its category among all categories.
    pub category: u16,
    /// The place of its eligibility among the criteria.
    pub eligibility: Option<usize>,
    /// How long it rests after it was accepted.
    pub accept_rest_ms: Option<i64>,
    /// How long it rests after it was rejected.
    pub reject_rest_ms: Option<i64>,
    /// Offers after whose acceptance or rejection it rests too.
    pub rests_with: Vec<u16>,
    /// The salt of its control group.
    pub control_salt: String,
}

/// A variant of an offer in the catalog.
#[derive(Debug)]
pub struct VariantEntry {
    /// The offer's attributes with the variant's over them.
    pub attributes: Arc<Map<String, Value>>,
    /// The place of its rule among the criteria.
    pub when: Option<usize>,
}

/// A placement in the catalog.
#[derive(Debug)]
pub struct PlacementEntry {
    /// Its key.
    pub key: String,
    /// The published version.
    pub version: i64,
    /// What it is.
    pub body: Placement,
    /// What it shows when there is no offer.
    pub fallback: Option<Arc<Fallback>>,
    /// Offers that can appear here, highest priority first.
    pub candidates: Vec<Candidate>,
    /// By category: the places of the limits that concern it in this channel.
    pub limits: Vec<Vec<u16>>,
    /// By candidate: the caps that count it, and how much it takes of each.
    pub caps: Vec<Vec<(u16, i64)>>,
    /// The place of its strategy; `None` when there is no strategy.
    pub strategy: Option<u16>,
    /// Factors that its strategy gives certain candidates while criteria hold.
    pub context_rules: Vec<ContextRule>,
    /// True when its strategy goes by incremental values.
    pub incremental: bool,
    /// True when it stands here as a variant of an experiment changes it.
    pub changed: bool,
}

/// A cap in the catalog.
#[derive(Debug)]
pub struct CapEntry {
    /// Its key.
    pub key: String,
    /// The published version.
    pub version: i64,
    /// What it is.
    pub body: Cap,
}

/// A strategy in the catalog.
#[derive(Debug)]
pub struct StrategyEntry {
    /// Its key.
    pub key: String,
    /// The published version.
    pub version: i64,
    /// What it is.
    pub body: Strategy,
}

/// A factor for some candidates of a placement while criteria hold.
#[derive(Debug)]
pub struct ContextRule {
    /// The place of its criteria.
    pub rule: usize,
    /// The factor.
    pub weight: f64,
    /// The candidates it concerns, by place.
    pub candidates: Vec<u16>,
}

/// An offer that can appear at a placement.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Its place among the offers.
    pub offer: u16,
    /// Which of the offer's variants it is.
    pub variant: Option<u16>,
    /// What its priority is made of.
    pub factors: Factors,
    /// Its priority by the marketer's estimate.
    pub priority: f64,
    /// The name of its model.
    pub model: u64,
    /// The name of its family: the offers of its category in this channel.
    pub family: u64,
    /// The place of the offer's eligibility among the criteria.
    pub eligibility: Option<usize>,
    /// The place of the offer's category among all categories.
    pub category: u16,
    /// True when its rule and the limits of its category alone can speak against it for a customer
    /// to whom it was never made: it is always valid, for everybody alike, in one form, without
    /// caps, and rests with no other offer.
    pub plain: bool,
}

/// What the memory of customers must look out for on behalf of decisions.
#[derive(Debug, Clone, Default)]
pub struct LookoutParts {
    /// Offer key → which purchases accept it.
    pub response_rules: HashMap<String, ResponseRule>,
    /// What watches for responses, when some placement wants to know what is ignored.
    pub watches: Vec<(&'static str, &'static str)>,
    /// Aggregates that eligibility criteria look back on.
    pub aggregates: Vec<AggregateSpec>,
}

impl OfferEntry {
    /// The attributes of a variant, or of the offer itself.
    pub fn attributes_of(&self, variant: Option<u16>) -> &Arc<Map<String, Value>> {
        let variant = variant.and_then(|v| self.variants.get(usize::from(v)));
        variant.map_or(&self.attributes, |variant| &variant.attributes)
    }

    /// The creative at a place of [`Offer::creative_at`], as a variant shows it.
    pub fn creative_of(&self, variant: Option<u16>, place: usize) -> Option<&Arc<Creative>> {
        let all = self.creatives.len() / (self.variants.len() + 1);
        let turn = variant.map_or(0, |v| usize::from(v) + 1);
        (place < all).then(|| self.creatives.get(turn * all + place))?
    }

    /// Whether it is always valid, for everybody alike, and rests with no other offer.
    fn is_alike_for_all(&self) -> bool {
        let dated = self.body.valid_from.is_some() || self.body.valid_until.is_some();
        !dated && !self.body.needs_holder() && self.rests_with.is_empty()
    }

    /// The key of a variant.
    pub fn variant_key(&self, variant: Option<u16>) -> Option<&str> {
        let variant = self.body.variants.get(usize::from(variant?))?;
        Some(&variant.key)
    }
}

impl Default for Catalog {
    fn default() -> Catalog {
        Catalog::compile(&[]).0
    }
}

impl Catalog {
    /// The place of an offer.
    pub fn offer_place(&self, key: &str) -> Option<u16> {
        self.offer_places.get(key).copied()
    }

    /// An offer.
    pub fn offer(&self, key: &str) -> Option<&OfferEntry> {
        Some(&self.offers[usize::from(self.offer_place(key)?)])
    }

    /// The place of a placement.
    pub fn placement_place(&self, key: &str) -> Option<u16> {
        self.placement_places.get(key).copied()
    }

    /// The placements of a channel, by key; each as it is without experiments.
    pub fn placements_of(&self, channel: Channel) -> impl Iterator<Item = &PlacementEntry> {
        let own = |entry: &&PlacementEntry| !entry.changed;
        let fits = move |entry: &&PlacementEntry| entry.body.channel == channel;
        self.placements.iter().filter(own).filter(fits)
    }

    /// Key of the strategy that a placement follows.
    pub fn strategy_of(&self, placement: &PlacementEntry) -> Option<&str> {
        Some(&self.strategies[usize::from(placement.strategy?)].key)
    }

    /// What memory must look out for.
    pub fn lookout_parts(&self) -> LookoutParts {
        let mut response_rules = HashMap::new();
        for offer in &self.offers {
            if let Some(relevant) = &offer.body.relevant {
                let rule = response_rule(relevant);
                response_rules.insert(offer.key.clone(), rule);
            }
        }
        let waits = |entry: &PlacementEntry| entry.body.ignored_after_ms.is_some();
        let waits = self.placements.iter().any(waits);
        LookoutParts {
            response_rules,
            watches: if waits {
                vec![("response", crate::targeting::ignored::WATCH)]
            } else {
                vec![]
            },
            aggregates: self
                .criteria
                .slots()
                .iter()
                .cloned()
                .chain(self.segments.aggregates())
                .collect(),
        }
    }
}

fn response_rule(relevant: &Relevant) -> ResponseRule {
    let days = relevant.window_days.unwrap_or(DEFAULT_WINDOW_DAYS);
    ResponseRule {
        products: relevant.products.iter().cloned().collect(),
        categories: relevant.categories.iter().cloned().collect(),
        any_purchase: relevant.any_purchase,
        window_ms: i64::from(days) * DAY_MS,
    }
}

impl LookoutParts {
    /// Adds how purchases accept offers that are retired: one that was made is honoured until its
    /// window is over.
    pub fn honour(&mut self, retired: &[Definition]) {
        for definition in retired {
            let offer = crate::body::read::<Offer>(&definition.body).ok();
            if let Some(relevant) = offer.and_then(|offer| offer.relevant) {
                let key = definition.key.clone();
                self.response_rules
                    .entry(key)
                    .or_insert_with(|| response_rule(&relevant));
            }
        }
    }
}
