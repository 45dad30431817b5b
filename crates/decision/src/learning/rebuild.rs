//! Learning anew from the log: everything that was learned is forgotten and learned again, row by
//! row as it was taken in, with the rows that have left the log for files.
//!
//! The clock goes with the rows: what waits is settled, days fade, models begin and marketers'
//! wishes are done when they were then. What the log does not tell, the definitions and the audit
//! log do.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use gate::audit;
use memory::Memory;
use memory::log::tail::Cursor;
use memory::log::{LogRow, RowKind, db as log_db};
use store::job::{self, JobId, Right, State};
use store::{Db, Timestamp, definition};

use super::db::{self, Wish};
use super::desk::{Desk, Terms};
use super::job::{EVERY_MS, Learner, note, rates, start_of};
use super::keep;
use super::learned::{Batch, DAY_MS, Learned, Start, Step, model_key};
use crate::{Catalog, Channel, Error};

/// The kind of its jobs.
pub const KIND: &str = "learning_rebuild";
/// Positions whose rows are read from files at once.
const WINDOW: u64 = 50_000;
/// Rows read from the log at once.
const ROWS: i64 = 4_000;
/// Entries of the audit log read at once.
const ENTRIES: i64 = 500;

/// Learning as it was at some moment of the past, on its way to now.
struct Past<'a> {
    memory: &'a Memory,
    catalog: &'a Catalog,
    rates: HashMap<&'a str, f64>,
    /// What happened beside the log, by time.
    beside: VecDeque<(Timestamp, Beside)>,
    learned: Learned,
    desk: Desk,
    at: Timestamp,
}

/// What happened beside the log.
enum Beside {
    Begun(Start),
    Wished(Step),
}

impl Past<'_> {
    /// Turns what has gathered into learning.
    fn learn(&mut self, now: Timestamp) {
        let steps = self.desk.take();
        if !steps.is_empty() {
            self.learned.apply(&Batch {
                position: self.learned.position + 1,
                at_ms: now.0,
                steps,
            });
        }
    }

    /// Does something at the desk with what is known and wanted at this moment.
    fn at_desk<T>(&mut self, act: impl FnOnce(&mut Desk, &Terms<'_>) -> T) -> T {
        act(
            &mut self.desk,
            &terms(&self.learned, self.catalog, &estimates(&self.rates)),
        )
    }

    fn settle(&mut self, now: Timestamp) {
        while self.at_desk(|desk, terms| desk.settle(terms, now)) {
            self.learn(now);
        }
        self.learn(now);
    }

    /// Lets the time pass up to an instant.
    fn pass(&mut self, until: Timestamp) {
        if self.at == Timestamp(0) {
            self.at = self.beside.front().map_or(until, |(at, _)| *at).min(until);
            let begins = self.at;
            self.at_desk(|desk, terms| desk.day(terms, begins));
        }
        loop {
            let midnight = Timestamp((self.at.0.div_euclid(DAY_MS) + 1) * DAY_MS);
            let beside = self.beside.front().map(|(at, _)| (*at).max(self.at));
            let next = beside.map_or(midnight, |at| at.min(midnight));
            if next > until {
                break;
            }
            self.settle(next.plus_ms(-EVERY_MS));
            while let Some((_, what)) = self.beside.pop_front_if(|(at, _)| *at <= next) {
                match what {
                    Beside::Begun(start) => {
                        let key = model_key(&start.offer, start.channel);
                        if !self.learned.models.contains_key(&key) {
                            self.desk.start(start);
                        }
                    }
                    Beside::Wished(step) => self.desk.steps.push(step),
                }
            }
            self.at_desk(|desk, terms| desk.day(terms, next));
            self.learn(next);
            self.at = next;
        }
        if until > self.at {
            // As in a round just before: what comes at this instant is noted first.
            self.settle(until.plus_ms(-EVERY_MS));
            self.at = until;
        }
    }

    async fn take(&mut self, row: &LogRow) -> Result<(), Error> {
        self.pass(row.received_at);
        note(
            self.memory,
            &mut self.desk,
            &terms(&self.learned, self.catalog, &estimates(&self.rates)),
            row,
        )
        .await?;
        self.learn(row.received_at);
        Ok(())
    }
}

/// The marketers' estimates.
fn estimates(rates: &HashMap<&str, f64>) -> impl Fn(&str) -> Option<f64> + Sync {
    move |offer| rates.get(offer).copied()
}

/// What is known and wanted.
fn terms<'a>(
    learned: &'a Learned,
    catalog: &'a Catalog,
    estimate: &'a (dyn Fn(&str) -> Option<f64> + Sync),
) -> Terms<'a> {
    Terms {
        learned,
        learning: &catalog.strategy.learning,
        estimate,
    }
}

/// When models began and what marketers wished, by time.
async fn beside(db: &Db, catalog: &Catalog) -> Result<VecDeque<(Timestamp, Beside)>, Error> {
    let mut found = vec![];
    let first = catalog.offers.iter().map(|offer| (offer.key.clone(), 1));
    let first = definition::versions(db, crate::offer::KIND.name, &first.collect()).await?;
    let saved: HashMap<&str, Timestamp> = first
        .iter()
        .map(|first| (first.key.as_str(), first.created_at))
        .collect();
    let mut known = HashSet::new();
    for placement in &catalog.placements {
        for candidate in &placement.candidates {
            let start = start_of(catalog, placement.body.channel, candidate.offer);
            if known.insert(candidate.model) {
                let at = saved.get(start.offer.as_str()).copied();
                found.push((at.unwrap_or_default(), Beside::Begun(start)));
            }
        }
    }
    let mut filter = audit::db::Filter {
        before_seq: i64::MAX,
        object_kind: "learning_model".to_owned(),
        ..audit::db::Filter::default()
    };
    let mut wishes = vec![];
    loop {
        let page = audit::db::list(db, &filter, ENTRIES).await?;
        let Some(last) = page.last() else { break };
        filter.before_seq = last.seq;
        for record in &page {
            let model = record.object_key.split_once('/').and_then(|(word, offer)| {
                Channel::of_word(word).map(|channel| model_key(offer, channel))
            });
            let step = model.and_then(|model| match record.action.as_str() {
                "reset" => Some(Step::Reset(model)),
                "freeze" => Some(Step::Frozen(model, true)),
                "thaw" => Some(Step::Frozen(model, false)),
                _ => None,
            });
            wishes.extend(step.map(|step| (record.occurred_at, Beside::Wished(step))));
        }
    }
    found.extend(wishes.into_iter().rev());
    // What came at the same time stays in its order.
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into())
}

/// How a rebuild ended.
enum End {
    Done,
    Cancelled,
}

impl Learner {
    /// Learns everything anew, when somebody wants it and everything up to now has been read.
    pub(super) async fn rebuild(&mut self, wish: i64, id: JobId) -> Result<(), Error> {
        let known = job::get(&self.db, id).await?;
        let Some(job) = known.filter(|job| !ended(job.state)) else {
            return self.forget_wish(wish).await;
        };
        let done = self.again(&job).await;
        let Some(lease) = self.lease.clone() else {
            return done.map(|_| ());
        };
        let right = Right::Lease(lease);
        match done {
            Ok(End::Done) => job::finish(&self.db, (id, &right), State::Done, None).await?,
            Ok(End::Cancelled) => {
                job::finish(&self.db, (id, &right), State::Cancelled, None).await?;
            }
            Err(error) => {
                let text = error.to_string();
                job::finish(&self.db, (id, &right), State::Failed, Some(&text)).await?;
                self.forget_wish(wish).await?;
                return Err(error);
            }
        }
        self.forget_wish(wish).await
    }

    async fn forget_wish(&self, wish: i64) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        db::wishes_done(&mut tx, &[(wish, Wish::Rebuild(0))]).await?;
        Ok(tx.commit().await?)
    }

    async fn again(&mut self, job: &job::Job) -> Result<End, Error> {
        let Some(upto) = self.desk.as_ref().map(|desk| desk.progress.cursor) else {
            return Err(Error::Stopped);
        };
        let decider = self.decider.clone();
        let (memory, catalog) = (decider.memory(), decider.catalog());
        let total = log_db::newest(&self.db).await?;
        if !self.goes_on(job, 0, total).await? {
            return Ok(End::Cancelled);
        }
        let mut past = Past {
            memory,
            catalog: &catalog,
            rates: rates(&catalog),
            beside: beside(&self.db, &catalog).await?,
            learned: Learned::default(),
            desk: Desk::default(),
            at: Timestamp(0),
        };
        // Rows stand in the log and in files for a while; each is learned once.
        let oldest = log_db::oldest(&self.db).await?.unwrap_or(u64::MAX);
        let mut twice = HashSet::new();
        let end = memory.lake().files_end(&RowKind::OF_CONTACTS).await?;
        let mut from = 0;
        while from < end {
            let rows = memory
                .lake()
                .in_files(&RowKind::OF_CONTACTS, from, from + WINDOW)
                .await?;
            from += WINDOW;
            for row in &rows {
                past.take(row).await?;
                if row.seq >= oldest {
                    twice.insert(row.seq);
                }
            }
            if !self.goes_on(job, from.min(end), total).await? {
                return Ok(End::Cancelled);
            }
        }
        let mut cursor = Cursor::default();
        loop {
            let read = cursor
                .read(&self.db, &RowKind::OF_CONTACTS, Some(upto), ROWS)
                .await?;
            for row in read.rows.iter().filter(|row| !twice.contains(&row.seq)) {
                past.take(row).await?;
            }
            let done = read.rows.last().map_or(total, |row| row.seq);
            if !self.goes_on(job, done, total).await? {
                return Ok(End::Cancelled);
            }
            if !read.more {
                break;
            }
        }
        let now = self.db.now();
        past.pass(now);
        past.settle(now);
        let Past {
            learned, mut desk, ..
        } = past;
        desk.progress.cursor = upto;
        self.put(learned, desk, now).await?;
        Ok(End::Done)
    }

    /// Notes how far it is; false when somebody wants it to stop.
    async fn goes_on(&mut self, job: &job::Job, done: u64, total: u64) -> Result<bool, Error> {
        let lease = self.hold().await?;
        let lease = lease.ok_or_else(|| store::Error::LeaseLost(super::job::LEASE.to_owned()))?;
        let (done, total) = (done.min(total) as i64, total as i64);
        let right = Right::Lease(lease);
        let state = job::progress(&self.db, (job.id, &right), &job.body, done, Some(total)).await?;
        Ok(state != State::Cancelling)
    }

    /// Puts what was learned anew in the place of everything, on every node.
    async fn put(&mut self, learned: Learned, desk: Desk, now: Timestamp) -> Result<(), Error> {
        let lease = self.lease.clone();
        let lease = lease.ok_or_else(|| store::Error::LeaseLost(super::job::LEASE.to_owned()))?;
        let mut learned = learned;
        learned.position = self.decider.learned().position + 1;
        let mut models = Vec::with_capacity(learned.models.len());
        for (key, model) in &learned.models {
            models.push((*key, keep::model(model)?));
        }
        // Nodes see by the gap before this batch that models as of later are kept.
        let sign = Batch {
            position: learned.position + 1,
            at_ms: now.0,
            steps: vec![],
        };
        let mut tx = self.db.begin().await?;
        job::still_held(&mut tx, &lease).await?;
        db::forget_all(&mut tx).await?;
        db::save(&mut tx, &learned, models, now).await?;
        db::save_progress(&mut tx, &desk.progress, now).await?;
        db::add_batch(&mut tx, &sign).await?;
        tx.commit().await?;
        let learned = Arc::new(learned);
        self.decider.take_in(learned.clone());
        self.kept = learned;
        self.desk = Some(desk);
        Ok(())
    }
}

/// Whether a job has ended.
pub(super) fn ended(state: State) -> bool {
    match state {
        State::Queued | State::Running | State::Cancelling => false,
        State::Cancelled | State::Done | State::Failed => true,
    }
}
