//! The append on a store that other processes write too: groups in transactions of their own, which
//! lock the customers they change.
//!
//! Two groups may be under way at once in this process, as they are in two: while one waits for the
//! store the other is worked through.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ground;
use super::writer::{
    Done, GROUP_LIMIT, Needs, Reply, Writer, answer_all, batch, commit, fail_all, needs, notes,
    number_rejected,
};
use super::{Answer, Ask, Work, caps, db};
use crate::Error;
use crate::cap;
use crate::identity::db as identity_db;
use crate::map::HashSet;
use crate::quarantine::db as quarantine_db;
use crate::source::feed::db as feed_db;

/// Groups under way at once.
const GROUPS: u32 = 2;
/// How often a group is tried again when another process was faster.
const RACES_LIMIT: usize = 20;

impl Writer {
    pub(super) async fn run_shared(self) {
        let turns = Arc::new(Semaphore::new(GROUPS as usize));
        let mut writers = JoinSet::new();
        for _ in 0..GROUPS {
            writers.spawn(self.clone().run_one(turns.clone()));
        }
        if let Some(Err(error)) = writers.join_next().await {
            tracing::error!(%error, "writing the log broke off; the writer stops");
        }
        // When what the others have begun is done, they wait for what will not come.
        let _ = turns.acquire_many(GROUPS).await;
        writers.shutdown().await;
    }

    /// One of the writers of this process. A group takes one turn; what changes states otherwise,
    /// and the end, take all of them.
    async fn run_one(mut self, turns: Arc<Semaphore>) {
        while let Some(works) = self.next().await {
            let (mut asks, mut replies, mut stopped) = (vec![], vec![], None);
            for work in works {
                match work.ask {
                    Ask::Rewrite(rewrite) => {
                        let Ok(_alone) = turns.acquire_many(GROUPS).await else {
                            return;
                        };
                        let done = self.rewrite(rewrite).await.map(|()| Answer::Rewritten);
                        let _ = work.reply.send(done);
                    }
                    Ask::Stop => stopped = Some(work.reply),
                    Ask::Events(_) | Ask::Delivery(_) | Ask::Command(_) => {
                        asks.push(work.ask);
                        replies.push(work.reply);
                    }
                }
            }
            if !asks.is_empty() {
                let Ok(_turn) = turns.acquire().await else {
                    return;
                };
                self.group(asks, replies).await;
            }
            if let Some(reply) = stopped {
                let Ok(_alone) = turns.acquire_many(GROUPS).await else {
                    return;
                };
                turns.close();
                let _ = reply.send(Ok(Answer::Rewritten));
                return;
            }
        }
    }

    /// What goes into the next group; `None` when nothing will come any more.
    async fn next(&self) -> Option<Vec<Work>> {
        let mut queue = self.queue.lock().await;
        let first = queue.recv().await?;
        Some(batch(&mut queue, first, GROUP_LIMIT))
    }

    /// Everything in one transaction, tried again when somebody else was faster.
    async fn group(&mut self, asks: Vec<Ask>, replies: Vec<Reply>) {
        let needs = needs(&asks);
        let mut refused = HashSet::default();
        for _ in 0..RACES_LIMIT {
            match self.try_group(asks.clone(), &mut refused, &needs).await {
                Ok(Some((answers, done))) => {
                    self.publish(done);
                    return answer_all(replies, answers);
                }
                Ok(None) => {}
                Err(Error::Store(error)) if error.is_retryable() => {}
                Err(error) => {
                    tracing::error!(%error, "a group could not be committed");
                    return fail_all(replies, &error);
                }
            }
        }
        fail_all(replies, &Error::Overloaded);
    }

    /// One attempt; `None` when somebody else wrote one of the identifiers or statements first, or
    /// reads a stream now that was read here: `refused` then holds who must not come again.
    async fn try_group(
        &mut self,
        asks: Vec<Ask>,
        refused: &mut HashSet<usize>,
        needs: &Needs,
    ) -> Result<Option<(Vec<Result<Answer, Error>>, Done)>, Error> {
        let mut tx = self.kept.db.begin().await?;
        for (at, note) in notes(&asks, refused) {
            if !feed_db::claim(&mut tx, &note).await? {
                refused.insert(at);
                return Ok(None);
            }
        }
        let mut ground =
            ground::shared(&mut tx, &self.kept, &needs.digests, &needs.customers).await?;
        let wanted = caps::wanted(&asks, &ground);
        if !wanted.is_empty() {
            ground.counters = cap::db::lock(&mut tx, &wanted).await?;
            self.kept.set_counters(&ground.counters);
        }
        let known = db::known_marks(&mut tx, &needs.marks).await?;
        let marks = known
            .into_iter()
            .map(|mark| (mark.digest, mark.body_hash))
            .collect();
        let (answers, done) = {
            let mut numbers = self.numbers.lock().await;
            numbers.refill(&self.kept.db, needs.rows).await?;
            self.work_through(&mut numbers, asks, refused, ground, marks)
        };
        let bound = identity_db::save(&mut tx, done.bindings.clone()).await?;
        let marked = db::save_marks(&mut tx, done.marks.clone(), self.kept.db.now()).await?;
        if bound < done.bindings.len() as u64 || marked < done.marks.len() as u64 {
            return Ok(None);
        }
        db::append(&mut tx, &done.rows).await?;
        db::save_signals(&mut tx, done.signals.clone()).await?;
        crate::customer::db::save(&mut tx, done.stored()).await?;
        let quarantine_id = number_rejected(&self.kept.db, &done).await?;
        quarantine_db::put_in(&mut tx, quarantine_id, done.rejected.clone()).await?;
        let moved = if done.changes.is_empty() {
            BTreeMap::new()
        } else {
            cap::db::save(&mut tx, done.changes.clone()).await?
        };
        // While the counters are locked: whoever locks them next knows more.
        self.kept.move_counters(&moved);
        if let Err(error) = commit(tx).await {
            let back = moved.iter().map(|(name, by)| (name.clone(), -by));
            self.kept.move_counters(&back.collect());
            return Err(error);
        }
        Ok(Some((answers, done)))
    }
}
