//! The lake against the log: whatever moves to files, every reader gets the same answers.

use std::collections::BTreeMap;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;
use futures::StreamExt;
use serde_json::json;
use store::{Db, Timestamp};

use super::{Scan, Table, View};
use crate::Memory;
use crate::log::{Entry, LogRow};
use crate::tests::{send, track, user};

/// Everything a query answers, as text.
pub(crate) async fn answer(view: &View, sql: &str) -> String {
    let batches = view.query(sql).await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

/// Some customers who do something.
pub(crate) async fn fill(memory: &Memory) {
    for number in 0..20 {
        let who = json!({"userId": format!("u{}", number % 7)});
        let seen = json!({"category": "shoes", "price": number, "tags": ["a", "b"]});
        let mut events = vec![track("Product Viewed", who.clone(), seen)];
        if number % 3 == 0 {
            let bought = json!({"total": 10.5 * f64::from(number), "category": "shoes"});
            events.push(track("Order Completed", who.clone(), bought));
        }
        events.push(json!({"type": "identify", "userId": format!("u{}", number % 7),
            "traits": {"age": 20 + number, "city": "Ulm", "email": format!("u{}@example.com", number % 7)}}));
        send(memory, events).await;
        memory.db().clock().advance_ms(60_000);
    }
}

store::test! {
    async fn a_view_shows_what_was_committed(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        fill(&memory).await;
        let view = memory.lake().view().await.unwrap();
        let counts = answer(&view, "SELECT name, count(*) AS n, count(DISTINCT customer_id) AS c
            FROM events GROUP BY name ORDER BY name").await;
        assert!(counts.contains("| Order Completed | 7  | 7 |"), "{counts}");
        assert!(counts.contains("| Product Viewed  | 20 | 7 |"), "{counts}");
        let sql = "SELECT count(*) AS n, min(standing) AS s FROM customers";
        let known = answer(&view, sql).await;
        assert!(known.contains("| 7 | known |"), "{known}");
        let later = track("Product Viewed", json!({"userId": "u1"}), json!({}));
        send(&memory, vec![later]).await;
        let next = memory.lake().view().await.unwrap();
        assert!(next.upto_seq > view.upto_seq);
        assert!(answer(&next, "SELECT count(*) AS n FROM events").await.contains("28"));
        assert!(answer(&view, "SELECT count(*) AS n FROM events").await.contains("27"));
    }
}

/// Memory that moves everything to files and lets it leave the log at once.
pub(crate) async fn hasty(db: &Db) -> Memory {
    hasty_for(db, None).await
}

/// The same, and what is older than so many milliseconds is forgotten.
pub(crate) async fn hasty_for(db: &Db, keep_ms: Option<i64>) -> Memory {
    let mut settings = super::Lake::usual_place(db).await.unwrap();
    settings.upkeep = super::Upkeep {
        archive_rows: 1,
        archive_after_ms: 0,
        keep_log_ms: 0,
        keep_log_rows: 0,
        keep_ms,
    };
    Memory::open_with(db.clone(), &settings).await.unwrap()
}

/// Every table, row by row.
pub(crate) async fn dump(view: &View) -> BTreeMap<&'static str, String> {
    let mut tables = BTreeMap::new();
    for table in Table::ALL {
        let order = match table {
            Table::Customers => "customer_id",
            _ => "customer_id, occurred_at, seq",
        };
        let sql = format!("SELECT * FROM {} ORDER BY {order}", table.word());
        tables.insert(table.word(), answer(view, &sql).await);
    }
    tables
}

/// Everything that reads single rows of a customer.
async fn told(memory: &Memory, name: &str) -> String {
    let customer = user(memory, name).await;
    let mut leaves = customer.state.members.clone();
    leaves.push(customer.id);
    let lake = memory.lake();
    let recent = lake
        .of_customers(&leaves, &customer.state.recent)
        .await
        .unwrap();
    let older = lake.older(&leaves, u64::MAX, 1_000).await.unwrap();
    let page = lake
        .older(&leaves, older[older.len() / 2].seq, 3)
        .await
        .unwrap();
    let first = lake.at(older.last().unwrap().seq).await.unwrap();
    let kind = lake
        .of_kind(crate::log::RowKind::Event, u64::MAX, 5)
        .await
        .unwrap();
    let shown = |rows: &[LogRow]| -> Vec<String> {
        let each = rows.iter();
        each.map(|row| {
            let body = row.entry.to_json().unwrap();
            format!("{} {} {} {body}", row.seq, row.customer_id, row.occurred_at)
        })
        .collect()
    };
    let first: Vec<LogRow> = first.into_iter().collect();
    let parts = [
        shown(&recent),
        shown(&older),
        shown(&page),
        shown(&first),
        shown(&kind),
    ];
    format!("{parts:#?}")
}

store::test! {
    async fn what_has_left_the_log_is_answered_as_before(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        let before = dump(&memory.lake().view().await.unwrap()).await;
        let customer_before = told(&memory, "u3").await;
        memory.db().clock().advance_ms(1);
        let round = memory.lake().round("one").await.unwrap();
        assert!(round.archived >= 47 && round.trimmed >= 47, "{round:?}");
        let (left, _) = super::db::count(&db, 0).await.unwrap();
        assert_eq!(left, 0);
        let view = memory.lake().view().await.unwrap();
        assert_eq!(dump(&view).await, before);
        assert_eq!(told(&memory, "u3").await, customer_before);

        // More of the same, in several files, joined.
        for _ in 0..5 {
            fill(&memory).await;
            memory.lake().round("one").await.unwrap();
        }
        let view = memory.lake().view().await.unwrap();
        let all = dump(&view).await;
        let joined = memory.lake().archive_all("one").await.unwrap();
        assert_eq!(joined, 0);
        assert_eq!(dump(&memory.lake().view().await.unwrap()).await, all);
        assert!(answer(&view, "SELECT count(*) AS n FROM events").await.contains("162"));
        assert_eq!(dump(&view).await, all);
    }
}

store::test! {
    async fn merges_are_seen_in_files_and_can_be_taken_back(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        let apart = dump(&memory.lake().view().await.unwrap()).await;
        memory.lake().round("one").await.unwrap();
        let (one, other) = (user(&memory, "u1").await.id, user(&memory, "u2").await.id);
        let count = |view: View, id: crate::CustomerId| async move {
            let sql = format!("SELECT count(*) AS n FROM events WHERE customer_id = {}", id.0);
            let batches = view.query(&sql).await.unwrap();
            batches[0].column(0).as_primitive::<Int64Type>().value(0)
        };
        let ours = count(memory.lake().view().await.unwrap(), one).await;
        let theirs = count(memory.lake().view().await.unwrap(), other).await;
        memory.merge(one, other).await.unwrap();
        for round in 0..3 {
            let view = memory.lake().view().await.unwrap();
            assert_eq!(count(view.clone(), one).await, ours + theirs, "{round}");
            assert_eq!(count(view.clone(), other).await, 0);
            assert!(answer(&view, "SELECT count(*) AS n FROM customers").await.contains("| 6 |"));
            assert_eq!(scanned(&view, None).await, listed(&view).await);
            match round {
                0 => drop(memory.lake().round("one").await.unwrap()),
                _ => drop(memory.lake().archive_all("one").await.unwrap()),
            }
        }
        memory.unmerge(one, other).await.unwrap();
        for _ in 0..2 {
            let view = memory.lake().view().await.unwrap();
            assert_eq!(dump(&view).await["events"], apart["events"]);
            assert_eq!(dump(&view).await["customers"], apart["customers"]);
            assert_eq!(scanned(&view, None).await, listed(&view).await);
            memory.lake().archive_all("one").await.unwrap();
        }
    }
}

/// Positions in the order of a single pass, with the customers.
async fn scanned(view: &View, names: Option<Vec<String>>) -> Vec<(i64, i64)> {
    let scan = Scan {
        table: Table::Events,
        columns: vec!["seq".into(), "customer_id".into()],
        names,
        since: None,
        until: None,
        rough: false,
    };
    let mut rows = vec![];
    for mut stream in view.scan(&scan).await.unwrap() {
        while let Some(batch) = stream.next().await {
            let batch = batch.unwrap();
            assert_eq!(batch.num_columns(), 2);
            let seqs = batch.column(0).as_primitive::<Int64Type>();
            let ids = batch.column(1).as_primitive::<Int64Type>();
            rows.extend(
                ids.values()
                    .iter()
                    .copied()
                    .zip(seqs.values().iter().copied()),
            );
        }
    }
    rows
}

async fn listed(view: &View) -> Vec<(i64, i64)> {
    let sql = "SELECT customer_id, seq FROM events ORDER BY customer_id, occurred_at, seq";
    let mut rows = vec![];
    for batch in view.query(sql).await.unwrap() {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        let seqs = batch.column(1).as_primitive::<Int64Type>();
        rows.extend(
            ids.values()
                .iter()
                .copied()
                .zip(seqs.values().iter().copied()),
        );
    }
    rows
}

store::test! {
    async fn properties_that_were_learned_have_columns(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        let mut learner = crate::keep::Learner::default();
        let rows = crate::log::db::after(&db, 0, 1_000).await.unwrap();
        learner.note(&rows);
        learner.flush(&db).await;
        let view = memory.lake().view().await.unwrap();
        assert_eq!(view.property("Product Viewed", "price").number, None);
        memory.lake().round("one").await.unwrap();
        let view = memory.lake().view().await.unwrap();
        let price = view.property("Product Viewed", "properties.price");
        assert_eq!((price.text.as_deref(), price.number.as_deref()), (None, Some("n_price")));
        let category = view.property("Order Completed", "category");
        assert_eq!(category.text.as_deref(), Some("p_category"));
        // Lists and what the event never had.
        assert_eq!(view.property("Product Viewed", "tags"), Default::default());
        assert_eq!(view.property("Product Viewed", "total"), Default::default());
        assert_eq!(view.attribute("age").unwrap().name, "a_age");
        let sums = "SELECT sum(n_price) AS p, sum(n_total) AS t, sum(a_age) AS a
            FROM events JOIN customers USING (customer_id)";
        let batch = &view.query(sums).await.unwrap()[0];
        let sum = |at: usize| batch.column(at).as_primitive::<Float64Type>().value(0);
        assert_eq!((sum(0), sum(1)), (190.0, 661.5));
        assert!(sum(2) > 0.0);

        // A value of another kind makes the column say less than everything.
        let odd = track("Product Viewed", json!({"userId": "u1"}), json!({"price": ["a", 1]}));
        send(&memory, vec![odd]).await;
        for _ in 0..2 {
            let view = memory.lake().view().await.unwrap();
            assert_eq!(view.property("Product Viewed", "price"), Default::default());
            assert_eq!(view.property("Order Completed", "total").number.as_deref(), Some("n_total"));
            memory.lake().archive_all("one").await.unwrap();
        }
    }
}

store::test! {
    async fn a_pass_takes_what_is_asked_for(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        memory.lake().round("one").await.unwrap();
        fill(&memory).await;
        let view = memory.lake().view().await.unwrap();
        assert_eq!(scanned(&view, None).await, listed(&view).await);
        assert_eq!(scanned(&view, Some(vec!["Order Completed".into()])).await.len(), 14);
        assert!(scanned(&view, Some(vec!["Nothing".into()])).await.is_empty());
        let since = Timestamp(store::test_support::START.0 + 20 * 60_000);
        for (table, since, rows) in [
            (Table::Events, Some(since), 27),
            (Table::Identifies, None, 40),
            (Table::Customers, None, 7),
            (Table::Contacts, None, 0),
        ] {
            let scan = Scan {
                table,
                columns: vec!["customer_id".into()],
                names: None,
                since,
                until: None,
                rough: false,
            };
            let mut count = 0;
            for mut stream in view.scan(&scan).await.unwrap() {
                while let Some(batch) = stream.next().await {
                    count += batch.unwrap().num_rows();
                }
            }
            assert_eq!(count, rows, "{table:?}");
        }
    }
}

store::test! {
    async fn a_failure_in_between_neither_loses_nor_doubles(db: Db) {
        let memory = hasty(&db).await;
        fill(&memory).await;
        let before = dump(&memory.lake().view().await.unwrap()).await;
        for point in ["lake_after_write", "lake_before_commit", "lake_after_commit", "lake_compacted",
            "lake_before_replace", "lake_trim"] {
            let point = format!("{point}_{}", db.log_order());
            fail::cfg(point.as_str(), "1*return").unwrap();
            let _ = memory.lake().round("one").await;
            let _ = memory.lake().archive_all("one").await;
            fail::remove(point.as_str());
            let view = memory.lake().view().await.unwrap();
            assert_eq!(dump(&view).await, before, "{point}");
        }
        memory.lake().archive_all("one").await.unwrap();
        assert_eq!(dump(&memory.lake().view().await.unwrap()).await, before);
        // What the failures left behind goes away.
        db.clock().advance_ms(40 * 60_000);
        assert!(memory.lake().clean(1).await.unwrap() > 0);
        assert_eq!(dump(&memory.lake().view().await.unwrap()).await, before);
    }
}

#[test]
fn an_event_comes_back_as_it_was() {
    let json = r#"{"type":"track","name":"A","message_id":"m","user_id":"u","properties":{"b" : 1},"traits":{"c":2},"context":{"d":"é"}}"#;
    let Entry::Event(body) = Entry::from_json(crate::log::RowKind::Event, json).unwrap() else {
        panic!("it is an event");
    };
    let rest = super::batch::rest(&body).unwrap();
    let context = body.context.as_ref().map(|raw| raw.get().to_owned());
    let (name, properties) = (body.name.clone(), body.properties.get().to_owned());
    let again = super::batch::event(name, properties, context, &rest).unwrap();
    assert_eq!(Entry::Event(again).to_json().unwrap(), json);
}

store::test! {
    async fn a_statement_that_has_left_the_log_is_still_a_duplicate(db: Db) {
        let memory = hasty(&db).await;
        let mut event = track("Product Viewed", json!({"userId": "u1"}), json!({"n": 1}));
        event["messageId"] = json!("the-one");
        send(&memory, vec![event.clone()]).await;
        memory.flush().await.unwrap();
        db.clock().advance_ms(1);
        assert!(memory.lake().round("one").await.unwrap().trimmed > 0);
        memory.close().await.unwrap();
        let memory = hasty(&db).await;
        let mut other = event.clone();
        other["properties"] = json!({"n": 2});
        let new = track("Product Viewed", json!({"userId": "u1"}), json!({"n": 1}));
        let verdicts = send(&memory, vec![event, other, new]).await;
        assert_eq!(verdicts[0], crate::log::Verdict::Duplicate);
        assert!(matches!(verdicts[1], crate::log::Verdict::Conflicting { .. }));
        assert!(matches!(verdicts[2], crate::log::Verdict::Accepted { .. }));
    }
}

store::test! {
    async fn contacts_show_what_became_of_them(db: Db) {
        use crate::interaction::{Contact, ContactId, ContactStatus, Response, ResponseKind};
        use crate::log::ContactMoved;
        let memory = hasty(&db).await;
        send(&memory, vec![track("A", json!({"userId": "u1"}), json!({}))]).await;
        let customer = user(&memory, "u1").await.id;
        let contact = Contact {
            channel: "web".into(), placement: Some("home".into()), message: None,
            offer: Some("shoes".into()), offer_version: Some(2), category: None,
            status: ContactStatus::Reserved, counts: true, control: false, expires_at: None,
            decision_id: None, decision_offset: None, language: None, basis: None, variant: None, claims: vec![], control_group: None, customer_group: None, journey: None,
        };
        let mut ids = vec![];
        for _ in 0..4 {
            let made = memory.append_one(customer, Entry::Contact(contact.clone())).await.unwrap();
            ids.push(ContactId(made.seqs[0]));
        }
        db.clock().advance_ms(5_000);
        let moved = |contact_id, status| {
            Entry::ContactMoved(ContactMoved { contact_id, status, reason: None })
        };
        for (id, status) in [(ids[0], ContactStatus::Presented), (ids[1], ContactStatus::Released),
            (ids[0], ContactStatus::Released)] {
            memory.append_one(customer, moved(id, status)).await.unwrap();
        }
        let click = Response {
            kind: ResponseKind::Click, name: None, contact_id: Some(ids[2]), offer: None,
            category: None, channel: None, inferred: false, in_control: false, value_cents: Some(5),
            currency: None, credit: None, note: None,
        };
        memory.append_one(customer, Entry::Response(click)).await.unwrap();
        let sql = "SELECT status, presented_at - occurred_at AS later, placement, offer_version
            FROM contacts ORDER BY seq";
        let marks = user(&memory, "u1").await.state.contacts.clone();
        let words: Vec<_> = marks.iter().map(|mark| mark.status).collect();
        let mut answers = vec![];
        for _ in 0..3 {
            answers.push(answer(&memory.lake().view().await.unwrap(), sql).await);
            memory.lake().archive_all("one").await.unwrap();
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        let lines: Vec<&str> = answers[0].lines().skip(3).collect();
        let presented = "| presented | 5000  | home      | 2             |";
        assert_eq!(lines[0], presented);
        assert!(lines[1].starts_with("| released  |       |"), "{}", lines[1]);
        assert_eq!(lines[2], presented);
        assert!(lines[3].starts_with("| reserved  |       |"), "{}", lines[3]);
        let presented = words.iter().filter(|status| **status == ContactStatus::Presented).count();
        assert_eq!(presented, 2);
    }
}
