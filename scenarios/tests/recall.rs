//! Recall: an offer with a mistake is stopped on every node within a second, at the till too.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::Method;
use scenarios::shop::Visitor;
use scenarios::{Program, Store};
use serde_json::{Value, json};

/// What is promised.
const PROMISE: Duration = Duration::from_secs(1);

fn creative(title: &str) -> Value {
    json!({"channel": "web", "language": "en", "title": title})
}

/// Publishes a definition.
async fn publish(program: &Program, kind: &str, key: &str, body: Value) -> anyhow::Result<()> {
    let path = format!("/api/definitions/{kind}/{key}");
    program
        .call(Method::PUT, &path, Some(json!({ "body": body })))
        .await?;
    program.post(&format!("{path}/publish"), json!({})).await?;
    Ok(())
}

async fn publish_all(program: &Program) -> anyhow::Result<()> {
    let template = json!({"name": {"en": "Any"}});
    publish(program, "offer_template", "any", template).await?;
    let home = json!({"name": {"en": "Home"}, "channel": "web"});
    publish(program, "placement", "home", home).await?;
    let offer = json!({
        "name": {"en": "Half price"}, "template": "any", "category": "sale", "value_cents": 900,
        "currency": "GBP", "propensity": 0.5, "channels": ["web"],
        "creatives": [creative("Half price with {{ offer.code }}")],
        "code": {"kind": "coupon", "bearer": true},
    });
    publish(program, "offer", "half_price", offer).await
}

/// The offers that a node shows a customer now, with their codes.
async fn shown(node: &Program) -> anyhow::Result<Vec<Value>> {
    let ask = json!({"customer": {"user_id": "c-1"}, "placements": ["home"], "deadline_ms": 5000});
    let answer = node.post("/v1/decisions", ask).await?;
    let offers = answer["placements"][0]["offers"].as_array().cloned();
    offers.context("an answer for the placement")
}

/// Asks a node again and again until it shows so many offers; how long that took.
async fn until_shows(node: &Program, count: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    while shown(node).await?.len() != count {
        ensure!(
            started.elapsed() < 20 * PROMISE,
            "it never came to {count} offers: {}",
            node.log()
        );
    }
    Ok(started.elapsed())
}

#[tokio::test]
async fn a_recall_reaches_every_node_within_a_second() -> anyhow::Result<()> {
    let here = Program::start(Store::Postgres).await?;
    publish_all(&here).await?;
    let there = here.another_node()?;
    Visitor::new(&here, "browser-1")
        .signs_in("c-1", json!({}))
        .await?;
    until_shows(&there, 1).await?;
    let offers = shown(&there).await?;
    let coupon = offers[0]["code"].as_str().context("a coupon")?.to_owned();
    ensure!(coupon.starts_with("RPC1."), "{coupon}");
    let said = here.command(
        &["coupon", "verify", "--at", "2026-03-02T10:00:00Z", &coupon],
        "",
    )?;
    ensure!(said.contains("half_price"), "{said}");

    let reason = json!({"reason": "It should have been ten per cent."});
    let path = "/api/offers/half_price/recall";
    here.call(Method::PUT, path, Some(reason)).await?;
    ensure!(
        shown(&here).await?.is_empty(),
        "the node that was asked knows"
    );
    let took = until_shows(&there, 0).await?;
    ensure!(took < PROMISE, "the other node took {took:?}");
    let redemption = json!({"redemption_id": "r-1", "till": "till-1", "code": coupon});
    let (status, said) = there
        .try_call(Method::POST, "/v1/redemptions", Some(redemption.clone()))
        .await?;
    ensure!(
        (status, &said["code"]) == (409, &json!("offer_recalled")),
        "{said}"
    );

    here.call(Method::DELETE, path, None).await?;
    let took = until_shows(&there, 1).await?;
    ensure!(took < PROMISE, "the other node took {took:?}");
    let redeemed = there.post("/v1/redemptions", redemption).await?;
    ensure!(redeemed["outcome"] == "redeemed", "{redeemed}");
    // Accepted at the till of one node, and at rest on both.
    let page = here.get("/api/audit?limit=50").await?;
    let actions = page["items"].as_array().context("the audit log")?;
    let count = |action: &str| actions.iter().filter(|row| row["action"] == action).count();
    ensure!((count("recall"), count("undo_recall")) == (1, 1), "{page}");
    Ok(())
}
