//! Keeping lists at hand: every node reads entries again when they changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use memory::identity::Digest;
use store::{Db, Timestamp};
use tokio::sync::watch;

use super::{SuppressionList, Suppressions, db};
use crate::{Decider, Error};

/// How often the revisions are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Keeps the entries of published lists at hand until `stop` is true.
pub async fn keep(decider: Decider, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = decider.read_suppressions().await {
            tracing::warn!(%error, "suppression lists could not be read");
        }
    }
}

/// The lists at hand.
#[derive(Default)]
pub(crate) struct Kept {
    current: ArcSwap<Suppressions>,
    /// Held while lists are read.
    read: tokio::sync::Mutex<Read>,
}

impl Kept {
    pub(crate) fn now(&self) -> Arc<Suppressions> {
        self.current.load_full()
    }

    pub(crate) async fn read_again(
        &self,
        db: &Db,
        lists: &[(String, SuppressionList)],
    ) -> Result<(), Error> {
        if let Some(newer) = self.read.lock().await.again(db, lists).await? {
            self.current.store(Arc::new(newer));
        }
        Ok(())
    }
}

/// What was read, and at which revision.
#[derive(Default)]
struct Read {
    revisions: HashMap<String, i64>,
    entries: HashMap<String, HashMap<Digest, Option<Timestamp>>>,
    bodies: Vec<(String, SuppressionList)>,
}

impl Read {
    /// Reads what changed; the new snapshot, or `None` when nothing did.
    async fn again(
        &mut self,
        db: &Db,
        lists: &[(String, SuppressionList)],
    ) -> Result<Option<Suppressions>, Error> {
        let revisions = if lists.is_empty() {
            HashMap::new()
        } else {
            db::revisions(db).await?
        };
        let mut changed = self.bodies != lists;
        for (key, _) in lists {
            let revision = revisions.get(key).copied().unwrap_or(0);
            if self.revisions.get(key) != Some(&revision) {
                self.entries
                    .insert(key.clone(), db::entries(db, key).await?);
                self.revisions.insert(key.clone(), revision);
                changed = true;
            }
        }
        if !changed {
            return Ok(None);
        }
        self.bodies = lists.to_vec();
        self.entries
            .retain(|key, _| lists.iter().any(|(known, _)| known == key));
        self.revisions
            .retain(|key, _| lists.iter().any(|(known, _)| known == key));
        let mut suppressions = Suppressions::default();
        for (key, body) in lists {
            let entries = self.entries.get(key).cloned().unwrap_or_default();
            suppressions.put(key, body.clone(), entries);
        }
        Ok(Some(suppressions))
    }
}
