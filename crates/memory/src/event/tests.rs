//! Events on their way into the log, on both stores.

use serde_json::json;
use store::{Clock, Db, Timestamp};

use super::wire::{Form, Item, parse_item};
use super::*;
use crate::criteria::AttributeValue;
use crate::customer::Standing;
use crate::identity::IdentifierKind;
use crate::log::Verdict;
use crate::{CustomerId, Memory};

/// Understands and prepares one event in the Segment form.
pub(crate) fn incoming(db: &Db, json: serde_json::Value) -> Incoming {
    let Item::Event(event) = parse_item(Form::of_path("/v1/batch").unwrap(), &json.to_string())
    else {
        panic!("not understood: {json}")
    };
    prepare(event, 1, db.now(), db.random()).unwrap()
}

pub(crate) async fn send(memory: &Memory, events: Vec<serde_json::Value>) -> Vec<Verdict> {
    let events = events
        .into_iter()
        .map(|json| incoming(memory.db(), json))
        .collect();
    memory.ingest(events).await.unwrap()
}

fn customer_of(verdict: &Verdict) -> CustomerId {
    let Verdict::Accepted { customer_id, .. } = verdict else {
        panic!("{verdict:?}")
    };
    *customer_id
}

fn track(name: &str, id: &str, who: serde_json::Value) -> serde_json::Value {
    let mut event =
        json!({"type": "track", "event": name, "messageId": id, "properties": {"n": 1}});
    event
        .as_object_mut()
        .unwrap()
        .extend(who.as_object().unwrap().clone());
    event
}

store::test! {
    async fn a_repeated_event_counts_once_and_a_changed_one_is_told_apart(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let event = track("A", "m1", json!({"userId": "ann"}));
        let verdicts = send(&memory, vec![event.clone(), event.clone()]).await;
        assert_eq!(verdicts[1], Verdict::Duplicate);
        assert_eq!(send(&memory, vec![event.clone()]).await, [Verdict::Duplicate]);
        let other = track("B", "m1", json!({"userId": "ann"}));
        let verdicts_again = send(&memory, vec![other]).await;
        assert!(matches!(verdicts_again[0], Verdict::Conflicting { .. }));
        let customer = memory.customer(customer_of(&verdicts[0])).await.unwrap().unwrap();
        assert_eq!(customer.state.rows_count, 1);
    }
}

store::test! {
    async fn a_login_in_the_middle_of_a_cart_keeps_both_sides(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let first = send(&memory, vec![
            json!({"type": "identify", "userId": "ann", "messageId": "1",
                   "traits": {"email": "ann@example.com", "name": "Ann"}}),
            track("Product Added", "2", json!({"anonymousId": "browser"})),
        ]).await;
        let (known, anonymous) = (customer_of(&first[0]), customer_of(&first[1]));
        assert_ne!(known, anonymous);
        send(&memory, vec![track("Signed In", "3", json!({"userId": "ann", "anonymousId": "browser"}))])
            .await;
        send(&memory, vec![track("Cart Viewed", "4", json!({"anonymousId": "browser"}))]).await;
        let customer = memory.customer(anonymous).await.unwrap().unwrap();
        assert_eq!((customer.id, customer.state.standing()), (known, Standing::Known));
        assert_eq!(customer.state.members, [anonymous]);
        // identify, added, signed in, viewed, and the merge itself
        assert_eq!(customer.state.rows_count, 5);
        let found = memory.find(IdentifierKind::Email, "Ann@Example.com").await.unwrap();
        assert_eq!(found, Some(known));
    }
}

store::test! {
    async fn merges_of_merged_customers_in_one_batch_are_one_customer(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let mut events = vec![];
        for n in 0..12 {
            let (user, next) = (format!("user-{n}"), format!("user-{}", n + 1));
            events.push(track("A", &format!("track-{n}"), json!({"userId": user})));
            events.push(json!({"type": "alias", "userId": next, "previousId": user,
                               "messageId": format!("alias-{n}")}));
        }
        let verdicts = send(&memory, events).await;
        let last = customer_of(&verdicts[23]);
        for verdict in &verdicts {
            let customer = memory.customer(customer_of(verdict)).await.unwrap().unwrap();
            assert_eq!(customer.id, last);
        }
    }
}

store::test! {
    async fn late_and_shuffled_events_give_the_same_attributes(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let say = |who: &str, id: &str, city: &str, at: &str| {
            json!({"type": "identify", "userId": who, "messageId": id, "timestamp": at,
                   "traits": {"city": city}})
        };
        let (old, new) = ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z");
        let a = send(&memory, vec![say("a", "1", "Lyon", old), say("a", "2", "Bern", new)]).await;
        let b = send(&memory, vec![say("b", "3", "Bern", new), say("b", "4", "Lyon", old)]).await;
        for verdict in [&a[0], &b[0]] {
            let customer = memory.customer(customer_of(verdict)).await.unwrap().unwrap();
            let city = &customer.state.attributes["city"];
            assert_eq!(city.value, AttributeValue::Text("Bern".into()));
            assert_eq!(city.at, Timestamp::parse(new).unwrap());
        }
    }
}

store::test! {
    async fn after_a_crash_the_log_gives_everything_back(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let sent = send(&memory, vec![
            json!({"type": "identify", "userId": "ann", "messageId": "1",
                   "traits": {"email": "ann@example.com"}}),
            track("Product Added", "2", json!({"anonymousId": "browser"})),
            track("Signed In", "3", json!({"userId": "ann", "anonymousId": "browser"})),
        ]).await;
        let before = memory.customer(customer_of(&sent[0])).await.unwrap().unwrap();
        // Nothing has been written behind: a new memory has only the log.
        drop(memory);
        let again = Memory::open(db.clone()).await.unwrap();
        let after = again.customer(customer_of(&sent[1])).await.unwrap().unwrap();
        assert_eq!(after.id, before.id);
        assert_eq!(after.state.rows_count, before.state.rows_count);
        assert_eq!(after.state.attributes, before.state.attributes);
        assert_eq!(after.state.identifiers, before.state.identifiers);
        let repeat = send(&again, vec![track("Product Added", "2", json!({"anonymousId": "browser"}))]);
        assert_eq!(repeat.await, [Verdict::Duplicate]);
        let later = send(&again, vec![track("Cart Viewed", "5", json!({"anonymousId": "browser"}))]);
        assert_eq!(customer_of(&later.await[0]), before.id);
    }
}

store::test! {
    async fn after_a_crash_an_alias_still_speaks_for_identifiers_that_come_later(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let sent = send(&memory, vec![
            json!({"type": "alias", "userId": "ann", "previousId": "old", "messageId": "1"}),
            json!({"type": "alias", "userId": "bea", "previousId": "ann", "messageId": "2"}),
        ]).await;
        // Nothing has been written behind: a new memory has only the log.
        drop(memory);
        let again = Memory::open(db.clone()).await.unwrap();
        let later = send(&again, vec![
            track("Cart Viewed", "3", json!({"anonymousId": "old"})),
            track("Cart Viewed", "4", json!({"userId": "old"})),
            track("Cart Viewed", "5", json!({"userId": "ann"})),
        ]).await;
        let bea = again.customer(customer_of(&sent[1])).await.unwrap().unwrap().id;
        for verdict in &later {
            assert_eq!(customer_of(verdict), bea);
        }
    }
}

store::test! {
    async fn after_a_crash_identifiers_stay_with_whom_the_table_says(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let identify = |who: &str, id: &str| json!({"type": "identify", "userId": who,
            "anonymousId": "shared", "messageId": id, "traits": {"email": "home@example.com"}});
        let ann = customer_of(&send(&memory, vec![identify("ann", "1")]).await[0]);
        memory.flush().await.unwrap();
        let bob = customer_of(&send(&memory, vec![identify("bob", "2")]).await[0]);
        assert_ne!(ann, bob);
        drop(memory);
        let again = Memory::open(db.clone()).await.unwrap();
        let found = again.find(IdentifierKind::Email, "home@example.com").await.unwrap();
        assert_eq!(found, Some(ann));
        let later = send(&again, vec![track("Cart Viewed", "3", json!({"anonymousId": "shared"}))]);
        assert_eq!(customer_of(&later.await[0]), ann);
    }
}

store::test! {
    async fn two_memories_on_one_postgresql_agree(db: Db) {
        if db.exclusive() {
            return;
        }
        let (one, two) = (
            Memory::open(db.clone()).await.unwrap(),
            Memory::open(db.clone()).await.unwrap(),
        );
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..40 {
            let memory = if n % 2 == 0 { one.clone() } else { two.clone() };
            tasks.spawn(async move {
                let who = json!({"anonymousId": format!("b{}", n / 4)});
                send(&memory, vec![track("A", &format!("m{}", n / 2), who)]).await
            });
        }
        let mut accepted = 0;
        while let Some(verdicts) = tasks.join_next().await {
            let verdicts = verdicts.unwrap();
            accepted += usize::from(matches!(verdicts[0], Verdict::Accepted { .. }));
        }
        assert_eq!(accepted, 20);
        let mut rows = 0;
        for n in 0..10 {
            let name = format!("b{n}");
            let found = two.find(IdentifierKind::AnonymousId, &name).await.unwrap().unwrap();
            rows += one.customer(found).await.unwrap().unwrap().state.rows_count;
        }
        assert_eq!(rows, 20);
    }
}

#[test]
fn an_event_that_names_nobody_is_given_back() {
    let event = json!({"type": "track", "event": "A", "userId": "null"}).to_string();
    let Item::Event(event) = parse_item(Form::of_path("/v1/track").unwrap(), &event) else {
        panic!("not understood")
    };
    let clock = Clock::manual(Timestamp(0));
    assert!(prepare(event, 1, clock.now(), &Random::seeded(1)).is_err());
}

#[test]
fn an_empty_user_id_beside_a_browser_is_none() {
    let event = json!({"type": "track", "event": "A", "userId": "", "anonymousId": "b"});
    let Item::Event(event) = parse_item(Form::Batch, &event.to_string()) else {
        panic!("not understood")
    };
    assert_eq!(event.user_id, None);
    assert_eq!(event.anonymous_id.as_deref(), Some("b"));
}
