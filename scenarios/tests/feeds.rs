//! P1 for feeds: whatever the program is doing when the power fails, a file, a row of a query and
//! a message of a stream bring each event exactly once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::Method;
use scenarios::broker::{Kafka, Nats};
use scenarios::{Program, Store, story};
use serde_json::{Value, json};
use store::{Clock, Db, Random, params};

/// Power cuts; where several nodes may share the store, each costs the time of a lease.
fn rounds(store: Store) -> u64 {
    match store {
        Store::Sqlite => 8,
        Store::Postgres => 3,
    }
}

async fn publish(program: &Program, key: &str, body: Value) -> anyhow::Result<()> {
    let path = format!("/api/definitions/feed/{key}");
    program
        .call(Method::PUT, &path, Some(json!({ "body": body })))
        .await?;
    program.post(&format!("{path}/publish"), json!({})).await?;
    Ok(())
}

/// How often each event stands in the log, by its number.
async fn stored(program: &Program) -> anyhow::Result<HashMap<i64, u64>> {
    let address = program.store_address();
    let db = Db::open(&address, Clock::system(), Random::system()).await?;
    let mut counts = HashMap::new();
    let mut after = 0i64;
    loop {
        let sql = "SELECT seq, body FROM log WHERE seq > $1 AND kind = 1 ORDER BY seq LIMIT 5000";
        let rows: Vec<(i64, String)> = db.fetch_all(sql, params![after]).await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (_, body) in rows {
            let body: Value = serde_json::from_str(&body)?;
            let n = body["properties"]["n"].as_i64().context("a number")?;
            *counts.entry(n).or_default() += 1;
        }
    }
    db.close().await;
    Ok(counts)
}

async fn quarantined(program: &Program) -> anyhow::Result<i64> {
    let address = program.store_address();
    let db = Db::open(&address, Clock::system(), Random::system()).await?;
    let sql = "SELECT COUNT(*) FROM quarantine";
    let (count,): (i64,) = db.fetch_one(sql, params![]).await?;
    db.close().await;
    Ok(count)
}

/// Waits until so many different events are stored, then looks that none stands twice.
async fn exactly(program: &Program, count: u64) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut found = stored(program).await?;
    while (found.len() as u64) < count && started.elapsed() < Duration::from_secs(150) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        found = stored(program).await?;
    }
    let log = || program.log();
    ensure!(
        found.len() as u64 == count,
        "{} of {count} came: {}",
        found.len(),
        log()
    );
    let twice: Vec<&i64> = found
        .iter()
        .filter(|(_, n)| **n > 1)
        .map(|(n, _)| n)
        .collect();
    ensure!(twice.is_empty(), "{} stand twice: {twice:?}", twice.len());
    Ok(())
}

fn setting(name: &str, value: &str) -> (String, String) {
    (format!("RAPPORT_FEEDS__{name}"), value.to_owned())
}

fn mapping(user: &str) -> Value {
    json!({"as": "events", "user_id": user, "event": {"name": "Visited"},
        "fields": [{"column": "n", "to": "property", "name": "n", "kind": "number"}]})
}

story! {
    async fn files_of_a_folder_come_once(store: Store) {
        let folder = tempfile::tempdir()?;
        let opened = vec![setting("FOLDER", &folder.path().display().to_string())];
        let mut program = Program::start_with(store, false, opened).await?;
        publish(&program, "visits", json!({
            "name": {"en": "Visits"}, "from": {"kind": "folder", "files": "*.csv"},
            "mapping": mapping("who"), "schedule": {"every_minutes": 1},
        })).await?;
        let random = Random::seeded(5);
        let mut n = 0;
        for round in 0..rounds(store) {
            let mut text = "who,n\n".to_owned();
            for _ in 0..3_000 {
                n += 1;
                text.push_str(&format!("u{},{n}\n", n % 17));
            }
            std::fs::write(folder.path().join(format!("visits-{round}.csv")), text)?;
            program.post("/api/feeds/visits/run", json!({})).await?;
            tokio::time::sleep(Duration::from_millis(300 + random.u64() % 900)).await;
            program.kill();
            program.run()?;
        }
        program.post("/api/feeds/visits/run", json!({})).await?;
        exactly(&program, n).await
    }
}

story! {
    async fn rows_of_a_query_come_once(store: Store) {
        let address = std::env::var(store::test_support::POSTGRES_VARIABLE)?;
        let pool = sqlx::PgPool::connect(&address).await?;
        let table = format!("visits_{:016x}", Random::system().u64());
        let create = format!("CREATE TABLE {table} (n BIGINT PRIMARY KEY, who TEXT NOT NULL)");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&pool).await?;
        let opened = vec![setting("DATABASES__SHOP__URL", &address)];
        let mut program = Program::start_with(store, false, opened).await?;
        publish(&program, "visits", json!({
            "name": {"en": "Visits"}, "mapping": mapping("who"), "schedule": {"every_minutes": 1},
            "from": {"kind": "query", "database": "shop", "cursor": "n",
                "sql": format!("SELECT n, who FROM {table}")},
        })).await?;
        let random = Random::seeded(6);
        let mut n = 0;
        for _ in 0..rounds(store) {
            let fill = format!("INSERT INTO {table}
                SELECT m, 'u' || (m % 17) FROM generate_series({}, {}) m", n + 1, n + 3_000);
            sqlx::query(sqlx::AssertSqlSafe(fill)).execute(&pool).await?;
            n += 3_000;
            program.post("/api/feeds/visits/run", json!({})).await?;
            tokio::time::sleep(Duration::from_millis(200 + random.u64() % 900)).await;
            program.kill();
            program.run()?;
        }
        program.post("/api/feeds/visits/run", json!({})).await?;
        let done = exactly(&program, n).await;
        let drop = format!("DROP TABLE {table}");
        sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&pool).await?;
        done
    }
}

/// Messages with the next numbers: single events, a batch, and one that is broken.
fn messages(n: &mut u64) -> Vec<String> {
    let mut event = || {
        *n += 1;
        json!({"type": "track", "event": "Visited", "userId": format!("u{}", *n % 17),
            "properties": {"n": *n}})
    };
    let mut messages: Vec<String> = (0..400).map(|_| event().to_string()).collect();
    let batch: Vec<Value> = (0..50).map(|_| event()).collect();
    messages.push(json!({ "batch": batch }).to_string());
    messages.push("{\"type\": \"track\", \"event\":".to_owned());
    messages
}

/// Kills and starts again while messages come, then looks that each event came once.
async fn cut(
    program: &mut Program,
    store: Store,
    mut send: impl AsyncFnMut(Vec<String>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let random = Random::seeded(7);
    let mut n = 0;
    for _ in 0..rounds(store) {
        send(messages(&mut n)).await?;
        tokio::time::sleep(Duration::from_millis(random.u64() % 1_200)).await;
        send(messages(&mut n)).await?;
        program.kill();
        program.run()?;
    }
    exactly(program, n).await?;
    let lag = |one: &Value| (one["lag_count"] == 0 && one["state"] == "reading").then_some(());
    program
        .until("the stream is read", "/api/feeds/events", lag)
        .await?;
    let broken = quarantined(program).await?;
    let expected = 2 * rounds(store) as i64;
    ensure!(
        broken == expected,
        "{broken} of {expected} are in quarantine"
    );
    Ok(())
}

story! {
    async fn messages_of_nats_come_once(store: Store) {
        let nats = Nats::start().await?;
        let opened = vec![setting("NATS__MAIN__ADDRESS", &nats.address)];
        let mut program = Program::start_with(store, false, opened).await?;
        publish(&program, "events", json!({"name": {"en": "Events"},
            "from": {"kind": "nats", "server": "main", "stream": "EVENTS"}})).await?;
        cut(&mut program, store, async |messages| nats.publish(messages).await).await
    }
}

story! {
    async fn messages_of_kafka_come_once(store: Store) {
        let kafka = Kafka::start(4)?;
        let opened = vec![setting("KAFKA__MAIN__BROKERS", &kafka.brokers())];
        let mut program = Program::start_with(store, false, opened).await?;
        publish(&program, "events", json!({"name": {"en": "Events"},
            "from": {"kind": "kafka", "server": "main", "topic": "events"}})).await?;
        cut(&mut program, store, async |messages| kafka.publish(messages)).await
    }
}
