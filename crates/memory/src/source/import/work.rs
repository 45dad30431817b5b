//! The two passes over a file: the first counts rows and finds where groups end, the second makes
//! events. Both run on a thread of their own and can be stopped.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::build::{Builder, Built, RowProblem};
use super::file::{Facts, Unreadable};
use super::read::{ContentHash, Row, Rows};
use crate::event::wire::WireEvent;

/// Events of one batch.
const BATCH_EVENTS: usize = 500;
/// Rows after which a batch is handed on even when it has few events.
const BATCH_ROWS: u64 = 5_000;
/// Groups of a file; more would need more memory than an import may take.
const GROUPS_LIMIT: usize = 10_000_000;
/// Rows of groups that are open at once.
const OPEN_ROWS_LIMIT: usize = 1_000_000;

/// How a pass is doing, and whether it shall stop.
#[derive(Debug, Default)]
pub struct Handle {
    /// Rows read so far.
    pub rows: AtomicU64,
    /// Set to stop.
    pub stop: AtomicBool,
}

/// What the first pass finds.
pub struct Survey {
    /// Rows of the file.
    pub rows: u64,
    /// A hash over the unpacked content.
    pub content_hash: String,
    /// Hash of a group's key → its last row.
    ends: HashMap<u64, u64>,
    keys: RandomState,
}

/// A row that was not taken in, with what it held.
pub struct Rejected {
    /// Its problems.
    pub problems: Vec<RowProblem>,
    /// The row.
    pub row: Row,
}

/// An event, and the rows it was made of.
pub struct Made {
    /// The event.
    pub event: WireEvent,
    /// Its first row.
    pub row: Row,
    /// How many rows.
    pub rows: u64,
}

/// What the second pass hands on.
#[derive(Default)]
pub struct Batch {
    /// Events.
    pub events: Vec<Made>,
    /// Rows that were not taken in.
    pub rejected: Vec<Rejected>,
    /// Rows that a rule left out.
    pub skipped: u64,
    /// Everything up to this row is in this batch or in an earlier one, except groups that end
    /// later.
    pub upto_row: u64,
}

/// Reads a file once.
pub fn survey(
    path: &Path,
    facts: &Facts,
    builder: &Builder,
    handle: &Handle,
) -> Result<Option<Survey>, Unreadable> {
    let hash: ContentHash = Arc::new(Mutex::new(blake3::Hasher::new()));
    let mut rows = Rows::hashing(path, facts, Some(hash.clone()))?;
    let (mut ends, keys) = (HashMap::new(), RandomState::new());
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count = row.number;
        if let Some(key) = builder.group_key(&row) {
            ends.insert(keys.hash_one(&key), row.number);
            if ends.len() > GROUPS_LIMIT {
                let message = format!("the file has more than {GROUPS_LIMIT} groups");
                return Err(Unreadable::new(message, "cut it into several files"));
            }
        }
        if count % 1_000 == 0 {
            handle.rows.store(count, Ordering::Relaxed);
            if handle.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
    }
    let content_hash = hash.lock().finalize().to_hex().to_string();
    Ok(Some(Survey {
        rows: count,
        content_hash,
        ends,
        keys,
    }))
}

/// Reads a file again and hands on what its rows become, after a row that is done already.
pub fn produce(
    (path, facts): (&Path, &Facts),
    builder: &Builder,
    survey: &Survey,
    after_row: u64,
    batches: &mpsc::Sender<Batch>,
    handle: &Handle,
) -> Result<(), Unreadable> {
    let mut rows = Rows::open(path, facts)?;
    let mut open: HashMap<String, Vec<Row>> = HashMap::new();
    let (mut open_rows, mut batch, mut sent_row) = (0, Batch::default(), after_row);
    while let Some(row) = rows.next()? {
        let number = row.number;
        let complete = match builder.group_key(&row) {
            None if number <= after_row => continue,
            None => Some(vec![row]),
            Some(key) => {
                let end = survey
                    .ends
                    .get(&survey.keys.hash_one(&key))
                    .copied()
                    .unwrap_or(number);
                if end <= after_row {
                    continue;
                }
                open_rows += 1;
                let group = open.entry(key.clone()).or_default();
                group.push(row);
                (end == number).then(|| open.remove(&key)).flatten()
            }
        };
        if let Some(group) = complete {
            open_rows -= group.len().min(open_rows);
            add(&mut batch, builder, group);
        }
        if open_rows > OPEN_ROWS_LIMIT {
            let message = format!("rows of one event lie too far apart (row {number})");
            return Err(Unreadable::new(
                message,
                "sort the file by the column that groups it",
            ));
        }
        // On the way back to where it ended, rows of groups that end later are read again.
        batch.upto_row = number.max(after_row);
        if batch.events.len() >= BATCH_EVENTS || number.saturating_sub(sent_row) >= BATCH_ROWS {
            sent_row = batch.upto_row;
            if handle.stop.load(Ordering::Relaxed)
                || batches.blocking_send(std::mem::take(&mut batch)).is_err()
            {
                return Ok(());
            }
        }
    }
    // Two keys with one hash: what never met its end ends here.
    for (_, group) in open {
        add(&mut batch, builder, group);
    }
    batch.upto_row = survey.rows;
    // When nobody listens any more the job is being stopped.
    let _ = batches.blocking_send(batch);
    Ok(())
}

fn add(batch: &mut Batch, builder: &Builder, mut rows: Vec<Row>) {
    match builder.build(&rows) {
        Built::Event(event) => {
            let (event, count) = (*event, rows.len() as u64);
            let row = rows.swap_remove(0);
            batch.events.push(Made {
                event,
                row,
                rows: count,
            });
        }
        Built::Skipped => batch.skipped += rows.len() as u64,
        Built::Rejected(problems) => {
            for row in rows {
                let mine = problems.iter().filter(|problem| problem.row == row.number);
                let problems = mine.cloned().collect();
                batch.rejected.push(Rejected { problems, row });
            }
        }
    }
}
