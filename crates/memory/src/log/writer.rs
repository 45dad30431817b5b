//! The one writer: groups what waits, appends it in one transaction, then answers.
//!
//! While one group is being committed the next requests queue up, or are worked through already
//! (`pipeline.rs`, `turns.rs`), so the group grows with the load and no request waits for a timer.
//! The queue is bounded: when it is full the caller is told to come back later.

use std::sync::Arc;

use arc_swap::ArcSwap;
use store::{Db, Tx};
use tokio::sync::{Mutex, broadcast, mpsc, oneshot};

use super::entry::MessageMark;
use super::flush::Kept;
use super::ground::Ground;
use super::group::{Group, Numbers};
use super::{Answer, Ask, Incoming, LogRow, Work, db};
use crate::Error;
use crate::cap::Changes;
use crate::customer::db::Stored;
use crate::customer::{CustomerId, CustomerState};
use crate::identity::Digest;
use crate::identity::db::Binding;
use crate::lake::Lake;
use crate::lookout::Lookout;
use crate::map::{HashMap, HashSet};
use crate::quarantine::Rejected;
use crate::source::feed::{Note, db as feed_db};

/// Requests that may wait.
pub(crate) const QUEUE_LIMIT: usize = 2_048;
/// Events and commands in one group.
pub(super) const GROUP_LIMIT: u64 = 8_192;
/// How long a message id is remembered: 7 days.
pub(crate) const REMEMBER_MS: i64 = 7 * 86_400_000;

/// What waits to be done.
pub(super) type Queue = mpsc::Receiver<Work>;
pub(super) type Reply = oneshot::Sender<Result<Answer, Error>>;

/// Everything a writer owns.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(super) kept: Arc<Kept>,
    pub(super) lookout: Arc<ArcSwap<Lookout>>,
    pub(super) queue: Arc<Mutex<Queue>>,
    live: broadcast::Sender<Arc<Vec<LogRow>>>,
    pub(super) numbers: Arc<Mutex<Numbers>>,
    /// Statements of the last days that are in the log, on the embedded store: digest → content.
    pub(super) remembered: HashMap<Digest, i64>,
    /// Knows the statements that have left the log.
    pub(super) lake: Lake,
    /// Whether a commit of the embedded store has failed: what its disk holds is not known then.
    pub(super) broken: bool,
}

/// What has to be known before a group can be worked through.
#[derive(Default)]
pub(super) struct Needs {
    pub digests: HashSet<Digest>,
    pub customers: Vec<CustomerId>,
    pub marks: Vec<MessageMark>,
    pub rows: u64,
}

/// What a group has done, to be committed.
#[derive(Default)]
pub(super) struct Done {
    pub rows: Vec<(LogRow, Option<MessageMark>)>,
    pub signals: Vec<db::Signal>,
    pub rejected: Vec<Rejected>,
    pub bindings: Vec<Binding>,
    pub marks: Vec<MessageMark>,
    pub states: Vec<(CustomerId, Arc<CustomerState>)>,
    pub merged: Vec<(CustomerId, CustomerId)>,
    pub changes: Changes,
}

impl Writer {
    pub(crate) fn new(
        kept: Arc<Kept>,
        lookout: Arc<ArcSwap<Lookout>>,
        queue: Queue,
        live: broadcast::Sender<Arc<Vec<LogRow>>>,
        remembered: HashMap<Digest, i64>,
        lake: Lake,
    ) -> Writer {
        Writer {
            kept,
            lookout,
            queue: Arc::new(Mutex::new(queue)),
            live,
            numbers: Arc::default(),
            remembered,
            lake,
            broken: false,
        }
    }

    /// Works until the queue is closed, or until a commit fails: after that nothing may be
    /// acknowledged, because the state of the disk is not known.
    pub(crate) async fn run(self) {
        if self.kept.db.exclusive() {
            self.run_exclusive().await;
        } else {
            self.run_shared().await;
        }
    }

    /// Commits a change that is no append.
    pub(super) async fn commit(&mut self, tx: Tx) -> Result<(), Error> {
        let committed = commit(tx).await;
        self.broken = committed.is_err() && self.kept.db.exclusive();
        committed
    }

    pub(super) fn work_through(
        &self,
        numbers: &mut Numbers,
        asks: Vec<Ask>,
        refused: &HashSet<usize>,
        ground: Ground,
        marks: HashMap<Digest, i64>,
    ) -> (Vec<Result<Answer, Error>>, Done) {
        let lookout = self.lookout.load();
        let now = self.kept.db.now();
        let mut group = Group::new(now, &lookout, numbers, ground, marks);
        let asks = asks.into_iter().enumerate();
        let answers = asks.map(|(at, ask)| match refused.contains(&at) {
            true => Err(Error::Superseded),
            false => group.ask(ask),
        });
        let answers = answers.collect();
        (answers, group.done())
    }

    pub(super) fn publish(&self, done: Done) {
        let rows: Vec<LogRow> = done.rows.into_iter().map(|(row, _)| row).collect();
        let newest = rows.last().map_or(0, |row| row.seq);
        let count = rows.len() as u64;
        self.kept
            .publish(count, done.states, done.merged, done.bindings, newest);
        if self.kept.db.exclusive() {
            self.kept.recent.add(&rows);
        }
        if self.live.receiver_count() > 0 {
            let _ = self.live.send(Arc::new(rows));
        }
    }
}

impl Done {
    /// Adds what was done after it.
    pub(super) fn join(&mut self, later: Done) {
        self.rows.extend(later.rows);
        self.signals.extend(later.signals);
        self.rejected.extend(later.rejected);
        self.bindings.extend(later.bindings);
        self.marks.extend(later.marks);
        self.states.extend(later.states);
        self.merged.extend(later.merged);
        self.changes.join(later.changes);
    }

    /// Whether nothing but rows has to be written on the embedded store, whose customers and
    /// identifiers follow behind the log.
    pub(super) fn only_rows(&self) -> bool {
        self.signals.is_empty() && self.rejected.is_empty() && self.changes.is_empty()
    }

    /// The rows of the table of customers.
    pub(super) fn stored(&self) -> Vec<(CustomerId, Stored)> {
        let states = self
            .states
            .iter()
            .map(|(id, state)| (*id, Stored::Root(state.clone())));
        let merged = self
            .merged
            .iter()
            .map(|(leaf, root)| (*leaf, Stored::MergedInto(*root)));
        states.chain(merged).collect()
    }
}

/// Commits what was written.
pub(super) async fn commit(tx: Tx) -> Result<(), Error> {
    fail::fail_point!("log_before_commit", |_| Err(Error::Closed));
    tx.commit().await?;
    fail::fail_point!("log_after_commit", |_| Err(Error::Closed));
    Ok(())
}

/// What waits behind a first request, as much as goes into one group.
pub(super) fn batch(queue: &mut Queue, first: Work, room: u64) -> Vec<Work> {
    let mut weight = weight(&first.ask);
    let mut batch = vec![first];
    while weight < room
        && let Ok(work) = queue.try_recv()
    {
        weight += self::weight(&work.ask);
        batch.push(work);
    }
    batch
}

pub(super) fn weight(ask: &Ask) -> u64 {
    match ask {
        Ask::Events(events) => events.len() as u64,
        Ask::Delivery(delivery) => delivery.events.len() as u64,
        Ask::Command(command) => command.rows.len() as u64,
        Ask::Rewrite(_) | Ask::Stop => 1,
    }
}

impl Needs {
    fn events(&mut self, events: &[Incoming]) {
        for event in events {
            self.digests.extend(event.named.digests());
            let addresses = event.addresses.iter();
            let addresses = addresses.map(|(kind, value)| crate::identity::digest(*kind, value));
            self.digests.extend(addresses);
            self.marks.extend(event.row.message);
        }
    }
}

/// How far streams were read, of the deliveries that count.
pub(super) fn notes(asks: &[Ask], refused: &HashSet<usize>) -> Vec<(usize, Note)> {
    let asks = asks.iter().enumerate();
    asks.filter(|(at, _)| !refused.contains(at))
        .filter_map(|(at, ask)| match ask {
            Ask::Delivery(delivery) => Some((at, delivery.note.clone())),
            Ask::Events(_) | Ask::Command(_) | Ask::Rewrite(_) | Ask::Stop => None,
        })
        .collect()
}

/// Deliveries that do not go on where their stream stands.
pub(super) async fn refused(store: &Db, asks: &[Ask]) -> Result<HashSet<usize>, Error> {
    let mut refused = HashSet::default();
    for (at, note) in notes(asks, &refused) {
        if !feed_db::fits(store, &note).await? {
            refused.insert(at);
        }
    }
    Ok(refused)
}

/// Numbers for what goes to quarantine; they may be skipped.
pub(super) async fn number_rejected(store: &Db, done: &Done) -> Result<i64, Error> {
    match done.rejected.len() {
        0 => Ok(0),
        count => Ok(store.take_numbers("quarantine", count as i64).await?),
    }
}

pub(super) fn needs(asks: &[Ask]) -> Needs {
    let mut needs = Needs::default();
    for ask in asks {
        needs.rows += weight(ask);
        match ask {
            Ask::Events(events) => needs.events(events),
            Ask::Delivery(delivery) => needs.events(&delivery.events),
            Ask::Command(command) => {
                needs.customers.push(command.customer);
                needs
                    .marks
                    .extend(command.rows.iter().filter_map(|row| row.message));
            }
            Ask::Rewrite(_) | Ask::Stop => {}
        }
    }
    needs
}

pub(super) fn answer_all(replies: Vec<Reply>, answers: Vec<Result<Answer, Error>>) {
    for (reply, answer) in replies.into_iter().zip(answers) {
        // A caller that has gone away needs no answer.
        let _ = reply.send(answer);
    }
}

pub(super) fn fail_all(replies: Vec<Reply>, error: &Error) {
    for reply in replies {
        let _ = reply.send(Err(match error {
            Error::Overloaded => Error::Overloaded,
            _ => Error::Closed,
        }));
    }
}
