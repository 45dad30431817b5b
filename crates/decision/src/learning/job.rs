//! The learner: one node turns the log into batches of learning, every node follows them.
//!
//! The node that holds the lease reads on in the log and writes what follows as one batch, in the
//! transaction that notes how far it has read. All nodes, itself included, apply the batches in
//! their order, so that all know the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use memory::interaction::{ContactId, ContactStatus, Response};
use memory::log::tail::Cursor;
use memory::log::{ContactMoved, Entry, LogRow, RowKind};
use memory::{CustomerState, Memory};
use store::job::{self, JobId, Lease};
use store::{Db, Timestamp};

use super::db::{self, Hour, Wish};
use super::desk::{Desk, LookedUp, Terms};
use super::keep;
use super::learned::{Batch, DAY_MS, Learned, Start, Step};
use crate::{Catalog, Channel, Decider, Error};

/// Rows that are noted before others get their turn.
const AT_A_TIME: usize = 100;
/// Rows read in one round.
const ROWS: i64 = 4_000;
/// How often the learner looks.
pub(super) const EVERY_MS: i64 = 200;
const EVERY: std::time::Duration = std::time::Duration::from_millis(EVERY_MS as u64);
/// The lease of the node that learns.
pub(super) const LEASE: &str = "learning";
/// How long the lease lasts; renewed at its half.
const LEASE_MS: i64 = 10_000;
/// How often it is counted what trying out has cost.
const COUNT_EVERY_MS: i64 = 1_000;
/// How far a cursor may run ahead of what is noted when nothing was learned.
const NOTE_EVERY_MS: i64 = 5_000;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Batches between two keepings.
const KEEP_EVERY: i64 = 300;
/// Batches left behind a keeping, for nodes that follow slowly.
const LEFT_BEHIND: i64 = 1_000;
/// Batches applied at once.
const FOLLOWED: i64 = 200;

/// Learns from the log and follows what was learned.
pub struct Learner {
    pub(super) db: Db,
    pub(super) decider: Decider,
    node: String,
    /// True once what was kept has been read.
    loaded: bool,
    pub(super) lease: Option<Lease>,
    pub(super) desk: Option<Desk>,
    noted_at: Timestamp,
    counted_at: Timestamp,
    /// What was kept last.
    pub(super) kept: Arc<Learned>,
    /// A wish to learn everything anew, with its job.
    wanted: Option<(i64, JobId)>,
}

impl Learner {
    /// A learner for a decider; `node` names this process among those that share the store.
    pub fn new(decider: Decider, node: String) -> Learner {
        Learner {
            db: decider.memory().db().clone(),
            decider,
            node,
            loaded: false,
            lease: None,
            desk: None,
            noted_at: Timestamp(0),
            counted_at: Timestamp(0),
            kept: Arc::default(),
            wanted: None,
        }
    }

    /// Works until `stop` is true.
    pub async fn run(mut self, mut stop: tokio::sync::watch::Receiver<bool>) {
        if self.db.exclusive() {
            // One process owns the store: after a crash it need not wait for its own lease.
            "the only process".clone_into(&mut self.node);
        }
        while !*stop.borrow() {
            match self.round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "a round of learning failed");
                    (self.desk, self.lease) = (None, None);
                }
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        if let Some(lease) = &self.lease
            && let Err(error) = job::release(&self.db, lease).await
        {
            tracing::warn!(%error, "the lease of learning runs out by itself");
        }
    }

    /// One round; true when there is more to do at once.
    pub async fn round(&mut self) -> Result<bool, Error> {
        self.follow().await?;
        let Some(lease) = self.hold().await? else {
            self.desk = None;
            self.count().await?;
            return Ok(false);
        };
        let more = self.lead(&lease).await?;
        self.follow().await?;
        self.count().await?;
        self.keep(&lease).await?;
        if !more && let Some((wish, job)) = self.wanted.take() {
            self.rebuild(wish, job).await?;
        }
        Ok(more)
    }

    /// Counts on every node what trying out has cost, for the budget.
    async fn count(&mut self) -> Result<(), Error> {
        let now = self.db.now();
        if now.since_ms(self.counted_at) >= COUNT_EVERY_MS {
            self.decider.count_spent(now).await?;
            self.counted_at = now;
        }
        Ok(())
    }

    /// Takes or renews the lease when less than half of it is left.
    pub(super) async fn hold(&mut self) -> Result<Option<Lease>, Error> {
        let now = self.db.shared_now().await?;
        let fresh = |lease: &&Lease| lease.until_at.since_ms(now) > LEASE_MS / 2;
        if let Some(lease) = self.lease.as_ref().filter(fresh) {
            return Ok(Some(lease.clone()));
        }
        let lease = job::lease(&self.db, LEASE, &self.node, LEASE_MS).await?;
        let same = |before: &Lease| lease.as_ref().is_some_and(|l| l.fence == before.fence);
        if !self.lease.as_ref().is_some_and(same) {
            self.desk = None;
        }
        self.lease = lease;
        Ok(self.lease.clone())
    }

    /// Applies batches that were added since.
    async fn follow(&mut self) -> Result<(), Error> {
        let mut learned = self.decider.learned();
        if !self.loaded {
            learned = Arc::new(db::load(&self.db).await?);
            self.kept = learned.clone();
            self.loaded = true;
            self.decider.take_in(learned.clone());
        }
        loop {
            let batches = db::batches(&self.db, learned.position, FOLLOWED).await?;
            let Some(first) = batches.first() else {
                return Ok(());
            };
            if first.position != learned.position + 1 {
                // What lies between was forgotten because models as of later are kept.
                learned = Arc::new(db::load(&self.db).await?);
                self.decider.take_in(learned.clone());
                continue;
            }
            let before = learned.clone();
            let applied = tokio::task::spawn_blocking(move || {
                let mut learned = Learned::clone(&before);
                batches.iter().for_each(|batch| learned.apply(batch));
                learned.line_up();
                learned
            });
            learned = Arc::new(applied.await.map_err(|_| Error::Stopped)?);
            self.decider.take_in(learned.clone());
        }
    }

    /// Reads on in the log and writes what follows.
    async fn lead(&mut self, lease: &Lease) -> Result<bool, Error> {
        let (learned, catalog) = (self.decider.learned(), self.decider.catalog());
        let mut desk = match self.desk.take() {
            Some(desk) => desk,
            None => open(&self.db, &learned, &catalog).await?,
        };
        let rates = rates(&catalog);
        let estimate = |offer: &str| rates.get(offer).copied();
        let terms = Terms {
            learned: &learned,
            learning: &catalog.strategy.learning,
            estimate: &estimate,
        };
        let now = self.db.now();
        begin(&mut desk, &learned, &catalog);
        let mut cursor = desk.progress.cursor;
        let memory = self.decider.memory();
        let read = memory.read_contacts(&mut cursor, ROWS).await?;
        for rows in read.rows.chunks(AT_A_TIME) {
            for row in rows {
                note(memory, &mut desk, &terms, row).await?;
            }
            // Nobody who waits for a decision waits for all of them.
            tokio::task::yield_now().await;
        }
        desk.day(&terms, now);
        let more = desk.settle(&terms, now) || read.more;
        let moved = cursor != desk.progress.cursor;
        desk.progress.cursor = cursor;
        let mut wishes = db::wishes(&self.db).await?;
        let mut steps = desk.take();
        wishes.retain(|(id, wish)| {
            let step = match wish {
                Wish::Reset(model) => Step::Reset(*model),
                Wish::Freeze(model) => Step::Frozen(*model, true),
                Wish::Thaw(model) => Step::Frozen(*model, false),
                Wish::Rebuild(job) => {
                    self.wanted = Some((*id, JobId(*job)));
                    return false;
                }
            };
            steps.push(step);
            true
        });
        let due = moved && now.since_ms(self.noted_at) >= NOTE_EVERY_MS;
        if steps.is_empty() && !due {
            self.desk = Some(desk);
            return Ok(more);
        }
        let mut tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        db::save_progress(&mut tx, &desk.progress, now).await?;
        if !steps.is_empty() {
            let batch = Batch {
                position: learned.position + 1,
                at_ms: now.0,
                steps,
            };
            db::add_batch(&mut tx, &batch).await?;
            db::add_hours(&mut tx, &sums(&batch.steps, now)).await?;
            db::wishes_done(&mut tx, &wishes).await?;
        }
        tx.commit().await?;
        self.noted_at = now;
        self.desk = Some(desk);
        Ok(more)
    }

    /// Keeps what was learned from time to time, so that a start need not apply everything.
    async fn keep(&mut self, lease: &Lease) -> Result<(), Error> {
        let learned = self.decider.learned();
        if learned.position - self.kept.position < KEEP_EVERY {
            return Ok(());
        }
        let mut models = vec![];
        for (key, model) in &learned.models {
            let known = self.kept.models.get(key);
            if !known.is_some_and(|known| Arc::ptr_eq(known, model)) {
                models.push((*key, keep::model(model)?));
            }
        }
        let mut tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        db::save(&mut tx, &learned, models, self.db.now()).await?;
        db::forget_batches(&mut tx, learned.position - LEFT_BEHIND).await?;
        tx.commit().await?;
        self.kept = learned;
        Ok(())
    }
}

/// A desk that goes on where the last one stopped: contacts that are not settled wait again.
async fn open(db: &Db, learned: &Learned, catalog: &Catalog) -> Result<Desk, Error> {
    let Some(progress) = db::progress(db).await? else {
        return Ok(Desk::default());
    };
    let since = progress.settled_until.values().min().copied();
    let upto = progress.cursor;
    let mut desk = Desk::new(progress, learned);
    let terms = Terms {
        learned,
        learning: &catalog.strategy.learning,
        estimate: &|_| None,
    };
    let mut cursor = Cursor::before(db, since.unwrap_or(Timestamp(0))).await?;
    loop {
        let read = cursor
            .read(db, &RowKind::OF_CONTACTS, Some(upto), ROWS)
            .await?;
        for row in &read.rows {
            let id = ContactId(row.seq);
            match &row.entry {
                Entry::Contact(contact) => {
                    desk.contact(&terms, id, row.occurred_at, contact, true);
                }
                Entry::Response(response) => {
                    if let Some(contact) = response.contact_id {
                        desk.response(&terms, contact, row.occurred_at, response, true);
                    }
                }
                Entry::ContactMoved(moved) => move_contact(&mut desk, moved),
                _ => {}
            }
        }
        if !read.more {
            break;
        }
    }
    // What was found again was counted before.
    desk.take();
    Ok(desk)
}

/// Notes what one row says.
pub(super) async fn note(
    memory: &Memory,
    desk: &mut Desk,
    terms: &Terms<'_>,
    row: &LogRow,
) -> Result<(), Error> {
    match &row.entry {
        Entry::Contact(contact) => {
            desk.contact(terms, ContactId(row.seq), row.occurred_at, contact, false);
        }
        Entry::ContactMoved(moved) => {
            let id = moved.contact_id;
            move_contact(desk, moved);
            if moved.status == ContactStatus::Presented && !desk.knows(id) {
                late(memory, desk, terms, id, (row.occurred_at, None)).await?;
            }
        }
        Entry::Response(response) => {
            if let Some(id) = response.contact_id
                && !desk.response(terms, id, row.occurred_at, response, false)
            {
                late(memory, desk, terms, id, (row.occurred_at, Some(response))).await?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn move_contact(desk: &mut Desk, moved: &ContactMoved) {
    match moved.status {
        ContactStatus::Presented => desk.seen(moved.contact_id),
        ContactStatus::Released => desk.released(moved.contact_id),
        ContactStatus::Reserved => {}
    }
}

/// Looks up a contact that is not waiting any more: it was presented or responded to.
async fn late(
    memory: &Memory,
    desk: &mut Desk,
    terms: &Terms<'_>,
    id: ContactId,
    (at, response): (Timestamp, Option<&Response>),
) -> Result<(), Error> {
    let Some(made) = memory.contact(id).await? else {
        return Ok(());
    };
    // Where nobody reports views, silence was a no whether it was seen or not.
    let channel = Channel::of_word(&made.contact.channel);
    let customer = match channel.is_some_and(|channel| terms.learned.reports_views(channel)) {
        true => memory.customer(made.customer_id).await?,
        false => None,
    };
    let looked_up = LookedUp {
        at: made.made_at,
        contact: &made.contact,
        seen_at: customer.and_then(|customer| seen_at(&customer.state, id, made.made_at, at)),
    };
    match response {
        Some(response) => desk.late(terms, id, &looked_up, at, response),
        None => desk.seen_late(terms, id, &looked_up),
    }
    Ok(())
}

/// When a contact was first known to be seen, before an instant.
fn seen_at(
    state: &CustomerState,
    id: ContactId,
    made_at: Timestamp,
    before: Timestamp,
) -> Option<Timestamp> {
    let told = state.responses.iter();
    let told = told.filter(|mark| mark.contact_id == Some(id));
    let presented = state.contacts.iter().filter(|mark| {
        mark.contact_id == id && mark.status == ContactStatus::Presented && mark.at > made_at
    });
    let all = told
        .map(|mark| mark.at)
        .chain(presented.map(|mark| mark.at));
    all.filter(|at| *at < before).min()
}

/// The marketers' estimates, by offer.
pub(super) fn rates(catalog: &Catalog) -> HashMap<&str, f64> {
    let offers = catalog.offers.iter();
    offers
        .map(|offer| (offer.key.as_str(), offer.body.propensity))
        .collect()
}

/// Begins models of published offers, and takes changed estimates over.
fn begin(desk: &mut Desk, learned: &Learned, catalog: &Catalog) {
    for placement in &catalog.placements {
        let channel = placement.body.channel;
        for candidate in &placement.candidates {
            let offer = &catalog.offers[usize::from(candidate.offer)];
            let (rate, category) = (offer.body.propensity, &offer.body.category);
            let known = learned.models.get(&candidate.model);
            if known.is_some_and(|m| m.estimated == rate && m.category == *category)
                || desk.begins(candidate.model)
            {
                continue;
            }
            desk.start(start_of(catalog, channel, candidate.offer));
        }
    }
}

/// How the model of a published offer begins in a channel.
pub(super) fn start_of(catalog: &Catalog, channel: Channel, offer: u16) -> Start {
    let offer = &catalog.offers[usize::from(offer)];
    Start {
        offer: offer.key.clone(),
        channel,
        category: offer.body.category.clone(),
        rate: offer.body.propensity,
        presentations: catalog.strategy.learning.prior_presentations,
    }
}

/// What a batch adds to the sums of hours, by model: of this hour, and where contacts of a day that
/// is over count or count no more, of that day's last.
fn sums(steps: &[Step], now: Timestamp) -> BTreeMap<(u64, Timestamp), Hour> {
    let this_hour = Timestamp(now.0.div_euclid(HOUR_MS) * HOUR_MS);
    let mut sums: BTreeMap<(u64, Timestamp), Hour> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Shown(shown) => {
                let last_hour = Timestamp((shown.day + 1) * DAY_MS - HOUR_MS);
                let sum = sums.entry((shown.model, this_hour.min(last_hour)));
                let sum = sum.or_default();
                sum.shown += shown.count;
                sum.explored += shown.explored;
                sum.forgone_cents += shown.forgone_cents;
            }
            Step::Outcome(model, _, outcome, weight) => {
                let sum = sums.entry((*model, this_hour)).or_default();
                sum.settled += weight;
                sum.rewarded += outcome * weight;
            }
            Step::Change(model, _, change) => {
                sums.entry((*model, this_hour)).or_default().rewarded += change;
            }
            Step::Feature(_)
            | Step::Model(_)
            | Step::Responded(..)
            | Step::Viewed(..)
            | Step::Day(..)
            | Step::Reset(_)
            | Step::Frozen(..) => {}
        }
    }
    sums
}
