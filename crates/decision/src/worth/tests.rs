//! Worth in decisions: incremental values by customer group, and what records say about them.

use std::collections::BTreeSet;
use std::sync::Arc;

use awareness::increment::effect::{Effects, GroupEffect, OTHERS};
use awareness::increment::{Subject, Terms};
use memory::Memory;
use memory::interaction::ResponseKind;
use serde_json::{Value, json};
use store::Db;

use super::ValueFrom;
use crate::test_support::{ask, decider, known, offer, placement, published, react};

fn strategy(value: &str) -> store::definition::Definition {
    let body = json!({"name": {"en": "Shop"}, "value": value, "margin_share": 0.4,
        "learning": {"algorithm": "fixed"}, "groups": [
        {"key": "buyers", "when": {"attribute": "tier", "equals": "gold"}},
        {"key": "sensitive", "when": {"attribute": "tier", "equals": "blue"}}]});
    assert_eq!((crate::targeting::strategy::KIND.validate)(&body), []);
    published("strategy", "shop", body)
}

store::test! {
    async fn an_acceptance_costs_what_its_version_and_variant_said(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("coupon", json!({"cost_cents": 300, "variants": [
                {"key": "big", "cost_cents": 700, "when": {"attribute": "tier", "equals": "gold"}},
                {"key": "small"}]})),
            placement("home", "web", json!({})),
        ]).await;
        for (user, tier) in [("ann", "gold"), ("bob", "blue")] {
            let id = known(&memory, user, json!({"tier": tier})).await;
            let answer = decider.decide(&ask(user, &["home"])).await;
            let contact = answer.placements[0].offers[0].contact_id;
            react(&memory, id, ResponseKind::Accept, contact, "coupon").await;
        }
        // The offer is retired since: nothing of it is published any more.
        let gathered = decider.earnings().now(&Terms::of(&[])).await.unwrap();
        let units = gathered.units.iter();
        let costs: Vec<f64> = units
            .filter(|unit| unit.subject == Subject::Offer { key: "coupon".into() })
            .map(|unit| unit.cost_cents)
            .collect();
        assert_eq!(costs, [700.0, 300.0]);
    }
}

store::test! {
    async fn only_customers_whose_time_to_buy_is_over_are_evidence(db: Db) {
        const DAY_MS: i64 = 86_400_000;
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("coupon", json!({"control_fraction": 0.5})),
            placement("home", "web", json!({})),
        ]).await;
        let asked = async |from: u32, until: u32| {
            for n in from..until {
                known(&memory, &format!("user{n}"), json!({})).await;
                decider.decide(&ask(&format!("user{n}"), &["home"])).await;
            }
        };
        let counted = async || {
            let effects = decider.effects(&Terms::of(&[])).await.unwrap();
            let known = effects.get("coupon").map(|groups| groups[OTHERS]);
            known.map_or(0, |effect| effect.treated + effect.control)
        };
        asked(0, 160).await;
        assert_eq!(counted().await, 0);
        db.clock().advance_ms(7 * DAY_MS + 1);
        assert_eq!(counted().await, 160);
        // Who was contacted just now may still buy, whether treated or not.
        asked(160, 200).await;
        assert_eq!(counted().await, 160);
    }
}

fn effect(value_cents: i64, nothing: bool) -> GroupEffect {
    GroupEffect {
        treated: 500,
        control: 100,
        measured_cents: Some(12.5),
        effect_cents: 12.0,
        error_cents: 2.0,
        chance: if nothing { 0.01 } else { 0.99 },
        acceptance: 0.1,
        value_cents,
        nothing,
    }
}

fn evidence() -> Arc<Effects> {
    let groups = [
        ("buyers", effect(0, true)),
        ("sensitive", effect(3_000, false)),
    ];
    let groups = groups
        .map(|(group, effect)| (group.to_owned(), effect))
        .into();
    Arc::new([("coupon".to_owned(), groups)].into())
}

#[test]
fn what_is_wrong_with_groups_is_named_with_its_place() {
    let body = json!({"name": {"en": "Shop"}, "margin_share": 2, "groups": [
        {"key": "others", "when": {"attribute": "tier", "equals": "gold"}},
        {"key": "x", "when": {"attribute": "tier", "iss": "gold"}}]});
    let problems = (crate::targeting::strategy::KIND.validate)(&body);
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "/groups/0/key",
            "/groups/1/when/iss",
            "/groups/1/when",
            "/margin_share"
        ]
    );
}

fn shown(answer: &crate::targeting::DecisionAnswer) -> Vec<&str> {
    answer.placements[0]
        .offers
        .iter()
        .map(|offer| offer.offer.as_str())
        .collect()
}

store::test! {
    async fn a_sure_buyer_gets_no_coupon_and_a_price_sensitive_customer_does(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ann", json!({"tier": "gold"})).await;
        known(&memory, "ben", json!({"tier": "blue"})).await;
        known(&memory, "cat", json!({})).await;
        let coupon = offer("coupon", json!({"category": "coupons", "value_cents": 1_500}));
        let plain = offer("plain", json!({"value_cents": 2_000}));
        let decider = decider(&memory, &[placement("home", "web", json!({})), coupon, plain,
            strategy("incremental")]).await;
        // Without evidence, what offers state: the plain one is worth more.
        assert_eq!(shown(&decider.decide(&ask("ben", &["home"])).await), ["plain"]);
        decider.install_worths(evidence()).await.unwrap();
        let ben = decider.decide(&ask("ben", &["home"])).await;
        assert_eq!(shown(&ben), ["coupon"]);
        let record = decider.decision(ben.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.customer_group.as_deref(), Some("sensitive"));
        let coupon = record.proposals.iter().find(|one| one.offer == "coupon").unwrap();
        assert_eq!(coupon.value_from, ValueFrom::Incremental);
        assert_eq!((coupon.value_cents, coupon.stated_value_cents), (3_000, 1_500));
        assert_eq!(coupon.effect.unwrap().control, 100);
        assert!((coupon.priority - 300.0).abs() < 1e-9);
        assert!((ben.placements[0].offers[0].priority - 300.0).abs() < 1e-9);
        let plain = record.proposals.iter().find(|one| one.offer == "plain").unwrap();
        assert_eq!(plain.value_from, ValueFrom::Stated);
        let ann = decider.decide(&ask("ann", &["home"])).await;
        assert_eq!(shown(&ann), ["plain"]);
        let record = decider.decision(ann.decision_id.unwrap()).await.unwrap().unwrap();
        let coupon = record.proposals.iter().find(|one| one.offer == "coupon").unwrap();
        assert_eq!(coupon.reasons[0].code, "earns_nothing");
        // Nothing is known of the others: the stated value counts.
        assert_eq!(shown(&decider.decide(&ask("cat", &["home"])).await), ["plain"]);
    }
}

store::test! {
    async fn the_customers_group_stands_on_the_contact_also_while_values_are_stated(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        known(&memory, "ben", json!({"tier": "blue"})).await;
        let decider = decider(&memory, &[placement("home", "web", json!({})),
            offer("coupon", json!({})), strategy("stated")]).await;
        decider.install_worths(evidence()).await.unwrap();
        let answer = decider.decide(&ask("ben", &["home"])).await;
        let contact = answer.placements[0].offers[0].contact_id.unwrap();
        let made = memory.contact(contact).await.unwrap().unwrap();
        assert_eq!(made.contact.customer_group.as_deref(), Some("sensitive"));
        let record = decider.decision(answer.decision_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(record.proposals[0].value_from, ValueFrom::Stated);
        assert_eq!(record.customer_group, None);
        let body: Value = serde_json::to_value(&record).unwrap();
        assert_eq!(body["experiments"], json!([]));
    }
}

store::test! {
    async fn what_earns_nothing_is_made_anew_for_the_share_that_tries_out(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let mut exploring = strategy("incremental");
        exploring.body["learning"] = json!({"exploration": 0.25});
        let coupon = offer("coupon", json!({"category": "coupons", "value_cents": 1_500}));
        let decider = decider(&memory, &[placement("home", "web", json!({})), coupon, exploring]).await;
        decider.install_worths(evidence()).await.unwrap();
        let customers = 120;
        for n in 0..customers {
            known(&memory, &format!("ann{n}"), json!({"tier": "gold"})).await;
        }
        let anew = async || {
            let mut anew = BTreeSet::new();
            for n in 0..customers {
                let answer = decider.decide(&ask(&format!("ann{n}"), &["home"])).await;
                let id = answer.decision_id.unwrap();
                let record = decider.decision(id).await.unwrap().unwrap();
                let coupon = &record.proposals[0];
                if shown(&answer).is_empty() {
                    assert_eq!(coupon.reasons[0].code, "earns_nothing");
                    assert!(coupon.effect.unwrap().nothing);
                } else {
                    // There was no other offer: it was sure to be chosen.
                    assert_eq!((coupon.value_cents, coupon.effect), (1_500, None));
                    assert_eq!(coupon.probability, Some(1.0));
                    let answered = answer.placements[0].offers[0].priority;
                    assert!((answered - coupon.priority).abs() < 1e-9);
                    anew.insert(n);
                }
            }
            anew
        };
        let first = anew().await;
        assert!((15..46).contains(&first.len()), "{}", first.len());
        assert_eq!(anew().await, first, "it is dealt once a month");
        db.clock().advance_ms(32 * 86_400_000);
        let second = anew().await;
        assert!(!second.is_empty() && second != first);
    }
}

#[test]
fn nothing_is_left_of_what_earns_nothing() {
    let left = super::anew(&evidence()).unwrap();
    let groups: Vec<&String> = left["coupon"].keys().collect();
    assert_eq!(groups, ["sensitive"]);
    assert_eq!(super::anew(&left), None);
    let nothing = [("buyers".to_owned(), effect(0, true))].into();
    let nothing: Effects = [("coupon".to_owned(), nothing)].into();
    assert_eq!(super::anew(&nothing), Some(Effects::new()));
}
