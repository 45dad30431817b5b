//! Moving rows from the log to files, exactly once.

use std::collections::HashSet;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use store::job::Lease;
use store::lake::db::{self as files_db, Change, File, Head, Span};
use store::lake::{Shape, encode};
use store::{Timestamp, Tx};

use super::batch::{Facts, Placed, batch};
use super::column::{self, Columns};
use super::db::{self, PAGE};
use super::table::Kept;
use super::{Lake, customers};
use crate::Error;
use crate::log::{db as log_db, flush_few, flush_once};

/// Rows moved at once: what is held in memory meanwhile, about 200 MB.
const ROWS_AT_ONCE: i64 = 200_000;
/// Customers written to one file.
const CUSTOMERS_A_FILE: usize = 1_000_000;
/// States read at once.
const STATES_AT_ONCE: i64 = 5_000;
/// Callers come first: reading rests so many times as long as it works.
const READING_RESTS: u32 = 2;

/// A file that is written and not yet live.
pub(super) struct Written {
    pub table: &'static str,
    pub batches: Vec<RecordBatch>,
    pub facts: Facts,
    pub roots_mark: i64,
    pub shape: Shape,
}

/// Rows of the log between two places, with what has to be known to place them.
struct Moving {
    from: i64,
    until: i64,
    /// Merges before this place are in the roots of the rows.
    roots_mark: i64,
    rows: Vec<Placed>,
    newest_seq: i64,
}

impl Lake {
    /// Before which place in the log's order rows can be moved: every transaction sees them, and
    /// on the embedded store the tables beside the log have what follows from them.
    pub(super) async fn horizon(&self, tx: &mut Tx) -> Result<i64, Error> {
        match tx.settled().await? {
            Some(settled) => Ok(settled),
            None => Ok(log_db::flushed_seq_in(tx).await? as i64 + 1),
        }
    }

    /// Moves rows that every reader sees to files, at most so many; how many there were.
    pub(crate) async fn archive(&self, lease: &Lease) -> Result<usize, Error> {
        let db = self.db();
        if db.exclusive() {
            flush_few(&self.0.kept).await?;
        }
        column::learn(db).await?;
        let columns = Columns::load(db).await?;
        let moving = self.moving().await?;
        let count = moving.rows.len();
        if count == 0 {
            return Ok(0);
        }
        let (from, until, newest) = (moving.from, moving.until, moving.newest_seq);
        let files = self.sorted(moving, columns).await?;
        let added = self.write(files).await?;
        fail_here!(self, "lake_after_write");
        let now = db.now();
        let mut tx = db.begin().await?;
        let change = Change {
            added,
            dropped: vec![],
        };
        if !files_db::archived(&mut tx, (from, until), newest, now).await?
            || !files_db::change(&mut tx, lease, &change, now).await?
        {
            return Err(store::Error::LeaseLost(lease.name.clone()).into());
        }
        fail_here!(self, "lake_before_commit");
        tx.commit().await?;
        fail_here!(self, "lake_after_commit");
        Ok(count)
    }

    /// The next rows to move, with the customers they belong to.
    async fn moving(&self) -> Result<Moving, Error> {
        let order = self.db().log_order();
        let mut tx = self.db().begin_read().await?;
        let head = files_db::head_in(&mut tx).await?;
        let horizon = self.horizon(&mut tx).await?;
        let from = head.archived_mark;
        let cut = db::place_after(&mut tx, order, (from, horizon), ROWS_AT_ONCE).await?;
        // One transaction can be larger than what is moved at once; it is never divided.
        let until = cut.map_or(horizon, |place| place.max(from + 1)).max(from);
        let mut rows = vec![];
        let mut after = (from, -1);
        loop {
            let began = tokio::time::Instant::now();
            let page = db::rows(&mut tx, order, after, until).await?;
            let full = page.len() as i64 == PAGE;
            let Some(last) = page.last() else { break };
            after = (last.order, last.placed.row.seq as i64);
            rows.extend(page.into_iter().map(|row| row.placed));
            if !full {
                break;
            }
            tokio::time::sleep(began.elapsed() * READING_RESTS).await;
        }
        let leaves: HashSet<i64> = rows.iter().map(|placed| placed.root).collect();
        let roots = db::roots(&mut tx, &leaves).await?;
        for placed in &mut rows {
            placed.root = roots.get(&placed.root).copied().unwrap_or(placed.root);
        }
        let newest_seq = rows.iter().map(|placed| placed.row.seq as i64).max();
        Ok(Moving {
            from,
            until,
            roots_mark: horizon,
            newest_seq: newest_seq.unwrap_or_default(),
            rows,
        })
    }

    /// The rows by table, sorted.
    async fn sorted(&self, moving: Moving, columns: Columns) -> Result<Vec<Written>, Error> {
        let work = move || {
            // In place: what is moved at once is large.
            let mut rows = moving.rows;
            let table = |placed: &Placed| Kept::of(placed.row.entry.kind());
            rows.sort_unstable_by_key(|placed| {
                let row = &placed.row;
                (table(placed), placed.root, row.occurred_at, row.seq)
            });
            let mut files = vec![];
            for rows in rows.chunk_by(|a, b| table(a) == table(b)) {
                let Some(kept) = rows.first().and_then(table) else {
                    continue;
                };
                let (batch, facts) = batch(kept, rows, &columns)?;
                files.push(Written {
                    table: kept.word(),
                    batches: vec![batch],
                    facts,
                    roots_mark: moving.roots_mark,
                    shape: kept.shape(),
                });
            }
            Ok(files)
        };
        aside(work).await
    }

    /// Announces files, writes them, and says what is to become live.
    pub(super) async fn write(&self, files: Vec<Written>) -> Result<Vec<File>, Error> {
        if files.is_empty() {
            return Ok(vec![]);
        }
        let db = self.db();
        let first = db.take_numbers("lake_files", files.len() as i64).await?;
        let numbered = files.into_iter().enumerate();
        let named: Vec<(i64, String, Written)> = numbered
            .map(|(at, file)| {
                let id = first + at as i64;
                (id, format!("{}/{id:010}.parquet", file.table), file)
            })
            .collect();
        let announced: Vec<(i64, &str, &str)> = named
            .iter()
            .map(|(id, path, file)| (*id, file.table, path.as_str()))
            .collect();
        files_db::announce(db, &announced).await?;
        let mut written = vec![];
        for (id, path, file) in named {
            let facts = serde_json::to_string(&file.facts)?;
            let span = span(&file.batches, file.table);
            let (table, roots_mark) = (file.table.to_owned(), file.roots_mark);
            let rows: usize = file.batches.iter().map(RecordBatch::num_rows).sum();
            let bytes = aside(move || Ok(encode(&file.batches, &file.shape)?)).await?;
            let size = bytes.len() as i64;
            self.0.ground.files.put(&path, bytes).await?;
            written.push(File {
                id,
                table,
                path,
                rows: rows as i64,
                bytes: size,
                span,
                roots_mark,
                facts,
                created_at: db.now(),
            });
        }
        Ok(written)
    }

    /// Writes a new snapshot of customers: everybody as they are now.
    pub(crate) async fn snapshot_customers(&self, lease: &Lease) -> Result<usize, Error> {
        let db = self.db();
        if db.exclusive() {
            flush_once(&self.0.kept).await?;
        }
        let mut tx = db.begin_read().await?;
        let mark = self.horizon(&mut tx).await?;
        let old = files_db::live(&mut tx).await?;
        drop(tx);
        let columns = Columns::load(db).await?;
        let (mut files, mut batches, mut facts) = (vec![], vec![], None);
        let (mut after, mut rows, mut total) = (i64::MIN, 0, 0);
        loop {
            let began = tokio::time::Instant::now();
            let states = db::states_after(db, after, STATES_AT_ONCE).await?;
            let took = began.elapsed();
            let full = states.len() as i64 == STATES_AT_ONCE;
            after = states.last().map_or(after, |(id, _)| *id);
            total += states.len();
            rows += states.len();
            if !states.is_empty() {
                let columns = columns.clone();
                let made =
                    aside(move || customers::batch(&db::read_states(states)?, &columns)).await?;
                let facts: &mut Facts = facts.get_or_insert_with(|| Facts {
                    keys: made.1.clone(),
                    ..Facts::default()
                });
                facts.keys.retain(|key| made.1.contains(key));
                batches.push(made.0);
            }
            if (rows >= CUSTOMERS_A_FILE || !full) && rows > 0 {
                files.push(Written {
                    table: customers::CUSTOMERS,
                    batches: std::mem::take(&mut batches),
                    facts: facts.take().unwrap_or_default(),
                    roots_mark: i64::MAX,
                    shape: customers::shape(),
                });
                rows = 0;
                self.renew(&lease.holder).await?;
            }
            if !full {
                break;
            }
            tokio::time::sleep(took * READING_RESTS).await;
        }
        let added = self.write(files).await?;
        let old = old.iter().filter(|file| file.table == customers::CUSTOMERS);
        let change = Change {
            added,
            dropped: old.map(|file| file.id).collect(),
        };
        let mut tx = db.begin().await?;
        files_db::customers_taken(&mut tx, mark).await?;
        if !files_db::change(&mut tx, lease, &change, db.now()).await? {
            return Err(store::Error::LeaseLost(lease.name.clone()).into());
        }
        tx.commit().await?;
        Ok(total)
    }

    /// Lets rows leave the log that have been in files long enough; how many left.
    pub(crate) async fn trim(&self, lease: &Lease, before: Timestamp) -> Result<u64, Error> {
        let db = self.db();
        let mut all = 0;
        loop {
            let head: Head = files_db::head(db).await?;
            let until = head.archived_mark.min(head.customers_mark);
            let order = db.log_order();
            let between = (head.trimmed_mark, until);
            let limits = (before, self.0.upkeep.keep_log_rows);
            // Looked at first, because a transaction holds up the writer of the embedded store.
            if !db::any_leaving(db, between, limits).await? {
                return Ok(all);
            }
            let began = tokio::time::Instant::now();
            let mut tx = db.begin().await?;
            let (left, mark) = db::leaving(&mut tx, order, between, limits).await?;
            if mark == head.trimmed_mark {
                return Ok(all);
            }
            store::job::still_held(&mut tx, lease).await?;
            files_db::trimmed(&mut tx, mark).await?;
            fail_here!(self, "lake_trim");
            tx.commit().await?;
            all += left;
            // Whoever waited for the writer goes first.
            tokio::time::sleep(began.elapsed()).await;
        }
    }
}

/// The least and the greatest of some columns.
fn span(batches: &[RecordBatch], table: &str) -> Span {
    let of = |name: &str| {
        let mut least_greatest = (i64::MAX, i64::MIN);
        for batch in batches {
            let Some(column) = batch.column_by_name(name) else {
                continue;
            };
            for value in column.as_primitive::<Int64Type>().iter().flatten() {
                least_greatest.0 = least_greatest.0.min(value);
                least_greatest.1 = least_greatest.1.max(value);
            }
        }
        least_greatest
    };
    if table == customers::CUSTOMERS {
        return Span {
            customers: of("customer_id"),
            seqs: (0, 0),
            occurred_at: (i64::MIN, i64::MAX),
            received_at: 0,
        };
    }
    Span {
        customers: of("customer_id"),
        seqs: of("seq"),
        occurred_at: of("occurred_at"),
        received_at: of("received_at").1,
    }
}

/// Runs what takes CPU where it gives way to callers.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    store::aside(work).await.map_err(store::Error::from)?
}
