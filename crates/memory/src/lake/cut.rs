//! A cut through everything at one moment: which files are live, which rows are in none yet, who
//! has been merged since files were written, and which customers have changed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use store::lake::db::{self as files_db, File, Head};
use store::{Timestamp, Tx};

use super::batch::Facts;
use super::column::Columns;
use super::customers;
use super::db::{self, PAGE};
use super::tail::{Chunk, Told, fold};
use crate::customer::db::Stored;
use crate::log::Kept as Store;
use crate::{CustomerId, CustomerState, Error};

/// Customers of which something was heard since the snapshot: their rows, and whose rows in the
/// snapshot hold no more.
#[derive(Clone, Default)]
pub(super) struct Changed {
    pub rows: Vec<(Arc<HashSet<i64>>, RecordBatch)>,
    pub gone: Arc<HashSet<i64>>,
    /// Keys of attributes whose columns say everything in these rows; `None` before the first.
    pub keys: Option<std::collections::BTreeSet<String>>,
}

/// One consistent state of everything.
#[derive(Clone)]
pub(super) struct Cut {
    pub files: Arc<Vec<(File, Facts)>>,
    pub columns: Arc<Columns>,
    pub chunks: Vec<Arc<Chunk>>,
    /// Leaf → root of merged customers with rows in the tail.
    pub roots: Arc<HashMap<i64, i64>>,
    /// Leaf → root of customers merged or parted since files were written.
    pub moved: Arc<HashMap<i64, i64>>,
    pub changed: Changed,
    pub upto_seq: u64,
    pub as_of: Timestamp,
    /// What files are called that are written for this cut only.
    pub scratch_name: String,
}

impl Cut {
    /// The files of a table.
    pub(super) fn files_of(&self, table: &str) -> Vec<String> {
        let files = self.files.iter().filter(|(file, _)| file.table == table);
        files.map(|(file, _)| file.path.clone()).collect()
    }
}

/// What is remembered from one cut to the next, so that only what is new is read.
#[derive(Default)]
pub(super) struct Known {
    head: Option<Head>,
    files: Arc<Vec<(File, Facts)>>,
    columns: Arc<Columns>,
    chunks: Vec<Arc<Chunk>>,
    /// Every row before this place has been read.
    read_to: i64,
    /// Leaves whose place was looked up, and where those of them belong that are merged.
    looked: HashSet<i64>,
    roots: HashMap<i64, i64>,
    /// What merges of the tail say; on the embedded store the tables lag behind them.
    folded: HashMap<i64, i64>,
    moved: Arc<HashMap<i64, i64>>,
    moved_key: (i64, i64, Option<i64>),
    changed: Changed,
    upto_seq: i64,
    /// True when the last cut had rows that have to be read again.
    young: bool,
}

impl Known {
    /// Takes a cut; `None` when nothing has changed since the last one.
    pub(super) async fn cut(&mut self, store: &Store) -> Result<Option<Cut>, Error> {
        let db = &store.db;
        let as_of = db.now();
        let mut tx = db.begin_read().await?;
        let head = files_db::head_in(&mut tx).await?;
        let fresh = self
            .head
            .is_none_or(|known| known.generation != head.generation);
        let mut older = vec![];
        if fresh {
            older = self.start(store, &mut tx, head).await?;
        }
        let order = db.log_order();
        let settled = tx.settled().await?;
        let mut told = Told::default();
        let until = settled.unwrap_or(i64::MAX);
        let mut read = self
            .read(&mut tx, order, (self.read_to, until), &mut told)
            .await?;
        let news = !read.is_empty();
        self.chunks.append(&mut read);
        let newest = db::newest_seq(&mut tx).await?;
        self.read_to = settled.unwrap_or(newest + 1).max(self.read_to);
        let mut chunks = self.chunks.clone();
        let mut young = vec![];
        if let Some(settled) = settled {
            young = self
                .read(&mut tx, order, (settled, i64::MAX), &mut told)
                .await?;
        }
        let again = std::mem::replace(&mut self.young, !young.is_empty());
        chunks.extend(young);
        told.leaves.extend(older);
        self.place(&mut tx, store, &told).await?;
        let moved = self.move_roots(&mut tx, store).await?;
        if !(fresh || news || self.young || again || moved) {
            return Ok(None);
        }
        self.upto_seq = self.upto_seq.max(told.newest_seq).max(head.archived_seq);
        self.change(tx, store, &told).await?;
        Ok(Some(Cut {
            files: self.files.clone(),
            columns: self.columns.clone(),
            chunks,
            roots: Arc::new(self.roots.clone()),
            moved: self.moved.clone(),
            changed: self.changed.clone(),
            upto_seq: self.upto_seq as u64,
            as_of,
            scratch_name: format!("{:016x}", db.random().u64()),
        }))
    }

    /// Takes a new list of files in. Gives the customers with rows since the snapshot of
    /// customers that are not going to be read.
    async fn start(&mut self, store: &Store, tx: &mut Tx, head: Head) -> Result<Vec<i64>, Error> {
        let files = files_db::live(tx).await?;
        let mut with_facts = Vec::with_capacity(files.len());
        for file in files {
            let facts = serde_json::from_str(&file.facts)?;
            with_facts.push((file, facts));
        }
        self.files = Arc::new(with_facts);
        let columns = Columns::load(&store.db).await?;
        let same = columns.same_layout(&self.columns);
        let erased = |known: Head| known.erased_count != head.erased_count;
        let same = same && !self.head.is_some_and(erased);
        let snapshot = self
            .head
            .is_none_or(|known| known.customers_mark != head.customers_mark);
        self.columns = Arc::new(columns);
        self.head = Some(head);
        if same && self.read_to >= head.archived_mark {
            let mut left = vec![];
            for chunk in &self.chunks {
                left.extend(chunk.since(head.archived_mark)?.map(Arc::new));
            }
            self.chunks = left;
        } else {
            self.chunks.clear();
            self.looked.clear();
            self.roots.clear();
            self.read_to = head.archived_mark;
        }
        if same && !snapshot {
            return Ok(vec![]);
        }
        self.changed = Changed::default();
        let order = store.db.log_order();
        let between = (head.customers_mark, self.read_to);
        Ok(db::customers_between(tx, order, between).await?)
    }

    /// Reads rows of the log from one place to another.
    async fn read(
        &self,
        tx: &mut Tx,
        order: &str,
        (from, until): (i64, i64),
        told: &mut Told,
    ) -> Result<Vec<Arc<Chunk>>, Error> {
        let mut chunks = vec![];
        let mut after = (from, -1);
        loop {
            let rows = db::rows(tx, order, after, until).await?;
            let full = rows.len() as i64 == PAGE;
            let Some(last) = rows.last() else { break };
            after = (last.order, last.placed.row.seq as i64);
            told.note(&rows);
            let columns = self.columns.clone();
            let made = beside(move || Chunk::of(rows, &columns)).await?;
            chunks.extend(made.map(Arc::new));
            if !full {
                break;
            }
        }
        Ok(chunks)
    }

    /// Finds out where new leaves belong, and where those belong now that merges speak of.
    async fn place(&mut self, tx: &mut Tx, store: &Store, told: &Told) -> Result<(), Error> {
        let folded = fold(&told.merges);
        let mut wanted: HashSet<i64> = folded.keys().copied().collect();
        let new = told.leaves.iter().copied();
        wanted.extend(new.filter(|leaf| !self.looked.contains(leaf)));
        for leaf in &wanted {
            self.roots.remove(leaf);
        }
        self.roots.extend(db::roots(tx, &wanted).await?);
        self.looked.extend(&wanted);
        if store.db.exclusive() {
            self.folded.extend(folded);
            let known = self.folded.iter().filter(|(leaf, _)| wanted.contains(leaf));
            self.roots.extend(known.map(|(leaf, root)| (*leaf, *root)));
        }
        Ok(())
    }

    /// Finds out who belongs elsewhere than files say; true when that has changed.
    async fn move_roots(&mut self, tx: &mut Tx, store: &Store) -> Result<bool, Error> {
        let oldest = self.files.iter().map(|(file, _)| file.roots_mark).min();
        let Some(oldest) = oldest else {
            return Ok(!std::mem::take(&mut self.moved).is_empty());
        };
        let order = store.db.log_order();
        let (count, last) = db::merges_known(tx, order, oldest).await?;
        if self.moved_key == (oldest, count, last) {
            return Ok(false);
        }
        let mut moved = fold(&db::merges(tx, order, oldest).await?);
        if !store.db.exclusive() {
            // Numbers of transactions do not tell which of two came first; the tables do.
            let leaves: HashSet<i64> = moved.keys().copied().collect();
            let roots = db::roots(tx, &leaves).await?;
            moved = leaves
                .into_iter()
                .map(|leaf| (leaf, roots.get(&leaf).copied().unwrap_or(leaf)))
                .collect();
        }
        self.moved = Arc::new(moved);
        self.moved_key = (oldest, count, last);
        Ok(true)
    }

    /// Reads the customers that have changed.
    async fn change(&mut self, tx: Tx, store: &Store, told: &Told) -> Result<(), Error> {
        let mut leaves: HashSet<i64> = told.leaves.clone();
        leaves.extend(fold(&told.merges).into_keys());
        if leaves.is_empty() {
            return Ok(());
        }
        let root = |leaf: &i64| self.roots.get(leaf).copied().unwrap_or(*leaf);
        let roots: HashSet<i64> = leaves.iter().map(root).collect();
        let mut wanted: Vec<i64> = roots.iter().copied().collect();
        wanted.sort_unstable();
        let states = states(tx, store, &wanted, self.upto_seq).await?;
        leaves.extend(&roots);
        for (ids, batch) in &mut self.changed.rows {
            if ids.iter().any(|id| leaves.contains(id)) {
                *batch = customers::without(batch, &leaves)?;
                let left = ids.iter().copied().filter(|id| !leaves.contains(id));
                *ids = Arc::new(left.collect());
            }
        }
        self.changed.rows.retain(|(_, batch)| batch.num_rows() > 0);
        Arc::make_mut(&mut self.changed.gone).extend(&leaves);
        if states.is_empty() {
            return Ok(());
        }
        let ids: HashSet<i64> = states.iter().map(|(id, _)| *id).collect();
        let columns = self.columns.clone();
        let (batch, keys) = beside(move || customers::batch(&states, &columns)).await?;
        match &mut self.changed.keys {
            Some(known) => known.retain(|key| keys.contains(key)),
            None => self.changed.keys = Some(keys),
        }
        self.changed.rows.push((Arc::new(ids), batch));
        Ok(())
    }
}

/// The states of some customers that are roots, in order of id. On the embedded store memory is
/// the truth; a state there may be a moment newer than the cut.
async fn states(
    mut tx: Tx,
    store: &Store,
    wanted: &[i64],
    upto_seq: i64,
) -> Result<Vec<(i64, Arc<CustomerState>)>, Error> {
    if !store.db.exclusive() {
        let mut written = db::states(&mut tx, wanted).await?;
        written.sort_unstable_by_key(|(id, _)| *id);
        return beside(move || Ok(db::read_states(written)?)).await;
    }
    drop(tx);
    store.published(upto_seq as u64).await;
    let ids: HashSet<CustomerId> = wanted.iter().map(|id| CustomerId(*id as u64)).collect();
    store.load_missing(&ids).await?;
    let mut found = vec![];
    for id in wanted {
        if let Some(Stored::Root(state)) = store.stored(CustomerId(*id as u64)) {
            found.push((*id, state));
        }
    }
    Ok(found)
}

/// Runs what takes CPU and somebody waits for, beside those who answer callers.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(std::io::Error::other);
    done.map_err(store::Error::from)?
}
