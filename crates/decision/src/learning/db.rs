//! Learning in the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use memory::log::tail::Cursor;
use serde::{Deserialize, Serialize};
use store::{Db, Error, Timestamp, Tx, params};

use super::keep::{self, Kept};
use super::learned::{Batch, Learned, Step};
use crate::Channel;

/// How far the log was read and what was settled.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// How far the log was read.
    pub cursor: Cursor,
    /// By channel: contacts made until then have an outcome, or never will.
    pub settled_until: BTreeMap<Channel, Timestamp>,
}

/// What somebody wants done to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Forget everything.
    Reset(u64),
    /// Change no more.
    Freeze(u64),
    /// Learn again.
    Thaw(u64),
    /// Learn everything anew from the log; the number of the job.
    Rebuild(u64),
}

/// What became of one model's contacts in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hour {
    /// When the hour began.
    pub at: Timestamp,
    /// Contacts that count as shown.
    pub shown: f64,
    /// Contacts whose outcome became known.
    pub settled: f64,
    /// Sum of the outcomes.
    pub rewarded: f64,
    /// Those made although another offer was expected to be better.
    pub explored: f64,
    /// What was given up by that.
    pub forgone_cents: f64,
}

/// How far the log was read; `None` before the first time.
pub async fn progress(db: &Db) -> Result<Option<Progress>, Error> {
    let row: Option<(String,)> = db
        .fetch_optional(
            "SELECT cursor FROM learning_progress WHERE id = 1",
            params![],
        )
        .await?;
    Ok(row.map(|(text,)| serde_json::from_str(&text)).transpose()?)
}

/// Notes how far the log was read.
pub async fn save_progress(tx: &mut Tx, progress: &Progress, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO learning_progress (id, cursor, updated_at) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET cursor = $1, updated_at = $2",
        params![serde_json::to_string(progress)?, now],
    )
    .await?;
    Ok(())
}

/// Adds a batch; fails when its position is taken.
pub async fn add_batch(tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO learning_batches (position, created_at, steps) VALUES ($1, $2, $3)",
        params![
            batch.position,
            Timestamp(batch.at_ms),
            serde_json::to_string(&batch.steps)?
        ],
    )
    .await?;
    Ok(())
}

/// Batches after a position, in order.
pub async fn batches(db: &Db, after: i64, limit: i64) -> Result<Vec<Batch>, Error> {
    let rows: Vec<(i64, Timestamp, String)> = db
        .fetch_all(
            "SELECT position, created_at, steps FROM learning_batches
             WHERE position > $1 ORDER BY position LIMIT $2",
            params![after, limit],
        )
        .await?;
    let mut batches = Vec::with_capacity(rows.len());
    for (position, at, steps) in rows {
        let steps: Vec<Step> = serde_json::from_str(&steps)?;
        batches.push(Batch {
            position,
            at_ms: at.0,
            steps,
        });
    }
    Ok(batches)
}

/// Adds to the sums of hours, by model and the moment the hour began.
pub async fn add_hours(tx: &mut Tx, sums: &BTreeMap<(u64, Timestamp), Hour>) -> Result<(), Error> {
    let row = |((model, hour_at), sum): (&(u64, Timestamp), &Hour)| {
        let Hour {
            shown,
            settled,
            rewarded,
            explored,
            forgone_cents,
            ..
        } = *sum;
        let model = model.cast_signed();
        params![
            model,
            *hour_at,
            shown,
            settled,
            rewarded,
            explored,
            forgone_cents
        ]
    };
    let columns = [
        "model",
        "hour_at",
        "shown",
        "settled",
        "rewarded",
        "explored",
        "forgone_cents",
    ];
    let rows = sums.iter().map(row).collect();
    tx.insert_many(
        "learning_hours",
        &columns,
        rows,
        "ON CONFLICT (model, hour_at) DO UPDATE SET
             shown = learning_hours.shown + excluded.shown,
             settled = learning_hours.settled + excluded.settled,
             rewarded = learning_hours.rewarded + excluded.rewarded,
             explored = learning_hours.explored + excluded.explored,
             forgone_cents = learning_hours.forgone_cents + excluded.forgone_cents",
    )
    .await?;
    Ok(())
}

/// The hours of a model since an instant, in order.
pub async fn hours(db: &Db, model: u64, since: Timestamp) -> Result<Vec<Hour>, Error> {
    type Columns = (Timestamp, f64, f64, f64, f64, f64);
    let rows: Vec<Columns> = db
        .fetch_all(
            "SELECT hour_at, shown, settled, rewarded, explored, forgone_cents
             FROM learning_hours WHERE model = $1 AND hour_at >= $2 ORDER BY hour_at LIMIT 10000",
            params![model.cast_signed(), since],
        )
        .await?;
    let hour = |(at, shown, settled, rewarded, explored, forgone_cents)| Hour {
        at,
        shown,
        settled,
        rewarded,
        explored,
        forgone_cents,
    };
    Ok(rows.into_iter().map(hour).collect())
}

/// What became of one model's contacts in a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The model.
    pub model: u64,
    /// Contacts that count as shown.
    pub shown: f64,
    /// Those made although another offer was expected to be better.
    pub explored: f64,
    /// What was given up by that.
    pub forgone_cents: f64,
}

/// What was shown and tried out since an instant, by model; one row for each.
pub async fn tried_since(db: &Db, since: Timestamp) -> Result<Vec<Tried>, Error> {
    let rows: Vec<(i64, f64, f64, f64)> = db
        .fetch_all(
            "SELECT model, SUM(shown), SUM(explored), SUM(forgone_cents)
             FROM learning_hours WHERE hour_at >= $1 GROUP BY model ORDER BY model LIMIT 100000",
            params![since],
        )
        .await?;
    let tried = |(model, shown, explored, forgone_cents): (i64, f64, f64, f64)| Tried {
        model: model.cast_unsigned(),
        shown,
        explored,
        forgone_cents,
    };
    Ok(rows.into_iter().map(tried).collect())
}

/// What was given up since an instant, over all models.
pub async fn forgone_since(db: &Db, since: Timestamp) -> Result<f64, Error> {
    let row: (Option<f64>,) = db
        .fetch_one(
            "SELECT SUM(forgone_cents) FROM learning_hours WHERE hour_at >= $1",
            params![since],
        )
        .await?;
    Ok(row.0.unwrap_or(0.0))
}

/// Notes what somebody wants done.
pub async fn wish(tx: &mut Tx, id: i64, wish: Wish, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO learning_wishes (id, wish, created_at) VALUES ($1, $2, $3)",
        params![id, serde_json::to_string(&wish)?, now],
    )
    .await?;
    Ok(())
}

/// What somebody wants done and is not done yet, oldest first.
pub async fn wishes(db: &Db) -> Result<Vec<(i64, Wish)>, Error> {
    let rows: Vec<(i64, String)> = db
        .fetch_all(
            "SELECT id, wish FROM learning_wishes ORDER BY id LIMIT 100",
            params![],
        )
        .await?;
    let mut wishes = Vec::with_capacity(rows.len());
    for (id, text) in rows {
        wishes.push((id, serde_json::from_str(&text)?));
    }
    Ok(wishes)
}

/// Removes what was done.
pub async fn wishes_done(tx: &mut Tx, wishes: &[(i64, Wish)]) -> Result<(), Error> {
    for (id, _) in wishes {
        tx.execute("DELETE FROM learning_wishes WHERE id = $1", params![*id])
            .await?;
    }
    Ok(())
}

/// Keeps what was learned, for those who start later; `models` are those that changed.
pub async fn save(
    tx: &mut Tx,
    learned: &Learned,
    models: Vec<(u64, Kept)>,
    now: Timestamp,
) -> Result<(), Error> {
    let state = keep::state(learned)?;
    tx.execute(
        "INSERT INTO learning_states (id, position, body, numbers, created_at)
         VALUES (1, $1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET position = $1, body = $2, numbers = $3, created_at = $4",
        params![learned.position, state.body, state.numbers, now],
    )
    .await?;
    let rows = models
        .into_iter()
        .map(|(key, kept)| params![key.cast_signed(), kept.body, kept.numbers])
        .collect();
    tx.insert_many(
        "learning_models",
        &["model", "body", "numbers"],
        rows,
        "ON CONFLICT (model) DO UPDATE SET body = excluded.body, numbers = excluded.numbers",
    )
    .await?;
    Ok(())
}

/// Forgets batches up to a position.
pub async fn forget_batches(tx: &mut Tx, upto: i64) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM learning_batches WHERE position <= $1",
        params![upto],
    )
    .await?;
    Ok(())
}

/// Forgets everything that was learned, in the transaction that puts something in its place.
pub async fn forget_all(tx: &mut Tx) -> Result<(), Error> {
    for table in ["learning_batches", "learning_models", "learning_states"] {
        tx.execute(&format!("DELETE FROM {table}"), params![])
            .await?;
    }
    Ok(())
}

async fn state(db: &Db) -> Result<Option<Learned>, Error> {
    let row: Option<(i64, String, Vec<u8>)> = db
        .fetch_optional(
            "SELECT position, body, numbers FROM learning_states WHERE id = 1",
            params![],
        )
        .await?;
    Ok(row.and_then(|(position, body, numbers)| keep::read_state(position, &body, &numbers)))
}

/// What was learned, as it was kept last; the models and the rest are of the same position.
pub async fn load(db: &Db) -> Result<Learned, Error> {
    /// Models of one page.
    const PAGE: i64 = 200;
    loop {
        let Some(mut learned) = state(db).await? else {
            return Ok(Learned::default());
        };
        let mut after = i64::MIN;
        loop {
            let rows: Vec<(i64, String, Vec<u8>)> = db
                .fetch_all(
                    "SELECT model, body, numbers FROM learning_models
                     WHERE model > $1 ORDER BY model LIMIT $2",
                    params![after, PAGE],
                )
                .await?;
            let Some((last, _, _)) = rows.last() else {
                break;
            };
            after = *last;
            for (key, body, numbers) in &rows {
                match keep::read_model(body, numbers) {
                    Some(model) => {
                        learned.models.insert(key.cast_unsigned(), Arc::new(model));
                    }
                    None => tracing::warn!(
                        model = key,
                        "a kept model cannot be read and begins anew; learning can be rebuilt"
                    ),
                }
            }
        }
        let again = state(db).await?.map(|state| state.position);
        if again == Some(learned.position) {
            learned.line_up();
            return Ok(learned);
        }
    }
}
