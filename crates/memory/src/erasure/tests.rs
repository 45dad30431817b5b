//! Whether nothing is left.

use std::path::Path;

use serde_json::json;
use store::Db;
use store::lake::Place;

use crate::lake::Lake;
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
        let bytes = store::test_support::unpacked(&path);
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

/// Where the files of the lake lie.
async fn lake_folder(db: &Db) -> std::path::PathBuf {
    match Lake::usual_place(db).await.unwrap().ground.place {
        Place::Folder(folder) => folder,
        Place::Bucket(_) => panic!("tests keep files in a folder"),
    }
}

/// Every row of the tables of the log and of customers that contains any of some texts.
async fn rows_with(db: &Db, texts: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for sql in [
        "SELECT body FROM log ORDER BY seq",
        "SELECT label || state FROM customers ORDER BY customer_id",
    ] {
        let rows: Vec<(String,)> = db.fetch_all(sql, store::params![]).await.unwrap();
        let rows = rows.into_iter().map(|(row,)| row);
        found.extend(rows.filter(|row| texts.iter().any(|text| row.contains(text))));
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
        // What others tell of her: in their events, of themselves, and in another browser.
        let friend = json!({"userId": "u4"});
        let told = json!({"friend": secrets[0], "note": format!("{} called", secrets[2]), "n": 3});
        send(&memory, vec![track("Friend Invited", friend, told)]).await;
        let spouse = json!({"type": "identify", "userId": "u4", "traits": {"spouse": secrets[0], "age": 7}});
        send(&memory, vec![spouse]).await;
        let typed = json!({"page": {"url": "/?mail=zora.z%40example.org"}});
        let mut stranger = track("Form Stepped", json!({"anonymousId": "somebody"}), json!({}));
        stranger["context"] = typed;
        send(&memory, vec![stranger]).await;
        memory.lake().archive_all("one").await.unwrap();
        let lake = lake_folder(&db).await;
        for secret in secrets {
            assert!(!containing(&lake, &[secret]).is_empty(), "{secret} is in a file");
        }
        assert!(!containing(&lake, &["zora.z%40example.org"]).is_empty());
        let later = track("Friend Invited", json!({"userId": "u4"}), json!({"friend": secrets[0]}));
        send(&memory, vec![later]).await;
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
        memory.flush().await.unwrap();
        let words = [&secrets[..], &["zora.z%40example.org"]].concat();
        // A street is no identifier, and went with her own rows.
        assert_eq!(containing(&lake, &words), Vec::<String>::new());
        assert_eq!(rows_with(&db, &words).await, Vec::<String>::new());
        if let Some(file) = db.file() {
            assert_eq!(containing(file.parent().unwrap(), &words), Vec::<String>::new());
        }
        let friend = memory.export(user(&memory, "u4").await.id).await.unwrap();
        assert_eq!(friend["attributes"]["spouse"]["value"], "[erased]");
        assert_eq!(friend["attributes"]["age"]["value"], 7.0);
        let told = friend["history"].as_array().unwrap().iter().find(|row| row["body"]["properties"]["n"] == 3);
        assert_eq!(told.unwrap()["body"]["properties"]["note"], "[erased] called");
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

store::test! {
    async fn an_address_stays_with_another_who_has_it(db: Db) {
        let memory = hasty(&db).await;
        let shared = "family.x@example.org";
        for user in ["zora-user-1", "karl-user-2"] {
            let who = json!({"type": "identify", "userId": user, "traits": {"email": shared}});
            send(&memory, vec![who]).await;
            let wrote = track("Form Submitted", json!({"userId": user}), json!({"mail": shared}));
            send(&memory, vec![wrote]).await;
        }
        let friend = track("Friend Invited", json!({"userId": "u4"}), json!({"friend": shared}));
        send(&memory, vec![friend]).await;
        memory.lake().archive_all("one").await.unwrap();
        let (zora, karl) = (user(&memory, "zora-user-1").await.id, user(&memory, "karl-user-2").await.id);
        if zora == karl {
            // One mailbox is one customer here: nobody else has it.
            memory.close().await.unwrap();
            return;
        }
        let mut before = memory.export(karl).await.unwrap();
        memory.erase(zora).await.unwrap();
        let after = memory.export(karl).await.unwrap();
        before["exported_at"] = after["exported_at"].clone();
        assert_eq!(after, before);
        let friend = memory.export(user(&memory, "u4").await.id).await.unwrap();
        assert!(!friend.to_string().contains(shared), "{friend}");
        memory.close().await.unwrap();
    }
}
