//! Tests of segments: keeping members, telling changes, references, uploads, decisions.

use std::collections::BTreeSet;

use memory::criteria::DAY_MS;
use memory::log::{Entry, db as log_db};
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::definition::Definition;
use store::{Db, Timestamp};
use tokio::sync::watch;

use super::hold::{Hold, LEASE_MS, Task};
use super::keep::Keeper;
use super::{across, db};
use crate::Decider;
use crate::targeting::AnswerReason;
use crate::test_support::{ask, decider, known, offer, placement, published, send, settled};

fn segment(key: &str, more: Value) -> Definition {
    let base = json!({ "name": {"en": key} });
    published("segment", key, crate::test_support::with(base, more))
}

fn buyers(days: u32) -> Definition {
    let rule = json!({ "event": "Order Completed", "at_least": 1,
        "within": { "rolling_days": days } });
    segment("buyers", json!({ "criteria": rule }))
}

struct House {
    memory: Memory,
    decider: Decider,
    keeper: Keeper,
    stop: watch::Receiver<bool>,
    live: tokio::sync::broadcast::Receiver<std::sync::Arc<Vec<memory::log::LogRow>>>,
}

impl House {
    async fn new(db: &Db, definitions: &[Definition]) -> House {
        let memory = Memory::open(db.clone()).await.unwrap();
        let live = memory.live();
        let decider = decider(&memory, definitions).await;
        let keeper = Keeper::new(decider.clone());
        let (_, stop) = watch::channel(false);
        House {
            memory,
            decider,
            keeper,
            stop,
            live,
        }
    }

    async fn round(&mut self) {
        while let Ok(rows) = self.live.try_recv() {
            self.keeper.note(&rows);
        }
        self.memory.flush().await.unwrap();
        self.keeper.round(&self.stop).await.unwrap();
    }

    async fn order(&self, user: &str) -> CustomerId {
        let event = json!({ "type": "track", "event": "Order Completed", "userId": user,
            "properties": { "total": 20 } });
        send(&self.memory, event).await
    }

    async fn members(&self, segment: &str) -> Vec<u64> {
        let members = db::members(self.memory.db(), segment).await.unwrap();
        members.into_iter().collect()
    }

    /// The events that tell of changes, in order: name and segment.
    async fn told(&self) -> Vec<(String, String)> {
        let rows = log_db::after(self.memory.db(), 0, 1_000).await.unwrap();
        let told = rows.into_iter().filter_map(|row| match row.entry {
            Entry::Event(body) if body.name.starts_with("Segment") => {
                let json: Value = serde_json::from_str(body.properties.get()).unwrap();
                Some((body.name, json["segment"].as_str()?.to_owned()))
            }
            _ => None,
        });
        told.collect()
    }
}

fn entered(segment: &str) -> (String, String) {
    ("Segment Entered".to_owned(), segment.to_owned())
}

fn left(segment: &str) -> (String, String) {
    ("Segment Left".to_owned(), segment.to_owned())
}

store::test! {
    async fn members_come_with_events_and_go_with_time(db: Db) {
        let mut house = House::new(&db, &[buyers(30)]).await;
        let early = house.order("ada").await;
        house.round().await;
        // The first filling is told to nobody.
        assert_eq!(house.members("buyers").await, [early.0]);
        assert_eq!(house.told().await, []);
        let late = house.order("bob").await;
        house.round().await;
        assert_eq!(house.members("buyers").await, [early.0, late.0]);
        assert_eq!(house.told().await, [entered("buyers")]);
        db.clock().advance_ms(30 * DAY_MS);
        house.round().await;
        assert_eq!(house.members("buyers").await, [0_u64; 0]);
        let all = [entered("buyers"), left("buyers"), left("buyers")];
        assert_eq!(house.told().await, all);
        house.round().await;
        assert_eq!(house.told().await.len(), 3, "nothing is told twice");
        let standing = &db::standings(&db).await.unwrap()["buyers"];
        assert_eq!(standing.as_of_at, db.now());
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_new_node_sees_what_it_missed_and_tells_it_once(db: Db) {
        let mut house = House::new(&db, &[buyers(30)]).await;
        house.round().await;
        house.order("ada").await;
        // This node stops before it has looked.
        house.memory.flush().await.unwrap();
        db.clock().advance_ms(60_000);
        let mut other = Keeper::new(house.decider.clone());
        other.round(&house.stop).await.unwrap();
        assert_eq!(house.told().await, [entered("buyers")]);
        house.round().await;
        assert_eq!(house.told().await, [entered("buyers")]);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn what_another_node_took_in_is_settled_when_it_could_not(db: Db) {
        let mut house = House::new(&db, &[buyers(30)]).await;
        house.round().await;
        let ada = house.order("ada").await;
        // The node that took the order in is gone: nobody noted it.
        while house.live.try_recv().is_ok() {}
        house.memory.flush().await.unwrap();
        settled(&db).await;
        house.keeper.round(&house.stop).await.unwrap();
        // A process that owns the store is told of every row.
        let found = if db.exclusive() { vec![] } else { vec![ada.0] };
        assert_eq!(house.members("buyers").await, found);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn long_work_keeps_its_lease_and_ends_when_it_is_lost(db: Db) {
        let house = House::new(&db, &[buyers(30)]).await;
        house.order("ada").await;
        house.memory.flush().await.unwrap();
        let (mut hold, mut other) = (Hold::new(&db), Hold::new(&db));
        let lease = hold.lease().await.unwrap().unwrap();
        let judge = {
            let catalog = house.decider.catalog();
            super::settle::Judge::of(&catalog.segments, &catalog.default_zone)
        };
        let nobody = BTreeSet::new();
        let (hold, stop) = (&mut hold, &house.stop);
        let mut task = Task { hold, lease: &lease, stop };
        for _ in 0..3 {
            db.clock().advance_ms(LEASE_MS - 1_000);
            assert!(super::fill::everybody(&house.memory, &judge, &nobody, &mut task).await.unwrap());
        }
        db.clock().advance_ms(LEASE_MS - 1_000);
        assert!(other.lease().await.unwrap().is_none(), "the lease was renewed");
        db.clock().advance_ms(LEASE_MS);
        assert!(other.lease().await.unwrap().is_some());
        assert!(!super::fill::everybody(&house.memory, &judge, &nobody, &mut task).await.unwrap());
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn the_days_before_are_found_out_one_at_a_time(db: Db) {
        let mut house = House::new(&db, &[buyers(30)]).await;
        house.order("ada").await;
        db.clock().advance_ms(3 * DAY_MS);
        house.round().await;
        let days = async || db::days(&db, "buyers", 0).await.unwrap();
        assert_eq!(days().await.len(), 2, "today and one day");
        for _ in 0..13 {
            house.round().await;
        }
        let sizes: Vec<i64> = days().await.iter().map(|day| day.size).collect();
        assert_eq!(sizes, [vec![0; 11], vec![1; 4]].concat());
        // Who came and went is known of today only.
        let followed: Vec<bool> = days().await.iter().map(|day| day.followed).collect();
        assert_eq!(followed, [vec![false; 14], vec![true]].concat());
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_merge_moves_memberships_and_tells_nobody(db: Db) {
        let mut house = House::new(&db, &[buyers(30)]).await;
        house.round().await;
        let anonymous = json!({ "type": "track", "event": "Order Completed",
            "anonymousId": "browser", "properties": {} });
        send(&house.memory, anonymous).await;
        house.round().await;
        let since = db.now();
        db.clock().advance_ms(1_000);
        let login = json!({ "type": "identify", "userId": "ada", "anonymousId": "browser",
            "traits": {} });
        let root = send(&house.memory, login).await;
        house.round().await;
        assert_eq!(house.members("buyers").await, [root.0]);
        assert_eq!(house.told().await, [entered("buyers")]);
        let kept = db::of_customers(&db, &[root]).await.unwrap();
        assert_eq!(kept[0].since_at, since);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn segments_in_rules_mean_the_same_in_a_decision(db: Db) {
        let gentle = segment("gentle", json!({ "criteria": { "not": { "segment": "buyers" } } }));
        let chosen = segment("chosen", json!({ "membership": "static" }));
        let for_buyers = offer("for_buyers", json!({ "eligibility": { "segment": "buyers" } }));
        let for_chosen = offer("for_chosen", json!({ "category": "hats", "value_cents": 5,
            "eligibility": { "all": [{ "segment": "chosen" }, { "segment": "gentle" }] } }));
        let home = placement("home", "web", json!({ "count": 2 }));
        let definitions = [buyers(30), gentle, chosen, for_buyers, for_chosen, home];
        let mut house = House::new(&db, &definitions).await;
        let ada = known(&house.memory, "ada", json!({})).await;
        house.round().await;
        let offers = async |house: &House| -> Vec<String> {
            let answer = house.decider.decide(&ask("ada", &["home"])).await;
            let offers = answer.placements[0].offers.iter();
            offers.map(|offer| offer.offer.clone()).collect()
        };
        assert_eq!(offers(&house).await, [""; 0]);
        let entry = house.decider.catalog().segments.get("chosen").cloned().unwrap();
        let members = [ada.0].into_iter().collect();
        super::fill::replace(&house.memory, &entry, &members, db.now(), false).await.unwrap();
        house.round().await;
        assert_eq!(house.members("gentle").await, [ada.0]);
        assert_eq!(offers(&house).await, ["for_chosen"]);
        // What was made is honoured until it runs out.
        db.clock().advance_ms(31 * 60_000);
        // No round in between: a decision does not wait for memberships to be kept.
        house.order("ada").await;
        assert_eq!(offers(&house).await, ["for_buyers"]);
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_household_has_one_member(db: Db) {
        let rule = json!({ "attribute": "city", "equals": "Bath" });
        let homes = segment("homes", json!({ "criteria": rule,
            "household": { "attribute": "home", "best": { "by": "attribute", "attribute": "score" } } }));
        let mut house = House::new(&db, &[homes]).await;
        let traits = |home: &str, score: i32| json!({ "city": "Bath", "home": home, "score": score });
        known(&house.memory, "a", traits("x", 1)).await;
        let best = known(&house.memory, "b", traits("x", 9)).await;
        let alone = known(&house.memory, "c", traits("y", 3)).await;
        house.round().await;
        assert_eq!(house.members("homes").await, [best.0, alone.0]);
        known(&house.memory, "a", traits("x", 10)).await;
        db.clock().advance_ms(60_000);
        house.round().await;
        assert_eq!(house.members("homes").await.len(), 2);
        assert_eq!(house.told().await.len(), 2, "one went, one came");
        house.memory.close().await.unwrap();
    }
}

store::test! {
    async fn a_suppression_list_closes_a_channel_at_once(db: Db) {
        let list = published("suppression_list", "complaints", json!({
            "name": {"en": "Complaints"}, "owner": "Care", "reason": "open complaint" }));
        let home = placement("home", "web", json!({}));
        let house = House::new(&db, &[list, offer("sale", json!({})), home]).await;
        known(&house.memory, "ada", json!({ "email": "ada@example.org" })).await;
        let reason = async || {
            let answer = house.decider.decide(&ask("ada", &["home"])).await;
            answer.placements[0].reason
        };
        assert_eq!(reason().await, AnswerReason::Offer);
        let row = crate::suppression::db::SuppressionRow {
            digest: memory::identity::digest(
                memory::identity::IdentifierKind::Email,
                "ADA@example.org",
            ),
            kind: "email".to_owned(),
            hint: "a…".to_owned(),
            reason: String::new(),
            author: "test".to_owned(),
            added_at: db.now(),
            expires_at: Some(Timestamp(db.now().0 + 1_000)),
        };
        let mut tx = db.begin().await.unwrap();
        let added = crate::suppression::db::add(&mut tx, "complaints", vec![row]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(added, 1);
        house.decider.read_suppressions().await.unwrap();
        assert_eq!(reason().await, AnswerReason::NothingEligible);
        db.clock().advance_ms(1_000);
        assert_eq!(reason().await, AnswerReason::Offer);
        house.memory.close().await.unwrap();
    }
}

#[test]
fn a_rule_that_leads_back_to_itself_is_refused_with_its_path() {
    let body = |inner: &str| json!({ "name": {"en": "x"}, "criteria": { "segment": inner } });
    let others = [
        published("segment", "b", body("c")),
        published("segment", "c", body("a")),
    ];
    let problems = across("segment", "a", &body("b"), &others);
    assert_eq!(problems[0].path, "/criteria");
    assert!(
        problems[0].message.contains("a → b → c → a"),
        "{problems:?}"
    );
    assert_eq!(across("segment", "a", &body("d"), &others), []);
    assert_eq!(across("offer", "a", &body("b"), &others), []);
}
