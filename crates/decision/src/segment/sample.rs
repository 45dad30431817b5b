//! A sample of customers, each with the reason.

use std::collections::HashMap;

use memory::criteria::batch;
use memory::criteria::{
    AttributeValue, Criteria, Explanation, Language, Slots, aggregates, explain,
};
use memory::customer::CustomerFacts;
use memory::customer::apply::measure;
use memory::{Customer, CustomerId};
use roaring::RoaringTreemap;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use crate::{Decider, Error};

/// Customers of a sample.
pub(super) const SAMPLE: usize = 20;

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
    at: Timestamp,
    language: Language,
) -> Result<Vec<SampledCustomer>, Error> {
    let memory = decider.memory();
    let catalog = decider.catalog();
    let memberships = memory.memberships();
    let context: HashMap<String, AttributeValue> = HashMap::new();
    let mut sample = vec![];
    let mut known = memory.customers(&some(customers)).await?;
    look_back(decider, rule, &mut known).await?;
    for customer in &known {
        let facts = CustomerFacts::new(&customer.state, &context, &catalog.default_zone)
            .in_segments(&memberships, customer.id);
        sample.push(SampledCustomer {
            customer_id: customer.id,
            label: customer.state.label(),
            reason: explain(rule, &facts, at.0, language),
        });
    }
    Ok(sample)
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
        let state = std::sync::Arc::make_mut(&mut customer.state);
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
