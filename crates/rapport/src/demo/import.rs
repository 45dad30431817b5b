//! Brings the order history in through the public API, in batches like any other source.

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::client::{Client, Error};
use super::orders::{Customer, History};

const BATCH_BYTES: usize = 400_000; // the API takes 500 kB
const BATCH_EVENTS: usize = 1_000; // the API takes 2,500
const CONSENTS_AT_ONCE: usize = 16;

/// Sends customers, orders, refunds and consents; says how many of how many events are done.
pub async fn run(
    client: &Client,
    history: &History,
    mut progress: impl FnMut(usize, usize),
) -> Result<(), Error> {
    let total = history.customers.len() + history.orders.len();
    let mut done = 0;
    let mut events = history.events().peekable();
    while events.peek().is_some() {
        let batch = next_batch(&mut events);
        done += batch.len();
        let body = json!({ "batch": batch, "sentAt": client.now() });
        client.post("/v1/batch", &body).await?;
        progress(done, total);
    }
    stream::iter(history.customers.iter().filter_map(Customer::consent))
        .map(|consent| async move { client.post("/v1/consents", &consent).await })
        .buffer_unordered(CONSENTS_AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
}

/// Sends what visitors looked at in the past month.
pub async fn past_visits(client: &Client, events: Vec<Value>) -> Result<(), Error> {
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let body = json!({ "batch": next_batch(&mut events), "sentAt": client.now() });
        client.post("/v1/batch", &body).await?;
    }
    Ok(())
}

/// As many events as one request may hold, at least one.
fn next_batch(events: &mut impl Iterator<Item = Value>) -> Vec<Value> {
    let mut batch = Vec::new();
    let mut bytes = 0;
    for event in events.by_ref() {
        bytes += event.to_string().len();
        batch.push(event);
        if bytes > BATCH_BYTES || batch.len() == BATCH_EVENTS {
            break;
        }
    }
    batch
}

#[test]
fn a_batch_keeps_the_limits_of_the_api() {
    let large = json!({ "filling": "x".repeat(24_000) });
    let mut events = std::iter::repeat_n(large, 50);
    let batch = next_batch(&mut events);
    let bytes = json!({ "batch": batch }).to_string().len();
    assert!(bytes < 500_000, "{bytes}");
    let mut small = std::iter::repeat_n(json!({}), 2_500);
    assert_eq!(next_batch(&mut small).len(), BATCH_EVENTS);
}
