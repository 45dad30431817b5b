//! The log as the lake reads it: in the order in which rows become visible.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use store::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

use super::batch::Placed;
use crate::customer::CustomerState;
use crate::log::{Entry, LogRow, Merge, MessageMark};

/// Rows of the log read at once.
pub(super) const PAGE: i64 = 20_000;

/// A row of the log with its place in the order in which rows become visible.
pub(crate) struct Ordered {
    pub order: i64,
    pub placed: Placed,
}

impl FromRow for Ordered {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let order = row.next()?;
        let digest: Option<Vec<u8>> = row.next()?;
        let body_hash: Option<i64> = row.next()?;
        let log_row = LogRow::from_row(row)?;
        let digest = digest.and_then(|bytes| bytes.try_into().ok());
        let message = digest.zip(body_hash);
        Ok(Ordered {
            order,
            placed: Placed {
                root: log_row.customer_id.0 as i64,
                row: log_row,
                message: message.map(|(digest, body_hash)| MessageMark { digest, body_hash }),
            },
        })
    }
}

/// Rows from one place in the order up to another, after a position at the first of them.
// cross-customer: the lake holds everybody's rows
pub(super) async fn rows(
    tx: &mut Tx,
    order: &str,
    (from, after_seq): (i64, i64),
    until: i64,
) -> Result<Vec<Ordered>, Error> {
    let sql = format!(
        "SELECT {order}, message_hash, body_hash, customer_id, seq, kind, occurred_at, received_at,
             source_id, body
         FROM log WHERE {order} >= $1 AND {order} < $2 AND NOT ({order} = $1 AND seq <= $3)
         ORDER BY {order}, seq LIMIT $4"
    );
    tx.fetch_all(&sql, params![from, until, after_seq, PAGE])
        .await
}

/// The place after which `count` rows from a place on stand; `None` when there are fewer. On the
/// embedded store positions are counted, of which some have no row, because counting rows means
/// to read them.
// cross-customer: the lake holds everybody's rows
pub(super) async fn place_after(
    tx: &mut Tx,
    order: &str,
    (from, until): (i64, i64),
    count: i64,
) -> Result<Option<i64>, Error> {
    let (first, offset) = if tx.exclusive() {
        (count, 0)
    } else {
        (0, count)
    };
    let sql = format!(
        "SELECT {order} FROM log WHERE {order} >= $3 + COALESCE((SELECT MIN({order}) FROM log
             WHERE {order} >= $1), $1) AND {order} < $2
         ORDER BY {order}, seq LIMIT 1 OFFSET $4"
    );
    let row: Option<(i64,)> = tx
        .fetch_optional(&sql, params![from, until, first, offset])
        .await?;
    Ok(row.map(|(place,)| place))
}

/// About how many rows stand from a place on, and when the first came. On the embedded store
/// positions are counted, of which some have no row; elsewhere an index counts, up to `most`.
// cross-customer: the lake holds everybody's rows
pub(super) async fn waiting(
    db: &Db,
    from: i64,
    most: i64,
) -> Result<(i64, Option<Timestamp>), Error> {
    let order = db.log_order();
    let sql = format!("SELECT received_at FROM log WHERE {order} >= $1 ORDER BY {order} LIMIT 1");
    let first: Option<(Timestamp,)> = db.fetch_optional(&sql, params![from]).await?;
    let Some((oldest,)) = first else {
        return Ok((0, None));
    };
    let (sql, values) = if db.exclusive() {
        (
            "SELECT COALESCE(MAX(seq) - $1 + 1, 0) FROM log".to_owned(),
            params![from],
        )
    } else {
        let few = format!("SELECT {order} FROM log WHERE {order} >= $1 LIMIT $2");
        (
            format!("SELECT COUNT(*) FROM ({few}) AS few"),
            params![from, most],
        )
    };
    let (rows,): (i64,) = db.fetch_one(&sql, values).await?;
    Ok((rows, Some(oldest)))
}

/// How many rows stand between two places.
// cross-customer: the lake holds everybody's rows
pub(super) async fn count(db: &Db, from: i64) -> Result<(i64, Option<Timestamp>), Error> {
    let order = db.log_order();
    let sql = format!("SELECT COUNT(*), MIN(received_at) FROM log WHERE {order} >= $1");
    db.fetch_one(&sql, params![from]).await
}

/// The newest position, as a transaction sees it.
// cross-customer: the lake holds everybody's rows
pub(super) async fn newest_seq(tx: &mut Tx) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(seq), 0) FROM log";
    Ok(tx.fetch_one::<(i64,)>(sql, params![]).await?.0)
}

/// How many merges and splits stand from a place on, and the last: tells whether any came.
pub(super) async fn merges_known(
    tx: &mut Tx,
    order: &str,
    from: i64,
) -> Result<(i64, Option<i64>), Error> {
    let sql =
        format!("SELECT COUNT(*), MAX({order}) FROM log WHERE kind IN (7, 8) AND {order} >= $1");
    tx.fetch_one(&sql, params![from]).await
}

/// Merges (true) and splits (false) from a place on, in order.
pub(super) async fn merges(
    tx: &mut Tx,
    order: &str,
    from: i64,
) -> Result<Vec<(bool, Merge)>, Error> {
    let sql = format!(
        "SELECT kind, body FROM log WHERE kind IN (7, 8) AND {order} >= $1
         ORDER BY {order}, seq LIMIT 10000000"
    );
    let rows: Vec<(i64, String)> = tx.fetch_all(&sql, params![from]).await?;
    let mut merges = Vec::with_capacity(rows.len());
    for (kind, body) in rows {
        merges.push((kind == 7, serde_json::from_str(&body)?));
    }
    Ok(merges)
}

/// Customers with rows from one place up to another.
// cross-customer: the lake holds everybody's rows
pub(super) async fn customers_between(
    tx: &mut Tx,
    order: &str,
    (from, until): (i64, i64),
) -> Result<Vec<i64>, Error> {
    let sql = format!(
        "SELECT DISTINCT customer_id FROM log WHERE {order} >= $1 AND {order} < $2 LIMIT 10000000"
    );
    let rows: Vec<(i64,)> = tx.fetch_all(&sql, params![from, until]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Where those of some customers belong that are merged into another.
pub(super) async fn roots(tx: &mut Tx, leaves: &HashSet<i64>) -> Result<HashMap<i64, i64>, Error> {
    let mut sorted: Vec<i64> = leaves.iter().copied().collect();
    sorted.sort_unstable();
    let mut roots = HashMap::new();
    for chunk in sorted.chunks(500) {
        let sql = format!(
            "SELECT customer_id, root_id FROM customers
             WHERE customer_id IN ({}) AND root_id <> customer_id",
            in_list(chunk.len(), 1)
        );
        let ids = chunk.iter().map(|id| Value::Int(*id)).collect();
        roots.extend(tx.fetch_all::<(i64, i64)>(&sql, ids).await?);
    }
    Ok(roots)
}

/// A customer's id and state, as it is written.
pub(super) type WrittenState = (i64, String);

/// Reads written states: much work for many.
pub(super) fn read_states(
    written: Vec<WrittenState>,
) -> Result<Vec<(i64, Arc<CustomerState>)>, serde_json::Error> {
    let read = |(id, state): WrittenState| Ok((id, Arc::new(serde_json::from_str(&state)?)));
    written.into_iter().map(read).collect()
}

/// The states of some customers that are roots.
pub(super) async fn states(tx: &mut Tx, wanted: &[i64]) -> Result<Vec<WrittenState>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(500) {
        let sql = format!(
            "SELECT customer_id, state FROM customers
             WHERE customer_id IN ({}) AND root_id = customer_id",
            in_list(chunk.len(), 1)
        );
        let ids = chunk.iter().map(|id| Value::Int(*id)).collect();
        found.extend(tx.fetch_all::<WrittenState>(&sql, ids).await?);
    }
    Ok(found)
}

/// States of roots after a customer, in order of id.
pub(super) async fn states_after(
    db: &Db,
    after: i64,
    limit: i64,
) -> Result<Vec<WrittenState>, Error> {
    let sql = "SELECT customer_id, state FROM customers
         WHERE customer_id > $1 AND root_id = customer_id ORDER BY customer_id LIMIT $2";
    db.fetch_all(sql, params![after, limit]).await
}

/// A name of this installation's own, made on first use: where several processes share a store
/// they find the same files by it.
pub(super) async fn own_name(db: &Db) -> Result<String, Error> {
    // Two stores must never share a folder, however their randomness was seeded.
    let made = format!("{:016x}", store::Random::system().u64());
    db.execute(
        "INSERT INTO settings (name, body, updated_at) VALUES ('lake_name', $1, $2)
         ON CONFLICT (name) DO NOTHING",
        params![made, db.now()],
    )
    .await?;
    let sql = "SELECT body FROM settings WHERE name = 'lake_name'";
    Ok(db.fetch_one::<(String,)>(sql, params![]).await?.0)
}

/// The merge of a row, for folding.
pub(super) fn merge_of(row: &LogRow) -> Option<(bool, &Merge)> {
    match &row.entry {
        Entry::Merge(merge) => Some((true, merge)),
        Entry::Unmerge(merge) => Some((false, merge)),
        Entry::Event(_)
        | Entry::Identify(_)
        | Entry::Consent(_)
        | Entry::Contact(_)
        | Entry::Response(_)
        | Entry::Decision(_)
        | Entry::ContactMoved(_) => None,
    }
}

/// Rows that leave the log in one transaction, which holds up the writer of the embedded store for
/// a few milliseconds.
const LEAVING: i64 = 1_000;

/// Whether any row between two places may leave: see [`leaving`].
// cross-customer: the lake holds everybody's rows
pub(super) async fn any_leaving(
    db: &Db,
    (from, until): (i64, i64),
    (before, staying): (Timestamp, i64),
) -> Result<bool, Error> {
    let order = db.log_order();
    let sql = format!(
        "SELECT seq, received_at, (SELECT MAX(seq) FROM log) FROM log
         WHERE {order} >= $1 AND {order} < $2 ORDER BY {order}, seq LIMIT 1"
    );
    let first: Option<(i64, Timestamp, i64)> =
        db.fetch_optional(&sql, params![from, until]).await?;
    Ok(match first {
        Some((seq, received_at, newest)) => received_at < before && seq <= newest - staying,
        None => until > from,
    })
}

/// Deletes the next rows between two places that were received before an instant and are not among
/// the newest, which stay however old they are: readers of what is new need no files. How many, and
/// up to which place everything is gone. Consents, merges and splits stay: they are few, and
/// indexes find them.
// cross-customer: the lake holds everybody's rows
pub(super) async fn leaving(
    tx: &mut Tx,
    order: &str,
    (from, until): (i64, i64),
    (before, staying): (Timestamp, i64),
) -> Result<(u64, i64), Error> {
    let newest = newest_seq(tx).await?;
    let sql = format!(
        "SELECT {order}, seq, received_at FROM log WHERE {order} >= $1 AND {order} < $2
         ORDER BY {order}, seq LIMIT $3"
    );
    let rows: Vec<(i64, i64, Timestamp)> =
        tx.fetch_all(&sql, params![from, until, LEAVING]).await?;
    let stays = |(_, seq, received_at): &&(i64, i64, Timestamp)| {
        *received_at >= before || *seq > newest - staying
    };
    let mark = match rows.iter().find(stays) {
        Some((place, _, _)) => *place,
        None if (rows.len() as i64) < LEAVING => until,
        // The last of them may belong to a transaction that goes on behind.
        None => rows
            .last()
            .map_or(from, |(place, _, _)| (*place).max(from + 1)),
    };
    if mark <= from {
        return Ok((0, from));
    }
    let sql =
        format!("DELETE FROM log WHERE {order} >= $1 AND {order} < $2 AND kind NOT IN (3, 7, 8)");
    Ok((tx.execute(&sql, params![from, mark]).await?, mark))
}
