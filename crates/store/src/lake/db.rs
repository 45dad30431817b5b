//! Which files are live and where the lake stands, in the store.

use crate::job::{Lease, still_held};
use crate::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

/// The most files that are live at once; compaction keeps them far fewer.
const FILES_LIMIT: i64 = 100_000;

const COLUMNS: &str = "id, table_name, path, rows_count, bytes_count, min_customer, max_customer,
    min_seq, max_seq, min_occurred_at, max_occurred_at, max_received_at, roots_mark, facts,
    created_at";

/// One file of the lake.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Its id.
    pub id: i64,
    /// The table whose rows it holds.
    pub table: String,
    /// Its name within the place of the lake.
    pub path: String,
    /// How many rows.
    pub rows: i64,
    /// How many bytes.
    pub bytes: i64,
    /// The least and the greatest of some columns.
    pub span: Span,
    /// Merges before this position are in its customer ids.
    pub roots_mark: i64,
    /// What its writer wants to know of it (JSON).
    pub facts: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The least and the greatest of some columns of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Customers.
    pub customers: (i64, i64),
    /// Positions in the log.
    pub seqs: (i64, i64),
    /// When things happened.
    pub occurred_at: (i64, i64),
    /// When the last was received.
    pub received_at: i64,
}

/// Where the lake stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Rises with every change of the list of files.
    pub generation: i64,
    /// Rows of the log before this position are in files.
    pub archived_mark: i64,
    /// Rows of the log before this position have left it.
    pub trimmed_mark: i64,
    /// The snapshot of customers is from this position.
    pub customers_mark: i64,
    /// The newest `seq` that is in a file.
    pub archived_seq: i64,
    /// Rises with every erasure of a customer.
    pub erased_count: i64,
    /// When rows were last archived.
    pub archived_at: Option<Timestamp>,
    /// When files were last joined.
    pub compacted_at: Option<Timestamp>,
}

impl FromRow for File {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(File {
            id: row.next()?,
            table: row.next()?,
            path: row.next()?,
            rows: row.next()?,
            bytes: row.next()?,
            span: Span {
                customers: (row.next()?, row.next()?),
                seqs: (row.next()?, row.next()?),
                occurred_at: (row.next()?, row.next()?),
                received_at: row.next()?,
            },
            roots_mark: row.next()?,
            facts: row.next()?,
            created_at: row.next()?,
        })
    }
}

impl FromRow for Head {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Head {
            generation: row.next()?,
            archived_mark: row.next()?,
            trimmed_mark: row.next()?,
            customers_mark: row.next()?,
            archived_seq: row.next()?,
            erased_count: row.next()?,
            archived_at: row.next()?,
            compacted_at: row.next()?,
        })
    }
}

const HEAD: &str = "SELECT generation, archived_mark, trimmed_mark, customers_mark, archived_seq,
    erased_count, archived_at, compacted_at FROM lake_heads WHERE name = 'log'";

/// Where the lake stands.
pub async fn head(db: &Db) -> Result<Head, Error> {
    db.fetch_one(HEAD, params![]).await
}

/// Where the lake stands, as a transaction sees it.
pub async fn head_in(tx: &mut Tx) -> Result<Head, Error> {
    tx.fetch_one(HEAD, params![]).await
}

/// The live files, as a transaction sees them, in order of table and id.
pub async fn live(tx: &mut Tx) -> Result<Vec<File>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM lake_files WHERE state = 'live' ORDER BY table_name, id LIMIT $1"
    );
    tx.fetch_all(&sql, params![FILES_LIMIT]).await
}

/// Announces files before they are written, so that what a crash leaves behind is found.
pub async fn announce(db: &Db, files: &[(i64, &str, &str)]) -> Result<(), Error> {
    let now = db.now();
    let rows = files.iter().map(|(id, table, path)| {
        let mut row = params![*id, *table, *path, "writing"];
        row.extend((0..10).map(|_| Value::Int(0)));
        row.extend(params!["{}", now, now]);
        row
    });
    let mut tx = db.begin().await?;
    let columns = [
        "id",
        "table_name",
        "path",
        "state",
        "rows_count",
        "bytes_count",
        "min_customer",
        "max_customer",
        "min_seq",
        "max_seq",
        "min_occurred_at",
        "max_occurred_at",
        "max_received_at",
        "roots_mark",
        "facts",
        "created_at",
        "changed_at",
    ];
    tx.insert_many("lake_files", &columns, rows.collect(), "")
        .await?;
    tx.commit().await
}

/// One change of what is live.
#[derive(Debug, Default)]
pub struct Change {
    /// Files that are complete now; they were announced.
    pub added: Vec<File>,
    /// Files that are replaced.
    pub dropped: Vec<i64>,
}

/// Makes files live and drops others, in the transaction of whoever holds the lease. False when a
/// dropped file was no longer live.
pub async fn change(
    tx: &mut Tx,
    lease: &Lease,
    change: &Change,
    now: Timestamp,
) -> Result<bool, Error> {
    still_held(tx, lease).await?;
    let mut dropped = 0;
    for chunk in change.dropped.chunks(500) {
        let sql = format!(
            "UPDATE lake_files SET state = 'dropped', changed_at = ${} WHERE state = 'live'
             AND id IN ({})",
            chunk.len() + 1,
            in_list(chunk.len(), 1)
        );
        let mut values: Vec<Value> = chunk.iter().map(|id| Value::Int(*id)).collect();
        values.push(Value::from(now));
        dropped += tx.execute(&sql, values).await?;
    }
    if dropped != change.dropped.len() as u64 {
        return Ok(false);
    }
    for file in &change.added {
        let span = &file.span;
        tx.execute(
            "UPDATE lake_files SET state = 'live', rows_count = $2, bytes_count = $3,
                 min_customer = $4, max_customer = $5, min_seq = $6, max_seq = $7,
                 min_occurred_at = $8, max_occurred_at = $9, max_received_at = $10,
                 roots_mark = $11, facts = $12, created_at = $13, changed_at = $13
             WHERE id = $1",
            params![
                file.id,
                file.rows,
                file.bytes,
                span.customers.0,
                span.customers.1,
                span.seqs.0,
                span.seqs.1,
                span.occurred_at.0,
                span.occurred_at.1,
                span.received_at,
                file.roots_mark,
                file.facts.as_str(),
                now
            ],
        )
        .await?;
    }
    let sql = "UPDATE lake_heads SET generation = generation + 1 WHERE name = 'log'";
    tx.execute(sql, params![]).await?;
    Ok(true)
}

/// Rows before `to` are in files now; fails the expectation when somebody else was faster.
pub async fn archived(
    tx: &mut Tx,
    (from, to): (i64, i64),
    newest_seq: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let moved = tx
        .execute(
            "UPDATE lake_heads SET archived_mark = $2, archived_at = $4,
                 archived_seq = CASE WHEN archived_seq < $3 THEN $3 ELSE archived_seq END
             WHERE name = 'log' AND archived_mark = $1",
            params![from, to, newest_seq, now],
        )
        .await?;
    Ok(moved == 1)
}

/// Files were joined.
pub async fn compacted(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE lake_heads SET compacted_at = $1 WHERE name = 'log'";
    tx.execute(sql, params![now]).await?;
    Ok(())
}

/// The snapshot of customers is from this position now.
pub async fn customers_taken(tx: &mut Tx, mark: i64) -> Result<(), Error> {
    let sql = "UPDATE lake_heads SET customers_mark = $1 WHERE name = 'log'";
    tx.execute(sql, params![mark]).await?;
    Ok(())
}

/// Somebody was erased: what is kept in memory of anybody is read again.
pub async fn erased(tx: &mut Tx) -> Result<(), Error> {
    let sql = "UPDATE lake_heads SET erased_count = erased_count + 1, generation = generation + 1
         WHERE name = 'log'";
    tx.execute(sql, params![]).await?;
    Ok(())
}

/// Rows before this position have left the log.
pub async fn trimmed(tx: &mut Tx, mark: i64) -> Result<(), Error> {
    let sql = "UPDATE lake_heads SET trimmed_mark = $1 WHERE name = 'log'";
    tx.execute(sql, params![mark]).await?;
    Ok(())
}

/// Files that nobody needs: dropped, or announced and never finished, before an instant.
pub async fn leftovers(db: &Db, before: Timestamp) -> Result<Vec<(i64, String)>, Error> {
    db.fetch_all(
        "SELECT id, path FROM lake_files WHERE state IN ('dropped', 'writing')
         AND changed_at < $1 ORDER BY id LIMIT 1000",
        params![before],
    )
    .await
}

/// Forgets a file that is gone.
pub async fn forget(db: &Db, id: i64) -> Result<(), Error> {
    let sql = "DELETE FROM lake_files WHERE id = $1 AND state <> 'live'";
    db.execute(sql, params![id]).await?;
    Ok(())
}

/// One column that holds a property or an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRow {
    /// The path of the property, or the key of the attribute.
    pub path: String,
    /// The name its columns derive from.
    pub name: String,
    /// What its values are.
    pub kind: String,
}

/// The columns of a scope, by name.
pub async fn columns(db: &Db, scope: &str, limit: i64) -> Result<Vec<ColumnRow>, Error> {
    let rows: Vec<(String, String, String)> = db
        .fetch_all(
            "SELECT path, name, kind FROM lake_columns WHERE scope = $1 ORDER BY name LIMIT $2",
            params![scope, limit],
        )
        .await?;
    let column = |(path, name, kind)| ColumnRow { path, name, kind };
    Ok(rows.into_iter().map(column).collect())
}

/// Adds a column unless there is one for the path, or of the name.
pub async fn add_column(db: &Db, scope: &str, column: &ColumnRow) -> Result<(), Error> {
    db.execute(
        "INSERT INTO lake_columns (scope, path, name, kind) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        params![
            scope,
            column.path.as_str(),
            column.name.as_str(),
            column.kind.as_str()
        ],
    )
    .await?;
    Ok(())
}
