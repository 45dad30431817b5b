//! Settings in the store.

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Db, Error, Tx, params};

/// The value of a setting.
pub async fn get<T: DeserializeOwned>(db: &Db, name: &str) -> Result<Option<T>, Error> {
    let row: Option<(String,)> = db
        .fetch_optional("SELECT body FROM settings WHERE name = $1", params![name])
        .await?;
    let value = row.map(|(body,)| serde_json::from_str(&body));
    Ok(value.transpose()?)
}

/// The value of a setting within a transaction, locked until it ends.
pub async fn get_in<T: DeserializeOwned>(tx: &mut Tx, name: &str) -> Result<Option<T>, Error> {
    let lock = tx.for_update();
    let row: Option<(String,)> = tx
        .fetch_optional(
            &format!("SELECT body FROM settings WHERE name = $1{lock}"),
            params![name],
        )
        .await?;
    let value = row.map(|(body,)| serde_json::from_str(&body));
    Ok(value.transpose()?)
}

/// Sets a setting.
pub async fn put<T: Serialize>(db: &Db, name: &str, value: &T) -> Result<(), Error> {
    db.execute(
        "INSERT INTO settings (name, body, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET body = $2, updated_at = $3",
        params![name, serde_json::to_string(value)?, db.now()],
    )
    .await?;
    Ok(())
}

/// Sets a setting unless it is there; the value that is there then. For secrets made at first use.
pub async fn get_or_put<T: Serialize + DeserializeOwned>(
    db: &Db,
    name: &str,
    value: T,
) -> Result<T, Error> {
    db.execute(
        "INSERT INTO settings (name, body, updated_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO NOTHING",
        params![name, serde_json::to_string(&value)?, db.now()],
    )
    .await?;
    Ok(get(db, name).await?.unwrap_or(value))
}

/// Removes a setting.
pub async fn remove(db: &Db, name: &str) -> Result<(), Error> {
    db.execute("DELETE FROM settings WHERE name = $1", params![name])
        .await?;
    Ok(())
}
