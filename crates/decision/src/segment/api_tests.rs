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
        least_customers: 2,
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
        let homes = json!({ "criteria": { "all": [] }, "household": { "attribute": "country" } });
        let homes = house.post(&house.marketer, "/api/segments/count", homes).await.body;
        assert_eq!((&homes["count"], &homes["households"]), (&json!(3), &json!(2)), "{homes}");
        let wrong = json!({ "criteria": { "all": [{ "attribute": "country", "equal": "x" }] } });
        let wrong = house.post(&house.marketer, "/api/segments/count", wrong).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.body["errors"][0]["path"].as_str().unwrap().starts_with("/criteria/all/0"));
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_sample_of_the_past_shows_what_was_true_then(db: Db) {
        let house = house(&db).await;
        let then = db.now();
        db.clock().advance_ms(3_600_000);
        known(&house.memory, "ada", json!({ "country": "Spain" })).await;
        known(&house.memory, "dan", json!({ "country": "France" })).await;
        let rule = json!({ "all": [{ "attribute": "country", "equals": "France" },
            { "event": "Order Completed", "at_least": 2 }] });
        let wish = json!({ "criteria": rule, "at": then });
        let counted = house.post(&house.marketer, "/api/segments/count", wish).await.body;
        assert_eq!((&counted["count"], &counted["population"]), (&json!(1), &json!(3)), "{counted}");
        let reason = &counted["sample"][0]["reason"];
        assert_eq!((&reason["holds"], &reason["parts"][1]["observed"]), (&json!(true), &json!("2")));
        let now = json!({ "criteria": rule });
        let now = house.post(&house.marketer, "/api/segments/count", now).await.body;
        assert_eq!((&now["count"], &now["population"]), (&json!(0), &json!(4)), "{now}");
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn whoever_may_not_see_customers_cannot_tell_one_from_none(db: Db) {
        let house = house(&db).await;
        let one = json!({ "criteria": { "all": [
            { "attribute": "country", "equals": "France" }, { "segment": "buyers" }] } });
        let seen = house.post(&house.viewer, "/api/segments/count", one.clone()).await.body;
        assert_eq!((&seen["count"], &seen["sample"]), (&json!(0), &json!([])));
        assert_eq!((&seen["population"], &seen["least_customers"]), (&json!(2), &json!(2)));
        let parts = &seen["conditions"]["parts"];
        assert_eq!((&parts[0]["count"], &parts[1]["left"]), (&json!(2), &json!(0)));
        let full = house.post(&house.marketer, "/api/segments/count", one.clone()).await.body;
        assert_eq!((&full["count"], &full["least_customers"]), (&json!(1), &json!(1)));
        let reach = json!({ "criteria": one["criteria"], "channel": "email" });
        let steps = house.post(&house.viewer, "/api/segments/reach", reach.clone()).await.body;
        assert_eq!((&steps[0]["left"], &steps[0]["lost"]), (&json!(0), &json!(0)));
        let steps = house.post(&house.marketer, "/api/segments/reach", reach).await.body;
        assert_eq!(steps[0]["left"], 1);
        let split = json!({ "segments": ["buyers"] });
        let parts = house.post(&house.viewer, "/api/segments/split", split).await.body;
        let counts: Vec<&Value> = parts.as_array().unwrap().iter().map(|p| &p["count"]).collect();
        assert_eq!(counts, [&json!(2), &json!(0)]);
        let email = json!({ "criteria": { "not": {
            "attribute": "email", "equals": "ada@example.org" } } });
        for path in ["/api/segments/count", "/api/segments/reach"] {
            let mut wish = email.clone();
            if path.ends_with("reach") {
                wish["channel"] = json!("email");
            }
            for (who, status) in [(&house.viewer, 403), (&house.marketer, 200)] {
                assert_eq!(house.post(who, path, wish.clone()).await.status, status, "{path}");
            }
        }
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
        for (way, text, added, removed, left) in [
            ("remove", "ada@example.org\nno@example.org", 0, 1, 1),
            ("remove", "ada@example.org", 0, 0, 1),
            ("replace", "ada@example.org\ncyd@example.org", 2, 1, 2),
        ] {
            let upload = json!({ "way": way, "text": text });
            let report = house.post(&house.marketer, path, upload).await.body;
            assert_eq!((&report["added"], &report["removed"]), (&json!(added), &json!(removed)));
            assert_eq!(house.get(path).await["items"].as_array().unwrap().len(), left, "{way}");
        }
        let nobody = json!({ "way": "replace", "text": "no@example.org" });
        let nobody = house.post(&house.marketer, path, nobody).await;
        assert_eq!((nobody.status, nobody.error_paths()), (422, vec!["/text"]));
        assert_eq!(house.get(path).await["items"].as_array().unwrap().len(), 2);
        let live = house.post(&house.marketer, "/api/segments/buyers/members", json!({"text": "x"}));
        assert_eq!(live.await.status, 422);
        let refused = house.post(&house.viewer, path, json!({ "text": "x" })).await;
        assert_eq!(refused.status, 403);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn uploads_at_the_same_time_all_stay(db: Db) {
        let house = house(&db).await;
        for number in 0..12 {
            let traits = json!({ "email": format!("guest{number}@example.org") });
            known(&house.memory, &format!("guest{number}"), traits).await;
        }
        let path = "/api/segments/chosen/members";
        let uploads = (0..12).map(|number| {
            let upload = json!({ "text": format!("guest{number}@example.org") });
            house.post(&house.marketer, path, upload)
        });
        let added = futures::future::join_all(uploads).await;
        assert!(added.iter().all(|report| report.body["added"] == 1));
        assert_eq!(house.get(path).await["items"].as_array().unwrap().len(), 12);
        let rows = memory::log::db::after(&db, 0, 1_000).await.unwrap();
        let told = rows.iter().filter(|row| match &row.entry {
            memory::log::Entry::Event(body) => body.name == super::SEGMENT_LEFT,
            _ => false,
        });
        assert_eq!(told.count(), 0);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn every_entry_of_a_long_list_can_be_reached(db: Db) {
        let house = house(&db).await;
        let lines: Vec<String> = (0..7).map(|number| format!("p{number}@example.org")).collect();
        let path = "/api/suppression-lists/complaints/entries";
        house.post(&house.marketer, path, json!({ "text": lines.join("\n") })).await;
        let mut found = std::collections::BTreeSet::new();
        let mut cursor = String::new();
        for _ in 0..4 {
            let page = house.get(&format!("{path}?limit=3{cursor}")).await;
            for entry in page["items"].as_array().unwrap() {
                assert!(found.insert(entry["digest"].to_string()), "shown twice");
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found.len(), 7);
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
        let over = json!({ "text": "ada@example.org", "expires_at": "1970-01-01T00:00:00Z" });
        let over = house.post(&house.marketer, entries, over).await;
        assert_eq!((over.status, &over.body["errors"][0]["path"]), (422, &json!("/expires_at")));
        assert_eq!(over.body["errors"][0]["code"], "in_the_past");
        let none = house.post(&house.marketer, entries, json!({ "text": " " })).await;
        let none = &none.body["errors"][0];
        assert_eq!((&none["code"], &none["values"]["most"]), (&json!("empty_or_too_many"), &json!(1_000_000)));
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
