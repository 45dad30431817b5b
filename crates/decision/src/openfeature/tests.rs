//! OFREP: values, reasons, errors and entity tags.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use gate::Scope;
use gate::test_support::{Answer, Caller, call, gate, program, send};
use memory::Memory;
use serde_json::{Value, json};
use store::Db;

use crate::targeting::AnswerReason;
use crate::test_support::{ask, decider, known, offer, placement, published};

struct House {
    router: Router,
    program: Caller,
}

async fn house(db: &Db) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let definitions = [
        offer("sale", json!({"attributes": {"percent_off": 0.2}})),
        offer(
            "tie",
            json!({"category": "ties", "control_fraction": 1.0, "value_cents": 900}),
        ),
        placement("home", "web", json!({})),
        placement("side", "web", json!({"count": 2})),
        placement("script", "call_center", json!({})),
        published(
            "experiment",
            "button",
            json!({"name": {"en": "Button"},
            "subject": {"kind": "touchpoint"}, "metric": {"kind": "revenue"},
            "variants": [{"key": "a", "share": 0.0},
                {"key": "b", "share": 1.0, "change": {"value": {"colour": "blue"}}}]}),
        ),
    ];
    let decider = decider(&memory, &definitions).await;
    known(&memory, "ann", json!({})).await;
    let gate = gate(db, &[]).await;
    let (router, _) = crate::routes().split_for_parts();
    House {
        router: gate::enter(router.with_state(decider), gate),
        program: program(db, &[Scope::Decide]).await,
    }
}

impl House {
    async fn ask(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let line = format!("POST /ofrep/v1/evaluate/flags{path}");
        call(&self.router, &self.program, &line, headers, Some(body)).await
    }
}

fn ann() -> Value {
    json!({"context": {"targetingKey": "ann", "device": "mobile"}})
}

store::test! {
    async fn a_placement_is_a_flag_with_an_object(db: Db) {
        let house = house(&db).await;
        let first = house.ask("/home", &[], ann()).await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(first.body["key"], "home");
        assert_eq!(first.body["reason"], "TARGETING_MATCH");
        assert_eq!(first.body["variant"], "sale");
        assert_eq!(first.body["value"]["attributes"], json!({"percent_off": 0.2}));
        assert_eq!(first.body["metadata"]["degradation"], "none");
        let again = house.ask("/home", &[], ann()).await;
        assert_eq!(again.body["value"]["contact_id"], first.body["value"]["contact_id"]);
        let both = house.ask("/side", &[], ann()).await;
        assert_eq!(both.body["value"]["offers"].as_array().unwrap().len(), 1);
        let stranger = json!({"context": {"targetingKey": "nobody"}});
        let stranger = house.ask("/script", &[], stranger).await;
        assert_eq!(stranger.body["metadata"]["degradation"], "anonymous");
    }
}

store::test! {
    async fn all_flags_of_a_page_are_chosen_together_and_tagged(db: Db) {
        let house = house(&db).await;
        let first = house.ask("", &[], ann()).await;
        assert_eq!(first.status, 200, "{}", first.body);
        let told: Vec<_> = first.body["flags"].as_array().unwrap().iter()
            .map(|flag| (flag["key"].as_str().unwrap(), flag["variant"].as_str().unwrap()))
            .collect();
        assert_eq!(told, [("home", "sale"), ("side", "control")]);
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let same = house.ask("", &[("if-none-match", &tag)], ann()).await;
        assert_eq!((same.status, same.headers["etag"].to_str().unwrap()), (304, &*tag));
        db.clock().advance_ms(3_600_000);
        let other = house.ask("", &[("if-none-match", &tag)], ann()).await;
        assert_eq!(other.status, 200, "the offers have expired; these are new contacts");
        let calls = json!({"context": {"targetingKey": "ann", "channel": "call_center"}});
        let calls = house.ask("", &[], calls).await;
        assert_eq!(calls.body["flags"][0]["key"], "script");
    }
}

store::test! {
    async fn failures_have_the_codes_of_the_protocol(db: Db) {
        let house = house(&db).await;
        let code = |answer: &Answer| (answer.status, answer.body["errorCode"].clone());
        let unknown = house.ask("/nowhere", &[], ann()).await;
        assert_eq!(code(&unknown), (404, json!("FLAG_NOT_FOUND")));
        assert_eq!(unknown.body["key"], "nowhere");
        assert!(unknown.body["errorDetails"].is_string());
        let missing = house.ask("/home", &[], json!({"context": {}})).await;
        assert_eq!(code(&missing), (400, json!("TARGETING_KEY_MISSING")));
        assert_eq!(code(&house.ask("", &[], json!({})).await), (400, json!("TARGETING_KEY_MISSING")));
        for wrong in [json!({"context": 7}), json!({"context": {"targetingKey": 7}})] {
            assert_eq!(code(&house.ask("/home", &[], wrong).await), (400, json!("INVALID_CONTEXT")));
        }
        assert_eq!(code(&house.ask("/home", &[], json!([])).await), (400, json!("PARSE_ERROR")));
        let stranger = Caller::Stranger;
        let line = "POST /ofrep/v1/evaluate/flags/home";
        assert_eq!(call(&house.router, &stranger, line, &[], Some(ann())).await.status, 401);
        let other = program(&db, &[Scope::Ingest]).await;
        assert_eq!(call(&house.router, &other, line, &[], Some(ann())).await.status, 403);
        let page = program(&db, &[Scope::Page]).await;
        assert_eq!(call(&house.router, &page, line, &[], Some(ann())).await.status, 200);
        let by_number = json!({"context": {"targetingKey": "cus_1"}});
        for line in [line, "POST /ofrep/v1/evaluate/flags"] {
            let refused = call(&house.router, &page, line, &[], Some(by_number.clone())).await;
            assert_eq!(code(&refused), (400, json!("INVALID_CONTEXT")), "{line}");
        }
        let Caller::Program(secret) = &house.program else { panic!("a program") };
        let request = Request::post("/ofrep/v1/evaluate/flags/home").header("x-api-key", secret);
        let request = request.body(Body::from(ann().to_string())).unwrap();
        assert_eq!(send(&house.router, request).await.status, 200);
        let request = Request::post("/ofrep/v1/evaluate/flags/home").header("x-api-key", secret);
        let broken = send(&house.router, request.body(Body::from("{")).unwrap()).await;
        assert_eq!(code(&broken), (400, json!("PARSE_ERROR")));
    }
}

store::test! {
    async fn what_could_not_be_decided_says_so(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let bare = json!({"name": {"en": "bare"}, "channel": "web"});
        let definitions = [placement("home", "web", json!({})), published("placement", "bare", bare)];
        let decider = decider(&memory, &definitions).await;
        let request = ask("ann", &["home", "bare"]);
        let told = |answer| -> Vec<Value> {
            let flags = super::evaluations(&decider.catalog(), &answer);
            flags.iter().map(|flag| json!([flag.variant, flag.reason])).collect()
        };
        let answer = decider.fall_back(&request, AnswerReason::Unavailable);
        assert_eq!(told(answer), [json!(["fallback", "UNKNOWN"]), json!(["none", "UNKNOWN"])]);
        known(&memory, "ann", json!({})).await;
        let answer = decider.decide(&request).await;
        assert_eq!(told(answer), [json!(["fallback", "STATIC"]), json!(["none", "STATIC"])]);
    }
}

store::test! {
    async fn an_experiment_of_touchpoints_is_a_flag(db: Db) {
        let house = house(&db).await;
        let met = house.ask("/button", &[], ann()).await;
        assert_eq!(met.status, 200, "{}", met.body);
        assert_eq!((&met.body["reason"], &met.body["variant"]), (&json!("SPLIT"), &json!("b")));
        assert_eq!(met.body["value"], json!({"colour": "blue"}));
        assert_eq!(met.body["metadata"]["phase"], "test");
        let stranger = json!({"context": {"targetingKey": "nobody"}});
        let stranger = house.ask("/button", &[], stranger).await;
        assert_eq!((stranger.status, &stranger.body["reason"]), (200, &json!("DEFAULT")));
        assert_eq!(stranger.body.get("value"), None);
    }
}

#[test]
fn the_tag_of_an_offer_that_was_made_is_its_contact_and_not_its_code() {
    let tag = |title: &str, contact: Option<&str>| {
        let mut offer = json!({"offer": "sale", "version": 1, "title": title});
        if let Some(contact) = contact {
            offer["contact_id"] = json!(contact);
        }
        let mut value = offer.clone();
        value["offers"] = json!([offer]);
        super::entity_tag(&[super::Evaluation {
            key: "home".to_owned(),
            value,
            reason: super::Reason::TargetingMatch,
            variant: "sale".to_owned(),
            metadata: serde_json::Map::new(),
        }])
    };
    let made = tag("Your code: ", Some("con_1"));
    assert_eq!(tag("Your code: AB12", Some("con_1")), made);
    assert_ne!(tag("Your code: ", Some("con_2")), made);
    assert_ne!(tag("Hello", None), tag("Good day", None));
}
