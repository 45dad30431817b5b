//! A verdict that is only looked at when something happens, or when [`Passing`] says so, is the
//! verdict at every moment.

use proptest::prelude::*;

use crate::criteria::tests::customer::{Customer, Event, Known};
use crate::criteria::tests::generate;
use crate::criteria::{Compiled, Criteria, DAY_MS, Passing, Slots, aggregates};

#[derive(Debug, Clone)]
struct Story {
    rule: Criteria,
    known: Known,
    /// Events, each with the time after the previous arrival at which it arrives.
    arrivals: Vec<(i64, Event)>,
    probes: Vec<i64>,
    start_ms: i64,
}

fn story() -> impl Strategy<Value = Story> {
    generate::now().prop_flat_map(|start_ms| {
        let wait = prop_oneof![Just(0), Just(1), 0..3 * DAY_MS];
        let arrivals = proptest::collection::vec((wait, generate::event(start_ms)), 0..12);
        let probes = proptest::collection::vec(0..40 * DAY_MS, 1..8);
        let known = generate::known(start_ms);
        (generate::criteria(), known, arrivals, probes).prop_map(
            move |(rule, known, arrivals, probes)| Story {
                rule,
                known,
                arrivals,
                probes,
                start_ms,
            },
        )
    })
}

/// Whether a rule holds at `now_ms` for a customer whose events arrived one after the other, late
/// ones after others, while the verdict was kept.
pub fn streamed(rule: &Criteria, known: &Known, events: &[Event], now_ms: i64) -> bool {
    let slots = Slots::new(aggregates(rule));
    let mut customer = Customer::new(known.clone());
    let contacts = known.contacts.iter().map(|contact| contact.at_ms);
    let before = contacts.chain(known.responses.iter().map(|response| response.at_ms));
    let first = events.iter().map(|event| event.occurred_ms).min();
    let mut at_ms = before.max().or(first).unwrap_or(now_ms).min(now_ms);
    let mut kept = Kept {
        live: Compiled::new(rule),
        passing: Passing::of([rule]),
        verdict: false,
        due: None,
    };
    kept.look(&customer, at_ms);
    for event in events {
        at_ms = at_ms.max(event.occurred_ms).min(now_ms);
        kept.pass_until(&customer, at_ms);
        customer.take(&slots, event);
        kept.look(&customer, at_ms);
    }
    kept.pass_until(&customer, now_ms);
    kept.verdict
}

/// A verdict that is kept.
struct Kept {
    live: Compiled,
    passing: Passing,
    verdict: bool,
    due: Option<i64>,
}

impl Kept {
    fn look(&mut self, customer: &Customer, now_ms: i64) {
        self.verdict = self.live.matches(customer, now_ms);
        self.due = self.passing.next_change(customer, now_ms);
    }

    fn pass_until(&mut self, customer: &Customer, until_ms: i64) {
        while let Some(due) = self.due.filter(|due| *due <= until_ms) {
            self.look(customer, due);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn a_kept_verdict_is_the_verdict_at_every_moment(story in story()) {
        let slots = Slots::new(aggregates(&story.rule));
        let mut customer = Customer::new(story.known.clone());
        let mut kept = Kept {
            live: Compiled::new(&story.rule),
            passing: Passing::of([&story.rule]),
            verdict: false,
            due: None,
        };
        let mut now_ms = story.start_ms;
        kept.look(&customer, now_ms);
        for (wait, event) in &story.arrivals {
            now_ms += wait;
            kept.pass_until(&customer, now_ms);
            prop_assert_eq!(kept.verdict, kept.live.matches(&customer, now_ms), "before");
            customer.take(&slots, event);
            kept.look(&customer, now_ms);
        }
        let mut probes: Vec<i64> = story.probes.iter().map(|probe| now_ms + probe).collect();
        probes.sort_unstable();
        for probe in probes {
            kept.pass_until(&customer, probe);
            let live = kept.live.matches(&customer, probe);
            prop_assert_eq!(kept.verdict, live, "at {}", probe - now_ms);
        }
    }
}
