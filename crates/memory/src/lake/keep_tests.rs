//! What is older than the lake keeps leaves every file, and nothing else does.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::{Db, Timestamp};

use super::tests::{answer, fill, hasty_for};
use crate::Memory;
use crate::criteria::batch::{Request, over_lake};
use crate::criteria::{DAY_MS, read};
use crate::interaction::{ContactId, ContactStatus, Response, ResponseKind};
use crate::log::{ContactMoved, Entry};
use crate::tests::user;
use crate::timeline::tests::shown;

/// A promise to u1 that is kept, and a click.
async fn promise(memory: &Memory) {
    let customer = user(memory, "u1").await.id;
    let promised = Entry::Contact(shown(ContactStatus::Reserved));
    let made = memory.append_one(customer, promised).await.unwrap();
    let contact_id = ContactId(made.seqs[0]);
    memory.db().clock().advance_ms(60_000);
    let moved = ContactMoved {
        contact_id,
        status: ContactStatus::Presented,
        reason: None,
    };
    let click = Response {
        kind: ResponseKind::Click,
        name: None,
        contact_id: Some(contact_id),
        offer: None,
        category: None,
        channel: None,
        inferred: false,
        in_control: false,
        value_cents: Some(5),
        currency: None,
        credit: None,
        note: None,
    };
    for entry in [Entry::ContactMoved(moved), Entry::Response(click)] {
        memory.append_one(customer, entry).await.unwrap();
    }
}

async fn counted(memory: &Memory, rule: Value) -> u64 {
    let request = Request {
        criteria: &read(&rule).unwrap(),
        now_ms: memory.db().now().0,
        past: false,
        zone: TimeZone::UTC,
        segment: &|_| None,
    };
    let view = memory.lake().view().await.unwrap();
    over_lake(&view, request).await.unwrap().customers.len()
}

/// How many rows each table has.
async fn rows(memory: &Memory) -> Vec<String> {
    let view = memory.lake().view().await.unwrap();
    let mut found = vec![];
    for table in ["events", "contacts", "responses", "identifies", "customers"] {
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let text = answer(&view, &sql).await;
        let number = text.lines().nth(3).unwrap_or_default();
        found.push(number.trim_matches(['|', ' ']).to_owned());
    }
    found
}

store::test! {
    async fn what_is_too_old_leaves_every_file_and_nothing_else_does(db: Db) {
        let memory = hasty_for(&db, Some(10 * DAY_MS)).await;
        let lake = memory.lake();
        fill(&memory).await;
        promise(&memory).await;
        lake.round("one").await.unwrap();
        db.clock().advance_ms(8 * DAY_MS);
        fill(&memory).await;
        promise(&memory).await;
        lake.round("one").await.unwrap();
        lake.archive_all("one").await.unwrap();
        assert_eq!(rows(&memory).await, ["54", "2", "2", "40", "7"]);
        // Old and new stand in the same files by now.
        db.clock().advance_ms(7 * DAY_MS / 2);
        lake.round("one").await.unwrap();
        assert_eq!(rows(&memory).await, ["27", "1", "1", "40", "7"]);
        let view = lake.view().await.unwrap();
        let limit = db.now().0 - 10 * DAY_MS;
        for table in ["events", "contacts", "responses"] {
            let sql = format!("SELECT min(occurred_at) >= {limit} AS kept FROM {table}");
            assert!(answer(&view, &sql).await.contains("true"), "{table}");
        }
        drop(view);
        // The files that held it go away, too.
        db.clock().advance_ms(60 * 60_000);
        assert!(lake.round("one").await.unwrap().removed > 0);
        let live = lake.files().await.unwrap();
        for file in live.iter().filter(|file| file.table != "identifies") {
            let first = Timestamp(file.span.occurred_at.0);
            assert!(first.0 >= limit || file.table == "customers", "{}", file.path);
        }
        // What is kept is counted as before, and a customer's history can still be read.
        let of = |what: Value, days: i64| {
            let mut rule = json!({ "at_least": 1, "within": { "rolling_days": days } });
            let fields = what.as_object().unwrap().clone();
            rule.as_object_mut().unwrap().extend(fields);
            rule
        };
        assert_eq!(counted(&memory, of(json!({ "event": "Order Completed" }), 9)).await, 7);
        assert_eq!(counted(&memory, of(json!({ "contacts": {} }), 9)).await, 1);
        assert_eq!(counted(&memory, of(json!({ "responses": {} }), 9)).await, 1);
        let twice = json!({ "event": "Order Completed", "at_least": 2 });
        assert_eq!(counted(&memory, twice).await, 0);
        let customer = user(&memory, "u1").await;
        let left = lake.older(&[customer.id], u64::MAX, 1_000).await.unwrap();
        let recent = &customer.state.recent;
        let shown = lake.of_customers(&[customer.id], recent).await.unwrap();
        assert!(shown.len() < recent.len() && shown.len() == left.len());
        memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_promise_counts_when_it_is_kept(db: Db) {
        let memory = hasty_for(&db, None).await;
        fill(&memory).await;
        let customer = user(&memory, "u1").await.id;
        let promised = Entry::Contact(shown(ContactStatus::Reserved));
        let made = memory.append_one(customer, promised).await.unwrap();
        db.clock().advance_ms(3 * DAY_MS);
        let moved = ContactMoved {
            contact_id: ContactId(made.seqs[0]),
            status: ContactStatus::Presented,
            reason: None,
        };
        memory.append_one(customer, Entry::ContactMoved(moved)).await.unwrap();
        let lately = json!({ "contacts": {}, "at_least": 1, "within": { "rolling_days": 1 } });
        for _ in 0..2 {
            assert_eq!(counted(&memory, lately.clone()).await, 1);
            memory.lake().archive_all("one").await.unwrap();
        }
        let before = json!({ "contacts": {}, "at_least": 1, "within": { "before_days": 1 } });
        assert_eq!(counted(&memory, before).await, 0);
        memory.close().await.unwrap();
    }
}
