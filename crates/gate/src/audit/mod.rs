//! The audit log: who did what, sealed row by row, so that a change of the past is noticed.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;
use store::{Db, Error, Timestamp, Tx};
use utoipa::ToSchema;

use crate::user::User;

/// What was done, before it is written.
#[derive(Debug, Clone)]
pub struct Entry {
    action: &'static str,
    object_kind: String,
    object_key: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Entry {
    /// Somebody did `action` to the object.
    pub fn new(action: &'static str, object_kind: &str, object_key: &str) -> Entry {
        Entry {
            action,
            object_kind: object_kind.to_owned(),
            object_key: object_key.to_owned(),
            before: None,
            after: None,
        }
    }

    /// The object as it was. Never pass secrets.
    pub fn before(mut self, object: &impl Serialize) -> Entry {
        self.before = serde_json::to_value(object).ok();
        self
    }

    /// The object as it is now. Never pass secrets.
    pub fn after(mut self, object: &impl Serialize) -> Entry {
        self.after = serde_json::to_value(object).ok();
        self
    }
}

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Record {
    /// Its position, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub occurred_at: Timestamp,
    /// Who: `usr_…`, `key_…` or `operator`.
    pub actor: String,
    /// Who, by name at that time.
    pub actor_name: String,
    /// From where.
    pub address: String,
    /// What was done, for example `publish`.
    pub action: String,
    /// What kind of object, for example `offer`.
    pub object_kind: String,
    /// Which one.
    pub object_key: String,
    /// The object before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The object after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Seal over this row and the seal of the row before.
    pub hash: String,
}

/// What a check of the log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Verification {
    /// True when nothing was changed, removed or added.
    pub intact: bool,
    /// How many rows were read.
    pub rows: i64,
    /// The first row that is not as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<i64>,
}

/// Writes an entry in a transaction of its own.
pub async fn record(db: &Db, user: &User, entry: Entry) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    append(&mut tx, db.now(), user, entry).await?;
    tx.commit().await
}

/// Writes an entry in the transaction of what it tells.
pub async fn append(tx: &mut Tx, now: Timestamp, user: &User, entry: Entry) -> Result<(), Error> {
    let (last, previous) = db::lock_head(tx).await?;
    let mut record = Record {
        seq: last + 1,
        occurred_at: now,
        actor: user.actor(),
        actor_name: user.name.clone(),
        address: user.address.clone(),
        action: entry.action.to_owned(),
        object_kind: entry.object_kind,
        object_key: entry.object_key,
        before: entry.before,
        after: entry.after,
        hash: String::new(),
    };
    record.hash = seal(&record, &previous);
    db::insert(tx, &record).await
}

/// The seal of a row: blake3 over the seal before and every field, each with its length.
pub fn seal(record: &Record, previous: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let before = record.before.as_ref().map(Value::to_string);
    let after = record.after.as_ref().map(Value::to_string);
    let fields = [
        previous,
        &record.actor,
        &record.actor_name,
        &record.address,
        &record.action,
        &record.object_kind,
        &record.object_key,
        before.as_deref().unwrap_or_default(),
        after.as_deref().unwrap_or_default(),
    ];
    hasher.update(&record.seq.to_le_bytes());
    hasher.update(&record.occurred_at.0.to_le_bytes());
    for field in fields {
        hasher.update(&(field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Reads the whole log and checks every seal.
pub async fn verify(db: &Db) -> Result<Verification, Error> {
    const CHUNK: i64 = 1000;
    let (mut rows, mut previous) = (0, String::new());
    loop {
        let chunk = db::after(db, rows, CHUNK).await?;
        for record in &chunk {
            if record.seq != rows + 1 || record.hash != seal(record, &previous) {
                return Ok(broken(rows, rows + 1));
            }
            rows += 1;
            previous.clone_from(&record.hash);
        }
        if (chunk.len() as i64) < CHUNK {
            break;
        }
    }
    let (seq, hash) = db::head(db).await?;
    // Rows may have been appended since the last chunk was read; the head is then ahead of it.
    let cut = seq != rows && db::after(db, rows, 1).await?.is_empty();
    if cut || (seq == rows && hash != previous) {
        return Ok(broken(rows, rows + 1));
    }
    Ok(Verification {
        intact: true,
        rows,
        broken_at: None,
    })
}

fn broken(rows: i64, at: i64) -> Verification {
    Verification {
        intact: false,
        rows,
        broken_at: Some(at),
    }
}
