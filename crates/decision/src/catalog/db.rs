//! Catalogs in the store, for decision records to refer to.

use store::{Db, Error, params};

use super::record::CatalogRecord;

/// Keeps what records will refer to; kept already is fine.
pub async fn keep(db: &Db, hash: &str, record: &CatalogRecord) -> Result<(), Error> {
    db.execute(
        "INSERT INTO decision_catalogs (hash, body, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO NOTHING",
        params![hash, serde_json::to_string(record)?, db.now()],
    )
    .await?;
    Ok(())
}

/// What records with this hash refer to.
pub async fn find(db: &Db, hash: &str) -> Result<Option<CatalogRecord>, Error> {
    let row: Option<(String,)> = db
        .fetch_optional(
            "SELECT body FROM decision_catalogs WHERE hash = $1",
            params![hash],
        )
        .await?;
    Ok(row.map(|(body,)| serde_json::from_str(&body)).transpose()?)
}
