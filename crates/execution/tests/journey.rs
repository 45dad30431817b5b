//! Journeys at their fail points: a step that breaks off is taken again, and done once.
//!
//! Fail points are global: the tests of this file hold the scenario, and they run in turn.

extern crate rapport_execution as execution;

use std::sync::Arc;

use arc_swap::ArcSwap;
use decision::Decider;
use execution::journey::engine::Engine;
use execution::journey::playbook::Playbook;
use fail::FailScenario;
use memory::event::{prepare, wire};
use memory::{Lookout, Memory};
use serde_json::json;
use store::Db;
use store::test_support::published;

/// Where the engine can break off.
const POINTS: [&str; 2] = ["journey_before_signal", "journey_before_commit"];

async fn engine(db: &Db) -> (Memory, Engine) {
    let memory = Memory::open(db.clone()).await.unwrap();
    let journey = json!({
        "name": {"en": "Welcome"},
        "entry": {"on": ["Signed Up"], "within_ms": 0},
        "steps": [
            {"id": "write", "kind": "message", "template": "hello", "next": "end"},
            {"id": "end", "kind": "end"}
        ]
    });
    let definition = published("journey", "welcome", journey);
    let (playbook, problems) = Playbook::compile(&[definition]);
    assert!(problems.is_empty(), "{problems:?}");
    let watches = playbook.watches();
    let lookout = Lookout {
        watches,
        ..Lookout::default()
    };
    memory.look_out_for(lookout).await.unwrap();
    let playbook = Arc::new(ArcSwap::from_pointee(playbook));
    let decider = Decider::new(memory.clone());
    let engine = Engine::new(memory.clone(), decider, playbook, "node".into());
    (memory, engine)
}

async fn sign_up(memory: &Memory, who: &str) {
    let json = json!({"type": "track", "event": "Signed Up", "userId": who, "messageId": who});
    let form = wire::Form::of_path("/v1/batch").unwrap();
    let wire::Item::Event(event) = wire::parse_item(form, &json.to_string()) else {
        panic!("not understood")
    };
    let db = memory.db();
    let event = prepare(event, 1, db.now(), db.random()).unwrap();
    memory.ingest(vec![event]).await.unwrap();
}

async fn count(db: &Db, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    db.fetch_one::<(i64,)>(&sql, vec![]).await.unwrap().0
}

store::test! {
    async fn wherever_the_engine_breaks_off_each_customer_gets_one_message(db: Db) {
        let _scenario = FailScenario::setup();
        let (memory, engine) = engine(&db).await;
        let mut customers = 0;
        for point in POINTS {
            for action in ["1*return", "1*panic"] {
                customers += 2;
                for number in [customers - 1, customers] {
                    sign_up(&memory, &format!("customer-{number}")).await;
                }
                fail::cfg(point, action).unwrap();
                engine.round().await.unwrap();
                db.clock().advance_ms(1);
                engine.round().await.unwrap();
                fail::remove(point);
                // One of the two broke off and waits; it held the other up in nothing.
                assert_eq!(count(&db, "messages").await, customers - 1, "{point} {action}");
                for _ in 0..3 {
                    db.clock().advance_ms(3_600_000);
                    engine.round().await.unwrap();
                }
                assert_eq!(count(&db, "messages").await, customers, "{point} {action}");
                assert_eq!(count(&db, "signals").await, 0, "{point} {action}");
            }
        }
    }
}
