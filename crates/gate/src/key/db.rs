//! API keys in the store.

use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};

use super::{Facts, KeyId, KeyRecord, Scope, SourceId};

const COLUMNS: &str =
    "id, name, hint, scopes, source_id, author, created_at, last_used_at, revoked_at";

fn scopes(words: &str) -> Vec<Scope> {
    words.split(',').filter_map(Scope::of_word).collect()
}

impl FromRow for KeyRecord {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(KeyRecord {
            id: row.next()?,
            name: row.next()?,
            hint: row.next()?,
            scopes: scopes(&row.next::<String>()?),
            source_id: row.next()?,
            author: row.next()?,
            created_at: row.next()?,
            last_used_at: row.next()?,
            revoked_at: row.next()?,
        })
    }
}

/// Keys after `after`, by id.
pub async fn list(db: &Db, after: KeyId, limit: i64) -> Result<Vec<KeyRecord>, Error> {
    db.fetch_all(
        &format!("SELECT {COLUMNS} FROM api_keys WHERE id > $1 ORDER BY id LIMIT $2"),
        params![after, limit],
    )
    .await
}

/// One key, locked until the transaction ends.
pub async fn locked(tx: &mut Tx, id: KeyId) -> Result<Option<KeyRecord>, Error> {
    let lock = tx.for_update();
    tx.fetch_optional(
        &format!("SELECT {COLUMNS} FROM api_keys WHERE id = $1{lock}"),
        params![id],
    )
    .await
}

/// The key of a secret's hash, unless it is revoked.
pub async fn by_hash(db: &Db, secret_hash: &str) -> Result<Option<Facts>, Error> {
    let row: Option<(KeyId, String, String, Option<SourceId>)> = db
        .fetch_optional(
            "SELECT id, name, scopes, source_id FROM api_keys
             WHERE secret_hash = $1 AND revoked_at IS NULL",
            params![secret_hash],
        )
        .await?;
    Ok(row.map(|(id, name, words, source_id)| Facts {
        id,
        name,
        scopes: scopes(&words),
        source_id,
    }))
}

/// Adds a key with the hash of its secret.
pub async fn insert(tx: &mut Tx, key: &KeyRecord, secret_hash: &str) -> Result<(), Error> {
    let words: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    tx.execute(
        "INSERT INTO api_keys (id, name, secret_hash, hint, scopes, source_id, author, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            key.id,
            &key.name,
            secret_hash,
            &key.hint,
            words.join(","),
            key.source_id,
            &key.author,
            key.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Makes a key useless.
pub async fn revoke(tx: &mut Tx, id: KeyId, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE api_keys SET revoked_at = $2 WHERE id = $1",
        params![id, now],
    )
    .await?;
    Ok(())
}

/// Gives a key another secret.
pub async fn rotate(tx: &mut Tx, id: KeyId, secret_hash: &str, hint: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE api_keys SET secret_hash = $2, hint = $3 WHERE id = $1",
        params![id, secret_hash, hint],
    )
    .await?;
    Ok(())
}

/// Notes when a key was last used.
pub async fn used(db: &Db, id: KeyId, at: Timestamp) -> Result<(), Error> {
    db.execute(
        "UPDATE api_keys SET last_used_at = $2 WHERE id = $1",
        params![id, at],
    )
    .await?;
    Ok(())
}

/// Whether there is such a source.
pub async fn source_exists(db: &Db, id: SourceId) -> Result<bool, Error> {
    let row: Option<(i64,)> = db
        .fetch_optional("SELECT id FROM sources WHERE id = $1", params![id])
        .await?;
    Ok(row.is_some())
}
