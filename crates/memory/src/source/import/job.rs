//! The job of an import: reads the file on a thread of its own, takes events in batch by batch,
//! and writes after each how far it is, so that a crash loses and doubles nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::job::{self, Job, JobId, Right, State};
use store::{Db, Timestamp};
use tokio::sync::{mpsc, watch};

use super::build::{Builder, RowProblem};
use super::file::Unreadable;
use super::read::Row;
use super::report::Report;
use super::work::{Batch, Handle, Made, Rejected, Survey, produce, survey};
use super::{Checkpoint, Import, JOB_KIND, Phase, db, hash_of};
use crate::api::MemoryState;
use crate::event::prepare;
use crate::log::Verdict;
use crate::{Error, Memory};

/// How often somebody looks for work that nobody announced.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often the first pass reports.
const REPORT_EVERY: Duration = Duration::from_millis(500);
/// How long the right to a job lasts without a report, where several processes share the store.
const LEASE_MS: i64 = 30_000;
/// How long an uploaded file waits to be started: 7 days.
const ABANDONED_MS: i64 = 7 * 86_400_000;
/// After this time a file without an import belongs to nobody.
const ORPHANED: Duration = Duration::from_secs(3_600);
/// Batches that wait between the two sides.
const BATCHES: usize = 4;
/// Waiting time when memory is overloaded.
const BREATHER: Duration = Duration::from_millis(100);

/// Why a job ends early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    File(#[from] Unreadable),
    #[error("the report cannot be written: {0}")]
    Report(#[from] std::io::Error),
    #[error(transparent)]
    Memory(#[from] Error),
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Cancelled,
    /// The program stops; the next start goes on.
    Interrupted,
}

/// Runs imports until `stop` is true, one at a time.
pub async fn work(state: MemoryState, mut stop: watch::Receiver<bool>) {
    if let Err(error) = tidy_up(&state).await {
        tracing::warn!(%error, "abandoned uploads could not be removed");
    }
    while !*stop.borrow() {
        let found = next_job(&state).await;
        match found {
            Ok(Some((job, right, import))) => run(&state, (&job, &right), &import, &stop).await,
            Ok(None) => {
                tokio::select! {
                    _ = stop.changed() => {}
                    () = state.imports.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "imports could not be looked for");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Removes what was uploaded and never started.
async fn tidy_up(state: &MemoryState) -> Result<(), store::Error> {
    let store = state.memory.db();
    let before = Timestamp(store.now().0 - ABANDONED_MS);
    for import in db::abandoned(store, before).await? {
        let _ = std::fs::remove_file(import.path(&state.data_folder));
        db::delete(store, import.id).await?;
    }
    // What was fetched for an import that another node has done meanwhile.
    let files = std::fs::read_dir(super::folder(&state.data_folder));
    for file in files.into_iter().flatten().flatten() {
        let name = file.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".data"));
        let id = id.and_then(|id| id.parse::<super::ImportId>().ok());
        // One that is being uploaded just now has no row yet.
        let age = file.metadata().and_then(|facts| facts.modified());
        let old = age.is_ok_and(|since| since.elapsed().is_ok_and(|age| age > ORPHANED));
        if let Some(id) = id.filter(|_| old)
            && db::get(store, id).await?.is_none()
        {
            let _ = std::fs::remove_file(file.path());
        }
    }
    Ok(())
}

/// The oldest job that waits, or that a crash left behind, and whose file lies here.
async fn next_job(state: &MemoryState) -> Result<Option<(Job, Right, Import)>, store::Error> {
    let store = state.memory.db();
    let mut jobs = job::list(store, JOB_KIND, JobId(u64::MAX), 100).await?;
    jobs.retain(|job| {
        matches!(
            job.state,
            State::Queued | State::Running | State::Cancelling
        )
    });
    for job in jobs.into_iter().rev() {
        let checkpoint: Checkpoint = serde_json::from_value(job.body.clone()).unwrap_or_default();
        let Some(id) = checkpoint.import_id else {
            continue;
        };
        let Some(import) = db::get(store, id).await? else {
            if let Some(right) = right(state, job.id).await? {
                let text = Some("the import was removed");
                job::finish(store, (job.id, &right), State::Failed, text).await?;
            }
            continue;
        };
        if import.path(&state.data_folder).exists()
            && let Some(right) = right(state, job.id).await?
        {
            return Ok(Some((job, right, import)));
        }
    }
    Ok(None)
}

/// Takes or renews the right to work on a job.
pub(crate) async fn right(state: &MemoryState, id: JobId) -> Result<Option<Right>, store::Error> {
    let name = format!("import:{id}");
    job::right(state.memory.db(), &name, &state.node, LEASE_MS).await
}

async fn run(
    state: &MemoryState,
    (job, right): (&Job, &Right),
    import: &Import,
    stop: &watch::Receiver<bool>,
) {
    let mine = (job.id, right);
    let store = state.memory.db();
    let ended = match job.state {
        State::Cancelling => Ok(End::Cancelled),
        State::Queued | State::Running | State::Cancelled | State::Done | State::Failed => {
            whole(state, (job, right), import, stop).await
        }
    };
    let written = match &ended {
        Ok(End::Done) => {
            let _ = std::fs::remove_file(import.path(&state.data_folder));
            job::finish(store, mine, State::Done, None).await
        }
        Ok(End::Cancelled) => job::finish(store, mine, State::Cancelled, None).await,
        Ok(End::Interrupted) => Ok(()),
        Err(failure) => {
            let text = match failure {
                Failure::File(unreadable) => {
                    format!("{}; {}", unreadable.message, unreadable.hint)
                }
                Failure::Report(_) | Failure::Memory(_) | Failure::Store(_) => failure.to_string(),
            };
            tracing::warn!(import = %import.id, error = text, "an import failed");
            job::finish(store, mine, State::Failed, Some(&text)).await
        }
    };
    if let Err(error) = written {
        tracing::warn!(%error, import = %import.id, "the end of an import could not be written");
    }
}

/// An import under way.
struct Run<'a> {
    state: &'a MemoryState,
    job: JobId,
    right: &'a Right,
    import: &'a Import,
    at: Checkpoint,
    report: Report,
    stop: &'a watch::Receiver<bool>,
}

async fn whole(
    state: &MemoryState,
    (job, right): (&Job, &Right),
    import: &Import,
    stop: &watch::Receiver<bool>,
) -> Result<End, Failure> {
    let at: Checkpoint = serde_json::from_value(job.body.clone()).unwrap_or_default();
    let Some(mapping) = import.mapping.clone() else {
        return Err(Unreadable::new("the import has no mapping", "start it again").into());
    };
    let columns = import.facts.names();
    let report_path = import.report_path(&state.data_folder);
    let report = Report::open(&report_path, at.report_bytes, &columns)?;
    let mapping_hash = hash_of(&mapping);
    let builder = Builder::new(mapping, columns);
    let mut run = Run {
        state,
        job: job.id,
        right,
        import,
        at,
        report,
        stop,
    };
    let (builder, survey) = match run.survey(builder).await? {
        Ok(surveyed) => surveyed,
        Err(end) => return Ok(end),
    };
    let content_hash = survey.content_hash.clone();
    let source = import.source_id.unwrap_or(super::super::DEFAULT);
    let store = state.memory.db();
    let same = db::same(store, &content_hash, &mapping_hash, source).await?;
    if let Some(same) = same.filter(|same| *same != import.id && import.once()) {
        // Message ids are forgotten after some days; the content of files is not.
        run.at.progress.same_as = Some(same);
        run.at.progress.rows_done = survey.rows;
        run.checkpoint().await?;
        return Ok(End::Done);
    }
    let end = run.import(builder, survey).await?;
    if end == End::Done {
        db::done(store, import.id, &content_hash, &mapping_hash).await?;
    }
    Ok(end)
}

impl Run<'_> {
    /// Writes how far the job is; `Some` when it shall end.
    async fn checkpoint(&mut self) -> Result<Option<End>, Failure> {
        if right(self.state, self.job).await?.is_none() {
            // Whoever works on it now says how far it is.
            return Ok(Some(End::Interrupted));
        }
        self.at.report_bytes = self.report.length();
        let progress = &self.at.progress;
        let total = progress.rows_total.map(|rows| rows as i64);
        let body = serde_json::to_value(&self.at).map_err(Error::Json)?;
        let store = self.state.memory.db();
        let done = progress.rows_done as i64;
        let mine = (self.job, self.right);
        let asked = match job::progress(store, mine, &body, done, total).await {
            Err(store::Error::LeaseLost(_)) => return Ok(Some(End::Interrupted)),
            asked => asked?,
        };
        if *self.stop.borrow() {
            return Ok(Some(End::Interrupted));
        }
        Ok(match asked {
            State::Cancelling | State::Cancelled => Some(End::Cancelled),
            State::Queued | State::Running | State::Done | State::Failed => None,
        })
    }

    /// The first pass.
    async fn survey(
        &mut self,
        mut builder: Builder,
    ) -> Result<Result<(Arc<Builder>, Arc<Survey>), End>, Failure> {
        let handle = Arc::new(Handle::default());
        let (path, facts) = (self.path(), self.import.facts.clone());
        let (reader, import) = (handle.clone(), self.import.clone());
        let mut pass = tokio::task::spawn_blocking(move || {
            let survey = survey(&path, &facts, &builder, &reader)?;
            if let Some(survey) = &survey {
                builder.identity = import.identity(&survey.content_hash);
            }
            Ok::<_, Unreadable>((builder, survey))
        });
        self.at.progress.phase = Phase::Survey;
        let mut end = None;
        let (builder, survey) = loop {
            tokio::select! {
                ended = &mut pass => break ended.map_err(thread_failed)??,
                () = tokio::time::sleep(REPORT_EVERY) => {
                    self.at.progress.rows_done = handle.rows.load(Ordering::Relaxed);
                    end = end.or(self.checkpoint().await?);
                    handle.stop.store(end.is_some(), Ordering::Relaxed);
                }
            }
        };
        let Some(survey) = survey else {
            return Ok(Err(end.unwrap_or(End::Interrupted)));
        };
        let progress = &mut self.at.progress;
        (progress.phase, progress.rows_total) = (Phase::Import, Some(survey.rows));
        progress.rows_done = self.at.done_row;
        match self.checkpoint().await? {
            Some(end) => Ok(Err(end)),
            None => Ok(Ok((Arc::new(builder), Arc::new(survey)))),
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.import.path(&self.state.data_folder)
    }

    /// The second pass.
    async fn import(&mut self, builder: Arc<Builder>, survey: Arc<Survey>) -> Result<End, Failure> {
        let handle = Arc::new(Handle::default());
        let (sender, mut batches) = mpsc::channel(BATCHES);
        let (path, facts) = (self.path(), self.import.facts.clone());
        let (reader, after_row) = (handle.clone(), self.at.done_row);
        let made = builder.clone();
        let pass = tokio::task::spawn_blocking(move || {
            let file = (Path::new(&path), &facts);
            produce(file, &made, &survey, after_row, &sender, &reader)
        });
        let mut end = None;
        while let Some(batch) = batches.recv().await {
            self.take(&builder, batch).await?;
            end = self.checkpoint().await?;
            if end.is_some() {
                handle.stop.store(true, Ordering::Relaxed);
                break;
            }
        }
        drop(batches);
        pass.await.map_err(thread_failed)??;
        Ok(end.unwrap_or(End::Done))
    }

    /// Takes one batch in.
    async fn take(&mut self, builder: &Builder, batch: Batch) -> Result<(), Failure> {
        let columns = builder.columns().len();
        let store = self.state.memory.db().clone();
        let source = self.import.source_id.unwrap_or(super::super::DEFAULT).0 as i64;
        let (mut ready, mut rows, mut refused) = (vec![], vec![], vec![]);
        for Made {
            event,
            row,
            rows: count,
        } in batch.events
        {
            match prepare(event, source, store.now(), store.random()) {
                Ok(incoming) => {
                    ready.push(incoming);
                    rows.push((row, count));
                }
                Err(_) => refused.push(nobody(row)),
            }
        }
        let verdicts = match ready.is_empty() {
            true => vec![],
            false => ingest(&self.state.memory, ready).await?,
        };
        let progress = &mut self.at.progress;
        for (verdict, (row, count)) in verdicts.into_iter().zip(rows) {
            match verdict {
                Verdict::Accepted { .. } => {
                    progress.accepted += 1;
                    progress.accepted_rows += count;
                }
                Verdict::Duplicate => {
                    progress.duplicates += 1;
                    progress.accepted_rows += count;
                }
                Verdict::Conflicting { .. } => {
                    progress.rejected_rows += count;
                    refused.push(conflict(row));
                }
            }
        }
        progress.rejected_rows += batch.rejected.len() as u64;
        progress.skipped_rows += batch.skipped;
        progress.rows_done = batch.upto_row;
        self.at.done_row = batch.upto_row;
        self.report.add(&batch.rejected, columns)?;
        self.report.add(&refused, columns)?;
        Ok(())
    }
}

/// The same rows were brought in before and mean something else now.
fn conflict(row: Row) -> Rejected {
    let message = "these rows were brought in before in another way";
    let remedy = "import with the mapping of that time, or map a column to message_id";
    refused(row, message, remedy)
}

/// The identifiers mean nobody.
fn nobody(row: Row) -> Rejected {
    refused(
        row,
        "the identifiers mean nobody (null, guest, 0 …)",
        "fill in who the customer is",
    )
}

fn refused(row: Row, message: &str, remedy: &str) -> Rejected {
    let problem = RowProblem {
        row: row.number,
        column: None,
        value: String::new(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    };
    Rejected {
        problems: vec![problem],
        row,
    }
}

/// Takes events in; waits while memory is overloaded.
async fn ingest(memory: &Memory, events: Vec<crate::log::Incoming>) -> Result<Vec<Verdict>, Error> {
    loop {
        match memory.ingest(events.clone()).await {
            Err(Error::Overloaded) => tokio::time::sleep(BREATHER).await,
            other => return other,
        }
    }
}

fn thread_failed(error: tokio::task::JoinError) -> Failure {
    Unreadable::new(
        format!("reading stopped: {error}"),
        "start the import again",
    )
    .into()
}

/// Creates the job of an import, going on where an earlier one of the same kind was stopped.
pub async fn create(
    store: &Db,
    import: &Import,
    go_on: bool,
    author: &str,
) -> Result<JobId, store::Error> {
    let mut checkpoint = Checkpoint::default();
    if go_on
        && let Some(id) = import.job_id
        && let Some(job) = job::get(store, id).await?
    {
        checkpoint = serde_json::from_value(job.body)?;
    }
    checkpoint.import_id = Some(import.id);
    job::create(store, JOB_KIND, &serde_json::to_value(&checkpoint)?, author).await
}
