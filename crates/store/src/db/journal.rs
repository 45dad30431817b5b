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

/// How often pages are copied back.
const EVERY: Duration = Duration::from_secs(2);
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
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(inner) = inner.upgrade() else { return };
        let Pools::Sqlite { read, .. } = &inner.pools else {
            return;
        };
        if read.is_closed() {
            return;
        }
        if let Err(error) = shorten(read).await
            && !read.is_closed()
        {
            tracing::warn!(%error, "the journal could not be copied back; tried again later");
        }
    }
}

/// Copies pages back, and begins the journal anew when it is long.
async fn shorten(read: &SqlitePool) -> Result<(), Error> {
    let mut connection = read.acquire().await?;
    let mut took = Duration::MAX;
    for _ in 0..PASSES {
        let began = Instant::now();
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let done: Vec<(i64, i64)> = run::sqlite_rows(&mut *connection, sql, vec![]).await?;
        took = began.elapsed();
        // Busy, and the pages of the journal.
        let long = done.first().is_some_and(|(_, pages)| *pages >= LONG);
        if !long {
            return Ok(());
        }
        if took < SHORT || read.is_closed() {
            break;
        }
    }
    if took >= SHORT || read.is_closed() {
        return Ok(());
    }
    let patience = |ms: u128| format!("PRAGMA busy_timeout = {ms}");
    run::sqlite_execute(&mut *connection, &patience(PATIENCE_MS.into()), vec![]).await?;
    let sql = "PRAGMA wal_checkpoint(RESTART)";
    let done = run::sqlite_execute(&mut *connection, sql, vec![]).await;
    run::sqlite_execute(&mut *connection, &patience(WAIT.as_millis()), vec![]).await?;
    done.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

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
