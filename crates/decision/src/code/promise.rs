//! Promises: offers that were made to a customer, in the version that was made, with their codes.
//!
//! An offer made is honoured until it expires, whatever becomes of its definition meanwhile.

use std::sync::Arc;

use memory::interaction::{ContactId, ContactMark, ContactStatus, ResponseKind, treatment_code};
use memory::{CustomerId, CustomerState};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Timestamp, definition};
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use super::origin::{self, Bound};
use super::{CodeKind, Wanted, db, without_offer};
use crate::catalog::Catalog;
use crate::offer::recall::Recall;
use crate::offer::{Creative, Offer, placeholder};
use crate::redemption::{self, First};
use crate::targeting::{DecisionAnswer, MadeOffer, OfferAnswer};
use crate::{Channel, Decider, Error};

/// The most promises that are listed.
const LARGEST: usize = 20;

/// An offer that was made to a customer, as it was made.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Promise {
    /// The contact with which it was made.
    pub contact_id: ContactId,
    /// The short code that ties responses to the contact.
    pub treatment_code: String,
    /// Key of the offer.
    pub offer: String,
    /// The version that was made.
    pub version: i64,
    /// The version that is in use now; null when the offer is retired.
    pub published_version: Option<i64>,
    /// Which of its variants.
    pub variant: Option<String>,
    /// The channel in which it was made.
    pub channel: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it is honoured.
    pub honoured_until: Timestamp,
    /// Whether it can still be taken.
    pub state: PromiseState,
    /// The recall of the offer, when there is one.
    pub recall: Option<Recall>,
    /// The code or coupon that came with it. Promises of one offer have the same as long as it can be
    /// redeemed, and it is redeemed once.
    pub code: Option<String>,
    /// Where and when its code was redeemed, when it was.
    pub redeemed: Option<First>,
    /// How it looked.
    pub creative: Option<Creative>,
    /// Its attributes at that time.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
}

/// Whether a promise can still be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// It can be taken as it was made.
    Open,
    /// Its code was redeemed.
    Redeemed,
    /// It was taken.
    Accepted,
    /// It was refused.
    Rejected,
    /// Its time is over.
    Expired,
    /// The offer was recalled, and what was made is not honoured.
    Recalled,
}

/// The offer of a contact as the customer saw it.
struct AsMade {
    key: String,
    version: i64,
    variant: Option<String>,
    made_at: Timestamp,
    offer: Arc<Offer>,
    attributes: Map<String, Value>,
    creative: Option<Creative>,
    bound: Option<Bound>,
}

impl AsMade {
    /// The code or coupon that came with it.
    fn code(&self) -> Option<String> {
        self.bound.as_ref().map(|bound| bound.code.clone())
    }

    /// Until when it is honoured.
    fn until(&self) -> Timestamp {
        let own = || self.offer.honoured_until(self.made_at);
        self.bound.as_ref().map_or_else(own, |bound| bound.until)
    }

    /// How it looks, unless the code that belongs to it is gone.
    fn presentable(&self) -> Option<Creative> {
        let whole = self.offer.code.is_none() || self.bound.is_some();
        self.creative.clone().filter(|_| whole)
    }
}

/// Whether an offer was made in another version than the one in use, or is in use no more.
pub(super) fn another_version(catalog: &Catalog, offer: &str, version: i64) -> bool {
    let entry = catalog.offer(offer);
    entry.is_none_or(|entry| entry.version != version)
}

impl Decider {
    /// The offers that were made to a customer, the newest first.
    pub async fn promises(&self, id: CustomerId) -> Result<Vec<Promise>, Error> {
        let customer = self.memory().customer(id).await?;
        let customer = customer.ok_or(Error::NoCustomer(id))?;
        let mut promises = vec![];
        for mark in customer.state.contacts.iter().rev() {
            let made = !mark.control && mark.status == ContactStatus::Presented;
            if !made || mark.offer.is_none() {
                continue;
            }
            promises.extend(self.promise(&customer.state, mark).await?);
            if promises.len() == LARGEST {
                break;
            }
        }
        Ok(promises)
    }

    async fn promise(
        &self,
        state: &CustomerState,
        mark: &ContactMark,
    ) -> Result<Option<Promise>, Error> {
        let Some(made) = self.as_it_was_made(mark.contact_id).await? else {
            return Ok(None);
        };
        let honoured_until = made.until();
        let redeemed = match &made.bound {
            Some(bound) => redemption::db::of(self.memory().db(), &bound.kept_as()).await?,
            None => None,
        };
        let recall = self.recall_of(&made.key);
        let now = self.memory().db().now();
        let reaction = state.responses.iter().rev().find_map(|response| {
            let same = response.contact_id == Some(mark.contact_id);
            match response.kind {
                ResponseKind::Accept if same => Some(PromiseState::Accepted),
                ResponseKind::Reject if same => Some(PromiseState::Rejected),
                ResponseKind::Accept
                | ResponseKind::Reject
                | ResponseKind::View
                | ResponseKind::Click
                | ResponseKind::Ignored
                | ResponseKind::Custom => None,
            }
        });
        let standing = match &recall {
            Some(recall) if !recall.honours => PromiseState::Recalled,
            Some(_) | None if now >= honoured_until => PromiseState::Expired,
            Some(_) | None => PromiseState::Open,
        };
        let answered = reaction.unwrap_or(standing);
        let code = made.code();
        Ok(Some(Promise {
            contact_id: mark.contact_id,
            treatment_code: treatment_code(mark.contact_id),
            published_version: self.catalog().offer(&made.key).map(|entry| entry.version),
            offer: made.key,
            version: made.version,
            variant: made.variant,
            channel: mark.channel.clone(),
            made_at: made.made_at,
            honoured_until,
            state: redeemed
                .as_ref()
                .map_or(answered, |_| PromiseState::Redeemed),
            recall,
            code,
            redeemed,
            creative: made.creative,
            attributes: made.attributes,
        }))
    }

    /// The offer of a contact as the customer saw it.
    async fn as_it_was_made(&self, contact: ContactId) -> Result<Option<AsMade>, Error> {
        let Some(made) = self.memory().contact(contact).await? else {
            return Ok(None);
        };
        let Some((key, version, offer)) = self.made_offer(contact).await? else {
            return Ok(None);
        };
        let variant = offer.variant_place(made.contact.variant.as_deref());
        let attributes = offer.attributes_of(variant);
        let language = made.contact.language.as_deref();
        let channel = Channel::of_word(&made.contact.channel);
        let place = channel.and_then(|channel| offer.creative_of(variant, channel, language));
        let creative = place.and_then(|place| offer.creative_at(place));
        let bound = self.bound(contact).await?;
        let creative = creative.map(|creative| {
            let filled = placeholder::with_attributes(creative, &attributes);
            match &bound {
                Some(bound) => placeholder::with_code(&filled, &bound.code),
                None => filled,
            }
        });
        Ok(Some(AsMade {
            key,
            version,
            variant: made.contact.variant,
            made_at: made.made_at,
            offer,
            attributes,
            creative,
            bound,
        }))
    }

    /// Answers what stands already in the version that was made, where another one is in use. What
    /// cannot be found in time is not shown, because in other words it would be another offer.
    pub(crate) async fn as_made(
        &self,
        catalog: &Catalog,
        mut answer: DecisionAnswer,
        deadline: Instant,
    ) -> DecisionAnswer {
        for place in &mut answer.placements {
            let older = |o: &OfferAnswer| another_version(catalog, &o.offer, o.version);
            if !place.offers.iter().any(older) {
                continue;
            }
            for shown in std::mem::take(&mut place.offers) {
                if !older(&shown) {
                    place.offers.push(shown);
                    continue;
                }
                match timeout_at(deadline, Box::pin(self.shown_as_made(shown))).await {
                    Ok(Ok(shown)) => place.offers.extend(shown),
                    Ok(Err(error)) => tracing::warn!(%error, "what was made could not be read"),
                    Err(_) => {}
                }
            }
            without_offer(place);
        }
        answer
    }

    async fn shown_as_made(&self, shown: OfferAnswer) -> Result<Option<OfferAnswer>, Error> {
        let Some(contact) = shown.contact_id else {
            return Ok(None);
        };
        let made = self.as_it_was_made(contact).await?;
        Ok(made.and_then(|made| {
            Some(OfferAnswer {
                creative: made.presentable()?.into(),
                code: made.code(),
                attributes: made.attributes.into(),
                variant: made.variant,
                ..shown
            })
        }))
    }

    /// The same for a journey.
    pub(super) async fn wish_as_made(&self, wish: MadeOffer) -> Result<Option<MadeOffer>, Error> {
        let made = self.as_it_was_made(wish.contact_id).await?;
        Ok(made.and_then(|made| {
            Some(MadeOffer {
                creative: made.presentable()?.into(),
                code: made.code(),
                attributes: made.attributes.into(),
                variant: made.variant,
                ..wish
            })
        }))
    }

    /// The offer of a contact, in the version that was made.
    pub async fn made_offer(
        &self,
        contact: ContactId,
    ) -> Result<Option<(String, i64, Arc<Offer>)>, Error> {
        let Some(made) = self.memory().contact(contact).await? else {
            return Ok(None);
        };
        let (Some(key), Some(version)) = (made.contact.offer, made.contact.offer_version) else {
            return Ok(None);
        };
        if let Some(entry) = self.catalog().offer(&key)
            && entry.version == version
        {
            return Ok(Some((key, version, Arc::new(entry.body.clone()))));
        }
        let kind = crate::offer::KIND.name;
        let found = definition::version(self.memory().db(), kind, &key, version).await?;
        let body = found.and_then(|found| crate::body::read::<Offer>(&found.body).ok());
        Ok(body.map(|body| (key, version, Arc::new(body))))
    }

    /// The code or coupon of a contact, in the version of the offer that was made; `None` when the
    /// offer comes without one. A contact from a pool gets its code now if it has none yet.
    pub async fn code_of(&self, contact: ContactId) -> Result<Option<String>, Error> {
        Ok(self.bound(contact).await?.map(|bound| bound.code))
    }

    /// The same, with the contact it was made with.
    async fn bound(&self, contact: ContactId) -> Result<Option<Bound>, Error> {
        let db = self.memory().db();
        let Some(shown) = self.memory().contact(contact).await? else {
            return Ok(None);
        };
        if shown.contact.control {
            return Ok(None);
        }
        let origin = origin::db::origin(db, contact).await?.unwrap_or(contact);
        let made = match origin == contact {
            true => Some(shown),
            false => self.memory().contact(origin).await?,
        };
        let (Some(made), Some((key, _, offer))) = (made, self.made_offer(origin).await?) else {
            return Ok(None);
        };
        let Some(rule) = &offer.code else {
            return Ok(None);
        };
        let now = db.now();
        let until = offer.honoured_until(made.made_at);
        let expires_at = made.contact.expires_at.unwrap_or(now);
        let wanted = Wanted {
            key: &key,
            offer: &offer,
            customer: made.customer_id,
            contact: origin,
            reserved_until: expires_at.max(now.plus_ms(60_000)),
        };
        let code = match rule.kind {
            CodeKind::Coupon => self.coupon_for(rule, &wanted).await?,
            CodeKind::Pool => match db::of_contact(db, origin).await? {
                Some(known) => Some(known.code),
                None if now < until => self.pool_code_for(&wanted).await?,
                None => None,
            },
        };
        Ok(code.map(|code| Bound {
            code,
            origin,
            until,
        }))
    }
}
