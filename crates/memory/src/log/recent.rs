//! The newest contacts and responses, kept in memory on the embedded store: who reads on in the log
//! a moment later need not have the store read them and understand them again.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::tail::{Cursor, Read};
use super::{LogRow, RowKind};

/// Rows kept at most: a quarter of a second of many decisions.
const MOST: usize = 8_192;

/// The newest rows of contacts.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// All rows behind this position are here.
    since: u64,
    /// The newest position, of whatever kind.
    newest: u64,
    rows: VecDeque<Arc<LogRow>>,
}

impl Recent {
    /// Forgets everything, and begins behind a position.
    pub(crate) fn begin(&self, position: u64) {
        let mut inner = self.0.lock();
        let newest = inner.newest.max(position);
        *inner = Inner {
            since: newest,
            newest,
            rows: VecDeque::new(),
        };
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.begin(0);
    }

    /// Takes rows in that have become visible, in order.
    pub(crate) fn add(&self, rows: &[LogRow]) {
        let mut inner = self.0.lock();
        for row in rows {
            inner.newest = row.seq;
            if !RowKind::OF_CONTACTS.contains(&row.entry.kind()) {
                continue;
            }
            if inner.rows.len() == MOST
                && let Some(oldest) = inner.rows.pop_front()
            {
                inner.since = oldest.seq;
            }
            inner.rows.push_back(Arc::new(row.clone()));
        }
    }

    /// Reads on, at most so many rows; `None` when the store has to be read.
    pub(crate) fn read(&self, cursor: &mut Cursor, limit: usize) -> Option<Read> {
        let inner = self.0.lock();
        let after = u64::try_from(cursor.place).ok()?;
        if after < inner.since {
            return None;
        }
        let from = inner.rows.partition_point(|row| row.seq <= after);
        let rows: Vec<Arc<LogRow>> = inner.rows.range(from..).take(limit).cloned().collect();
        let more = rows.len() == limit;
        let end = match rows.last() {
            Some(last) if more => last.seq,
            Some(_) | None => inner.newest.max(after),
        };
        *cursor = Cursor::behind(end);
        Some(Read { rows, more })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::{Db, Timestamp};

    use super::*;
    use crate::log::{Command, Entry, NewRow};
    use crate::tests::{send, track, user};
    use crate::{CustomerId, Memory};

    /// How many rows are read at a time.
    const LIMIT: i64 = 7;

    fn contact() -> Entry {
        let body = r#"{"channel": "web", "offer": "spring", "status": "reserved",
            "counts": true, "control": false}"#;
        Entry::from_json(RowKind::Contact, body).unwrap()
    }

    async fn make(memory: &Memory, customer: CustomerId, count: usize) {
        let row = || NewRow {
            occurred_at: memory.db().now(),
            source_id: 0,
            message: None,
            entry: contact(),
        };
        let rows = (0..count).map(|_| row()).collect();
        let command = Command {
            customer,
            rows,
            expect: None,
        };
        memory.append(command).await.unwrap();
    }

    /// Everything from a cursor on, a few rows at a time; from the store when `memory` is not given.
    async fn all(db: &Db, memory: Option<&Memory>, mut cursor: Cursor) -> (Vec<u64>, Cursor) {
        let mut seqs = vec![];
        loop {
            let read = match memory {
                Some(memory) => memory.read_contacts(&mut cursor, LIMIT).await.unwrap(),
                None => cursor
                    .read(db, &RowKind::OF_CONTACTS, None, LIMIT)
                    .await
                    .unwrap(),
            };
            seqs.extend(read.rows.iter().map(|row| row.seq));
            if !read.more {
                return (seqs, cursor);
            }
        }
    }

    #[tokio::test]
    async fn the_same_is_read_from_memory_as_from_the_store() {
        let store = store::test_support::sqlite().await;
        let db = store.db.clone();
        let memory = Memory::open(db.clone()).await.unwrap();
        send(
            &memory,
            vec![track("Seen", json!({"userId": "ann"}), json!({}))],
        )
        .await;
        let ann = user(&memory, "ann").await.id;
        let start = Cursor::before(&db, Timestamp(0)).await.unwrap();
        make(&memory, ann, 20).await;
        let (first, cursor) = all(&db, Some(&memory), start).await;
        assert_eq!((first.clone(), cursor), all(&db, None, start).await);
        assert_eq!(first.len(), 20);
        // What is read on is what came since, wherever it was read before.
        make(&memory, ann, 3).await;
        let more = all(&db, Some(&memory), cursor).await;
        assert_eq!(more.0.len(), 3);
        assert_eq!(more, all(&db, None, cursor).await);
        // A new process knows nothing of what was before it, and reads it in the store.
        memory.close().await.unwrap();
        let again = Memory::open(db.clone()).await.unwrap();
        assert_eq!(all(&db, Some(&again), start).await.0.len(), 23);
    }

    fn row(seq: u64, entry: Entry) -> LogRow {
        LogRow {
            seq,
            customer_id: CustomerId(1),
            occurred_at: Timestamp(0),
            received_at: Timestamp(0),
            source_id: 0,
            entry,
        }
    }

    #[test]
    fn what_is_no_longer_here_has_to_be_read_from_the_store() {
        let recent = Recent::default();
        let read = |place: u64| {
            let mut cursor = Cursor::behind(place);
            let read = recent.read(&mut cursor, MOST * 2)?;
            Some((read.rows.len(), cursor))
        };
        recent.begin(10);
        assert_eq!(read(9), None);
        assert_eq!(read(10), Some((0, Cursor::behind(10))));
        assert_eq!(read(12), Some((0, Cursor::behind(12))));
        recent.add(&[row(11, contact()), row(12, Entry::Decision(String::new()))]);
        assert_eq!(read(10), Some((1, Cursor::behind(12))));
        let newest = 12 + MOST as u64;
        let more: Vec<LogRow> = (13..=newest).map(|seq| row(seq, contact())).collect();
        recent.add(&more);
        assert_eq!(read(10), None);
        assert_eq!(read(11), Some((MOST, Cursor::behind(newest))));
        recent.clear();
        assert_eq!(read(12), None);
        assert_eq!(read(newest), Some((0, Cursor::behind(newest))));
    }
}
