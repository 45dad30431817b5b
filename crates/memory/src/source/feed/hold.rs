//! The right to work on a feed: a lease that is renewed until it is dropped.

use std::time::Duration;

use store::Db;
use store::job::{self, Lease};
use tokio::sync::watch;

use super::pull::Failure;
use crate::api::MemoryState;

/// How long the right lasts without a sign of life.
const LEASE_MS: i64 = 10_000;
/// How often a sign of life is given.
const RENEW_EVERY: Duration = Duration::from_secs(3);

/// The right to work on a feed, renewed until it is dropped.
pub(super) struct Hold {
    pub(super) lease: Lease,
    lost: watch::Receiver<bool>,
    renewing: tokio::task::JoinHandle<()>,
}

impl Hold {
    /// Takes the right to a feed; `None` while another node has it.
    pub(super) async fn take(state: &MemoryState, feed: &str) -> Result<Option<Hold>, Failure> {
        let store = state.memory.db().clone();
        // One process owns the embedded store: after a crash it need not wait for its own lease.
        let holder = match store.exclusive() {
            true => "the only process".to_owned(),
            false => state.node.to_string(),
        };
        let name = format!("feed:{feed}");
        let Some(lease) = job::lease(&store, &name, &holder, LEASE_MS).await? else {
            return Ok(None);
        };
        let (tell, lost) = watch::channel(false);
        let fence = lease.fence;
        let renewing = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                match job::lease(&store, &name, &holder, LEASE_MS).await {
                    Ok(Some(lease)) if lease.fence == fence => {}
                    // It may come back before the lease runs out.
                    Err(error) => tracing::warn!(%error, "a feed's lease could not be renewed"),
                    Ok(_) => {
                        tell.send_replace(true);
                        return;
                    }
                }
            }
        });
        Ok(Some(Hold {
            lease,
            lost,
            renewing,
        }))
    }

    /// Whether another node has it now.
    pub(super) fn lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Gives it back.
    pub(super) async fn release(self, store: &Db) {
        self.renewing.abort();
        if let Err(error) = job::release(store, &self.lease).await {
            tracing::warn!(%error, "a feed's lease runs out by itself");
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}
