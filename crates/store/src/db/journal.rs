//! Keeping the journal (WAL) of the embedded store short, beside the writer.
//!
//! SQLite would copy changed pages back to the file in the middle of a commit. Here another
//! connection does it: passive passes, which hold nobody up, and once the journal is long a last
//! one that makes the writer begin it anew, when next to nothing is left to copy.

use std::sync::Weak;
use std::time::{Duration, Instant};

use sqlx::SqlitePool;

use super::{Inner, Pools, WAIT, run};
use crate::Error;

/// How often pages are copied back. Often while much is written, so that the disk never gets so
/// much at once that commits wait behind it.
const OFTEN: Duration = Duration::from_millis(200);
const EVERY: Duration = Duration::from_secs(2);
/// So many new pages, 2 MiB, are much.
const MUCH: i64 = 256;
/// From so many pages of 8 KiB on the journal is begun anew.
const LONG: i64 = 4_096;
/// A pass as short as this leaves next to nothing; after a longer one the writer would wait long.
const SHORT: Duration = Duration::from_millis(30);
/// Passes in a row, at most.
const PASSES: usize = 20;
/// How long readers of the journal are waited for while the writer waits, too.
const PATIENCE_MS: u64 = 20;

/// Works until the store is closed or dropped.
pub(super) async fn keep_short(inner: Weak<Inner>) {
    let (mut pause, mut before) = (EVERY, 0);
    loop {
        tokio::time::sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        let Pools::Sqlite { read, .. } = &inner.pools else {
            return;
        };
        if read.is_closed() {
            return;
        }
        match shorten(read).await {
            Ok(pages) => {
                pause = pause_after(before, pages);
                before = pages;
            }
            Err(_) if read.is_closed() => return,
            Err(error) => {
                tracing::warn!(%error, "the journal could not be copied back; tried again later");
                pause = EVERY;
            }
        }
    }
}

/// How long to wait when the journal had so many pages and now has so many.
fn pause_after(before: i64, pages: i64) -> Duration {
    // Fewer than before: it was begun anew.
    match pages < before || pages - before >= MUCH {
        true => OFTEN,
        false => EVERY,
    }
}

/// Copies pages back, and begins the journal anew when it is long; gives its pages.
async fn shorten(read: &SqlitePool) -> Result<i64, Error> {
    let mut connection = read.acquire().await?;
    let (mut took, mut pages) = (Duration::MAX, 0);
    for _ in 0..PASSES {
        let began = Instant::now();
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let done: Vec<(i64, i64)> = run::sqlite_rows(&mut *connection, sql, vec![]).await?;
        took = began.elapsed();
        // Busy, and the pages of the journal.
        pages = done.first().map_or(0, |(_, pages)| *pages);
        if pages < LONG {
            return Ok(pages);
        }
        if took < SHORT || read.is_closed() {
            break;
        }
    }
    if took >= SHORT || read.is_closed() {
        return Ok(pages);
    }
    let patience = |ms: u128| format!("PRAGMA busy_timeout = {ms}");
    run::sqlite_execute(&mut *connection, &patience(PATIENCE_MS.into()), vec![]).await?;
    let sql = "PRAGMA wal_checkpoint(RESTART)";
    let done = run::sqlite_execute(&mut *connection, sql, vec![]).await;
    run::sqlite_execute(&mut *connection, &patience(WAIT.as_millis()), vec![]).await?;
    done.map(|_| pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_is_copied_back_in_small_portions() {
        assert_eq!(pause_after(0, 0), EVERY);
        assert_eq!(pause_after(500, 500 + MUCH - 1), EVERY);
        assert_eq!(pause_after(500, 500 + MUCH), OFTEN);
        assert_eq!(pause_after(LONG, 10), OFTEN);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_long_journal_is_begun_anew() {
        let store = crate::test_support::sqlite().await;
        let Pools::Sqlite { read, .. } = &store.db.0.pools else {
            unreachable!("the store is embedded")
        };
        let pages = async || {
            let sql = "PRAGMA wal_checkpoint(PASSIVE)";
            let pages: Vec<(i64, i64)> = run::sqlite_rows(read, sql, vec![]).await.unwrap();
            pages[0].1
        };
        let columns = ["name", "next_number"];
        let long = "x".repeat(30_000);
        let write = async |round: i64| {
            let mut tx = store.db.begin().await.unwrap();
            let rows = (0..300).map(|n| crate::params![format!("{long}{round}.{n}"), n]);
            let rows = rows.collect();
            tx.insert_many("sequences", &columns, rows, "")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        write(1).await;
        shorten(read).await.unwrap();
        let short = pages().await;
        assert!((1_000..LONG).contains(&short), "{short}");
        for round in 2..5 {
            write(round).await;
        }
        shorten(read).await.unwrap();
        write(9).await;
        let anew = pages().await;
        assert!(anew < LONG, "{anew}");
    }
}
