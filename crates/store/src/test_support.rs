//! Tests on both stores: `store::test! { async fn a_sentence(db: Db) { … } }`.

use std::path::Path;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::definition::Definition;
use crate::{Clock, Db, Random, Timestamp};

/// The bytes of a file, and what a reader of it sees: columns of Parquet files are packed.
pub fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    if path.extension().is_some_and(|end| end == "parquet") {
        let file = std::fs::File::open(path).unwrap();
        let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in batches.build().unwrap() {
            let text = pretty_format_batches(&[batch.unwrap()]).unwrap();
            bytes.extend(text.to_string().into_bytes());
        }
    }
    bytes
}

/// A published definition.
pub fn published(kind: &str, key: &str, body: Value) -> Definition {
    Definition::in_use(kind, key, body, Timestamp(0))
}

/// The variable with the address of a PostgreSQL server for tests.
pub const POSTGRES_VARIABLE: &str = "RAPPORT_TEST_POSTGRES";

/// The variable with the address of a MySQL server for tests; `none` where there cannot be one.
const MYSQL_VARIABLE: &str = "RAPPORT_TEST_MYSQL";

/// The address of the MySQL server for tests; `None` where there cannot be one.
pub fn mysql() -> Option<String> {
    let address = std::env::var(MYSQL_VARIABLE).expect("cargo xtask test starts MySQL");
    (address != "none").then_some(address)
}

/// When the clock of a test starts: 2026-03-02 (a Monday), 09:00 UTC.
pub const START: Timestamp = Timestamp(1_772_442_000_000);

/// A store for one test, with a manual clock and seeded randomness; keeps its folder alive.
pub struct TestStore {
    /// The store.
    pub db: Db,
    folder: Option<std::path::PathBuf>,
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// An empty embedded store in a folder of its own.
pub async fn sqlite() -> TestStore {
    let name = format!("rapport-test-{:016x}", Random::system().u64());
    let folder = std::env::temp_dir().join(name);
    let address = format!("sqlite:{}", folder.join("rapport.db").display());
    let db = Db::open(&address, Clock::manual(START), Random::seeded(1))
        .await
        .expect("store opens");
    TestStore {
        db,
        folder: Some(folder),
    }
}

/// An empty schema of its own on the PostgreSQL server for tests.
pub async fn postgres() -> TestStore {
    let address = std::env::var(POSTGRES_VARIABLE).unwrap_or_else(|_| {
        panic!("set {POSTGRES_VARIABLE}, or run `cargo xtask test`, which starts PostgreSQL")
    });
    let schema = format!("test_{:016x}", Random::system().u64());
    let pool = sqlx::PgPool::connect(&address)
        .await
        .expect("PostgreSQL answers");
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::query(create)
        .execute(&pool)
        .await
        .expect("schema is created");
    pool.close().await;
    let (clock, random) = (Clock::manual(START), Random::seeded(1));
    let db = Db::open_in_schema(&address, Some(&schema), clock, random)
        .await
        .expect("store opens");
    TestStore { db, folder: None }
}

/// Declares a test that runs on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! test {
    ($(#[$meta:meta])* async fn $name:ident($db:ident: $type:ty) $body:block) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let store = $crate::test_support::sqlite().await;
                super::$name(store.db.clone()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let store = $crate::test_support::postgres().await;
                super::$name(store.db.clone()).await;
                store.db.close().await;
            }
        }

        $(#[$meta])*
        async fn $name($db: $type) $body
    };
}
