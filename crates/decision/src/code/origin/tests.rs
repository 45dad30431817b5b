//! One code for one promise: the same in every channel, taken once, and a new one after that.

use std::collections::HashSet;

use memory::Memory;
use memory::interaction::{ContactId, ResponseKind};
use serde_json::{Value, json};
use store::Db;

use super::db as origins;
use crate::Decider;
use crate::code::db::{self, CodeCounts};
use crate::code::promise::PromiseState;
use crate::redemption::{NewRedemption, Outcome, Redeemed, Refused};
use crate::targeting::OfferAnswer;
use crate::test_support::{ask, catalog, decider, known, offer, placement, react, send};

const DAY: i64 = 86_400_000;

fn definitions(code: &Value) -> Vec<store::definition::Definition> {
    let creative = |channel: &str| json!({"channel": channel, "language": "en", "title": "Code {{ offer.code }}"});
    let sale = json!({"code": code, "channels": ["web", "call_center"],
        "creatives": [creative("web"), creative("call_center")],
        "suppress": {"after_accept_days": 1}});
    vec![
        offer("sale", sale),
        placement("home", "web", json!({})),
        placement("desk", "call_center", json!({})),
    ]
}

fn coupon() -> Value {
    json!({"kind": "coupon", "worth_cents": 500, "valid_days": 14})
}

fn pool() -> Value {
    json!({"kind": "pool", "valid_days": 14})
}

async fn house(db: &Db, code: &Value) -> (Memory, Decider) {
    let memory = Memory::open(db.clone()).await.unwrap();
    let decider = decider(&memory, &definitions(code)).await;
    let codes: Vec<String> = (0..9).map(|n| format!("CODE-{n:04}")).collect();
    db::add(db, "sale", &codes).await.unwrap();
    decider.refresh_stopped().await.unwrap();
    known(&memory, "u1", json!({})).await;
    (memory, decider)
}

async fn made(decider: &Decider, placement: &str) -> OfferAnswer {
    let answer = decider.decide(&ask("u1", &[placement])).await;
    answer.placements[0].offers[0].clone()
}

async fn redeem(decider: &Decider, id: &str, code: &str) -> Result<Redeemed, Refused> {
    let new: NewRedemption = serde_json::from_value(json!({
        "redemption_id": id, "till": "till-1", "code": code, "user_id": "u1",
    }))
    .unwrap();
    decider.redeem(&new).await.unwrap()
}

async fn one_promise_in_two_channels(db: &Db, code: Value) {
    let (memory, decider) = house(db, &code).await;
    let web = made(&decider, "home").await;
    let desk = made(&decider, "desk").await;
    assert_ne!(web.contact_id, desk.contact_id);
    assert_eq!(web.code, desk.code, "the second channel hands out the same");
    assert_eq!(desk.creative.title, format!("Code {}", web.code.unwrap()));
    let code = desk.code.unwrap();
    // What is read again says the same, and only what was seen is listed.
    let customer = memory.contact(desk.contact_id.unwrap()).await.unwrap();
    let customer = customer.unwrap().customer_id;
    for contact in [web.contact_id, desk.contact_id] {
        let again = decider.code_of(contact.unwrap()).await.unwrap();
        assert_eq!(again.as_deref(), Some(code.as_str()));
        react(&memory, customer, ResponseKind::View, contact, "sale").await;
    }
    let states = async || {
        let promises = decider.promises(customer).await.unwrap();
        let state = |p: &crate::code::promise::Promise| (p.state, p.code.clone().unwrap());
        promises.iter().map(state).collect::<Vec<_>>()
    };
    let both = |state| vec![(state, code.clone()), (state, code.clone())];
    assert_eq!(states().await, both(PromiseState::Open));

    let first = redeem(&decider, "r1", &code).await.unwrap();
    assert_eq!(first.outcome, Outcome::Redeemed);
    let answered = memory.contact(first.contact_id).await.unwrap().unwrap();
    assert_eq!(
        answered.contact.channel, "call_center",
        "the last one that was seen"
    );
    let second = redeem(&decider, "r2", &code).await;
    assert!(matches!(second, Err(Refused::Already(_))), "{second:?}");
    assert_eq!(states().await, both(PromiseState::Redeemed));

    db.clock().advance_ms(2 * DAY);
    let later = made(&decider, "desk").await.code.unwrap();
    assert_ne!(later, code, "what was redeemed is not handed out again");
    assert_eq!(made(&decider, "home").await.code.unwrap(), later);
    redeem(&decider, "r3", &later).await.unwrap();
}

store::test! {
    async fn a_coupon_is_the_same_in_every_channel_and_redeemed_once(db: Db) {
        one_promise_in_two_channels(&db, coupon()).await;
    }
}

store::test! {
    async fn a_pool_loses_one_code_for_one_promise(db: Db) {
        one_promise_in_two_channels(&db, pool()).await;
        let counts = db::counts(&db, "sale").await.unwrap();
        assert_eq!(counts, CodeCounts { free: 7, shown: 2, ..CodeCounts::default() });
    }
}

store::test! {
    async fn after_a_promise_has_ended_there_is_a_new_code(db: Db) {
        let (_, decider) = house(&db, &coupon()).await;
        let first = made(&decider, "home").await;
        db.clock().advance_ms(13 * DAY);
        assert_eq!(made(&decider, "desk").await.code, first.code);
        db.clock().advance_ms(2 * DAY);
        let later = made(&decider, "desk").await;
        assert_ne!(later.code, first.code);
        let ended = redeem(&decider, "r1", &first.code.unwrap()).await;
        assert!(matches!(ended, Err(Refused::Ended(_))), "{ended:?}");
        redeem(&decider, "r2", &later.code.unwrap()).await.unwrap();
    }
}

store::test! {
    async fn a_code_goes_back_when_none_of_its_contacts_was_seen(db: Db) {
        let (memory, decider) = house(&db, &pool()).await;
        let u1 = memory.find(memory::identity::IdentifierKind::UserId, "u1").await.unwrap().unwrap();
        let web = made(&decider, "home").await;
        db.clock().advance_ms(20 * 60_000);
        let desk = made(&decider, "desk").await;
        assert_eq!(web.code, desk.code);
        let release = async |contact: Option<ContactId>| {
            decider.release(u1, contact.unwrap(), "session_ended").await.unwrap();
        };
        release(web.contact_id).await;
        db.clock().advance_ms(15 * 60_000);
        assert_eq!(decider.sweep_codes().await.unwrap(), 0, "the later contact keeps it");
        release(desk.contact_id).await;
        db.clock().advance_ms(20 * 60_000);
        assert_eq!(decider.sweep_codes().await.unwrap(), 1);
        assert_eq!(db::counts(&db, "sale").await.unwrap().free, 9);
        // The promise is over with it: the next one begins with another code of the pool.
        assert_ne!(made(&decider, "desk").await.code, web.code);
    }
}

store::test! {
    async fn a_code_in_the_terms_of_its_promise_stays_when_the_offer_changes(db: Db) {
        let (_, decider) = house(&db, &coupon()).await;
        let first = made(&decider, "home").await;
        let mut less = coupon();
        less["worth_cents"] = json!(100);
        let mut second = definitions(&less);
        second[0].version = 2;
        decider.install(catalog(&second)).await.unwrap();
        let desk = made(&decider, "desk").await;
        assert_eq!((desk.version, desk.code), (2, first.code));
    }
}

store::test! {
    async fn who_signs_in_brings_the_code_along(db: Db) {
        let (_, decider) = house(&db, &pool()).await;
        let memory = decider.memory();
        let page = json!({"type": "track", "event": "Page", "anonymousId": "a1"});
        let visitor = send(memory, page).await;
        let mut request = ask("", &["home"]);
        request.customer = crate::targeting::CustomerRef { customer_id: Some(visitor), ..Default::default() };
        let answer = decider.decide(&request).await;
        let first = answer.placements[0].offers[0].code.clone();
        assert!(first.is_some());
        send(memory, json!({"type": "identify", "userId": "u1", "anonymousId": "a1"})).await;
        assert_eq!(made(&decider, "desk").await.code, first);
    }
}

/// Two channels ask at the same moment, many times, on two nodes where the store allows them; then
/// many tills redeem at the same moment. `used` codes of the pool are gone after that.
async fn many_at_the_same_moment(db: &Db, code: Value, used: u64) {
    let (_, first) = house(db, &code).await;
    let mut nodes = vec![first];
    if !db.exclusive() {
        let second = Decider::new(Memory::open(db.clone()).await.unwrap());
        second.install(catalog(&definitions(&code))).await.unwrap();
        second.refresh_stopped().await.unwrap();
        nodes.push(second);
    }
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..24 {
        let node = nodes[n % nodes.len()].clone();
        let place = ["home", "desk"][n / 2 % 2];
        calls.spawn(async move { made(&node, place).await.code.unwrap() });
    }
    let codes: HashSet<String> = calls.join_all().await.into_iter().collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
    let counts = db::counts(db, "sale").await.unwrap();
    assert_eq!(counts.reserved + counts.shown, used);
    let code = codes.into_iter().next().unwrap();
    let mut tills = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (node, code) = (nodes[n % nodes.len()].clone(), code.clone());
        tills.spawn(async move { redeem(&node, &format!("r{n}"), &code).await.is_ok() });
    }
    let taken = tills.join_all().await;
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
}

store::test! {
    async fn channels_at_the_same_moment_hand_out_one_coupon(db: Db) {
        many_at_the_same_moment(&db, coupon(), 0).await;
    }
}

store::test! {
    async fn channels_at_the_same_moment_take_one_code_of_the_pool(db: Db) {
        many_at_the_same_moment(&db, pool(), 1).await;
    }
}

store::test! {
    async fn two_contacts_that_begin_a_promise_at_once_have_one_origin(db: Db) {
        let (memory, _) = house(&db, &coupon()).await;
        let u1 = memory.find(memory::identity::IdentifierKind::UserId, "u1").await.unwrap().unwrap();
        let ends_at = db.now().plus_ms(DAY);
        let mut joins = tokio::task::JoinSet::new();
        for contact in 1..=16_u64 {
            let db = db.clone();
            joins.spawn(async move {
                let new = origins::NewContact {
                    customer: u1, members: &[u1], contact: ContactId(contact), offer: "sale", ends_at,
                };
                origins::join(&db, &new).await.unwrap()
            });
        }
        let found: HashSet<ContactId> = joins.join_all().await.into_iter().collect();
        assert_eq!(found.len(), 1, "{found:?}");
        let origin = found.into_iter().next().unwrap();
        assert_eq!(origins::having(&db, origin).await.unwrap().len(), 16);
    }
}
