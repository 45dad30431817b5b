//! The memory of customers: one handle for everybody who reads or writes it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use store::{Db, Timestamp};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::Error;
use crate::criteria::Slots;
use crate::customer::db::{self as customer_db, Stored};
use crate::customer::versions::Versions;
use crate::customer::{Customer, CustomerId, Memberships};
use crate::erasure::Reach;
use crate::identity::{Digest, IdentifierKind, db as identity_db, digest};
use crate::lake::Lake;
use crate::log::tail::{Cursor, Read};
use crate::log::writer::{QUEUE_LIMIT, REMEMBER_MS, Writer};
use crate::log::{
    Answer, Appended, Ask, Command, Delivery, Entry, Incoming, Kept, LogRow, NewRow, Pace, Rewrite,
    RowKind, Verdict, Work, catch_up, db as log_db, flush_once, joining, rebuild, write_behind,
};
use crate::lookout::Lookout;

/// How often the embedded store's states are written behind.
const FLUSH_EVERY_MS: u64 = 2_000;
/// How often a merge or split is tried when the customer does something meanwhile.
const RACES_LIMIT: usize = 10;
/// Groups of rows a slow watcher of live events may fall behind.
const LIVE_LIMIT: usize = 256;

/// A cheap handle to the memory of customers.
#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner {
    kept: Arc<Kept>,
    lookout: Arc<ArcSwap<Lookout>>,
    queue: mpsc::Sender<Work>,
    live: broadcast::Sender<Arc<Vec<LogRow>>>,
    lake: Lake,
    memberships: ArcSwap<Memberships>,
    reach: OnceLock<Reach>,
    /// On a store that other processes write too.
    versions: Option<Versions>,
}

impl Memory {
    /// Opens the memory with the lake in its usual place.
    pub async fn open(db: Db) -> Result<Memory, Error> {
        let settings = Lake::usual_place(&db).await?;
        Memory::open_with(db, &settings).await
    }

    /// Opens the memory: catches up with the log after a crash, then starts the writer and, on the
    /// embedded store, the write-behind.
    pub async fn open_with(db: Db, lake: &crate::lake::Settings) -> Result<Memory, Error> {
        let kept = Arc::new(Kept::new(db.clone()));
        let lake = Lake::open(kept.clone(), lake)?;
        let lookout = Arc::new(ArcSwap::from_pointee(Lookout::default()));
        let mut remembered = crate::map::HashMap::default();
        if db.exclusive() {
            catch_up(&kept, &lake, &Slots::default()).await?;
            kept.all_published(log_db::newest(&db).await?);
            remembered = remember(&db).await?;
        }
        let (queue, waiting) = mpsc::channel(QUEUE_LIMIT);
        let (live, _) = broadcast::channel(LIVE_LIMIT);
        let writer = Writer::new(
            kept.clone(),
            lookout.clone(),
            waiting,
            live.clone(),
            remembered,
            lake.clone(),
        );
        tokio::spawn(writer.run());
        let inner = Arc::new(Inner {
            kept,
            lake,
            lookout,
            queue,
            live,
            memberships: ArcSwap::default(),
            reach: OnceLock::new(),
            versions: (!db.exclusive()).then(|| Versions::of(&db)),
        });
        if db.exclusive() {
            tokio::spawn(keep_writing_behind(Arc::downgrade(&inner)));
        }
        Ok(Memory(inner))
    }

    /// The store below.
    pub fn db(&self) -> &Db {
        &self.0.kept.db
    }

    /// Says once where customers leave traces besides the tables of memory.
    pub fn set_reach(&self, reach: Reach) {
        // Set once when the program starts; a second time would say the same.
        let _ = self.0.reach.set(reach);
    }

    pub(crate) fn reach(&self) -> &Reach {
        self.0.reach.get_or_init(Reach::default)
    }

    /// Everything that ever happened, for questions about many customers.
    pub fn lake(&self) -> &Lake {
        &self.0.lake
    }

    /// What the append looks out for now.
    pub fn lookout(&self) -> Arc<Lookout> {
        self.0.lookout.load_full()
    }

    /// False when the writer has stopped after a failure of the disk.
    pub fn writes(&self) -> bool {
        !self.0.queue.is_closed()
    }

    /// Waits until the writer has stopped: after a failure of the disk, or when it was closed.
    pub async fn stopped(&self) {
        self.0.queue.closed().await;
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        match self.0.queue.try_send(Work { ask, reply }) {
            Ok(()) => answer.await.map_err(|_| Error::Closed)?,
            Err(mpsc::error::TrySendError::Full(_)) => Err(Error::Overloaded),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Error::Closed),
        }
    }

    /// Takes events in, in one commit; answers after it, one verdict per event.
    pub async fn ingest(&self, events: Vec<Incoming>) -> Result<Vec<Verdict>, Error> {
        match self.ask(Ask::Events(events)).await? {
            Answer::Events(verdicts) => Ok(verdicts),
            Answer::Command(_) | Answer::Rewritten => Err(Error::Closed),
        }
    }

    /// Takes in what came of a stream and notes how far it was read, in one commit.
    pub async fn deliver(&self, delivery: Delivery) -> Result<Vec<Verdict>, Error> {
        match self.ask(Ask::Delivery(Box::new(delivery))).await? {
            Answer::Events(verdicts) => Ok(verdicts),
            Answer::Command(_) | Answer::Rewritten => Err(Error::Closed),
        }
    }

    /// Appends rows about one customer, all or none; answers after the commit.
    pub async fn append(&self, command: Command) -> Result<Appended, Error> {
        match self.ask(Ask::Command(command)).await? {
            Answer::Command(appended) => Ok(appended),
            Answer::Events(_) | Answer::Rewritten => Err(Error::Closed),
        }
    }

    /// Appends one row of our own about a customer.
    pub async fn append_one(&self, customer: CustomerId, entry: Entry) -> Result<Appended, Error> {
        let occurred_at = self.db().now();
        let row = NewRow {
            occurred_at,
            source_id: 0,
            message: None,
            entry,
        };
        self.append(Command {
            customer,
            rows: vec![row],
            expect: None,
        })
        .await
    }

    /// Merges one customer into another by hand.
    pub async fn merge(&self, into: CustomerId, merged: CustomerId) -> Result<(), Error> {
        for _ in 1..RACES_LIMIT {
            match self.rewrite(Rewrite::Merge { into, merged }).await {
                Err(Error::Store(error)) if error.is_retryable() => {}
                done => return done,
            }
        }
        self.rewrite(Rewrite::Merge { into, merged }).await
    }

    /// Takes the merge back by which `member` came to a customer: both are again what the rows of
    /// their own make them, with everything that happened since.
    pub async fn unmerge(&self, from: CustomerId, member: CustomerId) -> Result<(), Error> {
        for _ in 0..RACES_LIMIT {
            let root = self.customer(from).await?.ok_or(Error::NoCustomer(from))?;
            if !root.state.members.contains(&member) {
                return Err(Error::Merge("this customer is not merged into the other"));
            }
            let leaves: Vec<CustomerId> = root
                .state
                .members
                .iter()
                .copied()
                .chain([root.id])
                .collect();
            let merges = log_db::merges(self.db(), &leaves).await?;
            let merge = joining(&merges, root.id, &root.state.members, member)
                .ok_or(Error::Merge("the log does not tell when they were merged"))?;
            let (slots, upto) = (&self.lookout().slots, root.state.applied_seq + 1);
            let (into_state, merged_state) =
                rebuild(self.lake(), &root.state, &merge, upto, slots).await?;
            let rewrite = Rewrite::Unmerge {
                merge,
                into_state: Box::new(into_state),
                merged_state: Box::new(merged_state),
                expect: root.state.version,
            };
            match self.rewrite(rewrite).await {
                // Something happened with the customer while the rows were read.
                Err(Error::Conflict(_)) => {}
                Err(Error::Store(error)) if error.is_retryable() => {}
                done => return done,
            }
        }
        Err(Error::Conflict(from))
    }

    pub(crate) async fn rewrite(&self, rewrite: Rewrite) -> Result<(), Error> {
        self.ask(Ask::Rewrite(rewrite)).await.map(|_| ())
    }

    /// The customer an identifier belongs to (the leaf).
    pub async fn find(
        &self,
        kind: IdentifierKind,
        value: &str,
    ) -> Result<Option<CustomerId>, Error> {
        let digest = digest(kind, value);
        let kept = &self.0.kept;
        if let Some(leaf) = kept.leaf(&digest) {
            return Ok(Some(leaf));
        }
        // Boxed, as every question to the store here: most are answered without.
        let found = Box::pin(identity_db::load(&kept.db, &[digest])).await?;
        Ok(found.into_iter().next().map(|(digest, leaf)| {
            kept.identities.put_absent(digest, leaf);
            leaf
        }))
    }

    /// The customers that some identifiers belong to (the leaves), in the same order.
    pub async fn find_many(
        &self,
        wanted: &[(IdentifierKind, String)],
    ) -> Result<Vec<Option<CustomerId>>, Error> {
        let kept = &self.0.kept;
        let digests = wanted.iter().map(|(kind, value)| digest(*kind, value));
        let digests: Vec<Digest> = digests.collect();
        let missing = digests.iter().filter(|digest| kept.leaf(digest).is_none());
        let missing: Vec<Digest> = missing.copied().collect();
        for (digest, leaf) in identity_db::load(&kept.db, &missing).await? {
            kept.identities.put_absent(digest, leaf);
        }
        Ok(digests.iter().map(|digest| kept.leaf(digest)).collect())
    }

    /// A customer in their newest state, whichever of their merged ids is asked for.
    ///
    /// On the embedded store memory is the truth; on PostgreSQL the version is checked first.
    pub async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, Error> {
        let mut id = id;
        // A merge changes the root at most once per step; chains are kept flat.
        for _ in 0..8 {
            match self.stored(id).await? {
                Some(Stored::Root(state)) => return Ok(Some(Customer { id, state })),
                Some(Stored::MergedInto(root)) => id = root,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn stored(&self, id: CustomerId) -> Result<Option<Stored>, Error> {
        let kept = &self.0.kept;
        let Some(versions) = &self.0.versions else {
            if let Some(stored) = kept.stored(id) {
                return Ok(Some(stored));
            }
            Box::pin(kept.load_missing(&[id])).await?;
            return Ok(kept.stored(id));
        };
        let cached = match kept.states.get(&id) {
            Some(Stored::Root(state)) => Some(state),
            Some(Stored::MergedInto(_)) | None => None,
        };
        let Some((root, version)) = versions.at(id).await? else {
            return Ok(None);
        };
        let stored = match cached {
            _ if root != id => Stored::MergedInto(root),
            Some(state) if state.version == version => return Ok(Some(Stored::Root(state))),
            Some(_) | None => {
                let newer = Box::pin(customer_db::load(&kept.db, &[id])).await?;
                match newer.into_iter().next() {
                    Some((_, stored)) => stored,
                    None => return Ok(None),
                }
            }
        };
        kept.states.put(id, stored.clone());
        Ok(Some(stored))
    }

    /// Several customers in their newest states; those that were merged come once, as their root.
    pub async fn customers(&self, ids: &[CustomerId]) -> Result<Vec<Customer>, Error> {
        let kept = &self.0.kept;
        let mut found: HashMap<CustomerId, Customer> = HashMap::new();
        let mut wanted: HashSet<CustomerId> = ids.iter().copied().collect();
        for _ in 0..8 {
            if wanted.is_empty() {
                break;
            }
            let stored: Vec<(CustomerId, Stored)> = if kept.db.exclusive() {
                kept.load_missing(&wanted).await?;
                let known = wanted.iter();
                known
                    .filter_map(|id| Some((*id, kept.stored(*id)?)))
                    .collect()
            } else {
                let wanted: Vec<CustomerId> = wanted.iter().copied().collect();
                customer_db::load(&kept.db, &wanted).await?
            };
            wanted.clear();
            for (id, stored) in stored {
                match stored {
                    Stored::Root(state) => {
                        found.insert(id, Customer { id, state });
                    }
                    Stored::MergedInto(root) if !found.contains_key(&root) => {
                        wanted.insert(root);
                    }
                    Stored::MergedInto(_) => {}
                }
            }
        }
        let mut found: Vec<Customer> = found.into_values().collect();
        found.sort_by_key(|customer| customer.id);
        Ok(found)
    }

    /// The memberships that rules ask for and cannot answer from one customer.
    pub fn memberships(&self) -> Arc<Memberships> {
        self.0.memberships.load_full()
    }

    /// Replaces those memberships.
    pub fn put_memberships(&self, memberships: Memberships) {
        self.0.memberships.store(Arc::new(memberships));
    }

    /// The state of a customer as memory has it, without asking the store: for decisions whose
    /// deadline is near.
    pub fn cached(&self, id: CustomerId) -> Option<Customer> {
        match self.0.kept.stored(id)? {
            Stored::Root(state) => Some(Customer { id, state }),
            Stored::MergedInto(root) => match self.0.kept.stored(root)? {
                Stored::Root(state) => Some(Customer { id: root, state }),
                Stored::MergedInto(_) => None,
            },
        }
    }

    /// What is taken of a cap's counter, as far as memory knows without asking the store.
    pub fn taken(&self, counter: &str) -> Option<i64> {
        self.0.kept.taken(counter)
    }

    /// Reads what other processes have taken of some counters.
    pub async fn read_counters(&self, counters: &[String]) -> Result<(), Error> {
        if self.db().exclusive() {
            return Ok(());
        }
        let found = crate::cap::db::load(self.db(), counters).await?;
        self.0.kept.set_counters(&found.into_iter().collect());
        Ok(())
    }

    /// Gives back what contacts hold of caps and have not used in time.
    pub async fn give_back(&self) -> Result<(), Error> {
        self.rewrite(Rewrite::GiveBack).await
    }

    /// Reads on in the log: contacts and what came of them, at most `limit` rows. The newest need
    /// not be read from the store.
    pub async fn read_contacts(&self, cursor: &mut Cursor, limit: i64) -> Result<Read, Error> {
        if self.db().exclusive()
            && let Some(read) = self.0.kept.recent.read(cursor, limit as usize)
        {
            return Ok(read);
        }
        let kinds = &RowKind::OF_CONTACTS;
        cursor.read(self.db(), kinds, None, limit).await
    }

    /// Lets the newest rows be read from the store, where some were written anew.
    pub(crate) fn read_anew(&self) {
        self.0.kept.recent.clear();
    }

    /// Rows as they are committed, for the live view. A slow watcher misses some.
    pub fn live(&self) -> broadcast::Receiver<Arc<Vec<LogRow>>> {
        self.0.live.subscribe()
    }

    /// Replaces what the append looks out for, and fills new aggregates from history.
    pub async fn look_out_for(&self, lookout: Lookout) -> Result<(), Error> {
        let before = self.0.lookout.swap(Arc::new(lookout));
        crate::log::backfill(self, &before).await
    }

    /// Writes behind what waits; for orderly stops and for searches in tests.
    pub async fn flush(&self) -> Result<(), Error> {
        if self.db().exclusive() {
            flush_once(&self.0.kept).await?;
        }
        Ok(())
    }

    /// Stops taking work, finishes what waits and writes everything behind. After a failure of the
    /// disk nothing more is written: the next start takes it from the log.
    pub async fn close(&self) -> Result<(), Error> {
        if !self.writes() {
            return Err(Error::Closed);
        }
        self.ask(Ask::Stop).await?;
        self.stopped().await;
        self.flush().await
    }
}

async fn keep_writing_behind(inner: std::sync::Weak<Inner>) {
    let mut pace = Pace::begin();
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(FLUSH_EVERY_MS)).await;
        let Some(inner) = inner.upgrade() else { return };
        if inner.queue.is_closed() {
            return;
        }
        if let Err(error) = write_behind(&inner.kept, &mut pace).await {
            tracing::warn!(%error, "states could not be written behind; tried again later");
        }
    }
}

/// The statements of the last days, for exact de-duplication.
async fn remember(db: &Db) -> Result<crate::map::HashMap<[u8; 16], i64>, Error> {
    let since = Timestamp(db.now().0 - REMEMBER_MS);
    let mut remembered = crate::map::HashMap::default();
    let mut after = log_db::before(db, since).await?;
    loop {
        let marks = log_db::marks(db, after, 20_000).await?;
        let Some((last, _)) = marks.last() else {
            return Ok(remembered);
        };
        after = *last;
        let marks = marks.iter().filter_map(|(_, mark)| *mark);
        remembered.extend(marks.map(|mark| (mark.digest, mark.body_hash)));
    }
}
