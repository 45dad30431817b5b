//! A request on its way: what is asked, and in which circumstances.

use std::collections::HashMap;
use std::sync::Arc;

use memory::criteria::AttributeValue;
use memory::{CustomerId, CustomerState};
use serde_json::{Map, Value};

use super::DecisionRequest;
use super::around::Around;
use super::pipeline::{Care, Considered, Question, consider};
use crate::cap::CapRoom;
use crate::catalog::Catalog;
use crate::customer_table::CustomerRows;
use crate::learning::Learned;
use crate::offer::recall::Stopped;
use crate::placement::LARGEST_COUNT;

/// One request on its way.
pub(super) struct Asked<'a> {
    pub slots: Vec<(u16, usize)>,
    pub context: &'a Map<String, Value>,
    pub values: HashMap<String, AttributeValue>,
    pub language: Option<&'a str>,
    pub reference: Option<&'a str>,
    pub waits: bool,
    pub stopped: Arc<Stopped>,
}

/// What a decision depends on besides customer and catalog.
pub(super) struct Moment<'a> {
    pub learned: &'a Learned,
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
            context: &request.context,
            values: values(&request.context),
            language: request.language.as_deref(),
            reference: None,
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
    ) -> Vec<Considered> {
        let around = moment.around;
        consider(&Question {
            catalog,
            learned: moment.learned,
            customer,
            state,
            now: moment.around.now,
            slots: &self.slots,
            context: &self.values,
            language: self.language,
            caps: moment.caps,
            rows: moment.rows,
            care: Care {
                waits: self.waits,
                contended: moment.around.contended,
                reference: self.reference,
                stopped: Some(&*self.stopped).filter(|stopped| stopped.any()),
            },
            memberships: &around.memberships,
            closed: &|channel| around.closed(customer, state, channel),
        })
    }
}

pub(crate) fn values(context: &Map<String, Value>) -> HashMap<String, AttributeValue> {
    let values = context.iter();
    values
        .filter_map(|(key, json)| Some((key.clone(), AttributeValue::from_json(json)?)))
        .collect()
}
