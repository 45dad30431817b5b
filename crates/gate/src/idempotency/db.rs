//! Idempotency keys in the store.

use store::{Db, Error, params};

use super::{Answer, Claim, KEPT_MS, LOST_MS};

/// Takes a key, or says what became of it.
pub(super) async fn claim(
    db: &Db,
    scope: &str,
    key: &str,
    body_hash: &str,
) -> Result<Claim, Error> {
    let now = db.now();
    // Free: never used, older than 24 hours, or lost by a process that stopped in the middle.
    let taken = db
        .execute(
            "INSERT INTO idempotency_keys
                 (scope, key, body_hash, claimed_at, status, content_type, answer)
             VALUES ($1, $2, $3, $4, 0, '', $5)
             ON CONFLICT (scope, key) DO UPDATE SET body_hash = $3, claimed_at = $4, status = 0,
                 content_type = '', answer = $5
             WHERE idempotency_keys.claimed_at < $6
                OR (idempotency_keys.status = 0 AND idempotency_keys.claimed_at < $7)",
            params![
                scope,
                key,
                body_hash,
                now,
                Vec::<u8>::new(),
                now.plus_ms(-KEPT_MS),
                now.plus_ms(-LOST_MS)
            ],
        )
        .await?;
    if taken == 1 {
        return Ok(Claim::First);
    }
    let row: Option<(String, i64, String, Vec<u8>)> = db
        .fetch_optional(
            "SELECT body_hash, status, content_type, answer FROM idempotency_keys
             WHERE scope = $1 AND key = $2",
            params![scope, key],
        )
        .await?;
    Ok(match row {
        // Freed between the two statements: the caller may try again at once.
        None => Claim::InFlight,
        Some((hash, ..)) if hash != body_hash => Claim::OtherBody,
        Some((_, 0, ..)) => Claim::InFlight,
        Some((_, status, content_type, body)) => Claim::Answered(Answer {
            status: u16::try_from(status).unwrap_or(200),
            content_type,
            body,
        }),
    })
}

/// Keeps the answer.
pub(super) async fn answer(db: &Db, scope: &str, key: &str, answer: &Answer) -> Result<(), Error> {
    db.execute(
        "UPDATE idempotency_keys SET status = $3, content_type = $4, answer = $5
         WHERE scope = $1 AND key = $2",
        params![
            scope,
            key,
            i64::from(answer.status),
            &answer.content_type,
            answer.body.clone()
        ],
    )
    .await?;
    Ok(())
}

/// Gives a key back after a failure of ours.
pub(super) async fn free(db: &Db, scope: &str, key: &str) -> Result<(), Error> {
    db.execute(
        "DELETE FROM idempotency_keys WHERE scope = $1 AND key = $2",
        params![scope, key],
    )
    .await?;
    Ok(())
}

/// Forgets keys that are older than 24 hours.
pub async fn forget_old(db: &Db) -> Result<u64, Error> {
    db.execute(
        "DELETE FROM idempotency_keys WHERE claimed_at < $1",
        params![db.now().plus_ms(-KEPT_MS)],
    )
    .await
}
