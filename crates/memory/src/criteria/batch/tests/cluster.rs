//! A Ballista cluster answers rules like everybody else: many joined rules at once, each condition
//! by a query where it can be one, and by the pass where it cannot.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use store::lake::{Engine, Ground, Place, Settings};

use super::agree::{Story, story};
use super::tables::Tables;
use crate::criteria::Criteria;
use crate::criteria::batch::query::{ask, queries};
use crate::criteria::batch::{Plan, Selection, answer};
use crate::lake::far_tests::cluster;

/// Rules and customers that are compared; each rule with each customer is a case.
const RULES: usize = 72;
const PEOPLE: usize = 72;
const CASES: usize = 5_000;
/// One condition in so many may be no query.
const REFUSED_IN: usize = 5;
/// How long the cluster may take.
const WITHIN: Duration = Duration::from_secs(300);

/// Answers of the cluster for every condition of a plan that can be a query, and of the pass for
/// the others; how many those are.
async fn answered(story: &Story, plan: &Plan) -> (Vec<Selection>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::open(&Settings {
        place: Place::Folder(folder.path().to_owned()),
        engine: Engine::Ballista(cluster().await),
    });
    let ground = ground.unwrap();
    let tables = Tables::of(&story.people, true);
    let session = ground.session().await.unwrap();
    tables.register_files(&ground, &session).await;
    let answers = tables.answered(story, async |given| {
        let asked = queries(plan, given);
        let found = ask(&session, plan, &asked, given).await.unwrap();
        let passed = answer(&found.rest, tables.sources(story.cut), given).await;
        println!("{} queries", asked.queries.len());
        (found.with(passed.unwrap()), asked.refused.len())
    });
    answers.await
}

/// As many rules, two of three joined from others.
fn joined(rules: &[Criteria]) -> Vec<Criteria> {
    let not = |rule: &Criteria| Criteria::Not(Box::new(rule.clone()));
    let mut all = vec![];
    for rules in rules.chunks_exact(3) {
        let [a, b, c] = [0, 1, 2].map(|place| rules[place].clone());
        let both = Criteria::All(vec![b.clone(), not(&c)]);
        all.push(Criteria::Any(vec![a.clone(), both]));
        all.push(Criteria::All(vec![
            not(&b),
            Criteria::Any(vec![c, not(&a)]),
        ]));
        all.push(a);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_agrees() {
    let drawn = story(RULES, PEOPLE..PEOPLE + 1).new_tree(&mut TestRunner::default());
    let mut story = drawn.unwrap().current().tidy();
    story.rules = joined(&story.rules);
    let plan = Plan::new(&Criteria::All(story.rules.clone()));
    let answers = tokio::time::timeout(WITHIN, answered(&story, &plan)).await;
    let (answers, refused) = answers.expect("the cluster takes too long");
    let found = plan.each(&answers, &story.population());
    assert_eq!(found.len(), story.rules.len());
    let mut cases = 0;
    for (rule, found) in story.rules.iter().zip(found) {
        let expected = story.expected(rule).unwrap();
        let found: BTreeSet<u64> = found.into_iter().collect();
        if let Some(one) = expected.symmetric_difference(&found).next() {
            let person = &story.people[*one as usize - 1];
            panic!("as of {}, {rule:?}, for {person:?}", story.now_ms);
        }
        cases += story.people.len();
    }
    println!(
        "{cases} cases, {} conditions, {refused} refused",
        answers.len()
    );
    assert!(cases >= CASES, "{cases} cases");
    assert!(
        refused * REFUSED_IN < answers.len(),
        "{refused} of {}",
        answers.len()
    );
}
