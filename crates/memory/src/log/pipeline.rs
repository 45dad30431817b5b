//! The append on the embedded store: while one group is written, the next is worked through.
//!
//! What is worked through stands on states that nobody else sees yet, and is acknowledged only
//! when its own group is durable. So when a group cannot be written, what stands on it fails with
//! it; and when a commit fails, nothing is acknowledged any more.

use std::collections::BTreeMap;

use store::{Alone, Timestamp, Tx};
use tokio::task::JoinHandle;

use super::entry::MessageMark;
use super::flush::Kept;
use super::ground::{self, Ahead, Ground};
use super::writer::{
    Done, GROUP_LIMIT, Needs, REMEMBER_MS, Reply, Writer, answer_all, batch, commit, fail_all,
    needs, notes, number_rejected, refused, weight,
};
use super::{Answer, Ask, Work, caps, db};
use crate::Error;
use crate::cap;
use crate::identity::Digest;
use crate::map::HashMap;
use crate::quarantine::db as quarantine_db;
use crate::source::feed::{Note, db as feed_db};

/// A group that is worked through, with whom to answer.
#[derive(Default)]
struct Open {
    replies: Vec<Reply>,
    answers: Vec<Result<Answer, Error>>,
    notes: Vec<Note>,
    done: Done,
    ahead: Ahead,
    weight: u64,
}

/// A group that is being written.
struct Flying {
    /// What of it the next group stands on.
    ahead: Ahead,
    landing: JoinHandle<Written>,
}

/// Why a group is not in the log.
enum Failed {
    /// It was not written; what comes next may be.
    Unwritten(Error),
    /// Nobody knows whether it was.
    Uncommitted(Error),
}

/// From this mean weight on requests are worked through while a group is written. Lighter ones
/// gather meanwhile: to be woken for each would cost more than the work.
const HEAVY: u64 = 16;

/// Where groups are.
#[derive(Default)]
struct Pipeline {
    /// The mean weight of the requests taken last.
    usual: u64,
    open: Open,
    flying: Option<Flying>,
    nothing: Ahead,
}

/// The writer must stop.
struct Broken;

impl Writer {
    pub(super) async fn run_exclusive(mut self) {
        let mut pipeline = Pipeline::default();
        let queue = self.queue.clone();
        let mut queue = queue.lock().await;
        loop {
            let room = GROUP_LIMIT.saturating_sub(pipeline.open.weight);
            let takes = pipeline.flying.is_none() || (room > 0 && pipeline.usual >= HEAVY);
            let first = tokio::select! {
                biased;
                landed = landing(&mut pipeline.flying) => {
                    if self.landed(&mut pipeline, landed).is_err() {
                        return;
                    }
                    self.launch(&mut pipeline);
                    continue;
                }
                first = queue.recv(), if takes => first,
            };
            let Some(first) = first else {
                // Nobody is left who could be told whether this was the end.
                let _ = self.settle(&mut pipeline).await;
                return;
            };
            let batch = batch(&mut queue, first, room);
            match self.take(&mut pipeline, batch).await {
                Ok(None) => {}
                Ok(Some(stopped)) => {
                    let _ = stopped.send(Ok(Answer::Rewritten));
                    return;
                }
                Err(Broken) => return,
            }
        }
    }

    /// Takes requests in; gives whoever asked to stop, when everything is written.
    async fn take(
        &mut self,
        pipeline: &mut Pipeline,
        batch: Vec<Work>,
    ) -> Result<Option<Reply>, Broken> {
        let (mut asks, mut replies, mut stopped) = (vec![], vec![], None);
        let weight: u64 = batch.iter().map(|work| weight(&work.ask)).sum();
        pipeline.usual = weight / (batch.len() as u64).max(1);
        for work in batch {
            match work.ask {
                Ask::Rewrite(rewrite) => {
                    self.settle(pipeline).await?;
                    let done = self.rewrite(rewrite).await.map(|()| Answer::Rewritten);
                    let _ = work.reply.send(done);
                    if self.broken {
                        tracing::error!("a change could not be committed; the writer stops");
                        return Err(Broken);
                    }
                }
                Ask::Stop => stopped = Some(work.reply),
                Ask::Events(_) | Ask::Delivery(_) | Ask::Command(_) => {
                    asks.push(work.ask);
                    replies.push(work.reply);
                }
            }
        }
        if !asks.is_empty() {
            self.work(pipeline, asks, replies).await?;
            if pipeline.flying.is_none() {
                self.launch(pipeline);
            }
        }
        if stopped.is_some() {
            self.settle(pipeline).await?;
        }
        Ok(stopped)
    }

    /// Works requests through, on top of what is being written.
    async fn work(
        &mut self,
        pipeline: &mut Pipeline,
        asks: Vec<Ask>,
        replies: Vec<Reply>,
    ) -> Result<(), Broken> {
        // How far a stream was read is looked up in the store.
        if asks.iter().any(|ask| matches!(ask, Ask::Delivery(_))) {
            self.settle(pipeline).await?;
        }
        match self.worked(pipeline, asks).await {
            Ok(Ok((answers, notes, weight, done))) => {
                self.remembered
                    .extend(done.marks.iter().map(|mark| (mark.digest, mark.body_hash)));
                let open = &mut pipeline.open;
                open.ahead.note(&done);
                open.done.join(done);
                open.replies.extend(replies);
                open.answers.extend(answers);
                open.notes.extend(notes);
                open.weight += weight;
                Ok(())
            }
            Ok(Err(error)) => {
                fail_all(replies, &error);
                Ok(())
            }
            Err(Broken) => {
                fail_all(replies, &Error::Closed);
                Err(Broken)
            }
        }
    }

    async fn worked(
        &mut self,
        pipeline: &mut Pipeline,
        asks: Vec<Ask>,
    ) -> Result<Result<Worked, Error>, Broken> {
        let needs = needs(&asks);
        let numbers = self.numbers.clone();
        let mut numbers = numbers.lock().await;
        if let Err(error) = numbers.refill(&self.kept.db, needs.rows).await {
            return Ok(Err(error));
        }
        let mut ground = match self.ground(pipeline, &needs).await {
            Ok(ground) => ground,
            Err(error) => return Ok(Err(error)),
        };
        if !caps::wanted(&asks, &ground).is_empty() {
            // What is taken of caps is known when everything before is written, or has failed.
            self.settle(pipeline).await?;
            ground = match self.ground(pipeline, &needs).await {
                Ok(ground) => ground,
                Err(error) => return Ok(Err(error)),
            };
        }
        let looked_up = async {
            let wanted = caps::wanted(&asks, &ground);
            let counters = self.kept.counters(&wanted).await?;
            let refused = refused(&self.kept.db, &asks).await?;
            let known =
                |mark: &MessageMark| Some((mark.digest, *self.remembered.get(&mark.digest)?));
            let mut marks: HashMap<Digest, i64> = needs.marks.iter().filter_map(known).collect();
            let mut new = needs.marks.clone();
            new.retain(|mark| !marks.contains_key(&mark.digest));
            let since = Timestamp(self.kept.db.now().0 - REMEMBER_MS);
            let older = self.lake.known_marks(&new, since).await?;
            marks.extend(older.iter().map(|mark| (mark.digest, mark.body_hash)));
            Ok::<_, Error>((counters, refused, marks))
        };
        let (counters, refused, marks) = match looked_up.await {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        ground.counters = counters;
        let notes = notes(&asks, &refused).into_iter().map(|(_, note)| note);
        let notes = notes.collect();
        let weight = asks.iter().map(weight).sum();
        let (answers, done) = self.work_through(&mut numbers, asks, &refused, ground, marks);
        Ok(Ok((answers, notes, weight, done)))
    }

    async fn ground(&self, pipeline: &Pipeline, needs: &Needs) -> Result<Ground, Error> {
        let ahead = pipeline.ahead();
        ground::exclusive(&self.kept, ahead, &needs.digests, &needs.customers).await
    }

    /// Begins to write what is worked through.
    fn launch(&self, pipeline: &mut Pipeline) {
        if pipeline.open.replies.is_empty() {
            return;
        }
        let mut open = std::mem::take(&mut pipeline.open);
        let ahead = std::mem::take(&mut open.ahead);
        let kept = self.kept.clone();
        let landing = tokio::spawn(async move {
            let written = write(&kept, &open.done, &open.notes).await;
            (open, written)
        });
        pipeline.flying = Some(Flying { ahead, landing });
    }

    /// Waits until everything that was taken in is written and visible, or has failed.
    async fn settle(&mut self, pipeline: &mut Pipeline) -> Result<(), Broken> {
        loop {
            if pipeline.flying.is_none() {
                self.launch(pipeline);
            }
            if pipeline.flying.is_none() {
                return Ok(());
            }
            let landed = landing(&mut pipeline.flying).await;
            self.landed(pipeline, landed)?;
        }
    }

    /// Makes a written group visible and answers.
    fn landed(&mut self, pipeline: &mut Pipeline, landed: Landed) -> Result<(), Broken> {
        pipeline.flying = None;
        match landed {
            Ok((group, Ok(moved))) => {
                self.kept.move_counters(&moved);
                self.publish(group.done);
                answer_all(group.replies, group.answers);
                Ok(())
            }
            Ok((group, Err(Failed::Unwritten(error)))) => {
                tracing::error!(%error, "a group could not be written");
                for group in [group, std::mem::take(&mut pipeline.open)] {
                    for mark in &group.done.marks {
                        self.remembered.remove(&mark.digest);
                    }
                    fail_all(group.replies, &error);
                }
                Ok(())
            }
            Ok((group, Err(Failed::Uncommitted(error)))) => {
                tracing::error!(%error, "the log could not be committed; the writer stops");
                fail_all(group.replies, &Error::Closed);
                self.stop(pipeline)
            }
            Err(error) => {
                tracing::error!(%error, "writing the log broke off; the writer stops");
                self.stop(pipeline)
            }
        }
    }

    fn stop(&mut self, pipeline: &mut Pipeline) -> Result<(), Broken> {
        fail_all(std::mem::take(&mut pipeline.open.replies), &Error::Closed);
        self.broken = true;
        Err(Broken)
    }
}

type Worked = (Vec<Result<Answer, Error>>, Vec<Note>, u64, Done);
/// A group, and what counters were moved by.
type Written = (Open, Result<BTreeMap<String, i64>, Failed>);
type Landed = Result<Written, tokio::task::JoinError>;

impl Pipeline {
    /// What is not yet visible, the newest first.
    fn ahead(&self) -> [&Ahead; 2] {
        let flying = self.flying.as_ref().map(|flying| &flying.ahead);
        [&self.open.ahead, flying.unwrap_or(&self.nothing)]
    }
}

/// Waits for what is being written; for ever when nothing is.
async fn landing(flying: &mut Option<Flying>) -> Landed {
    match flying {
        Some(flying) => (&mut flying.landing).await,
        None => std::future::pending().await,
    }
}

/// Writes a group in one transaction; gives what counters were moved by.
async fn write(kept: &Kept, done: &Done, notes: &[Note]) -> Result<BTreeMap<String, i64>, Failed> {
    if notes.is_empty() && done.only_rows() {
        let alone = kept.db.alone(done.rows.len()).await;
        if let Some(alone) = alone.map_err(|error| Failed::Unwritten(error.into()))? {
            write_rows(alone, done).await?;
            return Ok(BTreeMap::new());
        }
    }
    let written = async {
        let quarantine_id = number_rejected(&kept.db, done).await?;
        let mut tx = kept.db.begin().await?;
        for note in notes {
            // Looked at before; only whoever starts a stream over can have come between.
            if !feed_db::claim(&mut tx, note).await? {
                return Err(Error::Overloaded);
            }
        }
        quarantine_db::put_in(&mut tx, quarantine_id, done.rejected.clone()).await?;
        fail::fail_point!("log_before_write", |_| Err(Error::Overloaded));
        db::append(&mut tx, &done.rows).await?;
        db::save_signals(&mut tx, done.signals.clone()).await?;
        let moved = if done.changes.is_empty() {
            BTreeMap::new()
        } else {
            cap::db::save(&mut tx, done.changes.clone()).await?
        };
        Ok::<(Tx, BTreeMap<String, i64>), Error>((tx, moved))
    };
    let (tx, moved) = written.await.map_err(Failed::Unwritten)?;
    commit(tx).await.map_err(Failed::Uncommitted)?;
    Ok(moved)
}

/// Writes a group that is nothing but rows, as decisions mostly are: one way to the store's thread
/// and back.
async fn write_rows(alone: Alone, done: &Done) -> Result<(), Failed> {
    fail::fail_point!("log_before_write", |_| Err(Failed::Unwritten(
        Error::Overloaded
    )));
    fail::fail_point!("log_before_commit", |_| Err(Failed::Uncommitted(
        Error::Closed
    )));
    let values = db::values(&done.rows).map_err(|error| Failed::Unwritten(error.into()))?;
    let written = db::append_alone(alone, values).await;
    written.map_err(|error| match error.is_retryable() {
        true => Failed::Unwritten(error.into()),
        false => Failed::Uncommitted(error.into()),
    })?;
    fail::fail_point!("log_after_commit", |_| Err(Failed::Uncommitted(
        Error::Closed
    )));
    Ok(())
}
