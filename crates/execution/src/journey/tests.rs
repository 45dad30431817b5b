//! Journeys against real stores, with a clock that the tests move.

use std::sync::Arc;

use arc_swap::ArcSwap;
use decision::{Catalog, Decider};
use memory::event::{prepare, wire};
use memory::{Lookout, Memory};
use serde_json::{Value, json};
use store::definition::ProblemCode;
use store::test_support::published;
use store::{Db, Timestamp};

use super::engine::Engine;
use super::playbook::Playbook;
use super::{Instance, State, db, validate};

const HOUR: i64 = 3_600_000;

fn abandoned_cart() -> Value {
    json!({
        "name": {"en": "Abandoned cart"},
        "entry": {"on": ["Product Added"], "key": "cart_id", "without": ["Order Completed"],
                  "within_ms": HOUR},
        "cancel_on": ["Order Completed"],
        "steps": [
            {"id": "calm", "kind": "wait", "for_ms": HOUR, "next": "which"},
            {"id": "which", "kind": "split", "otherwise": "write",
             "branches": [{"when": {"attribute": "vip", "equals": true}, "next": null}]},
            {"id": "write", "kind": "message", "template": "cart", "next": "end"},
            {"id": "end", "kind": "end"}
        ]
    })
}

struct Stage {
    db: Db,
    memory: Memory,
    engine: Engine,
    count: std::cell::Cell<u32>,
}

async fn stage(db: Db) -> Stage {
    let memory = Memory::open(db.clone()).await.unwrap();
    let definition = published("journey", "cart", abandoned_cart());
    let (playbook, problems) = Playbook::compile(&[definition]);
    assert!(problems.is_empty(), "{problems:?}");
    let lookout = Lookout {
        watches: playbook.watches(),
        ..Lookout::default()
    };
    memory.look_out_for(lookout).await.unwrap();
    let playbook = Arc::new(ArcSwap::from_pointee(playbook));
    let decider = Decider::new(memory.clone());
    let engine = Engine::new(memory.clone(), decider, playbook, "node".into());
    Stage {
        db,
        memory,
        engine,
        count: 0.into(),
    }
}

impl Stage {
    async fn does(&self, who: Value, event: &str, properties: Value) {
        self.does_at(who, event, properties, self.db.now()).await;
    }

    async fn does_at(&self, who: Value, event: &str, properties: Value, at: Timestamp) {
        self.count.set(self.count.get() + 1);
        let mut json = json!({"type": "track", "event": event, "properties": properties,
            "messageId": format!("m{}", self.count.get()), "timestamp": at});
        json.as_object_mut()
            .unwrap()
            .extend(who.as_object().unwrap().clone());
        let form = wire::Form::of_path("/v1/batch").unwrap();
        let wire::Item::Event(event) = wire::parse_item(form, &json.to_string()) else {
            panic!("not understood")
        };
        let event = prepare(event, 1, self.db.now(), self.db.random()).unwrap();
        self.memory.ingest(vec![event]).await.unwrap();
    }

    async fn after(&self, ms: i64) {
        self.db.clock().advance_ms(ms);
        self.engine.round().await.unwrap();
    }

    async fn instances(&self) -> Vec<Instance> {
        db::page(&self.db, "cart", None, None, i64::MAX, 10)
            .await
            .unwrap()
    }

    async fn planned(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM messages";
        self.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
    }
}

store::test! {
    async fn an_abandoned_cart_leads_to_one_message(db: Db) {
        let stage = stage(db).await;
        let ann = json!({"userId": "ann"});
        stage.does(ann.clone(), "Product Added", json!({"cart_id": "c", "product_id": "1"})).await;
        stage.after(HOUR / 2).await;
        stage.does(ann, "Product Added", json!({"cart_id": "c", "product_id": "2"})).await;
        stage.after(HOUR / 2 + 1).await;
        // The second product started the waiting time again.
        assert_eq!(stage.instances().await[0].state, State::Pending);
        stage.after(HOUR / 2).await;
        let inside = stage.instances().await.remove(0);
        assert_eq!((inside.state, inside.step.as_deref()), (State::Inside, Some("calm")));
        stage.after(HOUR).await;
        stage.after(HOUR).await;
        let done = stage.instances().await;
        assert_eq!((done.len(), done[0].state, stage.planned().await), (1, State::Done, 1));
        assert_eq!(done[0].luggage.event["products"].as_array().unwrap().len(), 2);
        let mut entered = db::entered(&stage.db, "cart").await.unwrap();
        entered.sort();
        let each = ["calm", "end", "which", "write"].map(|step| (step.to_owned(), 1));
        assert_eq!(entered, each);
    }
}

store::test! {
    async fn an_order_ends_the_waiting_wherever_the_customer_signed_in(db: Db) {
        let stage = stage(db).await;
        let browser = json!({"anonymousId": "b"});
        stage.does(json!({"userId": "ann"}), "Signed Up", json!({})).await;
        stage.does(browser, "Product Added", json!({"cart_id": "c", "product_id": "1"})).await;
        stage.after(1).await;
        // The login merges the anonymous customer into the known one; the till knows no cart.
        stage.does(json!({"anonymousId": "b", "userId": "ann"}), "Signed In", json!({})).await;
        stage.does(json!({"userId": "ann"}), "Order Completed", json!({"order_id": "o"})).await;
        stage.after(3 * HOUR).await;
        let ended = stage.instances().await.remove(0);
        assert_eq!(ended.state, State::Cancelled);
        assert_eq!(ended.reason.as_deref(), Some("Order Completed"));
        assert_eq!(stage.planned().await, 0);
    }
}

store::test! {
    async fn a_late_cart_event_does_not_start_what_an_order_has_ended(db: Db) {
        let stage = stage(db).await;
        let (ann, before) = (json!({"userId": "ann"}), stage.db.now());
        stage.db.clock().advance_ms(HOUR);
        stage.does(ann.clone(), "Order Completed", json!({"order_id": "o"})).await;
        stage.after(1).await;
        let late = json!({"cart_id": "c", "product_id": "1"});
        stage.does_at(ann, "Product Added", late, before).await;
        stage.after(3 * HOUR).await;
        assert!(stage.instances().await.is_empty());
    }
}

store::test! {
    async fn an_order_far_back_still_stops_a_late_cart_event(db: Db) {
        let stage = stage(db).await;
        let (ann, before) = (json!({"userId": "ann"}), stage.db.now());
        stage.db.clock().advance_ms(HOUR);
        stage.does(ann.clone(), "Order Completed", json!({"order_id": "o"})).await;
        for page in 0..120 {
            stage.does(ann.clone(), "Page Seen", json!({"number": page})).await;
        }
        stage.after(1).await;
        let late = json!({"cart_id": "c", "product_id": "1"});
        stage.does_at(ann.clone(), "Product Added", late.clone(), before).await;
        stage.after(3 * HOUR).await;
        assert!(stage.instances().await.is_empty());
        // What is put into a cart after it begins anew.
        stage.does(ann, "Product Added", late).await;
        stage.after(1).await;
        assert_eq!(stage.instances().await.len(), 1);
    }
}

store::test! {
    async fn a_signal_that_cannot_be_taken_in_stops_nobody_else(db: Db) {
        let stage = stage(db).await;
        for who in ["ann", "bob"] {
            let cart = json!({"cart_id": "c", "product_id": "1"});
            stage.does(json!({"userId": who}), "Product Added", cart).await;
            stage.after(1).await;
        }
        // What is known of Ann's cart is not readable any more.
        let ann = stage.instances().await.into_iter().map(|one| one.customer_id).min().unwrap();
        let sql = "UPDATE journey_instances SET body = 'torn', due_at = $2 WHERE customer_id = $1";
        stage.db.execute(sql, store::params![ann, i64::MAX]).await.unwrap();
        let mut waiting = vec![];
        for _ in 0..6 {
            for who in ["ann", "bob"] {
                let more = json!({"cart_id": "c", "product_id": "2"});
                stage.does(json!({"userId": who}), "Product Added", more).await;
            }
            stage.after(1).await;
            stage.after(1).await;
            let sql = "SELECT COUNT(*) FROM signals WHERE due_at <= $1";
            let now = stage.db.now();
            waiting.push(stage.db.fetch_one::<(i64,)>(sql, store::params![now]).await.unwrap().0);
        }
        // Each was tried once and waits for its next try; it does not come again in each round.
        assert_eq!(waiting, [0; 6]);
        for _ in 0..6 {
            stage.after(1_000_000).await;
        }
        let sql = "SELECT attempts, due_at FROM signals";
        let kept: Vec<(i64, Timestamp)> = stage.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(kept, [(5, Timestamp(i64::MAX)); 6]);
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    assert_eq!(validate(&abandoned_cart()), []);
    let mut wrong = abandoned_cart();
    wrong["steps"][0]["next"] = "wich".into();
    wrong["steps"][2]["channel"] = "fax".into();
    let problems = validate(&wrong);
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(places, ["/steps/0/next", "/steps/2/channel"]);
    assert_eq!(
        problems[0].hint.as_deref(),
        Some("steps are: calm, which, write, end")
    );
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    let expected = [ProblemCode::NoSuchStep, ProblemCode::CannotSend].map(Some);
    assert_eq!(codes, expected);
    assert_eq!(problems[0].values["choices"], "calm, which, write, end");
    let mut idle = abandoned_cart();
    idle["steps"][0] = json!({"id": "calm", "kind": "wait", "next": "which"});
    idle["control_fraction"] = 2.into();
    let codes: Vec<_> = validate(&idle).iter().map(|problem| problem.code).collect();
    let expected = [ProblemCode::OutOfRange, ProblemCode::WaitsForNothing].map(Some);
    assert_eq!(codes, expected);
    let mut circle = abandoned_cart();
    circle["steps"][2]["next"] = "which".into();
    assert!(
        validate(&circle)[0]
            .message
            .contains("leads back to itself without a wait")
    );
    let mut typo = abandoned_cart();
    typo["entry"]["withn_ms"] = 5.into();
    assert_eq!(validate(&typo)[0].path, "/entry/withn_ms");
}

/// A journey that begins with a segment, and the segment, kept as the program keeps it.
async fn segment_stage(db: Db) -> (Stage, tokio::sync::watch::Sender<bool>) {
    let memory = Memory::open(db.clone()).await.unwrap();
    let journey = json!({
        "name": {"en": "Welcome"},
        "entry": {"on": ["Segment Entered"], "segments": ["buyers"]},
        "cancel_on": ["Segment Left"],
        "steps": [{"id": "calm", "kind": "wait", "for_ms": 1_000 * HOUR, "next": "end"},
            {"id": "end", "kind": "end"}]
    });
    let rule = json!({"event": "Order Completed", "at_least": 1, "within": {"rolling_days": 2}});
    let segment = |name: &str| json!({"name": {"en": name}, "criteria": rule});
    let definitions = [
        published("journey", "cart", journey),
        published("segment", "buyers", segment("Buyers")),
        published("segment", "also", segment("Also")),
    ];
    let (playbook, problems) = Playbook::compile(&definitions);
    assert!(problems.is_empty(), "{problems:?}");
    let (catalog, problems) = Catalog::compile(&definitions);
    assert!(problems.is_empty(), "{problems:?}");
    let lookout = Lookout {
        watches: playbook.watches(),
        slots: memory::criteria::Slots::new(catalog.lookout_parts().aggregates),
        ..Lookout::default()
    };
    memory.look_out_for(lookout).await.unwrap();
    let decider = Decider::new(memory.clone());
    decider.install(catalog).await.unwrap();
    let playbook = Arc::new(ArcSwap::from_pointee(playbook));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(decision::segment::keep(decider.clone(), stopped));
    let engine = Engine::new(memory.clone(), decider, playbook, "node".into());
    // Whoever is in a segment when it is new comes in silently.
    while decision::segment::db::standings(&db).await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    let stage = Stage {
        db,
        memory,
        engine,
        count: 0.into(),
    };
    (stage, stop)
}

impl Stage {
    /// Works until the instances are as they should be.
    async fn until(&self, done: impl Fn(&[Instance]) -> bool) {
        while !done(&self.instances().await) {
            self.engine.round().await.unwrap();
            tokio::task::yield_now().await;
        }
    }
}

store::test! {
    async fn whoever_comes_into_a_segment_starts_once_and_ends_with_leaving(db: Db) {
        let (stage, stop) = segment_stage(db).await;
        let ann = json!({"userId": "ann"});
        stage.does(ann.clone(), "Order Completed", json!({})).await;
        stage.until(|all| all.iter().any(|one| one.state == State::Inside)).await;
        // She is in it already: another order begins nothing, nor does the other segment.
        stage.does(ann, "Order Completed", json!({})).await;
        stage.does(json!({"userId": "bob"}), "Order Completed", json!({})).await;
        stage.until(|all| all.len() == 2 && all.iter().all(|one| one.state == State::Inside)).await;
        stage.db.clock().advance_ms(49 * HOUR);
        stage.until(|all| all.iter().all(|one| one.state == State::Cancelled)).await;
        let ended = stage.instances().await;
        assert_eq!(ended.len(), 2, "each customer entered once");
        assert!(ended.iter().all(|one| one.reason.as_deref() == Some("Segment Left")));
        stop.send_replace(true);
    }
}
