//! What is kept beside the log: caches for everybody, and on the embedded store the write-behind
//! of states and identifiers, coalesced and in order of id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use store::Db;
use tokio::time::Instant;

use crate::Error;
use crate::customer::cache::Cache;
use crate::customer::db::{self as customer_db, Stored};
use crate::customer::{CustomerId, CustomerState};
use crate::identity::db::Binding;
use crate::identity::{Digest, db as identity_db};
use crate::log::{Recent, db as log_db};
use crate::map::HashMap;

/// Customers held in memory.
const STATES_LIMIT: usize = 2_000_000;
/// Identifiers held in memory.
const IDENTITIES_LIMIT: usize = 6_000_000;
/// States per transaction of the write-behind, so that the log never waits long for its turn.
const FLUSH_CHUNK: usize = 32;
/// How many times as long as it has worked the write-behind rests, so that the log keeps most of
/// the one connection that writes.
const REST: u32 = 4;
/// As many waiting states are written at once: what is looked up in tables is as good as new.
const FEW: usize = 4_000;
/// More wait for a while, because most customers who do something soon do something again; but
/// never longer than this, and never behind more rows than a start replays in seconds.
const LONGEST: Duration = Duration::from_secs(60);
const MOST_ROWS: u64 = 1_000_000;

/// Changes that are in the log and not yet in the tables beside it.
#[derive(Default)]
struct Changes {
    states: HashMap<CustomerId, Stored>,
    bindings: HashMap<Digest, Binding>,
}

/// Changes that nobody writes yet.
#[derive(Default)]
struct Dirty {
    changes: Changes,
    committed_seq: u64,
    /// Rows since the last time.
    rows: u64,
}

/// Caches and write-behind.
pub(crate) struct Kept {
    pub db: Db,
    pub states: Cache<CustomerId, Stored>,
    pub identities: Cache<Digest, CustomerId>,
    /// What is taken of caps' counters: the truth on the embedded store, elsewhere as last seen.
    counters: Mutex<HashMap<String, i64>>,
    dirty: Mutex<Dirty>,
    /// What is being written behind.
    flushing: ArcSwap<Changes>,
    /// Held while writing behind: two at once would forget what the first has not yet written.
    turn: tokio::sync::Mutex<()>,
    /// How many wait for the turn; as long as there are any nobody rests.
    hurry: AtomicUsize,
    /// The newest contacts and responses, on the embedded store.
    pub recent: Recent,
    /// The newest position whose states are visible.
    published: tokio::sync::watch::Sender<u64>,
}

/// How long states may lag behind the commit of their rows before nobody waits for them: they do
/// not lag at all unless the rows are from before this process.
const LAG_MS: u64 = 200;

impl Kept {
    pub(crate) fn new(db: Db) -> Kept {
        Kept {
            db,
            states: Cache::new(STATES_LIMIT),
            identities: Cache::new(IDENTITIES_LIMIT),
            counters: Mutex::default(),
            dirty: Mutex::default(),
            flushing: ArcSwap::default(),
            turn: tokio::sync::Mutex::default(),
            hurry: AtomicUsize::default(),
            recent: Recent::default(),
            published: tokio::sync::watch::Sender::new(0),
        }
    }

    /// Says that the states of all rows up to a position are what is loaded.
    pub(crate) fn all_published(&self, seq: u64) {
        self.published.send_replace(seq);
        self.recent.begin(seq);
    }

    /// Waits until the states that follow from rows up to a position are visible.
    pub(crate) async fn published(&self, seq: u64) {
        let mut seen = self.published.subscribe();
        let wait = seen.wait_for(|published| *published >= seq);
        let lag = Duration::from_millis(LAG_MS);
        // Rows from before this process are in the states that are loaded.
        let _ = tokio::time::timeout(lag, wait).await;
    }

    /// The customer an identifier points to, as far as memory knows.
    pub(crate) fn leaf(&self, digest: &Digest) -> Option<CustomerId> {
        self.identities.get(digest).or_else(|| {
            let of = |changes: &Changes| Some(changes.bindings.get(digest)?.customer_id);
            let waiting = of(&self.dirty.lock().changes);
            waiting.or_else(|| of(&self.flushing.load()))
        })
    }

    /// A customer's row, as far as memory knows.
    pub(crate) fn stored(&self, id: CustomerId) -> Option<Stored> {
        self.states.get(&id).or_else(|| {
            let waiting = self.dirty.lock().changes.states.get(&id).cloned();
            waiting.or_else(|| self.flushing.load().states.get(&id).cloned())
        })
    }

    /// What is taken of some counters, for the one writer of the embedded store.
    pub(crate) async fn counters(
        &self,
        wanted: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, i64>, Error> {
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let missing: Vec<String> = {
            let known = self.counters.lock();
            let missing = wanted.iter().filter(|name| !known.contains_key(*name));
            missing.cloned().collect()
        };
        let found = crate::cap::db::load(&self.db, &missing).await?;
        let mut known = self.counters.lock();
        for name in missing {
            known.entry(name).or_insert(0);
        }
        known.extend(found);
        let taken = |name: &String| (name.clone(), known.get(name).copied().unwrap_or(0));
        Ok(wanted.iter().map(taken).collect())
    }

    /// Notes by how much counters have moved.
    pub(crate) fn move_counters(&self, moved: &BTreeMap<String, i64>) {
        let mut known = self.counters.lock();
        for (name, by) in moved {
            if let Some(taken) = known.get_mut(name) {
                *taken += by;
            }
        }
    }

    /// Notes what counters say in the store.
    pub(crate) fn set_counters(&self, taken: &BTreeMap<String, i64>) {
        let mut known = self.counters.lock();
        known.extend(taken.iter().map(|(name, taken)| (name.clone(), *taken)));
    }

    /// What is taken of a counter, as far as memory knows.
    pub(crate) fn taken(&self, name: &str) -> Option<i64> {
        self.counters.lock().get(name).copied()
    }

    /// Reads those customers into the cache that memory does not know.
    pub(crate) async fn load_missing<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a CustomerId>,
    ) -> Result<(), Error> {
        let missing: Vec<CustomerId> = wanted
            .into_iter()
            .copied()
            .filter(|id| self.stored(*id).is_none())
            .collect();
        for (id, stored) in customer_db::load(&self.db, &missing).await? {
            self.states.put_absent(id, stored);
        }
        Ok(())
    }

    /// Waits until nothing is being written behind, and keeps it so as long as the turn is held.
    pub(crate) async fn quiet(&self) -> tokio::sync::MutexGuard<'_, ()> {
        let _waiting = Waiting::of(&self.hurry);
        self.turn().await
    }

    /// The turn to write behind, with all that waits where it is looked for.
    async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        let turn = self.turn.lock().await;
        self.take_back();
        turn
    }

    /// Takes back what a writing that failed, or that nobody waited for any more, has left. Only
    /// for who has the turn.
    fn take_back(&self) {
        let left = self.flushing.load_full();
        let waiting = &mut self.dirty.lock().changes;
        // What waits already is newer.
        for (id, stored) in &left.states {
            let waits = waiting.states.entry(*id);
            waits.or_insert_with(|| stored.clone());
        }
        for (digest, binding) in &left.bindings {
            let waits = waiting.bindings.entry(*digest);
            waits.or_insert_with(|| binding.clone());
        }
        self.flushing.store(Arc::default());
    }

    /// Forgets customers that were erased, and what pointed to them.
    pub(crate) fn forget(&self, leaves: &[CustomerId], digests: &[Digest]) {
        let changes = &mut self.dirty.lock().changes;
        for leaf in leaves {
            self.states.remove(leaf);
            changes.states.remove(leaf);
        }
        for digest in digests {
            self.identities.remove(digest);
            changes.bindings.remove(digest);
        }
    }

    /// Makes a committed group visible; on the embedded store it is written behind.
    pub(crate) fn publish(
        &self,
        rows: u64,
        states: Vec<(CustomerId, Arc<CustomerState>)>,
        merged: Vec<(CustomerId, CustomerId)>,
        bindings: Vec<Binding>,
        committed_seq: u64,
    ) {
        let mut dirty = self.dirty.lock();
        for binding in bindings {
            self.identities.put(binding.digest, binding.customer_id);
            if self.db.exclusive() {
                dirty.changes.bindings.insert(binding.digest, binding);
            }
        }
        let merged = merged
            .into_iter()
            .map(|(leaf, root)| (leaf, Stored::MergedInto(root)));
        let states = states
            .into_iter()
            .map(|(id, state)| (id, Stored::Root(state)));
        for (id, stored) in states.chain(merged) {
            self.states.put(id, stored.clone());
            if self.db.exclusive() {
                dirty.changes.states.insert(id, stored);
            }
        }
        dirty.rows += rows;
        dirty.committed_seq = dirty.committed_seq.max(committed_seq);
        let newest = dirty.committed_seq;
        self.published.send_if_modified(|seen| {
            let newer = newest > *seen;
            *seen = newest.max(*seen);
            newer
        });
    }
}

/// Writes everything that waits, as fast as it can; returns how many states were written.
pub(crate) async fn flush_once(kept: &Kept) -> Result<usize, Error> {
    flush(kept, false).await
}

/// Writes what waits when that is little; much is left to [`write_behind`].
pub(crate) async fn flush_few(kept: &Kept) -> Result<(), Error> {
    if kept.dirty.lock().changes.states.len() <= FEW {
        flush_once(kept).await?;
    }
    Ok(())
}

/// As many looks without new rows say that nobody is held up.
const STILL: u32 = 5;

/// When it was written behind last, how many rows waited when it was looked at last, and since how
/// many looks.
pub(crate) struct Pace {
    since: Instant,
    rows: u64,
    still: u32,
}

impl Pace {
    pub(crate) fn begin() -> Pace {
        Pace {
            since: Instant::now(),
            rows: 0,
            still: 0,
        }
    }
}

/// Writes what waits when that is little, has waited long enough or gets no more, and leaves most
/// of the time to others.
pub(crate) async fn write_behind(kept: &Kept, pace: &mut Pace) -> Result<(), Error> {
    let (waiting, rows) = {
        let dirty = kept.dirty.lock();
        (dirty.changes.states.len(), dirty.rows)
    };
    pace.still = if rows == pace.rows { pace.still + 1 } else { 0 };
    pace.rows = rows;
    if due(waiting, rows, pace.still >= STILL, pace.since.elapsed()) {
        *pace = Pace::begin();
        flush(kept, true).await?;
    }
    Ok(())
}

async fn flush(kept: &Kept, aside: bool) -> Result<usize, Error> {
    let _turn = if aside {
        kept.turn().await
    } else {
        kept.quiet().await
    };
    let (changes, seq) = {
        let mut dirty = kept.dirty.lock();
        if dirty.changes.states.is_empty() && dirty.changes.bindings.is_empty() {
            return Ok(0);
        }
        // As much room as was needed before: nobody waits while a million entries are moved.
        let room = Changes {
            states: HashMap::with_capacity_and_hasher(dirty.changes.states.len(), <_>::default()),
            bindings: HashMap::default(),
        };
        let changes = Arc::new(std::mem::replace(&mut dirty.changes, room));
        dirty.rows = 0;
        // Whoever does not find it there any more finds it here.
        kept.flushing.store(changes.clone());
        (changes, dirty.committed_seq)
    };
    let written = changes.states.len();
    write(kept, &changes, seq, aside).await?;
    kept.flushing.store(Arc::default());
    gives_way(written > FEW, move || drop(changes)).await?;
    Ok(written)
}

/// Does what takes long when there is much, and gives way then.
async fn gives_way<T: Send + 'static>(
    much: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    match much {
        true => Ok(store::aside(work).await.map_err(store::Error::from)?),
        false => Ok(work()),
    }
}

async fn write(kept: &Kept, changes: &Arc<Changes>, seq: u64, aside: bool) -> Result<(), Error> {
    let (db, mut seen) = (&kept.db, u64::MAX);
    let all = changes.clone();
    let (digests, ids) = gives_way(all.states.len() > FEW, move || {
        let mut digests: Vec<Digest> = all.bindings.keys().copied().collect();
        let mut ids: Vec<CustomerId> = all.states.keys().copied().collect();
        digests.sort_unstable();
        ids.sort_unstable();
        (digests, ids)
    })
    .await?;
    for chunk in digests.chunks(FLUSH_CHUNK * 4) {
        let began = Instant::now();
        let bindings = chunk.iter().map(|digest| changes.bindings[digest].clone());
        let mut tx = db.begin().await?;
        identity_db::save(&mut tx, bindings.collect()).await?;
        tx.commit().await?;
        step_aside(kept, aside, began, &mut seen).await;
    }
    for chunk in ids.chunks(FLUSH_CHUNK) {
        let began = Instant::now();
        let states = chunk.iter().map(|id| (*id, changes.states[id].clone()));
        let mut tx = db.begin().await?;
        customer_db::save(&mut tx, states.collect()).await?;
        tx.commit().await?;
        step_aside(kept, aside, began, &mut seen).await;
    }
    log_db::set_flushed_seq(db, seq).await?;
    Ok(())
}

/// Whether it is time to write so many states behind, after so many rows and so long a wait;
/// `idle` when no more came lately.
fn due(waiting: usize, rows: u64, idle: bool, waited: Duration) -> bool {
    waiting <= FEW || rows >= MOST_ROWS || idle || waited >= LONGEST
}

/// Whether to rest after a portion: not while somebody waits or more comes than is written, and not
/// when no rows have come since the portion before, because then nobody is held up.
fn rests(rows: u64, before: u64, waiting: bool) -> bool {
    rows != before && rows < MOST_ROWS && !waiting
}

async fn step_aside(kept: &Kept, aside: bool, began: Instant, seen: &mut u64) {
    let rows = kept.dirty.lock().rows;
    let before = std::mem::replace(seen, rows);
    if aside && rests(rows, before, kept.hurry.load(Ordering::Relaxed) > 0) {
        tokio::time::sleep(began.elapsed() * REST).await;
    }
}

/// Somebody who waits, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Waiting<'_> {
    fn of(hurry: &AtomicUsize) -> Waiting<'_> {
        hurry.fetch_add(1, Ordering::Relaxed);
        Waiting(hurry)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn little_is_written_at_once_and_much_waits_but_not_for_ever() {
    let short = Duration::from_secs(2);
    assert!(due(FEW, 0, false, short));
    assert!(!due(FEW + 1, MOST_ROWS - 1, false, short));
    assert!(due(FEW + 1, MOST_ROWS, false, short));
    assert!(due(FEW + 1, 0, true, short));
    assert!(due(FEW + 1, 0, false, LONGEST));
}

#[test]
fn it_rests_only_for_who_is_held_up_and_does_not_wait() {
    assert!(rests(5, 4, false));
    assert!(!rests(5, 5, false));
    assert!(!rests(5, 4, true));
    assert!(!rests(MOST_ROWS, 4, false));
}
