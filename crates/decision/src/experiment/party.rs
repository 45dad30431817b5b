//! The party of one request: which experiments this customer takes part in, with which variant.

use std::collections::HashMap;

use awareness::experiment::{Phase, Subject};
use memory::criteria::AttributeValue;
use memory::customer::{CustomerFacts, Memberships};
use memory::{CustomerId, CustomerState};
use serde_json::Value;
use store::Timestamp;

use super::{ExperimentEntry, change_in};
use crate::catalog::Catalog;
use crate::targeting::pipeline::{Choice, Considered};
use crate::targeting::reason::Reason;
use crate::worth::group_of;

/// One experiment that a customer takes part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The experiment's place.
    pub experiment: u16,
    /// The variant's place.
    pub variant: u16,
    /// The phase.
    pub phase: Phase,
    /// Whether the customer has met it before.
    pub before: bool,
}

/// Everything that a customer takes part in, and the group they belong to.
#[derive(Debug, Clone, Default)]
pub struct Party {
    /// What they take part in, in the order of the experiments.
    pub taken: Vec<Taken>,
    /// The place of the customer's group.
    pub group: usize,
}

/// Whom a party is made for, and when.
pub struct Guest<'a> {
    /// The customer; nobody takes part without being known.
    pub customer: Option<CustomerId>,
    /// What we know of them.
    pub state: &'a CustomerState,
    /// The circumstances of the request.
    pub context: &'a HashMap<String, AttributeValue>,
    /// Members of segments that no rule on the customer tells.
    pub memberships: &'a Memberships,
    /// The moment.
    pub now: Timestamp,
}

impl Party {
    /// Deals a customer into every running experiment that has a place for them.
    pub fn of(catalog: &Catalog, guest: &Guest<'_>) -> Party {
        let mut party = Party {
            group: catalog.groups.len(),
            ..Party::default()
        };
        let experiments = &catalog.experiments;
        if experiments.entries.is_empty() && catalog.groups.is_empty() {
            return party;
        }
        let facts = CustomerFacts::new(guest.state, guest.context, &catalog.default_zone);
        let facts = match guest.customer {
            Some(root) => facts.in_segments(guest.memberships, root),
            None => facts,
        };
        let mut memo = catalog.criteria.memo();
        party.group = group_of(catalog, &mut |rule| {
            catalog
                .criteria
                .matches(rule, &facts, guest.now.0, &mut memo)
        });
        let Some(customer) = guest.customer else {
            return party;
        };
        for (place, entry) in experiments.entries.iter().enumerate() {
            let mut holds = |rule: usize| {
                catalog
                    .criteria
                    .matches(rule, &facts, guest.now.0, &mut memo)
            };
            if party.has(catalog, entry) {
                continue;
            }
            if let Some(taken) = deal(place as u16, entry, customer, guest.now, &mut holds) {
                party.taken.push(taken);
            }
        }
        party
    }

    /// Whether the customer is in another experiment of the same group, or on the same thing.
    fn has(&self, catalog: &Catalog, entry: &ExperimentEntry) -> bool {
        self.taken.iter().any(|taken| {
            let other = &catalog.experiments.entries[usize::from(taken.experiment)];
            let grouped = match (&entry.body.exclusion, &other.body.exclusion) {
                (Some(one), Some(another)) => one.group == another.group,
                (_, None) | (None, _) => false,
            };
            let apart = matches!(
                entry.body.subject,
                Subject::Offers {} | Subject::Touchpoint {}
            );
            grouped || (!apart && other.body.subject == entry.body.subject)
        })
    }

    /// Places and counts of a request as the party's variants change them. `counted` says that
    /// the request itself asks for a number of offers.
    pub fn slots(
        &self,
        catalog: &Catalog,
        slots: &[(u16, usize)],
        counted: bool,
    ) -> Vec<(u16, usize)> {
        let mut changed = slots.to_vec();
        if self.taken.is_empty() {
            return changed;
        }
        for (place, count) in &mut changed {
            let of_strategy = self.variant_of(catalog, *place, true);
            let own = self.variant_of(catalog, *place, false);
            let key = (*place, of_strategy, own);
            if let Some(entry) = catalog.experiments.changed.get(&key) {
                *place = *entry;
                if !counted {
                    *count = catalog.placements[usize::from(*entry)].body.count as usize;
                }
            }
        }
        changed
    }

    /// Experiment and variant that change a placement, by its strategy or by itself.
    fn variant_of(&self, catalog: &Catalog, place: u16, of_strategy: bool) -> Option<(u16, u16)> {
        let taken = self.taken.iter().find(|taken| {
            let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
            concerns(catalog, entry, place) == Some(of_strategy)
        })?;
        let body = &catalog.experiments.entries[usize::from(taken.experiment)].body;
        let changes = change_in(body, usize::from(taken.variant), taken.phase).is_some();
        changes.then_some((taken.experiment, taken.variant))
    }

    /// What speaks against an offer: the customer's variant does not show it.
    pub fn against(&self, catalog: &Catalog, offer: u16) -> Option<Reason> {
        let against = self.taken.iter().find(|taken| {
            let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
            let shown = entry.offers.get(usize::from(taken.variant));
            entry.contested.contains(&offer) && shown.is_some_and(|list| !list.contains(&offer))
        });
        against.map(|taken| Reason::Experiment(taken.experiment))
    }

    /// The experiment that says which variant of an offer the customer gets, and that variant's
    /// place; `None` when the offer chooses by itself.
    pub fn variant_of_offer(&self, catalog: &Catalog, offer: u16) -> Option<(u16, u16)> {
        let body = &catalog.offers[usize::from(offer)];
        let taken = self.taken.iter().find(|taken| {
            let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
            matches!(&entry.body.subject, Subject::Offer { key } if *key == body.key)
        })?;
        let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
        let change = &entry.body.variants[usize::from(taken.variant)].change;
        let key = change.get("variant").and_then(Value::as_str);
        let place = u16::try_from(body.body.variant_place(key)?).ok()?;
        Some((taken.experiment, place))
    }

    /// Whether a placement shows an offer in the variant that was dealt. What stands from before
    /// may be another one: then the customer has met nothing yet.
    fn shows(&self, catalog: &Catalog, place: &Considered, key: &str) -> bool {
        let shown = |choice: &Choice| {
            let dealt = self.variant_of_offer(catalog, choice.offer);
            let other = dealt.is_some_and(|(_, variant)| choice.variant != Some(variant));
            choice.control.is_none()
                && catalog.offers[usize::from(choice.offer)].key == key
                && !(other && choice.standing.is_some())
        };
        place.chosen.iter().any(shown)
    }

    /// What the customer meets by this decision: variants that made, or could have made, a
    /// difference to it. Both sides of a comparison meet under the same circumstances.
    pub fn met(&self, catalog: &Catalog, considered: &[Considered]) -> Vec<Taken> {
        let meets = |taken: &&Taken| {
            let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
            // After a roll-out without a holdout there is nothing left to compare.
            let compared = taken.phase == Phase::Test || entry.body.holdout > 0.0;
            compared
                && considered.iter().any(|place| match &entry.body.subject {
                    Subject::Placement { .. } | Subject::Strategy { .. } => {
                        concerns(catalog, entry, place.placement).is_some()
                    }
                    Subject::Offer { key } => self.shows(catalog, place, key),
                    Subject::Offers {} => contested(catalog, taken.experiment, place),
                    Subject::Journey { .. } | Subject::Touchpoint {} => false,
                })
        };
        self.taken.iter().filter(meets).copied().collect()
    }
}

/// Whether an experiment is about a placement (false) or its strategy (true); `None`: neither.
fn concerns(catalog: &Catalog, entry: &ExperimentEntry, place: u16) -> Option<bool> {
    let placement = &catalog.placements[usize::from(place)];
    match &entry.body.subject {
        Subject::Placement { key } => (placement.key == *key).then_some(false),
        Subject::Strategy { key } => {
            (catalog.strategy_of(placement) == Some(key.as_str())).then_some(true)
        }
        Subject::Offer { .. }
        | Subject::Offers {}
        | Subject::Journey { .. }
        | Subject::Touchpoint {} => None,
    }
}

/// Whether one of the offers that variants differ in could have been shown: nothing but the
/// experiment speaks against it.
fn contested(catalog: &Catalog, experiment: u16, place: &Considered) -> bool {
    let entry = &catalog.experiments.entries[usize::from(experiment)];
    let candidates = &catalog.placements[usize::from(place.placement)].candidates;
    let offer = |candidate: &u16| candidates[usize::from(*candidate)].offer;
    if place
        .ranked
        .iter()
        .any(|candidate| entry.contested.contains(&offer(candidate)))
    {
        return true;
    }
    let ruled_out = place
        .against
        .iter()
        .filter(|(_, reason)| matches!(reason, Reason::Experiment(other) if *other == experiment));
    let alone = |candidate: u16| {
        place
            .against
            .iter()
            .filter(|(other, _)| *other == candidate)
            .count()
            == 1
    };
    ruled_out.map(|(candidate, _)| *candidate).any(alone)
}

/// Deals a customer into one experiment.
pub(super) fn deal(
    place: u16,
    entry: &ExperimentEntry,
    customer: CustomerId,
    now: Timestamp,
    holds: &mut dyn FnMut(usize) -> bool,
) -> Option<Taken> {
    let phase = entry.body.phase(now)?;
    let which = match phase {
        Phase::Test => 0,
        Phase::Holdout => 1,
    };
    // What was met once stays, whatever became of shares, audience or the customer's id.
    let known = entry
        .met
        .iter()
        .position(|rules| rules[which].is_some_and(&mut *holds));
    if let Some(variant) = known {
        return Some(Taken {
            experiment: place,
            variant: variant as u16,
            phase,
            before: true,
        });
    }
    // In a roll-out everybody gets the winner, also those who took no part in the test.
    let everybody = phase == Phase::Holdout && !entry.body.subject.in_definition();
    let audience = entry.audience.is_none_or(&mut *holds);
    if !audience || !(everybody || entry.salts.takes_part(&entry.body, customer)) {
        return None;
    }
    let variant = entry.salts.in_phase(&entry.body, customer, phase);
    Some(Taken {
        experiment: place,
        variant: variant as u16,
        phase,
        before: false,
    })
}
