//! Wishes: journeys ask for something to say, and wait for it.

use std::sync::Arc;

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use serde_json::{Map, Value};
use store::Timestamp;

use super::answer::{Contacts, made};
use super::asked::{Asked, values};
use super::control::JourneyRef;
use super::decider::Decided;
use super::{AnswerReason, Decider, Degradation};
use crate::offer::Creative;
use crate::{Channel, Error};

/// How often one without a deadline is made again.
const PATIENT_RETRIES: usize = 50;

/// What a journey wants to say at one placement.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// To whom.
    pub customer: CustomerId,
    /// Key of the placement; its channel is the channel.
    pub placement: String,
    /// What it is for, for example the journey's instance and step: asking again for the same
    /// gives the same contact as long as it stands.
    pub reference: String,
    /// The circumstances.
    pub context: Map<String, Value>,
    /// Language of the creative; the customer's when absent.
    pub language: Option<String>,
    /// The journey that asks.
    pub journey: Option<JourneyRef>,
}

/// What was decided for a [`Wish`].
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The customer (the root).
    pub customer_id: CustomerId,
    /// The record of the decision.
    pub decision_id: DecisionId,
    /// The offer to make; `None` when there is none, or the customer is in a control group.
    pub offer: Option<MadeOffer>,
    /// Why.
    pub reason: AnswerReason,
}

/// The offer that a decision chose, with its reserved contact.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeOffer {
    /// The contact, reserved until `expires_at`; present or release it.
    pub contact_id: ContactId,
    /// The short code that ties responses to it.
    pub treatment_code: String,
    /// Key of the offer.
    pub offer: String,
    /// Its version.
    pub version: i64,
    /// Which of its variants, when it has several.
    pub variant: Option<String>,
    /// The code or coupon that comes with it.
    pub code: Option<String>,
    /// Its category.
    pub category: String,
    /// The channel.
    pub channel: Channel,
    /// How it looks.
    pub creative: Arc<Creative>,
    /// Its attributes.
    pub attributes: Arc<Map<String, Value>>,
    /// When the reservation runs out.
    pub expires_at: Timestamp,
}

impl Decider {
    /// Decides for a journey, without a deadline; the reservation is written down on return.
    pub async fn decide_in_process(&self, wish: &Wish) -> Result<Made, Error> {
        let catalog = self.catalog();
        let place = catalog.placement_place(&wish.placement);
        let place = place.ok_or_else(|| Error::NoPlacement(wish.placement.clone()))?;
        let entry = &catalog.placements[usize::from(place)];
        let asked = Asked {
            slots: vec![(place, 1)],
            counted: true,
            context: &wish.context,
            values: values(&wish.context),
            language: wish.language.as_deref(),
            reference: Some(&wish.reference),
            journey: wish.journey.as_ref(),
            waits: true,
            stopped: self.stopped(),
        };
        let customer = self.memory().customer(wish.customer).await?;
        let customer = customer.ok_or(Error::NoCustomer(wish.customer))?;
        let settled = self.settle(
            &catalog,
            &asked,
            customer,
            Degradation::None,
            PATIENT_RETRIES,
        );
        let Decided {
            appended,
            considered,
            ..
        } = settled.await?;
        let mut contacts = Contacts::of(&appended);
        let (mut offer, mut reason) = match considered.first() {
            Some(place) => (made(&catalog, entry, place, &mut contacts), place.reason()),
            None => (None, AnswerReason::NothingEligible),
        };
        if let Some(made) = offer.take() {
            offer = self
                .made_with_code(&catalog, appended.customer_id, made)
                .await?;
            if offer.is_none() {
                reason = AnswerReason::NothingEligible;
            }
        }
        Ok(Made {
            customer_id: appended.customer_id,
            decision_id: contacts.decision,
            offer,
            reason,
        })
    }
}
