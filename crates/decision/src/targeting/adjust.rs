//! Adjusting: what circumstances and the department's tables make of candidates.

use super::arbitrate::Factors;
use super::pipeline::{Question, Run};
use crate::catalog::PlacementEntry;

/// What circumstances and tables make of a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Its place among the candidates.
    pub candidate: u16,
    /// How well it fits placement and circumstances.
    pub context_weight: f64,
    /// What marketers and their tables add or take away.
    pub lever: f64,
    /// Its rank among the offers assigned to the customer, from 1; 0 when it is not assigned.
    pub rank: u32,
}

impl Run<'_> {
    /// What circumstances and tables make of candidates.
    pub(super) fn adjust(&mut self, entry: &PlacementEntry, adjusted: &mut Vec<Adjusted>) {
        let Question {
            catalog, now, rows, ..
        } = *self.question;
        for rule in &entry.context_rules {
            if catalog
                .criteria
                .matches(rule.rule, &self.facts, now.0, &mut self.memo)
            {
                for candidate in &rule.candidates {
                    change(entry, adjusted, *candidate).context_weight *= rule.weight;
                }
            }
        }
        if rows.leaves_order() {
            return;
        }
        for (at, candidate) in entry.candidates.iter().enumerate() {
            if let Some(score) = rows.score(candidate.offer) {
                change(entry, adjusted, at as u16).lever *= score;
            }
            if let Some(rank) = rows.rank(candidate.offer) {
                change(entry, adjusted, at as u16).rank = rank;
            }
        }
    }
}

impl Adjusted {
    /// The factors of its candidate.
    pub fn factors(&self, factors: Factors) -> Factors {
        Factors {
            context_weight: self.context_weight,
            lever: self.lever,
            ..factors
        }
    }
}

/// The entry of a candidate among the adjusted ones.
fn change<'a>(
    entry: &PlacementEntry,
    adjusted: &'a mut Vec<Adjusted>,
    candidate: u16,
) -> &'a mut Adjusted {
    let known = adjusted
        .iter()
        .position(|changed| changed.candidate == candidate);
    let at = known.unwrap_or_else(|| {
        let factors = entry.candidates[usize::from(candidate)].factors;
        adjusted.push(Adjusted {
            candidate,
            context_weight: factors.context_weight,
            lever: factors.lever,
            rank: 0,
        });
        adjusted.len() - 1
    });
    &mut adjusted[at]
}
