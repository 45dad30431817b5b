//! Identifiers in the store.

use store::{Db, Error, Timestamp, Tx, Value, in_list, params};

use super::{Digest, IdentifierKind};
use crate::customer::CustomerId;

/// A new identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Its digest.
    pub digest: Digest,
    /// Its kind.
    pub kind: IdentifierKind,
    /// Its value.
    pub value: String,
    /// The customer it points to (the leaf).
    pub customer_id: CustomerId,
    /// Since when.
    pub since_at: Timestamp,
}

fn query(count: usize) -> String {
    format!(
        "SELECT digest, customer_id FROM identifiers WHERE digest IN ({})",
        in_list(count, 1)
    )
}

fn values(of: &[Digest]) -> Vec<Value> {
    of.iter()
        .map(|digest| Value::Blob(digest.to_vec()))
        .collect()
}

fn read(rows: Vec<(Vec<u8>, CustomerId)>) -> impl Iterator<Item = (Digest, CustomerId)> {
    rows.into_iter()
        .filter_map(|(bytes, id)| Some((Digest::try_from(bytes).ok()?, id)))
}

/// Which customers these identifiers point to.
pub async fn load(db: &Db, wanted: &[Digest]) -> Result<Vec<(Digest, CustomerId)>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(500) {
        found.extend(read(
            db.fetch_all(&query(chunk.len()), values(chunk)).await?,
        ));
    }
    Ok(found)
}

/// The same inside a transaction.
pub async fn load_in(tx: &mut Tx, wanted: &[Digest]) -> Result<Vec<(Digest, CustomerId)>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(500) {
        found.extend(read(
            tx.fetch_all(&query(chunk.len()), values(chunk)).await?,
        ));
    }
    Ok(found)
}

/// Writes new identifiers; returns how many were new. Fewer than given means that another process
/// was faster with one of them.
pub async fn save(tx: &mut Tx, mut bindings: Vec<Binding>) -> Result<u64, Error> {
    bindings.sort_by_key(|binding| binding.digest);
    let rows = bindings
        .into_iter()
        .map(|b| {
            params![
                b.digest.to_vec(),
                b.kind.word(),
                b.value,
                b.customer_id,
                b.since_at
            ]
        })
        .collect();
    let columns = ["digest", "kind", "value", "customer_id", "since_at"];
    tx.insert_many(
        "identifiers",
        &columns,
        rows,
        "ON CONFLICT (digest) DO NOTHING",
    )
    .await
}

/// Customers (leaves) one of whose identifiers begins with `prefix`.
pub async fn starting_with(db: &Db, prefix: &str, limit: i64) -> Result<Vec<CustomerId>, Error> {
    let rows: Vec<(CustomerId,)> = db
        .fetch_all(
            "SELECT DISTINCT customer_id FROM identifiers WHERE value >= $1 AND value < $2 LIMIT $3",
            params![prefix, format!("{prefix}\u{10ffff}"), limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
