//! Promise P5: whatever the store does, every question is answered in time, with what the answer
//! is worth said in it, and nothing that must not be shown is shown.

use std::time::{Duration, Instant};

use axum::Router;
use axum::response::IntoResponse;
use gate::Scope;
use gate::test_support::{Answer, Caller, call, gate, program};
use memory::Memory;
use memory::consent::ConsentState;
use serde_json::{Value, json};
use store::Db;

use crate::test_support::{decider, known, offer, placement, policy, say};

struct House {
    memory: Memory,
    router: Router,
    program: Caller,
}

async fn house(db: &Db) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let limits = json!([{"key": "all", "at_most": 50, "window": {"calendar": "day"}}]);
    let definitions = [
        offer("sale", json!({})),
        placement("home", "web", json!({"reserves_ms": 1_000})),
        policy(limits, json!({})),
    ];
    let decider = decider(&memory, &definitions).await;
    let gate = gate(db, &[]).await;
    let (router, _) = crate::routes().split_for_parts();
    House {
        router: gate::enter(router.with_state(decider), gate),
        program: program(db, &[Scope::Decide]).await,
        memory,
    }
}

impl House {
    fn body(&self, user: &str) -> Value {
        json!({"customer": {"user_id": user}, "placements": ["home"], "deadline_ms": 100})
    }

    async fn ask(&self, user: &str, key: Option<&str>) -> (Answer, Duration) {
        let body = self.body(user);
        let header = key.map(|key| ("idempotency-key", key));
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let started = Instant::now();
        let line = "POST /v1/decisions";
        let answer = call(&self.router, &self.program, line, &headers, Some(body)).await;
        (answer, started.elapsed())
    }
}

fn fallback(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["degradation"], "fallback", "{}", answer.body);
    assert_eq!(answer.body["placements"][0]["offers"], json!([]));
    assert_eq!(answer.body["placements"][0]["fallback"]["title"], "Welcome");
    let reason = answer.body["placements"][0]["reason"].as_str().unwrap();
    assert!(["timeout", "unavailable"].contains(&reason), "{reason}");
}

store::test! {
    async fn a_store_that_is_gone_leaves_nobody_without_an_answer(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        let bob = known(&house.memory, "bob", json!({})).await;
        say(&house.memory, bob, "web", ConsentState::Denied).await;
        let (before, _) = house.ask("ann", None).await;
        assert_eq!(before.body["degradation"], "none", "{}", before.body);
        let (kept, _) = house.ask("ann", Some("k1")).await;
        assert_eq!(kept.status, 200);
        db.close().await;
        // Longer than a key is trusted without looking.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let mut slowest = Duration::ZERO;
        for number in 0..100 {
            let user = ["ann", "bob", "nobody"][number % 3];
            let key = (number % 2 == 0).then(|| format!("key-{number}"));
            let (answer, took) = house.ask(user, key.as_deref()).await;
            fallback(&answer);
            slowest = slowest.max(took);
        }
        assert!(slowest < Duration::from_millis(400), "{slowest:?}");
        // Nothing was written down, so nothing was promised.
        let flags = json!({"context": {"targetingKey": "ann"}});
        let line = "POST /ofrep/v1/evaluate/flags/home";
        let answer = call(&house.router, &house.program, line, &[], Some(flags)).await;
        assert_eq!((answer.status, answer.body["reason"].as_str()), (200, Some("UNKNOWN")));
        assert_eq!(answer.body["variant"], "fallback");
        let session = json!({"placements": ["home"], "deadline_ms": 50});
        let line = "POST /v1/sessions/ses_1/offers";
        let answer = call(&house.router, &house.program, line, &[], Some(session)).await;
        fallback(&answer);
    }
}

store::test! {
    async fn a_store_that_is_slow_is_not_waited_for(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        let (before, _) = house.ask("ann", None).await;
        assert_eq!(before.body["degradation"], "none", "{}", before.body);
        // Somebody holds the customer, as a long transaction would: on the embedded store the one
        // writer, on PostgreSQL the customer's row.
        let mut blocking = db.begin().await.unwrap();
        let lock = blocking.for_update();
        let sql = format!("SELECT customer_id FROM customers WHERE customer_id = 1{lock}");
        let _rows: Vec<(i64,)> = blocking.fetch_all(&sql, vec![]).await.unwrap();
        let mut slowest = Duration::ZERO;
        for _ in 0..10 {
            db.clock().advance_ms(2_000);
            let (answer, took) = house.ask("ann", None).await;
            fallback(&answer);
            slowest = slowest.max(took);
        }
        assert!(slowest < Duration::from_millis(400), "{slowest:?}");
        drop(blocking);
        // What waited is done now; the promises nobody saw expire by themselves.
        tokio::time::sleep(Duration::from_millis(500)).await;
        db.clock().advance_ms(2_000);
        let (after, _) = house.ask("ann", None).await;
        assert_eq!(after.body["degradation"], "none", "{}", after.body);
        let offers: &Value = &after.body["placements"][0]["offers"];
        assert_eq!(offers.as_array().unwrap().len(), 1);
    }
}

store::test! {
    async fn a_repetition_of_a_call_in_flight_is_answered_in_time_and_later_with_its_answer(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        let body = house.body("ann").to_string();
        let (answer, wait) = tokio::sync::oneshot::channel::<()>();
        let first = async move {
            wait.await.unwrap();
            axum::Json(json!({"placements": "of the first"})).into_response()
        };
        let (store, text) = (db.clone(), body.clone());
        let first = tokio::spawn(async move {
            let scope = "decisions:key_1";
            gate::idempotency::once(&store, scope, Some("k"), text.as_bytes(), first).await
        });
        // Until the first holds the key, a call with it is the first one itself.
        let held = "SELECT status FROM idempotency_keys";
        while db.fetch_all::<(i64,)>(held, vec![]).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        fallback(&house.ask("ann", Some("k")).await.0);
        answer.send(()).unwrap();
        first.await.unwrap().unwrap();
        let (later, _) = house.ask("ann", Some("k")).await;
        assert_eq!((later.status, &later.body["placements"]), (200, &json!("of the first")));
    }
}
