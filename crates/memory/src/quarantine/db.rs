//! Quarantine in the store.

use std::collections::BTreeSet;

use store::{Db, Error, FromRow, Row, Tx, Value, params};

use super::{KEPT_PER_SOURCE, QuarantineId, Quarantined, Rejected, State};

const COLUMNS: &str =
    "id, source_id, reason, detail, form, body, state, outcome, received_at, updated_at";

impl FromRow for Quarantined {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Quarantined {
            id: row.next()?,
            source_id: row.next()?,
            reason: row.next()?,
            detail: row.next()?,
            form: row.next()?,
            body: row.next()?,
            state: State::of_word(&row.next::<String>()?),
            outcome: row.next()?,
            received_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Puts rejected items aside; of each source the newest [`KEPT_PER_SOURCE`] are kept.
pub async fn put(db: &Db, rows: Vec<Rejected>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let first = db.take_numbers("quarantine", rows.len() as i64).await?;
    let mut tx = db.begin().await?;
    put_in(&mut tx, first, rows).await?;
    tx.commit().await
}

/// The same within a transaction; the rows are numbered from `first` on.
pub async fn put_in(tx: &mut Tx, first: i64, rows: Vec<Rejected>) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let sources: BTreeSet<i64> = rows.iter().map(|row| row.source_id).collect();
    let mut values = Vec::with_capacity(rows.len());
    for (id, row) in (first..).zip(rows) {
        // PostgreSQL's texts cannot hold NUL.
        let body = row.body.replace('\0', "\u{fffd}");
        values.push(params![
            id,
            row.source_id,
            row.reason,
            row.detail.replace('\0', "\u{fffd}"),
            row.form,
            body,
            State::Waiting.word(),
            row.received_at,
            row.received_at
        ]);
    }
    let columns = [
        "id",
        "source_id",
        "reason",
        "detail",
        "form",
        "body",
        "state",
        "received_at",
        "updated_at",
    ];
    tx.insert_many("quarantine", &columns, values, "").await?;
    for source in sources {
        tx.execute(
            "DELETE FROM quarantine WHERE source_id = $1 AND id <= (
                 SELECT id FROM quarantine WHERE source_id = $1
                 ORDER BY id DESC LIMIT 1 OFFSET $2)",
            params![source, KEPT_PER_SOURCE],
        )
        .await?;
    }
    Ok(())
}

/// Which items are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this source.
    pub source_id: Option<i64>,
    /// Only with this reason.
    pub reason: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
}

/// A page of items, newest first, older than `before`.
pub async fn page(
    db: &Db,
    filter: &Filter,
    before: QuarantineId,
    limit: i64,
) -> Result<Vec<Quarantined>, Error> {
    let mut sql = format!("SELECT {COLUMNS} FROM quarantine WHERE id < $1");
    let mut values = params![i64::try_from(before.0).unwrap_or(i64::MAX)];
    let mut narrow = |column: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {column} = ${}", values.len()));
    };
    if let Some(source_id) = filter.source_id {
        narrow("source_id", source_id.into());
    }
    if let Some(reason) = &filter.reason {
        narrow("reason", reason.into());
    }
    if let Some(state) = filter.state {
        narrow("state", state.word().into());
    }
    values.push(limit.into());
    sql.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len()));
    db.fetch_all(&sql, values).await
}

/// One item.
pub async fn get(db: &Db, id: QuarantineId) -> Result<Option<Quarantined>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// Ends the wait of an item; false when somebody else was faster.
pub async fn settle(
    tx: &mut Tx,
    id: QuarantineId,
    state: State,
    outcome: Option<&str>,
    now: store::Timestamp,
) -> Result<bool, Error> {
    let changed = tx
        .execute(
            "UPDATE quarantine SET state = $2, outcome = $3, updated_at = $4
             WHERE id = $1 AND state = 'waiting'",
            params![id, state.word(), outcome, now],
        )
        .await?;
    Ok(changed > 0)
}

/// How many items wait, by source and reason, most first.
pub async fn counts(db: &Db) -> Result<Vec<(i64, String, i64)>, Error> {
    db.fetch_all(
        "SELECT source_id, reason, COUNT(*) FROM quarantine WHERE state = 'waiting'
         GROUP BY source_id, reason ORDER BY 3 DESC, source_id, reason LIMIT 200",
        params![],
    )
    .await
}

/// Throws every waiting item of a selection away; how many there were.
pub async fn discard(tx: &mut Tx, filter: &Filter, now: store::Timestamp) -> Result<u64, Error> {
    let mut sql = "UPDATE quarantine SET state = 'discarded', updated_at = $1
         WHERE state = 'waiting'"
        .to_owned();
    let mut values = params![now];
    if let Some(source_id) = filter.source_id {
        values.push(source_id.into());
        sql.push_str(&format!(" AND source_id = ${}", values.len()));
    }
    if let Some(reason) = &filter.reason {
        values.push(reason.into());
        sql.push_str(&format!(" AND reason = ${}", values.len()));
    }
    tx.execute(&sql, values).await
}
