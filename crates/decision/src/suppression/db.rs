//! Entries of suppression lists in the store.

use std::collections::HashMap;

use memory::identity::Digest;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

/// Entries read at a time.
const CHUNK: i64 = 20_000;

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionRow {
    /// The identifier.
    pub digest: Digest,
    /// Its kind, or `customer_id`.
    pub kind: String,
    /// What a person recognises of it.
    pub hint: String,
    /// Why it was listed.
    pub reason: String,
    /// Who listed it.
    pub author: String,
    /// When.
    pub added_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl FromRow for SuppressionRow {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let digest: Vec<u8> = row.next()?;
        Ok(SuppressionRow {
            digest: digest.try_into().unwrap_or_default(),
            kind: row.next()?,
            hint: row.next()?,
            reason: row.next()?,
            author: row.next()?,
            added_at: row.next()?,
            expires_at: row.next()?,
        })
    }
}

/// Adds entries; those that are there already keep their reason and get the new end. Returns how
/// many are new.
pub async fn add(tx: &mut Tx, list: &str, mut entries: Vec<SuppressionRow>) -> Result<u64, Error> {
    entries.sort_by_key(|entry| entry.digest);
    entries.dedup_by_key(|entry| entry.digest);
    let before = count(tx, list).await?;
    let rows = entries.into_iter().map(|entry| {
        params![
            list,
            entry.digest.to_vec(),
            entry.kind,
            entry.hint,
            entry.reason,
            entry.author,
            entry.added_at,
            entry.expires_at.map(|end| end.0)
        ]
    });
    let columns = [
        "list_key",
        "digest",
        "kind",
        "hint",
        "reason",
        "author",
        "added_at",
        "expires_at",
    ];
    let after = "ON CONFLICT (list_key, digest) DO UPDATE SET expires_at = excluded.expires_at";
    let rows = rows.collect();
    tx.insert_many("suppression_entries", &columns, rows, after)
        .await?;
    moved(tx, list).await?;
    Ok((count(tx, list).await? - before) as u64)
}

async fn count(tx: &mut Tx, list: &str) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM suppression_entries WHERE list_key = $1";
    let row: (i64,) = tx.fetch_one(sql, params![list]).await?;
    Ok(row.0)
}

/// Takes an entry off a list; false when it was not there.
pub async fn remove(tx: &mut Tx, list: &str, digest: Digest) -> Result<bool, Error> {
    let sql = "DELETE FROM suppression_entries WHERE list_key = $1 AND digest = $2";
    let gone = tx.execute(sql, params![list, digest.to_vec()]).await?;
    moved(tx, list).await?;
    Ok(gone > 0)
}

async fn moved(tx: &mut Tx, list: &str) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO suppression_states (list_key, revision) VALUES ($1, 1)
         ON CONFLICT (list_key) DO UPDATE SET revision = suppression_states.revision + 1",
        params![list],
    )
    .await?;
    Ok(())
}

/// The revision of every list.
pub async fn revisions(db: &Db) -> Result<HashMap<String, i64>, Error> {
    let sql = "SELECT list_key, revision FROM suppression_states ORDER BY list_key LIMIT 10000";
    let rows: Vec<(String, i64)> = db.fetch_all(sql, params![]).await?;
    Ok(rows.into_iter().collect())
}

/// All entries of a list with their ends.
pub async fn entries(db: &Db, list: &str) -> Result<HashMap<Digest, Option<Timestamp>>, Error> {
    let mut found = HashMap::new();
    let mut after: Vec<u8> = vec![];
    loop {
        let sql = "SELECT digest, expires_at FROM suppression_entries
                   WHERE list_key = $1 AND digest > $2 ORDER BY digest LIMIT $3";
        let rows: Vec<(Vec<u8>, Option<Timestamp>)> = db
            .fetch_all(sql, params![list, after.clone(), CHUNK])
            .await?;
        let Some((last, _)) = rows.last() else {
            return Ok(found);
        };
        after.clone_from(last);
        for (digest, end) in rows {
            found.insert(digest.try_into().unwrap_or_default(), end);
        }
    }
}

/// A page of entries after a place, newest first. The entries of one upload share their moment:
/// a place is a moment and a digest.
pub async fn page(
    db: &Db,
    list: &str,
    after: Option<(Timestamp, Digest)>,
    limit: i64,
) -> Result<Vec<SuppressionRow>, Error> {
    let (at, digest) = match after {
        Some((at, digest)) => (at, digest.to_vec()),
        None => (Timestamp(i64::MAX), vec![]),
    };
    let sql = "SELECT digest, kind, hint, reason, author, added_at, expires_at
               FROM suppression_entries
               WHERE list_key = $1 AND (added_at < $2 OR (added_at = $2 AND digest > $3))
               ORDER BY added_at DESC, digest LIMIT $4";
    db.fetch_all(sql, params![list, at, digest, limit]).await
}

/// How many entries a list has, and when the newest was added.
pub async fn figures(db: &Db, list: &str) -> Result<(i64, Option<Timestamp>), Error> {
    let sql = "SELECT COUNT(*), MAX(added_at) FROM suppression_entries WHERE list_key = $1";
    db.fetch_one(sql, params![list]).await
}

/// The lists that hold any of some digests, with the ends of the entries; read in the transaction
/// of a hand-over, on the primary.
pub async fn holding(
    tx: &mut Tx,
    digests: &[Digest],
) -> Result<Vec<(String, Option<Timestamp>)>, Error> {
    let mut found = vec![];
    for chunk in digests.chunks(500) {
        let sql = format!(
            "SELECT list_key, expires_at FROM suppression_entries WHERE digest IN ({})",
            in_list(chunk.len(), 1)
        );
        let values = chunk.iter().map(|digest| Value::Blob(digest.to_vec()));
        found.extend(tx.fetch_all(&sql, values.collect()).await?);
    }
    Ok(found)
}

/// Forgets what people recognise of some identifiers; the hashes stay and protect.
pub async fn forget_hints(tx: &mut Tx, digests: &[Digest]) -> Result<(), Error> {
    for chunk in digests.chunks(500) {
        let sql = format!(
            "UPDATE suppression_entries SET hint = '' WHERE digest IN ({})",
            in_list(chunk.len(), 1)
        );
        let values = chunk.iter().map(|digest| Value::Blob(digest.to_vec()));
        tx.execute(&sql, values.collect()).await?;
    }
    Ok(())
}
