//! Whether nothing is left.

use std::path::Path;

use serde_json::json;
use store::Db;

use crate::lake::tests::{fill, hasty};
use crate::tests::{send, track, user};

/// The files below a folder that contain any of some texts.
fn containing(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(containing(&path, texts));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for text in texts {
            if bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
            {
                found.push(format!("{} in {}", text, path.display()));
            }
        }
    }
    found
}

store::test! {
    async fn no_byte_of_an_erased_customer_is_left(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        let secrets = ["zora.z@example.org", "zora-browser-77", "zora-user-4711", "zora-street-5"];
        for _ in 0..3 {
            let who = json!({"anonymousId": secrets[1]});
            send(&memory, vec![track("Product Viewed", who, json!({"note": secrets[3]}))]).await;
            let known = json!({"type": "identify", "userId": secrets[2], "anonymousId": secrets[1],
                "traits": {"email": secrets[0], "street": secrets[3]}});
            send(&memory, vec![known]).await;
            memory.lake().round("one").await.unwrap();
        }
        memory.lake().archive_all("one").await.unwrap();
        let again = track("Product Viewed", json!({"userId": secrets[2]}), json!({"q": secrets[0]}));
        send(&memory, vec![again]).await;
        let other_before = memory.export(user(&memory, "u3").await.id).await.unwrap();
        let zora = user(&memory, secrets[2]).await;
        assert_eq!(memory.export(zora.id).await.unwrap()["history"].as_array().unwrap().len(), 7);
        memory.flush().await.unwrap();

        memory.erase(zora.id).await.unwrap();

        assert!(memory.customer(zora.id).await.unwrap().is_none());
        let kind = crate::identity::IdentifierKind::UserId;
        assert!(memory.find(kind, secrets[2]).await.unwrap().is_none());
        let view = memory.lake().view().await.unwrap();
        let sql = format!("SELECT seq FROM events WHERE customer_id = {}", zora.id.0);
        let left = view.query(&sql);
        assert!(left.await.unwrap().iter().all(|batch| batch.num_rows() == 0));
        let mut other = memory.export(user(&memory, "u3").await.id).await.unwrap();
        other["exported_at"] = other_before["exported_at"].clone();
        assert_eq!(other, other_before);
        if let Some(file) = db.file() {
            assert_eq!(containing(file.parent().unwrap(), &secrets), Vec::<String>::new());
        }
        for table in db.tables_with("customer_id").await.unwrap() {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE customer_id = $1");
            let (count,): (i64,) = db.fetch_one(&sql, store::params![zora.id]).await.unwrap();
            assert_eq!(count, 0, "{table}");
        }
        assert_eq!(memory.finish_erasures().await.unwrap(), 0);

        // Whoever comes back is somebody new.
        let back = track("Product Viewed", json!({"userId": secrets[2]}), json!({}));
        send(&memory, vec![back]).await;
        assert_ne!(user(&memory, secrets[2]).await.id, zora.id);
    }
}
