//! Choice: which of the proposals that are open rules would take at a position, and how likely,
//! given what was shown before it on the same page.
//!
//! Rules that learn draw their choices. How far draws strayed at that time is not in the record,
//! but the probability of what was drawn is: the spread that explains it is taken for the draws of
//! the tried rules too. So rules that weigh everything as before choose with the same probability
//! as before.

use std::collections::HashSet;

use memory::CustomerId;

use super::asked::CameOut;
use super::turn::{Chance, Keys, Position};
use crate::catalog::Catalog;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::learning::draw::{Expected, wins};
use crate::learning::gaussian::logit;
use crate::learning::settings::{Algorithm, Learning};
use crate::targeting::control::{UNIVERSAL, withheld};
use crate::targeting::evidence::Evidence;
use crate::targeting::pipeline::Considered;
use crate::targeting::reason::Reason;
use crate::targeting::stored::StoredPlacement;

/// Spreads beyond this are not looked for.
const WIDEST: f64 = 4.0;
/// Halvings while a spread is looked for: to a thousandth.
const HALVINGS: usize = 12;
/// Of so many proposals the chance is worked out, the most promising first; the others have hardly
/// any.
const WORKED_OUT: usize = 8;

/// The spread where the record does not tell.
const USUAL: f64 = 0.3;

/// How choices are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Drawing {
    /// Standard deviation of drawn log odds.
    pub spread: f64,
    /// Share of choices that are drawn evenly.
    pub floor: f64,
}

/// A proposal that rules put in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Number of the offer's key with its variant.
    pub key: u32,
    /// Number of the offer's key alone: an offer is said once, in whatever variant.
    pub whole: u32,
    /// Its place among the rules' offers.
    pub offer: u16,
    /// Its rank among the offers that tables assign to the customer; 0 when they do not.
    pub assigned: u32,
    /// What its priority is per acceptance.
    pub weight: f64,
    /// The chance of acceptance that was predicted.
    pub propensity: f64,
    /// Its place in the order of that time: of equal ones the earlier comes first, because that
    /// order knew what had been shown before.
    pub rank: usize,
    /// Whether it depends on rules that cannot be told from the record.
    pub unsure: bool,
}

impl Ranked {
    /// Its expected priority.
    pub fn priority(&self) -> f64 {
        self.propensity * self.weight
    }

    fn expected(&self, spread: f64) -> Expected {
        Expected {
            mean: logit(self.propensity),
            spread,
            weight: self.weight,
            salt: u64::from(self.key),
            held_back: false,
        }
    }
}

/// The chance of each proposal, in order of priority, to be drawn; those far behind have none.
fn chances(open: &[Ranked], drawing: Drawing) -> Vec<f64> {
    if open.first().is_some_and(|one| one.assigned > 0) {
        // What a table assigns is taken, and nothing is drawn.
        let mut chances = vec![0.0; open.len()];
        chances[0] = 1.0;
        return chances;
    }
    let floor = drawing.floor / open.len().max(1) as f64;
    let mut chances = vec![floor; open.len()];
    if drawing.spread <= 0.0 {
        chances
            .iter_mut()
            .take(1)
            .for_each(|chance| *chance += 1.0 - drawing.floor);
        return chances;
    }
    let expected: Vec<Expected> = open
        .iter()
        .map(|one| one.expected(drawing.spread))
        .collect();
    let worked_out: Vec<f64> = (0..open.len().min(WORKED_OUT))
        .map(|place| wins(&expected, place))
        .collect();
    let all: f64 = worked_out.iter().sum();
    for (chance, won) in chances.iter_mut().zip(worked_out) {
        *chance += (1.0 - drawing.floor) * won / all.max(f64::EPSILON);
    }
    chances
}

/// The spread by which a choice of this probability comes out.
fn spread(open: &[Ranked], place: usize, probability: f64, floor: f64) -> f64 {
    let at = |spread| chances(open, Drawing { spread, floor })[place];
    if place >= WORKED_OUT {
        return USUAL;
    }
    // The likeliest loses by a wider spread, the others win.
    let loses = place == 0;
    let (mut low, mut high) = (0.0, WIDEST);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if (at(middle) > probability) == loses {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// What is still open on a page, while its placements are filled with what was really shown.
pub struct Open<'a> {
    rules: &'a Catalog,
    record: &'a CatalogRecord,
    /// How the rules of that time learned, when that is known.
    learned_then: Option<&'a Learning>,
    /// What was known of acceptances' worth.
    evidence: &'a Evidence,
    customer: CustomerId,
    universal: bool,
    offers: HashSet<u32>,
    categories: HashSet<u16>,
}

impl<'a> Open<'a> {
    /// An empty page of some rules and a customer.
    pub fn new(
        rules: &'a Catalog,
        record: &'a CatalogRecord,
        learned_then: Option<&'a Learning>,
        evidence: &'a Evidence,
        customer: CustomerId,
    ) -> Open<'a> {
        let universal = rules.strategy.universal_control_fraction;
        Open {
            rules,
            record,
            learned_then,
            evidence,
            customer,
            universal: withheld(UNIVERSAL, customer, universal),
            offers: HashSet::new(),
            categories: HashSet::new(),
        }
    }

    /// What the rules choose at each position of a placement.
    pub fn positions(
        &mut self,
        place: &StoredPlacement,
        mut ranked: Vec<Ranked>,
        keys: &mut Keys,
    ) -> Vec<Position> {
        let known = place.of(self.record);
        let then = known.map_or_else(Vec::new, |known| self.then(place, known, keys));
        let mut shown: Vec<(u32, u32)> = vec![];
        for choice in &place.offers {
            let variant = known.and_then(|known| self.record.variant(known, choice.candidate));
            let key = keys.of_variant(&choice.offer, variant);
            shown.push((key, keys.number(&choice.offer)));
        }
        ranked.retain(|one| {
            let category = self.rules.offers[usize::from(one.offer)].category;
            !self.offers.contains(&one.whole) && !self.categories.contains(&category)
        });
        in_order(&mut ranked);
        let at = self.rules.placement_place(&place.placement);
        let wanted = at.map_or(0, |at| self.rules.placements[usize::from(at)].body.count);
        let open = place.wanted(wanted as usize).min(ranked.len());
        // Where all places were taken by what had been made before, there was no choice.
        let least = usize::from(place.honoured.is_empty());
        let count = open.max(shown.len()).max(least);
        let mut positions = Vec::with_capacity(count);
        for at in 0..count {
            let before = &shown[..at.min(shown.len())];
            let left = |one: &&Ranked| !before.iter().any(|(_, whole)| *whole == one.whole);
            let then: Vec<Ranked> = then.iter().filter(left).copied().collect();
            let open: Vec<Ranked> = ranked.iter().filter(left).copied().collect();
            let here = place
                .offers
                .get(at)
                .map(|choice| (shown[at].0, choice.probability()));
            positions.push(self.position(&open, &then, here));
        }
        self.offers.extend(shown.iter().map(|(_, whole)| whole));
        let taken = place
            .offers
            .iter()
            .filter_map(|one| self.rules.offer(&one.offer));
        self.categories.extend(taken.map(|entry| entry.category));
        positions
    }

    /// What was open at that time, as the rules of that time saw it.
    fn then(
        &self,
        place: &StoredPlacement,
        known: &PlacementRecord,
        keys: &mut Keys,
    ) -> Vec<Ranked> {
        let mut then = vec![];
        for (rank, candidate) in place.ranked.iter().enumerate() {
            let Some((offer, _)) = known.candidates.get(usize::from(*candidate)) else {
                continue;
            };
            let (factors, assigned) =
                place.factors_then(self.record, known, *candidate, self.evidence);
            let key = &self.record.offers[usize::from(*offer)].key;
            then.push(Ranked {
                key: keys.of_variant(key, self.record.variant(known, *candidate)),
                whole: keys.number(key),
                offer: *offer,
                assigned,
                weight: factors.weight(),
                propensity: factors.propensity,
                rank,
                unsure: false,
            });
        }
        in_order(&mut then);
        then
    }

    /// One position: what could be shown there, given what was shown before it.
    fn position(&self, open: &[Ranked], then: &[Ranked], here: Option<(u32, f64)>) -> Position {
        // Where the record shows nothing, nothing was preferred.
        let preferred_then = then.first().filter(|_| here.is_some()).map(|one| one.key);
        let drawing = self.drawing(then, here);
        let drawn_then = here.is_some_and(|(_, probability)| probability < 1.0);
        let mut position = Position {
            chances: vec![],
            changed: preferred_then != open.first().map(|one| one.key),
            unsure: open.first().is_some_and(|one| one.unsure),
        };
        for (one, probability) in open.iter().zip(chances(open, drawing)) {
            if probability <= 0.0 || self.in_control(one.offer) {
                continue;
            }
            let shown = here.is_some_and(|(key, _)| key == one.key);
            let was_open = then.iter().any(|known| known.key == one.key);
            position.chances.push(Chance {
                offer: one.key,
                probability,
                propensity: one.propensity,
                supported: shown || (drawn_then && was_open),
            });
        }
        position
    }

    /// How the rules would have drawn here.
    fn drawing(&self, then: &[Ranked], here: Option<(u32, f64)>) -> Drawing {
        let learning = &self.rules.strategy.learning;
        if learning.algorithm == Algorithm::Fixed {
            return Drawing::default();
        }
        let floor = learning.floor();
        let Some((shown, probability)) = here else {
            return Drawing { spread: 0.0, floor };
        };
        let Some(place) = then.iter().position(|one| one.key == shown) else {
            return Drawing { spread: 0.0, floor };
        };
        let floor_then = self.learned_then.map_or(floor, Learning::floor);
        let spread = match then[place].assigned {
            0 => spread(then, place, probability, floor_then),
            // It was not drawn, so the record tells nothing of draws.
            _ => USUAL,
        };
        let stronger = match self.learned_then {
            Some(then) if then.sampling > 0.0 => learning.sampling / then.sampling,
            _ => 1.0,
        };
        let spread = spread * stronger;
        Drawing { spread, floor }
    }

    fn in_control(&self, offer: u16) -> bool {
        let offer = &self.rules.offers[usize::from(offer)];
        let fraction = offer.body.control_fraction;
        self.universal || withheld(&offer.control_salt, self.customer, fraction)
    }
}

/// What is assigned first, then the highest priority; of equal ones the order of that time stands.
fn in_order(ranked: &mut [Ranked]) {
    let assigned = |one: &Ranked| match one.assigned {
        0 => u32::MAX,
        rank => rank,
    };
    ranked.sort_by(|a, b| {
        let by_priority = b.priority().total_cmp(&a.priority());
        let by_rank = by_priority.then(a.rank.cmp(&b.rank));
        assigned(a).cmp(&assigned(b)).then(by_rank)
    });
}

/// The proposals that nothing speaks against, with what was expected of them at that time.
pub(super) fn ranked(
    rules: &Catalog,
    came_out: &CameOut,
    considered: &Considered,
    place: &StoredPlacement,
    record: &CatalogRecord,
    keys: &mut Keys,
) -> Vec<Ranked> {
    let entry = &rules.placements[usize::from(considered.placement)];
    // What another placement of the page took stays open here: the page is filled with what was
    // really shown.
    let duplicates = considered.against.chunk_by(|(a, _), (b, _)| a == b);
    let duplicates = duplicates.filter(|reasons| {
        let mut all = reasons.iter();
        all.all(|(_, r)| matches!(r, Reason::DuplicateOffer | Reason::DuplicateCategory))
    });
    let open = considered.ranked.iter().copied();
    let candidates = open.chain(duplicates.map(|reasons| reasons[0].0));
    let expected_then = place.expected_by_offer(record);
    let ranked = candidates.enumerate().map(|(rank, at)| {
        let candidate = &entry.candidates[usize::from(at)];
        let key = &rules.offers[usize::from(candidate.offer)].key;
        let now = considered
            .propensities
            .iter()
            .find(|(known, _)| *known == at);
        let now = now.map_or(candidate.factors.propensity, |(_, propensity)| *propensity);
        let variant = rules.offers[usize::from(candidate.offer)].variant_key(candidate.variant);
        let then = expected_then.get(&(key.as_str(), variant));
        let (factors, assigned) = came_out.factors(rules, considered, at);
        Ranked {
            key: keys.of_variant(key, variant),
            whole: keys.number(key),
            offer: candidate.offer,
            assigned,
            weight: factors.weight(),
            propensity: then.copied().unwrap_or(now),
            rank,
            unsure: false,
        }
    });
    ranked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(key: u32, propensity: f64, weight: f64) -> Ranked {
        Ranked {
            key,
            whole: key,
            offer: 0,
            assigned: 0,
            weight,
            propensity,
            rank: key as usize,
            unsure: false,
        }
    }

    #[test]
    fn the_spread_that_explains_a_probability_is_found() {
        let open = [
            ranked(0, 0.1, 10.0),
            ranked(1, 0.08, 10.0),
            ranked(2, 0.05, 11.0),
        ];
        for place in 0..2 {
            for wanted in [0.2, 0.5] {
                let drawing = Drawing {
                    spread: wanted,
                    floor: 0.03,
                };
                let probability = chances(&open, drawing)[place];
                let found = spread(&open, place, probability, 0.03);
                assert!((found - wanted).abs() < 0.01, "{place} {wanted} {found}");
            }
        }
        let all: f64 = chances(
            &open,
            Drawing {
                spread: 0.4,
                floor: 0.02,
            },
        )
        .iter()
        .sum();
        assert!((all - 1.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_assigned_is_taken_whatever_its_priority() {
        let mut open = [ranked(0, 0.1, 10.0), ranked(1, 0.01, 1.0)];
        open[1].assigned = 1;
        in_order(&mut open);
        assert_eq!(open[0].key, 1);
        let drawing = Drawing {
            spread: 0.5,
            floor: 0.1,
        };
        assert_eq!(chances(&open, drawing), [1.0, 0.0]);
    }

    #[test]
    fn without_draws_the_first_is_taken_but_for_the_floor() {
        let open = [ranked(0, 0.1, 10.0), ranked(1, 0.08, 10.0)];
        assert_eq!(chances(&open, Drawing::default()), [1.0, 0.0]);
        let explored = Drawing {
            spread: 0.0,
            floor: 0.1,
        };
        let found = chances(&open, explored);
        assert!((found[0] - 0.95).abs() < 1e-9 && (found[1] - 0.05).abs() < 1e-9);
        assert!(chances(&[], explored).is_empty());
    }
}
