//! Origins: one code for one promise, however many contacts it is made with.
//!
//! As long as a code or coupon of an offer can be redeemed, every further contact of its customer
//! with the offer has the same one, in whatever channel, so that it is taken once. The contact that
//! it was made with is its origin.

pub mod db;
#[cfg(test)]
mod tests;

use memory::CustomerId;
use memory::interaction::{ContactId, ContactStatus};
use store::Timestamp;

use super::Wanted;
use crate::redemption::serial_code;
use crate::{Decider, Error, coupon};

/// The code or coupon of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The code, or the whole text of the coupon.
    pub code: String,
    /// The contact it was made with.
    pub origin: ContactId,
    /// Until when it is honoured.
    pub until: Timestamp,
}

impl Bound {
    /// How it stands in the table of redemptions.
    pub fn kept_as(&self) -> String {
        if self.code.starts_with(coupon::PREFIX) {
            serial_code(self.origin)
        } else {
            self.code.clone()
        }
    }
}

impl Decider {
    /// The contact with which the code of a contact was made: an earlier one whose code can still
    /// be redeemed, or itself.
    pub(super) async fn origin(&self, wanted: &Wanted<'_>) -> Result<ContactId, Error> {
        let store = self.memory().db();
        if let Some(known) = db::origin(store, wanted.contact).await? {
            return Ok(known);
        }
        let customer = self.memory().customer(wanted.customer).await?;
        let customer = customer.ok_or(Error::NoCustomer(wanted.customer))?;
        let made = self.memory().contact(wanted.contact).await?;
        let made_at = made.map_or_else(|| store.now(), |made| made.made_at);
        let mut members: Vec<CustomerId> = customer.state.members.clone();
        members.push(customer.id);
        let new = db::NewContact {
            customer: customer.id,
            members: &members,
            contact: wanted.contact,
            offer: wanted.key,
            ends_at: wanted.offer.honoured_until(made_at),
        };
        Ok(db::join(store, &new).await?)
    }

    /// Contacts that have the code of a contact, that one among them.
    pub(crate) async fn having_same_code(
        &self,
        contact: ContactId,
    ) -> Result<Vec<ContactId>, Error> {
        let store = self.memory().db();
        let origin = db::origin(store, contact).await?.unwrap_or(contact);
        let mut having = db::having(store, origin).await?;
        if !having.contains(&contact) {
            having.push(contact);
        }
        Ok(having)
    }

    /// The contact that a redemption answers: of those that have the code the last one that the
    /// customer has seen, or the one it was made with.
    pub(crate) async fn answered_with(
        &self,
        customer: CustomerId,
        origin: ContactId,
    ) -> Result<ContactId, Error> {
        let having = self.having_same_code(origin).await?;
        let customer = self.memory().customer(customer).await?;
        let seen = customer.and_then(|customer| {
            let mut marks = customer.state.contacts.iter().rev();
            let seen = marks.find(|mark| {
                mark.status == ContactStatus::Presented && having.contains(&mark.contact_id)
            });
            seen.map(|mark| mark.contact_id)
        });
        Ok(seen.unwrap_or(origin))
    }
}
