//! Arbitration: puts one customer's eligible proposals in order.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use store::Timestamp;

use crate::learning::draw::Expected;

/// The factors of a priority, all of them kept in the record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Factors {
    /// Predicted probability that the customer accepts, 0 to 1.
    pub propensity: f64,
    /// How well the offer fits the placement.
    pub context_weight: f64,
    /// What an acceptance is worth.
    pub value_cents: i64,
    /// What marketers add or take away.
    pub lever: f64,
}

impl Factors {
    /// The priority: propensity × context weight × value × lever.
    pub fn priority(&self) -> f64 {
        self.propensity * self.weight()
    }

    /// What a priority is per acceptance: context weight × value × lever.
    pub fn weight(&self) -> f64 {
        self.context_weight * self.value_cents as f64 * self.lever
    }
}

/// An offer considered for one customer at one placement, and not ruled out.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its place among the candidates of the placement.
    pub candidate: u16,
    /// Its expected priority.
    pub priority: f64,
    /// The expected probability that the customer accepts.
    pub propensity: f64,
    /// What its draw is made of.
    pub expected: Expected,
    /// The probability of an acceptance as it was drawn last.
    pub drawn: f64,
    /// Its rank among the offers that a table assigns to the customer, from 1; 0 when none does.
    pub rank: u32,
    /// Whether the offer is promised to the customer at this moment, in whatever channel.
    pub held: bool,
    /// When the offer was last shown to the customer.
    pub shown_at: Option<Timestamp>,
}

/// Orders proposals by priority, highest first, after those that are assigned to the customer, by
/// their ranks.
///
/// Of equal ones an offer that is promised already comes first, so that every channel carries the
/// same; then the one shown longest ago (never shown first), so that a customer who returns often
/// does not always meet the same offer.
pub fn arbitrate(proposals: &mut [Proposal]) {
    // Keys are sorted and each proposal is moved once: it is many times as large.
    let keys = proposals.iter().enumerate().map(|(at, one)| {
        // Not assigned, which is rank 0, comes after every rank.
        let rank = one.rank.wrapping_sub(1);
        (rank, Descending(one.priority), !one.held, one.shown_at, at)
    });
    let mut order: Vec<_> = keys.collect();
    order.sort_unstable();
    for at in 0..order.len() {
        let (.., mut from) = order[at];
        // What stood there was moved to where it was exchanged with.
        while from < at {
            (.., from) = order[from];
        }
        proposals.swap(at, from);
    }
}

/// A number that is sorted from the highest down.
pub(super) struct Descending(pub f64);

impl Ord for Descending {
    fn cmp(&self, other: &Descending) -> Ordering {
        other.0.total_cmp(&self.0)
    }
}

impl PartialOrd for Descending {
    fn partial_cmp(&self, other: &Descending) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Descending {
    fn eq(&self, other: &Descending) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Descending {}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(candidate: u16, priority: f64, shown_at: Option<i64>) -> Proposal {
        Proposal {
            candidate,
            priority,
            propensity: 0.1,
            expected: Expected {
                mean: 0.0,
                spread: 0.0,
                weight: priority,
                salt: 0,
                held_back: false,
            },
            drawn: 0.1,
            rank: 0,
            held: false,
            shown_at: shown_at.map(Timestamp),
        }
    }

    fn ordered(mut proposals: Vec<Proposal>) -> Vec<u16> {
        arbitrate(&mut proposals);
        proposals.iter().map(|p| p.candidate).collect()
    }

    #[test]
    fn the_highest_priority_comes_first() {
        let proposals = vec![proposal(1, 2.0, None), proposal(2, 3.0, Some(5))];
        assert_eq!(ordered(proposals), [2, 1]);
    }

    #[test]
    fn a_tie_goes_to_the_offer_shown_longest_ago() {
        let proposals = vec![
            proposal(1, 1.0, Some(20)),
            proposal(2, 1.0, Some(10)),
            proposal(3, 1.0, None),
        ];
        assert_eq!(ordered(proposals), [3, 2, 1]);
    }

    #[test]
    fn of_equal_offers_the_promised_one_stays() {
        let held = Proposal {
            held: true,
            ..proposal(2, 1.0, Some(20))
        };
        assert_eq!(ordered(vec![proposal(1, 1.0, None), held]), [2, 1]);
        let held = Proposal {
            held: true,
            ..proposal(2, 0.9, Some(20))
        };
        assert_eq!(ordered(vec![proposal(1, 1.0, None), held]), [1, 2]);
    }

    #[test]
    fn what_is_assigned_comes_first_in_its_ranks() {
        let assigned = |candidate, rank| Proposal {
            rank,
            ..proposal(candidate, 0.1, None)
        };
        let proposals = vec![proposal(1, 9.0, None), assigned(2, 2), assigned(3, 1)];
        assert_eq!(ordered(proposals), [3, 2, 1]);
    }

    #[test]
    fn a_priority_is_the_product_of_its_factors() {
        let factors = Factors {
            propensity: 0.08,
            context_weight: 1.2,
            value_cents: 1_200,
            lever: 0.5,
        };
        assert!((factors.priority() - 57.6).abs() < 1e-9);
    }
}
