//! Live, the naive evaluator, the pass and the query answer alike.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use roaring::RoaringTreemap;

use super::tables::{Person, Tables};
use crate::criteria::batch::{Given, Plan, SqlGiven, answer, sql};
use crate::criteria::tests::customer::Customer;
use crate::criteria::tests::generate;
use crate::criteria::tests::reference::Reference;
use crate::criteria::{Compiled, Criteria};

/// Random rules times customers that are compared.
const CASES: usize = 5_000;
/// Rules of one story.
const RULES: usize = 4;

#[derive(Debug, Clone)]
struct Story {
    rules: Vec<Criteria>,
    people: Vec<Person>,
    now_ms: i64,
    cut: i64,
}

fn story() -> impl Strategy<Value = Story> {
    generate::now().prop_flat_map(|now_ms| {
        let events = proptest::collection::vec(generate::event(now_ms), 0..15);
        let person = (generate::known(now_ms), events).prop_map(|(mut known, events)| {
            // Outside a decision there is no context.
            known.context.clear();
            Person { known, events }
        });
        let rules = proptest::collection::vec(generate::criteria(), RULES);
        let people = proptest::collection::vec(person, 1..6);
        (rules, people, 0..7_i64).prop_map(move |(rules, people, cut)| Story {
            rules,
            people,
            now_ms,
            cut,
        })
    })
}

/// Who satisfies a rule, by the pass.
async fn by_pass(story: &Story, tables: &Tables, rule: &Criteria) -> BTreeSet<u64> {
    let plan = Plan::new(rule);
    let winter: RoaringTreemap = (1..)
        .zip(&story.people)
        .filter(|(_, person)| person.known.segments.contains("winter"))
        .map(|(id, _)| id)
        .collect();
    let given = Given {
        now_ms: story.now_ms,
        zones: Arc::new(tables.zones.clone()),
        segment: &|key: &str| (key == "winter").then(|| winter.clone()),
        promoted: &|event: &str, path: &str| tables.promoted(event, path),
        attribute: &|key: &str| tables.attribute(key).filter(|_| tables.promote),
    };
    let answers = answer(&plan, tables.sources(story.cut), &given)
        .await
        .unwrap();
    let population = (1..=story.people.len() as u64).collect();
    plan.count(&answers, &population)
        .customers
        .into_iter()
        .collect()
}

/// Who satisfies a rule, by a query; `None` where the rule cannot be a query.
pub async fn by_query(
    session: &SessionContext,
    tables: &Tables,
    rule: &Criteria,
    now_ms: i64,
) -> Option<BTreeSet<u64>> {
    let given = SqlGiven {
        now_ms,
        zones: &tables.zones,
        promoted: &|event: &str, path: &str| tables.promoted(event, path),
        attribute: &|key: &str| tables.attribute(key),
    };
    let query = sql(rule, &given).ok()?;
    let frame = session.sql(&query).await;
    let batches = frame.expect(&query).collect().await.expect(&query);
    let ids = batches.iter();
    let ids = ids.flat_map(|batch| {
        batch
            .column(0)
            .as_primitive::<Int64Type>()
            .values()
            .to_vec()
    });
    Some(ids.map(|id| id as u64).collect())
}

#[test]
fn live_pass_and_query_agree() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // A story has three customers on average.
    let cases = CASES / RULES * 2 / 5;
    let mut runner = TestRunner::new(Config {
        cases: cases as u32 + 1,
        ..Config::default()
    });
    let queries = std::cell::Cell::new((0_u32, 0_u32));
    let compared = std::cell::Cell::new(0_usize);
    let outcome = runner.run(&story(), |story| {
        let plain = Tables::of(&story.people, false);
        let promoted = Tables::of(&story.people, true);
        let session = promoted.session();
        for rule in &story.rules {
            let live = Compiled::new(rule);
            let mut expected = BTreeSet::new();
            for (id, person) in (1_u64..).zip(&story.people) {
                let mut customer = Customer::new(person.known.clone());
                let slots = crate::criteria::Slots::new(crate::criteria::aggregates(rule));
                person
                    .events
                    .iter()
                    .for_each(|event| customer.take(&slots, event));
                let naive = Reference {
                    known: &person.known,
                    events: &person.events,
                    now_ms: story.now_ms,
                };
                let holds = live.matches(&customer, story.now_ms);
                prop_assert_eq!(holds, naive.matches(rule), "naive, {:?}", rule);
                if holds {
                    expected.insert(id);
                }
                compared.set(compared.get() + 1);
            }
            for tables in [&plain, &promoted] {
                let found = runtime.block_on(by_pass(&story, tables, rule));
                prop_assert_eq!(&found, &expected, "pass, {:?}", rule);
            }
            let found = runtime.block_on(by_query(&session, &promoted, rule, story.now_ms));
            let (all, asked) = queries.get();
            queries.set((all + 1, asked + u32::from(found.is_some())));
            if let Some(found) = found {
                prop_assert_eq!(&found, &expected, "query, {:?}", rule);
            }
        }
        Ok(())
    });
    outcome.unwrap();
    let (all, asked) = queries.get();
    assert!(compared.get() >= CASES, "{} cases", compared.get());
    assert!(asked * 4 > all, "only {asked} of {all} rules were queries");
}
