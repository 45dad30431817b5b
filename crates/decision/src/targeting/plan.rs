//! The plan of a page: which placement says what, so that the page is worth most.
//!
//! Made on what is expected of every proposal, before anything is drawn: a category that several
//! placements want belongs to one of them, and where limits allow less than there are places, the
//! least is left out. Within its own part each placement then draws by itself, so the probability
//! of every choice stays exactly known.

use super::arbitrate::Proposal;
use super::choose::stands;
use super::page::{self, Slot, Stand};
use super::pipeline::{Place, Run};

/// What an assigned offer is worth beyond its priority, so that no page leaves it out for others.
const ASSIGNED: f64 = 1e12;

/// Which placement of a page says what.
pub(super) struct Plan {
    /// How many offers each placement shows.
    counts: Vec<usize>,
    /// Planned offers and their categories, with the places of the placements; empty when there is
    /// one placement, which nothing can be taken from.
    offers: Vec<(u16, usize)>,
    categories: Vec<(u16, usize)>,
}

impl Plan {
    /// How many offers a placement shows.
    pub fn count(&self, at: usize) -> usize {
        self.counts[at]
    }

    /// Whether nothing can be taken from other placements.
    pub fn alone(&self) -> bool {
        self.offers.is_empty() && self.categories.is_empty()
    }

    /// Whether another placement is going to say the offer.
    pub fn offer_elsewhere(&self, at: usize, offer: u16) -> bool {
        self.offers
            .iter()
            .any(|(known, slot)| *known == offer && *slot != at)
    }

    /// Whether another placement is going to say the category.
    pub fn category_elsewhere(&self, at: usize, category: u16) -> bool {
        self.categories
            .iter()
            .any(|(known, slot)| *known == category && *slot != at)
    }
}

impl Run<'_> {
    /// Plans the page.
    pub(super) fn plan(&self, places: &[Place<'_>]) -> Plan {
        let mut plan = Plan {
            counts: places.iter().map(|place| place.count).collect(),
            offers: vec![],
            categories: vec![],
        };
        if places.len() < 2 {
            return plan;
        }
        let catalog = self.question.catalog;
        let of_policies = (0..catalog.limits.len()).map(|limit| i64::from(self.room.left(limit)));
        let left: Vec<i64> = of_policies.chain(self.caps_left.iter().copied()).collect();
        let slots: Vec<(Slot, Vec<usize>)> = places.iter().map(|place| self.slot(place)).collect();
        let bare: Vec<Slot> = slots.iter().map(|(slot, _)| slot.clone()).collect();
        let page = page::choose(&bare, &left);
        if !page.exact {
            metrics::counter!("rapport_pages_not_exact_total").increment(1);
        }
        for (at, picks) in page.picks.iter().enumerate() {
            let place = &places[at];
            // Fewer than wanted although there are more: the page has no room for them.
            plan.counts[at] = picks.len();
            for pick in picks {
                let candidate = place.proposals[slots[at].1[*pick]].candidate;
                let offer = place.entry.candidates[usize::from(candidate)].offer;
                plan.offers.push((offer, at));
                plan.categories
                    .push((slots[at].0.options[*pick].category, at));
            }
        }
        plan
    }

    /// What may stand at a placement, and which proposals that is: of an offer's variants the
    /// best, because an offer is said once.
    fn slot(&self, place: &Place<'_>) -> (Slot, Vec<usize>) {
        let offer_of =
            |proposal: &Proposal| place.entry.candidates[usize::from(proposal.candidate)].offer;
        let (mut offers, mut proposals, mut options) = (vec![], vec![], vec![]);
        for (at, proposal) in place.proposals.iter().enumerate() {
            let offer = offer_of(proposal);
            if !offers.contains(&offer) {
                offers.push(offer);
                proposals.push(at);
                options.push(self.stand(place, proposal));
            }
        }
        let count = place.count;
        (Slot { count, options }, proposals)
    }

    fn stand(&self, place: &Place<'_>, proposal: &Proposal) -> Stand {
        let catalog = self.question.catalog;
        let candidate = &place.entry.candidates[usize::from(proposal.candidate)];
        let offer = candidate.offer;
        let category = catalog.offers[usize::from(offer)].category;
        let assigned = match proposal.rank {
            0 => 0.0,
            rank => ASSIGNED / f64::from(rank),
        };
        let control = self.control(offer);
        // What stands already uses up nothing more, nor does what is withheld.
        let new = control.is_none() && stands(&place.standing, candidate, control).is_none();
        let mut uses: Vec<(usize, i64)> = vec![];
        if new {
            let limits = place.entry.limits[usize::from(category)].iter();
            uses.extend(limits.map(|limit| (usize::from(*limit), 1)));
            for (cap, amount) in &place.entry.caps[usize::from(proposal.candidate)] {
                if catalog.caps[usize::from(*cap)].body.takes_at_once() {
                    uses.push((catalog.limits.len() + usize::from(*cap), *amount));
                }
            }
        }
        Stand {
            category,
            worth: proposal.priority + assigned,
            uses,
        }
    }
}
