//! P1: an event that was answered with 2xx is never lost and never counted twice, however often
//! the program is killed in the middle of its work.
//!
//! `KILL_ROUNDS` asks for more rounds than the 50 of the test command.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use scenarios::{Program, Store, story};
use serde_json::{Value, json};
use store::{Clock, Db, Random};

/// Requests at a time.
const SENDERS: u64 = 4;
/// Events per request.
const BATCH: u64 = 20;

fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(50)
}

/// A batch of fresh events; a few customers, so that their states are busy.
fn batch(first: u64) -> Value {
    let event = |n: u64| {
        json!({"type": "track", "event": "Product Viewed", "messageId": format!("m{n}"),
               "userId": format!("u{}", n % 17), "properties": {"n": n}})
    };
    json!({ "batch": (first..first + BATCH).map(event).collect::<Vec<_>>() })
}

/// Sends until the program is gone; the numbers of the events that were acknowledged.
async fn send_until_gone(url: String, key: String, next: Arc<AtomicU64>) -> Vec<u64> {
    let http = reqwest::Client::new();
    let mut acknowledged = vec![];
    loop {
        let first = next.fetch_add(BATCH, Ordering::Relaxed);
        let request = http.post(&url).bearer_auth(&key).json(&batch(first));
        let Ok(answer) = request.send().await else {
            return acknowledged;
        };
        if answer.status().as_u16() != 200 || answer.bytes().await.is_err() {
            return acknowledged;
        }
        acknowledged.extend(first..first + BATCH);
    }
}

story! {
    async fn acknowledged_events_survive_every_kill_and_none_counts_twice(store: Store) {
        let mut program = Program::start_with(store, false, vec![]).await?;
        let random = Random::seeded(20_260_302);
        let next = Arc::new(AtomicU64::new(0));
        let mut acknowledged: Vec<u64> = vec![];
        for _ in 0..rounds() {
            let url = format!("{}/v1/batch", program.base);
            let senders: Vec<_> = (0..SENDERS)
                .map(|_| tokio::spawn(send_until_gone(url.clone(), program.key.clone(), next.clone())))
                .collect();
            tokio::time::sleep(Duration::from_millis(50 + random.u64() % 300)).await;
            program.kill();
            for sender in senders {
                acknowledged.extend(sender.await?);
            }
            program.run()?;
            // A client that got no answer sends again: nothing may double.
            let again: Vec<u64> = acknowledged.iter().rev().take(40).copied().collect();
            for first in again.chunks(BATCH as usize).filter_map(|chunk| chunk.iter().min()) {
                program.post("/v1/batch", batch(*first - *first % BATCH)).await?;
            }
        }
        program.kill();
        check(&program.store_address(), &acknowledged).await
    }
}

/// Looks into the store itself: every acknowledged event once, no event twice, and the states
/// that follow from the log agree with it.
async fn check(address: &str, acknowledged: &[u64]) -> anyhow::Result<()> {
    let db = Db::open(address, Clock::system(), Random::system()).await?;
    let mut stored: HashMap<String, u64> = HashMap::new();
    let mut after = 0i64;
    loop {
        let rows: Vec<(i64, String)> = db
            .fetch_all(
                "SELECT seq, body FROM log WHERE seq > $1 AND kind = 1 ORDER BY seq LIMIT 10000",
                store::params![after],
            )
            .await?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (_, body) in rows {
            let body: Value = serde_json::from_str(&body)?;
            *stored
                .entry(body["message_id"].as_str().unwrap_or_default().to_owned())
                .or_default() += 1;
        }
    }
    let lost: Vec<&u64> = acknowledged
        .iter()
        .filter(|n| !stored.contains_key(&format!("m{n}")))
        .collect();
    let doubled: HashSet<&String> = stored
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(id, _)| id)
        .collect();
    anyhow::ensure!(
        acknowledged.len() > 1_000,
        "too little was sent: {}",
        acknowledged.len()
    );
    anyhow::ensure!(
        lost.is_empty(),
        "{} acknowledged events are lost: {lost:?}",
        lost.len()
    );
    anyhow::ensure!(
        doubled.is_empty(),
        "{} events stand twice: {doubled:?}",
        doubled.len()
    );
    println!(
        "{} acknowledged, {} stored, 0 lost, 0 doubled",
        acknowledged.len(),
        stored.len()
    );
    Ok(())
}
