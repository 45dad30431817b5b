//! The log in the store.

use store::{Alone, Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

use super::entry::{LogRow, MessageMark, RowKind};
use crate::customer::CustomerId;
use crate::log::Entry;

const COLUMNS: [&str; 9] = [
    "customer_id",
    "seq",
    "kind",
    "occurred_at",
    "received_at",
    "source_id",
    "message_hash",
    "body_hash",
    "body",
];

const SELECT: &str = "SELECT customer_id, seq, kind, occurred_at, received_at, source_id, body";

impl FromRow for LogRow {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let customer_id = row.next()?;
        let seq = row.next()?;
        let kind: i64 = row.next()?;
        let (occurred_at, received_at, source_id) = (row.next()?, row.next()?, row.next()?);
        let body: String = row.next()?;
        let kind = RowKind::from_number(kind).unwrap_or(RowKind::Decision);
        let entry = Entry::from_json(kind, &body)?;
        Ok(LogRow {
            seq,
            customer_id,
            occurred_at,
            received_at,
            source_id,
            entry,
        })
    }
}

/// Appends rows; durable only when the transaction commits.
pub async fn append(tx: &mut Tx, rows: &[(LogRow, Option<MessageMark>)]) -> Result<(), Error> {
    tx.insert_many("log", &COLUMNS, values(rows)?, "").await?;
    Ok(())
}

/// Appends rows, ready as [`values`], and nothing else.
pub async fn append_alone(alone: Alone, values: Vec<Vec<Value>>) -> Result<(), Error> {
    alone.insert_many("log", &COLUMNS, values).await
}

/// Rows as they are stored.
pub fn values(rows: &[(LogRow, Option<MessageMark>)]) -> Result<Vec<Vec<Value>>, Error> {
    let value = |(row, message): &(LogRow, Option<MessageMark>)| {
        Ok(params![
            row.customer_id,
            row.seq,
            row.entry.kind() as i64,
            row.occurred_at,
            row.received_at,
            row.source_id,
            message.map(|m| m.digest.to_vec()),
            message.map(|m| m.body_hash),
            row.entry.to_json()?
        ])
    };
    rows.iter().map(value).collect()
}

/// Rows after a position, in order, at most `limit`.
pub async fn after(db: &Db, seq: u64, limit: i64) -> Result<Vec<LogRow>, Error> {
    let sql = format!("{SELECT} FROM log WHERE seq > $1 ORDER BY seq LIMIT $2");
    db.fetch_all(&sql, params![seq, limit]).await
}

/// The row at a position, whoever's it is.
pub async fn at(db: &Db, seq: u64) -> Result<Option<LogRow>, Error> {
    db.fetch_optional(&format!("{SELECT} FROM log WHERE seq = $1"), params![seq])
        .await
}

/// Rows at some positions of some customers, newest first.
pub async fn of_customers(
    db: &Db,
    customers: &[CustomerId],
    seqs: &[u64],
) -> Result<Vec<LogRow>, Error> {
    let mut rows: Vec<LogRow> = vec![];
    for chunk in seqs.chunks(400) {
        let sql = format!(
            "{SELECT} FROM log WHERE customer_id IN ({}) AND seq IN ({}) ORDER BY seq DESC",
            in_list(customers.len(), 1),
            in_list(chunk.len(), customers.len() + 1)
        );
        let mut values: Vec<Value> = customers.iter().map(|id| Value::from(*id)).collect();
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        rows.extend(db.fetch_all::<LogRow>(&sql, values).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
    Ok(rows)
}

/// Rows of some customers before a position, newest first: a scan on SQLite, for what is older
/// than a customer's recent rows.
pub async fn older(
    db: &Db,
    customers: &[CustomerId],
    before: u64,
    limit: i64,
) -> Result<Vec<LogRow>, Error> {
    let at = customers.len() + 1;
    let sql = format!(
        "{SELECT} FROM log WHERE customer_id IN ({}) AND seq < ${at}
         ORDER BY seq DESC LIMIT ${}",
        in_list(customers.len(), 1),
        at + 1
    );
    let mut values: Vec<Value> = customers.iter().map(|id| Value::from(*id)).collect();
    values.push(Value::from(i64::try_from(before).unwrap_or(i64::MAX)));
    values.push(Value::Int(limit));
    db.fetch_all(&sql, values).await
}

/// Rows of a kind before a position, newest first, at most `limit`.
pub async fn of_kind(
    db: &Db,
    kind: RowKind,
    before: u64,
    limit: i64,
) -> Result<Vec<LogRow>, Error> {
    let sql = format!("{SELECT} FROM log WHERE kind = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3");
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    db.fetch_all(&sql, params![kind as i64, before, limit])
        .await
}

/// Merges and splits of some customers, in order; an index of its own finds them.
pub async fn merges(db: &Db, customers: &[CustomerId]) -> Result<Vec<LogRow>, Error> {
    let sql = format!(
        "{SELECT} FROM log WHERE kind IN (7, 8) AND customer_id IN ({}) ORDER BY seq",
        in_list(customers.len(), 1)
    );
    let values = customers.iter().map(|id| Value::from(*id)).collect();
    db.fetch_all(&sql, values).await
}

/// Consents of some customers before a position, newest first; an index of its own finds them.
pub async fn consents(
    db: &Db,
    customers: &[CustomerId],
    before: u64,
    limit: i64,
) -> Result<Vec<LogRow>, Error> {
    let at = customers.len() + 1;
    let sql = format!(
        "{SELECT} FROM log WHERE kind = 3 AND customer_id IN ({}) AND seq < ${at}
         ORDER BY seq DESC LIMIT ${}",
        in_list(customers.len(), 1),
        at + 1
    );
    let mut values: Vec<Value> = customers.iter().map(|id| Value::from(*id)).collect();
    values.push(Value::from(i64::try_from(before).unwrap_or(i64::MAX)));
    values.push(Value::Int(limit));
    db.fetch_all(&sql, values).await
}

/// The oldest position in the log; `None` when it is empty.
pub async fn oldest(db: &Db) -> Result<Option<u64>, Error> {
    let row: (Option<i64>,) = db.fetch_one("SELECT MIN(seq) FROM log", params![]).await?;
    Ok(row.0.map(|seq| seq as u64))
}

/// The newest position in the log, 0 when it is empty.
pub async fn newest(db: &Db) -> Result<u64, Error> {
    let (seq,): (i64,) = db
        .fetch_one("SELECT COALESCE(MAX(seq), 0) FROM log", params![])
        .await?;
    Ok(seq as u64)
}

/// Message marks of rows after a position, in order; with positions.
pub async fn marks(
    db: &Db,
    after: u64,
    limit: i64,
) -> Result<Vec<(u64, Option<MessageMark>)>, Error> {
    let rows: Vec<(u64, Option<Vec<u8>>, Option<i64>)> = db
        .fetch_all(
            "SELECT seq, message_hash, body_hash FROM log WHERE seq > $1 ORDER BY seq LIMIT $2",
            params![after, limit],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(seq, digest, body_hash)| {
            let digest = digest.and_then(|bytes| bytes.try_into().ok());
            let mark = digest.zip(body_hash);
            (
                seq,
                mark.map(|(digest, body_hash)| MessageMark { digest, body_hash }),
            )
        })
        .collect())
}

/// A position before every row received since an instant, by bisection: rows stand in order of
/// receipt.
pub async fn before(db: &Db, since: Timestamp) -> Result<u64, Error> {
    let (mut low, mut high) = (0, newest(db).await?);
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(u64, Timestamp)> = db
            .fetch_optional(
                "SELECT seq, received_at FROM log WHERE seq > $1 ORDER BY seq LIMIT 1",
                params![middle],
            )
            .await?;
        match row {
            Some((seq, received_at)) if received_at < since => low = seq,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// Those of the marks that the shared de-duplication table knows already, with the content they
/// had.
pub async fn known_marks(tx: &mut Tx, marks: &[MessageMark]) -> Result<Vec<MessageMark>, Error> {
    let mut known = vec![];
    for chunk in marks.chunks(500) {
        let sql = format!(
            "SELECT digest, body_hash FROM message_ids WHERE digest IN ({})",
            in_list(chunk.len(), 1)
        );
        let values = chunk
            .iter()
            .map(|mark| Value::Blob(mark.digest.to_vec()))
            .collect();
        let rows: Vec<(Vec<u8>, i64)> = tx.fetch_all(&sql, values).await?;
        known.extend(rows.into_iter().filter_map(|(digest, body_hash)| {
            Some(MessageMark {
                digest: digest.try_into().ok()?,
                body_hash,
            })
        }));
    }
    Ok(known)
}

/// Stores message marks; fewer stored than given means that another process was faster.
pub async fn save_marks(
    tx: &mut Tx,
    mut marks: Vec<MessageMark>,
    now: Timestamp,
) -> Result<u64, Error> {
    marks.sort_by_key(|mark| mark.digest);
    let rows = marks
        .into_iter()
        .map(|m| params![m.digest.to_vec(), m.body_hash, now])
        .collect();
    let columns = ["digest", "body_hash", "received_at"];
    tx.insert_many(
        "message_ids",
        &columns,
        rows,
        "ON CONFLICT (digest) DO NOTHING",
    )
    .await
}

/// Forgets message marks from before an instant.
pub async fn forget_marks(db: &Db, before: Timestamp) -> Result<u64, Error> {
    db.execute(
        "DELETE FROM message_ids WHERE received_at < $1",
        params![before],
    )
    .await
}

/// A signal: something that a published definition watches for has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// The customer (the leaf).
    pub customer_id: CustomerId,
    /// Position of the event.
    pub seq: u64,
    /// What watches, for example `journey:abandoned_cart`.
    pub watch: String,
    /// When the event happened.
    pub occurred_at: Timestamp,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The event, as it stands in the log.
    pub body: String,
    /// How often it could not be taken in.
    pub attempts: i64,
}

/// Tries of a signal before somebody has to look.
const SIGNAL_ATTEMPTS_LIMIT: i64 = 5;

impl Signal {
    /// When it is tried again after one more failure: `None` when it is given up.
    pub fn next_try_at(&self, now: Timestamp) -> Option<Timestamp> {
        let attempts = self.attempts + 1;
        (attempts < SIGNAL_ATTEMPTS_LIMIT).then(|| now.plus_ms(30_000 << attempts))
    }
}

/// Writes signals beside the rows that caused them.
pub async fn save_signals(tx: &mut Tx, signals: Vec<Signal>) -> Result<(), Error> {
    let rows = signals
        .into_iter()
        .map(|s| {
            params![
                s.customer_id,
                s.seq,
                s.watch,
                s.occurred_at,
                s.received_at,
                s.body
            ]
        })
        .collect();
    let columns = [
        "customer_id",
        "seq",
        "watch",
        "occurred_at",
        "received_at",
        "body",
    ];
    tx.insert_many("signals", &columns, rows, "").await?;
    Ok(())
}

/// Waiting signals of a watch prefix (for example `journey:`) that may be tried now, oldest first.
pub async fn signals(db: &Db, prefix: &str, limit: i64) -> Result<Vec<Signal>, Error> {
    type Columns = (CustomerId, u64, String, Timestamp, Timestamp, String, i64);
    let rows: Vec<Columns> = db
        .fetch_all(
            "SELECT customer_id, seq, watch, occurred_at, received_at, body, attempts FROM signals
             WHERE watch >= $1 AND watch < $2 AND due_at <= $3 ORDER BY seq, watch LIMIT $4",
            params![prefix, format!("{prefix}\u{10ffff}"), db.now(), limit],
        )
        .await?;
    let signal = |(customer_id, seq, watch, occurred_at, received_at, body, attempts)| Signal {
        customer_id,
        seq,
        watch,
        occurred_at,
        received_at,
        body,
        attempts,
    };
    Ok(rows.into_iter().map(signal).collect())
}

/// Notes that a signal could not be taken in. One without another try stays, for whoever looks.
pub async fn put_off_signal(
    tx: &mut Tx,
    signal: &Signal,
    next_try_at: Option<Timestamp>,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE signals SET attempts = $4, due_at = $5
         WHERE customer_id = $1 AND seq = $2 AND watch = $3",
        params![
            signal.customer_id,
            signal.seq,
            signal.watch.as_str(),
            signal.attempts + 1,
            next_try_at.unwrap_or(Timestamp(i64::MAX))
        ],
    )
    .await?;
    Ok(())
}

/// Removes a signal in the transaction of what it caused; false when somebody else took it.
pub async fn take_signal(tx: &mut Tx, signal: &Signal) -> Result<bool, Error> {
    let taken = tx
        .execute(
            "DELETE FROM signals WHERE customer_id = $1 AND seq = $2 AND watch = $3",
            params![signal.customer_id, signal.seq, signal.watch.as_str()],
        )
        .await?;
    Ok(taken > 0)
}

/// Up to which position the tables beside the log are complete, on the embedded store.
pub async fn flushed_seq(db: &Db) -> Result<u64, Error> {
    let row: Option<(String,)> = db
        .fetch_optional(
            "SELECT body FROM settings WHERE name = 'flushed_seq'",
            params![],
        )
        .await?;
    Ok(row.and_then(|(text,)| text.parse().ok()).unwrap_or(0))
}

/// The same, as a transaction sees it.
pub async fn flushed_seq_in(tx: &mut Tx) -> Result<u64, Error> {
    let sql = "SELECT body FROM settings WHERE name = 'flushed_seq'";
    let row: Option<(String,)> = tx.fetch_optional(sql, params![]).await?;
    Ok(row.and_then(|(text,)| text.parse().ok()).unwrap_or(0))
}

/// Says up to which position the tables beside the log are complete.
pub async fn set_flushed_seq(db: &Db, seq: u64) -> Result<(), Error> {
    db.execute(
        "INSERT INTO settings (name, body, updated_at) VALUES ('flushed_seq', $1, $2)
         ON CONFLICT (name) DO UPDATE SET body = $1, updated_at = $2",
        params![seq.to_string(), db.now()],
    )
    .await?;
    Ok(())
}

/// A part of the log, in the order in which rows become visible: places there with positions at
/// them. `after` is excluded, `upto` is not.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Behind which row it begins.
    pub after: (i64, i64),
    /// With which row it ends.
    pub upto: (i64, i64),
}

/// Rows of some kinds in a stretch of the log, in its order and with their places there, at most
/// `limit`.
pub async fn of_kinds(
    tx: &mut Tx,
    order: &str,
    kinds: &[RowKind],
    stretch: Stretch,
    limit: i64,
) -> Result<Vec<(i64, LogRow)>, Error> {
    let at = kinds.len();
    let sql = format!(
        "SELECT {order}, customer_id, seq, kind, occurred_at, received_at, source_id, body
         FROM log WHERE kind IN ({}) AND {order} >= ${} AND {order} <= ${}
             AND NOT ({order} = ${} AND seq <= ${}) AND NOT ({order} = ${} AND seq > ${})
         ORDER BY {order}, seq LIMIT ${}",
        in_list(at, 1),
        at + 1,
        at + 3,
        at + 1,
        at + 2,
        at + 3,
        at + 4,
        at + 5
    );
    let mut values: Vec<Value> = kinds.iter().map(|kind| Value::Int(*kind as i64)).collect();
    let Stretch { after, upto } = stretch;
    values.extend(params![after.0, after.1, upto.0, upto.1, limit]);
    let rows: Vec<Placed> = tx.fetch_all(&sql, values).await?;
    Ok(rows
        .into_iter()
        .map(|placed| (placed.0, placed.1))
        .collect())
}

/// A row with its place in the order in which rows become visible.
struct Placed(i64, LogRow);

impl FromRow for Placed {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Placed(row.next()?, LogRow::from_row(row)?))
    }
}

/// The newest position, as a transaction sees it.
pub async fn newest_in(tx: &mut Tx) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(seq), 0) FROM log";
    Ok(tx.fetch_one::<(i64,)>(sql, params![]).await?.0)
}

/// A place in the log's order before every row received since an instant, by bisection.
pub async fn place_before(db: &Db, since: Timestamp) -> Result<i64, Error> {
    let order = db.log_order();
    let newest = format!("SELECT COALESCE(MAX({order}), 0) FROM log");
    let (mut low, mut high) = (0, db.fetch_one::<(i64,)>(&newest, params![]).await?.0);
    let next =
        format!("SELECT {order}, received_at FROM log WHERE {order} > $1 ORDER BY {order} LIMIT 1");
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(i64, Timestamp)> = db.fetch_optional(&next, params![middle]).await?;
        match row {
            Some((place, received_at)) if received_at < since => low = place,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}
