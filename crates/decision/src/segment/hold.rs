//! Holding the task of the whole: one node at a time looks at the clock, at rules that are new and
//! at households.

use store::Db;
use store::job::{self, Lease};
use tokio::sync::watch;

use crate::Error;

/// How long one node holds the task unless it renews it.
pub(super) const LEASE_MS: i64 = 10_000;

/// What one node knows of who holds the task.
pub(super) struct Hold {
    db: Db,
    node: String,
    lease: Option<Lease>,
}

impl Hold {
    pub(super) fn new(db: &Db) -> Hold {
        Hold {
            node: format!("{:016x}", db.random().u64()),
            db: db.clone(),
            lease: None,
        }
    }

    /// The lease, renewed when half of it is over; nothing when another node holds it.
    pub(super) async fn lease(&mut self) -> Result<Option<Lease>, Error> {
        let half = self.db.now().plus_ms(LEASE_MS / 2);
        if self
            .lease
            .as_ref()
            .is_none_or(|lease| lease.until_at < half)
        {
            self.lease = job::lease(&self.db, "segments", &self.node, LEASE_MS).await?;
        }
        Ok(self.lease.clone())
    }
}

/// Long work of the node that holds the task.
pub(super) struct Task<'a> {
    pub hold: &'a mut Hold,
    pub lease: &'a Lease,
    pub stop: &'a watch::Receiver<bool>,
}

impl Task<'_> {
    /// Renews the lease; false when another node took the task over, or the program ends. Asked
    /// between parts of work that may last longer than the lease.
    pub(super) async fn goes_on(&mut self) -> Result<bool, Error> {
        if *self.stop.borrow() {
            return Ok(false);
        }
        let held = self.hold.lease().await?;
        Ok(held.is_some_and(|held| held.fence == self.lease.fence))
    }
}
