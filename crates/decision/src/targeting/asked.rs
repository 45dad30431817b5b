//! A request on its way: what is asked, and in which circumstances.

use std::collections::HashMap;
use std::sync::Arc;

use memory::criteria::AttributeValue;
use memory::{CustomerId, CustomerState};
use serde_json::{Map, Value};

use super::DecisionRequest;
use super::around::Around;
use super::control::JourneyRef;
use super::evidence::{Knowledge, Thought};
use super::pipeline::{Care, Question, consider};
use crate::cap::CapRoom;
use crate::catalog::Catalog;
use crate::customer_table::CustomerRows;
use crate::experiment::party::{Guest, Party};
use crate::offer::recall::Stopped;
use crate::placement::LARGEST_COUNT;

/// One request on its way.
pub(super) struct Asked<'a> {
    pub slots: Vec<(u16, usize)>,
    /// Whether the request itself says how many offers it wants.
    pub counted: bool,
    pub context: &'a Map<String, Value>,
    pub values: HashMap<String, AttributeValue>,
    pub language: Option<&'a str>,
    pub reference: Option<&'a str>,
    pub journey: Option<&'a JourneyRef>,
    pub waits: bool,
    /// Offers that may not be made now.
    pub stopped: Arc<Stopped>,
}

/// What a decision depends on besides customer and catalog.
pub(super) struct Moment<'a> {
    pub knowledge: &'a Knowledge,
    pub around: &'a Around,
    pub caps: &'a CapRoom,
    pub rows: &'a CustomerRows,
}

impl<'a> Asked<'a> {
    pub fn of(catalog: &Catalog, request: &'a DecisionRequest, stopped: Arc<Stopped>) -> Asked<'a> {
        let mut slots = Vec::with_capacity(request.placements.len());
        for key in &request.placements {
            if let Some(place) = catalog.placement_place(key) {
                let entry = &catalog.placements[usize::from(place)];
                let count = request.count.unwrap_or(entry.body.count).min(LARGEST_COUNT);
                slots.push((place, count as usize));
            }
        }
        Asked {
            slots,
            counted: request.count.is_some(),
            context: &request.context,
            values: values(&request.context),
            language: request.language.as_deref(),
            reference: None,
            journey: None,
            waits: false,
            stopped,
        }
    }

    pub fn consider(
        &self,
        catalog: &Catalog,
        customer: Option<CustomerId>,
        state: &CustomerState,
        moment: Moment<'_>,
    ) -> Thought {
        let Moment {
            knowledge, around, ..
        } = moment;
        let party = Party::of(
            catalog,
            &Guest {
                customer,
                state,
                context: &self.values,
                memberships: &around.memberships,
                now: around.now,
            },
        );
        let worths = &knowledge.worths;
        let worths = worths.in_decision(catalog, customer, around.now, around.thrifty);
        let considered = consider(&Question {
            catalog,
            learned: &knowledge.learned,
            customer,
            state,
            now: around.now,
            slots: &party.slots(catalog, &self.slots, self.counted),
            party: &party,
            group: party.group,
            worths,
            context: &self.values,
            language: self.language,
            caps: moment.caps,
            rows: moment.rows,
            care: Care {
                waits: self.waits,
                contended: around.contended,
                thrifty: around.thrifty,
                reference: self.reference,
                journey: self.journey,
                stopped: Some(&*self.stopped).filter(|stopped| stopped.any()),
            },
            memberships: &around.memberships,
            closed: &|channel| around.closed(customer, state, channel),
        });
        Thought {
            met: party.met(catalog, &considered),
            group: party.group,
            worths: worths.clone(),
            considered,
        }
    }
}

pub(crate) fn values(context: &Map<String, Value>) -> HashMap<String, AttributeValue> {
    let values = context.iter();
    values
        .filter_map(|(key, json)| Some((key.clone(), AttributeValue::from_json(json)?)))
        .collect()
}
