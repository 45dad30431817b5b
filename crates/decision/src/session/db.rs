//! Sessions of touchpoints in the store.

use store::{Db, Error, FromRow, Row, Timestamp, params};

use super::{KEPT_MS, Session, SessionId};
use crate::Channel;

const COLUMNS: &str = "session_id, key_id, version, channel, customer, context, contacts, language,
    ttl_ms, started_at, expires_at, ended_at";

impl FromRow for Session {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Session {
            id: row.next()?,
            key_id: row.next()?,
            version: row.next()?,
            channel: Channel::of_word(&row.next::<String>()?).unwrap_or(Channel::CallCenter),
            customer: row.json()?,
            context: row.json()?,
            contacts: row.json()?,
            language: row.next()?,
            ttl_ms: row.next()?,
            started_at: row.next()?,
            expires_at: row.next()?,
            ended_at: row.next()?,
        })
    }
}

/// Starts a session.
pub async fn insert(db: &Db, session: &Session) -> Result<(), Error> {
    db.execute(
        "INSERT INTO touchpoint_sessions (session_id, key_id, version, channel, customer, context,
             contacts, language, ttl_ms, started_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, '[]', $7, $8, $9, $10)",
        params![
            session.id,
            session.key_id as i64,
            session.version,
            session.channel.word(),
            serde_json::to_string(&session.customer)?,
            serde_json::to_string(&session.context)?,
            session.language.clone(),
            session.ttl_ms,
            session.started_at,
            session.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// One session.
pub async fn get(db: &Db, id: SessionId) -> Result<Option<Session>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM touchpoint_sessions WHERE session_id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// Writes a session over the version it was read in; false when it has moved since.
pub async fn save(db: &Db, session: &Session) -> Result<bool, Error> {
    let saved = db
        .execute(
            "UPDATE touchpoint_sessions SET version = version + 1, customer = $3, context = $4,
                 contacts = $5, expires_at = $6, ended_at = $7
             WHERE session_id = $1 AND version = $2",
            params![
                session.id,
                session.version,
                serde_json::to_string(&session.customer)?,
                serde_json::to_string(&session.context)?,
                serde_json::to_string(&session.contacts)?,
                session.expires_at,
                session.ended_at
            ],
        )
        .await?;
    Ok(saved > 0)
}

/// Forgets sessions that have long been over.
pub async fn forget_old(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let sql = "DELETE FROM touchpoint_sessions WHERE expires_at < $1";
    db.execute(sql, params![now.plus_ms(-KEPT_MS)]).await
}
