//! Merges by hand and their splits, on both stores, also across a crash.

use std::sync::Arc;

use serde_json::json;
use store::{Db, Timestamp};

use crate::consent::{Consent, ConsentState};
use crate::log::Entry;
use crate::tests::{send, track, user};
use crate::{CustomerId, CustomerState, Memory};

/// A state without what only counts rows.
fn essence(state: &CustomerState) -> CustomerState {
    let mut state = state.clone();
    (
        state.version,
        state.contact_version,
        state.applied_seq,
        state.rows_count,
    ) = (0, 0, 0, 0);
    state.recent.clear();
    state
}

async fn consent(memory: &Memory, who: CustomerId, state: ConsentState, at: i64) {
    let said = Consent {
        channel: "email".into(),
        purpose: "marketing".into(),
        state,
        source: "test".into(),
        at: Timestamp(at),
        expires_at: None,
        proof: None,
    };
    memory.append_one(who, Entry::Consent(said)).await.unwrap();
}

/// Three customers with a history of their own each.
async fn three(memory: &Memory) -> [CustomerId; 3] {
    let mut ids = vec![];
    for (name, city) in [("ann", "Paris"), ("bea", "Rome"), ("cleo", "Athens")] {
        send(
            memory,
            vec![
                json!({"type": "identify", "userId": name, "timestamp": "2026-03-01T08:00:00Z",
                "traits": {"city": city, "email": format!("{name}@example.com"), name: true},
                "context": {"timezone": "Europe/London"}}),
                track(
                    "Product Viewed",
                    json!({"userId": name}),
                    json!({"sku": name}),
                ),
                track(
                    "Product Added",
                    json!({"anonymousId": format!("{name}-phone"), "userId": name}),
                    json!({"sku": name}),
                ),
            ],
        )
        .await;
        ids.push(user(memory, name).await.id);
    }
    consent(memory, ids[0], ConsentState::Granted, 5_000).await;
    consent(memory, ids[1], ConsentState::Denied, 1_000).await;
    consent(memory, ids[2], ConsentState::Granted, 9_000).await;
    ids.try_into().unwrap()
}

async fn state(memory: &Memory, id: CustomerId) -> Arc<CustomerState> {
    memory.customer(id).await.unwrap().unwrap().state
}

store::test! {
    async fn a_split_gives_back_exactly_what_a_merge_joined(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let [ann, bea, _] = three(&memory).await;
        let before = [essence(&*state(&memory, ann).await), essence(&*state(&memory, bea).await)];
        memory.merge(ann, bea).await.unwrap();
        let joined = memory.customer(bea).await.unwrap().unwrap();
        assert_eq!((joined.id, joined.state.members.clone()), (ann, vec![bea]));
        assert_eq!(joined.state.consents[0].state, ConsentState::Denied);
        assert!(memory.merge(bea, ann).await.is_err(), "they are one already");
        memory.unmerge(ann, bea).await.unwrap();
        let after = [essence(&*state(&memory, ann).await), essence(&*state(&memory, bea).await)];
        assert_eq!(before, after);
        assert!(memory.unmerge(ann, bea).await.is_err(), "they are two already");
    }
}

store::test! {
    async fn later_events_stay_with_whoever_they_named(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let [ann, bea, _] = three(&memory).await;
        memory.merge(ann, bea).await.unwrap();
        send(&memory, vec![
            json!({"type": "identify", "userId": "bea", "traits": {"city": "Milan"}}),
            track("Order Completed", json!({"anonymousId": "ann-phone"}), json!({"total": 4})),
        ]).await;
        assert_eq!(state(&memory, ann).await.text("city"), Some("Milan"));
        memory.unmerge(ann, bea).await.unwrap();
        let (one, other) = (state(&memory, ann).await, state(&memory, bea).await);
        assert_eq!((one.text("city"), other.text("city")), (Some("Paris"), Some("Milan")));
        // identify, two events, consent, order, merge and split; identify twice, two events, …
        assert_eq!((one.rows_count, other.rows_count), (7, 6));
    }
}

store::test! {
    async fn one_of_several_can_be_parted_and_the_stricter_consent_of_the_rest_stays(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let [ann, bea, cleo] = three(&memory).await;
        memory.merge(bea, cleo).await.unwrap();
        let two = essence(&*state(&memory, bea).await);
        let alone = essence(&*state(&memory, ann).await);
        memory.merge(ann, bea).await.unwrap();
        assert_eq!(memory.customer(cleo).await.unwrap().unwrap().id, ann);
        memory.unmerge(ann, bea).await.unwrap();
        assert_eq!(essence(&*state(&memory, ann).await), alone);
        let parted = memory.customer(cleo).await.unwrap().unwrap();
        assert_eq!(parted.id, bea);
        assert_eq!(essence(&parted.state), two);
        assert_eq!(parted.state.consents[0].state, ConsentState::Denied);
        // Again together, and now the one in the middle of the chain leaves.
        memory.merge(ann, bea).await.unwrap();
        memory.unmerge(ann, cleo).await.unwrap();
        assert_eq!(state(&memory, ann).await.members, [bea]);
        assert_eq!(state(&memory, cleo).await.text("city"), Some("Athens"));
    }
}

store::test! {
    async fn merges_and_splits_survive_a_crash(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let [ann, bea, cleo] = three(&memory).await;
        memory.flush().await.unwrap();
        send(&memory, vec![track("Cart Viewed", json!({"userId": "cleo"}), json!({}))]).await;
        memory.merge(ann, bea).await.unwrap();
        memory.merge(ann, cleo).await.unwrap();
        send(&memory, vec![track("Cart Viewed", json!({"userId": "bea"}), json!({}))]).await;
        memory.unmerge(ann, bea).await.unwrap();
        let before = [state(&memory, ann).await, state(&memory, bea).await];
        // Nothing was written behind since the flush; another one begins with the log.
        let again = Memory::open(db).await.unwrap();
        let after = [state(&again, ann).await, state(&again, bea).await];
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(essence(before), essence(after));
            assert_eq!((before.rows_count, &before.recent), (after.rows_count, &after.recent));
        }
        assert_eq!(again.customer(cleo).await.unwrap().unwrap().id, ann);
        again.unmerge(ann, cleo).await.unwrap();
        assert_eq!(state(&again, cleo).await.rows_count, 6);
    }
}

store::test! {
    async fn many_who_read_at_once_see_what_another_process_wrote(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let names: Vec<String> = (0..60).map(|number| format!("u{number}")).collect();
        let visit = |name: &String| track("Visit", json!({"userId": name}), json!({}));
        send(&memory, names.iter().map(visit).collect()).await;
        // One process alone owns the embedded store.
        let other = match db.exclusive() {
            true => memory.clone(),
            false => Memory::open(db.clone()).await.unwrap(),
        };
        for round in 1..4 {
            let all = names.iter().map(|name| user(&other, name));
            for customer in futures::future::join_all(all).await {
                assert_eq!(customer.state.rows_count, round);
                let again = memory.customer(customer.id).await.unwrap().unwrap();
                assert_eq!(again.state, customer.state);
            }
            send(&memory, names.iter().map(visit).collect()).await;
        }
        assert!(other.customer(CustomerId(u64::MAX >> 1)).await.unwrap().is_none());
        if !db.exclusive() {
            other.close().await.unwrap();
        }
        memory.close().await.unwrap();
    }
}

store::test! {
    async fn no_version_ever_means_two_states(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let [ann, bea, _] = three(&memory).await;
        let visits = (0..20).map(|_| track("Visit", json!({"userId": "bea"}), json!({})));
        send(&memory, visits.collect()).await;
        let version = async |id| state(&memory, id).await.version;
        let apart = version(ann).await.max(version(bea).await);
        memory.merge(ann, bea).await.unwrap();
        let joined = version(ann).await;
        assert!(joined > apart, "{joined} {apart}");
        memory.unmerge(ann, bea).await.unwrap();
        assert!(version(ann).await > joined && version(bea).await > joined);
    }
}
