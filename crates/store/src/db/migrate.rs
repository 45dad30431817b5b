//! Brings a store's tables to the newest form. Migrations only ever go forward.

use super::{Db, Pools};
use crate::{Error, params};

/// Every migration, in order: number and SQL with the tokens of [`translate`].
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_store.sql")),
    (2, include_str!("../migrations/0002_gate.sql")),
    (3, include_str!("../migrations/0003_memory.sql")),
    (4, include_str!("../migrations/0004_decision.sql")),
    (5, include_str!("../migrations/0005_execution.sql")),
    (6, include_str!("../migrations/0006_import.sql")),
    (9, include_str!("../migrations/0009_vocabulary.sql")),
    (10, include_str!("../migrations/0010_lake.sql")),
    (11, include_str!("../migrations/0011_erasures.sql")),
    (12, include_str!("../migrations/0012_segment.sql")),
    (13, include_str!("../migrations/0013_suppression.sql")),
    (14, include_str!("../migrations/0014_explore.sql")),
    (15, include_str!("../migrations/0015_learning.sql")),
    (16, include_str!("../migrations/0016_caps.sql")),
    (17, include_str!("../migrations/0017_touchpoints.sql")),
    (18, include_str!("../migrations/0018_codes.sql")),
    (20, include_str!("../migrations/0020_worths.sql")),
    (21, include_str!("../migrations/0021_simulations.sql")),
    (22, include_str!("../migrations/0022_feeds.sql")),
    (23, include_str!("../migrations/0023_erasure.sql")),
    (24, include_str!("../migrations/0024_signals.sql")),
    (25, include_str!("../migrations/0025_segment_days.sql")),
    (26, include_str!("../migrations/0026_staged_rows.sql")),
    (
        29,
        include_str!("../migrations/0029_learning_hours_by_hour.sql"),
    ),
    (30, include_str!("../migrations/0030_room_for_states.sql")),
    (31, include_str!("../migrations/0031_code_contacts.sql")),
];

/// Replaces the few words in which the two databases differ.
fn translate(sql: &str, pools: &Pools) -> String {
    match pools {
        Pools::Sqlite { .. } => sql
            .replace("{blob}", "BLOB")
            .replace("{log_key}", "seq INTEGER PRIMARY KEY"),
        Pools::Postgres(_) => sql
            .replace("{blob}", "BYTEA")
            .replace("{log_key}", "seq BIGINT NOT NULL"),
    }
}

/// The part of a migration for one store: lines after `-- postgres only` or `-- sqlite only`
/// belong to that store, up to `-- both`.
fn for_store(sql: &str, pools: &Pools) -> String {
    let mine = match pools {
        Pools::Sqlite { .. } => "-- sqlite only",
        Pools::Postgres(_) => "-- postgres only",
    };
    let mut keep = true;
    let mut kept = String::new();
    for line in sql.lines() {
        match line.trim() {
            "-- both" => keep = true,
            other if other.ends_with(" only") && other.starts_with("-- ") => keep = other == mine,
            _ if keep => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}

pub(super) async fn run(db: &Db) -> Result<(), Error> {
    db.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)",
        vec![],
    )
    .await?;
    let (found,): (i64,) = db
        .fetch_one("SELECT COALESCE(MAX(number), 0) FROM migrations", vec![])
        .await?;
    let known = MIGRATIONS.last().map_or(0, |(number, _)| *number);
    if found > known {
        return Err(Error::TooNew { found, known });
    }
    // A number below the newest may have come later: whatever is missing is applied.
    let applied = "SELECT number FROM migrations ORDER BY number LIMIT 1000";
    let applied: Vec<(i64,)> = db.fetch_all(applied, vec![]).await?;
    for (number, sql) in MIGRATIONS {
        if !applied.contains(&(*number,)) {
            apply(db, *number, sql).await?;
        }
    }
    Ok(())
}

async fn apply(db: &Db, number: i64, sql: &str) -> Result<(), Error> {
    let pools = &db.0.pools;
    let sql = translate(&for_store(sql, pools), pools);
    let mut tx = db.begin().await?;
    if let super::TxInner::Postgres(_) = tx.0 {
        // Two programs may start at once on an empty database.
        tx.execute("SELECT pg_advisory_xact_lock(7270672)", vec![])
            .await?;
    }
    let done: Option<(i64,)> = tx
        .fetch_optional(
            "SELECT number FROM migrations WHERE number = $1",
            params![number],
        )
        .await?;
    if done.is_some() {
        return Ok(());
    }
    for statement in sql.split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
        tx.execute(statement.trim_end_matches(';'), vec![]).await?;
    }
    tx.execute(
        "INSERT INTO migrations (number, applied_at) VALUES ($1, $2)",
        params![number, db.now()],
    )
    .await?;
    tx.commit().await
}
