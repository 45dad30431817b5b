//! Attributes on both stores.

use serde_json::json;
use store::Db;

use crate::keep::{Learner, write};
use crate::tests::{house, send};

store::test! {
    async fn kinds_and_counts_are_learned_until_somebody_fixes_them(db: Db) {
        let house = house(&db).await;
        let mut live = house.memory.live();
        let mut learner = Learner::default();
        for (user, age) in [("ann", json!(41)), ("bea", json!(27)), ("cleo", json!("unknown"))] {
            let traits = json!({"age": age, "email": format!("{user}@example.com"), "vip": true});
            send(&house.memory, vec![json!({"type": "identify", "userId": user, "traits": traits})])
                .await;
            let rows = live.recv().await.unwrap();
            learner.note(&rows);
            house.state.activity.note(&rows);
            write(&house.state, &mut learner).await;
        }
        house.memory.flush().await.unwrap();
        let page = house.ask("GET /api/attributes", None).await.body;
        let told = |index: usize, field: &str| page["items"][index][field].clone();
        assert_eq!((told(0, "key"), told(0, "kind")), (json!("age"), json!("text")));
        assert_eq!((told(1, "personal"), told(1, "examples")), (json!(true), json!(["•••"])));
        assert_eq!((told(2, "kind"), told(2, "seen_count")), (json!("boolean"), json!(3)));
        assert_eq!((told(0, "fill_rate"), told(0, "sample_size")), (json!(1.0), json!(3)));
        let change = json!({"kind": "number", "description": "Years", "personal": true});
        let answer = house.ask("PATCH /api/attributes/age", Some(change)).await;
        assert_eq!((answer.status, &answer.body["fixed"]), (200, &json!(true)));
        send(&house.memory, vec![json!({"type": "identify", "userId": "dora",
            "traits": {"age": "young"}})]).await;
        learner.note(&live.recv().await.unwrap());
        write(&house.state, &mut learner).await;
        let page = house.ask("GET /api/attributes?limit=1", None).await.body;
        assert_eq!((&page["items"][0]["kind"], &page["items"][0]["seen_count"]),
            (&json!("number"), &json!(4)));
        assert!(page["next_cursor"].is_string());
        let unknown = house.ask("PATCH /api/attributes/none", Some(json!({}))).await;
        assert_eq!(unknown.status, 404);
        let sources = house.ask("GET /api/sources", None).await.body;
        assert_eq!((&sources["items"][0]["events_count"], &sources["items"][0]["by_minute"][59]),
            (&json!(3), &json!(3)));
    }
}
