//! The live predicate and the naive evaluator agree on random rules and histories.

use proptest::prelude::*;

use super::customer::{Customer, Event, Known};
use super::generate;
use super::reference::Reference;
use crate::criteria::{Compiled, Criteria, CriteriaSet, Language, explain};

#[derive(Debug, Clone)]
struct Story {
    rules: Vec<Criteria>,
    known: Known,
    /// In the order of arrival, which is not that of occurrence.
    events: Vec<Event>,
    now_ms: i64,
    later_ms: i64,
}

fn story() -> impl Strategy<Value = Story> {
    generate::now().prop_flat_map(|now_ms| {
        let rules = proptest::collection::vec(generate::criteria(), 1..4);
        let events = proptest::collection::vec(generate::event(now_ms), 0..20);
        let later = prop_oneof![Just(0), Just(1), 0..5_000_000_000_i64];
        (rules, generate::known(now_ms), events, later).prop_map(
            move |(rules, known, events, later)| Story {
                rules,
                known,
                events,
                now_ms,
                later_ms: now_ms + later,
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn live_and_naive_evaluation_agree(story in story()) {
        let set = CriteriaSet::compile(&story.rules);
        let mut customer = Customer::new(story.known.clone());
        let (early, late) = story.events.split_at(story.events.len() / 2);
        let mut seen: Vec<Event> = Vec::new();
        for (arrivals, now_ms) in [(early, story.now_ms), (late, story.later_ms)] {
            for event in arrivals {
                customer.take(set.slots(), event);
                seen.push(event.clone());
            }
            customer.prune(set.slots(), now_ms);
            let reference = Reference { known: &story.known, events: &seen, now_ms };
            let mut memo = set.memo();
            for (position, rule) in story.rules.iter().enumerate() {
                let expected = reference.matches(rule);
                let live = set.matches(position, &customer, now_ms, &mut memo);
                prop_assert_eq!(live, expected, "shared, {:?}", rule);
                let alone = Compiled::new(rule).matches(&customer, now_ms);
                prop_assert_eq!(alone, expected, "alone, {:?}", rule);
                let explained = explain(rule, &customer, now_ms, Language::English).holds;
                prop_assert_eq!(explained, expected, "explained, {:?}", rule);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_changes_nothing(story in story(), seed in any::<u64>()) {
        let set = CriteriaSet::compile(&story.rules);
        let mut shuffled = story.events.clone();
        shuffled.sort_by_key(|event| (event.occurred_ms as u64 ^ seed).wrapping_mul(0x9e37_79b9));
        let verdicts = |events: &[Event]| -> Vec<bool> {
            let mut customer = Customer::new(story.known.clone());
            for event in events {
                customer.take(set.slots(), event);
            }
            let mut memo = set.memo();
            let ask = |position| set.matches(position, &customer, story.now_ms, &mut memo);
            (0..set.len()).map(ask).collect()
        };
        prop_assert_eq!(verdicts(&story.events), verdicts(&shuffled));
    }
}
