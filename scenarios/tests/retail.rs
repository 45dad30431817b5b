//! The retail story: a customer browses, leaves a cart, gets the right e-mail, clicks, buys, and
//! every channel knows.

use std::time::Duration;

use anyhow::{Context, ensure};
use scenarios::shop::Visitor;
use scenarios::{Program, Store, story};
use serde_json::{Value, json};

const MINUTE: Duration = Duration::from_secs(60);

/// What the demo's shop would have published.
const DEFINITIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/rapport/src/demo/definitions"
);

async fn shop(store: Store) -> anyhow::Result<Program> {
    let program = Program::start(store).await?;
    push(&program, DEFINITIONS).await?;
    Ok(program)
}

/// Nobody is held back for comparison and nothing is tried out, so that a story does not depend on
/// a hash.
async fn without_control_groups(program: &Program) -> anyhow::Result<()> {
    change(program, "strategy", "shop", |body| {
        body["universal_control_fraction"] = json!(0.0);
        body["learning"] = json!({"algorithm": "fixed"});
    })
    .await?;
    for offer in ["cart_reminder", "ten_percent"] {
        change(program, "offer", offer, |body| {
            body["control_fraction"] = json!(0.0)
        })
        .await?;
    }
    Ok(())
}

/// Changes a definition as a marketer would, and publishes it.
async fn change(
    program: &Program,
    kind: &str,
    key: &str,
    edit: impl Fn(&mut Value),
) -> anyhow::Result<()> {
    let path = format!("{DEFINITIONS}/{kind}/{key}.json");
    let mut body: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    edit(&mut body);
    let folder = program.folder().join("edited").join(kind);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("{key}.json")), body.to_string())?;
    let folder = program.folder().join("edited");
    push(program, folder.to_str().context("a path")?).await
}

/// Publishes a folder and waits until the server decides with it: on PostgreSQL the command writes
/// to the store by itself.
async fn push(program: &Program, folder: &str) -> anyhow::Result<()> {
    program.command(&["definitions", "push", folder, "--publish"], "")?;
    program.until_in_use().await
}

async fn allows_mail(program: &Program, user_id: &str) -> anyhow::Result<()> {
    program
        .post(
            "/v1/consents",
            json!({"customer": {"user_id": user_id}, "channel": "email", "purpose": "marketing",
                   "state": "granted", "source": "checkout"}),
        )
        .await?;
    Ok(())
}

async fn decide(program: &Program, user_id: &str, placement: &str) -> anyhow::Result<Value> {
    let ask = json!({"customer": {"user_id": user_id}, "placements": [placement],
                     "deadline_ms": 5000});
    program.post("/v1/decisions", ask).await
}

fn offers(decision: &Value) -> Vec<&str> {
    let offers = decision["placements"][0]["offers"].as_array();
    offers
        .into_iter()
        .flatten()
        .filter_map(|offer| offer["offer"].as_str())
        .collect()
}

/// Fills a cart and leaves it.
async fn leaves_a_cart(visitor: &Visitor<'_>, cart: &str) -> anyhow::Result<()> {
    let product = json!({"cart_id": cart, "product_id": "22423", "name": "Regency cakestand",
                         "category": "kitchen", "price": 12.75, "quantity": 1, "currency": "GBP"});
    visitor.does("Product Viewed", product.clone()).await?;
    visitor.does("Product Added", product).await
}

async fn mails(program: &Program) -> anyhow::Result<Vec<Value>> {
    let page = program.get("/api/mailbox").await?;
    Ok(page["items"].as_array().cloned().unwrap_or_default())
}

async fn the_mail(program: &Program) -> anyhow::Result<Value> {
    let id = program
        .until("a mail", "/api/mailbox", |page| {
            page["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await?;
    program.get(&format!("/api/mailbox/{id}")).await
}

/// The journey's instances have all come to an end, or wait.
async fn journey_rests(program: &Program, state: &str, count: i64) -> anyhow::Result<()> {
    program
        .until(state, "/api/journeys/abandoned_cart/counts", |counts| {
            (counts["states"][state].as_i64()? >= count).then_some(())
        })
        .await
}

story! {
    async fn a_left_cart_leads_to_one_mail_whose_click_and_purchase_every_channel_knows(store: Store) {
        let program = shop(store).await?;
        without_control_groups(&program).await?;
        let mut ann = Visitor::new(&program, "browser-ann");
        ann.does("Product Viewed", json!({"product_id": "22423", "category": "kitchen"})).await?;
        ann.signs_in("ann", json!({"email": "ann@example.com", "name": "Ann"})).await?;
        allows_mail(&program, "ann").await?;
        leaves_a_cart(&ann, "cart-1").await?;
        journey_rests(&program, "pending", 1).await?;
        program.advance(3 * MINUTE).await?;

        let mail = the_mail(&program).await?;
        let html = mail["html"].as_str().context("the mail has a page")?;
        ensure!(html.contains("Regency cakestand"), "the cart is in the mail: {html}");
        let link = html
            .split('"')
            .find(|part| part.contains("/t/"))
            .context("the mail has a tracked link")?;
        let token = link.rsplit_once("/t/").context("a token")?.1;
        let clicked = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?
            .get(format!("{}/t/{token}", program.base))
            .send()
            .await?;
        ensure!(clicked.status().as_u16() == 302, "the link leads on: {}", clicked.status());

        let customer = ann.customer_id().await?;
        let timeline = format!("/api/customers/{customer}/timeline?limit=100");
        program
            .until("the click on the timeline", &timeline, |page| {
                let items = page["items"].as_array()?;
                items.iter().find(|item| item["body"]["kind"] == "click").map(|_| ())
            })
            .await?;

        // The same offer meets Ann on the site and at the call centre.
        let banner = decide(&program, "ann", "home_banner").await?;
        let call = decide(&program, "ann", "call_center_main").await?;
        let messages = program.get("/api/messages").await?;
        let carried = messages["items"][0]["offer"].as_str();
        let carried = carried.context("the mail carries an offer")?.to_owned();
        ensure!(offers(&banner).contains(&carried.as_str()), "the banner carries it: {banner}");
        ensure!(offers(&call).contains(&carried.as_str()), "the agent carries it: {call}");

        // The purchase happens at the till, by the customer's number.
        let till = Visitor::new(&program, "till-1");
        till.send(json!({"type": "track", "event": "Order Completed", "userId": "ann",
            "properties": {"order_id": "o-1", "total": 12.75, "currency": "GBP",
                "products": [{"product_id": "22423", "category": "kitchen", "price": 12.75,
                              "quantity": 1}]}})).await?;
        let after = decide(&program, "ann", "home_banner").await?;
        ensure!(!offers(&after).contains(&carried.as_str()), "it rests in every channel: {after}");
        let record = format!("/v1/decisions/{}", after["decision_id"].as_str().context("an id")?);
        let record = program.get(&record).await?;
        let proposals = record["proposals"].as_array().context("proposals")?;
        let rested = proposals.iter().find(|p| p["offer"] == carried.as_str()).context("its line")?;
        ensure!(rested["state"] == "rejected", "the record says why: {rested}");

        let page = program.get(&timeline).await?;
        let items = page["items"].as_array().context("items")?;
        for (side, kind) in [("theirs", "event"), ("ours", "contact"), ("theirs", "response")] {
            let found = items.iter().any(|i| i["side"] == side && i["kind"] == kind);
            ensure!(found, "both sides are on the timeline, also {side} {kind}: {page:#}");
        }
        let inferred = items.iter().any(|i| i["body"]["inferred"] == true);
        ensure!(inferred, "the purchase answers the offer: {page:#}");
        ensure!(mails(&program).await?.len() == 1, "one mail and no more");
        Ok(())
    }
}

story! {
    async fn nobody_gets_a_mail_who_did_not_allow_it(store: Store) {
        let program = shop(store).await?;
        without_control_groups(&program).await?;
        let mut bob = Visitor::new(&program, "browser-bob");
        bob.signs_in("bob", json!({"email": "bob@example.com"})).await?;
        leaves_a_cart(&bob, "cart-1").await?;
        journey_rests(&program, "pending", 1).await?;
        program.advance(3 * MINUTE).await?;
        journey_rests(&program, "done", 1).await?;
        ensure!(mails(&program).await?.is_empty(), "silence");
        Ok(())
    }
}

story! {
    async fn the_control_group_gets_nothing_and_its_decision_says_so(store: Store) {
        let program = shop(store).await?;
        change(&program, "strategy", "shop", |body| {
            body["universal_control_fraction"] = json!(1.0);
        })
        .await?;
        let mut eve = Visitor::new(&program, "browser-eve");
        eve.signs_in("eve", json!({"email": "eve@example.com"})).await?;
        allows_mail(&program, "eve").await?;
        leaves_a_cart(&eve, "cart-1").await?;
        journey_rests(&program, "pending", 1).await?;
        program.advance(3 * MINUTE).await?;
        journey_rests(&program, "done", 1).await?;
        ensure!(mails(&program).await?.is_empty(), "the control group is left alone");
        let banner = decide(&program, "eve", "home_banner").await?;
        ensure!(offers(&banner).is_empty(), "nothing is shown: {banner}");
        ensure!(banner["placements"][0]["reason"] == "control_group", "and it says why: {banner}");
        Ok(())
    }
}

story! {
    async fn a_policy_without_room_keeps_the_mail_back(store: Store) {
        let program = shop(store).await?;
        without_control_groups(&program).await?;
        change(&program, "policy", "contact_policy", |body| {
            body["limits"] = json!([{"key": "none", "channels": ["email"], "categories": null,
                                     "at_most": 0, "window": {"rolling_ms": 86_400_000}}]);
        })
        .await?;
        let mut dan = Visitor::new(&program, "browser-dan");
        dan.signs_in("dan", json!({"email": "dan@example.com"})).await?;
        allows_mail(&program, "dan").await?;
        leaves_a_cart(&dan, "cart-1").await?;
        journey_rests(&program, "pending", 1).await?;
        program.advance(3 * MINUTE).await?;
        journey_rests(&program, "done", 1).await?;
        ensure!(mails(&program).await?.is_empty(), "the policy has no room");
        Ok(())
    }
}

story! {
    async fn duplicate_and_late_events_change_nothing(store: Store) {
        let program = shop(store).await?;
        without_control_groups(&program).await?;
        let mut cat = Visitor::new(&program, "browser-cat");
        cat.signs_in("cat", json!({"email": "cat@example.com"})).await?;
        allows_mail(&program, "cat").await?;
        let order = json!({"type": "track", "event": "Order Completed", "messageId": "order-1",
            "properties": {"order_id": "o-1", "total": 5.0, "products": []}});
        cat.send(order.clone()).await?;
        cat.send(order).await?;
        // The cart was filled before the order, and the report of it comes late.
        cat.send(json!({"type": "track", "event": "Product Added", "messageId": "late-1",
            "timestamp": "2026-03-02T07:00:00Z",
            "properties": {"cart_id": "cart-1", "product_id": "22423", "name": "Late"}}))
            .await?;
        program.advance(10 * MINUTE).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        ensure!(mails(&program).await?.is_empty(), "the order came after the cart");
        let customer = cat.customer_id().await?;
        let page = program.get(&format!("/api/customers/{customer}/timeline?kind=event")).await?;
        let items = page["items"].as_array().context("items")?;
        let sent = items.iter().filter(|item| {
            let name = item["body"]["event"].as_str().unwrap_or_default();
            !name.starts_with("Segment ")
        });
        ensure!(sent.count() == 2, "each event once: {page:#}");
        ensure!(items.iter().any(|item| item["late"] == true), "the late one is marked: {page:#}");
        Ok(())
    }
}

story! {
    async fn a_login_in_the_middle_of_a_cart_keeps_the_cart(store: Store) {
        let program = shop(store).await?;
        without_control_groups(&program).await?;
        let mut known = Visitor::new(&program, "phone-fay");
        known.signs_in("fay", json!({"email": "fay@example.com", "name": "Fay"})).await?;
        allows_mail(&program, "fay").await?;
        let mut laptop = Visitor::new(&program, "laptop-fay");
        leaves_a_cart(&laptop, "cart-1").await?;
        journey_rests(&program, "pending", 1).await?;
        laptop.signs_in("fay", json!({})).await?;
        program.advance(3 * MINUTE).await?;
        let mail = the_mail(&program).await?;
        ensure!(mail["recipient"] == "fay@example.com", "the mail finds Fay: {mail}");
        ensure!(mails(&program).await?.len() == 1, "one customer, one mail");
        Ok(())
    }
}
