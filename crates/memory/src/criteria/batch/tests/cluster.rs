//! A Ballista cluster answers queries of rules like everybody else.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use store::lake::{Engine, Ground, Place, Settings};

use super::agree::{by_query, conditions, story};
use super::tables::Tables;
use crate::criteria::Criteria;
use crate::lake::far_tests::cluster;

/// Rules that are drawn, and those of them that are asked of the cluster: a query costs by its
/// stages, and long rules have hundreds, so short ones are asked of many customers.
const DRAWN: usize = 60;
const RULES: usize = 17;
const CONDITIONS: usize = 1;
/// Rules times customers that are compared.
const CASES: usize = 4_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let ground = Ground::open(&Settings {
        place: Place::Folder(folder.path().to_owned()),
        engine: Engine::Ballista(cluster().await),
    });
    let ground = ground.unwrap();
    let drawn = story(DRAWN, 300..310).new_tree(&mut TestRunner::deterministic());
    let story = drawn.unwrap().current().tidy();
    let tables = Tables::of(&story.people, true);
    let session = ground.session().await.unwrap();
    tables.register_files(&ground, &session).await;
    let (mut cases, mut refused) = (0, 0);
    let short = |rule: &&Criteria| (1..=CONDITIONS).contains(&conditions(rule).len());
    for rule in story.rules.iter().filter(short).take(RULES) {
        match by_query(&session, &tables, rule, &story).await {
            Ok(found) => {
                let expected = story.expected(rule).unwrap();
                assert_eq!(found, expected, "{rule:?}");
                cases += story.people.len();
            }
            Err(_) => refused += 1,
        }
    }
    println!("{cases} cases on the cluster, {refused} of {RULES} rules refused");
    assert!(cases >= CASES, "{cases} cases, {refused} rules refused");
}
