//! Redemptions: a code or coupon is taken at a till, once, and the offer is accepted with it.
//! Whatever contacts have the code, the one that the customer saw last is answered.
//!
//! The first redemption that reaches us counts; the row of it is the lock. A till that was offline
//! has given the customer what the coupon promised already: its redemptions are merged when they
//! arrive, and one that was not the first is kept as a double one for somebody to look at.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use memory::CustomerId;
use memory::interaction::{ContactId, ResponseKind, Said, is_currency, treatment_code};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::Problem;
use utoipa::ToSchema;

use crate::code::origin;
use crate::coupon::{self, Invalid};
use crate::offer::{Offer, recall};
use crate::{Channel, Decider, Error, Name};

/// The longest names of tills, orders and redemptions, in characters.
const LARGEST_NAME: usize = 100;
/// Redemptions told to the log at once.
const CHUNK: i64 = 200;

/// A code or coupon that somebody brings to a till.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRedemption {
    /// The till's id of this redemption: sent again, it is answered again and counts once.
    pub redemption_id: String,
    /// The code, or the whole text of the coupon.
    pub code: String,
    /// Which till.
    pub till: String,
    /// The customer's own number, which a coupon for one customer demands.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The order it was redeemed with.
    #[serde(default)]
    pub order_id: Option<String>,
    /// What the purchase was worth, in cents; what the offer is worth unless given.
    #[serde(default)]
    pub value_cents: Option<i64>,
    /// Currency of the value.
    #[serde(default)]
    pub currency: Option<String>,
    /// When; now unless given.
    #[serde(default)]
    pub redeemed_at: Option<Timestamp>,
    /// True when the till has accepted it already, without asking.
    #[serde(default)]
    pub offline: bool,
}

/// A redemption that counts, or that a till had accepted before it could ask.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Redeemed {
    /// What came of it.
    pub outcome: Outcome,
    /// Key of the offer.
    pub offer: String,
    /// The version that was made.
    pub offer_version: i64,
    /// What the offer is called, by language.
    pub name: Name,
    /// What it is worth at the till in minor units; 0 when its attributes say it.
    pub worth_cents: i64,
    /// Currency of the worth.
    pub currency: String,
    /// Its attributes, for example `percent`.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Whose it was.
    pub customer_id: CustomerId,
    /// The contact it answers.
    pub contact_id: ContactId,
    /// The redemption that counts: this one, or the first.
    pub first: First,
}

impl Redeemed {
    fn of(
        row: db::Redemption,
        offer: &Offer,
        variant: Option<usize>,
        (outcome, first): (Outcome, First),
    ) -> Redeemed {
        let worth_cents = offer.code.as_ref().and_then(|rule| rule.worth_cents);
        Redeemed {
            outcome,
            offer: row.offer,
            offer_version: row.offer_version,
            name: offer.name.clone(),
            worth_cents: worth_cents.unwrap_or_default(),
            currency: offer.currency.clone(),
            attributes: offer.attributes_of(variant),
            customer_id: row.customer_id,
            contact_id: row.contact_id,
            first,
        }
    }
}

/// What came of a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It counts.
    Redeemed,
    /// It stood there already, under the same id.
    Repeated,
    /// The till had accepted it, and another one was the first.
    Double,
}

/// The redemption of a code that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct First {
    /// The till's id of it.
    pub redemption_id: String,
    /// Which till.
    pub till: String,
    /// When.
    pub redeemed_at: Timestamp,
    /// When we heard of it.
    pub received_at: Timestamp,
}

/// Why a code or coupon is not taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// There is no such code, or nobody has it.
    Unknown,
    /// It is no coupon of ours, or changed.
    Invalid(Invalid),
    /// It was redeemed before.
    Already(First),
    /// Its time is over since then.
    Ended(Timestamp),
    /// The offer was recalled.
    Recalled(recall::Recall),
}

/// The name of the response that a redemption is.
pub const REDEEMED: &str = "redeemed";

/// A code or coupon with the contact it was made with.
struct Brought {
    /// What stands in the table of redemptions.
    code: String,
    origin: ContactId,
    /// Whether it comes from a pool.
    pooled: bool,
    ends_at: Option<Timestamp>,
}

impl NewRedemption {
    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        let names = [
            ("/redemption_id", Some(&self.redemption_id)),
            ("/till", Some(&self.till)),
            ("/order_id", self.order_id.as_ref()),
            ("/user_id", self.user_id.as_ref()),
        ];
        for (path, text) in names {
            let good =
                text.is_none_or(|text| (1..=LARGEST_NAME).contains(&text.trim().chars().count()));
            if !good {
                let message = format!("this has 1 to {LARGEST_NAME} characters");
                problems.push(Problem::new(path, message).hint("send a short name of your own"));
            }
        }
        if self.code.trim().is_empty() || self.code.len() > coupon::LARGEST {
            let problem = Problem::new("/code", "this is neither a code nor a coupon");
            problems.push(problem.hint("send the code, or the whole text of the coupon"));
        }
        if self.value_cents.is_some_and(|cents| cents < 0) {
            let problem = Problem::new("/value_cents", "the value is negative");
            problems.push(problem.hint("send 0 or more"));
        }
        if !self.currency.as_deref().is_none_or(is_currency) {
            let problem = Problem::new("/currency", "this is no code of a currency");
            problems.push(problem.hint("three capital letters, for example GBP"));
        }
        problems
    }
}

impl Decider {
    /// Redeems a code or coupon, once, and accepts its offer.
    pub async fn redeem(&self, new: &NewRedemption) -> Result<Result<Redeemed, Refused>, Error> {
        let db = self.memory().db();
        let now = db.now();
        let redeemed_at = new.redeemed_at.map_or(now, |at| at.min(now));
        let brought = match self.brought(new, redeemed_at).await? {
            Ok(brought) => brought,
            Err(refused) => return Ok(Err(refused)),
        };
        let made = self.memory().contact(brought.origin).await?;
        let offer = self.made_offer(brought.origin).await?;
        let (Some(made), Some((key, version, offer))) = (made, offer) else {
            return Ok(Err(Refused::Unknown));
        };
        let variant = offer.variant_place(made.contact.variant.as_deref());
        let until = offer.honoured_until(made.made_at);
        let ends_at = brought.ends_at.unwrap_or(until);
        let row = db::Redemption {
            code: brought.code.clone(),
            offer: key,
            offer_version: version,
            customer_id: made.customer_id,
            contact_id: self.answered_with(made.customer_id, brought.origin).await?,
            first: First {
                redemption_id: new.redemption_id.clone(),
                till: new.till.clone(),
                redeemed_at,
                received_at: now,
            },
            order_id: new.order_id.clone(),
            value_cents: new.value_cents.or(Some(offer.value_of(variant))),
            currency: new.currency.clone().or(Some(offer.currency.clone())),
            offline: new.offline,
        };
        let (outcome, first) = match self.settle_redemption(&row, &brought, ends_at).await? {
            Ok(settled) => settled,
            Err(refused) => return Ok(Err(refused)),
        };
        if outcome != Outcome::Double {
            self.tell(&row).await?;
        }
        Ok(Ok(Redeemed::of(row, &offer, variant, (outcome, first))))
    }

    /// The contact of what was brought, as far as can be told without a lock.
    async fn brought(
        &self,
        new: &NewRedemption,
        at: Timestamp,
    ) -> Result<Result<Brought, Refused>, Error> {
        let text = new.code.trim();
        if text.starts_with(coupon::PREFIX) {
            let keys = self.coupon_public_keys().await?;
            let coupon = match coupon::verify(text, &keys) {
                Ok(coupon) => coupon,
                Err(invalid) => return Ok(Err(Refused::Invalid(invalid))),
            };
            let ends_at = Timestamp(coupon.ends_s.saturating_mul(1_000));
            match coupon.usable(at, new.user_id.as_deref()) {
                // Whether it has ended is said after whether it was redeemed.
                Ok(()) | Err(Invalid::Ended) => {}
                Err(invalid) => return Ok(Err(Refused::Invalid(invalid))),
            }
            return Ok(Ok(Brought {
                code: serial_code(ContactId(coupon.serial)),
                origin: ContactId(coupon.serial),
                pooled: false,
                ends_at: Some(ends_at),
            }));
        }
        let code = normal(text);
        let found = crate::code::db::find(self.memory().db(), &code).await?;
        let Some(origin) = found.and_then(|found| found.contact_id) else {
            return Ok(Err(Refused::Unknown));
        };
        Ok(Ok(Brought {
            code,
            origin,
            pooled: true,
            ends_at: None,
        }))
    }

    /// Writes the first redemption down, in one transaction with everything that speaks against.
    async fn settle_redemption(
        &self,
        row: &db::Redemption,
        brought: &Brought,
        ends_at: Timestamp,
    ) -> Result<Result<(Outcome, First), Refused>, Error> {
        let mut tx = self.memory().db().begin().await?;
        if brought.pooled {
            let code = crate::code::db::locked(&mut tx, &row.code).await?;
            if code.and_then(|code| code.contact_id) != Some(brought.origin) {
                return Ok(Err(Refused::Unknown));
            }
        }
        if let Some(known) = db::first(&mut tx, &row.code).await? {
            return self.again(tx, row, known).await;
        }
        let at = row.first.redeemed_at;
        // What a till has given away already is taken as it is.
        if !row.offline {
            if at >= ends_at {
                return Ok(Err(Refused::Ended(ends_at)));
            }
            let recall = recall::db::in_tx(&mut tx, &row.offer).await?;
            if let Some(recall) = recall.filter(|recall| !recall.honours) {
                return Ok(Err(Refused::Recalled(recall)));
            }
        }
        if !db::insert(&mut tx, row).await? {
            // Another process was faster; it has committed, or this would have waited for it.
            let known = db::first(&mut tx, &row.code).await?;
            let known = known.ok_or(store::Error::NoRow)?;
            return self.again(tx, row, known).await;
        }
        if brought.pooled {
            crate::code::db::keep(&mut tx, &row.code).await?;
        }
        origin::db::end(&mut tx, brought.origin).await?;
        tx.commit().await?;
        Ok(Ok((Outcome::Redeemed, row.first.clone())))
    }

    async fn again(
        &self,
        mut tx: store::Tx,
        row: &db::Redemption,
        known: First,
    ) -> Result<Result<(Outcome, First), Refused>, Error> {
        if known.redemption_id == row.first.redemption_id {
            return Ok(Ok((Outcome::Repeated, known)));
        }
        if !row.offline {
            return Ok(Err(Refused::Already(known)));
        }
        db::insert_double(&mut tx, row).await?;
        tx.commit().await?;
        Ok(Ok((Outcome::Double, known)))
    }

    /// Writes a redemption into the customer's log, where it accepts the offer. Told twice, it stands
    /// there once.
    async fn tell(&self, row: &db::Redemption) -> Result<(), Error> {
        let memory = self.memory();
        let customer = memory.customer(row.customer_id).await?;
        let having = self.having_same_code(row.contact_id).await?;
        let about = |contact: Option<ContactId>| contact.is_some_and(|id| having.contains(&id));
        let responses = customer.iter().flat_map(|c| c.state.responses.iter());
        let mut responses = responses.filter(|response| about(response.contact_id));
        // A purchase that was matched to a contact before has accepted the offer already, and an
        // acceptance counts once.
        let accepted = responses
            .clone()
            .any(|response| response.kind == ResponseKind::Accept);
        let told = responses.any(|response| response.name.as_deref() == Some(REDEEMED));
        if !told && let Some(mut made) = memory.contact(row.contact_id).await? {
            // Whatever channel the offer was made in: it was answered at a till.
            made.contact.channel = Channel::PointOfSale.word().to_owned();
            let said = Said {
                kind: if accepted {
                    ResponseKind::Custom
                } else {
                    ResponseKind::Accept
                },
                name: Some(REDEEMED.to_owned()),
                value_cents: row.value_cents.filter(|_| !accepted),
                currency: row.currency.clone().filter(|_| !accepted),
                note: Some(row.first.till.clone()),
                occurred_at: row.first.redeemed_at,
                message_id: Some(format!("redemption:{}", row.code)),
                source_id: 0,
            };
            memory.answer(row.contact_id, made, said).await?;
        }
        Ok(db::told(memory.db(), &row.code).await?)
    }

    /// Tells redemptions that a process could not tell before it stopped.
    pub async fn tell_redemptions(&self) -> Result<(), Error> {
        let db = self.memory().db();
        // What was received within the last seconds is being told by whoever received it.
        let before = db.now().plus_ms(-5_000);
        for row in db::untold(db, before, CHUNK).await? {
            self.tell(&row).await?;
        }
        Ok(())
    }
}

/// How a code is kept: without spaces around it, in capital letters.
pub fn normal(code: &str) -> String {
    code.trim().to_ascii_uppercase()
}

/// How a coupon stands in the table of redemptions: by its serial number.
pub fn serial_code(contact: ContactId) -> String {
    format!("{}{}", coupon::PREFIX, treatment_code(contact))
}
