//! Experiments that meet: two on one thing, and those that keep out of each other's way.

use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;

use super::*;
use crate::test_support::{offer, placement, published, with};

const NOW: Timestamp = Timestamp(1_772_442_000_000);

fn experiment(key: &str, more: Value) -> Definition {
    let variants = json!([{"key": "a", "share": 0.5}, {"key": "b", "share": 0.5}]);
    let base = json!({"name": {"en": key}, "subject": {"kind": "placement", "key": "home"},
        "metric": {"kind": "revenue"}, "variants": variants});
    published("experiment", key, with(base, more))
}

fn met(experiments: [Definition; 2]) -> Vec<Conflict> {
    let mut all = vec![
        placement("home", "web", json!({})),
        placement("mail", "email", json!({})),
        placement("calls", "call_center", json!({})),
        offer("good", json!({})),
        offer("fine", json!({})),
    ];
    all.extend(experiments);
    let found = conflicts(&all, NOW, &Spent::default());
    let together = |c: &Conflict| c.code == ConflictCode::ExperimentsTogether;
    found.into_iter().filter(together).collect()
}

#[test]
fn two_experiments_on_one_thing_at_one_time_are_a_conflict_that_names_both() {
    let one = || experiment("one", json!({}));
    let found = met([one(), experiment("two", json!({}))]);
    assert_eq!(found.len(), 1, "{found:?}");
    let detail = json!({"other": "one", "subject": "placement", "on": "home"});
    let place = (found[0].key.as_str(), found[0].path.as_str());
    assert_eq!((place, &found[0].detail), (("two", "/exclusion"), &detail));

    let shows = |offers: [&str; 1]| {
        json!({"subject": {"kind": "offers"}, "variants": [
            {"key": "a", "share": 0.5, "change": {"offers": []}},
            {"key": "b", "share": 0.5, "change": {"offers": offers}}]})
    };
    let of = |first, second| {
        met([
            experiment("one", shows(first)),
            experiment("two", shows(second)),
        ])
        .len()
    };
    assert_eq!((of(["good"], ["good"]), of(["good"], ["fine"])), (1, 0));
}

#[test]
fn experiments_that_keep_out_of_each_others_way_are_none() {
    let part = |from: f64| json!({"exclusion": {"group": "g", "from": from, "to": from + 0.5}});
    let audience = |country: &str| json!({"audience": {"attribute": "country", "equals": country}});
    let winner = json!({"winner": {"variant": "a", "decided_at": NOW}});
    for (first, second) in [
        (part(0.0), part(0.5)),
        (
            json!({}),
            json!({"subject": {"kind": "placement", "key": "mail"}}),
        ),
        (
            json!({}),
            json!({"subject": {"kind": "offer", "key": "good"}}),
        ),
        (json!({"ends_at": NOW}), json!({})),
        (
            json!({"ends_at": "2026-04-01T00:00:00Z"}),
            json!({"starts_at": "2026-04-01T00:00:00Z"}),
        ),
        (json!({"share": 0.0}), json!({})),
        (winner, json!({})),
    ] {
        let both = [
            experiment("one", first.clone()),
            experiment("two", second.clone()),
        ];
        assert_eq!(met(both), [], "{first} {second}");
    }
    // An attribute that is a list may hold both.
    let both = [
        experiment("one", audience("France")),
        experiment("two", audience("Spain")),
    ];
    assert_eq!(met(both).len(), 1);
    let adults = json!({"audience": {"attribute": "age", "at_least": 18}});
    let minors = json!({"audience": {"attribute": "age", "less": 18}});
    assert_eq!(
        met([experiment("one", adults), experiment("two", minors)]),
        []
    );
}

#[test]
fn what_an_experiment_names_and_is_not_there_is_told() {
    let lost = |more: Value| -> Vec<(String, ConflictCode)> {
        let all = [
            placement("home", "web", json!({})),
            offer("good", json!({"variants": [{"key": "ten"}]})),
            published("strategy", "shop", json!({"name": {"en": "Shop"}})),
            experiment("test", more),
        ];
        let found = conflicts(&all, NOW, &Spent::default()).into_iter();
        let of_test = found.filter(|c| c.kind == "experiment");
        of_test.map(|c| (c.path, c.code)).collect()
    };
    let second = |subject: Value, first: Value, change: Value| {
        json!({"subject": subject, "variants": [
            {"key": "a", "share": 0.5, "change": first},
            {"key": "b", "share": 0.5, "change": change}]})
    };
    let of_offer = |variant: Value| {
        let subject = json!({"kind": "offer", "key": "good"});
        lost(second(
            subject,
            json!({"variant": null}),
            json!({"variant": variant}),
        ))
    };
    let misfit = (
        "/variants/1/change/variant".to_owned(),
        ConflictCode::ReferenceMisfit,
    );
    assert_eq!(
        (of_offer(json!("ten")), of_offer(json!("gone"))),
        (vec![], vec![misfit])
    );
    let missing = |path: &str| vec![(path.to_owned(), ConflictCode::MissingReference)];
    let offers = second(
        json!({"kind": "offers"}),
        json!({"offers": []}),
        json!({"offers": ["good", "gone"]}),
    );
    assert_eq!(lost(offers), missing("/variants/1/change/offers/1"));
    let levers = second(
        json!({"kind": "strategy", "key": "shop"}),
        json!({}),
        json!({"levers": {"offer:good": 2, "offer:gone": 2}}),
    );
    assert_eq!(
        lost(levers),
        missing("/variants/1/change/levers/offer:gone")
    );
    for kind in ["placement", "offer", "strategy", "journey"] {
        let subject = json!({"subject": {"kind": kind, "key": "gone"}});
        assert_eq!(lost(subject), missing("/subject/key"), "{kind}");
    }
}
