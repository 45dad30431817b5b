//! Transactions begin whole or not at all, also for who goes away meanwhile.

use sqlx::{PgPool, Postgres, SqlSafeStr, Transaction};

/// Begins a transaction on PostgreSQL, with `statement` in place of `BEGIN`.
///
/// It begins in a task of its own, which goes on to its end when the caller stops waiting: the
/// driver only knows of a transaction once its `BEGIN` is answered, so a connection given back
/// before would carry an open one, in which the next statements are never committed.
pub(super) async fn postgres(
    pool: &PgPool,
    statement: Option<&'static str>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let connection = pool.acquire().await?;
    let statement = statement.map(SqlSafeStr::into_sql_str);
    let beginning = tokio::spawn(Transaction::begin(connection, statement));
    beginning.await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use crate::{Db, params};

    /// How often somebody goes away.
    const ROUNDS: u64 = 150;
    /// Statements at once: as many as there are connections.
    const AT_ONCE: u64 = 5;

    crate::test! {
        async fn who_goes_away_while_a_transaction_begins_leaves_none_open(db: Db) {
            for round in 0..ROUNDS {
                let beginning = tokio::spawn({
                    let db = db.clone();
                    async move { drop(db.begin().await) }
                });
                // Each time it has got a little further.
                for _ in 0..round {
                    tokio::task::yield_now().await;
                }
                beginning.abort();
                let _ = beginning.await;
                let wrote = (0..AT_ONCE).map(|n| {
                    let name = format!("{round}.{n}");
                    let sql = "INSERT INTO sequences (name, next_number) VALUES ($1, 1)";
                    let db = &db;
                    async move { db.execute(sql, params![name]).await.unwrap() }
                });
                join_all(wrote).await;
                let read = (0..AT_ONCE).map(|_| {
                    let sql = "SELECT COUNT(*) FROM sequences WHERE name LIKE '%.%'";
                    db.fetch_one::<(i64,)>(sql, vec![])
                });
                for seen in join_all(read).await {
                    let written = ((round + 1) * AT_ONCE) as i64;
                    assert_eq!(seen.unwrap().0, written, "in round {round}");
                }
            }
        }
    }
}
