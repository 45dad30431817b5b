//! The story of the coupon: a sure store buyer and a price-sensitive customer. A control group
//! shows whom the coupon moves; from then on only they get it, and the profit statement says why.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::Method;
use scenarios::{Program, Store, story};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(86_400);
/// Customers of each kind before anything is known.
const CUSTOMERS: usize = 260;

/// Saves and publishes a definition.
async fn publish(program: &Program, kind: &str, key: &str, body: Value) -> anyhow::Result<()> {
    let path = format!("/api/definitions/{kind}/{key}");
    program
        .call(Method::PUT, &path, Some(json!({"body": body})))
        .await?;
    program.post(&format!("{path}/publish"), json!({})).await?;
    Ok(())
}

/// A shop with one coupon, a control group for it, and two groups of customers.
async fn shop(store: Store) -> anyhow::Result<Program> {
    let program = Program::start(store).await?;
    let creative = json!({"channel": "web", "language": "en", "title": "10 off"});
    publish(
        &program,
        "offer_template",
        "discount",
        json!({"name": {"en": "Discount"},
        "attributes": []}),
    )
    .await?;
    publish(
        &program,
        "placement",
        "home",
        json!({"name": {"en": "Home"}, "channel": "web",
        "touchpoint": "shop", "reserves_ms": 60_000, "fallback": {"title": "Welcome"}}),
    )
    .await?;
    publish(
        &program,
        "offer",
        "coupon",
        json!({"name": {"en": "Coupon"}, "template": "discount",
        "category": "coupon", "value_cents": 900, "currency": "GBP", "propensity": 0.2,
        "channels": ["web"], "creatives": [creative], "control_fraction": 0.4,
        "relevant": {"any_purchase": true, "window_days": 7}}),
    )
    .await?;
    let discounted = json!({"event": "Order Completed",
        "where": [{"property": "discount", "greater": 0}], "within": {"rolling_days": 365}});
    publish(
        &program,
        "strategy",
        "shop",
        json!({"name": {"en": "Shop"}, "value": "incremental",
        "margin_share": 0.5, "groups": [
            {"key": "price_sensitive", "name": {"en": "Price sensitive"}, "when": discounted},
            {"key": "store_buyers", "name": {"en": "Store buyers"},
             "when": {"event": "Order Completed", "within": {"rolling_days": 60}}}]}),
    )
    .await?;
    Ok(program)
}

/// One order of a user.
fn order(user: &str, id: &str, revenue: f64, discount: f64, at: Option<&str>) -> Value {
    let mut event = json!({"type": "track", "event": "Order Completed", "userId": user,
        "messageId": id, "properties": {"order_id": id, "revenue": revenue, "discount": discount,
            "currency": "GBP", "products": []}});
    if let Some(at) = at {
        event["timestamp"] = at.into();
    }
    event
}

async fn send(program: &Program, events: &[Value]) -> anyhow::Result<()> {
    for chunk in events.chunks(100) {
        program.post("/v1/batch", json!({"batch": chunk})).await?;
    }
    Ok(())
}

/// What the shop knew before: store buyers paid full price, the others used a coupon once.
async fn history(program: &Program, users: &[(String, bool)]) -> anyhow::Result<()> {
    let before = "2026-02-16T10:00:00Z";
    let past = users.iter().map(|(user, sure)| {
        let discount = if *sure { 0.0 } else { 5.0 };
        order(user, &format!("past-{user}"), 40.0, discount, Some(before))
    });
    send(program, &past.collect::<Vec<_>>()).await
}

/// Whether the site shows a user the coupon.
async fn sees_coupon(program: &Program, user: &str) -> anyhow::Result<(bool, Value)> {
    let answer = program
        .post(
            "/v1/decisions",
            json!({"customer": {"user_id": user}, "placements": ["home"],
            "deadline_ms": 10_000}),
        )
        .await?;
    let offer = &answer["placements"][0]["offers"][0];
    let Some(contact) = offer["contact_id"].as_str() else {
        return Ok((false, answer));
    };
    program
        .post(
            "/v1/responses",
            json!({"contact_id": contact, "kind": "view"}),
        )
        .await?;
    Ok((true, answer))
}

/// What users do afterwards: sure buyers buy anyway and take the coupon if they have it; the
/// others buy only with it.
fn behaviour(place: usize, user: &str, sure: bool, coupon: bool) -> Option<Value> {
    let price = 40.0 + (place % 7) as f64 * 5.0;
    let discount = if coupon { price / 4.0 } else { 0.0 };
    let buys = if sure {
        !place.is_multiple_of(5)
    } else {
        coupon && place.is_multiple_of(2)
    };
    buys.then(|| {
        order(
            user,
            &format!("now-{user}"),
            price - discount,
            discount,
            None,
        )
    })
}

fn number(value: &Value) -> anyhow::Result<f64> {
    value
        .as_f64()
        .with_context(|| format!("a number is missing: {value}"))
}

story! {
    async fn the_coupon_goes_only_to_whom_it_moves(store: Store) {
        let program = shop(store).await?;
        let mut users = vec![];
        for place in 0..CUSTOMERS {
            users.push((format!("sure-{place}"), true));
            users.push((format!("sensitive-{place}"), false));
        }
        history(&program, &users).await?;
        let mut orders = vec![];
        let mut shown = 0;
        for (place, (user, sure)) in users.iter().enumerate() {
            let (coupon, _) = sees_coupon(&program, user).await?;
            shown += usize::from(coupon);
            orders.extend(behaviour(place / 2, user, *sure, coupon));
        }
        ensure!(shown > CUSTOMERS && shown < 2 * CUSTOMERS, "the control group got nothing");
        program.advance(DAY).await?;
        send(&program, &orders).await?;
        // Evidence is who has had all the seven days to buy.
        program.advance(6 * DAY).await?;

        let worths = program.until("the evidence", "/api/offer_worths", |answer| {
            // It may have been counted before the orders came, too.
            let measured = answer["offers"][0]["effects"][0]["measured_cents"].as_f64();
            measured.is_some_and(|cents| cents != 0.0).then(|| answer.clone())
        }).await?;
        let effects = &worths["offers"][0]["effects"];
        ensure!(worths["groups"][0]["key"] == "price_sensitive", "{worths:#}");
        ensure!(effects[0]["nothing"] == false, "the coupon moves them: {worths:#}");
        ensure!(effects[1]["nothing"] == true, "they buy anyway: {worths:#}");

        only_the_sensitive_get_it(&program).await?;
        the_statement_shows_why(&program).await
    }
}

/// New customers of both kinds come: only one kind is offered the coupon.
async fn only_the_sensitive_get_it(program: &Program) -> anyhow::Result<()> {
    let users: Vec<(String, bool)> = (0..8)
        .flat_map(|place| {
            [
                (format!("new-sure-{place}"), true),
                (format!("new-sensitive-{place}"), false),
            ]
        })
        .collect();
    history(program, &users).await?;
    // The decision takes the evidence into use within seconds.
    let worth = |answer: &Value| answer["placements"][0]["reason"] == "nothing_eligible";
    for _ in 0..100 {
        if worth(&sees_coupon(program, "new-sure-0").await?.1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut got = HashMap::new();
    for (user, sure) in &users {
        let (coupon, answer) = sees_coupon(program, user).await?;
        if *sure && user != "new-sure-0" {
            ensure!(
                !coupon && worth(&answer),
                "{user} would buy anyway: {answer:#}"
            );
        }
        *got.entry(*sure).or_insert(0) += u32::from(coupon);
        if coupon {
            let id = answer["decision_id"].as_str().context("a decision")?;
            let record = program.get(&format!("/v1/decisions/{id}")).await?;
            ensure!(
                record["customer_group"] == "price_sensitive" || *sure,
                "{record:#}"
            );
            let proposal = &record["proposals"][0];
            ensure!(
                proposal["value_from"] == "incremental" || *sure,
                "{record:#}"
            );
        }
    }
    ensure!(
        got[&false] >= 2,
        "the price-sensitive are offered the coupon: {got:?}"
    );
    let (_, answer) = sees_coupon(program, "new-sure-1").await?;
    let id = answer["decision_id"].as_str().context("a decision")?;
    let record = program.get(&format!("/v1/decisions/{id}")).await?;
    let reasons = record["proposals"][0]["reasons"]
        .as_array()
        .context("reasons")?;
    ensure!(
        reasons
            .iter()
            .any(|reason| reason["code"] == "earns_nothing"),
        "{record:#}"
    );
    Ok(())
}

/// The statement names the money, and its rows add up to it.
async fn the_statement_shows_why(program: &Program) -> anyhow::Result<()> {
    let path = "/api/profit_statement?by=offer&from=2026-03&to=2026-03";
    let rows = "/api/profit_statement/rows.csv?from=2026-03&to=2026-03";
    // What was counted a moment ago is kept for a while: both have to be of one moment.
    let (mut statement, mut csv) = (program.get(path).await?, program.get_text(rows).await?);
    loop {
        let again = program.get(path).await?;
        if again == statement {
            break;
        }
        (statement, csv) = (again, program.get_text(rows).await?);
    }
    let line = &statement["lines"][0];
    ensure!(
        line["name"] == "coupon" && statement["basis"] == "margin",
        "{statement:#}"
    );
    ensure!(statement["currency"] == "GBP", "{statement:#}");
    let mut lines = csv.lines();
    let heading: Vec<&str> = lines.next().context("a heading")?.split(',').collect();
    let column = |name: &str| {
        heading
            .iter()
            .position(|one| *one == name)
            .context("a column")
    };
    let (subject, side, earned) = (column("subject")?, column("side")?, column("earned_cents")?);
    let mut sums: HashMap<String, (f64, f64)> = HashMap::new();
    for row in lines {
        let cells: Vec<&str> = row.split(',').collect();
        if cells[subject] == "offer" {
            let sum = sums.entry(cells[side].to_owned()).or_default();
            sum.0 += 1.0;
            sum.1 += cells[earned].parse::<f64>()?;
        }
    }
    for side in ["treated", "control"] {
        let (customers, cents) = sums.get(side).copied().context("a side")?;
        ensure!(
            number(&line[side]["customers"])? == customers,
            "{side}: {line:#}"
        );
        let told = number(&line[side]["earned_cents"])?;
        // Rows are written in whole cents.
        ensure!(
            (told - cents).abs() <= customers,
            "{side}: {told} is not {cents}"
        );
    }
    let (treated, control) = (sums["treated"], sums["control"]);
    let each = treated.1 / treated.0 - control.1 / control.0;
    let told = number(&line["earned_cents"]["value"])?;
    ensure!((told - each).abs() < 1.0, "{told} is not {each}");
    Ok(())
}
