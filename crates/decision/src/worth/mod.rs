//! Worth: what an acceptance is worth in arbitration. Where a control group gives evidence, it is
//! the margin that would not have come without the contact, by customer group; else what the offer
//! states.

pub mod api;
pub mod db;
pub mod job;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use awareness::experiment::assign::place;
use awareness::increment::effect::{Effects, GroupEffect, OTHERS};
use awareness::increment::month_of;
use memory::CustomerId;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::ProblemCode;
use utoipa::ToSchema;

use crate::Name;
use crate::body::Check;
use crate::catalog::{Candidate, Catalog};
use crate::targeting::arbitrate::Factors;

/// The most customer groups of a strategy.
const LARGEST_GROUPS: usize = 12;

/// What an acceptance is worth in arbitration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueFrom {
    /// What the offer states.
    #[default]
    Stated,
    /// The margin that would not have come without the contact, where there is evidence.
    Incremental,
}

/// A group of customers whose reaction to offers is judged together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerGroup {
    /// Its key, for example `price_sensitive`.
    pub key: String,
    /// What it is called, by language.
    #[serde(default)]
    pub name: Name,
    /// Who belongs to it, as criteria. The first group that fits is a customer's group.
    #[schema(value_type = memory::criteria::Criteria)]
    pub when: Value,
}

/// What is wrong with the groups of a strategy.
pub(crate) fn validate(groups: &[CustomerGroup], margin_share: Option<f64>, check: &mut Check) {
    let hint = "use at most 12; each needs customers enough to be judged";
    let said = (ProblemCode::TooMany, "too many customer groups");
    check.at_most((groups.len(), LARGEST_GROUPS), "/groups", said, hint);
    let mut keys = BTreeSet::new();
    for (at, group) in groups.iter().enumerate() {
        let path = format!("/groups/{at}");
        check.key(&group.key, format!("{path}/key"));
        let fresh = keys.insert(group.key.as_str()) && group.key != OTHERS;
        let hint = "give every group a key of its own; others are all who fit none";
        check.demand(
            fresh,
            format!("{path}/key"),
            (ProblemCode::Twice, "the key is taken"),
            hint,
        );
        let vocabulary = memory::criteria::Vocabulary::default();
        if let Err(problems) = memory::criteria::read_checked(&group.when, &vocabulary) {
            let at_group = problems
                .into_iter()
                .map(|problem| store::definition::Problem {
                    path: format!("{path}/when{}", problem.path),
                    ..problem
                });
            check.0.extend(at_group);
        }
    }
    if let Some(share) = margin_share {
        check.within(share, 0.0, 1.0, "/margin_share");
    }
}

/// What an acceptance of an offer by a customer of a group is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Worth {
    /// What the offer states: there is no evidence.
    Stated,
    /// This much.
    Cents(i64),
    /// Nothing: the customers buy as much without it.
    Nothing,
}

impl Worth {
    /// A candidate whose value is this.
    pub fn of(self, candidate: &Candidate) -> Candidate {
        let value_cents = match self {
            Worth::Stated => return *candidate,
            Worth::Cents(cents) => cents,
            Worth::Nothing => 0,
        };
        let factors = Factors {
            value_cents,
            ..candidate.factors
        };
        Candidate {
            priority: factors.priority(),
            factors,
            ..*candidate
        }
    }
}

/// What is known of all offers and groups, ready to be asked about a catalog.
#[derive(Debug, Clone, Default)]
pub struct Worths {
    /// The name of what is known, in records; empty when nothing is.
    pub hash: String,
    /// What is known.
    pub effects: Arc<Effects>,
    /// The catalog whose places the table goes by.
    catalog: String,
    /// By offer and group; the last group are the others.
    table: Vec<Vec<Worth>>,
    /// The same without what earns nothing; `None` when nothing earns nothing.
    anew: Option<Arc<Worths>>,
}

impl Worths {
    /// What is known, for a catalog.
    pub fn of(effects: Arc<Effects>, catalog: &Catalog) -> Worths {
        let groups = group_keys(catalog);
        let row = |key: &str| {
            let known = effects.get(key);
            let worth = |group: &&str| worth(known.and_then(|known| known.get(*group)));
            groups.iter().map(worth).collect()
        };
        Worths {
            hash: hash(&effects),
            catalog: catalog.hash.clone(),
            table: catalog.offers.iter().map(|offer| row(&offer.key)).collect(),
            anew: anew(&effects).map(|left| Arc::new(Worths::of(Arc::new(left), catalog))),
            effects,
        }
    }

    /// What counts in a decision. For a share of customers, as large as the one that is drawn
    /// evenly and dealt anew every month, offers that earn nothing are worth what they state:
    /// what is never made brings no evidence, and customers change. Who they are is told by a
    /// hash, as with control groups; within the deal the probability of a choice is what it is
    /// for everybody, and the record refers to what counted.
    pub fn in_decision(
        self: &Arc<Worths>,
        catalog: &Catalog,
        customer: Option<CustomerId>,
        now: Timestamp,
        thrifty: bool,
    ) -> &Arc<Worths> {
        let (Some(anew), Some(customer)) = (&self.anew, customer) else {
            return self;
        };
        let floor = catalog.strategy.learning.floor();
        let salt = || format!("earns_nothing:{}", month_of(now));
        if thrifty || floor == 0.0 || place(&salt(), customer) >= floor {
            return self;
        }
        anew
    }

    /// What an acceptance is worth; stated where nothing is known, or what is known is of another
    /// catalog.
    pub fn of_offer(&self, catalog: &Catalog, offer: u16, group: usize) -> Worth {
        if self.catalog != catalog.hash {
            return Worth::Stated;
        }
        let row = self.table.get(usize::from(offer));
        row.and_then(|row| row.get(group).copied())
            .unwrap_or(Worth::Stated)
    }
}

/// What is known, ready for several catalogs, such as those a simulation tries.
pub(crate) struct WorthBook {
    effects: Arc<Effects>,
    ready: Mutex<Vec<Arc<Worths>>>,
}

impl WorthBook {
    /// A book of what is known.
    pub fn new(effects: Arc<Effects>) -> WorthBook {
        WorthBook {
            effects,
            ready: Mutex::default(),
        }
    }

    /// What is known.
    pub fn effects(&self) -> &Arc<Effects> {
        &self.effects
    }

    /// What is known, for a catalog.
    pub fn of(&self, catalog: &Catalog) -> Arc<Worths> {
        let mut ready = self.ready.lock();
        if let Some(known) = ready.iter().find(|known| known.catalog == catalog.hash) {
            return known.clone();
        }
        let worths = Arc::new(Worths::of(self.effects.clone(), catalog));
        ready.push(worths.clone());
        worths
    }
}

/// What is left of effects without what earns nothing; `None` when all of it is.
pub(crate) fn anew(effects: &Effects) -> Option<Effects> {
    let mut left = effects.clone();
    let mut fewer = false;
    left.retain(|_, groups| {
        let before = groups.len();
        groups.retain(|_, effect| !effect.nothing);
        fewer |= groups.len() < before;
        !groups.is_empty()
    });
    fewer.then_some(left)
}

/// What one effect makes an acceptance worth.
pub fn worth(effect: Option<&GroupEffect>) -> Worth {
    match effect {
        None => Worth::Stated,
        Some(effect) if effect.nothing => Worth::Nothing,
        Some(effect) => Worth::Cents(effect.value_cents),
    }
}

/// Keys of the groups of a catalog, the others last.
pub fn group_keys(catalog: &Catalog) -> Vec<&str> {
    let groups = catalog
        .strategy
        .groups
        .iter()
        .map(|group| group.key.as_str());
    groups.chain([OTHERS]).collect()
}

/// Key of the group at a place.
pub fn group_key(catalog: &Catalog, place: usize) -> &str {
    let group = catalog.strategy.groups.get(place);
    group.map_or(OTHERS, |group| group.key.as_str())
}

/// The place of a customer's group: the first whose criteria hold, else the others.
pub fn group_of(catalog: &Catalog, holds: &mut dyn FnMut(usize) -> bool) -> usize {
    let first = catalog
        .groups
        .iter()
        .position(|rule| rule.is_some_and(&mut *holds));
    first.unwrap_or(catalog.groups.len())
}

/// The name of effects in records: the first 64 bits of blake3 over their JSON, in hexadecimal.
pub(crate) fn hash(effects: &Effects) -> String {
    if effects.is_empty() {
        return String::new();
    }
    let json = serde_json::to_vec(effects).expect("effects are texts and numbers");
    blake3::hash(&json).to_hex()[..16].to_owned()
}
