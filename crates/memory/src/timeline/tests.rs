//! The timeline on both stores.

use serde_json::{Value, json};
use store::Db;

use crate::interaction::{Contact, ContactId, ContactStatus};
use crate::log::{ContactMoved, Entry};
use crate::tests::{House, house, send, track, user};

pub(crate) fn shown(status: ContactStatus) -> Contact {
    Contact {
        channel: "web".into(),
        placement: Some("home_banner".into()),
        message: None,
        offer: Some("winter_sale".into()),
        offer_version: Some(3),
        variant: None,
        category: None,
        status,
        counts: true,
        control: false,
        expires_at: None,
        decision_id: None,
        decision_offset: None,
        claims: vec![],
        language: None,
        basis: None,
        control_group: None,
        customer_group: None,
        journey: None,
    }
}

async fn timeline(house: &House, id: impl std::fmt::Display, query: &str) -> Vec<Value> {
    let mut items = vec![];
    let mut cursor = String::new();
    loop {
        let line = format!("GET /api/customers/{id}/timeline?{query}{cursor}");
        let answer = house.ask(&line, None).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        items.extend(answer.body["items"].as_array().unwrap().clone());
        let Some(next) = answer.body["next_cursor"].as_str() else {
            return items;
        };
        cursor = format!("&cursor={next}");
    }
}

store::test! {
    async fn both_sides_of_a_conversation_stand_in_one_list(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![
            json!({"type": "identify", "userId": "ann", "traits": {"email": "ann@example.com"}}),
            json!({"type": "page", "userId": "ann", "name": "Home", "timestamp": "2026-03-02T06:00:00Z"}),
        ]).await;
        let ann = user(&house.memory, "ann").await.id;
        db.clock().advance_ms(60_000);
        let contact = Entry::Contact(shown(ContactStatus::Reserved));
        let appended = house.memory.append_one(ann, contact).await.unwrap();
        let contact_id = ContactId(appended.seqs[0]);
        db.clock().advance_ms(60_000);
        let moved = ContactMoved { contact_id, status: ContactStatus::Presented, reason: None };
        house.memory.append_one(ann, Entry::ContactMoved(moved)).await.unwrap();
        db.clock().advance_ms(60_000);
        send(&house.memory, vec![track("Order Completed", json!({"userId": "ann"}),
            json!({"total": 41.2, "currency": "GBP", "products": [{}, {}, {}]}))]).await;
        let items = timeline(&house, ann, "limit=2").await;
        let titles: Vec<&str> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
        let expected = ["Order Completed", "Offer winter_sale shown on home_banner",
            "Identified as ann", "Page Viewed"];
        assert_eq!(titles, expected);
        assert_eq!(items[0]["summary"], "3 products · 41.20 GBP");
        assert_eq!(items[1]["id"], json!(contact_id));
        assert_eq!((&items[1]["side"], &items[0]["side"]), (&json!("ours"), &json!("theirs")));
        assert_eq!(items[1]["body"]["steps"].as_array().unwrap().len(), 1);
        assert_eq!((&items[3]["late"], &items[2]["late"]), (&json!(true), &json!(false)));
        assert_eq!(items[3]["channel"], "web");
        let ours = timeline(&house, ann, "side=ours&kind=contact,decision").await;
        assert_eq!(ours.len(), 1);
        let early = timeline(&house, ann, "before=2026-03-02T08:00:00Z").await;
        assert_eq!(early.len(), 1);
        let wrong = format!("GET /api/customers/{ann}/timeline?kind=sales");
        assert_eq!(house.ask(&wrong, None).await.status, 400);
    }
}

store::test! {
    async fn what_no_longer_stands_among_the_recent_rows_is_found_in_the_log(db: Db) {
        let house = house(&db).await;
        for _ in 0..3 {
            let events = (0..400).map(|n| track("A", json!({"userId": "ann"}), json!({"n": n})));
            send(&house.memory, events.collect()).await;
        }
        let ann = user(&house.memory, "ann").await;
        assert!(ann.state.recent.len() < 700);
        let items = timeline(&house, ann.id, "limit=300").await;
        assert_eq!(items.len(), 1_200);
        let mut seqs: Vec<u64> = items.iter().map(|item| item["seq"].as_u64().unwrap()).collect();
        assert!(seqs.is_sorted_by(|a, b| a > b));
        seqs.dedup();
        assert_eq!(seqs.len(), 1_200);
    }
}
