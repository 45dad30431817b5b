//! Counting what the store holds, for the first page.

use memory::log::RowKind;
use store::{Db, Error, Timestamp, params};

use super::HOUR_MS;

/// What a row of the log counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A decision.
    Decision,
    /// A contact that was presented.
    Contact,
    /// A response.
    Response,
    /// An event that is no order.
    Event,
    /// A completed order.
    Order,
}

/// Rows of one kind within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What they count as.
    pub what: What,
    /// The hour of the day, from 0.
    pub hour: usize,
    /// How many.
    pub count: u64,
}

/// The newest position of the log.
pub async fn newest(db: &Db) -> Result<i64, Error> {
    Ok(memory::log::db::newest(db).await?.cast_signed())
}

/// The last position that was received before an instant. Positions follow the time of arrival,
/// so the place is found by halving, with one row read at each step.
pub async fn last_seq_before(db: &Db, instant: Timestamp) -> Result<i64, Error> {
    let (mut before, mut after) = (0, newest(db).await? + 1);
    while before + 1 < after {
        let middle = before + (after - before) / 2;
        let row: Option<(i64, i64)> = db
            .fetch_optional(
                "SELECT seq, received_at FROM log WHERE seq >= $1 ORDER BY seq LIMIT 1",
                params![middle],
            )
            .await?;
        match row {
            Some((seq, received_at)) if received_at < instant.0 => before = seq.max(middle),
            Some(_) | None => after = middle,
        }
    }
    Ok(before)
}

/// Counts rows after one position up to another that happened within a day, by hour. What a page
/// shows is presented when it is seen: its view is the contact. A mail is presented when it leaves,
/// and its opening is a response.
pub async fn counts(
    db: &Db,
    (after, up_to): (i64, i64),
    (since, until): (Timestamp, Timestamp),
) -> Result<Vec<Counted>, Error> {
    if after >= up_to {
        return Ok(vec![]);
    }
    let [event, contact, response, decision, moved] = [
        RowKind::Event,
        RowKind::Contact,
        RowKind::Response,
        RowKind::Decision,
        RowKind::ContactMoved,
    ]
    .map(|kind| kind as i64);
    let sql = format!(
        "SELECT what, hour, COUNT(*) FROM (
             SELECT (occurred_at - $3) / {HOUR_MS} AS hour,
                 CASE WHEN kind = {decision} THEN 'decision'
                     WHEN kind = {response} AND body LIKE '%\"kind\":\"view\"%'
                         AND body NOT LIKE '%\"channel\":\"email\"%' THEN 'contact'
                     WHEN kind = {response} THEN 'response'
                     WHEN kind = {event} AND body LIKE '%\"Order Completed\"%' THEN 'order'
                     WHEN kind = {event} THEN 'event'
                     WHEN body LIKE '%\"presented\"%' THEN 'contact'
                     ELSE 'other' END AS what
             FROM log
             WHERE seq > $1 AND seq <= $2 AND occurred_at >= $3 AND occurred_at < $4
                 AND kind IN ({event}, {contact}, {response}, {decision}, {moved})
         ) AS rows_of_day GROUP BY what, hour"
    );
    let rows: Vec<(String, i64, i64)> = db
        .fetch_all(&sql, params![after, up_to, since, until])
        .await?;
    let counted = |(what, hour, count): (String, i64, i64)| {
        let what = match what.as_str() {
            "decision" => What::Decision,
            "contact" => What::Contact,
            "response" => What::Response,
            "event" => What::Event,
            "order" => What::Order,
            _ => return None,
        };
        Some(Counted {
            what,
            hour: usize::try_from(hour).ok()?,
            count: count.cast_unsigned(),
        })
    };
    Ok(rows.into_iter().filter_map(counted).collect())
}

/// How many items wait in quarantine.
pub async fn quarantined(db: &Db) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM quarantine WHERE state = 'waiting'";
    let (count,): (i64,) = db.fetch_one(sql, params![]).await?;
    Ok(count.cast_unsigned())
}

/// How many messages are in a state and were touched since an instant.
pub async fn messages(db: &Db, state: &str, since: Timestamp) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM messages WHERE state = $1 AND updated_at >= $2";
    let (count,): (i64,) = db.fetch_one(sql, params![state, since]).await?;
    Ok(count.cast_unsigned())
}

/// Whether any message has been handed over.
pub async fn any_message(db: &Db) -> Result<bool, Error> {
    let sql = "SELECT id FROM messages WHERE state = 'accepted' LIMIT 1";
    let row: Option<(i64,)> = db.fetch_optional(sql, params![]).await?;
    Ok(row.is_some())
}

/// Whether any decision is among the newest rows of the log.
pub async fn any_decision(db: &Db, newest: i64) -> Result<bool, Error> {
    const LOOKED_AT: i64 = 20_000;
    let sql = "SELECT seq FROM log WHERE seq > $1 AND kind = $2 LIMIT 1";
    let kind = RowKind::Decision as i64;
    let row: Option<(i64,)> = db
        .fetch_optional(sql, params![newest - LOOKED_AT, kind])
        .await?;
    Ok(row.is_some())
}

/// Definitions whose newest version is not in use.
pub async fn drafts(db: &Db) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM definition_heads WHERE retired = 0
         AND (published_version IS NULL OR published_version < latest_version)";
    let (count,): (i64,) = db.fetch_one(sql, params![]).await?;
    Ok(count.cast_unsigned())
}

/// How many instances of each journey are in each state.
pub async fn journeys(db: &Db) -> Result<Vec<(String, String, u64)>, Error> {
    let sql = "SELECT journey, state, COUNT(*) FROM journey_instances GROUP BY journey, state";
    let rows: Vec<(String, String, i64)> = db.fetch_all(sql, params![]).await?;
    let plain =
        |(journey, state, count): (String, String, i64)| (journey, state, count.cast_unsigned());
    Ok(rows.into_iter().map(plain).collect())
}
