//! The learner over a store: what it learns, when, and that nobody learns anything else.

use memory::interaction::{ContactId, ResponseKind};
use memory::log::tail::Cursor;
use memory::log::{Entry, RowKind};
use memory::{CustomerId, Memory};
use serde_json::json;
use store::definition::Definition;
use store::{Db, Timestamp};

use super::db::{self, Wish};
use super::job::Learner;
use super::keep;
use super::learned::{DAY_MS, Learned, model_key};
use crate::test_support::{ask, decider, known, offer, placement, published, react, settled};
use crate::{Catalog, Channel, Decider};

const MINUTE: i64 = 60_000;

fn definitions() -> Vec<Definition> {
    let strategy = json!({"name": {"en": "Learn"}, "learning": {"sampling": 0, "exploration": 0}});
    vec![
        offer("bags", json!({})),
        placement("home", "web", json!({"reserves_ms": 1_000})),
        published("strategy", "learn", strategy),
    ]
}

/// A customer is offered bags; the contact.
async fn offered(decider: &Decider, user: &str) -> (CustomerId, ContactId) {
    let customer = known(decider.memory(), user, json!({"plan": "gold"})).await;
    let answer = decider.decide(&ask(user, &["home"])).await;
    let contact = answer.placements[0].offers[0].contact_id.unwrap();
    (customer, contact)
}

/// Reads what everybody has written, and learns from it.
pub(crate) async fn round(db: &Db, learner: &mut Learner) {
    settled(db).await;
    while learner.round().await.unwrap() {}
}

fn bags(decider: &Decider) -> std::sync::Arc<super::model::Model> {
    decider.learned().models[&model_key("bags", Channel::Web)].clone()
}

/// Another process over the same store, with the same definitions.
async fn another(memory: &Memory) -> Decider {
    let decider = Decider::new(memory.clone());
    decider
        .install(Catalog::compile(&definitions()).0)
        .await
        .unwrap();
    decider
}

store::test! {
    async fn a_response_teaches_at_once_and_everybody_knows_the_same(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        round(&db, &mut learner).await;
        let before = bags(&decider).rate();
        let (ann, contact) = offered(&decider, "ann").await;
        react(&memory, ann, ResponseKind::Click, Some(contact), "bags").await;
        round(&db, &mut learner).await;
        assert!((bags(&decider).rewarded - 0.2).abs() < 1e-9);
        // The purchase that follows the click makes it a whole yes, and no second one.
        react(&memory, ann, ResponseKind::Accept, Some(contact), "bags").await;
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert!((model.rewarded - 1.0).abs() < 1e-9 && model.presented == 1.0);
        assert!(model.rate() > before);
        let names = decider.learned().book.names().to_vec();
        assert!(names.contains(&"attribute:plan=gold".to_owned()), "{names:?}");

        // A process that follows, and one that starts anew, know exactly the same.
        let other = another(&memory).await;
        round(&db, &mut Learner::new(other.clone(), "two".into())).await;
        assert_eq!(other.learned(), decider.learned());
    }
}

store::test! {
    async fn silence_becomes_a_no_and_a_late_yes_takes_it_back(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let (ann, contact) = offered(&decider, "ann").await;
        round(&db, &mut learner).await;
        assert_eq!(bags(&decider).presented, 0.0);
        db.clock().advance_ms(31 * MINUTE);
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert_eq!((model.presented, model.rewarded), (1.0, 0.0));
        let no = model.rate();
        react(&memory, ann, ResponseKind::Accept, Some(contact), "bags").await;
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert_eq!((model.presented, model.rewarded), (1.0, 1.0));
        assert!(model.rate() > no);

        // Two days later nothing is learned any more.
        let (bob, contact) = offered(&decider, "bob").await;
        db.clock().advance_ms(31 * MINUTE);
        round(&db, &mut learner).await;
        db.clock().advance_ms(48 * 60 * MINUTE);
        react(&memory, bob, ResponseKind::Accept, Some(contact), "bags").await;
        round(&db, &mut learner).await;
        assert!((bags(&decider).rewarded - 1.0).abs() < 0.05);
    }
}

store::test! {
    async fn where_views_are_reported_an_unseen_contact_teaches_nothing(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let (ann, seen) = offered(&decider, "ann").await;
        let (bob, unseen) = offered(&decider, "bob").await;
        react(&memory, ann, ResponseKind::View, Some(seen), "bags").await;
        round(&db, &mut learner).await;
        db.clock().advance_ms(31 * MINUTE);
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert_eq!((model.presented, model.totals.shown), (1.0, 1.0));
        // A late yes is an outcome of its own, unless silence was learned as a no.
        react(&memory, bob, ResponseKind::Accept, Some(unseen), "bags").await;
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert_eq!((model.presented, model.rewarded), (2.0, 1.0));
        // That is known to another node, too, when the lease of the first has run out.
        db.clock().advance_ms(MINUTE);
        let other = another(&memory).await;
        react(&memory, ann, ResponseKind::Accept, Some(seen), "bags").await;
        round(&db, &mut Learner::new(other.clone(), "two".into())).await;
        let model = bags(&other);
        assert_eq!((model.presented, model.rewarded), (2.0, 2.0));
    }
}

store::test! {
    async fn what_nobody_saw_in_time_uses_up_no_limit_of_its_day(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let counted = |decider: &Decider| (bags(decider).totals.shown, bags(decider).today_count);
        let today = db.now().0.div_euclid(DAY_MS) * DAY_MS;
        let before_midnight = today + DAY_MS - 10 * MINUTE;
        db.clock().advance_ms(before_midnight - db.now().0);
        let (ann, seen) = offered(&decider, "ann").await;
        let (bob, late) = offered(&decider, "bob").await;
        offered(&decider, "eve").await;
        react(&memory, ann, ResponseKind::View, Some(seen), "bags").await;
        round(&db, &mut learner).await;
        // While there is time to see it, a contact is taken for shown.
        assert_eq!(counted(&decider), (3.0, 3.0));
        db.clock().advance_ms(31 * MINUTE);
        round(&db, &mut learner).await;
        assert_eq!(counted(&decider), (1.0, 1.0));
        // It is given back on the day on which it was made.
        let hours = db::hours(&db, model_key("bags", Channel::Web), Timestamp(0)).await.unwrap();
        let shown: Vec<(Timestamp, f64)> = hours
            .iter()
            .map(|hour| (hour.at, hour.shown))
            .filter(|(_, shown)| *shown != 0.0)
            .collect();
        assert_eq!(shown, [(Timestamp(today + DAY_MS - 60 * MINUTE), 1.0)]);
        // What is seen late was shown after all, however often it is seen.
        for _ in 0..2 {
            react(&memory, bob, ResponseKind::View, Some(late), "bags").await;
            round(&db, &mut learner).await;
            db.clock().advance_ms(1_000);
        }
        react(&memory, ann, ResponseKind::View, Some(seen), "bags").await;
        react(&memory, bob, ResponseKind::Accept, Some(late), "bags").await;
        round(&db, &mut learner).await;
        assert_eq!(counted(&decider), (2.0, 2.0));
    }
}

store::test! {
    async fn a_contact_that_was_let_go_teaches_nothing(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let (ann, before) = offered(&decider, "ann").await;
        round(&db, &mut learner).await;
        assert_eq!(bags(&decider).totals.shown, 1.0);
        decider.release(ann, before, "no_code").await.unwrap();
        let (bob, at_once) = offered(&decider, "bob").await;
        decider.release(bob, at_once, "session_ended").await.unwrap();
        // Another node finds both in the log again and does not let them wait.
        round(&db, &mut learner).await;
        db.clock().advance_ms(31 * MINUTE);
        let other = another(&memory).await;
        round(&db, &mut Learner::new(other.clone(), "two".into())).await;
        let model = bags(&other);
        assert_eq!((model.presented, model.rewarded, model.totals.shown), (0.0, 0.0, 0.0));
        assert_eq!(model.today_count, 0.0);
    }
}

store::test! {
    async fn which_variant_works_is_learned_and_begins_with_what_is_said_of_it(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let strategy = json!({"name": {"en": "Learn"}, "learning": {"exploration": 0}});
        let decider = decider(&memory, &[
            offer("bags", json!({"variant_choice": "arbitration", "variants": [
                {"key": "loud", "propensity": 0.2}, {"key": "calm"}]})),
            placement("home", "web", json!({})),
            published("strategy", "learn", strategy),
        ]).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        round(&db, &mut learner).await;
        known(&memory, "user-0", json!({})).await;
        let preview = decider.preview(&ask("user-0", &["home"])).await.unwrap();
        let expected = |key: &str| {
            let mut all = preview.proposals.iter();
            all.find(|one| one.variant.as_deref() == Some(key)).unwrap().propensity
        };
        assert!(expected("loud") > 1.5 * expected("calm"), "what the marketer says of it");
        let mut shown = vec![];
        for number in 0..160 {
            let user = format!("user-{number}");
            let customer = known(&memory, &user, json!({})).await;
            let answer = decider.decide(&ask(&user, &["home"])).await;
            let made = answer.placements[0].offers[0].clone();
            let variant = made.variant.unwrap();
            // One variant is always refused, the other always taken.
            let kind = match variant.as_str() {
                "loud" => ResponseKind::Reject,
                _ => ResponseKind::Accept,
            };
            react(&memory, customer, kind, made.contact_id, "bags").await;
            shown.push(variant);
            if number % 10 == 9 {
                round(&db, &mut learner).await;
            }
        }
        let calm = shown[120..].iter().filter(|variant| *variant == "calm").count();
        assert!(calm >= 36, "{calm} of 40: {shown:?}");
    }
}

store::test! {
    async fn another_node_takes_over_without_losing_or_doubling(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut first = Learner::new(decider.clone(), "one".into());
        let (ann, contact) = offered(&decider, "ann").await;
        offered(&decider, "bob").await;
        round(&db, &mut first).await;
        react(&memory, ann, ResponseKind::Accept, Some(contact), "bags").await;
        round(&db, &mut first).await;
        // The first node is silent; its lease runs out.
        db.clock().advance_ms(31 * MINUTE);
        let other = another(&memory).await;
        let mut second = Learner::new(other.clone(), "two".into());
        round(&db, &mut second).await;
        let model = bags(&other);
        assert_eq!((model.presented, model.rewarded, model.totals.shown), (2.0, 1.0, 2.0));
        // It wakes up, and follows.
        round(&db, &mut first).await;
        assert_eq!(decider.learned(), other.learned());
    }
}

store::test! {
    async fn a_frozen_model_waits_for_its_thaw_and_a_reset_one_begins_again(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        round(&db, &mut learner).await;
        let key = model_key("bags", Channel::Web);
        let mut answers = vec![];
        for (number, wish) in [Wish::Freeze(key), Wish::Thaw(key), Wish::Reset(key)]
            .into_iter()
            .enumerate()
        {
            let mut tx = db.begin().await.unwrap();
            db::wish(&mut tx, number as i64 + 1, wish, db.now()).await.unwrap();
            tx.commit().await.unwrap();
            round(&db, &mut learner).await;
            let (customer, contact) = offered(&decider, &format!("user-{number}")).await;
            react(&memory, customer, ResponseKind::Accept, Some(contact), "bags").await;
            round(&db, &mut learner).await;
            answers.push(bags(&decider).rewarded);
        }
        // Frozen: nothing. Thawed: one. Reset, then one more.
        assert_eq!(answers, [0.0, 1.0, 1.0]);
        assert!(db::wishes(&db).await.unwrap().is_empty());
    }
}

store::test! {
    async fn what_was_not_seen_before_a_reset_is_not_given_back_after_it(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        let (ann, seen) = offered(&decider, "ann").await;
        offered(&decider, "bob").await;
        react(&memory, ann, ResponseKind::View, Some(seen), "bags").await;
        round(&db, &mut learner).await;
        let mut tx = db.begin().await.unwrap();
        let key = model_key("bags", Channel::Web);
        db::wish(&mut tx, 1, Wish::Reset(key), db.now()).await.unwrap();
        tx.commit().await.unwrap();
        round(&db, &mut learner).await;
        db.clock().advance_ms(31 * MINUTE);
        round(&db, &mut learner).await;
        let model = bags(&decider);
        assert_eq!((model.totals.shown, model.today_count), (0.0, 0.0));
    }
}

store::test! {
    async fn what_was_kept_is_loaded_exactly(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &definitions()).await;
        let mut learner = Learner::new(decider.clone(), "one".into());
        for number in 0..5 {
            let (customer, contact) = offered(&decider, &format!("user-{number}")).await;
            react(&memory, customer, ResponseKind::Click, Some(contact), "bags").await;
        }
        round(&db, &mut learner).await;
        assert_eq!(db::load(&db).await.unwrap(), Learned::default());
        let learned = decider.learned();
        let models = learned.models.iter();
        let models = models.map(|(key, model)| (*key, keep::model(model).unwrap())).collect();
        let mut tx = db.begin().await.unwrap();
        db::save(&mut tx, &learned, models, db.now()).await.unwrap();
        db::forget_batches(&mut tx, learned.position).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db::load(&db).await.unwrap(), *learned);
        // A process that starts now goes on from there.
        let other = another(&memory).await;
        let mut following = Learner::new(other.clone(), "two".into());
        round(&db, &mut following).await;
        assert_eq!(other.learned(), learned);
        let key = model_key("bags", Channel::Web);
        let hours = db::hours(&db, key, Timestamp(0)).await.unwrap();
        let settled: f64 = hours.iter().map(|hour| hour.settled).sum();
        assert_eq!(settled, 5.0);
    }
}

store::test! {
    async fn a_row_that_commits_late_is_not_missed(db: Db) {
        let first = Memory::open(db.clone()).await.unwrap();
        known(&first, "ann", json!({})).await;
        let mut cursor = Cursor::default();
        let kinds = [RowKind::Identify];
        let read = async |cursor: &mut Cursor| {
            settled(&db).await;
            let read = cursor.read(&db, &kinds, None, 100).await.unwrap();
            let users = read.rows.iter().map(|row| match &row.entry {
                Entry::Identify(body) => body.user_id.clone().unwrap_or_default(),
                _ => String::new(),
            });
            users.collect::<Vec<String>>()
        };
        assert_eq!(read(&mut cursor).await, ["ann"]);
        if db.exclusive() {
            known(&first, "bob", json!({})).await;
            assert_eq!(read(&mut cursor).await, ["bob"]);
            return;
        }
        // The second process writes behind the first one's range; then the first goes on in its own.
        let second = Memory::open(db.clone()).await.unwrap();
        known(&second, "bob", json!({})).await;
        assert_eq!(read(&mut cursor).await, ["bob"]);
        known(&first, "eve", json!({})).await;
        known(&second, "dan", json!({})).await;
        assert_eq!(read(&mut cursor).await, ["eve", "dan"]);
        assert!(read(&mut cursor).await.is_empty());
    }
}
