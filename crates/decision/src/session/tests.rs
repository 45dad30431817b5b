//! Sessions over HTTP: a call from start to end, repeated, at once, on another node, and over time.

use axum::Router;
use gate::test_support::{Answer, Caller, call, gate, program};
use gate::{GateState, Scope};
use memory::Memory;
use memory::interaction::ContactStatus;
use serde_json::{Value, json};
use store::Db;

use crate::Decider;
use crate::test_support::{catalog, decider, known, offer, placement};

struct Desk {
    memory: Memory,
    gate: GateState,
    router: Router,
    program: Caller,
}

fn definitions() -> Vec<store::definition::Definition> {
    let weather = json!({"context": "weather", "equals": "rain"});
    vec![
        offer(
            "umbrella",
            json!({"eligibility": weather, "value_cents": 5_000}),
        ),
        offer("hat", json!({"category": "hats"})),
        placement("script", "call_center", json!({"count": 2})),
        placement("home", "web", json!({})),
    ]
}

async fn desk(db: &Db) -> Desk {
    let memory = Memory::open(db.clone()).await.unwrap();
    let decider = decider(&memory, &definitions()).await;
    let gate = gate(db, &[]).await;
    let router = over(decider, &gate);
    let program = program(db, &[Scope::Decide]).await;
    Desk {
        memory,
        gate,
        router,
        program,
    }
}

fn over(decider: Decider, gate: &GateState) -> Router {
    let (routes, _) = crate::routes().split_for_parts();
    gate::enter(routes.with_state(decider), gate.clone())
}

impl Desk {
    async fn call(&self, line: &str, body: Value) -> Answer {
        let body = Some(body).filter(|body| !body.is_null());
        call(&self.router, &self.program, line, &[], body).await
    }

    async fn start(&self, more: Value) -> String {
        let base = json!({"customer": {"user_id": "ann"}, "channel": "call_center"});
        let body = crate::test_support::with(base, more);
        let answer = self.call("POST /v1/sessions", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["session_id"].as_str().unwrap().to_owned()
    }
}

fn offers(answer: &Answer) -> Vec<&str> {
    let offers = answer.body["placements"][0]["offers"].as_array().unwrap();
    offers
        .iter()
        .map(|offer| offer["offer"].as_str().unwrap())
        .collect()
}

const PATIENT: u64 = 10_000;

store::test! {
    async fn a_call_from_start_to_end(db: Db) {
        let desk = desk(&db).await;
        known(&desk.memory, "ann", json!({"email": "ann@example.com", "tier": "gold"})).await;
        let id = desk.start(json!({"context": {"skill": "sales"}})).await;
        let at = |path: &str| format!("/v1/sessions/{id}{path}");
        let wish = json!({"placements": ["script"], "deadline_ms": PATIENT});
        let dry = desk.call(&format!("POST {}", at("/offers")), wish.clone()).await;
        assert_eq!(dry.status, 200, "{}", dry.body);
        assert_eq!(offers(&dry), ["hat"]);
        let rain = json!({"context": {"weather": "rain", "skill": null}});
        let changed = desk.call(&format!("PATCH {}", at("/context")), rain).await;
        assert_eq!(changed.body["context"], json!({"weather": "rain"}));
        let all = json!({"deadline_ms": PATIENT});
        let wet = desk.call(&format!("POST {}", at("/offers")), all).await;
        assert_eq!(offers(&wet), ["umbrella", "hat"]);
        let event = json!({"event": "Call Started", "properties": {"queue": "sales"},
            "message_id": "call-1"});
        let line = format!("POST {}", at("/events"));
        let first = desk.call(&line, event.clone()).await;
        assert_eq!(first.body["duplicate"], false, "{}", first.body);
        db.clock().advance_ms(1_000);
        assert_eq!(desk.call(&line, event).await.body["duplicate"], true);
        let contact = wet.body["placements"][0]["offers"][0]["contact_id"].clone();
        let accept = json!({"contact_id": contact, "kind": "accept", "message_id": "call-1-yes"});
        let answered = desk.call(&format!("POST {}", at("/responses")), accept).await;
        assert_eq!(answered.body["offer"], "umbrella");
        let profile = desk.call(&format!("GET {}", at("/profile")), Value::Null).await;
        assert_eq!(profile.body["session"]["customer_id"], "cus_1");
        assert_eq!(profile.body["customer"]["email"], "•••");
        assert_eq!(profile.body["customer"]["counts"]["responses"], 1);
        let ended = desk.call(&format!("DELETE {}", at("")), Value::Null).await;
        assert_eq!(ended.body["released"], 1, "the hat was promised and never spoken of");
        let again = desk.call(&format!("DELETE {}", at("")), Value::Null).await;
        assert_eq!((again.status, &again.body["ended_at"]), (200, &ended.body["ended_at"]));
        let over = desk.call(&format!("POST {}", at("/offers")), wish).await;
        assert_eq!((over.status, &over.body["hint"]), (404, &json!("start a new session")));
        let state = desk.memory.customer(memory::CustomerId(1)).await.unwrap().unwrap().state;
        let status = |offer: &str| {
            state.contacts.iter().find(|m| m.offer.as_deref() == Some(offer)).unwrap().status
        };
        assert_eq!(status("umbrella"), ContactStatus::Presented);
        assert_eq!(status("hat"), ContactStatus::Released);
    }
}

store::test! {
    async fn commands_are_done_once_and_lose_nothing_at_once(db: Db) {
        let desk = desk(&db).await;
        let body = json!({"customer": {"user_id": "ann"}, "channel": "call_center"});
        let key = [("idempotency-key", "k1")];
        let mut ids = vec![];
        for _ in 0..2 {
            let line = "POST /v1/sessions";
            let answer = call(&desk.router, &desk.program, line, &key, Some(body.clone())).await;
            ids.push(answer.body["session_id"].as_str().unwrap().to_owned());
        }
        assert_eq!(ids[0], ids[1]);
        let mut calls = tokio::task::JoinSet::new();
        for number in 0..40 {
            let (router, program) = (desk.router.clone(), desk.program.clone());
            let line = format!("PATCH /v1/sessions/{}/context", ids[0]);
            calls.spawn(async move {
                let body = json!({"context": {format!("key_{number}"): number}});
                call(&router, &program, &line, &[], Some(body)).await.status
            });
        }
        assert_eq!(calls.join_all().await, [200; 40]);
        let line = format!("GET /v1/sessions/{}/profile", ids[0]);
        let profile = desk.call(&line, Value::Null).await;
        assert_eq!(profile.body["session"]["context"].as_object().unwrap().len(), 40);
        assert_eq!(profile.body["customer"], Value::Null);
    }
}

store::test! {
    async fn a_batch_does_its_commands_in_order_and_stops_at_the_first_failure(db: Db) {
        let desk = desk(&db).await;
        let start = json!({"command": "start", "customer": {"anonymous_id": "kiosk-7"},
            "channel": "call_center", "request_id": "r1"});
        let commands = json!([start,
            {"command": "event", "event": "Card Read", "message_id": "c1"},
            {"command": "customer", "customer": {"user_id": "ann"}},
            {"command": "offers", "placements": ["script"], "deadline_ms": PATIENT},
            {"command": "offers", "placements": ["home"]},
            {"command": "profile"},
        ]);
        let answer = desk.call("POST /v1/sessions/batch", json!({"commands": commands})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let statuses: Vec<_> = answer.body["results"].as_array().unwrap().iter()
            .map(|result| result["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 422, 424], "{}", answer.body);
        let wrong = &answer.body["results"][4]["body"]["errors"][0];
        assert_eq!(wrong["path"], "/placements/0");
        let again = desk.call("POST /v1/sessions/batch", json!({"commands": [start]})).await;
        assert_eq!(again.body["session_id"], answer.body["session_id"]);
        let bad = json!({"commands": [{"command": "dance"}, {"command": "offers", "cuont": 1}]});
        let bad = desk.call("POST /v1/sessions/batch", bad).await;
        assert_eq!(bad.error_paths(), ["/commands/0", "/commands/1/cuont"]);
        let none = desk.call("POST /v1/sessions/batch", json!({"commands": []})).await;
        assert_eq!(none.error_paths(), ["/commands"]);
    }
}

store::test! {
    async fn any_node_continues_a_session_and_it_expires(db: Db) {
        let desk = desk(&db).await;
        known(&desk.memory, "ann", json!({})).await;
        let id = desk.start(json!({"ttl_seconds": 60})).await;
        let line = format!("POST /v1/sessions/{id}/offers");
        let wish = json!({"deadline_ms": PATIENT});
        // The embedded store has one process; there a restart stands for another node.
        desk.memory.close().await.unwrap();
        let other = Decider::new(Memory::open(db.clone()).await.unwrap());
        other.install(catalog(&definitions())).await.unwrap();
        let router = over(other, &desk.gate);
        db.clock().advance_ms(50_000);
        let answer = call(&router, &desk.program, &line, &[], Some(wish.clone())).await;
        assert_eq!((answer.status, offers(&answer)), (200, vec!["hat"]));
        db.clock().advance_ms(50_000);
        let answer = call(&router, &desk.program, &line, &[], Some(wish.clone())).await;
        assert_eq!(answer.status, 200, "every command prolongs the session");
        db.clock().advance_ms(60_000);
        assert_eq!(call(&router, &desk.program, &line, &[], Some(wish)).await.status, 404);
        let forgotten = super::db::forget_old(&db, db.now().plus_ms(90_000_000)).await.unwrap();
        assert_eq!(forgotten, 1);
    }
}

store::test! {
    async fn what_is_wrong_with_a_start_is_named(db: Db) {
        let desk = desk(&db).await;
        let nobody = json!({"customer": {}, "channel": "call_center"});
        let nobody = desk.call("POST /v1/sessions", nobody).await;
        assert_eq!(nobody.error_paths(), ["/customer"]);
        let short = json!({"customer": {"user_id": "a"}, "channel": "web", "ttl_seconds": 1});
        let short = desk.call("POST /v1/sessions", short).await;
        assert_eq!(short.error_paths(), ["/ttl_seconds"]);
        let customer = json!({"user_id": "", "anonymous_id": "b"});
        let empty = json!({"customer": customer, "channel": "web"});
        let empty = desk.call("POST /v1/sessions", empty).await;
        assert_eq!(empty.error_paths(), ["/customer/user_id"]);
        let stranger = json!({"customer": {"customer_id": "cus_zzz"}, "channel": "web"});
        let stranger = desk.call("POST /v1/sessions", stranger).await;
        assert_eq!((stranger.status, stranger.error_paths()), (422, vec!["/customer/customer_id"]));
        let id = desk.start(json!({"customer": {"user_id": "new"}})).await;
        let line = format!("PUT /v1/sessions/{id}/customer");
        for (customer, path) in [
            (json!({"customer_id": "cus_zzz"}), "/customer/customer_id"),
            (json!({"anonymous_id": ""}), "/customer/anonymous_id"),
        ] {
            let refused = desk.call(&line, json!({"customer": customer})).await;
            assert_eq!((refused.status, refused.error_paths()), (422, vec![path]));
        }
        let ingest = program(&db, &[Scope::Ingest]).await;
        let body = json!({"customer": {"user_id": "a"}, "channel": "web"});
        let refused = call(&desk.router, &ingest, "POST /v1/sessions", &[], Some(body)).await;
        assert_eq!(refused.status, 403);
    }
}

store::test! {
    async fn an_event_counts_once_whoever_it_is_about(db: Db) {
        let desk = desk(&db).await;
        let ann = known(&desk.memory, "ann", json!({"email": "ann@example.com"})).await;
        // Of whom no identifier is kept that a source could name.
        desk.memory.close().await.unwrap();
        db.execute("UPDATE customers SET state = '{}'", vec![]).await.unwrap();
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = Decider::new(memory.clone());
        decider.install(catalog(&definitions())).await.unwrap();
        let desk = Desk { router: over(decider, &desk.gate), memory, ..desk };
        let id = desk.start(json!({"customer": {"customer_id": ann}})).await;
        let line = format!("POST /v1/sessions/{id}/events");
        let event = json!({"event": "Call Started", "message_id": "call-1"});
        let mut duplicates = vec![];
        for _ in 0..2 {
            let taken = desk.call(&line, event.clone()).await;
            assert_eq!((taken.status, &taken.body["customer_id"]), (200, &json!(ann)));
            duplicates.push(taken.body["duplicate"].clone());
        }
        assert_eq!(duplicates, [false, true]);
        let state = desk.memory.customer(ann).await.unwrap().unwrap().state;
        assert_eq!(state.rows_count, 1);
        let nameless = json!({"event": "Call Started"});
        for _ in 0..2 {
            assert_eq!(desk.call(&line, nameless.clone()).await.body["duplicate"], false);
        }
    }
}

store::test! {
    async fn what_a_reaction_was_worth_is_checked(db: Db) {
        let desk = desk(&db).await;
        known(&desk.memory, "ann", json!({})).await;
        let id = desk.start(json!({})).await;
        let line = format!("POST /v1/sessions/{id}/responses");
        let said = json!({"contact_id": "con_2", "kind": "accept", "value_cents": -1,
            "currency": "pounds"});
        let refused = desk.call(&line, said).await;
        assert_eq!(refused.error_paths(), ["/value_cents", "/currency"]);
    }
}
