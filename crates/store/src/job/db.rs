//! Jobs and leases in the store.

use super::{Job, JobId, Lease, Right, State};
use crate::{Db, Error, FromRow, Row, Tx, params};

const COLUMNS: &str =
    "id, kind, body, state, done_count, total_count, error, author, created_at, updated_at";

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Cancelling => "cancelling",
            State::Cancelled => "cancelled",
            State::Done => "done",
            State::Failed => "failed",
        }
    }

    fn from_word(word: &str) -> State {
        match word {
            "queued" => State::Queued,
            "running" => State::Running,
            "cancelling" => State::Cancelling,
            "cancelled" => State::Cancelled,
            "done" => State::Done,
            _ => State::Failed,
        }
    }
}

impl FromRow for Job {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Job {
            id: row.next()?,
            kind: row.next()?,
            body: row.json()?,
            state: State::from_word(&row.next::<String>()?),
            done_count: row.next()?,
            total_count: row.next()?,
            error: row.next()?,
            author: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Creates a queued job.
pub async fn create(
    db: &Db,
    kind: &str,
    body: &serde_json::Value,
    author: &str,
) -> Result<JobId, Error> {
    let id = JobId(db.take_numbers("jobs", 1).await? as u64);
    let now = db.now();
    db.execute(
        "INSERT INTO jobs (id, kind, body, state, done_count, author, created_at, updated_at)
         VALUES ($1, $2, $3, 'queued', 0, $4, $5, $5)",
        params![id, kind, body.to_string(), author, now],
    )
    .await?;
    Ok(id)
}

/// One job.
pub async fn get(db: &Db, id: JobId) -> Result<Option<Job>, Error> {
    db.fetch_optional(
        &format!("SELECT {COLUMNS} FROM jobs WHERE id = $1"),
        params![id],
    )
    .await
}

/// Jobs of a kind, newest first, older than `before`.
pub async fn list(db: &Db, kind: &str, before: JobId, limit: i64) -> Result<Vec<Job>, Error> {
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} FROM jobs WHERE kind = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        ),
        params![kind, i64::try_from(before.0).unwrap_or(i64::MAX), limit],
    )
    .await
}

/// Reports progress and what came of the work so far; the state tells whether to stop. Fails when
/// another process has taken over: what it reported stands.
pub async fn progress(
    db: &Db,
    (id, right): (JobId, &Right),
    body: &serde_json::Value,
    done_count: i64,
    total_count: Option<i64>,
) -> Result<State, Error> {
    let mut tx = db.begin().await?;
    still_right(&mut tx, right).await?;
    let row: Option<(String,)> = tx
        .fetch_optional("SELECT state FROM jobs WHERE id = $1", params![id])
        .await?;
    let state = row.map_or(State::Cancelled, |(word,)| State::from_word(&word));
    tx.execute(
        "UPDATE jobs SET body = $2, done_count = $3, total_count = $4, updated_at = $5,
             state = CASE WHEN state = 'queued' THEN 'running' ELSE state END
         WHERE id = $1",
        params![id, body.to_string(), done_count, total_count, db.now()],
    )
    .await?;
    tx.commit().await?;
    Ok(state)
}

/// Ends a job. Fails when another process has taken over.
pub async fn finish(
    db: &Db,
    (id, right): (JobId, &Right),
    state: State,
    error: Option<&str>,
) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    still_right(&mut tx, right).await?;
    tx.execute(
        "UPDATE jobs SET state = $2, error = $3, updated_at = $4 WHERE id = $1",
        params![id, state.word(), error, db.now()],
    )
    .await?;
    tx.commit().await
}

/// Asks a queued or running job to stop; false when it has already ended.
pub async fn request_cancel(db: &Db, id: JobId) -> Result<bool, Error> {
    let changed = db
        .execute(
            "UPDATE jobs SET state = 'cancelling', updated_at = $2
             WHERE id = $1 AND state IN ('queued', 'running')",
            params![id, db.now()],
        )
        .await?;
    Ok(changed > 0)
}

/// Takes or renews a lease for `for_ms`; `None` while somebody else holds it.
pub async fn lease(db: &Db, name: &str, holder: &str, for_ms: i64) -> Result<Option<Lease>, Error> {
    let now = db.shared_now().await?;
    let until_at = now.plus_ms(for_ms);
    let mut tx = db.begin().await?;
    let row: Option<(i64,)> = tx
        .fetch_optional(
            "INSERT INTO leases (name, holder, fence, until_at) VALUES ($1, $2, 1, $3)
             ON CONFLICT (name) DO UPDATE SET holder = $2, until_at = $3,
                 fence = CASE WHEN leases.holder = $2 THEN leases.fence ELSE leases.fence + 1 END
             WHERE leases.holder = $2 OR leases.until_at <= $4
             RETURNING fence",
            params![name, holder, until_at, now],
        )
        .await?;
    tx.commit().await?;
    let name = name.to_owned();
    let holder = holder.to_owned();
    Ok(row.map(|(fence,)| Lease {
        name,
        holder,
        fence,
        until_at,
    }))
}

/// Fails unless the lease's fence is still the newest; call it in the transaction of the effect.
pub async fn still_held(tx: &mut Tx, lease: &Lease) -> Result<(), Error> {
    let sql = format!(
        "SELECT fence FROM leases WHERE name = $1{}",
        tx.for_update()
    );
    let row: Option<(i64,)> = tx
        .fetch_optional(&sql, params![lease.name.as_str()])
        .await?;
    match row {
        Some((fence,)) if fence == lease.fence => Ok(()),
        Some(_) | None => Err(Error::LeaseLost(lease.name.clone())),
    }
}

/// Takes or renews the right to work on something; `None` while another process has it.
pub async fn right(db: &Db, name: &str, holder: &str, for_ms: i64) -> Result<Option<Right>, Error> {
    if db.exclusive() {
        return Ok(Some(Right::Alone));
    }
    Ok(lease(db, name, holder, for_ms).await?.map(Right::Lease))
}

/// Fails unless the right still holds; call it in the transaction of the effect.
pub async fn still_right(tx: &mut Tx, right: &Right) -> Result<(), Error> {
    match right {
        Right::Alone => Ok(()),
        Right::Lease(lease) => still_held(tx, lease).await,
    }
}

/// Gives a lease back before it runs out.
pub async fn release(db: &Db, lease: &Lease) -> Result<(), Error> {
    db.execute(
        "UPDATE leases SET until_at = 0 WHERE name = $1 AND fence = $2",
        params![lease.name.as_str(), lease.fence],
    )
    .await?;
    Ok(())
}
