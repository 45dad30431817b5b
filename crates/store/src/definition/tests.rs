//! Definitions on both stores.

use serde_json::json;

use super::*;
use crate::{Db, Error};

fn draft<'a>(key: &'a str, body: &'a Value) -> Draft<'a> {
    Draft {
        kind: "offer",
        key,
        title: "Sale",
        body,
        author: "ann",
        note: "",
    }
}

crate::test! {
    async fn a_definition_is_saved_published_changed_and_retired(db: Db) {
        let (one_body, two_body) = (json!({"value": 1}), json!({"value": 2}));
        assert_eq!(save(&db, draft("sale", &one_body), None).await.unwrap(), 1);
        assert_eq!(one(&db, "offer", "sale").await.unwrap().unwrap().state, State::Draft);
        publish(&db, "offer", "sale", 1).await.unwrap();
        let read = one(&db, "offer", "sale").await.unwrap().unwrap();
        assert_eq!(save(&db, draft("sale", &two_body), Some(&read.hash)).await.unwrap(), 2);
        let in_use = published(&db).await.unwrap();
        assert_eq!((in_use.len(), in_use[0].version, &in_use[0].body), (1, 1, &one_body));
        assert_eq!(revision(&db).await.unwrap(), 1);
        retire(&db, "offer", "sale").await.unwrap();
        assert!(published(&db).await.unwrap().is_empty());
        assert_eq!(revision(&db).await.unwrap(), 2);
    }
}

crate::test! {
    async fn a_save_over_somebody_elses_version_is_refused_and_says_whose(db: Db) {
        let (first, second, third) = (json!({"v": 1}), json!({"v": 2}), json!({"v": 3}));
        save(&db, draft("sale", &first), None).await.unwrap();
        let read = one(&db, "offer", "sale").await.unwrap().unwrap().hash;
        save(&db, Draft { author: "bob", ..draft("sale", &second) }, Some(&read)).await.unwrap();
        let refused = save(&db, draft("sale", &third), Some(&read)).await.unwrap_err();
        let Error::Changed { version, author, .. } = refused else { panic!("{refused}") };
        assert_eq!((version, author.as_str()), (2, "bob"));
        assert_eq!(history(&db, "offer", "sale", i64::MAX, 10).await.unwrap().len(), 2);
    }
}

crate::test! {
    async fn an_old_version_can_be_restored(db: Db) {
        let (first, second) = (json!({"v": 1}), json!({"v": 2}));
        save(&db, draft("sale", &first), None).await.unwrap();
        let read = one(&db, "offer", "sale").await.unwrap().unwrap().hash;
        save(&db, draft("sale", &second), Some(&read)).await.unwrap();
        let read = one(&db, "offer", "sale").await.unwrap().unwrap().hash;
        assert_eq!(restore(&db, "offer", "sale", 1, "ann", &read).await.unwrap(), 3);
        let now = one(&db, "offer", "sale").await.unwrap().unwrap();
        assert_eq!((now.body, now.note.as_str()), (first, "restored version 1"));
        // Several versions are read at once; one that does not exist is left out.
        let wanted = [1, 2, 9].map(|version| ("sale".to_owned(), version)).into();
        let found = versions(&db, "offer", &wanted).await.unwrap();
        let mut found: Vec<(i64, Value)> = found.into_iter().map(|d| (d.version, d.body)).collect();
        found.sort_by_key(|(version, _)| *version);
        assert_eq!(found, [(1, json!({"v": 1})), (2, json!({"v": 2}))]);
    }
}

crate::test! {
    async fn numbers_are_never_given_twice(db: Db) {
        assert_eq!(db.take_numbers("log", 10).await.unwrap(), 1);
        assert_eq!(db.take_numbers("log", 5).await.unwrap(), 11);
        assert_eq!(db.take_numbers("log", 1).await.unwrap(), 16);
    }
}

#[test]
fn keys_are_short_and_readable() {
    assert!(key_problem("winter_sale_2").is_none());
    for bad in ["", "2nd", "Winter", "a b", "ä"] {
        let problem = key_problem(bad).unwrap();
        let code = match bad {
            "" => ProblemCode::Empty,
            _ => ProblemCode::NotAKey,
        };
        assert_eq!(problem.code, Some(code), "{bad}");
    }
}
