//! The database: one concrete type over SQLite and PostgreSQL, SQL written once.
//!
//! SQLite: one connection writes (WAL, `synchronous = FULL`), a pool reads; this process owns the
//! file. PostgreSQL: one pool; other processes may write too.

mod begin;
mod insert;
mod journal;
mod migrate;
pub mod row;
mod run;
pub mod value;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::{Clock, Error, FromRow, Random, Timestamp, Value};

/// Readers of the embedded store; more do not help on few cores.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL per process.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a connection to PostgreSQL may rest before it is asked whether it lives.
const TRUSTED: Duration = Duration::from_secs(5);
/// Begins what reads only, and sees one state of everything.
const READ_ONE_STATE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How long a statement waits for a lock or a connection before it fails.
const WAIT: Duration = Duration::from_secs(20);

/// A cheap handle to the store, with its clock and its randomness.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    clock: Clock,
    random: Random,
    address: String,
}

pub(crate) enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// An open transaction; dropping it without [`Tx::commit`] rolls back.
pub struct Tx(pub(crate) TxInner);

/// The one writer of the embedded store, for one statement, which is a transaction by itself.
pub struct Alone(PoolConnection<Sqlite>);

pub(crate) enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens (and creates) the store at `sqlite:path` or `postgres://…` and migrates it.
    pub async fn open(address: &str, clock: Clock, random: Random) -> Result<Db, Error> {
        Db::open_in_schema(address, None, clock, random).await
    }

    pub(crate) async fn open_in_schema(
        address: &str,
        schema: Option<&str>,
        clock: Clock,
        random: Random,
    ) -> Result<Db, Error> {
        let pools = if let Some(path) = address.strip_prefix("sqlite:") {
            open_sqlite(Path::new(path.trim_start_matches("//"))).await?
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            open_postgres(address, schema).await?
        } else {
            return Err(Error::Address);
        };
        let db = Db(Arc::new(Inner {
            pools,
            clock,
            random,
            address: address.to_owned(),
        }));
        migrate::run(&db).await?;
        if db.exclusive() {
            tokio::spawn(journal::keep_short(Arc::downgrade(&db.0)));
        }
        Ok(db)
    }

    /// The instant now, by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The source of randomness.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// True when this process alone owns the store, so that its memory is the truth.
    pub fn exclusive(&self) -> bool {
        matches!(self.0.pools, Pools::Sqlite { .. })
    }

    /// The path of the embedded store's file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        self.0
            .address
            .strip_prefix("sqlite:")
            .map(|p| Path::new(p.trim_start_matches("//")))
    }

    /// All rows of a query, which must be bounded by its own LIMIT or nature.
    pub async fn fetch_all<T: FromRow>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        match &self.0.pools {
            Pools::Sqlite { read, .. } => run::sqlite_rows(read, sql, params).await,
            Pools::Postgres(pool) => run::postgres_rows(pool, sql, params).await,
        }
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: FromRow>(
        &self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Option<T>, Error> {
        Ok(self.fetch_all(sql, params).await?.into_iter().next())
    }

    /// The one row that must exist.
    pub async fn fetch_one<T: FromRow>(&self, sql: &str, params: Vec<Value>) -> Result<T, Error> {
        self.fetch_optional(sql, params).await?.ok_or(Error::NoRow)
    }

    /// Runs one statement in a transaction of its own; the number of rows it touched.
    pub async fn execute(&self, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        match &self.0.pools {
            Pools::Sqlite { write, .. } => run::sqlite_execute(write, sql, params).await,
            Pools::Postgres(pool) => run::postgres_execute(pool, sql, params).await,
        }
    }

    /// The one writer of the embedded store, for so many rows by one statement; `None` where they
    /// need a transaction around them.
    pub async fn alone(&self, rows: usize) -> Result<Option<Alone>, Error> {
        match &self.0.pools {
            Pools::Sqlite { write, .. } if insert::at_once(rows) => {
                Ok(Some(Alone(write.acquire().await?)))
            }
            Pools::Sqlite { .. } | Pools::Postgres(_) => Ok(None),
        }
    }

    /// Begins a transaction. On SQLite it takes the one writer at once.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(Tx(match &self.0.pools {
            Pools::Sqlite { write, .. } => {
                TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => TxInner::Postgres(begin::postgres(pool, None).await?),
        }))
    }

    /// Begins a transaction that only reads and sees one state of everything.
    pub async fn begin_read(&self) -> Result<Tx, Error> {
        Ok(Tx(match &self.0.pools {
            Pools::Sqlite { read, .. } => TxInner::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => {
                TxInner::Postgres(begin::postgres(pool, Some(READ_ONE_STATE)).await?)
            }
        }))
    }

    /// The column of the log in whose order rows become visible: `seq` where one process writes,
    /// else the number of the transaction.
    pub fn log_order(&self) -> &'static str {
        match &self.0.pools {
            Pools::Sqlite { .. } => "seq",
            Pools::Postgres(_) => "tx",
        }
    }

    /// Takes `count` numbers of a named sequence; the first of them. Numbers may be skipped after
    /// a crash and are never given twice.
    pub async fn take_numbers(&self, sequence: &str, count: i64) -> Result<i64, Error> {
        let (next,): (i64,) = {
            let mut tx = self.begin().await?;
            let row = tx
                .fetch_one(
                    "INSERT INTO sequences (name, next_number) VALUES ($1, $2 + 1)
                     ON CONFLICT (name) DO UPDATE SET next_number = sequences.next_number + $2
                     RETURNING next_number",
                    crate::params![sequence, count],
                )
                .await?;
            tx.commit().await?;
            row
        };
        Ok(next - count)
    }

    /// The database's own clock, so that several processes agree; a manual clock wins in tests.
    pub async fn shared_now(&self) -> Result<Timestamp, Error> {
        match &self.0.pools {
            Pools::Postgres(_) if !self.clock().manual_mode() => {
                let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
                let (now,) = self.fetch_one::<(Timestamp,)>(sql, vec![]).await?;
                Ok(now)
            }
            Pools::Postgres(_) | Pools::Sqlite { .. } => Ok(self.now()),
        }
    }

    /// Writes a consistent copy of the embedded store to `target` while it runs.
    pub async fn copy_to(&self, target: &Path) -> Result<(), Error> {
        let text = target.to_string_lossy().into_owned();
        match &self.0.pools {
            Pools::Sqlite { read, .. } => {
                run::sqlite_execute(read, "VACUUM INTO $1", vec![Value::Text(text)]).await?;
                Ok(())
            }
            Pools::Postgres(_) => Err(Error::Address),
        }
    }

    /// The tables that have a column of a name.
    pub async fn tables_with(&self, column: &str) -> Result<Vec<String>, Error> {
        let sql = match &self.0.pools {
            Pools::Sqlite { .. } => {
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.name = $1 ORDER BY m.name LIMIT 1000"
            }
            Pools::Postgres(_) => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
                 WHERE table_schema = current_schema() AND column_name = $1
                 ORDER BY table_name LIMIT 1000"
            }
        };
        let rows: Vec<(String,)> = self.fetch_all(sql, crate::params![column]).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }

    /// Makes the embedded store forget what was deleted, byte by byte: the file is written anew
    /// and the journal emptied. PostgreSQL reuses the space of deleted rows by itself, in time.
    pub async fn scrub(&self) -> Result<(), Error> {
        /// How often the journal is tried to be emptied while somebody reads.
        const TRIES: u32 = 50;
        let Pools::Sqlite { write, .. } = &self.0.pools else {
            return Ok(());
        };
        run::sqlite_execute(write, "VACUUM", vec![]).await?;
        for _ in 0..TRIES {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let done: Vec<(i64,)> = run::sqlite_rows(write, sql, vec![]).await?;
            if done.first().is_none_or(|(busy,)| *busy == 0) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Error::Busy)
    }

    /// Closes the pools after running statements have ended.
    pub async fn close(&self) {
        match &self.0.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Alone {
    /// Inserts rows, no more than were asked for. They are durable when it succeeds; after an error
    /// that is not [`Error::is_retryable`] nobody knows whether they are.
    pub async fn insert_many(
        mut self,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), Error> {
        insert::sqlite(&mut self.0, table, columns, rows, "").await?;
        Ok(())
    }
}

impl Tx {
    /// See [`Db::fetch_all`].
    pub async fn fetch_all<T: FromRow>(
        &mut self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        match &mut self.0 {
            TxInner::Sqlite(tx) => run::sqlite_rows(&mut **tx, sql, params).await,
            TxInner::Postgres(tx) => run::postgres_rows(&mut **tx, sql, params).await,
        }
    }

    /// See [`Db::fetch_optional`].
    pub async fn fetch_optional<T: FromRow>(
        &mut self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<Option<T>, Error> {
        Ok(self.fetch_all(sql, params).await?.into_iter().next())
    }

    /// See [`Db::fetch_one`].
    pub async fn fetch_one<T: FromRow>(
        &mut self,
        sql: &str,
        params: Vec<Value>,
    ) -> Result<T, Error> {
        self.fetch_optional(sql, params).await?.ok_or(Error::NoRow)
    }

    /// Runs one statement; the number of rows it touched.
    pub async fn execute(&mut self, sql: &str, params: Vec<Value>) -> Result<u64, Error> {
        match &mut self.0 {
            TxInner::Sqlite(tx) => run::sqlite_execute(&mut **tx, sql, params).await,
            TxInner::Postgres(tx) => run::postgres_execute(&mut **tx, sql, params).await,
        }
    }

    /// Inserts many rows with few statements. `after` may hold an ON CONFLICT clause.
    pub async fn insert_many(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
        after: &str,
    ) -> Result<u64, Error> {
        match &mut self.0 {
            TxInner::Sqlite(tx) => insert::sqlite(tx, table, columns, rows, after).await,
            TxInner::Postgres(tx) => insert::postgres(tx, table, columns, rows, after).await,
        }
    }

    /// Before which place in the log's order every row is visible to this transaction that ever
    /// will be: a transaction that is still open may add rows behind it. `None` where one process
    /// writes and rows appear in order.
    pub async fn settled(&mut self) -> Result<Option<i64>, Error> {
        match &self.0 {
            TxInner::Sqlite(_) => Ok(None),
            TxInner::Postgres(_) => {
                let sql =
                    "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)";
                Ok(Some(self.fetch_one::<(i64,)>(sql, vec![]).await?.0))
            }
        }
    }

    /// See [`Db::exclusive`].
    pub fn exclusive(&self) -> bool {
        matches!(self.0, TxInner::Sqlite(_))
    }

    /// A condition that bytes contain those of a parameter.
    pub fn contains(&self, column: &str, parameter: usize) -> String {
        match &self.0 {
            TxInner::Sqlite(_) => format!("instr({column}, ${parameter}) > 0"),
            TxInner::Postgres(_) => format!("position(${parameter} in {column}) > 0"),
        }
    }

    /// " FOR UPDATE" where rows must be locked against other writers; empty on SQLite, whose one
    /// writer is the lock.
    pub fn for_update(&self) -> &'static str {
        match self.0 {
            TxInner::Sqlite(_) => "",
            TxInner::Postgres(_) => " FOR UPDATE",
        }
    }

    /// " FOR UPDATE SKIP LOCKED" where any one free row will do and nobody should wait for another;
    /// empty on SQLite, whose one writer is the lock.
    pub fn for_update_skipping(&self) -> &'static str {
        match self.0 {
            TxInner::Sqlite(_) => "",
            TxInner::Postgres(_) => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Commits; only then is anything durable.
    pub async fn commit(self) -> Result<(), Error> {
        match self.0 {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Placeholders for an IN list of `count` values, the first being number `from`.
pub fn in_list(count: usize, from: usize) -> String {
    let mut list = String::with_capacity(count * 5);
    for i in 0..count {
        if i > 0 {
            list.push(',');
        }
        list.push('$');
        list.push_str(&(from + i).to_string());
    }
    list
}

async fn open_sqlite(path: &Path) -> Result<Pools, Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WAIT)
        .foreign_keys(false)
        .pragma("cache_size", "-65536")
        // `journal` copies pages back beside the writer; this is for when it cannot keep up.
        .pragma("wal_autocheckpoint", "65536")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(insert::STATEMENTS);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    Ok(Pools::Sqlite { read, write })
}

async fn open_postgres(address: &str, schema: Option<&str>) -> Result<Pools, Error> {
    let mut options: PgConnectOptions = address.parse()?;
    if let Some(schema) = schema {
        options = options.options([("search_path", schema)]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(if schema.is_some() {
            5
        } else {
            POSTGRES_CONNECTIONS
        })
        .acquire_timeout(WAIT)
        // A connection that was used a moment ago need not be asked whether it lives.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for >= TRUSTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(Pools::Postgres(pool))
}
