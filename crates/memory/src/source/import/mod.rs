//! Imports: files become customers or events, once, however often they are brought in.

mod access;
pub mod api;
pub mod build;
pub mod db;
mod decimal;
pub(crate) mod erase;
pub mod file;
pub(crate) mod guess;
pub mod job;
pub mod mapping;
pub(crate) mod preview;
mod read;
mod report;
pub mod saved;
#[cfg(test)]
mod tests;
mod time;
pub(crate) mod upload;
mod view;
mod words;
mod work;

use std::path::{Path, PathBuf};

use gate::SourceId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::job::JobId;
use utoipa::ToSchema;

use file::Facts;
use mapping::{Mapping, Target};

use super::feed::OfFeed;

/// The kind of the jobs that import.
pub const JOB_KIND: &str = "import";

store::id!(
    /// An import.
    ImportId,
    "imp"
);

/// A file that was brought in, or waits to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// The name of the file.
    pub name: String,
    /// The source its events belong to, once it was started.
    pub source_id: Option<SourceId>,
    /// What the file is.
    pub facts: Facts,
    /// How it is read, once it was started.
    pub mapping: Option<Mapping>,
    /// The job that does it.
    pub job_id: Option<JobId>,
    /// Who uploaded it.
    pub author: String,
    /// The feed that fetched it; `None` when somebody uploaded it.
    pub(crate) feed: Option<OfFeed>,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Counts rows and finds what belongs together.
    #[default]
    Survey,
    /// Takes events in.
    Import,
}

/// How far an import is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Rows looked at in this phase.
    pub rows_done: u64,
    /// Rows of the file, once they were counted.
    pub rows_total: Option<u64>,
    /// Events and customers that were taken in.
    pub accepted: u64,
    /// Those that stood in the log already.
    pub duplicates: u64,
    /// Rows that were taken in.
    pub accepted_rows: u64,
    /// Rows that were rejected; the report tells why.
    pub rejected_rows: u64,
    /// Rows that a rule left out.
    pub skipped_rows: u64,
    /// An earlier import of the same content, when there was one.
    pub same_as: Option<ImportId>,
}

/// What the job of an import keeps: enough to go on after a crash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Checkpoint {
    pub import_id: Option<ImportId>,
    #[serde(flatten)]
    pub progress: Progress,
    /// Everything up to this row is done.
    pub done_row: u64,
    /// Length of the report when that was so.
    pub report_bytes: u64,
}

/// How the events of an import are known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// By their place in this content.
    Place(String),
    /// By what their row holds, within this feed.
    Content(String),
}

/// Where uploaded files lie.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("imports")
}

impl Import {
    /// Where the file lies until it is done.
    pub(crate) fn path(&self, data: &Path) -> PathBuf {
        folder(data).join(format!("{}.data", self.id))
    }

    /// What tells the events of this import from those of others.
    pub(crate) fn identity(&self, content_hash: &str) -> Identity {
        let target = self.mapping.as_ref().map(|mapping| mapping.target);
        match (&self.feed, target) {
            // What a customer is now may be what they were before: every delivery counts.
            (Some(_), Some(Target::Customers)) => {
                Identity::Place(format!("{content_hash} {}", self.id))
            }
            (Some(of), _) if of.by_content => Identity::Content(of.feed.clone()),
            (Some(_) | None, _) => Identity::Place(content_hash.to_owned()),
        }
    }

    /// Whether a file with the same content need not be read again.
    pub(crate) fn once(&self) -> bool {
        let target = self.mapping.as_ref().map(|mapping| mapping.target);
        match &self.feed {
            Some(of) => !of.by_content && target != Some(Target::Customers),
            None => true,
        }
    }

    /// Where the report of rejected rows lies.
    pub(crate) fn report_path(&self, data: &Path) -> PathBuf {
        folder(data).join(format!("{}.rejected.csv", self.id))
    }
}

/// The hash of a mapping or of the names of columns.
pub(crate) fn hash_of(body: &impl Serialize) -> String {
    let text = serde_json::to_string(body).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}
