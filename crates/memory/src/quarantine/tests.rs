//! Quarantine on both stores.

use store::Db;

use super::db::Filter;
use super::*;

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
