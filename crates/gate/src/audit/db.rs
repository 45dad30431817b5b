//! The audit log in the store.

use serde_json::Value;
use store::{Db, Error, FromRow, Row, Tx, params};

use super::Record;

const COLUMNS: &str = "seq, occurred_at, actor, actor_name, address, action, object_kind,
     object_key, before_body, after_body, hash, bodies, salt";

impl FromRow for Record {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let mut record = Record {
            seq: row.next()?,
            occurred_at: row.next()?,
            actor: row.next()?,
            actor_name: row.next()?,
            address: row.next()?,
            action: row.next()?,
            object_kind: row.next()?,
            object_key: row.next()?,
            before: json(row.next()?),
            after: json(row.next()?),
            redacted: false,
            hash: row.next()?,
            bodies: row.next()?,
            salt: row.next()?,
        };
        record.redacted = record.salt.is_empty();
        Ok(record)
    }
}

/// A text that is no longer JSON was tampered with: it is shown as it is, and its seal is broken.
fn json(text: Option<String>) -> Option<Value> {
    text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Position and seal of the last row; other writers wait until the transaction ends.
pub async fn lock_head(tx: &mut Tx) -> Result<(i64, String), Error> {
    let lock = tx.for_update();
    tx.fetch_one(
        &format!("SELECT seq, hash FROM audit_heads WHERE name = 'audit_log'{lock}"),
        params![],
    )
    .await
}

/// Position and seal of the last row.
pub async fn head(db: &Db) -> Result<(i64, String), Error> {
    db.fetch_one(
        "SELECT seq, hash FROM audit_heads WHERE name = 'audit_log'",
        params![],
    )
    .await
}

/// Adds a row and moves the head.
pub async fn insert(tx: &mut Tx, record: &Record) -> Result<(), Error> {
    tx.execute(
        &format!(
            "INSERT INTO audit_log ({COLUMNS})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ),
        params![
            record.seq,
            record.occurred_at,
            &record.actor,
            &record.actor_name,
            &record.address,
            &record.action,
            &record.object_kind,
            &record.object_key,
            record.before.as_ref().map(Value::to_string),
            record.after.as_ref().map(Value::to_string),
            &record.hash,
            &record.bodies,
            &record.salt
        ],
    )
    .await?;
    tx.execute(
        "UPDATE audit_heads SET seq = $1, hash = $2 WHERE name = 'audit_log'",
        params![record.seq, &record.hash],
    )
    .await?;
    Ok(())
}

/// Takes the bodies of some rows out, and what could tell whether a guess of them is right.
pub async fn redact(tx: &mut Tx, rows: &[i64]) -> Result<(), Error> {
    for row in rows {
        tx.execute(
            "UPDATE audit_log SET before_body = NULL, after_body = NULL, salt = '' WHERE seq = $1",
            params![*row],
        )
        .await?;
    }
    Ok(())
}

/// Rows after a position, oldest first.
pub async fn after(db: &Db, seq: i64, limit: i64) -> Result<Vec<Record>, Error> {
    db.fetch_all(
        &format!("SELECT {COLUMNS} FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2"),
        params![seq, limit],
    )
    .await
}

/// What of the log is wanted; empty fields want everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Rows before this position.
    pub before_seq: i64,
    /// Whose.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// To which object.
    pub object_key: String,
}

/// Rows that pass a filter, newest first.
pub async fn list(db: &Db, filter: &Filter, limit: i64) -> Result<Vec<Record>, Error> {
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} FROM audit_log
             WHERE seq < $1 AND ($2 = '' OR actor = $2) AND ($3 = '' OR action = $3)
               AND ($4 = '' OR object_kind = $4) AND ($5 = '' OR object_key = $5)
             ORDER BY seq DESC LIMIT $6"
        ),
        params![
            filter.before_seq,
            &filter.actor,
            &filter.action,
            &filter.object_kind,
            &filter.object_key,
            limit
        ],
    )
    .await
}
