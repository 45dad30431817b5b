//! Recalls in the store.

use store::{Db, Error, FromRow, Row, Tx, params};

use super::Recall;

/// The most offers that are recalled at a time; more are retired.
const LARGEST: i64 = 10_000;

impl FromRow for Recall {
    fn from_row(row: &mut Row) -> Result<Recall, Error> {
        Ok(Recall {
            offer: row.next()?,
            reason: row.next()?,
            honours: row.next()?,
            author: row.next()?,
            recalled_at: row.next()?,
        })
    }
}

const SELECT: &str = "SELECT offer, reason, honours, author, recalled_at FROM offer_recalls";

/// A number that grows with every recall and every undoing, on any process.
pub async fn revision(db: &Db) -> Result<i64, Error> {
    let row: Option<(i64,)> = db
        .fetch_optional(
            "SELECT next_number FROM sequences WHERE name = 'offer_recalls'",
            params![],
        )
        .await?;
    Ok(row.map_or(0, |(revision,)| revision))
}

/// Every offer that is recalled now.
pub async fn all(db: &Db) -> Result<Vec<Recall>, Error> {
    let sql = format!("{SELECT} ORDER BY recalled_at DESC, offer LIMIT $1");
    db.fetch_all(&sql, params![LARGEST]).await
}

/// The recall of an offer, read in a transaction: what was committed before it binds it.
pub async fn in_tx(tx: &mut Tx, offer: &str) -> Result<Option<Recall>, Error> {
    let sql = format!("{SELECT} WHERE offer = $1");
    tx.fetch_optional(&sql, params![offer]).await
}

/// Recalls an offer; one that is recalled already gets the new reason.
pub async fn put(tx: &mut Tx, recall: &Recall) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO offer_recalls (offer, reason, honours, author, recalled_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (offer) DO UPDATE SET reason = $2, honours = $3, author = $4",
        params![
            recall.offer.as_str(),
            recall.reason.as_str(),
            recall.honours,
            recall.author.as_str(),
            recall.recalled_at
        ],
    )
    .await?;
    moved(tx).await
}

/// Undoes a recall; false when there was none.
pub async fn remove(tx: &mut Tx, offer: &str) -> Result<bool, Error> {
    let removed = tx
        .execute("DELETE FROM offer_recalls WHERE offer = $1", params![offer])
        .await?;
    moved(tx).await?;
    Ok(removed > 0)
}

async fn moved(tx: &mut Tx) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO sequences (name, next_number) VALUES ('offer_recalls', 1)
         ON CONFLICT (name) DO UPDATE SET next_number = sequences.next_number + 1",
        params![],
    )
    .await?;
    Ok(())
}
