//! The published definitions, followed by every process within a second of a change.

use std::sync::Arc;
use std::time::Duration;

use store::Db;
use store::definition::{self, Definition};
use tokio::sync::watch;

/// How often the revision is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Everything in use at one revision.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Grows with every publication.
    pub revision: i64,
    /// The published version of each definition, by kind and key.
    pub definitions: Arc<Vec<Definition>>,
}

impl Snapshot {
    /// The definitions of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Definition> {
        self.definitions.iter().filter(move |d| d.kind == kind)
    }
}

/// Follows the published definitions. Cheap to clone.
#[derive(Clone)]
pub struct Published(Arc<watch::Sender<Snapshot>>);

impl Published {
    /// Reads what is in use now.
    pub async fn load(db: &Db) -> Result<Published, store::Error> {
        let published = Published(Arc::new(watch::Sender::new(Snapshot {
            revision: -1,
            definitions: Arc::default(),
        })));
        published.refresh(db).await?;
        Ok(published)
    }

    /// A receiver that is told of every change.
    pub fn subscribe(&self) -> watch::Receiver<Snapshot> {
        self.0.subscribe()
    }

    /// What is in use, as far as this process knows.
    pub fn now(&self) -> Snapshot {
        self.0.borrow().clone()
    }

    /// Reads again if the revision has moved.
    pub async fn refresh(&self, db: &Db) -> Result<(), store::Error> {
        // The revision is read first: a publication in between leads to one more refresh.
        let revision = definition::revision(db).await?;
        if revision == self.0.borrow().revision {
            return Ok(());
        }
        let definitions = Arc::new(definition::published(db).await?);
        self.0.send_if_modified(|snapshot| {
            // A slower refresh must not put back what a faster one has replaced.
            let newer = revision > snapshot.revision;
            if newer {
                *snapshot = Snapshot {
                    revision,
                    definitions,
                };
            }
            newer
        });
        Ok(())
    }

    /// Follows the store until `stop` is true.
    pub async fn follow(self, db: Db, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.refresh(&db).await {
                tracing::warn!(%error, "published definitions could not be read");
            }
        }
    }
}
