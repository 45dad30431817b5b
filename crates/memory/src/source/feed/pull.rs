//! A run of a pull: what is new is fetched, file by file, and brought in as imports are. What is
//! in hand stands in the run, so that the next one who holds the lease goes on with it.

use std::path::PathBuf;
use std::time::Duration;

use gate::SourceId;
use store::job::{self, Job, Lease, State as JobState};
use store::lake::Listed;
use store::{Db, Tx};
use tokio::sync::watch;

use super::db::{self, Standing, Taken};
use super::folder::{Shelf, mark};
use super::hold::Hold;
use super::{Cursor, Feed, InHand, Numbers, OfFeed, Origin, Run, RunBody, RunId, RunState, query};
use crate::api::MemoryState;
use crate::source::import::file::{Facts, Unreadable, inspect};
use crate::source::import::job as import_job;
use crate::source::import::mapping::Mapping;
use crate::source::import::{self, Checkpoint, Import, ImportId};
use crate::source::{self};

/// How often the import in hand is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Files brought in by one run; the next run goes on.
const FILES_AT_ONCE: usize = 1_000;

/// Why a run, or a file of it, ends early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The run cannot go on, in words for people.
    #[error("{0}")]
    Said(String),
    /// This file cannot be brought in; the others can.
    #[error("{0}")]
    File(Unreadable),
    /// The program stops, or the feed was changed or paused: somebody goes on later.
    #[error("stopped")]
    Stopped,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The disk failed.
    #[error("a file cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Failure {
        Failure::File(error)
    }
}

/// A run under way.
pub(super) struct Puller<'a> {
    pub(super) state: &'a MemoryState,
    pub(super) feed: &'a Feed,
    pub(super) standing: Standing,
    hold: Hold,
    run: Run,
    quit: watch::Receiver<bool>,
}

/// Runs a pull, or goes on with a run that did not end. How the feed stands is read under the
/// lease, so that no two nodes answer one wish.
pub(super) async fn run(
    state: MemoryState,
    key: String,
    feed: Feed,
    quit: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let store = state.memory.db().clone();
    let Some(hold) = Hold::take(&state, &key).await? else {
        return Ok(());
    };
    let open = db::open_run(&store, &key).await?;
    let standing = db::standing(&store, &key).await?.unwrap_or_default();
    let run = match open {
        Some(open) => open,
        None if wanted(&feed, &standing, store.now()) => {
            begin(&store, &key, &standing, &hold.lease).await?
        }
        None => {
            hold.release(&store).await;
            return Ok(());
        }
    };
    let mut puller = Puller {
        state: &state,
        feed: &feed,
        standing,
        hold,
        run,
        quit,
    };
    let ended = puller.whole().await;
    puller.end(ended).await
}

/// Whether a run is due or asked for.
pub(super) fn wanted(feed: &Feed, standing: &Standing, now: store::Timestamp) -> bool {
    let due =
        |schedule: &super::Schedule| schedule.due(standing.started_at, standing.since_at) <= now;
    standing.asked_at.is_some() || feed.schedule.as_ref().is_some_and(due)
}

async fn begin(
    store: &Db,
    key: &str,
    standing: &Standing,
    lease: &Lease,
) -> Result<Run, store::Error> {
    let number = store.take_numbers("feed_runs", 1).await?;
    let run = Run {
        id: RunId(number.unsigned_abs()),
        feed: key.to_owned(),
        state: RunState::Running,
        body: RunBody {
            // Who asks by hand has probably mended what was wrong.
            again: standing.asked_at.is_some(),
            ..RunBody::default()
        },
        error: None,
        author: standing.asked_by.clone().unwrap_or_default(),
        started_at: store.now(),
        ended_at: None,
    };
    db::begin(store, &run, lease).await?;
    Ok(run)
}

impl Puller<'_> {
    async fn whole(&mut self) -> Result<(), Failure> {
        if let Some(in_hand) = self.run.body.in_hand.clone() {
            self.go_on(in_hand).await?;
        }
        match &self.feed.from {
            Origin::Folder { .. } | Origin::Bucket { .. } => self.files().await,
            Origin::Query { .. } => query::pull(self).await,
            Origin::Nats { .. } | Origin::Kafka { .. } => Ok(()),
        }
    }

    /// Ends when the program stops, the feed is changed or paused, or another node has it.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match *self.quit.borrow() || self.hold.lost() {
            true => Err(Failure::Stopped),
            false => Ok(()),
        }
    }

    /// Whether rows are known by their content, and not by their place in a file.
    fn by_content(&self) -> bool {
        matches!(self.feed.from, Origin::Query { .. })
    }

    fn store(&self) -> &Db {
        self.state.memory.db()
    }

    /// Where what is being fetched lies until it is an import.
    pub(super) fn part(&self) -> Result<PathBuf, Failure> {
        let folder = import::folder(&self.state.data_folder);
        std::fs::create_dir_all(&folder)?;
        Ok(folder.join(format!("feed-{}.part", self.run.feed)))
    }

    pub(super) fn mapping(&self) -> Result<&Mapping, Failure> {
        let mapping = self.feed.mapping.as_ref();
        mapping.ok_or_else(|| Failure::Said("the feed has no mapping".to_owned()))
    }

    async fn files(&mut self) -> Result<(), Failure> {
        let shelf = Shelf::of(&self.state.places, &self.feed.from)?;
        let found = shelf.list(&self.feed.from).await?;
        let known = db::known(self.store(), &self.run.feed, self.run.body.again).await?;
        let known: std::collections::HashSet<(String, String)> = known.into_iter().collect();
        let new = found
            .into_iter()
            .filter(|one| !known.contains(&(one.name.clone(), mark(one))));
        for listed in new.take(FILES_AT_ONCE) {
            self.check()?;
            self.file(&shelf, &listed).await?;
        }
        Ok(())
    }

    /// Brings one file in; one that cannot be read does not stop the others.
    async fn file(&mut self, shelf: &Shelf, listed: &Listed) -> Result<(), Failure> {
        let part = self.part()?;
        let read = match shelf.fetch(listed, &part, None).await {
            Ok(()) => self.read(&part).await,
            Err(error) => Err(error),
        };
        let facts = match read {
            Ok(facts) => facts,
            Err(Failure::File(error)) => {
                let _ = std::fs::remove_file(&part);
                let text = format!("{}; {}", error.message, error.hint);
                let (path, mark) = (listed.name.clone(), mark(listed));
                return self.settle(path, mark, None, Err(text)).await;
            }
            Err(other) => return Err(other),
        };
        let name = listed.name.clone();
        let in_hand = self.take(name, Some(mark(listed)), facts, None);
        let in_hand = in_hand.await?;
        self.bring_in(in_hand).await
    }

    /// Finds out what a fetched file is, and whether the mapping fits it.
    pub(super) async fn read(&self, part: &std::path::Path) -> Result<Facts, Failure> {
        let store = self.store();
        let salt = gate::setting::db::get_or_put(store, "visitor_salt", store.random().token());
        let (salt, inspected) = (salt.await?, part.to_owned());
        let facts = tokio::task::spawn_blocking(move || inspect(&inspected, &salt)).await;
        let facts = facts.map_err(std::io::Error::other)??;
        let columns = facts.names();
        match self.mapping()?.problems(&columns).into_iter().next() {
            None => Ok(facts),
            Some(problem) => {
                let message = format!("{}: {}", problem.path, problem.message);
                let hint = problem.hint.unwrap_or_default();
                Err(Unreadable::new(message, hint).into())
            }
        }
    }

    /// Makes an import of what was fetched.
    pub(super) async fn take(
        &mut self,
        path: String,
        mark: Option<String>,
        facts: Facts,
        cursor: Option<Cursor>,
    ) -> Result<InHand, Failure> {
        let store = self.store().clone();
        let number = store.take_numbers("imports", 1).await?;
        let now = store.now();
        let import = Import {
            id: ImportId(number.unsigned_abs()),
            name: path.clone(),
            source_id: None,
            facts,
            mapping: None,
            job_id: None,
            author: self.run.author.clone(),
            feed: Some(OfFeed {
                feed: self.run.feed.clone(),
                by_content: self.by_content(),
            }),
            created_at: now,
            updated_at: now,
        };
        import::db::insert(&store, &import).await?;
        let in_hand = InHand {
            import_id: import.id,
            path,
            // Parts of an answer differ by the import they became.
            mark: mark.unwrap_or_else(|| import.id.to_string()),
            cursor,
        };
        self.run.body.in_hand = Some(in_hand.clone());
        let mut tx = self.fenced().await?;
        db::save(&mut tx, &self.run).await?;
        tx.commit().await?;
        std::fs::rename(self.part()?, import.path(&self.state.data_folder))?;
        Ok(in_hand)
    }

    /// A transaction that fails when another node has the feed now.
    async fn fenced(&self) -> Result<Tx, store::Error> {
        let mut tx = self.store().begin().await?;
        job::still_held(&mut tx, &self.hold.lease).await?;
        Ok(tx)
    }

    /// Goes on with what a run had in hand when it was broken off.
    async fn go_on(&mut self, in_hand: InHand) -> Result<(), Failure> {
        let store = self.store().clone();
        let Some(import) = import::db::get(&store, in_hand.import_id).await? else {
            return self.let_go().await;
        };
        let job = match import.job_id {
            Some(id) => job::get(&store, id).await?,
            None => None,
        };
        let ended = job.as_ref().is_some_and(|job| has_ended(job.state));
        if ended || import.path(&self.state.data_folder).exists() {
            return self.bring_in(in_hand).await;
        }
        if let Some(job) = &job {
            let Some(right) = import_job::right(self.state, job.id).await? else {
                // The node that has the file still works on it.
                return self.bring_in(in_hand).await;
            };
            let text = Some("its node has gone; what it had in hand is fetched again");
            job::finish(&store, (job.id, &right), JobState::Failed, text).await?;
        }
        // The events that were taken in are known by their ids: nothing counts twice.
        import::db::delete(&store, import.id).await?;
        self.let_go().await
    }

    async fn let_go(&mut self) -> Result<(), Failure> {
        self.run.body.in_hand = None;
        let mut tx = self.fenced().await?;
        db::save(&mut tx, &self.run).await?;
        Ok(tx.commit().await?)
    }

    /// Imports what is in hand and waits for the end.
    pub(super) async fn bring_in(&mut self, in_hand: InHand) -> Result<(), Failure> {
        let store = self.store().clone();
        let Some(import) = import::db::get(&store, in_hand.import_id).await? else {
            return self.let_go().await;
        };
        let id = match import.job_id {
            Some(id) => id,
            None => {
                let source = self.source().await?;
                let job = import_job::create(&store, &import, false, &self.run.author).await?;
                let how = (source, self.mapping()?);
                import::db::start(&store, import.id, how, (job, None)).await?;
                job
            }
        };
        self.state.imports.notify_one();
        let job = loop {
            match job::get(&store, id).await? {
                Some(job) if has_ended(job.state) => break job,
                Some(_) => {}
                None => return self.let_go().await,
            }
            self.check()?;
            tokio::time::sleep(LOOK_EVERY).await;
        };
        let came = match job.state {
            JobState::Done => Ok(()),
            JobState::Cancelled => Err("somebody cancelled it".to_owned()),
            _ => Err(job.error.clone().unwrap_or_default()),
        };
        if came.is_err() {
            let _ = std::fs::remove_file(import.path(&self.state.data_folder));
        }
        let failed = came.clone().err();
        let InHand { path, mark, .. } = in_hand.clone();
        self.settle(path, mark, Some((in_hand, job)), came).await?;
        match failed {
            // The rest of an answer must not be read over a gap.
            Some(text) if self.by_content() => Err(Failure::Said(text)),
            Some(_) | None => Ok(()),
        }
    }

    /// Writes what came of a file, or of a part of a query's answer.
    async fn settle(
        &mut self,
        path: String,
        mark: String,
        imported: Option<(InHand, Job)>,
        came: Result<(), String>,
    ) -> Result<(), Failure> {
        let store = self.store().clone();
        let (import_id, job) = match &imported {
            Some((in_hand, job)) => (Some(in_hand.import_id), Some(job)),
            None => (None, None),
        };
        let numbers = of_job(job, came.is_err());
        add(&mut self.run.body.numbers, &numbers);
        self.run.body.in_hand = None;
        let number = store.take_numbers("feed_files", 1).await?;
        let now = store.now();
        let mut tx = self.fenced().await?;
        let failed = came.is_err();
        let taken = Taken {
            number,
            path,
            mark,
            run_id: self.run.id,
            import_id,
            accepted: numbers.accepted as i64,
            rejected: numbers.rejected_rows as i64,
            error: came.err(),
            taken_at: now,
        };
        db::take(&mut tx, &self.run.feed, &taken).await?;
        let cursor = imported.and_then(|(in_hand, _)| in_hand.cursor);
        if let Some(cursor) = cursor.filter(|_| !failed) {
            let place = query::place(&self.feed.from);
            db::move_cursor(&mut tx, &self.run.feed, &place, &cursor).await?;
            self.standing.cursor = Some(cursor);
            self.standing.place = Some(place);
        }
        if self.by_content() {
            db::prune_parts(&mut tx, &self.run.feed).await?;
        }
        db::add(&mut tx, &self.run.feed, &numbers, now).await?;
        db::save(&mut tx, &self.run).await?;
        Ok(tx.commit().await?)
    }

    /// The source that the events belong to.
    async fn source(&self) -> Result<SourceId, Failure> {
        source_of(self.store(), self.feed).await
    }

    /// Ends the run, unless somebody goes on with it later.
    async fn end(mut self, ended: Result<(), Failure>) -> Result<(), Failure> {
        let store = self.store().clone();
        let error = match ended {
            Ok(()) => None,
            Err(Failure::Stopped | Failure::Store(store::Error::LeaseLost(_))) => {
                self.hold.release(&store).await;
                return Ok(());
            }
            Err(failure) => Some(failure.to_string()),
        };
        let failed = self.run.body.numbers.failed_files;
        let shown = error.clone().or_else(|| {
            let text = "some files could not be brought in; see the files";
            (failed > 0).then(|| text.to_owned())
        });
        self.run.state = match error {
            None => RunState::Done,
            Some(_) => RunState::Failed,
        };
        (self.run.error, self.run.ended_at) = (error, Some(store.now()));
        let mut tx = self.fenced().await?;
        db::save(&mut tx, &self.run).await?;
        db::set_error(&mut tx, &self.run.feed, shown.as_deref(), store.now()).await?;
        db::prune(&mut tx, &self.run.feed).await?;
        tx.commit().await?;
        self.hold.release(&store).await;
        Ok(())
    }
}

/// The source of a feed: the one it names, or the one of all imports.
pub(super) async fn source_of(store: &Db, feed: &Feed) -> Result<SourceId, Failure> {
    let Some(key) = &feed.source else {
        return Ok(source::db::of_imports(store).await?);
    };
    let sources = source::db::list(store).await?;
    let found = sources.iter().find(|source| source.key == *key);
    found
        .map(|source| source.id)
        .ok_or_else(|| Failure::Said(format!("there is no source {key:?}; choose another one")))
}

fn has_ended(state: JobState) -> bool {
    match state {
        JobState::Done | JobState::Failed | JobState::Cancelled => true,
        JobState::Queued | JobState::Running | JobState::Cancelling => false,
    }
}

fn of_job(job: Option<&Job>, failed: bool) -> Numbers {
    let checkpoint: Checkpoint = job
        .and_then(|job| serde_json::from_value(job.body.clone()).ok())
        .unwrap_or_default();
    let progress = checkpoint.progress;
    Numbers {
        files: u64::from(!failed),
        failed_files: u64::from(failed),
        rows: progress.rows_done,
        accepted: progress.accepted,
        duplicates: progress.duplicates,
        rejected_rows: progress.rejected_rows,
    }
}

fn add(all: &mut Numbers, one: &Numbers) {
    all.files += one.files;
    all.failed_files += one.failed_files;
    all.rows += one.rows;
    all.accepted += one.accepted;
    all.duplicates += one.duplicates;
    all.rejected_rows += one.rejected_rows;
}
