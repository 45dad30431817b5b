//! Long work with progress and cancel, and leases that keep it on one process.

mod db;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

pub use db::{
    create, finish, get, lease, list, progress, release, request_cancel, right, still_held,
    still_right,
};

crate::id!(
    /// A job.
    JobId,
    "job"
);

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobState)]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// A worker is on it.
    Running,
    /// Somebody asked it to stop.
    Cancelling,
    /// Stopped on request; what it did so far stands.
    Cancelled,
    /// Ended well.
    Done,
    /// Ended with an error.
    Failed,
}

/// Long work that somebody started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind of work, for example `import`.
    pub kind: String,
    /// What to do, as the kind defines it, and what came of it.
    pub body: serde_json::Value,
    /// Where it stands.
    pub state: State,
    /// Rows or items done.
    pub done_count: i64,
    /// Rows or items in all, when known.
    pub total_count: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// Who started it.
    pub author: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last reported.
    pub updated_at: Timestamp,
}

/// A lease: the right to do some work until it runs out, with a number that only rises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for.
    pub name: String,
    /// Who holds it.
    pub holder: String,
    /// Every new holder gets a higher fence; effects are conditional on it.
    pub fence: i64,
    /// When it runs out, by the shared clock.
    pub until_at: Timestamp,
}

/// The right to work on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// Nobody else can: this process owns the store, or nobody has begun.
    Alone,
    /// Other processes may take over when the lease runs out.
    Lease(Lease),
}
