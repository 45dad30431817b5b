//! Decisions on both stores: who gets what, and everything that speaks against it.

use memory::consent::ConsentState;
use memory::interaction::ResponseKind;
use memory::log::{Entry, RowKind};
use memory::{CustomerId, Memory};
use serde_json::json;
use store::Db;

use super::read::{DecisionRecord, ProposalState};
use super::*;
use crate::Channel;
use crate::test_support::{ask, decider, known, offer, placement, policy, published, react, say};

const DAY: i64 = 86_400_000;

/// Code of every reason against an offer at the first placement.
fn codes(record: &DecisionRecord, offer: &str) -> Vec<&'static str> {
    let proposal = record.proposals.iter().find(|p| p.offer == offer).unwrap();
    let codes = proposal.reasons.iter().map(|reason| reason.code);
    codes.filter(|code| *code != "lower_priority").collect()
}

/// Keys of the offers shown, per placement.
fn shown(answer: &DecisionAnswer) -> Vec<Vec<&str>> {
    answer
        .placements
        .iter()
        .map(|placement| placement.offers.iter().map(|o| o.offer.as_str()).collect())
        .collect()
}

async fn contacts(memory: &Memory, id: CustomerId) -> usize {
    memory
        .customer(id)
        .await
        .unwrap()
        .unwrap()
        .state
        .contacts
        .len()
}

store::test! {
    async fn a_decision_is_answered_written_down_and_read_back(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let adults = json!({"attribute": "age", "at_least": 18});
        let decider = decider(&memory, &[
            offer("sale", json!({"attributes": {"percent_off": 0.2}})),
            offer("small", json!({"value_cents": 500, "category": "hats"})),
            offer("adults", json!({"value_cents": 9_000, "eligibility": adults})),
            placement("home", "web", json!({})),
            policy(json!([{"key": "day", "at_most": 3, "window": {"calendar": "day"}}]), json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({"age": 17})).await;
        let answer = decider.decide(&ask("ann", &["home", "nowhere"])).await;
        assert_eq!((answer.degradation, answer.customer_id), (Degradation::None, Some(id)));
        assert_eq!(shown(&answer), [vec!["sale"], vec![]]);
        assert_eq!(answer.placements[1].reason, AnswerReason::UnknownPlacement);
        let made = &answer.placements[0].offers[0];
        let decision_id = answer.decision_id.unwrap();
        assert_eq!(made.contact_id.unwrap().0, decision_id.0 + 1);
        assert_eq!(made.treatment_code, made.contact_id.map(treatment_code));
        assert_eq!(made.attributes["percent_off"], 0.2);

        let record = decider.decision(decision_id).await.unwrap().unwrap();
        assert_eq!(record.answer.placements[0].offers[0].contact_id, made.contact_id);
        assert_eq!(record.answer.placements[0].offers[0].creative, made.creative);
        let states: Vec<_> = record.proposals.iter().map(|p| (&*p.offer, p.state, p.rank)).collect();
        assert_eq!(states, [
            ("adults", ProposalState::Rejected, None),
            ("sale", ProposalState::Chosen, Some(1)),
            ("small", ProposalState::Eligible, Some(2)),
        ]);
        assert_eq!(codes(&record, "adults"), ["not_eligible"]);
        assert_eq!(record.proposals[2].reasons[0].code, "lower_priority");
        let funnel = record.funnel;
        assert_eq!((funnel.considered, funnel.eligible, funnel.chosen), (3, 2, 1));
        assert_eq!(record.policies, ["rules@1"]);
        let state = memory.customer(id).await.unwrap().unwrap().state;
        assert_eq!(state.contacts[0].decision_id, Some(decision_id));
        assert_eq!(state.contacts[0].contact_id, made.contact_id.unwrap());
    }
}

store::test! {
    async fn every_reason_against_a_proposal_is_kept(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let nobody = json!({"any": []});
        let tomorrow = db.now().plus_ms(DAY);
        let decider = decider(&memory, &[
            offer("sale", json!({"eligibility": nobody, "valid_from": tomorrow, "lever": 0.0})),
            placement("mail", "email", json!({})),
            policy(json!([{"key": "none", "at_most": 0, "window": {"calendar": "day"}}]),
                json!({"quiet_hours": {"from": "08:00", "until": "10:00", "channels": ["email"]}})),
        ]).await;
        known(&memory, "ann", json!({})).await;
        let answer = decider.decide(&ask("ann", &["mail"])).await;
        assert_eq!(shown(&answer), [Vec::<&str>::new()]);
        assert_eq!(answer.placements[0].fallback.as_ref().unwrap().title, "Welcome");
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        let mut codes = codes(&record, "sale");
        codes.sort_unstable();
        assert_eq!(codes, ["contact_policy", "lever_zero", "no_consent", "not_eligible",
            "not_valid_yet", "quiet_hours"]);
        let texts = &record.proposals[0].reasons;
        let limit = texts.iter().find(|text| text.code == "contact_policy").unwrap();
        assert_eq!(limit.message, "the limit none (at most 0) is reached");
        assert_eq!(limit.detail, json!({"policy": "rules", "limit": "none", "at_most": 0}));
    }
}

store::test! {
    async fn a_reason_that_offer_and_variant_share_is_told_once(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let tall = json!({"attribute": "tall", "equals": true});
        let variants = json!([{"key": "big", "when": tall}]);
        let decider = decider(&memory, &[
            offer("sale", json!({"eligibility": tall, "variants": variants})),
            placement("home", "web", json!({})),
        ]).await;
        known(&memory, "ann", json!({})).await;
        let record = decider.preview(&ask("ann", &["home"])).await.unwrap();
        assert_eq!(codes(&record, "sale"), ["not_eligible"]);
    }
}

store::test! {
    async fn channels_that_interrupt_need_consent_and_others_heed_a_refusal(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({})),
            placement("home", "web", json!({})),
            placement("mail", "email", json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let reasons = async |key: &str| {
            let record = decider.preview(&ask("ann", &[key])).await.unwrap();
            codes(&record, "sale")
        };
        assert_eq!(reasons("home").await, Vec::<&str>::new());
        assert_eq!(reasons("mail").await, ["no_consent"]);
        say(&memory, id, "email", ConsentState::Granted).await;
        assert_eq!(reasons("mail").await, Vec::<&str>::new());
        memory.db().clock().advance_ms(1);
        say(&memory, id, "email", ConsentState::Denied).await;
        say(&memory, id, "web", ConsentState::Denied).await;
        assert_eq!(reasons("mail").await, ["consent_denied"]);
        assert_eq!(reasons("home").await, ["consent_denied"]);
    }
}

store::test! {
    async fn an_answered_offer_rests_in_every_channel(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let suppress = json!({"after_accept_days": 30, "after_reject_days": 14,
            "after_views": 2, "related": ["cousin"]});
        let decider = decider(&memory, &[
            offer("sale", json!({"suppress": suppress})),
            offer("cousin", json!({"category": "hats"})),
            placement("home", "web", json!({})),
            placement("calls", "call_center", json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let reasons = async |key: &str, offer: &str| {
            let record = decider.preview(&ask("ann", &[key])).await.unwrap();
            codes(&record, offer)
        };
        react(&memory, id, ResponseKind::View, None, "sale").await;
        assert_eq!(reasons("home", "sale").await, Vec::<&str>::new());
        react(&memory, id, ResponseKind::View, None, "sale").await;
        assert_eq!(reasons("home", "sale").await, ["suppressed_after_views"]);
        db.clock().advance_ms(1_000);
        react(&memory, id, ResponseKind::Click, None, "sale").await;
        assert_eq!(reasons("home", "sale").await, Vec::<&str>::new());
        react(&memory, id, ResponseKind::Reject, None, "sale").await;
        assert_eq!(reasons("calls", "sale").await, ["suppressed_after_reject"]);
        assert_eq!(reasons("calls", "cousin").await, ["related_offer"]);
        db.clock().advance_ms(14 * DAY);
        assert_eq!(reasons("calls", "sale").await, Vec::<&str>::new());
        react(&memory, id, ResponseKind::Accept, None, "sale").await;
        db.clock().advance_ms(30 * DAY - 1);
        assert_eq!(reasons("home", "sale").await, ["suppressed_after_accept"]);
        db.clock().advance_ms(1);
        assert_eq!(reasons("home", "sale").await, Vec::<&str>::new());
    }
}

store::test! {
    async fn a_page_that_is_loaded_again_shows_the_same_contact(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("a", json!({})),
            offer("b", json!({})),
            placement("home", "web", json!({"reserves_ms": 60_000})),
            placement("calls", "call_center", json!({})),
            policy(json!([{"key": "day", "at_most": 2, "window": {"calendar": "day"}}]), json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let first = decider.decide(&ask("ann", &["home"])).await;
        let again = decider.decide(&ask("ann", &["home"])).await;
        let contact = |answer: &DecisionAnswer| answer.placements[0].offers[0].contact_id;
        assert_eq!((shown(&first), contact(&first)), (shown(&again), contact(&again)));
        assert_ne!(first.decision_id, again.decision_id);
        assert_eq!(contacts(&memory, id).await, 1);
        // The same offer in another channel is a contact of its own.
        let call = decider.decide(&ask("ann", &["calls"])).await;
        assert_eq!(shown(&call), shown(&first));
        assert_eq!(contacts(&memory, id).await, 2);
        // The day is used up, and the page still shows what it promised.
        let again = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(contact(&again), contact(&first));
        let record = decider.decision(again.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.answer.placements[0].offers[0].contact_id, contact(&first));
        db.clock().advance_ms(60_000);
        let again = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(contacts(&memory, id).await, 3, "the web promise expired unseen");
        assert_eq!(shown(&again), [vec!["a"]], "of equal offers the promised one stays");
    }
}

store::test! {
    async fn one_request_says_nothing_twice(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("a", json!({"value_cents": 3_000})),
            offer("b", json!({"value_cents": 2_000})),
            offer("c", json!({"category": "hats"})),
            placement("first", "web", json!({})),
            placement("second", "web", json!({})),
            placement("third", "web", json!({})),
        ]).await;
        known(&memory, "ann", json!({})).await;
        let answer = decider.decide(&ask("ann", &["first", "second", "third"])).await;
        assert_eq!(shown(&answer), [vec!["a"], vec!["c"], vec![]]);
        assert_eq!(answer.placements[2].reason, AnswerReason::Duplicate);
        let several = DecisionRequest { count: Some(5), ..ask("ann", &["first"]) };
        assert_eq!(shown(&decider.decide(&several).await), [vec!["a", "b", "c"]]);
    }
}

store::test! {
    async fn one_request_counts_what_it_has_chosen_itself(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("a", json!({"value_cents": 3_000})),
            offer("b", json!({"value_cents": 2_000})),
            placement("home", "web", json!({"count": 2})),
            policy(json!([{"key": "day", "at_most": 1, "window": {"calendar": "day"}}]), json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(shown(&answer), [vec!["a"]]);
        assert_eq!(contacts(&memory, id).await, 1);
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(codes(&record, "b"), ["contact_policy"]);
    }
}

store::test! {
    async fn a_control_group_gets_nothing_and_is_written_down(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("a", json!({"control_fraction": 1.0})),
            offer("b", json!({"category": "hats", "value_cents": 10})),
            placement("home", "web", json!({})),
            policy(json!([{"key": "day", "at_most": 0, "channels": ["email"],
                "window": {"calendar": "day"}}]), json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(shown(&answer), [Vec::<&str>::new()]);
        assert_eq!(answer.placements[0].reason, AnswerReason::ControlGroup);
        let state = memory.customer(id).await.unwrap().unwrap().state;
        assert!(state.contacts[0].control);
        assert_eq!(state.contacts[0].offer.as_deref(), Some("a"));
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(codes(&record, "a"), ["control_group"]);
        assert!(record.proposals[0].control_group);
    }
}

store::test! {
    async fn the_universal_control_group_gets_no_offer_and_no_message(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let strategy = json!({"name": {"en": "S"}, "universal_control_fraction": 1.0});
        let decider = decider(&memory, &[
            offer("a", json!({})),
            placement("home", "web", json!({})),
            published("strategy", "default", strategy),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        say(&memory, id, "email", ConsentState::Granted).await;
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::ControlGroup);
        let refused = decider.reserve_contact(&message(id, "m1")).await.unwrap().unwrap_err();
        assert_eq!(refused.reasons[0].code, "control_group");
        let again = decider.reserve_contact(&message(id, "m1")).await.unwrap().unwrap_err();
        assert_eq!(again, refused);
        assert_eq!(contacts(&memory, id).await, 2);
        let service = Reservation { purpose: "service".into(), ..message(id, "m2") };
        assert!(decider.reserve_contact(&service).await.unwrap().is_ok());
    }
}

fn message(customer: CustomerId, id: &str) -> Reservation {
    Reservation {
        customer,
        channel: Channel::Email,
        category: Some("news".into()),
        purpose: "marketing".into(),
        message: id.into(),
        reserve_ms: DAY,
        journey: None,
    }
}

store::test! {
    async fn a_message_reserves_its_contact_once(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            policy(json!([{"key": "day", "at_most": 1, "window": {"rolling_ms": DAY}}]),
                json!({"quiet_hours": {"from": "21:00", "until": "08:00", "channels": ["email"]}})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let codes = |refused: &Refused| -> Vec<&str> {
            refused.reasons.iter().map(|reason| reason.code).collect()
        };
        let refused = decider.reserve_contact(&message(id, "m1")).await.unwrap().unwrap_err();
        assert_eq!(codes(&refused), ["no_consent"]);
        say(&memory, id, "email", ConsentState::Granted).await;
        let contact = decider.reserve_contact(&message(id, "m1")).await.unwrap().unwrap();
        let again = decider.reserve_contact(&message(id, "m1")).await.unwrap().unwrap();
        assert_eq!(contact, again);
        let refused = decider.reserve_contact(&message(id, "m2")).await.unwrap().unwrap_err();
        assert_eq!(codes(&refused), ["contact_policy"]);
        decider.release(id, contact, "bounced").await.unwrap();
        let other = decider.reserve_contact(&message(id, "m2")).await.unwrap().unwrap();
        assert_ne!(contact, other);
        decider.present(id, other).await.unwrap();
        db.clock().advance_ms(DAY + DAY / 2);
        let refused = decider.reserve_contact(&message(id, "m3")).await.unwrap().unwrap_err();
        assert_eq!(codes(&refused), ["quiet_hours"]);
        assert_eq!(refused.until, decider.quiet_until(id, Channel::Email).await.unwrap());
        assert_eq!(refused.until.unwrap().to_string(), "2026-03-04T08:00:00.000Z");
    }
}

store::test! {
    async fn a_journey_gets_the_same_contact_for_the_same_step(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({})),
            placement("mail", "email", json!({"reserves_ms": DAY})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let wish = |reference: &str| Wish {
            customer: id,
            placement: "mail".into(),
            reference: reference.into(),
            context: Map::new(),
            language: Some("zh".into()),
            journey: None,
        };
        let nothing = decider.decide_in_process(&wish("cart_1")).await.unwrap();
        assert_eq!((nothing.offer, nothing.reason), (None, AnswerReason::NothingEligible));
        say(&memory, id, "email", ConsentState::Granted).await;
        let made = decider.decide_in_process(&wish("cart_1")).await.unwrap().offer.unwrap();
        let again = decider.decide_in_process(&wish("cart_1")).await.unwrap().offer.unwrap();
        let other = decider.decide_in_process(&wish("cart_2")).await.unwrap().offer.unwrap();
        assert_eq!((made.offer.as_str(), made.channel), ("sale", Channel::Email));
        assert_eq!(made.contact_id, again.contact_id);
        assert_ne!(made.contact_id, other.contact_id);
        assert_eq!(contacts(&memory, id).await, 2);
    }
}

store::test! {
    async fn somebody_unknown_is_answered_and_not_written_down(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({})),
            placement("home", "web", json!({})),
            placement("mail", "email", json!({})),
        ]).await;
        let answer = decider.decide(&ask("nobody", &["home", "mail"])).await;
        assert_eq!(answer.degradation, Degradation::Anonymous);
        assert_eq!((answer.decision_id, answer.customer_id), (None, None));
        assert_eq!(shown(&answer), [vec!["sale"], vec![]]);
        assert_eq!(answer.placements[0].offers[0].contact_id, None);
        let rows = memory::log::db::of_kind(&db, RowKind::Decision, u64::MAX, 10).await.unwrap();
        assert!(rows.is_empty());
    }
}

store::test! {
    async fn what_cannot_be_written_down_is_not_shown(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({})),
            placement("home", "web", json!({})),
        ]).await;
        known(&memory, "ann", json!({})).await;
        memory.close().await.unwrap();
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.degradation, Degradation::Fallback);
        assert_eq!(answer.placements[0].reason, AnswerReason::Unavailable);
        assert_eq!(answer.placements[0].fallback.as_ref().unwrap().title, "Welcome");
        assert_eq!(shown(&answer), [Vec::<&str>::new()]);
    }
}

store::test! {
    async fn a_store_that_is_stuck_is_answered_in_time_and_recovers(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({})),
            placement("home", "web", json!({})),
        ]).await;
        known(&memory, "ann", json!({})).await;
        let hurried = DecisionRequest { deadline_ms: Some(100), ..ask("ann", &["home"]) };
        let mut stuck = db.begin().await.unwrap();
        if !db.exclusive() {
            let lock = "LOCK TABLE log, customers, identifiers IN ACCESS EXCLUSIVE MODE";
            stuck.execute(lock, vec![]).await.unwrap();
        }
        let started = tokio::time::Instant::now();
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let (decider, request) = (decider.clone(), hurried.clone());
                tokio::spawn(async move { decider.decide(&request).await })
            })
            .collect();
        for call in calls {
            let answer = call.await.unwrap();
            assert_eq!(answer.degradation, Degradation::Fallback);
            assert_eq!(answer.placements[0].fallback.as_ref().unwrap().title, "Welcome");
        }
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
        drop(stuck);
        let answer = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.degradation, Degradation::None);
        assert_eq!(shown(&answer), [vec!["sale"]]);
    }
}

store::test! {
    async fn a_decision_without_contact_rows_keeps_its_context(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let raining = json!({"context": "weather", "equals": "rain"});
        let decider = decider(&memory, &[
            offer("umbrella", json!({"eligibility": raining})),
            placement("home", "web", json!({})),
        ]).await;
        let id = known(&memory, "ann", json!({})).await;
        let context = |weather: &str| json!({"weather": weather}).as_object().unwrap().clone();
        let sunny = DecisionRequest { context: context("sun"), ..ask("ann", &["home"]) };
        let answer = decider.decide(&sunny).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::NothingEligible);
        let rows = memory::log::db::of_kind(&db, RowKind::Decision, u64::MAX, 10).await.unwrap();
        let listed = decider.listed(&rows[0]).await.unwrap().unwrap();
        assert_eq!((listed.customer_id, listed.channel), (id, Some(Channel::Web)));
        let record = decider.decision(listed.decision_id).await.unwrap().unwrap();
        assert_eq!(record.context["weather"], "sun");
        let Entry::Decision(body) = &rows[0].entry else { panic!() };
        let stored: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(stored["placements"][0]["against"], json!([["not_eligible", [0]]]));
        let rainy = DecisionRequest { context: context("rain"), ..ask("ann", &["home"]) };
        assert_eq!(shown(&decider.decide(&rainy).await), [vec!["umbrella"]]);
    }
}

#[test]
fn a_request_that_cannot_be_answered_is_refused_with_the_place() {
    let request = DecisionRequest {
        customer: CustomerRef::default(),
        placements: vec!["a".into(), "a".into()],
        count: Some(0),
        deadline_ms: Some(0),
        ..DecisionRequest::default()
    };
    let places: Vec<String> = request.problems().into_iter().map(|p| p.path).collect();
    assert_eq!(
        places,
        ["/customer", "/placements/1", "/count", "/deadline_ms"]
    );
}
