//! Segments and suppression lists over HTTP.

use axum::Router;
use gate::Role;
use gate::test_support::{Answer, Caller, call, gate, sign_in};
use memory::Memory;
use memory::consent::ConsentState;
use serde_json::{Value, json};
use store::Db;

use super::api::SegmentState;
use crate::test_support::{decider, known, published, say, send};

struct House {
    memory: Memory,
    router: Router,
    marketer: Caller,
    viewer: Caller,
}

async fn house(db: &Db) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let chosen = json!({ "name": {"en": "Chosen"}, "membership": "static" });
    let buyers = json!({ "name": {"en": "Buyers"},
        "criteria": { "event": "Order Completed", "at_least": 1 } });
    let list = json!({ "name": {"en": "Complaints"}, "owner": "Care", "reason": "complaint" });
    let definitions = [
        published("segment", "chosen", chosen),
        published("segment", "buyers", buyers),
        published("suppression_list", "complaints", list),
    ];
    let decider = decider(&memory, &definitions).await;
    let gate = gate(db, &[]).await;
    let routes = super::api::routes().merge(crate::suppression::api::routes());
    let (router, _) = routes.split_for_parts();
    let state = SegmentState {
        decider,
        gate: gate.clone(),
    };
    let house = House {
        memory,
        router: gate::enter(router.with_state(state), gate),
        marketer: sign_in(db, Role::Marketer).await,
        viewer: sign_in(db, Role::Viewer).await,
    };
    for (user, country, orders) in [
        ("ada", "France", 2),
        ("bob", "France", 0),
        ("cyd", "Spain", 1),
    ] {
        let traits = json!({ "country": country, "email": format!("{user}@example.org") });
        known(&house.memory, user, traits).await;
        for _ in 0..orders {
            let order = json!({ "type": "track", "event": "Order Completed", "userId": user,
                "properties": { "total": 10 } });
            send(&house.memory, order).await;
        }
    }
    house
}

impl House {
    async fn post(&self, who: &Caller, path: &str, body: Value) -> Answer {
        call(&self.router, who, &format!("POST {path}"), &[], Some(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        let line = format!("GET {path}");
        call(&self.router, &self.marketer, &line, &[], None)
            .await
            .body
    }
}

store::test! {
    async fn a_draft_is_counted_condition_by_condition(db: Db) {
        let house = house(&db).await;
        let rule = json!({ "criteria": { "all": [
            { "attribute": "country", "equals": "France" }, { "segment": "buyers" }] } });
        let counted = house.post(&house.marketer, "/api/segments/count", rule.clone()).await;
        assert_eq!(counted.status, 200);
        let counted = counted.body;
        assert_eq!((&counted["count"], &counted["population"]), (&json!(1), &json!(3)));
        let parts = &counted["conditions"]["parts"];
        assert_eq!((&parts[0]["count"], &parts[0]["left"]), (&json!(2), &json!(2)));
        assert_eq!((&parts[1]["count"], &parts[1]["left"]), (&json!(2), &json!(1)));
        assert_eq!(parts[1]["path"], "/all/1");
        let reason = &counted["sample"][0]["reason"];
        assert_eq!((&reason["holds"], &reason["parts"][1]["observed"]), (&json!(true), &json!("2")));
        let seen = house.post(&house.viewer, "/api/segments/count", rule).await.body;
        assert_eq!((&seen["count"], &seen["sample"]), (&json!(1), &json!([])));
        let wrong = json!({ "criteria": { "all": [{ "attribute": "country", "equal": "x" }] } });
        let wrong = house.post(&house.marketer, "/api/segments/count", wrong).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body["errors"][0]["path"].as_str().unwrap().starts_with("/criteria/all/0"));
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn an_upload_says_whom_it_found(db: Db) {
        let house = house(&db).await;
        let upload = json!({ "text": "email\nADA@example.org\nbob@example.org\nno@example.org\nada@example.org" });
        let path = "/api/segments/chosen/members";
        let report = house.post(&house.marketer, path, upload).await.body;
        let told = ["lines", "known", "added", "repeated", "unknown"].map(|key| report[key].clone());
        assert_eq!(told, [4, 2, 2, 1, 1].map(|n| json!(n)));
        assert_eq!(report["unknown_values"], json!(["no@example.org"]));
        let members = house.get(path).await;
        assert_eq!(members["items"].as_array().unwrap().len(), 2);
        let id = members["items"][0]["customer_id"].as_str().unwrap().to_owned();
        let mine = house.get(&format!("/api/customers/{id}/segments")).await;
        assert_eq!((&mine[0]["segment"], &mine[0]["inside"]), (&json!("chosen"), &json!(true)));
        let live = house.post(&house.marketer, "/api/segments/buyers/members", json!({"text": "x"}));
        assert_eq!(live.await.status, 422);
        let refused = house.post(&house.viewer, path, json!({ "text": "x" })).await;
        assert_eq!(refused.status, 403);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn what_keeps_customers_from_a_message_is_told_step_by_step(db: Db) {
        let house = house(&db).await;
        let all = json!({ "criteria": { "all": [] }, "channel": "email" });
        for user in ["ada", "bob"] {
            let kind = memory::identity::IdentifierKind::UserId;
            let customer = house.memory.find(kind, user).await.unwrap().unwrap();
            say(&house.memory, customer, "email", ConsentState::Granted).await;
        }
        let entries = "/api/suppression-lists/complaints/entries";
        let listed = house.post(&house.marketer, entries, json!({ "text": "ada@example.org" })).await;
        assert_eq!(listed.body, json!({ "lines": 1, "added": 1 }));
        let steps = house.post(&house.marketer, "/api/segments/reach", all).await.body;
        let left: Vec<u64> = steps.as_array().unwrap().iter()
            .map(|step| step["left"].as_u64().unwrap()).collect();
        assert_eq!(left, [3, 3, 2, 1, 1, 1]);
        let digest = house.get(entries).await["items"][0]["digest"].as_str().unwrap().to_owned();
        let line = format!("DELETE {entries}/{digest}");
        let gone = call(&house.router, &house.marketer, &line, &[], None).await;
        assert_eq!(gone.status, 204);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_split_puts_everybody_into_one_group(db: Db) {
        let house = house(&db).await;
        let upload = json!({ "text": "ada@example.org" });
        house.post(&house.marketer, "/api/segments/chosen/members", upload).await;
        let wish = json!({ "segments": ["chosen", "buyers"] });
        let parts = house.post(&house.marketer, "/api/segments/split", wish).await.body;
        let counts: Vec<&Value> = parts.as_array().unwrap().iter().map(|p| &p["count"]).collect();
        assert_eq!(counts, [&json!(1), &json!(1), &json!(1)]);
        assert_eq!(parts[1]["taken_before"], json!([{ "segment": "chosen", "count": 1 }]));
        let unknown = json!({ "segments": ["chosen", "nobody"] });
        let unknown = house.post(&house.marketer, "/api/segments/split", unknown).await;
        assert_eq!(unknown.status, 422);
        house.memory.close().await.unwrap();
    }
}
