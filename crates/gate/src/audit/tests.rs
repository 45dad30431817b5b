//! The audit log on both stores: nothing can be changed unnoticed.

use serde_json::json;
use store::{Db, params};

use super::{Entry, Verification, record, redact, verify};
use crate::test_support::{call, gate, router, sign_in};
use crate::user::{Role, User};

async fn three_rows(db: &Db) {
    for (action, key) in [("save", "sale"), ("publish", "sale"), ("save", "=cmd()")] {
        let entry = Entry::new(action, "offer", key).after(&json!({ "value": 1 }));
        record(db, &User::command(), entry).await.unwrap();
    }
}

fn broken_at(found: &Verification) -> Option<i64> {
    assert_eq!(found.intact, found.broken_at.is_none());
    found.broken_at
}

store::test! {
    async fn an_untouched_log_is_intact(db: Db) {
        three_rows(&db).await;
        let found = verify(&db).await.unwrap();
        assert_eq!((broken_at(&found), found.rows), (None, 3));
    }
}

store::test! {
    async fn a_changed_row_is_noticed(db: Db) {
        three_rows(&db).await;
        let sql = "UPDATE audit_log SET actor_name = 'somebody' WHERE seq = 2";
        db.execute(sql, params![]).await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(2));
    }
}

store::test! {
    async fn a_removed_row_is_noticed_also_at_the_end(db: Db) {
        three_rows(&db).await;
        db.execute("DELETE FROM audit_log WHERE seq = 3", params![]).await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(3));
        db.execute("DELETE FROM audit_log WHERE seq = 1", params![]).await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(1));
    }
}

store::test! {
    async fn bodies_can_go_and_only_openly(db: Db) {
        three_rows(&db).await;
        let mut tx = db.begin().await.unwrap();
        redact(&mut tx, db.now(), &User::command(), &[1, 2]).await.unwrap();
        tx.commit().await.unwrap();
        let found = verify(&db).await.unwrap();
        assert_eq!((broken_at(&found), found.rows), (None, 4));
        let rows = super::db::after(&db, 0, 10).await.unwrap();
        let redacted: Vec<bool> = rows.iter().map(|row| row.redacted).collect();
        assert_eq!(redacted, [true, true, false, false]);
        assert!(rows[0].after.is_none() && rows[2].after.is_some());
        // Not named in a later row, another body, a body that comes back.
        let mut tx = db.begin().await.unwrap();
        super::db::redact(&mut tx, &[3]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(3));
        let sql = "UPDATE audit_log SET after_body = '{}' WHERE seq = 2";
        db.execute(sql, params![]).await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(2));
    }
}

store::test! {
    async fn a_changed_body_is_noticed(db: Db) {
        three_rows(&db).await;
        let sql = "UPDATE audit_log SET after_body = '{\"value\":2}' WHERE seq = 2";
        db.execute(sql, params![]).await.unwrap();
        assert_eq!(broken_at(&verify(&db).await.unwrap()), Some(2));
    }
}

store::test! {
    async fn writers_at_the_same_time_make_one_chain(db: Db) {
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let db = db.clone();
            writers.spawn(async move { three_rows(&db).await });
        }
        writers.join_all().await;
        let found = verify(&db).await.unwrap();
        assert_eq!((broken_at(&found), found.rows), (None, 24));
    }
}

store::test! {
    async fn the_log_is_listed_filtered_and_exported_without_formulas(db: Db) {
        let router = router(&gate(&db, &[]).await);
        let ann = sign_in(&db, Role::Administrator).await;
        three_rows(&db).await;
        let line = "GET /api/audit?action=save&limit=1";
        let page = call(&router, &ann, line, &[], None).await;
        assert_eq!(page.body["items"][0]["object_key"], "=cmd()");
        let cursor = page.body["next_cursor"].as_str().unwrap();
        let rest = call(&router, &ann, &format!("{line}&cursor={cursor}"), &[], None).await;
        assert_eq!(rest.body["items"][0]["object_key"], "sale");
        let csv = call(&router, &ann, "GET /api/audit/export?action=save", &[], None).await;
        let lines: Vec<&str> = csv.body.as_str().unwrap().lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].contains(",offer,'=cmd(),"), "{}", lines[1]);
        let verified = call(&router, &ann, "GET /api/audit/verify", &[], None).await;
        assert_eq!(verified.body, json!({ "intact": true, "rows": 3 }));
    }
}
