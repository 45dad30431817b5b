//! Sessions in the store.

use store::{Db, Error, FromRow, Row, Timestamp, params};

use super::{ABSOLUTE_MS, IDLE_MS};
use crate::user::{Account, UserId};

/// A session and its account.
#[derive(Debug, Clone)]
pub struct Found {
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the session was last used, to the minute.
    pub seen_at: Timestamp,
    /// The person.
    pub account: Account,
}

impl FromRow for Found {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Found {
            created_at: row.next()?,
            seen_at: row.next()?,
            account: Account::from_row(row)?,
        })
    }
}

/// The session of a token's hash.
pub async fn find(db: &Db, token_hash: &str) -> Result<Option<Found>, Error> {
    db.fetch_optional(
        "SELECT s.created_at, s.seen_at, u.id, u.email, u.name, u.role, u.disabled, u.created_at,
                u.updated_at, u.signed_in_at
         FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
        params![token_hash],
    )
    .await
}

/// Begins a session, notes the sign-in, and forgets sessions that are over.
pub async fn begin(db: &Db, token_hash: &str, user: UserId, address: &str) -> Result<(), Error> {
    let now = db.now();
    let mut tx = db.begin().await?;
    tx.execute(
        "DELETE FROM sessions WHERE created_at < $1 OR seen_at < $2",
        params![now.plus_ms(-ABSOLUTE_MS), now.plus_ms(-IDLE_MS)],
    )
    .await?;
    tx.execute(
        "INSERT INTO sessions (token_hash, user_id, created_at, seen_at, address)
         VALUES ($1, $2, $3, $3, $4)",
        params![token_hash, user, now, address],
    )
    .await?;
    tx.execute(
        "UPDATE users SET signed_in_at = $2 WHERE id = $1",
        params![user, now],
    )
    .await?;
    tx.commit().await
}

/// Notes that a session is in use.
pub async fn seen(db: &Db, token_hash: &str, now: Timestamp) -> Result<(), Error> {
    db.execute(
        "UPDATE sessions SET seen_at = $2 WHERE token_hash = $1",
        params![token_hash, now],
    )
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn end(db: &Db, token_hash: &str) -> Result<(), Error> {
    db.execute(
        "DELETE FROM sessions WHERE token_hash = $1",
        params![token_hash],
    )
    .await?;
    Ok(())
}

/// Ends every session, for example after a restore.
pub async fn end_all(db: &Db) -> Result<(), Error> {
    db.execute("DELETE FROM sessions", params![]).await?;
    Ok(())
}
