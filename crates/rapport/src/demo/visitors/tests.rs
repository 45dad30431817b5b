//! The crowd of visitors as a whole: repeatable, lively, and silent where consent is missing.

use super::*;
use crate::demo::orders;

const NOON: Timestamp = Timestamp(1_772_366_400_000);

/// Plays visits without a server; every page shows one coupon.
fn played(history: &History, seeds: std::ops::Range<u64>) -> Vec<Vec<Call>> {
    let visitors = Visitors::of(history);
    let mut all = Vec::new();
    for seed in seeds {
        let mut visit = visitors.arrive(seed);
        let mut calls = Vec::new();
        while !visit.over() {
            let step = visit.step(&visitors, NOON);
            let decided = step.iter().any(|call| matches!(call, Call::Decide(_)));
            calls.extend(step);
            let coupon = Shown {
                contact_id: format!("con_{}", calls.len()),
                link: "/shop/cart?coupon=TENPERCENT".to_owned(),
            };
            calls.extend(visit.see(if decided {
                std::slice::from_ref(&coupon)
            } else {
                &[]
            }));
        }
        all.push(calls);
    }
    all
}

fn events(visit: &[Call], name: &str) -> usize {
    let told = visit.iter().filter_map(|call| match call {
        Call::Tell(events) => Some(events),
        Call::Decide(_) | Call::Respond(_) | Call::Consent(_) => None,
    });
    told.flatten()
        .filter(|event| event["event"] == name)
        .count()
}

#[test]
fn the_same_seed_makes_the_same_visit() {
    let history = orders::load(NOON);
    assert_eq!(played(&history, 0..20), played(&history, 0..20));
}

#[test]
fn some_visitors_buy_some_leave_a_cart_and_some_refuse_to_be_remembered() {
    let history = orders::load(NOON);
    let visits = played(&history, 0..400);
    let ordered = visits
        .iter()
        .filter(|one| events(one, "Order Completed") == 1)
        .count();
    let left = visits
        .iter()
        .filter(|one| events(one, "Product Added") > 0 && events(one, "Order Completed") == 0);
    let silent = visits.iter().filter(|one| one.is_empty()).count();
    let accepted = visits.iter().flatten().filter(|call| match call {
        Call::Respond(body) => body["kind"] == "accept",
        Call::Tell(_) | Call::Decide(_) | Call::Consent(_) => false,
    });
    assert!((40..160).contains(&ordered), "{ordered} ordered");
    let left = left.count();
    assert!((30..250).contains(&left), "{left} left");
    assert!((30..100).contains(&silent), "{silent} silent");
    assert!(accepted.count() > 5);
}

#[test]
fn an_order_names_the_cart_that_was_filled() {
    let history = orders::load(NOON);
    let visits = played(&history, 0..400);
    let mut orders = 0;
    for event in visits.iter().flatten().filter_map(|call| match call {
        Call::Tell(events) => events
            .iter()
            .find(|event| event["event"] == "Order Completed"),
        Call::Decide(_) | Call::Respond(_) | Call::Consent(_) => None,
    }) {
        let order = &event["properties"];
        assert!(order["cart_id"].as_str().unwrap().starts_with("cart_"));
        assert!(order["total"].as_f64().unwrap() > 0.0);
        assert!(order["discount"].as_f64().is_some(), "{order}");
        assert!(!order["products"].as_array().unwrap().is_empty());
        assert!(event["userId"].is_string());
        orders += 1;
    }
    assert!(orders > 40);
}

#[test]
fn who_orders_came_to_the_checkout_before_so_that_funnels_tell() {
    let history = orders::load(NOON);
    let visits = played(&history, 0..400);
    let mut checkouts = 0;
    for call in visits.iter().flatten() {
        let Call::Tell(events) = call else { continue };
        let at = |name: &str| {
            let found = events.iter().find(|event| event["event"] == name)?;
            Timestamp::parse(found["timestamp"].as_str()?)
        };
        if let (Some(arrived), Some(ordered)) = (at("Checkout Started"), at("Order Completed")) {
            assert!(arrived < ordered, "{arrived} {ordered}");
            checkouts += 1;
        }
    }
    assert!(checkouts > 40);
}

/// A stand-in for the server that notes who was asked what.
async fn listening() -> (String, std::sync::Arc<parking_lot::Mutex<Vec<String>>>) {
    use axum::extract::{Json, OriginalUri};
    let heard = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let noting = heard.clone();
    let answer = async move |OriginalUri(uri): OriginalUri, Json(_): Json<Value>| {
        noting.lock().push(uri.path().to_owned());
        let creative = json!({ "title": "10 % off", "link_url": "/shop/cart?coupon=TENPERCENT" });
        let offer = json!({ "contact_id": "con_1", "creative": creative });
        Json(json!({ "placements": [{ "placement": "home_banner", "offers": [offer] }] }))
    };
    let server = axum::Router::new().fallback(axum::routing::post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, server).await });
    (base_url, heard)
}

#[tokio::test]
async fn visitors_and_the_import_speak_to_the_public_api_until_they_are_done() {
    let (base_url, heard) = listening().await;
    let client = Client::new(&base_url, "key_1", store::Clock::system()).unwrap();
    let mut history = orders::load(NOON);
    history.customers.truncate(100);
    history.orders.truncate(300);
    let options = Options {
        speed: 1e9,
        seed: 7,
        visits: Some(20),
    };
    run(&client, &history, &options).await;
    let mut last = (0, 0);
    let progress = |done, total| last = (done, total);
    crate::demo::import::run(&client, &history, progress)
        .await
        .unwrap();
    assert_eq!(last, (400, 400));
    let heard = heard.lock();
    let count = |path: &str| heard.iter().filter(|one| *one == path).count();
    for path in ["/v1/batch", "/v1/decisions", "/v1/responses"] {
        assert!(count(path) > 10, "{path}");
    }
    assert!(count("/v1/consents") > 60);
}

#[test]
fn a_hesitant_customer_may_be_written_to_and_leaves_a_full_cart() {
    let history = orders::load(NOON);
    let visitors = Visitors::of(&history);
    for seed in 0..20 {
        let mut visit = visitors.hesitate(seed);
        let mut calls = Vec::new();
        while !visit.over() {
            calls.extend(visit.step(&visitors, NOON));
        }
        assert!(events(&calls, "Product Added") > 0, "seed {seed}");
        assert_eq!(events(&calls, "Order Completed"), 0);
        assert!(visit.who.signed_in && !visit.who.stranger && visit.back_later().is_none());
    }
}
