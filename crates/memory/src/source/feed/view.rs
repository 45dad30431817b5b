//! Feeds as they are shown: how each stands, its runs, and the files it took.

use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::db::{Standing, Taken};
use super::{Feed, Numbers, Run, RunId, RunState};
use crate::source::import::ImportId;

/// How a feed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// It is not published.
    Off,
    /// Somebody stopped it.
    Paused,
    /// Something is wrong; it is tried again.
    Failing,
    /// A pull works.
    Running,
    /// A pull waits for its time, or for somebody.
    Waiting,
    /// A stream is read.
    Reading,
}

/// How a feed stands, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedView {
    /// Its key.
    pub feed: String,
    /// How it stands.
    pub state: FeedState,
    /// Whether it is a stream.
    pub stream: bool,
    /// When it runs next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When something last came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// How many messages of a stream wait to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_count: Option<i64>,
    /// When that was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_at: Option<Timestamp>,
    /// Events and customers that were taken in, in all.
    pub accepted_count: i64,
    /// Those that stood in the log already.
    pub duplicates_count: i64,
    /// Rows that were rejected, and what of streams went to quarantine.
    pub rejected_count: i64,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_at: Option<Timestamp>,
    /// Its newest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<RunView>,
}

/// A run of a pull.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedRun)]
pub struct RunView {
    /// Its id.
    pub id: RunId,
    /// What it is doing.
    pub state: RunState,
    /// What came of it.
    pub numbers: Numbers,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Who asked for it; empty when it was due.
    pub author: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A file that a pull took, or a part of a query's answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedFile)]
pub struct FileView {
    /// Where it lies.
    pub path: String,
    /// The run that took it.
    pub run_id: RunId,
    /// The import it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_id: Option<ImportId>,
    /// Events and customers that were taken in.
    pub accepted_count: i64,
    /// Rows that were rejected.
    pub rejected_count: i64,
    /// Why it could not be brought in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When.
    pub taken_at: Timestamp,
}

impl From<Run> for RunView {
    fn from(run: Run) -> RunView {
        RunView {
            id: run.id,
            state: run.state,
            numbers: run.body.numbers,
            error: run.error,
            author: run.author,
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

impl From<Taken> for FileView {
    fn from(taken: Taken) -> FileView {
        FileView {
            path: taken.path,
            run_id: taken.run_id,
            import_id: taken.import_id,
            accepted_count: taken.accepted,
            rejected_count: taken.rejected,
            error: taken.error,
            taken_at: taken.taken_at,
        }
    }
}

/// The wire form of how a feed stands; `published` is what it does now, if it is in use.
pub(super) fn view(standing: Standing, published: Option<&Feed>, run: Option<Run>) -> FeedView {
    let stream = published.is_some_and(|feed| feed.from.streams());
    let running = |run: &Run| !stream && run.state == RunState::Running;
    let running = run.as_ref().is_some_and(running);
    let state = match published {
        None => FeedState::Off,
        Some(_) if standing.paused => FeedState::Paused,
        Some(_) if running => FeedState::Running,
        Some(_) if standing.error.is_some() => FeedState::Failing,
        Some(_) if stream => FeedState::Reading,
        Some(_) => FeedState::Waiting,
    };
    let due = published.and_then(|feed| {
        let due = feed.schedule.as_ref()?;
        Some(due.due(standing.started_at, standing.since_at))
    });
    FeedView {
        state,
        stream,
        due_at: due.filter(|_| matches!(state, FeedState::Waiting | FeedState::Failing)),
        read_at: standing.read_at,
        lag_count: standing.lag,
        lag_at: standing.lag_at,
        accepted_count: standing.accepted,
        duplicates_count: standing.duplicates,
        rejected_count: standing.rejected,
        error: standing.error,
        error_at: standing.error_at,
        last_run: run.map(RunView::from),
        feed: standing.feed,
    }
}
