//! Contacts without an offer: a message asks whether the contact policy still allows it, and
//! reserves its place; and what becomes of reserved contacts.

use memory::CustomerId;
use memory::CustomerState;
use memory::interaction::{Contact, ContactId, ContactMark, ContactStatus};
use memory::log::{Command, ContactMoved, Entry};
use store::Timestamp;

use super::Decider;
use super::control::{ControlGroup, JourneyRef, UNIVERSAL, withheld};
use super::pipeline::{MARKETING, no_consent, zone_of};
use super::reason::{Reason, ReasonText};
use super::record::row;
use crate::catalog::Catalog;
use crate::policy::limits::Room;
use crate::{Channel, Error};

/// How often a reservation is tried again when the customer's contacts moved meanwhile.
const RETRIES: usize = 50;

/// A contact that a message wants to make.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservation {
    /// With whom.
    pub customer: CustomerId,
    /// In which channel.
    pub channel: Channel,
    /// Its category, for limits that concern categories.
    pub category: Option<String>,
    /// `marketing`, or `service`, which is neither limited nor quiet and does not count.
    pub purpose: String,
    /// The message: asking again for the same one gives the same contact as long as it stands.
    pub message: String,
    /// How long the contact is reserved.
    pub reserve_ms: i64,
    /// The journey that wants it.
    pub journey: Option<JourneyRef>,
}

/// Why a message must not be sent, now or at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Every reason.
    pub reasons: Vec<ReasonText>,
    /// When to ask again, if quiet hours are the only reason.
    pub until: Option<Timestamp>,
}

impl Decider {
    /// Reserves a contact for a message without an offer, if consent and contact policy allow it.
    pub async fn reserve_contact(
        &self,
        wish: &Reservation,
    ) -> Result<Result<ContactId, Refused>, Error> {
        let catalog = self.catalog();
        let memory = self.memory();
        for _ in 0..RETRIES {
            let customer = memory.customer(wish.customer).await?;
            let customer = customer.ok_or(Error::NoCustomer(wish.customer))?;
            let now = memory.db().now();
            if let Some(mark) = standing(&customer.state, wish, now) {
                return Ok(if mark.control {
                    Err(refused(&catalog, &[Reason::ControlGroup]))
                } else {
                    Ok(mark.contact_id)
                });
            }
            let mut reasons = against(&catalog, &customer.state, wish, now);
            let (channel, purpose) = (wish.channel.word(), wish.purpose.as_str());
            let suppressions = self.suppressions();
            let listed = suppressions.listed(customer.id, &customer.state, channel, purpose, now);
            reasons.extend(listed.map(|_| Reason::Suppressed));
            let control = control(&catalog, customer.id, wish);
            if control.is_some() {
                // What is withheld disturbs nobody's sleep.
                reasons.retain(|reason| !matches!(reason, Reason::Quiet(_)));
            }
            if !reasons.is_empty() {
                return Ok(Err(refused(&catalog, &reasons)));
            }
            let command = Command {
                customer: customer.id,
                rows: vec![row(now, Entry::Contact(contact(wish, control, now)))],
                expect: Some(customer.state.contact_version),
            };
            drop(customer);
            match memory.append(command).await {
                Ok(_) if control.is_some() => {
                    return Ok(Err(refused(&catalog, &[Reason::ControlGroup])));
                }
                Ok(appended) => {
                    let seq = appended.seqs.first().copied().unwrap_or_default();
                    return Ok(Ok(ContactId(seq)));
                }
                Err(memory::Error::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended(wish.customer))
    }

    /// When a channel's quiet hours end for a customer; `None` when they may be contacted now.
    pub async fn quiet_until(
        &self,
        customer: CustomerId,
        channel: Channel,
    ) -> Result<Option<Timestamp>, Error> {
        let found = self.memory().customer(customer).await?;
        let found = found.ok_or(Error::NoCustomer(customer))?;
        let now = self.memory().db().now();
        Ok(quiet_until(&self.catalog(), &found.state, channel, now))
    }

    /// Notes that a reserved contact was presented: sent, shown, spoken.
    pub async fn present(&self, customer: CustomerId, contact: ContactId) -> Result<(), Error> {
        self.move_contact(customer, contact, ContactStatus::Presented, None)
            .await
    }

    /// Notes that a reserved contact will not happen; it counts no more.
    pub async fn release(
        &self,
        customer: CustomerId,
        contact: ContactId,
        reason: &str,
    ) -> Result<(), Error> {
        let status = ContactStatus::Released;
        self.move_contact(customer, contact, status, Some(reason.to_owned()))
            .await
    }

    async fn move_contact(
        &self,
        customer: CustomerId,
        contact_id: ContactId,
        status: ContactStatus,
        reason: Option<String>,
    ) -> Result<(), Error> {
        let entry = Entry::ContactMoved(ContactMoved {
            contact_id,
            status,
            reason,
        });
        self.memory().append_one(customer, entry).await?;
        Ok(())
    }
}

/// The contact that stands for the message already.
fn standing<'a>(
    state: &'a CustomerState,
    wish: &Reservation,
    now: Timestamp,
) -> Option<&'a ContactMark> {
    let same = |mark: &&ContactMark| mark.message.as_deref() == Some(wish.message.as_str());
    let stands = |mark: &&ContactMark| match mark.status {
        ContactStatus::Presented => true,
        ContactStatus::Reserved => mark.expires_at.is_none_or(|end| now < end),
        ContactStatus::Released => false,
    };
    state.contacts.iter().rev().filter(same).find(stands)
}

fn against(
    catalog: &Catalog,
    state: &CustomerState,
    wish: &Reservation,
    now: Timestamp,
) -> Vec<Reason> {
    let consent = no_consent(state, wish.channel, &wish.purpose, now);
    let mut reasons: Vec<Reason> = consent.into_iter().collect();
    if wish.purpose != MARKETING {
        return reasons;
    }
    let zone = zone_of(state, &catalog.default_zone);
    let room = Room::of(&catalog.limits, state, now, &zone);
    for (place, limit) in catalog.limits.iter().enumerate() {
        let concerns = limit.concerns(wish.channel.word(), wish.category.as_deref());
        if concerns && !room.allows(place) {
            reasons.push(Reason::Limit(u16::try_from(place).unwrap_or(u16::MAX)));
        }
    }
    reasons.extend(quiet_until(catalog, state, wish.channel, now).map(Reason::Quiet));
    reasons
}

fn quiet_until(
    catalog: &Catalog,
    state: &CustomerState,
    channel: Channel,
    now: Timestamp,
) -> Option<Timestamp> {
    let zone = zone_of(state, &catalog.default_zone);
    let ends = catalog
        .quiet
        .iter()
        .map(|quiet| quiet.until(channel, now, &zone));
    ends.max().flatten()
}

/// The control group that a customer is in for a message.
fn control(catalog: &Catalog, id: CustomerId, wish: &Reservation) -> Option<ControlGroup> {
    if wish.purpose != MARKETING {
        return None;
    }
    let fraction = catalog.strategy.universal_control_fraction;
    if withheld(UNIVERSAL, id, fraction) {
        return Some(ControlGroup::Universal);
    }
    let journey = wish.journey.as_ref();
    let in_control = journey.is_some_and(|journey| journey.withholds_from(id));
    in_control.then_some(ControlGroup::Journey)
}

fn contact(wish: &Reservation, control: Option<ControlGroup>, now: Timestamp) -> Contact {
    Contact {
        channel: wish.channel.word().to_owned(),
        placement: None,
        message: Some(wish.message.clone()),
        offer: None,
        offer_version: None,
        variant: None,
        category: wish.category.clone(),
        status: ContactStatus::Reserved,
        counts: wish.purpose == MARKETING,
        control: control.is_some(),
        expires_at: Some(now.plus_ms(wish.reserve_ms)),
        decision_id: None,
        decision_offset: None,
        language: None,
        basis: None,
        claims: vec![],
        control_group: control.map(|group| group.word().to_owned()),
        customer_group: None,
        journey: wish.journey.as_ref().map(|journey| journey.key.clone()),
    }
}

fn refused(catalog: &Catalog, reasons: &[Reason]) -> Refused {
    let until = match reasons {
        [Reason::Quiet(until)] => Some(*until),
        _ => None,
    };
    Refused {
        reasons: reasons
            .iter()
            .map(|reason| reason.text(&catalog.record))
            .collect(),
        until,
    }
}
