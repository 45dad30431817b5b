//! Live, the naive evaluator, the stream, the pass and the query answer alike.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use roaring::RoaringTreemap;

use super::kept::streamed;
use super::tables::{Person, Tables};
use super::tidy;
use crate::criteria::batch::query::{Inexpressible, ask, queries};
use crate::criteria::batch::{Given, Plan, answer};
use crate::criteria::tests::customer::Customer;
use crate::criteria::tests::generate;
use crate::criteria::tests::reference::Reference;
use crate::criteria::{Compiled, Criteria, Slots, aggregates};

/// Random rules times customers that are compared, as they come and tidy ones.
const CASES: usize = 5_000;
/// Rules of one story.
const RULES: usize = 4;
/// Of tidy customers, one condition in so many may be refused as a query, besides consent.
const REFUSED_IN: usize = 20;

#[derive(Debug, Clone)]
pub struct Story {
    pub rules: Vec<Criteria>,
    pub people: Vec<Person>,
    pub now_ms: i64,
    pub cut: i64,
}

/// Rules and customers that meet at the edges.
pub fn story(rules: usize, people: Range<usize>) -> impl Strategy<Value = Story> {
    generate::now().prop_flat_map(move |now_ms| {
        let events = proptest::collection::vec(generate::event(now_ms), 0..15);
        let person = (generate::known(now_ms), events).prop_map(|(mut known, events)| {
            // Outside a decision there is no context.
            known.context.clear();
            Person { known, events }
        });
        let rules = proptest::collection::vec(generate::criteria(), rules);
        let people = proptest::collection::vec(person, people.clone());
        (rules, people, 0..7_i64).prop_map(move |(rules, people, cut)| Story {
            rules,
            people,
            now_ms,
            cut,
        })
    })
}

impl Story {
    /// The same with properties and attributes of one kind.
    pub fn tidy(self) -> Story {
        Story {
            rules: self.rules.into_iter().map(tidy::rule).collect(),
            people: self.people.into_iter().map(tidy::person).collect(),
            ..self
        }
    }

    pub fn population(&self) -> RoaringTreemap {
        (1..=self.people.len() as u64).collect()
    }

    fn winter(&self) -> RoaringTreemap {
        let people = (1..).zip(&self.people);
        let winter = people.filter(|(_, person)| person.known.segments.contains("winter"));
        winter.map(|(id, _)| id).collect()
    }

    /// Who satisfies a rule: live, and as the naive evaluator and the stream say, too.
    pub fn expected(&self, rule: &Criteria) -> Result<BTreeSet<u64>, TestCaseError> {
        let live = Compiled::new(rule);
        let slots = Slots::new(aggregates(rule));
        let mut expected = BTreeSet::new();
        for (id, person) in (1_u64..).zip(&self.people) {
            let mut customer = Customer::new(person.known.clone());
            let events = person.events.iter();
            events.for_each(|event| customer.take(&slots, event));
            let naive = Reference {
                known: &person.known,
                events: &person.events,
                now_ms: self.now_ms,
            };
            let holds = live.matches(&customer, self.now_ms);
            prop_assert_eq!(holds, naive.matches(rule), "naive, {:?}", rule);
            let streamed = streamed(rule, &person.known, &person.events, self.now_ms);
            prop_assert_eq!(holds, streamed, "stream, {:?}", rule);
            if holds {
                expected.insert(id);
            }
        }
        Ok(expected)
    }
}

impl Tables {
    /// Calls with everything that answers a story besides rows.
    pub async fn answered<T>(&self, story: &Story, ask: impl AsyncFnOnce(&Given<'_>) -> T) -> T {
        let winter = story.winter();
        ask(&Given {
            now_ms: story.now_ms,
            zones: Arc::new(self.zones.clone()),
            segment: &|key: &str| (key == "winter").then(|| winter.clone()),
            promoted: &|event: &str, path: &str| self.promoted(event, path),
            attribute: &|key: &str| self.attribute(key).filter(|_| self.promote),
        })
        .await
    }
}

/// Who satisfies a rule, by the pass.
async fn by_pass(story: &Story, tables: &Tables, rule: &Criteria) -> BTreeSet<u64> {
    let plan = Plan::new(rule);
    let answers = tables.answered(story, async |given| {
        answer(&plan, tables.sources(story.cut), given).await
    });
    let counted = plan.count(&answers.await.unwrap(), &story.population());
    counted.customers.into_iter().collect()
}

/// Who satisfies a rule, by queries; `Err` with the reason where a condition is none.
async fn by_query(
    session: &SessionContext,
    tables: &Tables,
    rule: &Criteria,
    story: &Story,
) -> Result<BTreeSet<u64>, Inexpressible> {
    let plan = Plan::new(rule);
    let answers = tables.answered(story, async |given| {
        let asked = queries(&plan, given);
        if let Some((_, reason)) = asked.refused.first() {
            return Err(*reason);
        }
        Ok(ask(session, &plan, &asked, given)
            .await
            .unwrap()
            .with(vec![]))
    });
    let counted = plan.count(&answers.await?, &story.population());
    Ok(counted.customers.into_iter().collect())
}

/// The single conditions of a rule.
fn conditions(rule: &Criteria) -> Vec<Criteria> {
    let mut found = vec![];
    rule.walk(&mut |node| {
        if !matches!(node, Criteria::All(_) | Criteria::Any(_) | Criteria::Not(_)) {
            found.push(node.clone());
        }
    });
    found
}

/// What was compared.
#[derive(Debug, Default)]
struct Compared {
    /// Rules times customers, live, by the naive evaluator, kept, and in one pass.
    cases: usize,
    /// Rules times customers that were queries, too.
    queried: usize,
    /// Conditions of rules, and those that are no query, by the reason.
    conditions: usize,
    refused: BTreeMap<&'static str, usize>,
}

impl Compared {
    async fn compare(&mut self, story: &Story) -> Result<(), TestCaseError> {
        let plain = Tables::of(&story.people, false);
        let promoted = Tables::of(&story.people, true);
        let session = promoted.session();
        for rule in &story.rules {
            let expected = story.expected(rule)?;
            self.cases += story.people.len();
            for tables in [&plain, &promoted] {
                let found = by_pass(story, tables, rule).await;
                prop_assert_eq!(&found, &expected, "pass, {:?}", rule);
            }
            if let Ok(found) = by_query(&session, &promoted, rule, story).await {
                prop_assert_eq!(&found, &expected, "query, {:?}", rule);
                self.queried += story.people.len();
                self.conditions += conditions(rule).len();
                continue;
            }
            // What can be asked of it is asked alone.
            for condition in conditions(rule) {
                self.conditions += 1;
                match by_query(&session, &promoted, &condition, story).await {
                    Ok(found) => {
                        let expected = story.expected(&condition)?;
                        prop_assert_eq!(&found, &expected, "query, {:?}", &condition);
                    }
                    Err(Inexpressible(reason)) => *self.refused.entry(reason).or_default() += 1,
                }
            }
        }
        Ok(())
    }
}

/// Compares stories until there are enough cases.
fn compare(enough: impl Fn(&Compared) -> bool, tidy: bool) -> Compared {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut compared = Compared::default();
    while !enough(&compared) {
        let done = std::cell::RefCell::new(std::mem::take(&mut compared));
        let mut runner = TestRunner::new(Config {
            cases: 50,
            failure_persistence: None,
            ..Config::default()
        });
        let outcome = runner.run(&story(RULES, 1..6), |story| {
            let story = if tidy { story.tidy() } else { story };
            runtime.block_on(done.borrow_mut().compare(&story))
        });
        outcome.unwrap();
        compared = done.into_inner();
    }
    compared
}

#[test]
fn live_stream_pass_and_query_agree() {
    let compared = compare(|compared| compared.cases >= CASES, false);
    println!("{compared:?}");
    // Lists, values of several kinds and dates inside text are only answered by the pass.
    assert!(compared.queried * 2 > compared.cases, "{compared:?}");
}

#[test]
fn of_tidy_customers_nearly_every_condition_is_a_query_that_agrees() {
    let compared = compare(|compared| compared.queried >= CASES, true);
    println!("{compared:?}");
    let refused = compared.refused.iter();
    let refused = refused.filter(|(reason, _)| **reason != "consent");
    let refused: usize = refused.map(|(_, count)| count).sum();
    assert!(refused * REFUSED_IN < compared.conditions, "{compared:?}");
    assert!(compared.queried * 5 > compared.cases * 4, "{compared:?}");
}
