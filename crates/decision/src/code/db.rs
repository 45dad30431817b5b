//! Codes in the store.

use memory::CustomerId;
use memory::interaction::ContactId;
use serde::Serialize;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};
use utoipa::ToSchema;

use super::origin;

/// The state of a code; the numbers stand in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// Nobody has it.
    Free = 0,
    /// Promised to a contact that was not shown yet.
    Reserved = 1,
    /// A customer has seen it.
    Shown = 2,
    /// Taken out of the pool by hand.
    Withdrawn = 3,
}

impl CodeState {
    fn of(number: i64) -> CodeState {
        match number {
            0 => CodeState::Free,
            1 => CodeState::Reserved,
            2 => CodeState::Shown,
            _ => CodeState::Withdrawn,
        }
    }
}

/// A code with whom it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The code.
    pub code: String,
    /// Key of its offer.
    pub offer: String,
    /// Where it stands.
    pub state: CodeState,
    /// Who has it.
    pub customer_id: Option<CustomerId>,
    /// The contact it belongs to.
    pub contact_id: Option<ContactId>,
    /// Until when it is promised.
    pub reserved_until: Option<Timestamp>,
}

impl FromRow for Code {
    fn from_row(row: &mut Row) -> Result<Code, Error> {
        Ok(Code {
            code: row.next()?,
            offer: row.next()?,
            state: CodeState::of(row.next()?),
            customer_id: row.next()?,
            contact_id: row.next::<Option<i64>>()?.map(|id| ContactId(id as u64)),
            reserved_until: row.next()?,
        })
    }
}

const SELECT: &str =
    "SELECT code, offer, state, customer_id, contact_id, reserved_until FROM codes";

/// For which contact a code is taken.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// Key of the offer.
    pub offer: &'a str,
    /// The customer.
    pub customer: CustomerId,
    /// The contact.
    pub contact: ContactId,
    /// Until when it is reserved.
    pub until: Timestamp,
}

/// The code of a contact, if it has one.
pub async fn of_contact(db: &Db, contact: ContactId) -> Result<Option<Code>, Error> {
    // cross-customer: a contact has one customer
    db.fetch_optional(
        &format!("{SELECT} WHERE contact_id = $1"),
        params![contact.0],
    )
    .await
}

/// Takes a free code for a contact, or finds the one it has, which is reserved at least as long;
/// `None` when the pool is empty.
pub async fn take(db: &Db, take: &Take<'_>) -> Result<Option<String>, Error> {
    let mut tx = db.begin().await?;
    // cross-customer: a free code belongs to nobody
    let known: Option<Code> = tx
        .fetch_optional(
            &format!("{SELECT} WHERE contact_id = $1"),
            params![take.contact.0],
        )
        .await?;
    if let Some(known) = known {
        if known.state == CodeState::Reserved && known.reserved_until < Some(take.until) {
            // cross-customer: the code is named
            tx.execute(
                "UPDATE codes SET reserved_until = $2
                 WHERE code = $1 AND state = 1 AND reserved_until < $2",
                params![known.code.as_str(), take.until],
            )
            .await?;
            tx.commit().await?;
        }
        return Ok(Some(known.code));
    }
    let skipping = tx.for_update_skipping();
    // cross-customer: a free code belongs to nobody
    let taken: Result<Option<(String,)>, Error> = tx
        .fetch_optional(
            &format!(
                "UPDATE codes SET state = 1, customer_id = $2, contact_id = $3, reserved_until = $4
                 WHERE state = 0 AND code = (SELECT code FROM codes
                     WHERE offer = $1 AND state = 0 ORDER BY position LIMIT 1{skipping})
                 RETURNING code"
            ),
            params![take.offer, take.customer, take.contact.0, take.until],
        )
        .await;
    match taken {
        Ok(taken) => {
            tx.commit().await?;
            Ok(taken.map(|(code,)| code))
        }
        // Somebody else has taken one for the same contact at the same moment.
        Err(error) if error.is_unique_violation() => {
            drop(tx);
            Ok(of_contact(db, take.contact).await?.map(|code| code.code))
        }
        Err(error) => Err(error),
    }
}

/// Whether the pool of an offer has a free code.
pub async fn any_free(db: &Db, offer: &str) -> Result<bool, Error> {
    // cross-customer: a free code belongs to nobody
    let row: Option<(i64,)> = db
        .fetch_optional(
            "SELECT 1 FROM codes WHERE offer = $1 AND state = 0 LIMIT 1",
            params![offer],
        )
        .await?;
    Ok(row.is_some())
}

/// Codes whose promise has run out by now and that nobody has redeemed.
pub async fn run_out(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Code>, Error> {
    // cross-customer: promises run out whoever they were made to
    db.fetch_all(
        &format!(
            "{SELECT} WHERE state = 1 AND reserved_until <= $1 ORDER BY reserved_until LIMIT $2"
        ),
        params![now, limit],
    )
    .await
}

/// Gives a code back to the end of its pool, unless its contact has changed or it was redeemed.
pub async fn give_back(db: &Db, code: &Code, position: i64) -> Result<bool, Error> {
    let mut tx = db.begin().await?;
    // cross-customer: the code is named
    let touched = tx
        .execute(
            "UPDATE codes SET state = 0, customer_id = NULL, contact_id = NULL,
                 reserved_until = NULL, position = $3
             WHERE code = $1 AND state = 1 AND contact_id = $2
               AND NOT EXISTS (SELECT 1 FROM redemptions r WHERE r.code = codes.code)",
            params![code.code.as_str(), code.contact_id.map(|id| id.0), position],
        )
        .await?;
    if touched > 0
        && let Some(contact) = code.contact_id
    {
        origin::db::end(&mut tx, contact).await?;
    }
    tx.commit().await?;
    Ok(touched > 0)
}

/// Notes that the customer has seen the code: it never goes back.
pub async fn shown(db: &Db, code: &Code) -> Result<(), Error> {
    // cross-customer: the code is named
    db.execute(
        "UPDATE codes SET state = 2 WHERE code = $1 AND state = 1 AND contact_id = $2",
        params![code.code.as_str(), code.contact_id.map(|id| id.0)],
    )
    .await?;
    Ok(())
}

/// A code, whoever has it.
pub async fn find(db: &Db, code: &str) -> Result<Option<Code>, Error> {
    // cross-customer: a code is found by itself
    db.fetch_optional(&format!("{SELECT} WHERE code = $1"), params![code])
        .await
}

/// A code, locked until the transaction ends.
pub async fn locked(tx: &mut Tx, code: &str) -> Result<Option<Code>, Error> {
    let lock = tx.for_update();
    // cross-customer: a code is found by itself
    tx.fetch_optional(&format!("{SELECT} WHERE code = $1{lock}"), params![code])
        .await
}

/// Notes in the transaction of a redemption that the code stays with its contact.
pub async fn keep(tx: &mut Tx, code: &str) -> Result<(), Error> {
    // cross-customer: the code is named
    tx.execute(
        "UPDATE codes SET state = 2 WHERE code = $1 AND state = 1",
        params![code],
    )
    .await?;
    Ok(())
}

/// Adds codes to a pool; the number of those that were new.
pub async fn add(db: &Db, offer: &str, codes: &[String]) -> Result<u64, Error> {
    let first = db
        .take_numbers("code_positions", codes.len() as i64)
        .await?;
    let now = db.now();
    let rows = codes
        .iter()
        .enumerate()
        .map(|(at, code)| params![code.as_str(), offer, first + at as i64, 0_i64, now]);
    let columns = ["code", "offer", "position", "state", "created_at"];
    let mut tx = db.begin().await?;
    let after = "ON CONFLICT (code) DO NOTHING";
    let added = tx
        .insert_many("codes", &columns, rows.collect(), after)
        .await?;
    tx.commit().await?;
    Ok(added)
}

/// Takes free codes out of a pool: those named, or all.
pub async fn withdraw(db: &Db, offer: &str) -> Result<u64, Error> {
    // cross-customer: a free code belongs to nobody
    db.execute(
        "UPDATE codes SET state = 3 WHERE offer = $1 AND state = 0",
        params![offer],
    )
    .await
}

/// How many codes of an offer are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeCounts {
    /// Nobody has them.
    pub free: u64,
    /// Promised to contacts that were not shown yet.
    pub reserved: u64,
    /// With customers, or redeemed since.
    pub shown: u64,
    /// Taken out by hand.
    pub withdrawn: u64,
}

/// How many codes of an offer are in each state.
pub async fn counts(db: &Db, offer: &str) -> Result<CodeCounts, Error> {
    // cross-customer: numbers of a pool
    let rows: Vec<(i64, u64)> = db
        .fetch_all(
            "SELECT state, COUNT(*) FROM codes WHERE offer = $1 GROUP BY state",
            params![offer],
        )
        .await?;
    let mut counts = CodeCounts::default();
    for (state, count) in rows {
        match CodeState::of(state) {
            CodeState::Free => counts.free = count,
            CodeState::Reserved => counts.reserved = count,
            CodeState::Shown => counts.shown = count,
            CodeState::Withdrawn => counts.withdrawn = count,
        }
    }
    Ok(counts)
}

/// How many free codes an offer has, counted up to a limit.
pub async fn free_up_to(db: &Db, offer: &str, limit: i64) -> Result<u64, Error> {
    // cross-customer: numbers of a pool
    let (count,): (u64,) = db
        .fetch_one(
            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM codes
                 WHERE offer = $1 AND state = 0 LIMIT $2) AS free",
            params![offer, limit],
        )
        .await?;
    Ok(count)
}
