//! The story of a lever: it is tried on the past and on everybody before it is published, and then
//! things turn out as predicted.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use scenarios::{Program, Store, story};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3_600);
const CUSTOMERS: usize = 30;

fn offer(category: &str, value_cents: i64, more: Value) -> Value {
    let mut body = json!({
        "name": {"en": category}, "template": "discount", "category": category,
        "value_cents": value_cents, "currency": "GBP", "propensity": 0.1, "channels": ["web"],
        "creatives": [{"channel": "web", "language": "en", "title": category}],
    });
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

fn strategy(levers: Value) -> Value {
    json!({"name": {"en": "House"}, "levers": levers, "universal_control_fraction": 0.0,
        "learning": {"algorithm": "fixed"}})
}

/// Saves definitions, and publishes them if asked to.
async fn push(
    program: &Program,
    bodies: &[(&str, &str, Value)],
    publish: bool,
) -> anyhow::Result<()> {
    let folder = program.folder().join("pushed");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    for (kind, key, body) in bodies {
        std::fs::create_dir_all(folder.join(kind))?;
        std::fs::write(
            folder.join(kind).join(format!("{key}.json")),
            body.to_string(),
        )?;
    }
    let path = folder.to_str().context("a path")?;
    let mut words = vec!["definitions", "push", path];
    words.extend(publish.then_some("--publish"));
    program.command(&words, "")?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    Ok(())
}

/// What everybody is shown now, by customer.
async fn decide_for_all(program: &Program) -> anyhow::Result<BTreeMap<String, String>> {
    let mut shown = BTreeMap::new();
    for n in 0..CUSTOMERS {
        let ask = json!({"customer": {"user_id": format!("user{n}")}, "placements": ["home"],
                         "deadline_ms": 5000});
        let answer = program.post("/v1/decisions", ask).await?;
        let customer = answer["customer_id"].as_str().context("a customer")?;
        let offer = answer["placements"][0]["offers"][0]["offer"].as_str();
        shown.insert(customer.to_owned(), offer.unwrap_or("nothing").to_owned());
    }
    Ok(shown)
}

/// Runs a simulation of the draft strategy and waits for its result.
async fn simulate(program: &Program, on: Value) -> anyhow::Result<(String, Value)> {
    let ask = json!({"name": "A stronger lever", "on": on,
        "tries": [{"name": "A", "changes": [{"kind": "strategy", "key": "house"}]}]});
    let started = program.post("/api/simulations", ask).await?;
    let id = started["id"].as_str().context("an id")?.to_owned();
    let path = format!("/api/simulations/{id}");
    let result = program
        .until("the simulation", &path, |one| one.get("result").cloned())
        .await?;
    Ok((id, result))
}

story! {
    async fn a_lever_is_tried_on_the_past_and_on_everybody_and_keeps_its_promise(store: Store) {
        let program = Program::start(store).await?;
        let british = json!({"eligibility": {"attribute": "country", "equals": "GB"}});
        push(&program, &[
            ("offer", "bags", offer("bags", 1_000, json!({}))),
            ("offer", "hats", offer("hats", 800, british)),
            ("placement", "home", json!({"name": {"en": "Home"}, "channel": "web"})),
            ("strategy", "house", strategy(json!({}))),
        ], true).await?;
        let identify = |n: usize| {
            let country = if n.is_multiple_of(3) { "DE" } else { "GB" };
            json!({"type": "identify", "messageId": format!("m{n}"), "userId": format!("user{n}"),
                   "traits": {"country": country}})
        };
        let everybody: Vec<Value> = (0..CUSTOMERS).map(identify).collect();
        program.post("/v1/batch", json!({"batch": everybody})).await?;
        let before = decide_for_all(&program).await?;
        ensure!(before.values().all(|offer| offer == "bags"), "bags are worth more: {before:?}");

        // A lever in a draft; nothing is published by it.
        push(&program, &[("strategy", "house", strategy(json!({"offer:hats": 1.5})))], false).await?;
        let again = decide_for_all(&program).await?;
        ensure!(again == before, "a draft changes nothing");

        // On the past: two thirds would have changed, and nobody knows what that would have earned.
        let period = json!({"recorded": {"from": "2026-03-01T00:00:00Z",
                                         "until": "2026-03-09T00:00:00Z"}});
        let (_, replay) = simulate(&program, period).await?;
        let side = &replay["recorded"]["sides"][1];
        let changed = side["evaluation"]["changed"].as_f64().context("a share")?;
        ensure!((changed - 2.0 / 3.0).abs() < 1e-9, "two thirds change: {side:#}");
        let verdict = &side["evaluation"]["verdict"];
        ensure!(verdict["word"] == "refused", "no evidence, no verdict: {verdict:#}");

        // On everybody: who they are.
        let ground = json!({"population": {"placements": ["home"]}});
        let (id, result) = simulate(&program, ground).await?;
        let tried = &result["population"]["placements"][0]["sides"][1];
        ensure!(tried["changed"] == 20, "twenty get something else: {tried:#}");
        let mut predicted: BTreeMap<String, String> = BTreeMap::new();
        for offer in ["bags", "hats"] {
            let path = format!(
                "/api/simulations/{id}/customers?side=1&placement=home&group=offer:{offer}"
            );
            let page = program.get(&path).await?;
            for one in page["items"].as_array().context("customers")? {
                let customer = one["customer_id"].as_str().context("an id")?;
                predicted.insert(customer.to_owned(), offer.to_owned());
            }
        }
        ensure!(predicted.len() == CUSTOMERS, "everybody is in the prediction: {predicted:?}");

        // Published, it turns out so for every single one.
        push(&program, &[("strategy", "house", strategy(json!({"offer:hats": 1.5})))], true).await?;
        program.advance(HOUR).await?;
        let after = decide_for_all(&program).await?;
        ensure!(after == predicted, "as predicted: {predicted:?}, and now {after:?}");
        Ok(())
    }
}
