//! Worths in the store, for decision records to refer to.

use awareness::increment::effect::Effects;
use store::{Db, Error, params};

/// Keeps what records will refer to, with and without what earns nothing; kept already is fine.
pub async fn keep(db: &Db, hash: &str, effects: &Effects) -> Result<(), Error> {
    put(db, hash, effects).await?;
    match super::anew(effects).filter(|left| !left.is_empty()) {
        Some(left) => put(db, &super::hash(&left), &left).await,
        None => Ok(()),
    }
}

async fn put(db: &Db, hash: &str, effects: &Effects) -> Result<(), Error> {
    db.execute(
        "INSERT INTO decision_worths (hash, body, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO NOTHING",
        params![hash, serde_json::to_string(effects)?, db.now()],
    )
    .await?;
    Ok(())
}

/// What records with this hash refer to.
pub async fn find(db: &Db, hash: &str) -> Result<Option<Effects>, Error> {
    let row: Option<(String,)> = db
        .fetch_optional(
            "SELECT body FROM decision_worths WHERE hash = $1",
            params![hash],
        )
        .await?;
    Ok(row.map(|(body,)| serde_json::from_str(&body)).transpose()?)
}
