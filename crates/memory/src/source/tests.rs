//! Sources on both stores.

use serde_json::json;
use store::Db;

use crate::tests::house;

store::test! {
    async fn sources_are_made_and_renamed(db: Db) {
        let house = house(&db).await;
        let new = json!({"key": "web-shop", "title": "Web shop", "kind": "web"});
        let made = house.ask("POST /api/sources", Some(new.clone())).await;
        assert_eq!((made.status, &made.body["id"]), (201, &json!("src_2")));
        assert_eq!(house.ask("POST /api/sources", Some(new)).await.status, 409);
        let wrong = json!({"key": "Web Shop", "title": "", "kind": "web"});
        let answer = house.ask("POST /api/sources", Some(wrong)).await;
        assert_eq!((answer.status, answer.body["errors"].as_array().unwrap().len()), (422, 2));
        let change = json!({"title": "Shop"});
        let answer = house.ask("PATCH /api/sources/src_2", Some(change.clone())).await;
        assert_eq!((answer.status, &answer.body["title"]), (200, &json!("Shop")));
        assert_eq!(house.ask("PATCH /api/sources/src_9", Some(change)).await.status, 404);
        let page = house.ask("GET /api/sources?limit=1", None).await.body;
        assert_eq!(page["items"][0]["key"], "default");
        let line = format!("GET /api/sources?cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(house.ask(&line, None).await.body["items"][0]["key"], "web-shop");
    }
}
