//! Feeds that read a bucket, MySQL and NATS for real.

use std::time::Duration;

use serde_json::{Value, json};
use store::Db;
use store::foreign::Foreign;
use store::lake::Bucket;
use store::test_support::mysql;

use super::places::Places;
use super::tests::{log_rows, publish, run, with_places, work};
use crate::lake::far_tests::bucket;
use crate::tests::user;

store::test! {
    async fn files_of_a_bucket_are_taken_once(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = bucket(folder.path()).await;
        let exports = folder.path().join("shop/exports");
        std::fs::create_dir_all(exports.join("orders")).unwrap();
        std::fs::write(exports.join("orders/a.jsonl"), "{\"who\":\"ann\",\"n\":1}\n").unwrap();
        std::fs::write(exports.join("secret.jsonl"), "{\"who\":\"bob\",\"n\":1}\n").unwrap();
        let place = Bucket {
            name: "shop".into(),
            prefix: "exports".into(),
            endpoint: Some(endpoint),
            region: Some("eu-central-1".into()),
            access_key: Some("the-key".into()),
            secret_key: Some("the-secret".into()),
        };
        let buckets = [("exports".to_owned(), place)].into();
        let house = with_places(&db, Places { buckets, ..Places::default() }).await;
        publish(&house, "orders", json!({
            "name": {"en": "Orders"},
            "from": {"kind": "bucket", "bucket": "exports", "path": "orders", "files": "*.jsonl"},
            "mapping": {"as": "events", "user_id": "who", "event": {"name": "Ordered"}},
        })).await;
        let stop = work(&house);
        let first = run(&house, "orders").await;
        assert_eq!(first["numbers"]["accepted"], 1, "{first}");
        std::fs::write(exports.join("orders/b.jsonl"), "{\"who\":\"ann\",\"n\":2}\n").unwrap();
        let second = run(&house, "orders").await;
        assert_eq!((&second["numbers"]["files"], &second["numbers"]["accepted"]),
            (&json!(1), &json!(1)), "{second}");
        assert_eq!(log_rows(&db).await, 2);
        let from = json!({"kind": "bucket", "bucket": "exports", "path": "orders", "files": "*"});
        let looked = house.ask("POST /api/feed-preview", Some(json!({"from": from}))).await;
        assert_eq!(looked.body["files_count"], 2, "{}", looked.body);
        stop.send_replace(true);
    }
}

store::test! {
    async fn customers_of_mysql_are_what_they_are_now(db: Db) {
        let Some(address) = mysql() else { return };
        let foreign = Foreign::new(&address).unwrap();
        let databases = [("crm".to_owned(), foreign)].into();
        let house = with_places(&db, Places { databases, ..Places::default() }).await;
        let stop = work(&house);
        // The same customer moves to another town and back: every delivery counts.
        for (place, city) in ["Bern", "Basel", "Bern"].into_iter().enumerate() {
            let key = format!("crm_{place}");
            publish(&house, &key, json!({
                "name": {"en": "Customers"},
                "from": {"kind": "query", "database": "crm",
                    "sql": format!("SELECT 7 AS id, '{city}' AS city, 1 AS active")},
                "mapping": {"as": "customers", "user_id": "id", "fields": [
                    {"column": "city", "to": "attribute", "name": "city"}]},
            })).await;
            let done = run(&house, &key).await;
            assert_eq!(done["numbers"]["accepted"], 1, "{done}");
            let state = user(&house.memory, "7").await.state;
            assert_eq!(state.attributes["city"].value.to_json(), city);
            db.clock().advance_ms(60_000);
        }
        stop.send_replace(true);
    }
}

store::test! {
    async fn a_place_that_does_not_answer_is_said(db: Db) {
        let foreign = Foreign::new("postgres://reader:hush@127.0.0.1:9/none").unwrap();
        let databases = [("crm".to_owned(), foreign)].into();
        let nats = super::places::NatsServer {
            address: "nats://hush@127.0.0.1:9".to_owned(),
            user: None,
            token: None,
        };
        let nats = [("main".to_owned(), nats)].into();
        let house = with_places(&db, Places { databases, nats, ..Places::default() }).await;
        publish(&house, "crm", json!({
            "name": {"en": "Customers"},
            "from": {"kind": "query", "database": "crm", "sql": "SELECT 1 AS id"},
            "mapping": {"as": "customers", "user_id": "id"},
        })).await;
        publish(&house, "stream", json!({
            "name": {"en": "Events"},
            "from": {"kind": "nats", "server": "main", "stream": "EVENTS"},
        })).await;
        let stop = work(&house);
        let failed = run(&house, "crm").await;
        assert_eq!((&failed["state"], &failed["error"]), (&json!("failed"),
            &json!("the database cannot be reached: connection refused")));
        let mut standing = Value::Null;
        for _ in 0..200 {
            standing = house.ask("GET /api/feeds/stream", None).await.body;
            if standing["state"] == "failing" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let error = standing["error"].as_str().unwrap_or_default();
        assert!(error.starts_with("the server cannot be reached"), "{standing}");
        assert!(!standing.to_string().contains("hush"));
        stop.send_replace(true);
    }
}
