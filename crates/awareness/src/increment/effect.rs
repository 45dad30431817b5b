//! Effects: what contacting a customer of a group with an offer earns, for arbitration.
//!
//! A customer's group is told apart by plain criteria of the strategy; within a group, treated and
//! control customers of the offer's control group are compared. Groups of one offer borrow from
//! each other (random effects, DerSimonian and Laird): a group with few customers is judged almost
//! as the offer is on the whole, a group with many almost by itself.

use std::collections::{BTreeMap, BTreeSet};

use memory::CustomerId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use super::{Basis, Side, Subject, Unit};
use crate::statistics::Moments;
use crate::statistics::difference::variance_of_mean;
use crate::statistics::distribution::normal_cdf;

/// Customers that each side needs, over all groups, before there is any evidence.
const FEWEST: f64 = 50.0;
/// Customers that each side of one group needs before it is judged by itself.
const FEWEST_OF_GROUP: f64 = 20.0;
/// The share of the largest earnings that are cut down to the next, so that one great order does
/// not decide.
const CUT: f64 = 0.005;
/// How many customers the offer's overall acceptance weighs in that of a group.
const ACCEPTANCE_WEIGHT: f64 = 20.0;
/// Below this chance of earning anything, a group is not offered it.
const LEAST_CHANCE: f64 = 0.1;

/// The group of customers whom no criteria of the strategy fit.
pub const OTHERS: &str = "others";

/// What contacting customers of one group with one offer does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupEffect {
    /// Customers who were meant to get it, and whose time to buy is over.
    pub treated: u64,
    /// Customers from whom it was withheld, and whose time to buy is over.
    pub control: u64,
    /// The measured difference of earnings per customer, in cents; absent with too few customers.
    pub measured_cents: Option<f64>,
    /// The estimate after borrowing from the offer's other groups.
    pub effect_cents: f64,
    /// Its standard error.
    pub error_cents: f64,
    /// How likely it is above zero.
    pub chance: f64,
    /// Acceptances per treated customer.
    pub acceptance: f64,
    /// What an acceptance is worth in arbitration: the effect per acceptance, at least 0.
    pub value_cents: i64,
    /// True when it almost certainly earns nothing.
    pub nothing: bool,
}

/// By offer and group.
pub type Effects = BTreeMap<String, BTreeMap<String, GroupEffect>>;

#[derive(Default, Clone, Copy)]
struct Cell {
    treated: Moments,
    control: Moments,
    accepted: f64,
}

/// What one customer did about one offer, over all months.
struct Whole {
    group: String,
    side: Side,
    /// Whether the time to buy after the first contact is over.
    complete: bool,
    earned: f64,
    accepted: f64,
}

/// Estimates the effects of all offers with a control group. `groups` are those of the strategy.
///
/// Only customers who have had all the time to buy count, on both sides: of the others it is not
/// known yet whether they do. That is told from the first contact on, because whether and when there
/// is another one depends on what the first has done.
pub fn effects(
    units: &[Unit],
    groups: &BTreeSet<String>,
    (basis, now): (Basis, Timestamp),
) -> Effects {
    let mut offers: BTreeMap<&str, BTreeMap<CustomerId, Whole>> = BTreeMap::new();
    for unit in units {
        let Subject::Offer { key } = &unit.subject else {
            continue;
        };
        let group = unit.group.as_ref().filter(|group| groups.contains(*group));
        let customers = offers.entry(key).or_default();
        let whole = customers.entry(unit.customer).or_insert_with(|| Whole {
            group: group.cloned().unwrap_or_else(|| OTHERS.to_owned()),
            side: unit.side,
            complete: unit.complete_at <= now,
            earned: 0.0,
            accepted: 0.0,
        });
        if unit.complete_at > now {
            continue;
        }
        whole.earned += unit.earned_cents(basis);
        whole.accepted += f64::from(unit.accepted);
    }
    let mut effects = Effects::new();
    for (offer, customers) in offers {
        let complete = customers.into_values().filter(|whole| whole.complete);
        if let Some(found) = of_offer(complete.collect(), groups) {
            effects.insert(offer.to_owned(), found);
        }
    }
    effects
}

fn of_offer(
    mut customers: Vec<Whole>,
    groups: &BTreeSet<String>,
) -> Option<BTreeMap<String, GroupEffect>> {
    cut(&mut customers);
    let mut cells: BTreeMap<String, Cell> = groups
        .iter()
        .map(|g| (g.clone(), Cell::default()))
        .collect();
    cells.entry(OTHERS.to_owned()).or_default();
    for customer in &customers {
        let cell = cells.entry(customer.group.clone()).or_default();
        match customer.side {
            Side::Treated => {
                cell.treated.add(customer.earned, 0.0);
                cell.accepted += customer.accepted;
            }
            Side::Control => cell.control.add(customer.earned, 0.0),
        }
    }
    let sum = |of: &dyn Fn(&Cell) -> f64| cells.values().map(of).sum::<f64>();
    let treated = sum(&|cell| cell.treated.count);
    if treated < FEWEST || sum(&|cell| cell.control.count) < FEWEST {
        return None;
    }
    let acceptance = sum(&|cell| cell.accepted) / treated;
    let measured: Vec<(f64, f64)> = cells.values().filter_map(difference).collect();
    let pooled = Pooled::of(&measured)?;
    let judged = cells.iter().map(|(group, cell)| {
        let judged = judge(cell, &pooled, acceptance);
        (group.clone(), judged)
    });
    Some(judged.collect())
}

/// Cuts the largest earnings down.
fn cut(customers: &mut [Whole]) {
    let mut earned: Vec<f64> = customers.iter().map(|customer| customer.earned).collect();
    earned.sort_by(f64::total_cmp);
    let last = earned.len().saturating_sub(1);
    let at = ((1.0 - CUT) * last as f64).floor() as usize;
    let Some(most) = earned.get(at).copied() else {
        return;
    };
    for customer in customers {
        customer.earned = customer.earned.min(most);
    }
}

/// The measured difference of a group and its variance; `None` with too few customers.
fn difference(cell: &Cell) -> Option<(f64, f64)> {
    if cell.treated.count < FEWEST_OF_GROUP || cell.control.count < FEWEST_OF_GROUP {
        return None;
    }
    // Where everybody does the same, a cent stands in for the spread.
    let spread = |arm: &Moments| variance_of_mean(arm).max(1.0 / arm.count);
    let variance = spread(&cell.treated) + spread(&cell.control);
    Some((cell.treated.mean() - cell.control.mean(), variance))
}

/// What the groups of an offer have in common.
struct Pooled {
    mean: f64,
    variance: f64,
    between: f64,
}

impl Pooled {
    fn of(measured: &[(f64, f64)]) -> Option<Pooled> {
        if measured.is_empty() {
            return None;
        }
        let weigh = |between: f64| {
            let weights: Vec<f64> = measured.iter().map(|(_, v)| 1.0 / (v + between)).collect();
            let sum: f64 = weights.iter().sum();
            let mean: f64 = measured
                .iter()
                .zip(&weights)
                .map(|((d, _), w)| d * w)
                .sum::<f64>()
                / sum;
            (mean, sum, weights)
        };
        let (fixed, sum, weights) = weigh(0.0);
        let spread: f64 = measured
            .iter()
            .zip(&weights)
            .map(|((d, _), w)| w * (d - fixed).powi(2))
            .sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        let scale = sum - squares / sum;
        let freedom = measured.len() as f64 - 1.0;
        let between = if scale > 0.0 {
            ((spread - freedom) / scale).max(0.0)
        } else {
            0.0
        };
        let (mean, sum, _) = weigh(between);
        Some(Pooled {
            mean,
            variance: 1.0 / sum,
            between,
        })
    }
}

fn judge(cell: &Cell, pooled: &Pooled, overall_acceptance: f64) -> GroupEffect {
    let measured = difference(cell);
    let (effect, variance) = match measured {
        Some((own, variance)) => {
            let weight = pooled.between / (pooled.between + variance);
            let effect = weight * own + (1.0 - weight) * pooled.mean;
            let rest = (1.0 - weight).powi(2) * pooled.variance;
            (effect, weight * variance + rest)
        }
        None => (pooled.mean, pooled.variance + pooled.between),
    };
    let error = variance.max(1e-9).sqrt();
    let accepted = cell.accepted + ACCEPTANCE_WEIGHT * overall_acceptance;
    let acceptance = accepted / (cell.treated.count + ACCEPTANCE_WEIGHT);
    let chance = normal_cdf(effect / error);
    let value = if acceptance > 0.0 {
        effect / acceptance
    } else {
        0.0
    };
    GroupEffect {
        treated: cell.treated.count as u64,
        control: cell.control.count as u64,
        measured_cents: measured.map(|(difference, _)| difference),
        effect_cents: effect,
        error_cents: error,
        chance,
        acceptance,
        value_cents: value.clamp(0.0, 1e9).round() as i64,
        nothing: chance < LEAST_CHANCE,
    }
}
