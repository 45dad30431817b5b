//! Conflicts of caps: those that let nothing through, and those that are smaller than what one
//! acceptance takes of them.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use store::Timestamp;

use super::{Conflict, ConflictCode, Spent};
use crate::cap;
use crate::catalog::Catalog;

/// Caps that let nothing through; their places.
pub(super) fn caps(
    catalog: &Catalog,
    now: Timestamp,
    spent: &Spent,
    found: &mut Vec<Conflict>,
) -> HashSet<u16> {
    let mut closed = HashSet::new();
    for (place, cap) in catalog.caps.iter().enumerate() {
        let over = cap.body.ends_at.is_some_and(|end| end <= now);
        let nothing = cap.body.at_most == 0;
        let held = spent.caps.get(&cap.key).copied();
        if over || (!nothing && held.is_none()) {
            continue;
        }
        let held = held.unwrap_or(0);
        let counted = u16::try_from(place).ok();
        closed.extend(counted);
        let message = match (nothing, held) {
            (true, _) => "the cap allows nothing, so none of its offers is made".to_owned(),
            (false, 0) => {
                "the cap is used up for all time, so none of its offers is made".to_owned()
            }
            (false, held) => format!(
                "the cap is used up, so none of its offers is made; {held} of it is only promised \
                 and comes back if nobody takes it"
            ),
        };
        let at = (cap::KIND.name, cap.key.as_str(), "/at_most");
        let conflict = Conflict::new(ConflictCode::CapSpent, at, message);
        let remedy = match held {
            0 => "raise it, retire it, or retire its offers",
            _ => "wait for what is promised, raise it, retire it, or retire its offers",
        };
        let money = cap.body.measure == cap::Measure::Spend;
        let currency = counted
            .filter(|_| money)
            .and_then(|cap| currency(catalog, cap));
        let detail = json!({
            "at_most": cap.body.at_most,
            "held": held,
            "currency": currency,
        });
        found.push(conflict.remedy(remedy).detail(detail));
    }
    closed
}

/// The currency of what a cap counts.
fn currency(catalog: &Catalog, cap: u16) -> Option<&str> {
    let counts = |caps: &[(u16, i64)]| caps.iter().any(|(known, _)| *known == cap);
    let placements = catalog.placements.iter();
    let mut counted = placements.flat_map(|placement| {
        let pairs = placement.candidates.iter().zip(&placement.caps);
        pairs.filter(|(_, caps)| counts(caps))
    });
    let (candidate, _) = counted.next()?;
    let offer = &catalog.offers[usize::from(candidate.offer)];
    Some(&offer.body.currency)
}

/// Whether one contact takes more of a cap than it ever allows.
pub(super) fn beyond(catalog: &Catalog, cap: u16, amount: i64, now: Timestamp) -> bool {
    let body = &catalog.caps[usize::from(cap)].body;
    let over = body.ends_at.is_some_and(|end| end <= now);
    !over && body.takes_at_once() && amount > body.at_most
}

/// Offers of which one acceptance costs more than a cap ever allows, in every variant: where the cap
/// counts they are never made.
pub(super) fn below_cost(catalog: &Catalog, now: Timestamp, found: &mut Vec<Conflict>) {
    // The least that each offer takes of each cap.
    let mut least: BTreeMap<(u16, u16), i64> = BTreeMap::new();
    for placement in catalog.placements.iter().filter(|entry| !entry.changed) {
        for (candidate, caps) in placement.candidates.iter().zip(&placement.caps) {
            for (cap, amount) in caps {
                let known = least.entry((*cap, candidate.offer)).or_insert(*amount);
                *known = (*known).min(*amount);
            }
        }
    }
    for ((cap, offer), cost) in least {
        let entry = &catalog.caps[usize::from(cap)];
        let at_most = entry.body.at_most;
        if at_most == 0 || !beyond(catalog, cap, cost, now) {
            continue;
        }
        let offer = &catalog.offers[usize::from(offer)];
        let message = format!(
            "one acceptance of {} costs {cost}, and the cap allows {at_most}: it is never made",
            offer.key
        );
        let place = (cap::KIND.name, entry.key.as_str(), "/at_most");
        let detail = json!({
            "offer": offer.key,
            "cost": cost,
            "at_most": at_most,
            "currency": offer.body.currency,
        });
        let conflict = Conflict::new(ConflictCode::CapBelowCost, place, message);
        let remedy = "raise it, lower the cost of the offer, or do not name the offer";
        found.push(conflict.remedy(remedy).detail(detail));
    }
}
