//! An import as it is shown.

use gate::{Result, SourceId};
use serde::Serialize;
use store::Timestamp;
use store::job::{self, State as JobState};

use super::file::Facts;
use super::mapping::Mapping;
use super::{Checkpoint, Import, ImportId, Progress};
use crate::api::MemoryState;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ImportState {
    /// The file is here; nobody has started it.
    Uploaded,
    /// It waits for its turn.
    Queued,
    /// It is being read.
    Running,
    /// Somebody asked it to stop.
    Cancelling,
    /// Stopped; what was taken in stays, and a start goes on from there.
    Cancelled,
    /// Everything was read.
    Done,
    /// It ended with an error.
    Failed,
}

/// An import.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ImportView {
    /// Its id.
    id: ImportId,
    /// The name of the file.
    name: String,
    /// Where it stands.
    state: ImportState,
    /// What the file is.
    facts: Facts,
    /// How it is read, once it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<Mapping>,
    /// The source its events belong to, once it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<SourceId>,
    /// How far it is.
    progress: Progress,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Who uploaded it.
    author: String,
    /// When it was uploaded.
    created_at: Timestamp,
    /// When it last moved.
    updated_at: Timestamp,
}

/// The wire form of an import, with where its job stands.
pub(super) async fn view(state: &MemoryState, import: Import) -> Result<ImportView> {
    let job = match import.job_id {
        Some(id) => job::get(state.memory.db(), id).await?,
        None => None,
    };
    let stands = match job.as_ref().map(|job| job.state) {
        None => ImportState::Uploaded,
        Some(JobState::Queued) => ImportState::Queued,
        Some(JobState::Running) => ImportState::Running,
        Some(JobState::Cancelling) => ImportState::Cancelling,
        Some(JobState::Cancelled) => ImportState::Cancelled,
        Some(JobState::Done) => ImportState::Done,
        Some(JobState::Failed) => ImportState::Failed,
    };
    let body = job.as_ref().map(|job| job.body.clone()).unwrap_or_default();
    let checkpoint: Checkpoint = serde_json::from_value(body).unwrap_or_default();
    Ok(ImportView {
        id: import.id,
        name: import.name,
        state: stands,
        facts: Facts {
            visitor_salt: String::new(),
            ..import.facts
        },
        mapping: import.mapping,
        source_id: import.source_id,
        progress: checkpoint.progress,
        error: job.as_ref().and_then(|job| job.error.clone()),
        author: import.author,
        created_at: import.created_at,
        updated_at: job.map_or(import.updated_at, |job| job.updated_at),
    })
}
