//! Caps: periods and pacing, and counters that are exact whatever the concurrency.

use std::collections::BTreeMap;

use memory::cap::{db as counters, recount};
use memory::consent::ConsentState;
use memory::interaction::{ContactId, ResponseKind};
use memory::{CustomerId, Memory};
use serde_json::{Map, Value, json};
use store::definition::Definition;
use store::{Db, Random, Timestamp};

use super::{Cap, KIND};
use crate::Decider;
use crate::catalog::Catalog;
use crate::targeting::{AnswerReason, Wish};
use crate::test_support::{ask, decider, known, offer, placement, published, react, say, with};

const HOUR: i64 = 3_600_000;
/// Workers at once.
const WORKERS: usize = 200;

fn cap(more: Value) -> Value {
    with(
        json!({"name": {"en": "Cap"}, "measure": "contacts", "at_most": 10}),
        more,
    )
}

fn read(more: Value) -> Cap {
    serde_json::from_value(cap(more)).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn periods_are_days_weeks_and_months_of_the_stated_zone() {
    let now = at("2026-03-29T22:30:00Z");
    let span = |per: &str| read(json!({"per": per, "zone": "Europe/Berlin"})).span(now);
    // Half past midnight in Berlin, on a Monday, after the night in which summer time began.
    assert_eq!(span("day").label, "2026-03-30");
    assert_eq!(span("day").from, Some(at("2026-03-29T22:00:00Z")));
    assert_eq!(span("day").until, Some(at("2026-03-30T22:00:00Z")));
    assert_eq!(span("week").label, "2026-03-30");
    assert_eq!(span("month").label, "2026-03-01");
    assert_eq!(span("month").from, Some(at("2026-02-28T23:00:00Z")));
    assert_eq!(span("total").label, "total");
    let utc = read(json!({"per": "day"})).span(now);
    assert_eq!(utc.label, "2026-03-29");
}

#[test]
fn pacing_allows_the_elapsed_share_and_at_least_one() {
    let cap = read(json!({"per": "day", "pacing": "even", "at_most": 240}));
    let allowed = |text: &str| cap.allowed(&cap.span(at(text)), at(text));
    assert_eq!(allowed("2026-03-02T00:00:00Z"), 1);
    assert_eq!(allowed("2026-03-02T06:00:00Z"), 60);
    assert_eq!(allowed("2026-03-02T23:59:59Z"), 240);
    // All of the day's traffic comes between six and twelve.
    let mut hours = vec![0; 24];
    hours[6..12].fill(1);
    let cap = read(json!({"per": "day", "pacing": "even", "at_most": 240, "hours": hours}));
    let allowed = |text: &str| cap.allowed(&cap.span(at(text)), at(text));
    assert_eq!(allowed("2026-03-02T05:00:00Z"), 1);
    assert_eq!(allowed("2026-03-02T09:00:00Z"), 120);
    assert_eq!(allowed("2026-03-02T13:00:00Z"), 240);
}

#[test]
fn what_is_wrong_with_a_cap_is_named_with_its_place() {
    let places = |more: Value| -> Vec<String> {
        let problems = (KIND.validate)(&cap(more));
        problems.into_iter().map(|problem| problem.path).collect()
    };
    assert_eq!(places(json!({})), [""; 0]);
    assert_eq!(places(json!({"measure": "clicks"})), ["/measure"]);
    assert_eq!(
        places(json!({"at_most": -1, "zone": "Mars", "offers": [], "pacing": "even"})),
        ["/at_most", "/zone", "/offers", "/pacing"]
    );
    let backwards = json!({"starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z",
        "hours": [1, 2]});
    assert_eq!(places(backwards), ["/ends_at", "/hours", "/hours"]);
}

fn definitions(caps: &[(&str, Value)]) -> Vec<Definition> {
    let mut definitions = vec![
        offer("sale", json!({"cost_cents": 300})),
        placement("home", "web", json!({"reserves_ms": HOUR})),
        placement("mail", "email", json!({"reserves_ms": HOUR})),
    ];
    definitions.extend(
        caps.iter()
            .map(|(key, body)| published("cap", key, cap(body.clone()))),
    );
    definitions
}

async fn customers(memory: &Memory, count: usize) -> Vec<CustomerId> {
    let mut customers = vec![];
    for number in 0..count {
        let id = known(memory, &format!("user_{number}"), json!({})).await;
        say(memory, id, "email", ConsentState::Granted).await;
        customers.push(id);
    }
    customers
}

/// A second process, as far as the store can tell.
async fn another(db: &Db, definitions: &[Definition]) -> Decider {
    let decider = Decider::new(Memory::open(db.clone()).await.unwrap());
    decider
        .install(Catalog::compile(definitions).0)
        .await
        .unwrap();
    decider
}

async fn mail(decider: &Decider, customer: CustomerId, reference: String) -> Option<ContactId> {
    let wish = Wish {
        customer,
        placement: "mail".into(),
        reference,
        context: Map::new(),
        language: None,
        journey: None,
    };
    let made = decider.decide_in_process(&wish).await.unwrap();
    made.offer.map(|offer| offer.contact_id)
}

async fn taken(db: &Db) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = db
        .fetch_all(
            "SELECT counter, taken FROM cap_counters WHERE taken <> 0",
            vec![],
        )
        .await
        .unwrap();
    rows.into_iter().collect()
}

store::test! {
    async fn two_hundred_workers_take_exactly_what_the_cap_allows(db: Db) {
        let caps = [("thousand", json!({"at_most": 1_000, "offers": ["sale"]}))];
        let definitions = definitions(&caps);
        let memory = Memory::open(db.clone()).await.unwrap();
        let mut deciders = vec![decider(&memory, &definitions).await];
        if !db.exclusive() {
            deciders.push(another(&db, &definitions).await);
        }
        let customers = customers(&memory, WORKERS).await;
        let started = std::time::Instant::now();
        let mut workers = tokio::task::JoinSet::new();
        for (worker, customer) in customers.into_iter().enumerate() {
            let decider = deciders[worker % deciders.len()].clone();
            workers.spawn(async move {
                let mut made = 0;
                while mail(&decider, customer, format!("step_{made}")).await.is_some() {
                    made += 1;
                }
                made
            });
        }
        let made: i64 = workers.join_all().await.into_iter().sum();
        println!("{made} contacts in {:?} on {} nodes", started.elapsed(), deciders.len());
        assert_eq!(made, 1_000);
        assert_eq!(taken(&db).await, BTreeMap::from([("thousand@total".to_owned(), 1_000)]));
        assert_eq!(recount(&db, db.now()).await.unwrap(), taken(&db).await);
        let answer = deciders[0].decide(&ask("user_0", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        assert!(answer.placements[0].fallback.is_some());
    }
}

store::test! {
    async fn what_is_not_used_in_time_is_given_back(db: Db) {
        let caps = [("two", json!({"at_most": 2, "offers": ["sale"]}))];
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions(&caps)).await;
        let customers = customers(&memory, 4).await;
        let first = mail(&decider, customers[0], "a".into()).await.unwrap();
        let second = mail(&decider, customers[1], "a".into()).await.unwrap();
        assert_eq!(mail(&decider, customers[2], "a".into()).await, None);
        decider.present(customers[0], first).await.unwrap();
        decider.release(customers[1], second, "test").await.unwrap();
        let third = mail(&decider, customers[2], "b".into()).await.unwrap();
        assert_eq!(mail(&decider, customers[3], "a".into()).await, None);
        db.clock().advance_ms(HOUR + 1);
        memory.give_back().await.unwrap();
        assert_eq!(taken(&db).await["two@total"], 1);
        let fourth = mail(&decider, customers[3], "b".into()).await;
        assert!(fourth.is_some());
        // It was seen all the same, after its time: that is a fact, and counted as one.
        decider.present(customers[2], third).await.unwrap();
        assert_eq!(taken(&db).await["two@total"], 3);
        assert_eq!(recount(&db, db.now()).await.unwrap(), taken(&db).await);
        assert_eq!(mail(&decider, customers[1], "c".into()).await, None);
    }
}

store::test! {
    async fn stock_and_budget_are_held_until_the_customer_answers(db: Db) {
        let caps = [
            ("stock", json!({"measure": "acceptances", "at_most": 2})),
            ("budget", json!({"measure": "spend", "at_most": 700, "per": "week"})),
            ("loose", json!({"measure": "acceptances", "at_most": 1, "holds": false})),
        ];
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions(&caps)).await;
        let customers = customers(&memory, 3).await;
        let first = mail(&decider, customers[0], "a".into()).await.unwrap();
        let second = mail(&decider, customers[1], "a".into()).await.unwrap();
        assert_eq!(mail(&decider, customers[2], "a".into()).await, None, "the stock is promised");
        react(&memory, customers[0], ResponseKind::Reject, Some(first), "sale").await;
        let third = mail(&decider, customers[2], "b".into()).await.unwrap();
        let expected = |loose: i64| -> BTreeMap<String, i64> {
            let figures = [("budget@2026-03-02", 600), ("stock@total", 2), ("loose@total", loose)];
            let figures = figures.into_iter().filter(|(_, taken)| *taken > 0);
            figures.map(|(counter, taken)| (counter.to_owned(), taken)).collect()
        };
        assert_eq!(taken(&db).await, expected(0));
        for _ in 0..2 {
            react(&memory, customers[1], ResponseKind::Accept, Some(second), "sale").await;
        }
        assert_eq!(taken(&db).await, expected(1));
        assert_eq!(mail(&decider, customers[0], "c".into()).await, None, "one was enough");
        react(&memory, customers[2], ResponseKind::Accept, Some(third), "sale").await;
        assert_eq!(taken(&db).await, expected(2));
        assert_eq!(recount(&db, db.now()).await.unwrap(), taken(&db).await);
        let held = counters::held(&db, "stock").await.unwrap();
        assert_eq!(held, []);
    }
}

store::test! {
    async fn a_budget_takes_what_the_variant_costs(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({"variants": [{"key": "big", "cost_cents": 400}]})),
            placement("home", "web", json!({"reserves_ms": HOUR})),
            published("cap", "budget", cap(json!({"measure": "spend", "at_most": 700}))),
        ]).await;
        customers(&memory, 2).await;
        let first = decider.decide(&ask("user_0", &["home"])).await;
        assert_eq!(first.placements[0].offers[0].variant.as_deref(), Some("big"));
        assert_eq!(taken(&db).await["budget@total"], 400);
        let second = decider.decide(&ask("user_1", &["home"])).await;
        assert!(second.placements[0].offers.is_empty(), "700 do not pay two of 400");
    }
}

/// What one caller does with a customer, by chance.
async fn by_chance(decider: &Decider, customer: CustomerId, seed: u64) {
    let random = Random::seeded(seed);
    let Some(contact) = mail(decider, customer, format!("step_{seed}")).await else {
        return;
    };
    match random.u64() % 6 {
        0 | 1 => decider.present(customer, contact).await.unwrap(),
        2 => decider.release(customer, contact, "test").await.unwrap(),
        3 => {
            react(
                decider.memory(),
                customer,
                ResponseKind::Accept,
                Some(contact),
                "sale",
            )
            .await
        }
        4 => {
            react(
                decider.memory(),
                customer,
                ResponseKind::Reject,
                Some(contact),
                "sale",
            )
            .await
        }
        _ => {}
    }
}

store::test! {
    async fn counters_say_what_the_log_says(db: Db) {
        let caps = [
            ("day", json!({"at_most": 25, "per": "day"})),
            ("stock", json!({"measure": "acceptances", "at_most": 60})),
            ("budget", json!({"measure": "spend", "at_most": 9_000, "pacing": "even",
                "per": "week"})),
        ];
        let definitions = definitions(&caps);
        let memory = Memory::open(db.clone()).await.unwrap();
        let mut deciders = vec![decider(&memory, &definitions).await];
        if !db.exclusive() {
            deciders.push(another(&db, &definitions).await);
        }
        let customers = customers(&memory, 12).await;
        for round in 0..10_u64 {
            let mut calls = tokio::task::JoinSet::new();
            for caller in 0..40_u64 {
                let decider = deciders[caller as usize % deciders.len()].clone();
                let customer = customers[caller as usize % customers.len()];
                calls.spawn(async move {
                    by_chance(&decider, customer, round * 40 + caller + 1).await;
                });
            }
            calls.join_all().await;
            db.clock().advance_ms(HOUR * 7 / 2);
            memory.give_back().await.unwrap();
            let now = taken(&db).await;
            let told = recount(&db, db.now()).await.unwrap();
            let told: BTreeMap<String, i64> = told.into_iter().filter(|(_, n)| *n != 0).collect();
            assert_eq!(now, told, "round {round}");
            for (counter, taken) in now {
                let limit = match counter.split('@').next() {
                    Some("day") => 25,
                    Some("stock") => 60,
                    _ => 9_000,
                };
                assert!(taken <= limit, "{counter}: {taken}");
            }
        }
    }
}
