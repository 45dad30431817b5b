//! A sample of customers, each with the reason.

use std::collections::HashMap;
use std::sync::Arc;

use memory::criteria::batch;
use memory::criteria::{
    AttributeValue, Criteria, Explanation, Language, Slots, aggregates, explain,
};
use memory::customer::CustomerFacts;
use memory::customer::apply::{apply, measure};
use memory::{Customer, CustomerId, CustomerState, Memory};
use roaring::RoaringTreemap;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::count::Moment;
use crate::{Decider, Error};

/// Customers of a sample.
pub(super) const SAMPLE: usize = 20;
/// Rows for each customer that an explanation of the past looks at, the newest.
const HISTORY: i64 = 20_000;

/// One customer of a sample.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SampledCustomer {
    /// The customer.
    pub customer_id: CustomerId,
    /// How we call them; empty for whoever may not see personal data.
    pub label: String,
    /// Why they satisfy the rule, part by part.
    pub reason: Explanation,
}

/// Some of these customers, the same ones every time, spread over all of them.
fn some(customers: &RoaringTreemap) -> Vec<CustomerId> {
    let count = customers.len();
    let step = (count / SAMPLE as u64).max(1);
    (0..count)
        .step_by(usize::try_from(step).unwrap_or(1))
        .take(SAMPLE)
        .filter_map(|rank| customers.select(rank))
        .map(CustomerId)
        .collect()
}

/// Explains some of the customers of a rule as of a moment.
pub(super) async fn explained(
    decider: &Decider,
    rule: &Criteria,
    customers: &RoaringTreemap,
    moment: Moment,
    language: Language,
) -> Result<Vec<SampledCustomer>, Error> {
    let memory = decider.memory();
    let catalog = decider.catalog();
    let memberships = memory.memberships();
    let context: HashMap<String, AttributeValue> = HashMap::new();
    let mut sample = vec![];
    let mut known = memory.customers(&some(customers)).await?;
    let labels: Vec<String> = known.iter().map(|one| one.state.label()).collect();
    let at = match moment {
        Moment::Now => {
            look_back(decider, rule, &mut known).await?;
            memory.db().now()
        }
        Moment::Past(at) => {
            take_back(memory, &mut known, rule, at).await?;
            at
        }
    };
    for (customer, label) in known.iter().zip(labels) {
        let facts = CustomerFacts::new(&customer.state, &context, &catalog.default_zone)
            .in_segments(&memberships, customer.id);
        sample.push(SampledCustomer {
            customer_id: customer.id,
            label,
            reason: explain(rule, &facts, at.0, language),
        });
    }
    Ok(sample)
}

/// Takes customers back to what had happened and been said by a moment; who they are together
/// with, and their zone, stay as of today, as in counting.
async fn take_back(
    memory: &Memory,
    customers: &mut [Customer],
    rule: &Criteria,
    at: Timestamp,
) -> Result<(), Error> {
    let slots = Slots::new(aggregates(rule));
    let (mut places, mut states) = (HashMap::new(), vec![]);
    for (place, customer) in customers.iter().enumerate() {
        let members = customer.state.members.iter().copied();
        places.extend(members.chain([customer.id]).map(|leaf| (leaf, place)));
        states.push(CustomerState {
            members: customer.state.members.clone(),
            ..CustomerState::default()
        });
    }
    let leaves: Vec<CustomerId> = places.keys().copied().collect();
    let most = HISTORY * customers.len() as i64;
    let rows = memory.lake().older(&leaves, u64::MAX, most).await?;
    for row in rows.iter().rev().filter(|row| row.occurred_at <= at) {
        if let Some(place) = places.get(&row.customer_id) {
            apply(&mut states[*place], row, &slots);
        }
    }
    for (customer, mut state) in customers.iter_mut().zip(states) {
        state.zone.clone_from(&customer.state.zone);
        customer.state = Arc::new(state);
    }
    Ok(())
}

/// Fills what a rule looks back on and no published one does.
async fn look_back(
    decider: &Decider,
    rule: &Criteria,
    customers: &mut [Customer],
) -> Result<(), Error> {
    let memory = decider.memory();
    let lookout = memory.lookout();
    let missing = aggregates(rule).into_iter().filter(|spec| {
        let known = lookout.slots.get(spec.id);
        known.is_none_or(|known| !known.keep.covers(spec.keep))
    });
    let slots = Slots::new(missing);
    let names: Vec<&str> = slots
        .iter()
        .map(|spec| spec.pattern.event.as_str())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
    let view = memory.lake().view().await?;
    let events = batch::events_of(&view, &ids, &names).await?;
    for customer in customers {
        let state = Arc::make_mut(&mut customer.state);
        for spec in slots.iter() {
            state.matches.remove(&spec.id);
        }
        for (id, at, body) in &events {
            if *id == customer.id {
                measure(state, body, *at, &slots);
            }
        }
    }
    Ok(())
}
