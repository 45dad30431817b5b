//! Turns: what was shown at one placement in one recorded decision, what came of it, and what the
//! rules to try would have shown there.

use std::collections::HashMap;

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::estimate::Observation;

/// What is earned by a decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReplayMeasure)]
pub enum Measure {
    /// It was seen.
    View,
    /// It was followed.
    Click,
    /// It was accepted.
    #[default]
    Accept,
    /// What acceptances were worth, in cents.
    Value,
}

/// Offers by small numbers: one number per key, whatever catalog it stands in.
#[derive(Debug, Default)]
pub struct Keys {
    known: HashMap<String, u32>,
    /// The keys by number.
    pub keys: Vec<String>,
}

/// What stands between an offer and its variant in a key; no key of a definition has it.
const VARIANT: char = '#';

impl Keys {
    /// The number of an offer in one of its variants.
    pub fn of_variant(&mut self, offer: &str, variant: Option<&str>) -> u32 {
        match variant {
            Some(variant) => self.number(&format!("{offer}{VARIANT}{variant}")),
            None => self.number(offer),
        }
    }

    /// An offer and its variant, of a key.
    pub fn apart(key: &str) -> (&str, Option<&str>) {
        match key.split_once(VARIANT) {
            Some((offer, variant)) => (offer, Some(variant)),
            None => (key, None),
        }
    }

    /// The number of a key.
    pub fn number(&mut self, key: &str) -> u32 {
        if let Some(number) = self.known.get(key) {
            return *number;
        }
        let number = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.to_owned());
        self.known.insert(key.to_owned(), number);
        number
    }
}

/// One placement of one recorded decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The decision.
    pub decision: DecisionId,
    /// The customer.
    pub customer: CustomerId,
    /// Number of the placement's key.
    pub placement: u32,
    /// What was shown, best first.
    pub shown: Vec<Shown>,
    /// By side, then by position: what would have been shown, given what was shown before it.
    pub tried: Vec<Vec<Position>>,
}

/// One offer that was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// Number of its key.
    pub offer: u32,
    /// The contact it was.
    pub contact: Option<ContactId>,
    /// The chance of acceptance that was predicted.
    pub propensity: f64,
    /// The probability with which it was chosen, given what was chosen before it.
    pub probability: f64,
    /// What came of it.
    pub reward: f64,
}

/// What some rules would have shown at one position.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Position {
    /// Offers that could be shown; what is missing to 1 is the probability of nothing.
    pub chances: Vec<Chance>,
    /// Whether another offer is the likeliest than by the rules of that time.
    pub changed: bool,
    /// Whether it depends on rules that cannot be told from the record.
    pub unsure: bool,
}

/// One offer that rules would have shown with some probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Number of its key.
    pub offer: u32,
    /// The probability that it is shown.
    pub probability: f64,
    /// The chance of acceptance that was predicted.
    pub propensity: f64,
    /// Whether it could have been chosen at that time.
    pub supported: bool,
}

/// What is known of an offer at a placement: the sums over turns that showed it.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    reward: f64,
    propensity: f64,
    count: f64,
}

/// How many times an offer must have been shown until its own rate counts as much as the
/// placement's.
const PRIOR_SHOWN: f64 = 50.0;

/// The reward model: predicted chance times what the offer earned per predicted acceptance at that
/// placement, drawn toward what the placement's offers earn together. Made from one half of the
/// customers and asked about the other, so that it does not repeat what it has seen.
#[derive(Debug, Default)]
pub struct RewardModel {
    offers: [HashMap<(u32, u32), Seen>; 2],
    placements: [HashMap<u32, Seen>; 2],
}

/// Which half a customer is in.
fn half(customer: CustomerId) -> usize {
    (super::estimate::Dice(customer.0).next() & 1) as usize
}

impl RewardModel {
    /// Learns from turns whose rewards are known.
    pub fn of(turns: &[Turn]) -> RewardModel {
        let mut model = RewardModel::default();
        for turn in turns {
            let half = half(turn.customer);
            for shown in &turn.shown {
                let offers = &mut model.offers[half];
                let offer = offers.entry((turn.placement, shown.offer)).or_default();
                offer.add(shown);
                let placements = &mut model.placements[half];
                placements.entry(turn.placement).or_default().add(shown);
            }
        }
        model
    }

    /// What an offer is expected to earn at a placement for a customer.
    fn expected(&self, turn: &Turn, offer: u32, propensity: f64) -> f64 {
        let other = 1 - half(turn.customer);
        let whole = self.placements[other]
            .get(&turn.placement)
            .copied()
            .unwrap_or_default();
        if whole.propensity <= 0.0 {
            return 0.0;
        }
        let per_acceptance = whole.reward / whole.propensity;
        let own = self.offers[other]
            .get(&(turn.placement, offer))
            .copied()
            .unwrap_or_default();
        let prior = PRIOR_SHOWN * whole.propensity / whole.count;
        let ratio = (own.reward + prior * per_acceptance) / (own.propensity + prior);
        propensity * ratio
    }
}

impl Seen {
    fn add(&mut self, shown: &Shown) {
        self.reward += shown.reward;
        self.propensity += shown.propensity;
        self.count += 1.0;
    }
}

/// The observations that one of the rules to try is evaluated on: one per position. A later
/// position weighs what came before it too, because its choice was made given those.
pub fn observations(turns: &[Turn], side: usize, model: &RewardModel) -> Vec<Observation> {
    let mut observations = Vec::with_capacity(turns.len());
    for turn in turns {
        let mut before = 1.0;
        for (place, position) in turn.tried[side].iter().enumerate() {
            let chances = position.chances.iter();
            let expected_tried: f64 = chances
                .clone()
                .map(|c| c.probability * model.expected(turn, c.offer, c.propensity))
                .sum();
            let unsupported = chances.filter(|c| !c.supported).map(|c| c.probability);
            let shown = turn.shown.get(place);
            let ratio = match shown {
                Some(shown) => position.chance(shown.offer) / shown.probability.max(f64::EPSILON),
                // Nothing was shown here: the rules agree as far as they show nothing either.
                None => position.nothing(),
            };
            let expected = shown.map(|s| model.expected(turn, s.offer, s.propensity));
            observations.push(Observation {
                customer: turn.customer.0,
                weight: before * ratio,
                reward: shown.map_or(0.0, |shown| shown.reward),
                expected: expected.unwrap_or_default(),
                expected_tried,
                unsupported: unsupported.sum(),
                changed: position.changed,
            });
            before *= ratio;
        }
    }
    observations
}

impl Position {
    /// The probability that an offer is shown.
    pub fn chance(&self, offer: u32) -> f64 {
        let found = self.chances.iter().find(|chance| chance.offer == offer);
        found.map_or(0.0, |chance| chance.probability)
    }

    /// The probability that nothing is shown.
    pub fn nothing(&self) -> f64 {
        let something: f64 = self.chances.iter().map(|chance| chance.probability).sum();
        (1.0 - something).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::estimate::{Terms, evaluate};
    use super::super::verdict::VerdictWord;
    use super::*;

    /// Customers who were shown offer 0 or, in a fifth of the cases, offer 1, which earns twice as
    /// much; the rules to try always show offer 1.
    fn turns() -> Vec<Turn> {
        let turn = |n: u64| {
            let better = n.is_multiple_of(5);
            let every = if better { 5 } else { 10 };
            let shown = Shown {
                offer: u32::from(better),
                contact: None,
                propensity: 0.1,
                probability: if better { 0.2 } else { 0.8 },
                reward: f64::from(u8::from((n / 5).is_multiple_of(every))),
            };
            let chance = Chance {
                offer: 1,
                probability: 1.0,
                propensity: 0.1,
                supported: true,
            };
            Turn {
                decision: DecisionId(n),
                customer: CustomerId(n),
                placement: 0,
                shown: vec![shown],
                tried: vec![vec![Position {
                    chances: vec![chance],
                    changed: true,
                    unsure: false,
                }]],
            }
        };
        (0..10_000).map(turn).collect()
    }

    #[test]
    fn every_estimator_sees_that_the_other_offer_earns_twice_as_much() {
        let turns = turns();
        let model = RewardModel::of(&turns);
        let found = evaluate(
            &observations(&turns, 0, &model),
            Terms {
                clip: None,
                seed: 1,
            },
        );
        for (estimate, tolerance) in [
            (found.ips, 0.001),
            (found.snips, 0.001),
            (found.direct, 0.008),
            (found.doubly_robust, 0.005),
        ] {
            assert!((estimate.value - 0.2).abs() < tolerance, "{estimate:?}");
        }
        assert!((found.recorded.value - 0.12).abs() < 0.001);
        assert!((found.effective - 2_000.0).abs() < 1e-6);
        assert_eq!(found.verdict.word, VerdictWord::Better);
    }

    #[test]
    fn an_empty_position_agrees_with_rules_that_show_nothing() {
        let turn = Turn {
            shown: vec![],
            tried: vec![vec![Position::default()]],
            ..turns().remove(0)
        };
        let seen = observations(&[turn], 0, &RewardModel::default());
        assert_eq!((seen.len(), seen[0].weight, seen[0].reward), (1, 1.0, 0.0));
        let turn = Turn {
            shown: vec![],
            ..turns().remove(0)
        };
        let seen = observations(&[turn], 0, &RewardModel::default());
        assert_eq!((seen[0].weight, seen[0].changed), (0.0, true));
    }

    #[test]
    fn a_later_position_weighs_what_came_before_it() {
        let mut turn = turns().remove(0);
        turn.shown.push(turn.shown[0]);
        turn.tried[0][0].chances[0].probability = 0.1;
        let again = turn.tried[0][0].clone();
        turn.tried[0].push(again);
        let seen = observations(&[turn], 0, &RewardModel::default());
        assert_eq!((seen[0].weight, seen[1].weight), (0.5, 0.25));
    }
}
