//! Quarantine on both stores.

use serde_json::json;
use store::Db;

use super::db::Filter;
use super::*;
use crate::log::Verdict;
use crate::tests::{house, send, user};

fn rejected(source_id: i64, reason: &str, db: &Db) -> Rejected {
    Rejected {
        source_id,
        reason: reason.into(),
        detail: "write a time like 2026-03-01T10:00:00.000Z".into(),
        form: "track".into(),
        body: "{\"event\": \"A\0\"}".into(),
        received_at: db.now(),
    }
}

store::test! {
    async fn of_each_source_the_newest_are_kept(db: Db) {
        db::put(&db, vec![rejected(2, "bad_timestamp", &db)]).await.unwrap();
        for _ in 0..5 {
            let many = (0..2_100).map(|_| rejected(1, "no_identifiers", &db)).collect();
            db::put(&db, many).await.unwrap();
        }
        let counts = db::counts(&db).await.unwrap();
        let expected = [(1, "no_identifiers".to_owned(), KEPT_PER_SOURCE),
            (2, "bad_timestamp".to_owned(), 1)];
        assert_eq!(counts, expected);
    }
}

store::test! {
    async fn items_are_listed_by_what_is_wanted_and_settled_once(db: Db) {
        let rows = vec![rejected(1, "bad_timestamp", &db), rejected(2, "no_identifiers", &db)];
        db::put(&db, rows).await.unwrap();
        let filter = Filter { source_id: Some(2), ..Filter::default() };
        let page = db::page(&db, &filter, QuarantineId(u64::MAX), 10).await.unwrap();
        assert_eq!(page.len(), 1);
        assert_eq!((page[0].reason.as_str(), page[0].state), ("no_identifiers", State::Waiting));
        assert_eq!(page[0].body, "{\"event\": \"A\u{fffd}\"}");
        let mut tx = db.begin().await.unwrap();
        let id = page[0].id;
        assert!(db::settle(&mut tx, id, State::Discarded, None, db.now()).await.unwrap());
        assert!(!db::settle(&mut tx, id, State::Replayed, None, db.now()).await.unwrap());
        tx.commit().await.unwrap();
        let state = db::get(&db, id).await.unwrap().unwrap().state;
        assert_eq!(state, State::Discarded);
    }
}

fn item(body: serde_json::Value, db: &Db) -> Rejected {
    Rejected {
        form: "batch".into(),
        body: body.to_string(),
        ..rejected(1, "bad_timestamp", db)
    }
}

store::test! {
    async fn an_item_is_corrected_and_taken_in_once(db: Db) {
        let house = house(&db).await;
        let body = json!({"type": "track", "event": "A", "userId": "ann", "timestamp": "soon"});
        db::put(&db, vec![item(body.clone(), &db)]).await.unwrap();
        let page = house.ask("GET /api/quarantine?reason=bad_timestamp", None).await.body;
        let id = page["items"][0]["id"].as_str().unwrap();
        assert_eq!(page["items"][0]["source"], "default");
        let line = format!("POST /api/quarantine/{id}/replay");
        let answer = house.ask(&line, Some(json!({}))).await;
        assert_eq!((answer.status, &answer.body["reason"]), (422, &json!("bad_timestamp")));
        let mut better = body;
        better["timestamp"] = json!("2026-03-01T10:00:00Z");
        let answer = house.ask(&line, Some(json!({"body": better}))).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert_eq!(user(&house.memory, "ann").await.state.rows_count, 1);
        assert_eq!(house.ask(&line, Some(json!({"body": better}))).await.status, 409);
        let page = house.ask("GET /api/quarantine?state=replayed", None).await.body;
        assert_eq!(page["items"][0]["outcome"], "accepted");
    }
}

store::test! {
    async fn many_items_are_replayed_or_discarded_by_reason(db: Db) {
        let house = house(&db).await;
        let good = json!({"type": "track", "event": "A", "userId": "ann"});
        let bad = json!({"type": "track", "userId": "ann"});
        let items = vec![item(good.clone(), &db), item(good, &db), item(bad, &db),
            rejected(1, "no_identifiers", &db)];
        db::put(&db, items).await.unwrap();
        let counts = house.ask("GET /api/quarantine/counts", None).await.body;
        assert_eq!((&counts[0]["reason"], &counts[0]["count"]), (&json!("bad_timestamp"), &json!(3)));
        let selection = Some(json!({"reason": "bad_timestamp"}));
        let outcome = house.ask("POST /api/quarantine/replay", selection.clone()).await.body;
        assert_eq!((&outcome["taken"], &outcome["refused"]), (&json!(2), &json!(1)));
        let outcome = house.ask("POST /api/quarantine/discard", selection).await.body;
        assert_eq!(outcome["discarded"], 1);
        let left = house.ask("GET /api/quarantine", None).await.body;
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
    }
}

store::test! {
    async fn an_event_with_the_id_of_another_comes_back_in_a_form_that_can_be_read(db: Db) {
        let house = house(&db).await;
        let event = |name: &str| json!({"type": "track", "event": name, "userId": "ann",
            "messageId": "m1", "timestamp": "2026-03-01T10:00:00Z"});
        send(&house.memory, vec![event("A")]).await;
        let verdicts = send(&house.memory, vec![event("B")]).await;
        let Verdict::Conflicting { body } = &verdicts[0] else { panic!("{verdicts:?}") };
        let mut again: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&again["event"], &again["timestamp"]),
            (&json!("B"), &json!("2026-03-01T10:00:00.000Z")));
        db::put(&db, vec![item(again.clone(), &db)]).await.unwrap();
        let line = "POST /api/quarantine/qrt_1/replay";
        assert_eq!(house.ask(line, Some(json!({}))).await.status, 422);
        again["messageId"] = json!("m2");
        assert_eq!(house.ask(line, Some(json!({"body": again}))).await.status, 200);
    }
}
