//! Published definitions in use: compiled once, handed to everybody who serves from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use decision::{Catalog, Decider};
use execution::journey::playbook::Playbook;
use gate::definition::{Published, Snapshot};
use memory::criteria::Slots;
use memory::{Lookout, Memory};
use store::definition;
use tokio::sync::watch;

/// How soon a failed installation is tried again.
const RETRY: std::time::Duration = std::time::Duration::from_secs(2);

/// Retired offers that purchases can still accept, the last retired first.
const RETIRED: i64 = 1_000;

/// Where compiled definitions are installed.
#[derive(Clone)]
pub struct Installed {
    /// The memory, which looks out for what definitions ask for.
    pub memory: Memory,
    /// The decision.
    pub decider: Decider,
    /// Journeys and templates.
    pub playbook: Arc<arc_swap::ArcSwap<Playbook>>,
    /// The publication in use.
    pub revision: Arc<AtomicI64>,
}

impl Installed {
    /// Compiles and installs one snapshot. A definition that cannot be compiled is left out, and
    /// said so in the log; the others are in use.
    pub async fn install(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let (catalog, left_out) = Catalog::compile(&snapshot.definitions);
        for problem in left_out {
            tracing::warn!(?problem, "a definition is left out");
        }
        let (playbook, left_out) = Playbook::compile(&snapshot.definitions);
        for (definition, problem) in left_out {
            tracing::warn!(definition, ?problem, "a definition is left out");
        }
        let mut parts = catalog.lookout_parts();
        let kind = decision::offer::KIND.name;
        let retired = definition::retired(self.memory.db(), kind, RETIRED).await?;
        parts.honour(&retired);
        let aggregates = parts.aggregates.into_iter().chain(playbook.aggregates());
        let mut watches = playbook.watches();
        for (event, watch) in parts.watches {
            watches
                .entry(event.to_owned())
                .or_default()
                .push(watch.to_owned());
        }
        let lookout = Lookout {
            slots: Slots::new(aggregates),
            watches,
            response_rules: parts.response_rules,
        };
        // First what criteria look back on, then those who ask them.
        self.memory.look_out_for(lookout).await?;
        self.playbook.store(Arc::new(playbook));
        self.decider.install(catalog).await?;
        self.revision.store(snapshot.revision, Ordering::Release);
        Ok(())
    }

    /// The publication that this node decides with.
    pub fn revision(&self) -> i64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Follows what is published until `stop` is true.
    pub async fn follow(self, published: Published, mut stop: watch::Receiver<bool>) {
        let mut snapshots = published.subscribe();
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            let again = self.install(&snapshot).await.map_err(|error| {
                tracing::error!(%error, "published definitions could not be taken into use");
            });
            let later = tokio::time::sleep(match again {
                Ok(()) => std::time::Duration::MAX,
                Err(()) => RETRY,
            });
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = later => {}
                changed = snapshots.changed() => if changed.is_err() { return },
            }
        }
    }
}
