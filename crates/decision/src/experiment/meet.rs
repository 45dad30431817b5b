//! Meeting a variant outside of a decision: a journey that splits, a touchpoint that asks.

use std::collections::HashMap;

use awareness::experiment::{
    EXPOSURE, EXPOSURE_EXPERIMENT, EXPOSURE_PHASE, EXPOSURE_VARIANT, Phase, Subject,
};
use memory::customer::{CustomerFacts, Memberships};
use memory::event::wire::EventKind;
use memory::log::{Command, Entry, EventBody, NewRow};
use memory::{Customer, CustomerId};
use serde_json::{Value, json};
use store::{Random, Timestamp};

use super::ExperimentEntry;
use super::party::{Taken, deal};
use crate::catalog::Catalog;
use crate::{Decider, Error};

/// A variant that a customer has met.
#[derive(Debug, Clone, PartialEq)]
pub struct Met {
    /// Key of the variant.
    pub variant: String,
    /// What the variant gives a touchpoint; null when the experiment is on something else.
    pub value: Value,
    /// When in the experiment's life.
    pub phase: Phase,
}

impl Decider {
    /// The variant of an experiment that a customer gets, written down when it is met for the
    /// first time; `None` when they take no part or there is no such experiment in use.
    pub async fn meet(&self, id: CustomerId, experiment: &str) -> Result<Option<Met>, Error> {
        let catalog = self.catalog();
        let Some(place) = catalog.experiments.place(experiment) else {
            return Ok(None);
        };
        let customer = self.memory().customer(id).await?;
        let customer = customer.ok_or(Error::NoCustomer(id))?;
        let now = self.memory().db().now();
        let memberships = self.memory().memberships();
        let Some(taken) = alone(&catalog, place, &customer, &memberships, now) else {
            return Ok(None);
        };
        let entry = &catalog.experiments.entries[usize::from(place)];
        if let Some(row) = exposure(entry, &taken, now, self.memory().db().random())? {
            let command = Command {
                customer: customer.id,
                rows: vec![row],
                expect: None,
            };
            self.memory().append(command).await?;
        }
        let variant = &entry.body.variants[usize::from(taken.variant)];
        let value = match entry.body.subject {
            Subject::Touchpoint {} => variant.change.get("value").cloned(),
            Subject::Placement { .. }
            | Subject::Offer { .. }
            | Subject::Offers {}
            | Subject::Strategy { .. }
            | Subject::Journey { .. } => None,
        };
        Ok(Some(Met {
            variant: variant.key.clone(),
            value: value.unwrap_or_default(),
            phase: taken.phase,
        }))
    }
}

/// Deals a customer into one experiment only.
fn alone(
    catalog: &Catalog,
    place: u16,
    customer: &Customer,
    memberships: &Memberships,
    now: Timestamp,
) -> Option<Taken> {
    let entry = &catalog.experiments.entries[usize::from(place)];
    let context = HashMap::new();
    let facts = CustomerFacts::new(&customer.state, &context, &catalog.default_zone)
        .in_segments(memberships, customer.id);
    let mut memo = catalog.criteria.memo();
    let mut holds = |rule: usize| catalog.criteria.matches(rule, &facts, now.0, &mut memo);
    deal(place, entry, customer.id, now, &mut holds)
}

/// The row that says a customer has met a variant; `None` when it stands in the log already, or
/// when nothing is compared any more.
pub(crate) fn exposure(
    entry: &ExperimentEntry,
    taken: &Taken,
    now: Timestamp,
    random: &Random,
) -> Result<Option<NewRow>, Error> {
    let compared = taken.phase == Phase::Test || entry.body.holdout > 0.0;
    if taken.before || !compared {
        return Ok(None);
    }
    let variant = &entry.body.variants[usize::from(taken.variant)].key;
    let properties = json!({
        EXPOSURE_EXPERIMENT: entry.key,
        EXPOSURE_VARIANT: variant,
        EXPOSURE_PHASE: taken.phase.word(),
    });
    let body = EventBody::ours(random, EventKind::Track, EXPOSURE, &properties)?;
    Ok(Some(crate::targeting::record::row(now, Entry::Event(body))))
}
