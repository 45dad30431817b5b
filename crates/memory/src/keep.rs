//! What memory does besides answering: it learns attributes and events, counts what sources send, and forgets
//! what is too old to be needed.

use std::time::Duration;

use store::Timestamp;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::api::MemoryState;
use crate::attribute::learn::Learner as AttributeLearner;
use crate::log::writer::REMEMBER_MS;
use crate::log::{LogRow, db as log_db};
use crate::source::db as source_db;
use crate::vocabulary::learn::Learner as EventLearner;

/// How often what was learned and counted is written.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// How often old message ids are forgotten, in writes.
const FORGET_EVERY: u32 = 300;

/// Everything that is learned from rows as they are committed.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    attributes: AttributeLearner,
    events: EventLearner,
}

impl Learner {
    /// Looks at committed rows.
    pub(crate) fn note(&mut self, rows: &[LogRow]) {
        self.attributes.note(rows);
        self.events.note(rows);
    }

    /// Writes what was learned.
    pub(crate) async fn flush(&mut self, db: &store::Db) {
        if let Err(error) = self.attributes.flush(db).await {
            tracing::warn!(%error, "what was learned of attributes could not be written");
        }
        if let Err(error) = self.events.flush(db).await {
            tracing::warn!(%error, "what was learned of events could not be written");
        }
    }
}

/// Does memory's background work until `stop` is true.
pub async fn keep(state: MemoryState, stop: watch::Receiver<bool>) {
    let imports = crate::source::import::job::work(state.clone(), stop.clone());
    let feeds = crate::source::feed::work(state.clone(), stop.clone());
    let (lake, node) = (state.memory.lake().clone(), state.node.clone());
    let archive = async {
        if let Err(error) = state.memory.finish_erasures().await {
            tracing::error!(%error, "an interrupted erasure could not be completed");
        }
        lake.work(&node, stop.clone()).await;
    };
    let live = watch_live(state.clone(), stop.clone());
    tokio::join!(live, imports, feeds, archive);
}

/// Learns and counts from what is committed.
async fn watch_live(state: MemoryState, mut stop: watch::Receiver<bool>) {
    let mut live = state.memory.live();
    let mut learner = Learner::default();
    let mut ticks = tokio::time::interval(WRITE_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut writes = 0u32;
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            rows = live.recv() => match rows {
                Ok(rows) => {
                    learner.note(&rows);
                    state.activity.note(&rows);
                }
                // Counts are then a little too low; nothing else depends on them.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            _ = ticks.tick() => {
                write(&state, &mut learner).await;
                if writes.is_multiple_of(FORGET_EVERY) {
                    forget(&state).await;
                }
                writes = writes.wrapping_add(1);
            }
        }
    }
    write(&state, &mut learner).await;
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // When nobody can say stop any more, that is the end too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Writes what was learned and counted.
pub(crate) async fn write(state: &MemoryState, learner: &mut Learner) {
    let db = state.memory.db();
    learner.flush(db).await;
    let activity = state.activity.take();
    if activity.is_empty() {
        return;
    }
    if let Err(error) = source_db::count(db, &activity).await {
        tracing::warn!(%error, "what sources sent could not be counted");
        state.activity.put_back(&activity);
    }
}

async fn forget(state: &MemoryState) {
    let db = state.memory.db();
    let before = Timestamp(db.now().0 - REMEMBER_MS);
    if let Err(error) = log_db::forget_marks(db, before).await {
        tracing::warn!(%error, "old message ids could not be forgotten");
    }
}
