//! Feeds in the store.

use store::job::{self, Lease};
use store::{Db, Error, FromRow, Row, Timestamp, Tx, params};

use super::{Cursor, Note, Numbers, Run, RunBody, RunId, RunState};
use crate::source::import::ImportId;

/// Feeds there may be.
const FEEDS_LIMIT: i64 = 1_000;
/// Runs kept per feed.
pub(super) const RUNS_KEPT: i64 = 500;
/// Parts of a query's answers kept per feed.
const PARTS_KEPT: i64 = 1_000;
/// Files of a feed that are asked about.
const FILES_LIMIT: i64 = 200_000;

/// How a feed stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Standing {
    pub feed: String,
    pub paused: bool,
    pub since_at: Timestamp,
    pub asked_at: Option<Timestamp>,
    pub asked_by: Option<String>,
    pub started_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    pub place: Option<String>,
    pub cursor: Option<Cursor>,
    pub lag: Option<i64>,
    pub lag_at: Option<Timestamp>,
    pub accepted: i64,
    pub duplicates: i64,
    pub rejected: i64,
    pub error: Option<String>,
    pub error_at: Option<Timestamp>,
}

const STANDING: &str = "feed, paused, since_at, asked_at, asked_by, started_at, read_at, place,
    cursor_body, lag_count, lag_at, accepted_count, duplicates_count, rejected_count, error,
    error_at";

impl FromRow for Standing {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Standing {
            feed: row.next()?,
            paused: row.next()?,
            since_at: row.next()?,
            asked_at: row.next()?,
            asked_by: row.next()?,
            started_at: row.next()?,
            read_at: row.next()?,
            place: row.next()?,
            cursor: row
                .next::<Option<String>>()?
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            lag: row.next()?,
            lag_at: row.next()?,
            accepted: row.next()?,
            duplicates: row.next()?,
            rejected: row.next()?,
            error: row.next()?,
            error_at: row.next()?,
        })
    }
}

/// How every feed stands that ever was published.
pub(crate) async fn standings(db: &Db) -> Result<Vec<Standing>, Error> {
    let sql = format!("SELECT {STANDING} FROM feed_states ORDER BY feed LIMIT $1");
    db.fetch_all(&sql, params![FEEDS_LIMIT]).await
}

/// How one feed stands.
pub(crate) async fn standing(db: &Db, feed: &str) -> Result<Option<Standing>, Error> {
    let sql = format!("SELECT {STANDING} FROM feed_states WHERE feed = $1");
    db.fetch_optional(&sql, params![feed]).await
}

/// Makes sure that there is a row of a feed.
pub(crate) async fn know(db: &Db, feed: &str) -> Result<(), Error> {
    db.execute(
        "INSERT INTO feed_states
             (feed, paused, since_at, accepted_count, duplicates_count, rejected_count)
         VALUES ($1, 0, $2, 0, 0, 0) ON CONFLICT (feed) DO NOTHING",
        params![feed, db.now()],
    )
    .await?;
    Ok(())
}

/// Stops a feed or lets it go on.
pub(crate) async fn set_paused(tx: &mut Tx, feed: &str, paused: bool) -> Result<(), Error> {
    let sql = "UPDATE feed_states SET paused = $2 WHERE feed = $1";
    tx.execute(sql, params![feed, paused]).await?;
    Ok(())
}

/// Asks for a run now.
pub(crate) async fn ask(
    tx: &mut Tx,
    feed: &str,
    author: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE feed_states SET asked_at = $2, asked_by = $3 WHERE feed = $1";
    tx.execute(sql, params![feed, now, author]).await?;
    Ok(())
}

/// Forgets how far a feed was read, and which files were taken.
pub(crate) async fn start_over(tx: &mut Tx, feed: &str) -> Result<(), Error> {
    for sql in [
        "DELETE FROM feed_files WHERE feed = $1",
        "DELETE FROM feed_offsets WHERE feed = $1",
        "UPDATE feed_states SET place = NULL, cursor_body = NULL, lag_count = NULL,
             error = NULL, error_at = NULL WHERE feed = $1",
    ] {
        tx.execute(sql, params![feed]).await?;
    }
    Ok(())
}

/// Says what is wrong with a feed, or that nothing is any more.
pub(crate) async fn set_error(
    tx: &mut Tx,
    feed: &str,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let at = error.map(|_| now);
    let sql = "UPDATE feed_states SET error = $2, error_at = $3 WHERE feed = $1";
    tx.execute(sql, params![feed, error, at]).await?;
    Ok(())
}

/// What came of a stream since the last time, and how far behind it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub accepted: i64,
    pub duplicates: i64,
    pub rejected: i64,
    pub lag: Option<i64>,
    pub read_at: Option<Timestamp>,
    pub error: Option<String>,
}

/// Writes what came of a stream, while the lease holds.
pub(crate) async fn tally(db: &Db, feed: &str, tally: &Tally, lease: &Lease) -> Result<(), Error> {
    let now = db.now();
    let mut tx = db.begin().await?;
    job::still_held(&mut tx, lease).await?;
    let lag_at = tally.lag.map(|_| now);
    tx.execute(
        "UPDATE feed_states SET accepted_count = accepted_count + $2,
             duplicates_count = duplicates_count + $3, rejected_count = rejected_count + $4,
             lag_count = COALESCE($5, lag_count), lag_at = COALESCE($6, lag_at),
             read_at = COALESCE($7, read_at)
         WHERE feed = $1",
        params![
            feed,
            tally.accepted,
            tally.duplicates,
            tally.rejected,
            tally.lag,
            lag_at,
            tally.read_at
        ],
    )
    .await?;
    set_error(&mut tx, feed, tally.error.as_deref(), now).await?;
    tx.commit().await
}

/// How far the parts of a stream were read.
pub(crate) async fn offsets(db: &Db, feed: &str, place: &str) -> Result<Vec<(i64, i64)>, Error> {
    db.fetch_all(
        "SELECT part, next_offset FROM feed_offsets WHERE feed = $1 AND place = $2
         ORDER BY part LIMIT 10000",
        params![feed, place],
    )
    .await
}

/// Whether a note goes on where its stream stands.
pub(crate) async fn fits(db: &Db, note: &Note) -> Result<bool, Error> {
    let known = offsets(db, &note.feed, &note.place).await?;
    let known = |part: i64| known.iter().find(|(at, _)| *at == part);
    let mut moves = note.moves.iter();
    Ok(moves.all(|one| known(one.part).map(|(_, next)| *next) == one.from))
}

/// Moves the parts of a stream in the transaction of what came of it; false, with some moved and
/// some not, when the lease was lost or a part stands elsewhere: then nothing may be committed.
pub(crate) async fn claim(tx: &mut Tx, note: &Note) -> Result<bool, Error> {
    if let Some(lease) = &note.lease {
        match job::still_held(tx, lease).await {
            Err(Error::LeaseLost(_)) => return Ok(false),
            other => other?,
        }
    }
    for one in &note.moves {
        let values = params![note.feed.as_str(), note.place.as_str(), one.part, one.to];
        let moved = match one.from {
            None => {
                tx.execute(
                    "INSERT INTO feed_offsets (feed, place, part, next_offset, updated_at)
                     VALUES ($1, $2, $3, $4, 0) ON CONFLICT (feed, place, part) DO NOTHING",
                    values,
                )
                .await?
            }
            Some(from) => {
                let mut values = values;
                values.push(from.into());
                tx.execute(
                    "UPDATE feed_offsets SET next_offset = $4
                     WHERE feed = $1 AND place = $2 AND part = $3 AND next_offset = $5",
                    values,
                )
                .await?
            }
        };
        if moved != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

const RUN: &str = "id, feed, state, body, error, author, started_at, ended_at";

impl FromRow for Run {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Run {
            id: row.next()?,
            feed: row.next()?,
            state: RunState::of_word(&row.next::<String>()?),
            body: row.json::<RunBody>()?,
            error: row.next()?,
            author: row.next()?,
            started_at: row.next()?,
            ended_at: row.next()?,
        })
    }
}

/// Begins a run, while the lease holds; what was asked for is answered with it.
pub(crate) async fn begin(db: &Db, run: &Run, lease: &Lease) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    job::still_held(&mut tx, lease).await?;
    tx.execute(
        "INSERT INTO feed_runs (id, feed, state, body, author, started_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            run.id,
            run.feed.as_str(),
            run.state.word(),
            serde_json::to_string(&run.body)?,
            run.author.as_str(),
            run.started_at
        ],
    )
    .await?;
    tx.execute(
        "UPDATE feed_states SET started_at = $2, asked_at = NULL, asked_by = NULL WHERE feed = $1",
        params![run.feed.as_str(), run.started_at],
    )
    .await?;
    tx.commit().await
}

/// Writes how far a run is.
pub(crate) async fn save(tx: &mut Tx, run: &Run) -> Result<(), Error> {
    tx.execute(
        "UPDATE feed_runs SET state = $2, body = $3, error = $4, ended_at = $5 WHERE id = $1",
        params![
            run.id,
            run.state.word(),
            serde_json::to_string(&run.body)?,
            run.error.as_deref(),
            run.ended_at
        ],
    )
    .await?;
    Ok(())
}

/// Adds what came of a file to what came of the feed.
pub(crate) async fn add(
    tx: &mut Tx,
    feed: &str,
    numbers: &Numbers,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE feed_states SET accepted_count = accepted_count + $2,
             duplicates_count = duplicates_count + $3, rejected_count = rejected_count + $4,
             read_at = $5 WHERE feed = $1",
        params![
            feed,
            numbers.accepted as i64,
            numbers.duplicates as i64,
            numbers.rejected_rows as i64,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Says how far a query was read.
pub(crate) async fn move_cursor(
    tx: &mut Tx,
    feed: &str,
    place: &str,
    cursor: &Cursor,
) -> Result<(), Error> {
    let sql = "UPDATE feed_states SET place = $2, cursor_body = $3 WHERE feed = $1";
    let body = serde_json::to_string(cursor)?;
    tx.execute(sql, params![feed, place, body]).await?;
    Ok(())
}

/// The run of a feed that has not ended.
pub(crate) async fn open_run(db: &Db, feed: &str) -> Result<Option<Run>, Error> {
    let sql = format!(
        "SELECT {RUN} FROM feed_runs WHERE feed = $1 AND state = 'running' ORDER BY id LIMIT 1"
    );
    db.fetch_optional(&sql, params![feed]).await
}

/// The feeds with a run that has not ended.
pub(crate) async fn open_runs(db: &Db) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT feed FROM feed_runs WHERE state = 'running' LIMIT 1000";
    let rows: Vec<(String,)> = db.fetch_all(sql, params![]).await?;
    Ok(rows.into_iter().map(|(feed,)| feed).collect())
}

/// The newest run of every feed.
pub(crate) async fn last_runs(db: &Db) -> Result<Vec<Run>, Error> {
    let sql = format!(
        "SELECT {RUN} FROM feed_runs WHERE id IN (SELECT MAX(id) FROM feed_runs GROUP BY feed)
         ORDER BY id LIMIT $1"
    );
    db.fetch_all(&sql, params![FEEDS_LIMIT]).await
}

/// Runs of a feed, newest first, older than `before`.
pub(crate) async fn runs(
    db: &Db,
    feed: &str,
    before: RunId,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    let sql = format!(
        "SELECT {RUN} FROM feed_runs WHERE feed = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    db.fetch_all(&sql, params![feed, before, limit]).await
}

/// Forgets old runs of a feed.
pub(crate) async fn prune(tx: &mut Tx, feed: &str) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM feed_runs WHERE feed = $1 AND id <= (
             SELECT id FROM feed_runs WHERE feed = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        params![feed, RUNS_KEPT],
    )
    .await?;
    Ok(())
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    pub number: i64,
    pub path: String,
    pub mark: String,
    pub run_id: RunId,
    pub import_id: Option<ImportId>,
    pub accepted: i64,
    pub rejected: i64,
    pub error: Option<String>,
    pub taken_at: Timestamp,
}

impl FromRow for Taken {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Taken {
            number: row.next()?,
            path: row.next()?,
            mark: row.next()?,
            run_id: row.next()?,
            import_id: row.next()?,
            accepted: row.next()?,
            rejected: row.next()?,
            error: row.next()?,
            taken_at: row.next()?,
        })
    }
}

/// Remembers a file, whether it was brought in or could not be.
pub(crate) async fn take(tx: &mut Tx, feed: &str, taken: &Taken) -> Result<(), Error> {
    let state = if taken.error.is_none() {
        "done"
    } else {
        "failed"
    };
    tx.execute(
        "INSERT INTO feed_files (feed, path, mark, number, run_id, import_id, state,
             accepted_count, rejected_count, error, taken_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (feed, path, mark) DO UPDATE SET number = excluded.number,
             run_id = excluded.run_id, import_id = excluded.import_id, state = excluded.state,
             accepted_count = excluded.accepted_count, rejected_count = excluded.rejected_count,
             error = excluded.error, taken_at = excluded.taken_at",
        params![
            feed,
            taken.path.as_str(),
            taken.mark.as_str(),
            taken.number,
            taken.run_id,
            taken.import_id,
            state,
            taken.accepted,
            taken.rejected,
            taken.error.as_deref(),
            taken.taken_at
        ],
    )
    .await?;
    Ok(())
}

/// Forgets the oldest parts of a query's answers, with the imports they were.
pub(crate) async fn prune_parts(tx: &mut Tx, feed: &str) -> Result<(), Error> {
    let sql =
        "SELECT number FROM feed_files WHERE feed = $1 ORDER BY number DESC LIMIT 1 OFFSET $2";
    let oldest: Option<(i64,)> = tx.fetch_optional(sql, params![feed, PARTS_KEPT]).await?;
    let Some((oldest,)) = oldest else {
        return Ok(());
    };
    for sql in [
        "DELETE FROM imports WHERE id IN (
             SELECT import_id FROM feed_files WHERE feed = $1 AND number <= $2)",
        "DELETE FROM feed_files WHERE feed = $1 AND number <= $2",
    ] {
        tx.execute(sql, params![feed, oldest]).await?;
    }
    Ok(())
}

/// Path and mark of the files that need not be taken any more.
pub(crate) async fn known(
    db: &Db,
    feed: &str,
    failed_again: bool,
) -> Result<Vec<(String, String)>, Error> {
    db.fetch_all(
        "SELECT path, mark FROM feed_files WHERE feed = $1 AND ($2 = 0 OR state = 'done')
         ORDER BY number DESC LIMIT $3",
        params![feed, failed_again, FILES_LIMIT],
    )
    .await
}

/// Files of a feed, newest first, older than `before`.
pub(crate) async fn files(
    db: &Db,
    feed: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Taken>, Error> {
    db.fetch_all(
        "SELECT number, path, mark, run_id, import_id, accepted_count, rejected_count, error,
             taken_at
         FROM feed_files WHERE feed = $1 AND number < $2 ORDER BY number DESC LIMIT $3",
        params![feed, before, limit],
    )
    .await
}
