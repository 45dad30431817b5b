//! The log at its fail points: whatever breaks off where, a statement is taken in exactly once.
//!
//! Fail points are global: every test of this file holds the scenario, and they run in turn.

extern crate rapport_memory as memory;

use fail::FailScenario;
use memory::Memory;
use memory::event::prepare;
use memory::event::wire::{Form, Item, parse_item};
use memory::identity::IdentifierKind;
use memory::log::{Incoming, Verdict};
use serde_json::json;
use store::Db;

/// Where a commit of the log can break off.
const POINTS: [&str; 2] = ["log_before_commit", "log_after_commit"];
const ACTIONS: [&str; 2] = ["1*return", "1*panic"];

fn seen(db: &Db, number: usize) -> Incoming {
    let json = json!({"type": "track", "event": "Seen", "anonymousId": format!("browser-{number}"),
        "messageId": format!("m{number}")});
    let form = Form::of_path("/v1/batch").unwrap();
    let Item::Event(event) = parse_item(form, &json.to_string()) else {
        panic!("not understood: {json}")
    };
    prepare(event, 1, db.now(), db.random()).unwrap()
}

store::test! {
    async fn wherever_a_commit_breaks_off_an_event_counts_once(db: Db) {
        let _scenario = FailScenario::setup();
        for (number, (point, action)) in POINTS
            .into_iter()
            .flat_map(|point| ACTIONS.map(|action| (point, action)))
            .enumerate()
        {
            let memory = Memory::open(db.clone()).await.unwrap();
            fail::cfg(point, action).unwrap();
            let broken = memory.ingest(vec![seen(&db, number)]).await;
            fail::remove(point);
            assert!(broken.is_err(), "{point} {action} was answered with success");
            // The embedded store's writer does not trust its disk after that; a panic ends any.
            let ended = db.exclusive() || action == "1*panic";
            if ended {
                memory.stopped().await;
            }
            assert_eq!(memory.writes(), !ended, "{point} {action}");
            drop(memory);
            let again = Memory::open(db.clone()).await.unwrap();
            let verdicts = again.ingest(vec![seen(&db, number)]).await.unwrap();
            let kept = point == "log_after_commit";
            assert_eq!(verdicts[0] == Verdict::Duplicate, kept, "{point} {action}");
            let browser = format!("browser-{number}");
            let found = again.find(IdentifierKind::AnonymousId, &browser).await.unwrap();
            let customer = again.customer(found.unwrap()).await.unwrap().unwrap();
            assert_eq!(customer.state.rows_count, 1, "{point} {action}");
            again.close().await.unwrap();
        }
    }
}

store::test! {
    async fn what_was_acknowledged_before_a_failure_stands_after_it(db: Db) {
        let _scenario = FailScenario::setup();
        let memory = Memory::open(db.clone()).await.unwrap();
        memory.ingest(vec![seen(&db, 0)]).await.unwrap();
        fail::cfg("log_before_commit", "1*return").unwrap();
        assert!(memory.ingest(vec![seen(&db, 1)]).await.is_err());
        fail::remove("log_before_commit");
        let after = memory.ingest(vec![seen(&db, 2)]).await;
        assert_eq!(after.is_err(), db.exclusive(), "nothing is acknowledged on a doubtful disk");
        drop(memory);
        let again = Memory::open(db.clone()).await.unwrap();
        let verdicts = again.ingest((0..3).map(|number| seen(&db, number)).collect()).await.unwrap();
        let duplicates: Vec<bool> = verdicts.iter().map(|v| *v == Verdict::Duplicate).collect();
        assert_eq!(duplicates, [true, false, !db.exclusive()]);
    }
}
