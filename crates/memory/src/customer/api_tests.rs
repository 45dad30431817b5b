//! Customers through the router, on both stores.

use gate::test_support::call;
use serde_json::json;
use store::Db;

use crate::interaction::{ContactId, ContactStatus};
use crate::log::Entry;
use crate::tests::{house, send, track, user};
use crate::timeline::tests::shown;

store::test! {
    async fn a_customer_is_found_by_the_id_of_a_contact(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann"}),
            json!({"type": "identify", "userId": "bea"})]).await;
        let ann = user(&house.memory, "ann").await.id;
        let contact = Entry::Contact(shown(ContactStatus::Presented));
        let seq = house.memory.append_one(ann, contact).await.unwrap().seqs[0];
        let found = async |contact: ContactId| {
            let body = house.ask(&format!("GET /api/customers?q={contact}"), None).await.body;
            let items = body["items"].as_array().unwrap().iter();
            items.map(|row| row["customer_id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(found(ContactId(seq)).await, [json!(ann)]);
        assert_eq!(found(ContactId(seq - 1)).await, [json!(null); 0], "no contact");
        assert_eq!(found(ContactId(seq + 1_000)).await, [json!(null); 0], "nothing there");
    }
}

store::test! {
    async fn customers_are_found_by_identifier_beginning_and_name(db: Db) {
        let house = house(&db).await;
        for n in 0..5 {
            db.clock().advance_ms(1_000);
            send(&house.memory, vec![json!({"type": "identify", "userId": format!("user-{n}"),
                "traits": {"name": format!("Ann {n}"), "email": format!("ann{n}@example.com")}})])
                .await;
        }
        // Not yet written behind: only an exact identifier finds it.
        let found = house.ask("GET /api/customers?q=ann3@example.com", None).await.body;
        assert_eq!(found["items"][0]["name"], "Ann 3");
        house.memory.flush().await.unwrap();
        let names = |body: &serde_json::Value| -> Vec<String> {
            let items = body["items"].as_array().unwrap();
            items.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
        };
        let page = house.ask("GET /api/customers?limit=3", None).await.body;
        assert_eq!(names(&page), ["Ann 4", "Ann 3", "Ann 2"]);
        let next = page["next_cursor"].as_str().unwrap();
        let page = house.ask(&format!("GET /api/customers?limit=3&cursor={next}"), None).await.body;
        assert_eq!(names(&page), ["Ann 1", "Ann 0"]);
        assert!(page["next_cursor"].is_null());
        let page = house.ask("GET /api/customers?q=nn%202", None).await.body;
        assert_eq!(names(&page), ["Ann 2"]);
        let page = house.ask("GET /api/customers?q=user-1", None).await.body;
        assert_eq!(names(&page), ["Ann 1"]);
        let page = house.ask("GET /api/customers?q=user-&limit=2", None).await.body;
        assert_eq!(names(&page).len(), 5, "beginnings stand on the first page");
        assert_eq!(house.ask("GET /api/customers?cursor=x", None).await.status, 400);
    }
}

store::test! {
    async fn an_analyst_sees_no_personal_values(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann", "traits":
            {"name": "Ann", "email": "ann@example.com", "plan": "gold"}})]).await;
        house.memory.flush().await.unwrap();
        let id = user(&house.memory, "ann").await.id;
        for line in [format!("GET /api/customers/{id}"), "GET /api/customers?q=ann".to_owned(),
            format!("GET /api/customers/{id}/timeline")] {
            let answer = call(&house.router, &house.analyst, &line, &[], None).await;
            let text = answer.body.to_string();
            assert_eq!(answer.status, 200);
            assert!(!text.contains("Ann") && !text.contains("example.com"), "{text}");
        }
        let answer = house.ask(&format!("GET /api/customers/{id}"), None).await.body;
        assert_eq!((&answer["email"], &answer["label"]), (&json!("ann@example.com"), &json!("Ann")));
        assert_eq!(answer["attributes"][2]["key"], "plan");
        assert_eq!(answer["attributes"][2]["personal"], false);
    }
}

store::test! {
    async fn attributes_are_corrected_by_hand_and_new_addresses_are_found(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann",
            "traits": {"city": "Paris", "plan": "gold"}})]).await;
        db.clock().advance_ms(1_000);
        let id = user(&house.memory, "ann").await.id;
        let line = format!("PATCH /api/customers/{id}");
        let body = json!({"attributes": {"city": null, "email": "new@example.com"}});
        let answer = house.ask(&line, Some(body)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert_eq!(answer.body["email"], "new@example.com");
        assert_eq!(answer.body["attributes"].as_array().unwrap().len(), 2);
        let found = house.ask("GET /api/customers?q=new@example.com", None).await.body;
        assert_eq!(found["items"][0]["customer_id"], json!(id));
        let wrong = json!({"attributes": {"a": {"b": 1}}});
        let answer = house.ask(&line, Some(wrong)).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["path"]), (422, &json!("/attributes/a")));
        let denied = call(&house.router, &house.agent, &line, &[],
            Some(json!({"attributes": {"city": "Rome"}}))).await;
        assert_eq!(denied.status, 403);
    }
}

store::test! {
    async fn merges_are_made_and_taken_back_by_hand(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![json!({"type": "identify", "userId": "ann"}),
            track("Product Viewed", json!({"userId": "bea"}), json!({}))]).await;
        let (ann, bea) = (user(&house.memory, "ann").await.id, user(&house.memory, "bea").await.id);
        let line = format!("POST /api/customers/{ann}/merges");
        let body = json!({"other_customer_id": bea, "reason": "same address"});
        let answer = house.ask(&line, Some(body.clone())).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert_eq!(answer.body["members"][0]["customer_id"], json!(bea));
        assert_eq!(answer.body["members"][0]["reason"], "manual");
        assert_eq!(house.ask(&line, Some(body)).await.status, 409);
        let leaf = house.ask(&format!("GET /api/customers/{bea}"), None).await.body;
        assert_eq!((&leaf["customer_id"], &leaf["merged_into"]), (&json!(ann), &json!(ann)));
        let line = format!("DELETE /api/customers/{ann}/merges/{bea}");
        assert_eq!(house.ask(&line, None).await.status, 204);
        assert_eq!(house.ask(&line, None).await.status, 409);
        let leaf = house.ask(&format!("GET /api/customers/{bea}"), None).await.body;
        assert_eq!((&leaf["customer_id"], &leaf["counts"]["rows"]), (&json!(bea), &json!(2)));
    }
}
