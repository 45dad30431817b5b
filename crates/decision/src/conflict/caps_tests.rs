//! Caps that are smaller than what a single acceptance takes of them.

use serde_json::{Value, json};
use store::Timestamp;

use super::*;
use crate::test_support::{offer, placement, published, with};

const NOW: Timestamp = Timestamp(1_772_442_000_000);

/// Where the cap is told to be too small, with the particulars, and the placements without offers.
fn told(cap: Value, dear: Value) -> (Vec<Value>, Vec<String>) {
    let base = json!({"name": {"en": "Budget"}, "measure": "spend", "at_most": 500});
    let all = [
        placement("home", "web", json!({})),
        offer(
            "dear",
            with(json!({"cost_cents": 600, "placements": ["home"]}), dear),
        ),
        published("cap", "budget", with(base, cap)),
    ];
    crate::test_support::catalog(&all);
    let found = conflicts(&all, NOW, &Spent::default());
    let small = found
        .iter()
        .filter(|c| serde_json::to_value(c.code).unwrap() == "cap_below_cost")
        .map(|c| json!({"at": format!("{}/{}{}", c.kind, c.key, c.path), "detail": c.detail}));
    let starved = found
        .iter()
        .filter(|c| c.code == ConflictCode::PlacementStarved)
        .map(|c| c.key.clone());
    (small.collect(), starved.collect())
}

#[test]
fn a_budget_below_the_cost_of_one_acceptance_is_told() {
    let detail = json!({"offer": "dear", "cost": 600, "at_most": 500, "currency": "GBP"});
    let small = vec![json!({"at": "cap/budget/at_most", "detail": detail})];
    assert_eq!(told(json!({}), json!({})), (small, vec!["home".to_owned()]));
}

#[test]
fn a_budget_that_lets_one_acceptance_through_is_none() {
    let cheap = json!({"variants": [{"key": "big", "when": {"attribute": "tier", "equals": "gold"}},
        {"key": "small", "cost_cents": 500}]});
    for (cap, dear) in [
        (json!({"at_most": 600}), json!({})),
        (json!({}), json!({"cost_cents": 500})),
        (json!({}), cheap),
        // Nothing is held, so what is left lets another one through.
        (json!({"holds": false}), json!({})),
        (json!({"measure": "acceptances", "at_most": 5}), json!({})),
        (json!({"ends_at": "2026-01-01T00:00:00Z"}), json!({})),
        (json!({"offers": ["other"]}), json!({})),
    ] {
        assert_eq!(told(cap.clone(), dear), (vec![], vec![]), "{cap}");
    }
}
