//! Decisions over HTTP: keys, roles, idempotency, lists, dry runs.

use axum::Router;
use gate::test_support::{Answer, Caller, call, gate, program, sign_in};
use gate::{Role, Scope};
use memory::Memory;
use serde_json::{Value, json};
use store::Db;

use crate::Decider;
use crate::test_support::{decider, known, offer, placement};

struct House {
    memory: Memory,
    router: Router,
    program: Caller,
    marketer: Caller,
    viewer: Caller,
    agent: Caller,
}

async fn house(db: &Db) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let decider: Decider = decider(
        &memory,
        &[
            offer("sale", json!({"attributes": {"percent_off": 0.2}})),
            offer("small", json!({"value_cents": 500, "category": "hats"})),
            placement("home", "web", json!({})),
            placement("calls", "call_center", json!({"count": 2})),
        ],
    )
    .await;
    let gate = gate(db, &[]).await;
    let (router, _) = crate::routes().split_for_parts();
    House {
        memory,
        router: gate::enter(router.with_state(decider), gate),
        program: program(db, &[Scope::Decide]).await,
        marketer: sign_in(db, Role::Marketer).await,
        viewer: sign_in(db, Role::Viewer).await,
        agent: sign_in(db, Role::Agent).await,
    }
}

impl House {
    async fn decide(&self, body: Value, key: Option<&str>) -> Answer {
        let header = key.map(|key| ("idempotency-key", key));
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let line = "POST /v1/decisions";
        call(&self.router, &self.program, line, &headers, Some(body)).await
    }

    async fn get(&self, caller: &Caller, address: &str) -> Answer {
        call(&self.router, caller, &format!("GET {address}"), &[], None).await
    }
}

fn home(user: &str) -> Value {
    json!({"customer": {"user_id": user}, "placements": ["home"], "deadline_ms": 10_000})
}

store::test! {
    async fn a_page_asks_for_an_offer_and_reads_why(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        let answer = house.decide(home("ann"), None).await;
        assert_eq!(answer.status, 200);
        let id = answer.body["decision_id"].as_str().unwrap().to_owned();
        insta::allow_duplicates! { insta::assert_json_snapshot!(answer.body, @r#"
        {
          "customer_id": "cus_1",
          "decision_id": "dec_2",
          "degradation": "none",
          "placements": [
            {
              "fallback": null,
              "offers": [
                {
                  "attributes": {
                    "percent_off": 0.2
                  },
                  "contact_id": "con_3",
                  "creative": {
                    "channel": "web",
                    "language": "en",
                    "text": "",
                    "title": "Sale"
                  },
                  "expires_at": "2026-03-02T09:30:00.000Z",
                  "offer": "sale",
                  "priority": 100.0,
                  "propensity": 0.1,
                  "treatment_code": "3",
                  "version": 1
                }
              ],
              "placement": "home",
              "reason": "offer"
            }
          ]
        }
        "#) }
        let read = house.get(&house.program, &format!("/v1/decisions/{id}")).await;
        assert_eq!(read.status, 200);
        insta::allow_duplicates! { insta::assert_json_snapshot!(read.body, @r#"
        {
          "channel": "web",
          "context": {},
          "currency": "GBP",
          "customer_group": null,
          "customer_id": "cus_1",
          "decision_id": "dec_2",
          "degradation": "none",
          "experiments": [],
          "formula": "propensity * context * value * lever",
          "funnel": {
            "allowed": 2,
            "chosen": 1,
            "considered": 2,
            "eligible": 2,
            "fits": 2,
            "policy": 2
          },
          "language": null,
          "learned": 0,
          "learning": {
            "algorithm": "fixed",
            "exploration": 0.02,
            "features": {
              "context": true,
              "history": true,
              "interests": true,
              "time": true
            },
            "half_life_days": 60.0,
            "new_offers": {
              "per_day": 1000,
              "proven_after": 200
            },
            "prior_presentations": 50.0,
            "rewards": {
              "click": 0.2,
              "ignored": 0.5,
              "view": 0.0
            },
            "sampling": 0.5
          },
          "placements": [
            {
              "fallback": null,
              "offers": [
                {
                  "attributes": {
                    "percent_off": 0.2
                  },
                  "contact_id": "con_3",
                  "creative": {
                    "channel": "web",
                    "language": "en",
                    "text": "",
                    "title": "Sale"
                  },
                  "expires_at": "2026-03-02T09:30:00.000Z",
                  "offer": "sale",
                  "priority": 100.0,
                  "propensity": 0.1,
                  "treatment_code": "3",
                  "version": 1
                }
              ],
              "placement": "home",
              "reason": "offer"
            }
          ],
          "policies": [],
          "policy_version": null,
          "proposals": [
            {
              "context_weight": 1.0,
              "control_group": false,
              "drawn": 0.1,
              "effect": null,
              "explored": false,
              "lever": 1.0,
              "offer": "sale",
              "placement": "home",
              "priority": 100.0,
              "probability": 1.0,
              "propensity": 0.1,
              "rank": 1,
              "reasons": [],
              "state": "chosen",
              "stated_value_cents": 1000,
              "value_cents": 1000,
              "value_from": "stated",
              "version": 1
            },
            {
              "context_weight": 1.0,
              "control_group": false,
              "drawn": null,
              "effect": null,
              "explored": false,
              "lever": 1.0,
              "offer": "small",
              "placement": "home",
              "priority": 50.0,
              "probability": null,
              "propensity": 0.1,
              "rank": 2,
              "reasons": [
                {
                  "code": "lower_priority",
                  "message": "another offer had a higher priority"
                }
              ],
              "state": "eligible",
              "stated_value_cents": 500,
              "value_cents": 500,
              "value_from": "stated",
              "version": 1
            }
          ],
          "requested_at": "2026-03-02T09:00:00.000Z",
          "strategy": null
        }
        "#) }
        let again = house.get(&house.marketer, &format!("/api/decisions/{id}")).await;
        assert_eq!(again.body, read.body);
        assert_eq!(house.get(&house.program, "/v1/decisions/dec_zzzz").await.status, 404);
    }
}

store::test! {
    async fn lists_of_decisions_call_customers_as_far_as_one_may_see(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({"name": "Ann Lee"})).await;
        known(&house.memory, "user_7", json!({})).await;
        for user in ["ann", "user_7"] {
            house.decide(home(user), None).await;
        }
        let labels = async |caller: &Caller| {
            let list = house.get(caller, "/api/decisions").await;
            let items = list.body["items"].as_array().unwrap().clone();
            items.iter().map(|row| row["customer_label"].clone()).collect::<Vec<Value>>()
        };
        assert_eq!(labels(&house.agent).await, ["user_7", "Ann Lee"]);
        let analyst = sign_in(&db, Role::Analyst).await;
        assert_eq!(labels(&analyst).await, ["user_7", "•••"]);
    }
}

store::test! {
    async fn a_repeated_call_with_the_same_key_gets_the_same_answer(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        let first = house.decide(home("ann"), Some("k1")).await;
        let again = house.decide(home("ann"), Some("k1")).await;
        assert_eq!((first.status, &first.body), (200, &again.body));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        let other = house.decide(home("bob"), Some("k1")).await;
        assert_eq!((other.status, other.body["code"].as_str()), (422, Some("idempotency_key_reused")));
        let fresh = house.decide(home("ann"), Some("k2")).await;
        assert_ne!(first.body["decision_id"], fresh.body["decision_id"]);
    }
}

store::test! {
    async fn wrong_requests_are_told_what_is_wrong(db: Db) {
        let house = house(&db).await;
        for (body, code, path) in [
            (json!({"customer": {}, "placements": ["home"]}), "invalid_body", "/customer"),
            (json!({"customer": {"user_id": "a"}, "placements": []}), "invalid_body", "/placements"),
            (json!({"customer": {"user_id": "a"}, "placement": "home"}), "invalid_body", "/placement"),
            (json!({"customer": {"customer_id": "7"}, "placements": ["home"]}), "invalid_body",
                "/customer/customer_id"),
            (json!({"customer": {"user_id": "", "anonymous_id": "b"}, "placements": ["home"]}),
                "invalid_body", "/customer/user_id"),
            (json!({"customer": {"anonymous_id": " "}, "placements": ["home"]}), "invalid_body",
                "/customer/anonymous_id"),
            (json!({"placements": ["home"]}), "invalid_body", "/customer"),
        ] {
            let answer = house.decide(body.clone(), None).await;
            assert_eq!(answer.status, 422, "{body}");
            assert_eq!(answer.body["code"], code);
            assert_eq!(answer.body["errors"][0]["path"], path, "{}", answer.body);
        }
        let line = "POST /v1/decisions";
        let ingest = program(&db, &[Scope::Ingest]).await;
        let answer = call(&house.router, &ingest, line, &[], Some(home("ann"))).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (403, Some("scope_missing")));
        let answer = call(&house.router, &Caller::Stranger, line, &[], Some(home("ann"))).await;
        assert_eq!(answer.status, 401);
    }
}

store::test! {
    async fn a_page_asks_and_does_not_read(db: Db) {
        let house = house(&db).await;
        let ann = known(&house.memory, "ann", json!({})).await;
        let page = program(&db, &[Scope::Page]).await;
        let ask = async |customer: Value| {
            let body = json!({"customer": customer, "placements": ["home"],
                "deadline_ms": 10_000});
            call(&house.router, &page, "POST /v1/decisions", &[], Some(body)).await
        };
        let made = ask(json!({"user_id": "ann"})).await;
        assert_eq!((made.status, &made.body["degradation"]), (200, &json!("none")));
        let by_number = ask(json!({"customer_id": ann})).await;
        assert_eq!(by_number.status, 422);
        assert_eq!(by_number.error_paths(), ["/customer/customer_id"]);
        let address = format!("/v1/decisions/{}", made.body["decision_id"].as_str().unwrap());
        assert_eq!(house.get(&page, &address).await.body["code"], "scope_missing");
        assert_eq!(house.get(&house.program, &address).await.status, 200);
    }
}

store::test! {
    async fn decisions_are_listed_newest_first_and_filtered(db: Db) {
        let house = house(&db).await;
        let ann = known(&house.memory, "ann", json!({"email": "ann@example.com"})).await;
        known(&house.memory, "bob", json!({})).await;
        for user in ["ann", "bob", "ann"] {
            assert_eq!(house.decide(home(user), None).await.status, 200);
        }
        let calls = json!({"customer": {"user_id": "ann"}, "placements": ["calls"],
            "deadline_ms": 10_000});
        house.decide(calls, None).await;
        let list = async |query: &str| {
            house.get(&house.marketer, &format!("/api/decisions{query}")).await.body
        };
        let count = |page: &Value| page["items"].as_array().unwrap().len();
        let all = list("").await;
        assert_eq!(count(&all), 4);
        assert_eq!(all["items"][0]["placements"][0]["placement"], "calls");
        assert_eq!(all["items"][0]["placements"][0]["offers"], json!(["sale", "small"]));
        for (query, expected) in [
            (format!("?customer={ann}"), 3),
            ("?customer=ann".to_owned(), 3),
            ("?customer=ann@example.com&channel=web".to_owned(), 2),
            ("?customer=nobody".to_owned(), 0),
            ("?offer=small".to_owned(), 1),
            ("?placement=home&reason=offer".to_owned(), 3),
            ("?reason=policy".to_owned(), 0),
            ("?channel=call_center".to_owned(), 1),
        ] {
            assert_eq!(count(&list(&query).await), expected, "{query}");
        }
        let page = list("?limit=3").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = list(&format!("?limit=3&cursor={cursor}")).await;
        assert_eq!((count(&page), count(&rest)), (3, 1));
        assert_eq!(house.get(&house.viewer, "/api/decisions").await.status, 403);
    }
}

store::test! {
    async fn what_no_decision_can_have_is_refused_and_what_is_gone_is_found(db: Db) {
        let house = house(&db).await;
        known(&house.memory, "ann", json!({})).await;
        assert_eq!(house.decide(home("ann"), None).await.status, 200);
        for (kind, key) in [("offer", "sale"), ("placement", "home")] {
            store::definition::retire(&db, kind, key).await.unwrap();
        }
        let list = async |query: &str| {
            house.get(&house.marketer, &format!("/api/decisions?{query}")).await
        };
        for (query, path, hint) in [
            ("offer=slae", "/offer", "did you mean \"sale\"?"),
            ("placement=elsewhere", "/placement", "name one that is there or was"),
            ("against=not_elligible", "/against", "did you mean \"not_eligible\"? use one of not_valid_yet"),
            ("against=nonsense", "/against", "use one of not_valid_yet, expired"),
            ("reason=ofer", "/reason", "did you mean \"offer\"? use one of offer, control_group"),
        ] {
            let told = list(query).await;
            assert_eq!((told.status, told.error_paths()), (422, vec![path]), "{}", told.body);
            let said = told.body["errors"][0]["hint"].as_str().unwrap();
            assert!(said.starts_with(hint), "{said}");
        }
        for (query, count) in [
            ("offer=sale", 1), ("placement=home", 1), ("offer=sale&reason=policy", 0),
            ("reason=unknown_placement", 0), ("against=lower_priority", 1),
        ] {
            let found = list(query).await;
            assert_eq!(found.status, 200, "{query} {}", found.body);
            assert_eq!(found.body["items"].as_array().unwrap().len(), count, "{query}");
        }
    }
}

store::test! {
    async fn an_agent_sees_what_would_be_offered_and_then_offers_it(db: Db) {
        let house = house(&db).await;
        let ann = known(&house.memory, "ann", json!({})).await;
        let address = format!("/api/customers/{ann}/offers");
        let query = format!("{address}?channel=call_center");
        let dry = house.get(&house.agent, &query).await.body;
        assert_eq!(dry["decision_id"], Value::Null);
        assert_eq!(dry["placements"][0]["offers"][0]["offer"], "sale");
        assert_eq!(dry["placements"][0]["offers"][0]["contact_id"], Value::Null);
        assert_eq!(dry["proposals"].as_array().unwrap().len(), 2);
        let rows = house.memory.customer(ann).await.unwrap().unwrap().state.rows_count;
        let body = json!({"channel": "call_center"});
        let line = format!("POST {address}");
        let made = call(&house.router, &house.agent, &line, &[], Some(body.clone())).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let contact = &made.body["placements"][0]["offers"][1]["contact_id"];
        assert!(contact.as_str().unwrap().starts_with("con_"));
        let state = house.memory.customer(ann).await.unwrap().unwrap().state;
        assert_eq!(state.rows_count, rows + 3);
        let dry = house.get(&house.agent, &query).await.body;
        assert_eq!(&dry["placements"][0]["offers"][1]["contact_id"], contact);
        let refused = call(&house.router, &house.viewer, &line, &[], Some(body)).await;
        assert_eq!(refused.status, 403);
        let gone = house.get(&house.agent, "/api/customers/cus_zzzz/offers").await;
        assert_eq!(gone.status, 404);
    }
}
