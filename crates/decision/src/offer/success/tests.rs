//! Success over time: every number against what was done, on both stores.

use memory::Memory;
use memory::interaction::{ContactId, Response, ResponseKind};
use memory::log::Entry;
use serde_json::json;
use store::Db;

use super::*;
use crate::test_support::{ask, decider, known, offer, placement, react};

store::test! {
    async fn what_became_of_an_offer_is_counted_by_channel_and_day(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({"cost_cents": 300, "control_fraction": 0.5})),
            placement("home", "web", json!({})),
            placement("calls", "call_center", json!({})),
        ]).await;
        let mut shown = vec![];
        let mut withheld = 0;
        for n in 0..12 {
            let user = format!("u{n}");
            let id = known(&memory, &user, json!({})).await;
            let place = if n % 3 == 0 { "calls" } else { "home" };
            let answer = decider.decide(&ask(&user, &[place])).await;
            match answer.placements[0].offers.first() {
                Some(offer) => shown.push((id, offer.contact_id.unwrap(), place)),
                None => withheld += 1,
            }
        }
        assert!(withheld > 0 && shown.len() > 3, "{withheld} {}", shown.len());
        let accept_in = async |customer, contact: ContactId, value, currency: &str| {
            let response = Response {
                kind: ResponseKind::Accept, name: None, contact_id: Some(contact),
                offer: Some("sale".into()), category: None, channel: None, inferred: false,
                in_control: false, value_cents: Some(value), currency: Some(currency.into()),
                credit: None, note: None,
            };
            memory.append_one(customer, Entry::Response(response)).await.unwrap();
        };
        let accept = async |customer, contact, value| {
            accept_in(customer, contact, value, "GBP").await;
        };
        let day = db.now().0.div_euclid(DAY_MS);
        for (customer, contact, _) in &shown {
            // Seen twice: counted once.
            react(&memory, *customer, ResponseKind::View, Some(*contact), "sale").await;
            react(&memory, *customer, ResponseKind::View, Some(*contact), "sale").await;
        }
        db.clock().advance_ms(DAY_MS);
        let (customer, contact, place) = shown[0];
        react(&memory, customer, ResponseKind::Click, Some(contact), "sale").await;
        // Told twice: one acceptance, worth the most that was told.
        accept(customer, contact, 4_000).await;
        accept(customer, contact, 5_000).await;
        react(&memory, shown[1].0, ResponseKind::Reject, Some(shown[1].1), "sale").await;

        // Amounts of another currency are no part of a sum.
        let (customer, contact, _) = shown[2];
        accept_in(customer, contact, 700_000, "JPY").await;
        accept_in(customer, contact, 600, "gbp").await;
        let (customer, contact, _) = shown[3];
        accept_in(customer, contact, 900_000, "JPY").await;

        let success = decider.success("sale", day, 2).await.unwrap().unwrap();
        let total = success.period.total;
        let count = shown.len() as u64;
        assert_eq!((total.presented, total.viewed, total.withheld), (count, count, withheld));
        assert_eq!((total.clicked, total.accepted, total.rejected), (1, 3, 1));
        assert_eq!(
            (total.revenue_cents, total.cost_cents, total.margin_cents),
            (5_600, 900, 4_700)
        );
        assert_eq!(total.other_currency, 1);
        let [first, second] = &success.period.days[..] else { panic!("two days") };
        assert_eq!((first.figures.presented, first.figures.accepted), (count, 0));
        assert_eq!((second.figures.presented, second.figures.accepted), (0, 3));
        let channel = if place == "calls" { "call_center" } else { "web" };
        assert!(success.period.channels[channel].accepted >= 1);
        let summed: u64 = success.period.channels.values().map(|c| c.presented).sum();
        assert_eq!(summed, count);
        assert_eq!(success.before.total, Figures::default());

        // The next two days compare themselves with these.
        let later = decider.success("sale", day + 2, 2).await.unwrap().unwrap();
        assert_eq!((later.before.total, later.period.total), (total, Figures::default()));
        assert_eq!(decider.success("gone", day, 2).await.unwrap(), None);
    }
}

#[test]
fn a_cost_in_another_currency_is_in_no_sum() {
    let body = |currency: &str| {
        let more = json!({"currency": currency, "cost_cents": 300});
        serde_json::from_value(crate::test_support::offer_body(more)).unwrap()
    };
    let made: Made = [(1, body("EUR")), (2, body("GBP"))].into();
    let fact = |version| Fact {
        act: Act::Accepted,
        day: 0,
        channel: "web".into(),
        version: Some(version),
        variant: None,
        count: 2,
        value_cents: 1_000,
        other_currency: 0,
    };
    let total = Period::of((0, 1), &[fact(1), fact(2)], &made, "GBP").total;
    assert_eq!((total.accepted, total.other_currency), (4, 2));
    assert_eq!((total.revenue_cents, total.cost_cents), (2_000, 600));
}

store::test! {
    async fn a_variant_costs_what_it_says(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[
            offer("sale", json!({"variants": [
                {"key": "ten", "cost_cents": 250, "when": {"attribute": "plan", "equals": "gold"}},
                {"key": "five"},
            ]})),
            placement("home", "web", json!({})),
        ]).await;
        for (user, plan) in [("ann", "gold"), ("bob", "free")] {
            let id = known(&memory, user, json!({"plan": plan})).await;
            let answer = decider.decide(&ask(user, &["home"])).await;
            let made = &answer.placements[0].offers[0];
            react(&memory, id, ResponseKind::Accept, made.contact_id, "sale").await;
        }
        let day = db.now().0.div_euclid(DAY_MS);
        let success = decider.success("sale", day, 1).await.unwrap().unwrap();
        let total = success.period.total;
        assert_eq!((total.accepted, total.cost_cents), (2, 250));
    }
}
