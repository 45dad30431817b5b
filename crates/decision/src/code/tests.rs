//! Codes: one for each contact, given back when nobody saw it, never with two at a time.

use std::collections::HashSet;

use gate::Role;
use gate::test_support::{Caller, call, gate, sign_in};
use memory::Memory;
use memory::interaction::ResponseKind;
use serde_json::{Value, json};
use store::Db;

use super::db::{self, CodeCounts};
use super::promise::PromiseState;
use crate::Decider;
use crate::learning::job::Learner;
use crate::learning::job_tests::round;
use crate::targeting::{AnswerReason, CustomerRef, OfferAnswer};
use crate::test_support::{ask, catalog, decider, known, offer, placement, react, with};

const OFFERS: [&str; 1] = ["sale"];

fn definitions(code: Value) -> Vec<store::definition::Definition> {
    let creative = json!({"channel": "web", "language": "en", "title": "Code {{ offer.code }}"});
    let sale = json!({"code": code, "channels": ["web"], "creatives": [creative]});
    vec![
        offer(OFFERS[0], sale),
        placement("home", "web", json!({})),
        placement("cart", "web", json!({})),
    ]
}

async fn shown(decider: &Decider, user: &str) -> Option<OfferAnswer> {
    let answer = decider.decide(&ask(user, &["home"])).await;
    answer
        .placements
        .into_iter()
        .flat_map(|place| place.offers)
        .next()
}

async fn house(db: &Db, code: Value) -> (Memory, Decider) {
    let memory = Memory::open(db.clone()).await.unwrap();
    let decider = decider(&memory, &definitions(code)).await;
    (memory, decider)
}

fn pool(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("CODE-{n:04}")).collect()
}

store::test! {
    async fn a_code_comes_with_the_offer_and_stays_with_its_contact(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "pool"})).await;
        db::add(&db, "sale", &pool(2)).await.unwrap();
        decider.refresh_stopped().await.unwrap();
        let u1 = known(&memory, "u1", json!({})).await;
        let first = shown(&decider, "u1").await.unwrap();
        assert_eq!(first.code.as_deref(), Some("CODE-0000"));
        assert_eq!(first.creative.title, "Code CODE-0000");
        // The page is loaded again: the same contact, the same code.
        let again = shown(&decider, "u1").await.unwrap();
        assert_eq!((again.contact_id, again.code), (first.contact_id, first.code));
        known(&memory, "u2", json!({})).await;
        assert_eq!(shown(&decider, "u2").await.unwrap().code.unwrap(), "CODE-0001");

        // None is left: the offer is not made, and says why.
        known(&memory, "u3", json!({})).await;
        let answer = decider.decide(&ask("u3", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        assert!(answer.placements[0].fallback.is_some() && answer.placements[0].offers.is_empty());
        let preview = decider.preview(&ask("u3", &["home"])).await.unwrap();
        assert_eq!(preview.proposals[0].reasons[0].code, "no_code");
        // Somebody unknown gets no code either.
        let unknown = decider.decide(&ask("nobody", &["home"])).await;
        assert!(unknown.placements[0].offers.is_empty());

        // u1 has seen it, u2 has not: after the promise has run out only u2's goes back.
        react(&memory, u1, ResponseKind::View, first.contact_id, "sale").await;
        round(&db, &mut Learner::new(decider.clone(), "test".into())).await;
        db.clock().advance_ms(31 * 60_000);
        assert_eq!(decider.sweep_codes().await.unwrap(), 1);
        let counts = db::counts(&db, "sale").await.unwrap();
        assert_eq!(counts, CodeCounts { free: 1, shown: 1, ..CodeCounts::default() });
        decider.refresh_stopped().await.unwrap();
        assert_eq!(shown(&decider, "u3").await.unwrap().code.unwrap(), "CODE-0001");
        let promises = decider.promises(u1).await.unwrap();
        assert_eq!(promises[0].code.as_deref(), Some("CODE-0000"));
        assert_eq!(promises[0].creative.as_ref().unwrap().title, "Code CODE-0000");
    }
}

store::test! {
    async fn a_code_that_was_answered_where_nobody_reports_views_is_never_given_again(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "pool"})).await;
        db::add(&db, "sale", &pool(2)).await.unwrap();
        decider.refresh_stopped().await.unwrap();
        known(&memory, "u1", json!({})).await;
        let u2 = known(&memory, "u2", json!({})).await;
        let first = shown(&decider, "u1").await.unwrap();
        let second = shown(&decider, "u2").await.unwrap();
        // What was let go was shown to nobody.
        decider.release(u2, second.contact_id.unwrap(), "session_ended").await.unwrap();
        db.clock().advance_ms(31 * 60_000);
        assert_eq!(decider.sweep_codes().await.unwrap(), 1);
        decider.refresh_stopped().await.unwrap();
        let other = shown(&decider, "u2").await.unwrap();
        assert_eq!((first.code.as_deref(), other.code.as_deref()), (Some("CODE-0000"), Some("CODE-0001")));
        let counts = db::counts(&db, "sale").await.unwrap();
        assert_eq!(counts, CodeCounts { reserved: 1, shown: 1, ..CodeCounts::default() });
    }
}

store::test! {
    async fn a_coupon_for_one_customer_is_not_made_for_somebody_without_a_name(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon"})).await;
        let event = json!({"type": "track", "event": "Page", "anonymousId": "a1"});
        let somebody = crate::test_support::send(&memory, event).await;
        let mut request = ask("", &["home"]);
        request.customer = CustomerRef { customer_id: Some(somebody), ..CustomerRef::default() };
        let answer = decider.decide(&request).await;
        assert!(answer.placements[0].offers.is_empty());
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.proposals[0].reasons[0].code, "no_holder");
        known(&memory, "u1", json!({})).await;
        assert!(shown(&decider, "u1").await.unwrap().code.is_some());
    }
}

store::test! {
    async fn a_hundred_callers_on_two_nodes_never_share_a_code(db: Db) {
        const CALLERS: usize = 100;
        const CODES: usize = 60;
        let (memory, first) = house(&db, json!({"kind": "pool"})).await;
        db::add(&db, "sale", &pool(CODES)).await.unwrap();
        let mut nodes = vec![first];
        if !db.exclusive() {
            let second = Decider::new(Memory::open(db.clone()).await.unwrap());
            second.install(catalog(&definitions(json!({"kind": "pool"})))).await.unwrap();
            nodes.push(second);
        }
        for node in &nodes {
            node.refresh_stopped().await.unwrap();
        }
        for n in 0..CALLERS {
            known(&memory, &format!("u{n}"), json!({})).await;
        }
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..CALLERS * 2 {
            let node = nodes[n % nodes.len()].clone();
            // Every customer asks twice, at the same moment, perhaps on both nodes.
            let user = format!("u{}", n / 2);
            calls.spawn(async move { (n / 2, shown(&node, &user).await) });
        }
        let mut by_code = std::collections::HashMap::new();
        let mut customers = HashSet::new();
        while let Some(done) = calls.join_next().await {
            let (customer, Some(offer)) = done.unwrap() else { continue };
            let code = offer.code.expect("an offer with a code is shown with it");
            let contact = by_code.entry(code).or_insert(offer.contact_id);
            assert_eq!(*contact, offer.contact_id, "two contacts have one code");
            customers.insert(customer);
        }
        assert!(by_code.len() <= CODES && by_code.len() >= customers.len());
        let counts = db::counts(&db, "sale").await.unwrap();
        assert_eq!(counts.free + counts.reserved, CODES as u64);
        assert_eq!(counts.reserved, by_code.len() as u64, "a taken code was shown to somebody");
    }
}

store::test! {
    async fn what_stands_is_shown_as_it_was_made_whatever_is_published_since(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon", "worth_cents": 500})).await;
        known(&memory, "u1", json!({})).await;
        let first = shown(&decider, "u1").await.unwrap();
        // The second version is worth less, looks otherwise and is for nobody.
        let creative = json!({"channel": "web", "language": "en", "title": "Less {{ offer.code }}"});
        let mut second = definitions(json!({"kind": "coupon", "worth_cents": 100}));
        second[0].body = with(second[0].body.clone(), json!({"creatives": [creative],
            "eligibility": {"attribute": "plan", "equals": "none"}, "lever": 0,
            "valid_until": "2020-01-01T00:00:00Z"}));
        second[0].version = 2;
        decider.install(catalog(&second)).await.unwrap();
        let answer = decider.decide(&ask("u1", &["home"])).await;
        let again = answer.placements[0].offers[0].clone();
        assert_eq!((again.version, again.contact_id), (1, first.contact_id));
        assert_eq!((again.code, again.creative), (first.code, first.creative));
        assert_eq!(again.expires_at, first.expires_at);
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let recorded = &record.answer.placements[0].offers[0];
        assert_eq!((recorded.version, recorded.contact_id), (1, first.contact_id));
        // Nobody else gets it.
        known(&memory, "u2", json!({})).await;
        assert_eq!(shown(&decider, "u2").await, None);
        db.clock().advance_ms(31 * 60_000);
        assert_eq!(shown(&decider, "u1").await, None, "its time is over");
    }
}

store::test! {
    async fn a_retired_offer_runs_out(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon"})).await;
        known(&memory, "u1", json!({})).await;
        assert!(shown(&decider, "u1").await.is_some());
        decider.install(catalog(&definitions(json!(null))[1..])).await.unwrap();
        assert!(shown(&decider, "u1").await.is_some());
        db.clock().advance_ms(31 * 60_000);
        assert_eq!(shown(&decider, "u1").await, None);
    }
}

store::test! {
    async fn a_recall_and_a_refusal_end_what_stands(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon"})).await;
        let u1 = known(&memory, "u1", json!({})).await;
        let u2 = known(&memory, "u2", json!({})).await;
        assert!(shown(&decider, "u1").await.is_some() && shown(&decider, "u2").await.is_some());
        crate::test_support::say(&memory, u1, "web", memory::consent::ConsentState::Denied).await;
        assert_eq!(shown(&decider, "u1").await, None);
        let house = router(&db, &decider).await;
        let body = json!({"reason": "a mistake"});
        call(&house.router, &house.marketer, "PUT /api/offers/sale/recall", &[], Some(body)).await;
        let mark = memory.customer(u2).await.unwrap().unwrap();
        assert!(mark.state.contacts[0].expires_at.is_some());
        assert_eq!(shown(&decider, "u2").await, None);
    }
}

store::test! {
    async fn a_retired_offer_that_stands_is_previewed_as_made_and_can_be_recalled(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon"})).await;
        let u1 = known(&memory, "u1", json!({})).await;
        let made = shown(&decider, "u1").await.unwrap();
        store::definition::retire(&db, "offer", "sale").await.unwrap();
        decider.install(catalog(&definitions(json!(null))[1..])).await.unwrap();
        let previewed = async |user: &str| {
            let record = decider.preview(&ask(user, &["home"])).await.unwrap();
            // It is no candidate any more, for nobody.
            assert!(record.proposals.is_empty());
            record.answer.placements.into_iter().next().unwrap().offers
        };
        let stands = previewed("u1").await;
        assert_eq!(stands.len(), 1);
        assert_eq!((&stands[0].offer, stands[0].version), (&"sale".to_owned(), 1));
        assert_eq!(stands[0].contact_id, made.contact_id);
        assert_eq!((&stands[0].code, &stands[0].creative), (&made.code, &made.creative));
        known(&memory, "u2", json!({})).await;
        assert_eq!(previewed("u2").await, []);
        let contacts = async || memory.customer(u1).await.unwrap().unwrap().state.contacts.len();
        assert_eq!(contacts().await, 1, "a preview makes nothing");

        let house = router(&db, &decider).await;
        let line = "PUT /api/offers/sale/recall";
        let body = json!({"reason": "a mistake"});
        let recalled = call(&house.router, &house.marketer, line, &[], Some(body)).await;
        assert_eq!(recalled.status, 200, "{}", recalled.body);
        assert_eq!(previewed("u1").await, []);
        assert_eq!(shown(&decider, "u1").await, None);
        let undo = "DELETE /api/offers/sale/recall";
        assert_eq!(call(&house.router, &house.marketer, undo, &[], None).await.status, 200);
        assert_eq!(shown(&decider, "u1").await.unwrap().contact_id, made.contact_id);
        assert_eq!(contacts().await, 1);
    }
}

struct Router {
    router: axum::Router,
    marketer: Caller,
    agent: Caller,
}

async fn router(db: &Db, decider: &Decider) -> Router {
    let (router, _) = crate::routes().split_for_parts();
    let gate = gate(db, &[]).await;
    Router {
        router: gate::enter(router.with_state(decider.clone()), gate),
        marketer: sign_in(db, Role::Marketer).await,
        agent: sign_in(db, Role::Agent).await,
    }
}

store::test! {
    async fn codes_are_uploaded_made_and_withdrawn(db: Db) {
        let (_, decider) = house(&db, json!({"kind": "pool", "warn_below": 5})).await;
        let house = router(&db, &decider).await;
        let line = "POST /api/offers/sale/codes";
        let post = |body: Value| call(&house.router, &house.marketer, line, &[], Some(body));
        let bad = post(json!({"codes": ["ok-1234", "no", "with space"]})).await;
        assert_eq!(bad.status, 422);
        assert_eq!(bad.body["errors"][0]["path"], "/codes/1", "{}", bad.body);
        assert_eq!(bad.body["errors"][0]["code"], "not_a_code");
        assert_eq!(bad.body["errors"][0]["values"], json!({"code": "no"}));
        let weak = post(json!({"generate": {"count": 3, "length": 4}})).await;
        assert_eq!(weak.body["errors"][0]["path"], "/generate/length");
        let bounds = json!({"value": 4.0, "low": 8.0, "high": 24.0});
        assert_eq!(weak.body["errors"][0]["values"], bounds);
        let up = post(json!({"codes": ["abc-1", "ABC-1 ", "ABC-2"]})).await;
        assert_eq!((&up.body["added"], &up.body["known"]), (&json!(2), &json!(1)), "{}", up.body);
        assert_eq!(up.body["stock"]["low"], true);
        let made = post(json!({"generate": {"count": 700, "prefix": "x-"}})).await;
        assert_eq!(made.body["stock"]["free"], 702, "{}", made.body);
        assert_eq!(made.body["stock"]["low"], false);
        let line = "DELETE /api/offers/sale/codes";
        let refused = call(&house.router, &house.agent, line, &[], None).await;
        assert_eq!(refused.status, 403);
        let gone = call(&house.router, &house.marketer, line, &[], None).await;
        assert_eq!(gone.body["withdrawn"], 702);
        assert_eq!(decider.low_pools().await.unwrap(), ["sale"]);
    }
}

store::test! {
    async fn what_was_promised_is_honoured_in_the_version_that_was_made(db: Db) {
        let (memory, decider) = house(&db, json!({"kind": "coupon", "worth_cents": 500, "valid_days": 3})).await;
        let u1 = known(&memory, "u1", json!({})).await;
        let made = shown(&decider, "u1").await.unwrap();
        react(&memory, u1, ResponseKind::View, made.contact_id, "sale").await;
        let house = router(&db, &decider).await;
        // The offer is changed and then retired: nothing of it is published any more.
        decider.install(catalog(&[placement("home", "web", json!({}))])).await.unwrap();
        let line = format!("GET /api/customers/{u1}/promises");
        let list = async || call(&house.router, &house.agent, &line, &[], None).await.body;
        let promises = list().await;
        assert_eq!(promises[0]["state"], "open", "{promises}");
        assert_eq!(promises[0]["version"], 1);
        assert_eq!(promises[0]["published_version"], Value::Null);
        assert_eq!(promises[0]["code"].as_str(), made.code.as_deref(), "the same text again");
        db.clock().advance_ms(3 * 86_400_000);
        let state = async || decider.promises(u1).await.unwrap()[0].state;
        assert_eq!(state().await, PromiseState::Expired);
        react(&memory, u1, ResponseKind::Accept, made.contact_id, "sale").await;
        assert_eq!(state().await, PromiseState::Accepted);
    }
}
