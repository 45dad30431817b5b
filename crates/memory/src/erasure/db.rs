//! Erasing a customer from the store.

use store::{Db, Error, Tx, Value, in_list, params};

use crate::CustomerId;
use crate::vocabulary::Frequent;

/// Positions in one statement.
const CHUNK: usize = 500;
/// Shorter values would be found everywhere.
const SHORTEST: usize = 3;

/// Positions of all rows of some customers in the log.
pub(super) async fn positions(db: &Db, leaves: &[CustomerId]) -> Result<Vec<u64>, Error> {
    let sql = format!(
        "SELECT seq FROM log WHERE customer_id IN ({}) LIMIT 100000000",
        in_list(leaves.len(), 1)
    );
    let ids = leaves.iter().map(|id| Value::from(*id)).collect();
    let rows: Vec<(u64,)> = db.fetch_all(&sql, ids).await?;
    Ok(rows.into_iter().map(|(seq,)| seq).collect())
}

/// Takes the rows of some customers out of every table that has customers. Those of the log are
/// named by position, so that the log need not be searched while nobody can write.
pub(crate) async fn rows(
    tx: &mut Tx,
    db: &Db,
    leaves: &[CustomerId],
    seqs: Vec<u64>,
) -> Result<(), Error> {
    let ids: Vec<Value> = leaves.iter().map(|id| Value::from(*id)).collect();
    let mine = in_list(leaves.len(), 1);
    for chunk in seqs.chunks(CHUNK) {
        let sql = format!(
            "DELETE FROM log WHERE customer_id IN ({mine}) AND seq IN ({})",
            in_list(chunk.len(), leaves.len() + 1)
        );
        let mut values = ids.clone();
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        tx.execute(&sql, values).await?;
    }
    for table in db.tables_with("customer_id").await? {
        if table != "log" {
            let sql = format!("DELETE FROM {table} WHERE customer_id IN ({mine})");
            tx.execute(&sql, ids.clone()).await?;
        }
    }
    Ok(())
}

/// Takes out what mentions identifiers elsewhere: quarantined events, answers kept for repeated
/// calls, and frequent values.
pub(crate) async fn mentions(tx: &mut Tx, values: &[&str]) -> Result<(), Error> {
    for value in values.iter().filter(|value| value.len() >= SHORTEST) {
        let escaped = value
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let pattern = format!("%{escaped}%");
        let sql = "DELETE FROM quarantine WHERE body LIKE $1 ESCAPE '\\'
             OR detail LIKE $1 ESCAPE '\\'";
        tx.execute(sql, params![pattern.as_str()]).await?;
        let sql = "UPDATE event_properties SET frequent = $2 WHERE frequent LIKE $1 ESCAPE '\\'";
        tx.execute(
            sql,
            params![pattern.as_str(), Frequent::default().to_json()],
        )
        .await?;
        let sql = format!(
            "DELETE FROM idempotency_keys WHERE {}",
            tx.contains("answer", 1)
        );
        tx.execute(&sql, params![value.as_bytes()]).await?;
    }
    Ok(())
}

/// Customers whose files are not yet free of them: an erasure that a crash interrupted.
pub(super) async fn unfinished(db: &Db) -> Result<Vec<(i64, String)>, Error> {
    let sql = "SELECT id, leaves FROM erasures WHERE done_at IS NULL ORDER BY id LIMIT 1000";
    db.fetch_all(sql, params![]).await
}

/// Notes that a customer is to be erased, before anything is.
pub(super) async fn begin(db: &Db, leaves: &[CustomerId]) -> Result<i64, Error> {
    let id = db.take_numbers("erasures", 1).await?;
    let leaves: Vec<u64> = leaves.iter().map(|leaf| leaf.0).collect();
    db.execute(
        "INSERT INTO erasures (id, leaves, begun_at) VALUES ($1, $2, $3)",
        params![id, serde_json::to_string(&leaves)?, db.now()],
    )
    .await?;
    Ok(id)
}

/// Notes that an erasure is complete.
pub(super) async fn end(db: &Db, id: i64) -> Result<(), Error> {
    let sql = "UPDATE erasures SET done_at = $2 WHERE id = $1";
    db.execute(sql, params![id, db.now()]).await?;
    Ok(())
}
