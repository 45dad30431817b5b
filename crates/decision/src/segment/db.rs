//! Members of segments in the store.

use std::collections::HashMap;

use memory::CustomerId;
use roaring::RoaringTreemap;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

/// Members read at a time.
const CHUNK: i64 = 20_000;

/// One customer's standing in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The customer.
    pub customer_id: CustomerId,
    /// The segment.
    pub segment: String,
    /// In, or out again.
    pub inside: bool,
    /// Since when.
    pub since_at: Timestamp,
    /// How often they came in.
    pub times: i64,
}

impl FromRow for Member {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Member {
            customer_id: row.next()?,
            segment: row.next()?,
            inside: row.next()?,
            since_at: row.next()?,
            times: row.next()?,
        })
    }
}

/// What the members of a segment follow from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The rule they follow from.
    pub rule_hash: String,
    /// Rises with every change that others must read again.
    pub revision: i64,
    /// How fresh they are.
    pub as_of_at: Timestamp,
}

/// The standing of some customers (roots and leaves) in all segments.
pub async fn of_customers(db: &Db, customers: &[CustomerId]) -> Result<Vec<Member>, Error> {
    let mut found = vec![];
    for chunk in customers.chunks(500) {
        let sql = format!(
            "SELECT customer_id, segment_key, inside, since_at, times FROM segment_members
             WHERE customer_id IN ({})",
            in_list(chunk.len(), 1)
        );
        let values: Vec<Value> = chunk.iter().map(|id| Value::from(*id)).collect();
        found.extend(db.fetch_all::<Member>(&sql, values).await?);
    }
    Ok(found)
}

/// Writes standings.
pub async fn save(tx: &mut Tx, mut members: Vec<Member>) -> Result<(), Error> {
    members.sort_by(|a, b| (a.customer_id, &a.segment).cmp(&(b.customer_id, &b.segment)));
    let rows = members.into_iter().map(|member| {
        params![
            member.customer_id,
            member.segment,
            i64::from(member.inside),
            member.since_at,
            member.times
        ]
    });
    let columns = ["customer_id", "segment_key", "inside", "since_at", "times"];
    let after = "ON CONFLICT (customer_id, segment_key) DO UPDATE SET inside = excluded.inside,
                 since_at = excluded.since_at, times = excluded.times";
    let rows = rows.collect();
    tx.insert_many("segment_members", &columns, rows, after)
        .await?;
    Ok(())
}

/// Forgets customers who were merged into another.
pub async fn forget(tx: &mut Tx, customers: &[CustomerId]) -> Result<(), Error> {
    for table in ["segment_members", "segment_checks"] {
        for chunk in customers.chunks(500) {
            let list = in_list(chunk.len(), 1);
            let sql = format!("DELETE FROM {table} WHERE customer_id IN ({list})");
            let values = chunk.iter().map(|id| Value::from(*id)).collect();
            tx.execute(&sql, values).await?;
        }
    }
    Ok(())
}

/// Sets when time may change memberships; `None` takes the customer off.
pub async fn set_due(
    tx: &mut Tx,
    mut due: Vec<(CustomerId, Option<Timestamp>)>,
) -> Result<(), Error> {
    due.sort_by_key(|(id, _)| *id);
    let none = due.iter().filter(|(_, at)| at.is_none());
    let none: Vec<Value> = none.map(|(id, _)| Value::from(*id)).collect();
    for chunk in none.chunks(500) {
        let list = in_list(chunk.len(), 1);
        let sql = format!("DELETE FROM segment_checks WHERE customer_id IN ({list})");
        tx.execute(&sql, chunk.to_vec()).await?;
    }
    let rows = due.into_iter();
    let rows = rows.filter_map(|(id, at)| Some(params![id, at?]));
    let after = "ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at";
    let columns = ["customer_id", "due_at"];
    tx.insert_many("segment_checks", &columns, rows.collect(), after)
        .await?;
    Ok(())
}

/// Customers whose memberships time may have changed, earliest first.
// cross-customer: whoever is due first
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<CustomerId>, Error> {
    let sql = "SELECT customer_id FROM segment_checks WHERE due_at <= $1
               ORDER BY due_at LIMIT $2";
    let rows: Vec<(CustomerId,)> = db.fetch_all(sql, params![now, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// All members of a segment.
// cross-customer: the members of a segment
pub async fn members(db: &Db, segment: &str) -> Result<RoaringTreemap, Error> {
    let mut found = RoaringTreemap::new();
    let mut after = -1;
    loop {
        let sql = "SELECT customer_id FROM segment_members
                   WHERE segment_key = $1 AND inside = 1 AND customer_id > $2
                   ORDER BY customer_id LIMIT $3";
        let rows: Vec<(i64,)> = db.fetch_all(sql, params![segment, after, CHUNK]).await?;
        let Some((last,)) = rows.last() else {
            return Ok(found);
        };
        after = *last;
        found.extend(rows.iter().map(|(id,)| *id as u64));
    }
}

/// A page of members in order of id.
// cross-customer: the members of a segment
pub async fn page(
    db: &Db,
    segment: &str,
    after: CustomerId,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    let sql = "SELECT customer_id, segment_key, inside, since_at, times FROM segment_members
               WHERE segment_key = $1 AND inside = 1 AND customer_id > $2
               ORDER BY customer_id LIMIT $3";
    db.fetch_all(sql, params![segment, after, limit]).await
}

/// How many are in a segment, and how many came in and went out since a moment.
// cross-customer: the size of a segment
pub async fn figures(db: &Db, segment: &str, since: Timestamp) -> Result<(i64, i64, i64), Error> {
    let count = async |inside: i64, from: Timestamp| -> Result<i64, Error> {
        let sql = "SELECT COUNT(*) FROM segment_members
                   WHERE segment_key = $1 AND inside = $2 AND since_at >= $3";
        let found: (i64,) = db.fetch_one(sql, params![segment, inside, from]).await?;
        Ok(found.0)
    };
    let size = count(1, Timestamp(i64::MIN)).await?;
    Ok((size, count(1, since).await?, count(0, since).await?))
}

/// What the members of every segment follow from.
pub async fn standings(db: &Db) -> Result<HashMap<String, Standing>, Error> {
    let sql = "SELECT segment_key, rule_hash, revision, as_of_at FROM segment_states
               ORDER BY segment_key LIMIT 10000";
    let rows: Vec<(String, String, i64, Timestamp)> = db.fetch_all(sql, params![]).await?;
    let standing = |(key, rule_hash, revision, as_of_at)| {
        let standing = Standing {
            rule_hash,
            revision,
            as_of_at,
        };
        (key, standing)
    };
    Ok(rows.into_iter().map(standing).collect())
}

/// Says what the members of a segment follow from now; `changed` when others must read them.
pub async fn stand(
    tx: &mut Tx,
    segment: &str,
    rule_hash: &str,
    as_of: Timestamp,
    changed: bool,
) -> Result<(), Error> {
    let step = i64::from(changed);
    tx.execute(
        "INSERT INTO segment_states (segment_key, rule_hash, revision, as_of_at)
         VALUES ($1, $2, 1, $3)
         ON CONFLICT (segment_key) DO UPDATE SET rule_hash = excluded.rule_hash,
             as_of_at = excluded.as_of_at, revision = segment_states.revision + $4",
        params![segment, rule_hash, as_of, step],
    )
    .await?;
    Ok(())
}

/// Says that the members of some segments are as fresh as this.
pub async fn fresh(db: &Db, segments: &[&str], as_of: Timestamp) -> Result<(), Error> {
    for chunk in segments.chunks(500) {
        let list = in_list(chunk.len(), 2);
        let sql = format!("UPDATE segment_states SET as_of_at = $1 WHERE segment_key IN ({list})");
        let keys = chunk.iter().map(|key| Value::from(*key));
        let values = std::iter::once(Value::from(as_of)).chain(keys);
        db.execute(&sql, values.collect()).await?;
    }
    Ok(())
}

/// One day of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970, in UTC.
    pub day: i64,
    /// How many were in it at the end of the day.
    pub size: i64,
    /// How many came in.
    pub entered: i64,
    /// How many went out.
    pub departed: i64,
    /// False when the size was found out afterwards: who came and went is not known.
    pub followed: bool,
}

/// Writes days.
pub async fn save_days(db: &Db, segment: &str, days: &[Day]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let rows = days.iter();
    let rows = rows.map(|d| {
        let followed = i64::from(d.followed);
        params![segment, d.day, d.size, d.entered, d.departed, followed]
    });
    let columns = [
        "segment_key",
        "day",
        "size",
        "entered",
        "departed",
        "followed",
    ];
    let after = "ON CONFLICT (segment_key, day) DO UPDATE SET size = excluded.size,
                 entered = excluded.entered, departed = excluded.departed,
                 followed = excluded.followed";
    tx.insert_many("segment_days", &columns, rows.collect(), after)
        .await?;
    tx.commit().await
}

/// The days of a segment from a day on, in order.
pub async fn days(db: &Db, segment: &str, from: i64) -> Result<Vec<Day>, Error> {
    let sql = "SELECT day, size, entered, departed, followed FROM segment_days
               WHERE segment_key = $1 AND day >= $2 ORDER BY day LIMIT 1000";
    let rows: Vec<(i64, i64, i64, i64, i64)> = db.fetch_all(sql, params![segment, from]).await?;
    let day = |(day, size, entered, departed, followed)| Day {
        day,
        size,
        entered,
        departed,
        followed: followed != 0,
    };
    Ok(rows.into_iter().map(day).collect())
}
