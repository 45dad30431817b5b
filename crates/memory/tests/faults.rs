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
    seen_by(db, &format!("browser-{number}"), number)
}

fn seen_by(db: &Db, browser: &str, number: usize) -> Incoming {
    let json = json!({"type": "track", "event": "Seen", "anonymousId": browser,
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

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_on_a_group_that_could_not_be_written_fails_with_it() {
    let _scenario = FailScenario::setup();
    let store = store::test_support::sqlite().await;
    let memory = Memory::open(store.db.clone()).await.unwrap();
    // All of one browser, so that each group stands on the one before.
    let all = |numbers: std::ops::Range<usize>| {
        numbers.map(|number| seen_by(&store.db, "browser", number))
    };
    memory.ingest(all(0..1).collect()).await.unwrap();
    // Heavy requests, which are worked through while another is written.
    let request = |number: usize| all(1 + number * 20..21 + number * 20).collect::<Vec<_>>();
    for round in 0..10 {
        let requests = round * 5..round * 5 + 5;
        fail::cfg("log_before_write", "1*return").unwrap();
        let tried: Vec<_> = requests
            .clone()
            .map(|number| {
                let (memory, events) = (memory.clone(), request(number));
                tokio::spawn(async move { memory.ingest(events).await })
            })
            .collect();
        let mut acknowledged = vec![];
        for one in tried {
            acknowledged.push(one.await.unwrap().is_ok());
        }
        fail::remove("log_before_write");
        assert!(acknowledged.contains(&false), "one group was not written");
        assert!(memory.writes(), "the disk is not in doubt");
        for (number, known) in requests.zip(acknowledged) {
            let again = memory.ingest(request(number)).await.unwrap();
            // What was refused is new, what was acknowledged is known.
            assert!(
                again
                    .iter()
                    .all(|verdict| (*verdict == Verdict::Duplicate) == known)
            );
        }
    }
    memory.close().await.unwrap();
    let again = Memory::open(store.db.clone()).await.unwrap();
    let found = again
        .find(IdentifierKind::AnonymousId, "browser")
        .await
        .unwrap();
    let customer = again.customer(found.unwrap()).await.unwrap().unwrap();
    assert_eq!(customer.state.rows_count, 1_001);
}

/// Somebody else writes for longer than the writer waits: whoever asked is refused, nothing is in
/// doubt, and it goes on.
#[tokio::test]
async fn who_waits_too_long_for_the_store_is_refused_and_the_writer_goes_on() {
    let store = store::test_support::sqlite().await;
    let memory = Memory::open(store.db.clone()).await.unwrap();
    memory.ingest(vec![seen(&store.db, 0)]).await.unwrap();
    let other = store.db.begin().await.unwrap();
    // Nothing else goes on meanwhile, so that the time for which is waited is over at once.
    tokio::time::pause();
    assert!(memory.ingest(vec![seen(&store.db, 1)]).await.is_err());
    tokio::time::resume();
    assert!(memory.writes());
    drop(other);
    let verdicts = memory.ingest(vec![seen(&store.db, 1)]).await.unwrap();
    assert_ne!(verdicts[0], Verdict::Duplicate);
}
