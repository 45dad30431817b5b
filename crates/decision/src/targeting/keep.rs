//! What decisions need besides requests: expired promises are given back, other nodes' counters and
//! tables are read, unanswered views become ignored, and what is over is forgotten.

use std::time::Duration;

use store::job;
use tokio::sync::watch;

use super::Decider;
use crate::{Error, customer_table, session};

/// How often.
const EVERY: Duration = Duration::from_millis(500);
/// How often what is over is forgotten, in rounds: once a minute.
const FORGET_EVERY: u32 = 120;
/// How long this process keeps the right to note what was ignored.
const LEASE_MS: i64 = 15_000;

/// Does the background work of decisions until `stop` is true.
pub async fn keep(decider: Decider, node: String, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut rounds = 0_u32;
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = round(&decider, &node, rounds).await {
            tracing::warn!(%error, "background work of decisions failed; tried again at once");
        }
        rounds = rounds.wrapping_add(1);
    }
}

async fn round(decider: &Decider, node: &str, rounds: u32) -> Result<(), Error> {
    let memory = decider.memory();
    let (db, catalog) = (memory.db(), decider.catalog());
    decider.tables().refresh(db).await?;
    if !catalog.caps.is_empty() {
        let periods = decider.periods(&catalog, db.now());
        memory.read_counters(&periods.counters()).await?;
    }
    if rounds.is_multiple_of(2) {
        memory.give_back().await?;
    }
    if rounds.is_multiple_of(4)
        && let Some(_held) = job::lease(db, "ignored_views", node, LEASE_MS).await?
    {
        // Should the lease run out in the middle, both do the same: each view is settled once.
        decider.note_ignored().await?;
    }
    if rounds.is_multiple_of(FORGET_EVERY) {
        let now = db.now();
        customer_table::db::remove_expired(db, now).await?;
        session::db::forget_old(db, now).await?;
    }
    Ok(())
}
