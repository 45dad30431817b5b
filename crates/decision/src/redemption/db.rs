//! Redemptions in the store.

use memory::CustomerId;
use memory::interaction::ContactId;
use serde::Serialize;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};
use utoipa::ToSchema;

use super::First;

/// A redemption as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Redemption {
    /// The code, or the serial number of the coupon.
    pub code: String,
    /// Key of the offer.
    pub offer: String,
    /// The version that was made.
    pub offer_version: i64,
    /// Whose it was.
    pub customer_id: CustomerId,
    /// The contact it answers.
    pub contact_id: ContactId,
    /// Till and time.
    #[serde(flatten)]
    pub first: First,
    /// The order it was redeemed with.
    pub order_id: Option<String>,
    /// What it was worth.
    pub value_cents: Option<i64>,
    /// Currency of the value.
    pub currency: Option<String>,
    /// Whether the till had accepted it before it could ask.
    pub offline: bool,
}

impl FromRow for First {
    fn from_row(row: &mut Row) -> Result<First, Error> {
        Ok(First {
            redemption_id: row.next()?,
            till: row.next()?,
            redeemed_at: row.next()?,
            received_at: row.next()?,
        })
    }
}

impl FromRow for Redemption {
    fn from_row(row: &mut Row) -> Result<Redemption, Error> {
        Ok(Redemption {
            first: First::from_row(row)?,
            code: row.next()?,
            offer: row.next()?,
            offer_version: row.next()?,
            customer_id: row.next()?,
            contact_id: ContactId(row.next::<u64>()?),
            order_id: row.next()?,
            value_cents: row.next()?,
            currency: row.next()?,
            offline: row.next()?,
        })
    }
}

const FIRST: &str = "redemption_id, till, redeemed_at, received_at";
const REST: &str = "code, offer, offer_version, customer_id, contact_id, order_id, value_cents,
     currency, offline";

fn first_sql() -> String {
    // cross-customer: a code is found by itself
    format!("SELECT {FIRST} FROM redemptions WHERE code = $1")
}

/// The redemption of a code that counts.
pub async fn first(tx: &mut Tx, code: &str) -> Result<Option<First>, Error> {
    tx.fetch_optional(&first_sql(), params![code]).await
}

/// The redemption of a code that counts, outside a transaction.
pub async fn of(db: &Db, code: &str) -> Result<Option<First>, Error> {
    db.fetch_optional(&first_sql(), params![code]).await
}

/// Keeps a redemption unless the code was redeemed; whether it was kept.
pub async fn insert(tx: &mut Tx, row: &Redemption) -> Result<bool, Error> {
    let touched = tx
        .execute(
            &format!(
                "INSERT INTO redemptions ({FIRST}, {REST}, told)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0)
                 ON CONFLICT (code) DO NOTHING"
            ),
            params![
                row.first.redemption_id.as_str(),
                row.first.till.as_str(),
                row.first.redeemed_at,
                row.first.received_at,
                row.code.as_str(),
                row.offer.as_str(),
                row.offer_version,
                row.customer_id,
                row.contact_id.0,
                row.order_id.as_deref(),
                row.value_cents,
                row.currency.as_deref(),
                row.offline
            ],
        )
        .await?;
    Ok(touched > 0)
}

/// Keeps a redemption that was not the first of its code; once, however often it is sent.
pub async fn insert_double(tx: &mut Tx, row: &Redemption) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO double_redemptions
             (redemption_id, code, offer, till, order_id, redeemed_at, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (redemption_id) DO NOTHING",
        params![
            row.first.redemption_id.as_str(),
            row.code.as_str(),
            row.offer.as_str(),
            row.first.till.as_str(),
            row.order_id.as_deref(),
            row.first.redeemed_at,
            row.first.received_at
        ],
    )
    .await?;
    Ok(())
}

/// Redemptions received before an instant that the log does not know of, oldest first.
pub async fn untold(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<Redemption>, Error> {
    // cross-customer: work that waits, whoever it concerns
    let sql = format!(
        "SELECT {FIRST}, {REST} FROM redemptions WHERE told = 0 AND received_at < $1
         ORDER BY received_at LIMIT $2"
    );
    db.fetch_all(&sql, params![before, limit]).await
}

/// Notes that the log knows of a redemption.
pub async fn told(db: &Db, code: &str) -> Result<(), Error> {
    // cross-customer: a code is found by itself
    db.execute(
        "UPDATE redemptions SET told = 1 WHERE code = $1",
        params![code],
    )
    .await?;
    Ok(())
}

/// Redemptions of an offer before an instant, newest first.
pub async fn of_offer(
    db: &Db,
    offer: &str,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Redemption>, Error> {
    // cross-customer: what became of an offer
    let sql = format!(
        "SELECT {FIRST}, {REST} FROM redemptions WHERE offer = $1 AND received_at < $2
         ORDER BY received_at DESC LIMIT $3"
    );
    db.fetch_all(&sql, params![offer, before, limit]).await
}

/// How many codes and coupons of an offer were redeemed.
pub async fn count(db: &Db, offer: &str) -> Result<u64, Error> {
    // cross-customer: numbers of an offer
    let (count,): (u64,) = db
        .fetch_one(
            "SELECT COUNT(*) FROM redemptions WHERE offer = $1",
            params![offer],
        )
        .await?;
    Ok(count)
}

/// A redemption that a till had accepted and that was not the first of its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DoubleRedemption {
    /// The till's id of it.
    pub redemption_id: String,
    /// The code, or the serial number of the coupon.
    pub code: String,
    /// Which till.
    pub till: String,
    /// The order it was redeemed with.
    pub order_id: Option<String>,
    /// When.
    pub redeemed_at: Timestamp,
    /// When we heard of it.
    pub received_at: Timestamp,
    /// The till of the first redemption.
    pub first_till: String,
    /// When the first one was.
    pub first_redeemed_at: Timestamp,
}

impl FromRow for DoubleRedemption {
    fn from_row(row: &mut Row) -> Result<DoubleRedemption, Error> {
        Ok(DoubleRedemption {
            redemption_id: row.next()?,
            code: row.next()?,
            till: row.next()?,
            order_id: row.next()?,
            redeemed_at: row.next()?,
            received_at: row.next()?,
            first_till: row.next()?,
            first_redeemed_at: row.next()?,
        })
    }
}

/// Double redemptions of an offer, newest first.
pub async fn doubles(db: &Db, offer: &str, limit: i64) -> Result<Vec<DoubleRedemption>, Error> {
    // cross-customer: what became of an offer
    db.fetch_all(
        "SELECT d.redemption_id, d.code, d.till, d.order_id, d.redeemed_at, d.received_at,
             r.till, r.redeemed_at
         FROM double_redemptions d JOIN redemptions r ON r.code = d.code
         WHERE d.offer = $1 ORDER BY d.received_at DESC LIMIT $2",
        params![offer, limit],
    )
    .await
}
