//! Codes of offers: unique codes from a pool, or signed coupons, one for each promise.
//!
//! A code is reserved when its offer is decided, kept when the offer was shown, and goes back when
//! the promise runs out unseen. A coupon is made from its contact and needs no pool. While a code
//! can be redeemed, further contacts of its customer with the offer have the same, see [`origin`].

pub mod api;
pub mod db;
pub mod job;
pub mod origin;
pub mod promise;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use memory::criteria::DAY_MS;
use memory::identity::IdentifierKind;
use memory::interaction::ContactId;
use memory::{CustomerId, CustomerState};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::ProblemCode;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;

use crate::body::Check;
use crate::catalog::Catalog;
use crate::coupon::{self, Coupon};
use crate::offer::{Offer, placeholder};
use crate::targeting::MadeOffer;
use crate::targeting::reason::Reason;
use crate::targeting::{AnswerReason, DecisionAnswer, OfferAnswer, PlacementAnswer};
use crate::{Decider, Error};

/// The code or coupon that comes with an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// Where the code comes from.
    pub kind: CodeKind,
    /// How many days it can be redeemed after it was made; until the offer ends unless given, or
    /// 30 days when that has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_days: Option<u32>,
    /// For pools: how many free codes are too few; 50 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_below: Option<u32>,
    /// For coupons: whether anybody may use it who brings it; otherwise only the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bearer: bool,
    /// For coupons: what it is worth at the till in minor units; 0 when the offer says it otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth_cents: Option<i64>,
}

/// Where the code of an offer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// From a pool of codes that were uploaded or generated.
    Pool,
    /// A signed coupon that a till can verify without asking.
    Coupon,
}

/// Days a code can be redeemed when neither it nor its offer has an end.
const VALID_DAYS: u32 = 30;
/// How many free codes are too few unless the offer says otherwise.
pub const WARN_BELOW: u32 = 50;

/// What is wrong with a code rule.
pub(crate) fn validate(rule: &CodeRule, check: &mut Check) {
    if let Some(days) = rule.valid_days {
        check.within(f64::from(days), 1.0, 3_650.0, "/code/valid_days");
    }
    let worth = rule.worth_cents.unwrap_or_default();
    let hint = "use 0 or more";
    check.demand(
        worth >= 0,
        "/code/worth_cents",
        (ProblemCode::Negative, "the worth is negative"),
        hint,
    );
    let (only, hint) = (
        (ProblemCode::OnlyCoupons, "only coupons have this"),
        "remove it, or use the kind coupon",
    );
    let coupon = rule.kind == CodeKind::Coupon;
    check.demand(coupon || !rule.bearer, "/code/bearer", only, hint);
    let plain = rule.worth_cents.is_none();
    check.demand(coupon || plain, "/code/worth_cents", only, hint);
    let (only, hint) = (
        (ProblemCode::OnlyPools, "only pools run low"),
        "remove it, or use the kind pool",
    );
    let free = rule.warn_below.is_none();
    check.demand(!coupon || free, "/code/warn_below", only, hint);
}

impl Offer {
    /// Whether it comes with a coupon for one customer, who must have a name at the till.
    pub fn needs_holder(&self) -> bool {
        let mut rule = self.code.iter();
        rule.any(|rule| rule.kind == CodeKind::Coupon && !rule.bearer)
    }

    /// Until when an offer that was made at a moment is honoured.
    pub fn honoured_until(&self, made_at: Timestamp) -> Timestamp {
        let days = self.code.as_ref().and_then(|rule| rule.valid_days);
        let after = |days: u32| made_at.plus_ms(i64::from(days) * DAY_MS);
        match (days, self.valid_until) {
            (Some(days), _) => after(days),
            (None, Some(until)) => until,
            (None, None) => after(VALID_DAYS),
        }
    }
}

/// What this process keeps of codes and coupons.
#[derive(Default)]
pub(crate) struct KeptCodes {
    /// Keys of coupons.
    pub keys: Mutex<coupon::Kept>,
    /// Offers whose pools were empty, and when that was looked at.
    pub empty: Mutex<Option<(Timestamp, HashSet<String>)>>,
}

/// Why a contact of an offer has got no code: its coupon could not be made out to its customer, or
/// no code is left.
fn without_code(offer: &Offer) -> &'static str {
    let reason = match offer.needs_holder() {
        true => Reason::NoHolder,
        false => Reason::NoCode,
    };
    reason.code()
}

/// A contact that needs a code.
struct Wanted<'a> {
    key: &'a str,
    offer: &'a Offer,
    customer: CustomerId,
    contact: ContactId,
    reserved_until: Timestamp,
}

impl Decider {
    /// Gives every shown offer that comes with a code its code. An offer for which none is left
    /// is not shown, and its contact is released.
    pub(crate) async fn with_codes(
        &self,
        catalog: &Catalog,
        mut answer: DecisionAnswer,
        deadline: Instant,
    ) -> DecisionAnswer {
        let Some(customer) = answer.customer_id else {
            return answer;
        };
        let now = self.memory().db().now();
        for place in &mut answer.placements {
            let codes = |offer: &OfferAnswer| has_code(catalog, &offer.offer);
            if !place.offers.iter().any(codes) {
                continue;
            }
            let mut kept = vec![];
            for mut shown in std::mem::take(&mut place.offers) {
                let entry = catalog.offer(&shown.offer);
                let entry = entry.filter(|e| e.body.code.is_some() && e.version == shown.version);
                let (Some(entry), Some(contact)) = (entry, shown.contact_id) else {
                    kept.push(shown);
                    continue;
                };
                let wanted = Wanted {
                    key: &entry.key,
                    offer: &entry.body,
                    customer,
                    contact,
                    reserved_until: shown.expires_at.unwrap_or(now),
                };
                match timeout_at(deadline, Box::pin(self.code_for(&wanted))).await {
                    Ok(Ok(Some(code))) => {
                        fill(&mut shown, code);
                        kept.push(shown);
                    }
                    Ok(Ok(None)) => {
                        let reason = without_code(&entry.body);
                        Box::pin(self.let_go(customer, contact, reason)).await;
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "a code could not be reserved");
                        Box::pin(self.let_go(customer, contact, "no_code")).await;
                    }
                    Err(_) => Box::pin(self.let_go(customer, contact, "no_code")).await,
                }
            }
            place.offers = kept;
            without_offer(place);
        }
        answer
    }

    async fn let_go(&self, customer: CustomerId, contact: ContactId, reason: &str) {
        // A promise that could not be let go runs out by itself.
        if let Err(error) = self.release(customer, contact, reason).await {
            tracing::warn!(%error, "a contact without a code could not be released");
        }
    }

    /// The same for a journey; `None` when there is no code left.
    pub(crate) async fn made_with_code(
        &self,
        catalog: &Catalog,
        customer: CustomerId,
        mut made: MadeOffer,
    ) -> Result<Option<MadeOffer>, Error> {
        if promise::another_version(catalog, &made.offer, made.version) {
            return self.wish_as_made(made).await;
        }
        let Some(entry) = catalog.offer(&made.offer).filter(|e| e.body.code.is_some()) else {
            return Ok(Some(made));
        };
        let wanted = Wanted {
            key: &entry.key,
            offer: &entry.body,
            customer,
            contact: made.contact_id,
            reserved_until: made.expires_at,
        };
        let Some(code) = self.code_for(&wanted).await? else {
            let reason = without_code(&entry.body);
            self.release(customer, made.contact_id, reason).await?;
            return Ok(None);
        };
        if placeholder::speaks_of_code(&made.creative) {
            made.creative = placeholder::with_code(&made.creative, &code).into();
        }
        made.code = Some(code);
        Ok(Some(made))
    }

    /// The code of a contact: the one its customer can redeem already, or a new one; `None` when no
    /// code is left.
    async fn code_for(&self, wanted: &Wanted<'_>) -> Result<Option<String>, Error> {
        let contact = self.origin(wanted).await?;
        if contact == wanted.contact {
            return self.code_from(wanted).await;
        }
        let Some((key, _, offer)) = self.made_offer(contact).await? else {
            return Ok(None);
        };
        let (key, offer) = (key.as_str(), offer.as_ref());
        let first = Wanted {
            key,
            offer,
            contact,
            ..*wanted
        };
        self.code_from(&first).await
    }

    /// The code that is made with a contact.
    async fn code_from(&self, wanted: &Wanted<'_>) -> Result<Option<String>, Error> {
        let Some(rule) = &wanted.offer.code else {
            return Ok(None);
        };
        match rule.kind {
            CodeKind::Coupon => self.coupon_for(rule, wanted).await,
            CodeKind::Pool => self.pool_code_for(wanted).await,
        }
    }

    async fn pool_code_for(&self, wanted: &Wanted<'_>) -> Result<Option<String>, Error> {
        let db = self.memory().db();
        let take = db::Take {
            offer: wanted.key,
            customer: wanted.customer,
            contact: wanted.contact,
            until: wanted.reserved_until,
        };
        if let Some(code) = db::take(db, &take).await? {
            return Ok(Some(code));
        }
        // Perhaps promises have run out that nobody has looked at yet.
        self.sweep_codes().await?;
        let code = db::take(db, &take).await?;
        if code.is_none() {
            if let Some((_, empty)) = &mut *self.codes().empty.lock() {
                empty.insert(wanted.key.to_owned());
            }
            let mut stopped = (*self.stopped()).clone();
            stopped.no_code.insert(wanted.key.to_owned());
            self.stop_offers(stopped);
        }
        Ok(code)
    }

    /// The coupon of a contact; `None` when it is for its customer alone and a till could not tell
    /// them from others.
    async fn coupon_for(
        &self,
        rule: &CodeRule,
        wanted: &Wanted<'_>,
    ) -> Result<Option<String>, Error> {
        let keys = self.coupon_keys().await?;
        let key = keys.first().ok_or(store::Error::NoRow)?;
        let serial = wanted.contact.0;
        let made = self.memory().contact(wanted.contact).await?;
        let made_at = made.map_or_else(|| self.memory().db().now(), |made| made.made_at);
        let holder = if rule.bearer {
            None
        } else {
            let customer = self.memory().customer(wanted.customer).await?;
            let customer = customer.ok_or(Error::NoCustomer(wanted.customer))?;
            let Some(user) = holder(&customer.state) else {
                return Ok(None);
            };
            Some(coupon::holder(serial, user))
        };
        Ok(Some(key.sign(&Coupon {
            key: key.id(),
            serial,
            offer: wanted.key.to_owned(),
            worth_cents: rule.worth_cents.unwrap_or_default(),
            currency: wanted.offer.currency.clone(),
            ends_s: wanted.offer.honoured_until(made_at).0 / 1_000,
            holder,
        })))
    }

    /// Keys of published offers whose pool runs low.
    pub async fn low_pools(&self) -> Result<Vec<String>, Error> {
        let db = self.memory().db();
        let mut low = vec![];
        for offer in &self.catalog().offers {
            let Some(rule) = &offer.body.code else {
                continue;
            };
            let enough = i64::from(rule.warn_below.unwrap_or(WARN_BELOW));
            if rule.kind == CodeKind::Pool
                && db::free_up_to(db, &offer.key, enough).await? < enough.unsigned_abs()
            {
                low.push(offer.key.clone());
            }
        }
        Ok(low)
    }

    /// Keys of published offers whose pool is empty, looked at once a second.
    pub(crate) async fn offers_without_code(&self) -> Result<HashSet<String>, Error> {
        const EVERY_MS: i64 = 1_000;
        let db = self.memory().db();
        let now = db.now();
        if let Some((at, empty)) = &*self.codes().empty.lock()
            && now.since_ms(*at).abs() < EVERY_MS
        {
            return Ok(empty.clone());
        }
        let catalog = self.catalog();
        let mut empty = HashSet::new();
        for offer in &catalog.offers {
            let pool = offer
                .body
                .code
                .as_ref()
                .is_some_and(|c| c.kind == CodeKind::Pool);
            if pool && !db::any_free(db, &offer.key).await? {
                empty.insert(offer.key.clone());
            }
        }
        *self.codes().empty.lock() = Some((now, empty.clone()));
        Ok(empty)
    }
}

/// By what a till knows a customer to whom a coupon belongs.
pub(crate) fn holder(state: &CustomerState) -> Option<&str> {
    state.identifier(IdentifierKind::UserId)
}

fn has_code(catalog: &Catalog, offer: &str) -> bool {
    catalog
        .offer(offer)
        .is_some_and(|entry| entry.body.code.is_some())
}

fn fill(shown: &mut OfferAnswer, code: String) {
    if placeholder::speaks_of_code(&shown.creative) {
        shown.creative = placeholder::with_code(&shown.creative, &code).into();
    }
    shown.code = Some(code);
}

/// Somebody who is not known has no contact to which a code could belong.
pub(crate) fn without_codes(catalog: &Catalog, placements: &mut [PlacementAnswer]) {
    for place in placements {
        place
            .offers
            .retain(|offer| !has_code(catalog, &offer.offer));
        without_offer(place);
    }
}

/// Fallback content where the last offer has gone.
pub(super) fn without_offer(place: &mut PlacementAnswer) {
    if place.offers.is_empty() && place.reason == AnswerReason::Offer {
        place.fallback = place.spare.take();
        place.reason = AnswerReason::NothingEligible;
    }
}
