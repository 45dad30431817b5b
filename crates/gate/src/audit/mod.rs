//! The audit log: who did what, sealed row by row, so that a change of the past is noticed.
//!
//! The seal is over a digest of the bodies with a salt of the row. When a customer is erased, the
//! bodies that mention them go together with the salt, so that nobody can try out what stood
//! there; the chain still holds. A later row names the rows that lost their bodies: without it,
//! missing bodies count as a change.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use store::{Db, Error, Random, Timestamp, Tx};
use utoipa::ToSchema;

use crate::user::User;

/// The action of the row that names those that lost their bodies.
pub const REDACT: &str = "redact";

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
    /// True when its bodies went because they mentioned a customer who was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// Seal over this row and the seal of the row before.
    pub hash: String,
    /// Digest of the bodies with the salt.
    #[serde(skip)]
    pub bodies: String,
    /// What the digest is salted with; empty when the bodies went.
    #[serde(skip)]
    pub salt: String,
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
        redacted: false,
        hash: String::new(),
        bodies: String::new(),
        salt: Random::system().token(),
    };
    record.bodies = digest(&record);
    record.hash = seal(&record, &previous);
    db::insert(tx, &record).await
}

/// Takes the bodies of some rows out, and writes a row that names them.
pub async fn redact(tx: &mut Tx, now: Timestamp, user: &User, rows: &[i64]) -> Result<(), Error> {
    let entry = Entry::new(REDACT, "audit_log", "bodies").after(&json!({ "rows": rows }));
    append(tx, now, user, entry).await?;
    db::redact(tx, rows).await
}

/// The digest of a row's bodies: blake3 over the salt and both, each with its length.
fn digest(record: &Record) -> String {
    let before = record.before.as_ref().map(Value::to_string);
    let after = record.after.as_ref().map(Value::to_string);
    let mut hasher = blake3::Hasher::new();
    let bodies = [&before, &after].map(|body| body.as_deref().unwrap_or_default());
    for field in [record.salt.as_str()].into_iter().chain(bodies) {
        hasher.update(&(field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The seal of a row: blake3 over the seal before and every field, each with its length.
pub fn seal(record: &Record, previous: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    let fields = [
        previous,
        &record.actor,
        &record.actor_name,
        &record.address,
        &record.action,
        &record.object_kind,
        &record.object_key,
        &record.bodies,
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
    let mut redacted = BTreeSet::new();
    loop {
        let chunk = db::after(db, rows, CHUNK).await?;
        for record in &chunk {
            let bodies = match record.redacted {
                true => record.before.is_none() && record.after.is_none(),
                false => record.bodies == digest(record),
            };
            let sealed = record.hash == seal(record, &previous);
            if record.seq != rows + 1 || !sealed || !bodies {
                return Ok(broken(rows, rows + 1));
            }
            rows += 1;
            previous.clone_from(&record.hash);
            if record.redacted {
                redacted.insert(rows);
            }
            if record.action == REDACT {
                named(record).for_each(|row| {
                    redacted.remove(&row);
                });
            }
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
    if let Some(row) = redacted.first() {
        return Ok(broken(rows, *row));
    }
    Ok(Verification {
        intact: true,
        rows,
        broken_at: None,
    })
}

/// The rows that a row of [`redact`] names.
fn named(record: &Record) -> impl Iterator<Item = i64> {
    let rows = record
        .after
        .as_ref()
        .and_then(|after| after["rows"].as_array());
    rows.into_iter().flatten().filter_map(Value::as_i64)
}

fn broken(rows: i64, at: i64) -> Verification {
    Verification {
        intact: false,
        rows,
        broken_at: Some(at),
    }
}
