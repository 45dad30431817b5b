//! Keeping members: every node looks at the customers of the rows it commits; one of them also at
//! those of the others' rows, at those whom time may have moved, at everybody when a rule is new,
//! and at households.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use memory::CustomerId;
use memory::log::tail::Cursor;
use memory::log::{Entry, LogRow, RowKind};
use store::Timestamp;
use store::job::{self, Lease};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::hold::{Hold, Task};
use super::settle::{Judge, settle};
use super::{days, db, fill};
use crate::catalog::Catalog;
use crate::{Decider, Error};

/// How often memberships are settled.
const EVERY: Duration = Duration::from_millis(500);
/// Customers settled together.
const CHUNK: usize = 1_000;
/// How often households are found anew.
const HOUSEHOLDS_EVERY_MS: i64 = 60_000;
/// How often it is written how fresh members are.
const FRESH_EVERY_MS: i64 = 2_000;
/// How often today's figures are written.
const DAYS_EVERY_MS: i64 = 20_000;
/// Rows of the log read together.
const ROWS: i64 = 2_000;
/// Own rows that are remembered until they are read in the log; what is beyond is settled twice.
const OWN_LIMIT: usize = 200_000;
/// The rows that may change a membership.
const KINDS: [RowKind; 8] = [
    RowKind::Event,
    RowKind::Identify,
    RowKind::Consent,
    RowKind::Contact,
    RowKind::Response,
    RowKind::Merge,
    RowKind::Unmerge,
    RowKind::ContactMoved,
];

/// Keeps members until `stop` is true.
pub async fn keep(decider: Decider, stop: watch::Receiver<bool>) {
    let mut live = decider.memory().live();
    let mut keeper = Keeper::new(decider);
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stopped = stop.clone();
    loop {
        tokio::select! {
            () = said(&mut stopped) => return,
            rows = live.recv() => match rows {
                Ok(rows) => keeper.note(&rows),
                // Somebody was overlooked: everybody is looked at again.
                Err(RecvError::Lagged(_)) => keeper.unseen = true,
                Err(RecvError::Closed) => return,
            },
            _ = ticks.tick() => if let Err(error) = keeper.round(&stop).await {
                tracing::warn!(%error, "memberships of segments are settled later");
            },
        }
    }
}

async fn said(stop: &mut watch::Receiver<bool>) {
    // When nobody can say stop any more, that is the end too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What one node knows of the memberships it has to settle.
pub(super) struct Keeper {
    decider: Decider,
    hold: Hold,
    catalog: Arc<Catalog>,
    judge: Judge,
    touched: BTreeSet<CustomerId>,
    /// True when rows may have been overlooked.
    unseen: bool,
    fence: Option<i64>,
    /// How far the log was read; only while this node holds the task and others write, too.
    cursor: Option<Cursor>,
    /// Positions of own rows that were noted and still will be read in the log.
    own: HashSet<u64>,
    /// Days of segments whose size is not found out yet.
    back: VecDeque<(String, i64)>,
    revisions: HashMap<String, i64>,
    households_at: Timestamp,
    days_at: Timestamp,
    fresh_at: Timestamp,
}

impl Keeper {
    pub(super) fn new(decider: Decider) -> Keeper {
        let catalog = decider.catalog();
        Keeper {
            hold: Hold::new(decider.memory().db()),
            judge: Judge::of(&catalog.segments, &catalog.default_zone),
            catalog,
            decider,
            touched: BTreeSet::new(),
            unseen: false,
            fence: None,
            cursor: None,
            own: HashSet::new(),
            back: VecDeque::new(),
            revisions: HashMap::new(),
            households_at: Timestamp(0),
            days_at: Timestamp(0),
            fresh_at: Timestamp(0),
        }
    }

    /// Notes the customers of rows of this node that may change a membership.
    pub(super) fn note(&mut self, rows: &[LogRow]) {
        self.touch(rows);
        if self.cursor.is_some() {
            if self.own.len() >= OWN_LIMIT {
                self.own.clear();
            }
            self.own.extend(rows.iter().map(|row| row.seq));
        }
    }

    fn touch<'a>(&mut self, rows: impl IntoIterator<Item = &'a LogRow>) {
        for row in rows {
            if let Entry::Merge(merge) | Entry::Unmerge(merge) = &row.entry {
                self.touched.extend([merge.into, merge.merged]);
            } else if self.judge.concerns(row) {
                self.touched.insert(row.customer_id);
            }
        }
    }

    /// Settles what waits.
    pub(super) async fn round(&mut self, stop: &watch::Receiver<bool>) -> Result<(), Error> {
        self.follow();
        self.read_told().await?;
        self.settle_touched().await?;
        let db = self.decider.memory().db().clone();
        let Some(lease) = self.hold.lease().await? else {
            self.fence = None;
            self.cursor = None;
            self.own.clear();
            return Ok(());
        };
        self.look_at_everybody(&lease, stop).await?;
        self.read_on(&lease, stop).await?;
        self.settle_due().await?;
        if let Some((key, day)) = self.back.pop_front() {
            days::look_back(&self.decider, &key, day).await;
        }
        let now = db.now();
        if now.since_ms(self.days_at) >= DAYS_EVERY_MS {
            days::write_today(&db, &self.catalog.segments, now).await?;
            self.days_at = now;
        }
        if now.since_ms(self.fresh_at) >= FRESH_EVERY_MS && !self.judge.is_empty() {
            db::fresh(&db, &self.judge.keys(), now).await?;
            self.fresh_at = now;
        }
        Ok(())
    }

    /// Takes newly published segments into use.
    fn follow(&mut self) {
        let catalog = self.decider.catalog();
        if !Arc::ptr_eq(&catalog, &self.catalog) {
            self.judge = Judge::of(&catalog.segments, &catalog.default_zone);
            self.catalog = catalog;
        }
    }

    /// Reads the members that decisions must be told.
    async fn read_told(&mut self) -> Result<(), Error> {
        let memory = self.decider.memory();
        let told = self.catalog.segments.iter().filter(|entry| entry.told());
        let told: Vec<String> = told.map(|entry| entry.key.clone()).collect();
        if told.is_empty() && self.revisions.is_empty() {
            return Ok(());
        }
        let standings = db::standings(memory.db()).await?;
        let mut memberships = (*memory.memberships()).clone();
        let mut changed = false;
        let gone: Vec<String> = memberships.keys().map(str::to_owned).collect();
        for key in gone.iter().filter(|key| !told.contains(key)) {
            memberships.put(key, None);
            self.revisions.remove(key);
            changed = true;
        }
        for key in told {
            let revision = standings.get(&key).map_or(0, |standing| standing.revision);
            if self.revisions.get(&key) == Some(&revision) {
                continue;
            }
            let members = db::members(memory.db(), &key).await?;
            memberships.put(&key, Some(Arc::new(members)));
            self.revisions.insert(key, revision);
            changed = true;
        }
        if changed {
            memory.put_memberships(memberships);
        }
        Ok(())
    }

    async fn settle_touched(&mut self) -> Result<(), Error> {
        if self.judge.is_empty() {
            self.touched.clear();
            return Ok(());
        }
        let waiting: Vec<CustomerId> = self.touched.iter().copied().collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let memory = self.decider.memory();
        // Who belongs to a rule that is new is told to nobody.
        let standings = db::standings(memory.db()).await?;
        let outdated = fill::outdated(&self.catalog.segments, &standings);
        for some in waiting.chunks(CHUNK) {
            settle(memory, &self.judge, some, &outdated).await?;
            some.iter().for_each(|id| {
                self.touched.remove(id);
            });
        }
        Ok(())
    }

    /// Reads on in the log: what other nodes committed is settled even when they could not.
    async fn read_on(&mut self, lease: &Lease, stop: &watch::Receiver<bool>) -> Result<(), Error> {
        if self.judge.is_empty() {
            self.cursor = None;
            self.own.clear();
        }
        let db = self.decider.memory().db().clone();
        while let Some(mut cursor) = self.cursor {
            let mut read = cursor.read(&db, &KINDS, None, ROWS).await?;
            read.rows.retain(|row| !self.own.remove(&row.seq));
            self.touch(read.rows.iter().map(|row| &**row));
            self.settle_touched().await?;
            self.cursor = Some(cursor);
            let hold = &mut self.hold;
            if !read.more || !(Task { hold, lease, stop }).goes_on().await? {
                break;
            }
        }
        Ok(())
    }

    async fn settle_due(&mut self) -> Result<(), Error> {
        let memory = self.decider.memory().clone();
        while !self.judge.is_empty() {
            let now = memory.db().now();
            let due = db::due(memory.db(), now, CHUNK as i64).await?;
            if due.is_empty() {
                break;
            }
            settle(&memory, &self.judge, &due, &BTreeSet::new()).await?;
            // Customers who are no roots any more have nothing that could become due.
            let roots = memory.customers(&due).await?;
            let gone: Vec<CustomerId> = due
                .iter()
                .copied()
                .filter(|id| !roots.iter().any(|root| root.id == *id))
                .collect();
            let mut tx = memory.db().begin().await?;
            let gone = gone.into_iter().map(|id| (id, None)).collect();
            db::set_due(&mut tx, gone).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// When a rule is new, when this node is new to the task, or when rows were overlooked.
    async fn look_at_everybody(
        &mut self,
        lease: &Lease,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), Error> {
        let memory = self.decider.memory().clone();
        let standings = db::standings(memory.db()).await?;
        let outdated = fill::outdated(&self.catalog.segments, &standings);
        let follows = |key: &&String| {
            let entry = self.catalog.segments.get(key);
            entry.is_some_and(super::book::Entry::follows)
        };
        let new: Vec<String> = outdated.iter().filter(follows).cloned().collect();
        let taken_over = self.fence != Some(lease.fence);
        let look = !new.is_empty() || taken_over || self.unseen;
        if look && !memory.db().exclusive() {
            self.own.clear();
            self.cursor = Some(Cursor::before(memory.db(), memory.db().now()).await?);
        }
        let hold = &mut self.hold;
        let mut task = Task { hold, lease, stop };
        if look && !self.judge.is_empty() {
            if !fill::everybody(&memory, &self.judge, &outdated, &mut task).await? {
                return Ok(());
            }
            let now = memory.db().now();
            let mut tx = memory.db().begin().await?;
            job::still_held(&mut tx, lease).await?;
            for key in &new {
                let hash = self.catalog.segments.get(key).map(|e| e.hash.as_str());
                db::stand(&mut tx, key, hash.unwrap_or_default(), now, true).await?;
            }
            tx.commit().await?;
            for key in &new {
                let days = days::unknown(memory.db(), key, now).await?;
                self.back
                    .extend(days.into_iter().map(|day| (key.clone(), day)));
            }
        }
        self.fence = Some(lease.fence);
        self.unseen = false;
        let now = memory.db().now();
        let households = outdated.len() > new.len();
        if (households || now.since_ms(self.households_at) >= HOUSEHOLDS_EVERY_MS)
            && fill::households(&memory, &self.catalog, &outdated, &mut task).await?
        {
            self.households_at = now;
        }
        self.retired(&standings).await?;
        Ok(())
    }

    /// Segments that were taken out of use are filled anew when they come back.
    async fn retired(&self, standings: &HashMap<String, db::Standing>) -> Result<(), Error> {
        let gone = standings.iter().filter(|(key, standing)| {
            self.catalog.segments.get(key).is_none() && !standing.rule_hash.is_empty()
        });
        let gone: Vec<&String> = gone.map(|(key, _)| key).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let db = self.decider.memory().db();
        let mut tx = db.begin().await?;
        for key in gone {
            db::stand(&mut tx, key, "", db.now(), true).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
