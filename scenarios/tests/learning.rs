//! The learning story: what customers answer changes what the next customer is offered, within a
//! second, and a restart forgets nothing.

use std::time::Duration;

use anyhow::{Context, ensure};
use scenarios::shop::Visitor;
use scenarios::{Program, Store, story};
use serde_json::{Value, json};

fn offer(name: &str) -> Value {
    json!({"name": {"en": name}, "template": "plain", "category": name, "value_cents": 1000,
        "currency": "GBP", "propensity": 0.1, "channels": ["web"],
        "creatives": [{"channel": "web", "language": "en", "title": name}]})
}

async fn publish(program: &Program, kind: &str, key: &str, body: Value) -> anyhow::Result<()> {
    let path = format!("/api/definitions/{kind}/{key}");
    let draft = json!({"body": body});
    program
        .call(reqwest::Method::PUT, &path, Some(draft))
        .await?;
    program.post(&format!("{path}/publish"), json!({})).await?;
    Ok(())
}

/// Two equal offers, one banner, and a strategy that decides by what is expected alone: so that
/// the story does not depend on a draw.
async fn shop(store: Store) -> anyhow::Result<Program> {
    let program = Program::start(store).await?;
    let banner = json!({"name": {"en": "Banner"}, "channel": "web", "reserves_ms": 1000});
    publish(&program, "placement", "banner", banner).await?;
    publish(&program, "offer", "bags", offer("bags")).await?;
    publish(&program, "offer", "hats", offer("hats")).await?;
    let strategy = json!({"name": {"en": "Learn"},
        "learning": {"algorithm": "bayesian", "sampling": 0, "exploration": 0,
            "features": {"time": false, "history": false, "interests": false}}});
    publish(&program, "strategy", "learn", strategy).await?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    Ok(program)
}

async fn decide(program: &Program, user: &str) -> anyhow::Result<Value> {
    let ask = json!({"customer": {"user_id": user}, "placements": ["banner"],
        "deadline_ms": 5000});
    program.post("/v1/decisions", ask).await
}

async fn shown(program: &Program, user: &str) -> anyhow::Result<(String, Value)> {
    let decision = decide(program, user).await?;
    let offer = &decision["placements"][0]["offers"][0];
    let key = offer["offer"].as_str().context("an offer is shown")?;
    Ok((key.to_owned(), offer["contact_id"].clone()))
}

/// Everything that is learned, without what only tells the time.
async fn models(program: &Program) -> anyhow::Result<Value> {
    let page = program.get("/api/learning/models").await?;
    Ok(page["items"].clone())
}

story! {
    async fn what_one_kind_of_customer_answers_changes_what_the_next_is_offered(store: Store) {
        let mut program = shop(store).await?;
        for kind in ["runner", "reader"] {
            for number in 0..40 {
                let user = format!("{kind}-{number}");
                let mut visitor = Visitor::new(&program, &format!("browser-{user}"));
                visitor.signs_in(&user, json!({"sport": kind})).await?;
            }
        }
        // Runners refuse bags and take hats; readers take bags. Nobody is told which is which.
        for number in 0..39 {
            for kind in ["runner", "reader"] {
                let (offer, contact) = shown(&program, &format!("{kind}-{number}")).await?;
                let yes = (offer == "hats") == (kind == "runner");
                let answer = if yes { "accept" } else { "reject" };
                program
                    .post("/v1/responses", json!({"contact_id": contact, "kind": answer}))
                    .await?;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (runner, _) = shown(&program, "runner-39").await?;
        let (reader, _) = shown(&program, "reader-39").await?;
        ensure!(runner == "hats", "runners are offered hats, not {runner}");
        ensure!(reader == "bags", "readers are offered bags, not {reader}");

        let model = program.get("/api/learning/models/web/hats").await?;
        let effects = model["effects"].as_array().context("effects")?;
        let runners = effects.iter().find(|effect| effect["value"] == "runner");
        let times = runners.and_then(|effect| effect["times"].as_f64());
        ensure!(times.is_some_and(|times| times > 1.5), "it says why: {effects:#?}");

        // A power cut: the same numbers come back, and the next decision is the same.
        let all_learned = |page: &Value| {
            let shown = page["items"].as_array()?.iter().map(|one| one["shown_count"].as_i64());
            (shown.flatten().sum::<i64>() == 80).then_some(())
        };
        program.until("every contact", "/api/learning/models", all_learned).await?;
        let before = models(&program).await?;
        program.kill();
        program.run()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = program
            .until("the same numbers", "/api/learning/models", |page| {
                (page["items"] == before).then(|| page["items"].clone())
            })
            .await?;
        ensure!(after == before, "nothing is forgotten");
        let record = decide(&program, "runner-39").await?;
        ensure!(record["placements"][0]["offers"][0]["offer"] == "hats", "hats still: {record}");
        Ok(())
    }
}
