//! The lake's background work, on one process at a time: rows move to files, files are joined,
//! what is in files long enough leaves the log, and files that nobody needs are removed.

use store::job::{self, Lease};
use store::lake::db as files_db;
use tokio::sync::watch;

use super::{Lake, customers, db};
use crate::Error;

/// How often it is looked whether there is something to do.
const LOOK_EVERY_MS: u64 = 5_000;
/// How long the lease is taken for: a crashed process is replaced after this.
const LEASE_MS: i64 = 600_000;
/// How long a file that was replaced is kept for queries that still read it.
const GRACE_MS: i64 = 30 * 60_000;
/// After so many rows the snapshot of customers is taken anew, unless it is larger than that.
const SNAPSHOT_ROWS: i64 = 200_000;
/// It is not taken more often than this: everybody is read for it.
const SNAPSHOT_LEAST_MS: i64 = 60_000;
/// After so long it is taken anew when anything happened.
const SNAPSHOT_MS: i64 = 3_600_000;
const LEASE: &str = "lake";

/// What an installation decides about the lake.
#[derive(Debug, Clone, Copy)]
pub struct Upkeep {
    /// Rows in the tail from which they are moved to files.
    pub archive_rows: i64,
    /// Age of the oldest row in the tail from which rows are moved.
    pub archive_after_ms: i64,
    /// How long rows stay in the log after they were received, when they are in files.
    pub keep_log_ms: i64,
    /// How many of the newest rows stay in the log in any case.
    pub keep_log_rows: i64,
    /// How long events and decisions are kept; for ever unless given.
    pub keep_ms: Option<i64>,
}

impl Default for Upkeep {
    fn default() -> Upkeep {
        Upkeep {
            archive_rows: 50_000,
            archive_after_ms: 10 * 60_000,
            keep_log_ms: 48 * 3_600_000,
            keep_log_rows: 20_000,
            keep_ms: None,
        }
    }
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Rows that moved to files.
    pub archived: usize,
    /// Files that were joined.
    pub joined: usize,
    /// Rows that left the log.
    pub trimmed: u64,
    /// Files that were removed.
    pub removed: usize,
}

impl Lake {
    /// Does the background work until `stop` is true.
    pub(crate) async fn work(&self, node: &str, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.round(node).await {
                tracing::warn!(%error, "the lake's work failed; tried again later");
            }
            let pause = self.db().clock().sleep_ms(LOOK_EVERY_MS);
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = pause => {}
            }
        }
    }

    /// Does what is due now; nothing while somebody else works on the lake.
    pub async fn round(&self, node: &str) -> Result<Round, Error> {
        let Some(lease) = self.lease(node).await? else {
            return Ok(Round::default());
        };
        let done = self.due(node, &lease).await;
        // Others may want it before it runs out: an erasure waits for it.
        job::release(self.db(), &lease).await?;
        done
    }

    async fn due(&self, node: &str, lease: &Lease) -> Result<Round, Error> {
        let upkeep = self.0.upkeep;
        let mut round = Round::default();
        loop {
            let head = files_db::head(self.db()).await?;
            let (rows, oldest) =
                db::waiting(self.db(), head.archived_mark, upkeep.archive_rows).await?;
            let late =
                oldest.is_some_and(|at| self.db().now().since_ms(at) >= upkeep.archive_after_ms);
            if rows < upkeep.archive_rows && !late {
                break;
            }
            let moved = self.archive(lease).await?;
            self.renew(node).await?;
            round.archived += moved;
            if moved == 0 {
                break;
            }
        }
        if self.snapshot_due(round.archived > 0).await? {
            self.snapshot_customers(lease).await?;
            self.renew(node).await?;
        }
        round.joined = self.compact(lease, false).await?;
        if let Some(keep_ms) = upkeep.keep_ms {
            self.retain(lease, self.db().now().plus_ms(-keep_ms))
                .await?;
        }
        self.renew(node).await?;
        let before = self.db().now().plus_ms(-upkeep.keep_log_ms);
        round.trimmed = self.trim(lease, before).await?;
        round.removed = self.clean(GRACE_MS).await?;
        Ok(round)
    }

    /// Moves everything that can be moved, joins all files and takes a snapshot of customers.
    pub async fn archive_all(&self, node: &str) -> Result<usize, Error> {
        let lease = self.lease(node).await?;
        let lease = lease.ok_or_else(|| store::Error::LeaseLost(LEASE.to_owned()))?;
        let done = self.all(node, &lease).await;
        job::release(self.db(), &lease).await?;
        done
    }

    async fn all(&self, node: &str, lease: &Lease) -> Result<usize, Error> {
        let mut all = 0;
        loop {
            let moved = self.archive(lease).await?;
            self.renew(node).await?;
            all += moved;
            if moved == 0 {
                break;
            }
        }
        self.snapshot_customers(lease).await?;
        self.renew(node).await?;
        self.compact(lease, true).await?;
        Ok(all)
    }

    pub(super) async fn lease(&self, node: &str) -> Result<Option<Lease>, Error> {
        Ok(job::lease(self.db(), LEASE, node, LEASE_MS).await?)
    }

    pub(super) async fn renew(&self, node: &str) -> Result<(), Error> {
        match self.lease(node).await? {
            Some(_) => Ok(()),
            None => Err(store::Error::LeaseLost(LEASE.to_owned()).into()),
        }
    }

    /// Whether so much has happened since the snapshot of customers that a new one pays. Rows are
    /// only counted after some have moved: that takes a moment.
    async fn snapshot_due(&self, moved: bool) -> Result<bool, Error> {
        let head = files_db::head(self.db()).await?;
        let Some(archived_at) = head.archived_at else {
            return Ok(false);
        };
        let files = self.files().await?;
        let snapshot = files
            .iter()
            .filter(|file| file.table == customers::CUSTOMERS);
        let (size, taken) = snapshot.fold((0, None), |(size, taken), file| {
            (size + file.rows, taken.max(Some(file.created_at)))
        });
        let Some(taken) = taken else { return Ok(true) };
        let age_ms = self.db().now().since_ms(taken);
        let old = age_ms >= SNAPSHOT_MS && archived_at > taken;
        if old || !moved || age_ms < SNAPSHOT_LEAST_MS {
            return Ok(old);
        }
        let most = SNAPSHOT_ROWS.max(size);
        let (rows, _) = db::waiting(self.db(), head.customers_mark, most).await?;
        Ok(rows >= most)
    }

    /// Removes files that were replaced, or never finished, so long ago.
    pub(super) async fn clean(&self, grace_ms: i64) -> Result<usize, Error> {
        let before = self.db().now().plus_ms(-grace_ms);
        let left = files_db::leftovers(self.db(), before).await?;
        for (id, path) in &left {
            self.0.ground.files.remove(path).await?;
            files_db::forget(self.db(), *id).await?;
        }
        Ok(left.len())
    }
}
