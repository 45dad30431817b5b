//! The vocabulary on both stores.

use gate::test_support::call;
use serde_json::{Value, json};
use store::Db;

use super::{EVENTS_LIMIT, PROPERTIES_LIMIT, db};
use crate::keep::{Learner, write};
use crate::tests::{House, house, send, track};

/// Takes events in and learns from them, as the background work does.
async fn learn(house: &House, learner: &mut Learner, events: Vec<Value>) {
    let mut live = house.memory.live();
    send(&house.memory, events).await;
    learner.note(&live.recv().await.unwrap());
    write(&house.state, learner).await;
}

fn order(number: u32, total: Value) -> Value {
    let properties = json!({
        "order_id": format!("o-{number}"), "total": total, "email": "ann@example.com",
        "coupon": if number.is_multiple_of(2) { json!("TEN") } else { Value::Null },
        "products": [{"product_id": "84", "category": "Garden", "quantity": 2}],
    });
    track("Order Completed", json!({"userId": "ann"}), properties)
}

store::test! {
    async fn rules_can_speak_of_what_was_seen(db: Db) {
        let house = house(&db).await;
        let mut learner = Learner::default();
        let orders = (0..4).map(|number| order(number, json!(12.5))).collect();
        learn(&house, &mut learner, orders).await;
        // Another process has learned nothing yet; counts and values add up.
        let mut other = Learner::default();
        learn(&house, &mut other, vec![order(4, json!("free"))]).await;
        house.memory.flush().await.unwrap();
        let words = house.ask("GET /api/vocabulary", None).await.body;
        let event = &words["events"][0];
        assert_eq!((&event["name"], &event["seen_count"]), (&json!("Order Completed"), &json!(5)));
        let property = |path: &str| {
            let all = event["properties"].as_array().unwrap();
            all.iter().find(|one| one["path"] == path).unwrap().clone()
        };
        let known = |kind: &str, share: f64, values: &[&str]| {
            (json!(kind), json!(share), json!(values))
        };
        let told = |path: &str| {
            let one = property(path);
            (one["kind"].clone(), one["share"].clone(), one["values"].clone())
        };
        assert_eq!(told("coupon"), known("text", 0.6, &["TEN"]));
        assert_eq!(told("products.category"), known("text", 1.0, &["Garden"]));
        assert_eq!(told("products.quantity"), known("number", 1.0, &["2"]));
        assert_eq!(told("email"), known("text", 1.0, &[]));
        assert_eq!(told("order_id"), known("text", 1.0, &[]));
        assert_eq!(told("total"), (Value::Null, json!(1.0), json!(["12.5"])));
        assert_eq!((&words["channels"][1], &words["segments"]), (&json!("email"), &json!([])));
    }
}

store::test! {
    async fn frequent_values_of_attributes_are_shown_to_those_who_may_view_data(db: Db) {
        let house = house(&db).await;
        let mut learner = Learner::default();
        let say = |user: &str, country: &str| json!({"type": "identify", "userId": user,
            "traits": {"country": country, "city": "Paris", "email": format!("{user}@example.com")}});
        let said = vec![say("ann", "France"), say("bea", "France"), say("cleo", "Spain")];
        learn(&house, &mut learner, said).await;
        house.memory.flush().await.unwrap();
        let change = json!({"personal": true});
        house.ask("PATCH /api/attributes/city", Some(change)).await;
        let words = house.ask("GET /api/vocabulary", None).await.body;
        let attribute = |place: usize, field: &str| words["attributes"][place][field].clone();
        assert_eq!((attribute(0, "key"), attribute(0, "values")), (json!("city"), json!([])));
        assert_eq!((attribute(1, "key"), attribute(1, "values")),
            (json!("country"), json!(["France"])));
        assert_eq!((attribute(2, "personal"), attribute(2, "values")), (json!(true), json!([])));
        let seen = call(&house.router, &house.agent, "GET /api/vocabulary", &[], None).await;
        assert_eq!((seen.status, &seen.body["attributes"][1]["values"]), (200, &json!([])));
    }
}

store::test! {
    async fn names_that_were_seen_are_checked_while_a_rule_is_written(db: Db) {
        let house = house(&db).await;
        let mut learner = Learner::default();
        learn(&house, &mut learner, vec![order(1, json!(3)), order(2, json!(4))]).await;
        let check = async |criteria: Value| {
            let body = json!({"criteria": criteria});
            house.ask("POST /api/criteria/check", Some(body)).await.body
        };
        let slip = check(json!({"event": "Ordr Completed"})).await;
        assert_eq!(slip["problems"][0]["hint"], "did you mean \"Order Completed\"?");
        let later = check(json!({"event": "Loyalty Card Shown"})).await;
        assert_eq!((&later["problems"], &later["notices"][0]["path"]), (&json!([]), &json!("/event")));
        let wrong = check(json!({"event": "Order Completed",
            "where": [{"property": "products.category", "greater": 3}]})).await;
        assert_eq!(wrong["problems"][0]["path"], "/where/0/greater");
    }
}

store::test! {
    async fn a_source_that_makes_up_names_is_bounded(db: Db) {
        let house = house(&db).await;
        let mut learner = Learner::default();
        let ann = || json!({"userId": "ann"});
        let many: serde_json::Map<String, Value> =
            (0..300).map(|number| (format!("p{number}"), json!(number))).collect();
        learn(&house, &mut learner, vec![track("First", ann(), Value::Object(many))]).await;
        let more = (0..700).map(|number| track(&format!("Event {number}"), ann(), json!({})));
        learn(&house, &mut learner, more.collect()).await;
        learn(&house, &mut learner, vec![track("First", ann(), json!({"p0": 1, "other": 2}))]).await;
        let known = db::all(&db).await.unwrap();
        assert_eq!((known.len(), known["First"].properties.len()), (EVENTS_LIMIT, PROPERTIES_LIMIT));
        assert_eq!(known["First"].seen_count, 2);
    }
}

store::test! {
    async fn a_rule_that_has_no_form_is_told_what_is_missing(db: Db) {
        let house = house(&db).await;
        for (body, path) in [
            (json!({}), "/criteria"),
            (json!({"criterion": {"attribute": "age"}}), "/criterion"),
            (json!({"text": 7}), "/text"),
            (json!({"text": "everyone", "criteria": {"all": []}}), "/text"),
        ] {
            let told = house.ask("POST /api/criteria/check", Some(body.clone())).await;
            assert_eq!((told.status, told.error_paths()), (422, vec![path]), "{}", told.body);
            assert!(told.body["errors"][0]["hint"].is_string(), "{}", told.body);
        }
        let nothing = house.ask("POST /api/criteria/check", Some(json!({"criteria": null}))).await;
        assert_eq!((nothing.status, nothing.body["problems"].as_array().unwrap().len()), (200, 1));
    }
}
