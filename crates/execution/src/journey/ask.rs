//! What a step asks the decision, and what it deliberately leaves unsaid.

use decision::targeting::{JourneyRef, Reservation, Wish};
use decision::{Channel, Decider};
use memory::CustomerId;

use super::engine::once_key;
use super::{Chosen, Instance, Journey};
use crate::Error;

/// How long a withheld message stands: asked again within it, it is noted once.
const WITHHELD_MS: i64 = 60 * 60_000;

/// A step of an instance that asks.
pub(super) struct Asked<'a> {
    pub instance: &'a Instance,
    pub journey: &'a Journey,
    pub step: &'a str,
}

impl Asked<'_> {
    fn journey_ref(&self) -> JourneyRef {
        JourneyRef {
            key: self.instance.journey.clone(),
            control_fraction: self.journey.control_fraction,
        }
    }

    /// Asks for an offer; asking again for the same visit of a step gives the same contact.
    pub async fn decide(
        &self,
        decider: &Decider,
        customer: CustomerId,
        placement: &str,
    ) -> Result<Option<Chosen>, Error> {
        let mut context = serde_json::Map::new();
        for (key, value) in self
            .instance
            .luggage
            .event
            .as_object()
            .into_iter()
            .flatten()
        {
            if !value.is_object() && !value.is_array() {
                context.insert(key.clone(), value.clone());
            }
        }
        let wish = Wish {
            customer,
            placement: placement.to_owned(),
            reference: once_key(self.instance, self.step),
            context,
            language: None,
            journey: Some(self.journey_ref()),
        };
        let made = decider.decide_in_process(&wish).await?;
        Ok(made.offer.map(|offer| Chosen {
            offer: offer.offer,
            version: offer.version,
            contact_id: offer.contact_id,
            decision_id: made.decision_id,
        }))
    }

    /// Whether the journey says nothing to this customer, for comparison; what it would have said
    /// is noted as a withheld contact.
    pub async fn withheld(
        &self,
        decider: &Decider,
        category: Option<String>,
        channel: &str,
    ) -> Result<bool, Error> {
        let (customer, journey) = (self.instance.customer_id, self.journey_ref());
        let Some(channel) = Channel::of_word(channel) else {
            return Ok(false);
        };
        if !journey.withholds_from(customer) {
            return Ok(false);
        }
        let wish = Reservation {
            customer,
            channel,
            category,
            purpose: "marketing".to_owned(),
            message: once_key(self.instance, self.step),
            reserve_ms: WITHHELD_MS,
            journey: Some(journey),
        };
        // Whether it is noted, or would not have been allowed anyway: nothing is sent.
        let _ = decider.reserve_contact(&wish).await?;
        Ok(true)
    }
}
