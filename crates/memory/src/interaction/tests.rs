//! Responses, consents and calls through the router, on both stores.

use gate::Scope;
use gate::test_support::{Caller, call, program};
use serde_json::json;
use store::Db;

use super::{ContactId, ContactStatus, treatment_code};
use crate::consent::ConsentState;
use crate::identity::IdentifierKind;
use crate::log::Entry;
use crate::tests::{house, send, user};
use crate::timeline::tests::shown;

store::test! {
    async fn a_response_finds_its_contact_and_counts_once(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann"})]).await;
        let ann = user(&house.memory, "ann").await.id;
        let contact = Entry::Contact(shown(ContactStatus::Reserved));
        let seq = house.memory.append_one(ann, contact).await.unwrap().seqs[0];
        let code = treatment_code(ContactId(seq));
        let body = json!({"treatment_code": code, "kind": "click", "message_id": "m1"});
        let first = house.told("POST /v1/responses", body.clone()).await;
        assert_eq!(first.status, 200, "{:?}", first.body);
        assert_eq!(first.body["offer"], "winter_sale");
        let second = house.told("POST /v1/responses", body).await;
        assert_eq!((&first.body["duplicate"], &second.body["duplicate"]),
            (&json!(false), &json!(true)));
        let state = user(&house.memory, "ann").await.state;
        assert_eq!(state.responses.len(), 1);
        assert_eq!(state.contacts[0].status, ContactStatus::Presented);
        for (body, status) in [
            (json!({"contact_id": "con_zzz", "kind": "click"}), 404),
            (json!({"kind": "click"}), 422),
            (json!({"treatment_code": code, "kind": "ignored"}), 422),
            (json!({"treatment_code": code, "kind": "custom"}), 422),
            (json!({"treatment_code": code, "kind": "accept", "currency": "pounds"}), 422),
            (json!({"treatment_code": code, "kind": "accept", "currency": "gbp"}), 422),
            (json!({"treatment_code": code, "kind": "accept", "value_cents": -1}), 422),
            (json!({"treatment_code": code, "kind": "accept",
                "occurred_at": db.now().plus_ms(600_000)}), 422),
        ] {
            let answer = house.told("POST /v1/responses", body.clone()).await;
            assert_eq!(answer.status, status, "{body}");
        }
        let later = json!({"treatment_code": code, "kind": "accept",
            "occurred_at": db.now().plus_ms(600_000)});
        let later = house.told("POST /v1/responses", later).await;
        assert_eq!(later.error_paths(), ["/occurred_at"]);
        // A clock may go a little wrong.
        let soon = json!({"treatment_code": code, "kind": "accept",
            "occurred_at": db.now().plus_ms(60_000)});
        assert_eq!(house.told("POST /v1/responses", soon).await.status, 200);
        let stranger = call(&house.router, &Caller::Stranger, "POST /v1/responses", &[],
            Some(json!({"treatment_code": code, "kind": "click"}))).await;
        assert_eq!(stranger.status, 401);
    }
}

store::test! {
    async fn a_page_answers_and_consents_only_for_its_own_browser(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![
            json!({"type": "identify", "userId": "ann", "anonymousId": "anns browser",
                "traits": {"email": "ann@example.com", "phone": "+441"}}),
            json!({"type": "track", "event": "Seen", "anonymousId": "another browser"})]).await;
        let ann = user(&house.memory, "ann").await.id;
        let contact = Entry::Contact(shown(ContactStatus::Reserved));
        let seq = house.memory.append_one(ann, contact).await.unwrap().seqs[0];
        let page = program(&db, &[Scope::Page]).await;
        let tell = async |path: &str, body: serde_json::Value| {
            call(&house.router, &page, &format!("POST {path}"), &[], Some(body)).await
        };
        let answer = |browser: Option<&str>| json!({"contact_id": ContactId(seq), "kind": "reject",
            "anonymous_id": browser});
        let refused = tell("/v1/responses", answer(None)).await;
        assert_eq!((refused.status, refused.error_paths()), (422, vec!["/anonymous_id"]));
        for browser in ["another browser", "no browser", "ann"] {
            assert_eq!(tell("/v1/responses", answer(Some(browser))).await.status, 404, "{browser}");
        }
        assert!(user(&house.memory, "ann").await.state.responses.is_empty());
        assert_eq!(tell("/v1/responses", answer(Some("anns browser"))).await.status, 200);
        assert_eq!(user(&house.memory, "ann").await.state.responses.len(), 1);
        let consent = |customer: serde_json::Value| json!({"customer": customer, "channel": "email",
            "purpose": "marketing", "state": "denied", "source": "tag"});
        for (customer, path) in [
            (json!({"customer_id": ann}), "/customer/customer_id"),
            (json!({"user_id": "ann", "anonymous_id": "another browser"}), "/customer/user_id"),
            (json!({"email": "ann@example.com"}), "/customer/email"),
            (json!({"phone": "+441"}), "/customer/phone"),
            (json!({"loyalty_card": "7"}), "/customer/loyalty_card"),
        ] {
            let refused = tell("/v1/consents", consent(customer)).await;
            assert_eq!((refused.status, refused.error_paths()), (422, vec![path]));
        }
        assert!(user(&house.memory, "ann").await.state.consents.is_empty());
        let own = consent(json!({"anonymous_id": "anns browser"}));
        assert_eq!(tell("/v1/consents", own).await.status, 200);
    }
}

store::test! {
    async fn a_consent_that_overtakes_the_first_event_of_its_visitor_is_kept(db: Db) {
        let house = house(&db).await;
        let page = program(&db, &[Scope::Page]).await;
        let say = async |customer: serde_json::Value| {
            let body = json!({"customer": customer, "channel": "web", "purpose": "marketing",
                "state": "denied", "source": "tag"});
            call(&house.router, &page, "POST /v1/consents", &[], Some(body)).await
        };
        let said = say(json!({"anonymous_id": "first visit"})).await;
        assert_eq!(said.status, 200, "{:?}", said.body);
        let seen = json!({"type": "track", "event": "Seen", "anonymousId": "first visit"});
        send(&house.memory, vec![seen]).await;
        let leaf = house.memory.find(IdentifierKind::AnonymousId, "first visit").await.unwrap();
        let visitor = house.memory.customer(leaf.unwrap()).await.unwrap().unwrap();
        assert_eq!(said.body["customer_id"], json!(visitor.id));
        assert_eq!(visitor.state.consents.len(), 1);
        assert_eq!(visitor.state.consents[0].state, ConsentState::Denied);
        // An erasure takes the identifiers that the state names.
        assert_eq!(visitor.state.identifiers[0].value, "first visit");
        assert_eq!(say(json!({"anonymous_id": "guest"})).await.status, 404);
        let long = say(json!({"anonymous_id": "x".repeat(600)})).await;
        assert_eq!((long.status, long.error_paths()), (422, vec!["/customer/anonymous_id"]));
    }
}

store::test! {
    async fn an_agent_records_answers_and_calls(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann"}),
            json!({"type": "identify", "userId": "bea"})]).await;
        let (ann, bea) = (user(&house.memory, "ann").await.id, user(&house.memory, "bea").await.id);
        let contact = Entry::Contact(shown(ContactStatus::Presented));
        let seq = house.memory.append_one(ann, contact).await.unwrap().seqs[0];
        let body = json!({"contact_id": ContactId(seq), "kind": "reject", "note": "too dear"});
        for (caller, who, status) in [(&house.agent, ann, 201), (&house.agent, bea, 404),
            (&house.analyst, ann, 403)] {
            let line = format!("POST /api/customers/{who}/responses");
            let answer = call(&house.router, caller, &line, &[], Some(body.clone())).await;
            assert_eq!(answer.status, status, "{:?}", answer.body);
        }
        let line = format!("POST /api/customers/{ann}/calls");
        let body = json!({"direction": "out", "note": "asked about the delivery"});
        assert_eq!(house.ask(&line, Some(body)).await.status, 201);
        let line = format!("GET /api/customers/{ann}/timeline");
        let items = house.ask(&line, None).await.body["items"].clone();
        assert_eq!(items[0]["title"], "Call Logged");
        assert_eq!(items[0]["summary"], "we called · asked about the delivery");
        assert_eq!((&items[0]["side"], &items[0]["channel"]), (&json!("ours"), &json!("call_center")));
        assert_eq!(items[1]["title"], "Offer winter_sale rejected");
        assert_eq!(items[1]["summary"], "too dear");
    }
}

store::test! {
    async fn the_newest_consent_stands_and_the_history_stays(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann",
            "traits": {"email": "ann@example.com"}})]).await;
        let say = |state: &str| json!({"customer": {"email": "ANN@example.com"},
            "channel": "email", "purpose": "marketing", "state": state, "source": "checkout"});
        assert_eq!(house.told("POST /v1/consents", say("granted")).await.status, 200);
        db.clock().advance_ms(1_000);
        let ann = user(&house.memory, "ann").await.id;
        let body = json!({"channel": "email", "purpose": "marketing", "state": "denied",
            "source": "call", "proof": "said so"});
        let line = format!("POST /api/customers/{ann}/consents");
        assert_eq!(house.ask(&line, Some(body)).await.status, 201);
        let customer = house.ask(&format!("GET /api/customers/{ann}"), None).await.body;
        assert_eq!(customer["consents"][0]["state"], "denied");
        assert_eq!(customer["reachable"][1], json!({"channel": "email", "reachable": false,
            "obstacles": ["consent_denied"]}));
        let line = format!("GET /api/customers/{ann}/consents?limit=1");
        let page = house.ask(&line, None).await.body;
        assert_eq!((&page["items"][0]["state"], &page["items"][0]["standing"]),
            (&json!("denied"), &json!(true)));
        let line = format!("{line}&cursor={}", page["next_cursor"].as_str().unwrap());
        let page = house.ask(&line, None).await.body;
        assert_eq!((&page["items"][0]["state"], &page["items"][0]["standing"]),
            (&json!("granted"), &json!(false)));
        assert!(page["next_cursor"].is_null());
        for (body, status) in [
            (json!({"customer": {"user_id": "nobody"}, "channel": "email",
                "purpose": "marketing", "state": "granted", "source": "x"}), 404),
            (json!({"customer": {}, "channel": "fax", "purpose": "marketing",
                "state": "granted", "source": ""}), 422),
        ] {
            let answer = house.told("POST /v1/consents", body).await;
            assert_eq!(answer.status, status, "{:?}", answer.body);
        }
    }
}
