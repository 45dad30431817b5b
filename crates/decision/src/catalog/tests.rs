//! The catalog: what is left out, what is warned about, what memory has to look out for.

use serde_json::json;

use super::*;
use crate::test_support::{catalog, offer, placement, policy, published};

#[test]
fn a_bad_definition_is_left_out_and_never_stops_the_rest() {
    let definitions = [
        offer("good", json!({})),
        offer("bad", json!({"propensity": 3})),
        offer("typo", json!({"vaule": 1})),
        placement("home", "web", json!({})),
    ];
    let (catalog, problems) = Catalog::compile(&definitions);
    let paths: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(paths, ["/offer/bad/propensity", "/offer/typo/vaule"]);
    assert_eq!(catalog.offers.len(), 1);
    assert_eq!(catalog.placements[0].candidates.len(), 1);
}

#[test]
fn an_unreadable_policy_forbids_everything() {
    let definitions = [
        offer("good", json!({})),
        placement("home", "web", json!({})),
        published("policy", "rules", json!({"limit": []})),
    ];
    let (catalog, problems) = Catalog::compile(&definitions);
    assert!(!problems.is_empty());
    assert_eq!(catalog.limits[0].at_most, 0);
    assert_eq!(catalog.placements[0].limits, [vec![0]]);
}

#[test]
fn candidates_stand_in_order_of_priority_with_context_and_levers() {
    let strategy = json!({"name": {"en": "S"}, "levers": {"offer:c": 3.0}});
    let catalog = catalog(&[
        offer("a", json!({})),
        offer("b", json!({"category": "hats"})),
        offer("c", json!({"lever": 0.5})),
        offer("d", json!({"placements": ["other"]})),
        placement("home", "web", json!({"context_weights": {"hats": 1.2}})),
        published("strategy", "default", strategy),
    ]);
    let entry = &catalog.placements[0];
    let keys = entry
        .candidates
        .iter()
        .map(|c| &*catalog.offers[usize::from(c.offer)].key);
    assert_eq!(keys.collect::<Vec<_>>(), ["c", "b", "a"]);
    let priorities = entry.candidates.iter().map(|c| c.priority.round());
    assert_eq!(priorities.collect::<Vec<_>>(), [150.0, 120.0, 100.0]);
}

#[test]
fn limits_are_found_by_channel_and_category() {
    let rules = policy(
        json!([
            {"key": "all", "at_most": 9, "window": {"calendar": "week"}},
            {"key": "mail", "channels": ["email"], "at_most": 3, "window": {"calendar": "day"}},
            {"key": "hats", "categories": ["hats"], "at_most": 1, "window": {"calendar": "day"}},
        ]),
        json!({}),
    );
    let catalog = catalog(&[
        offer("a", json!({})),
        offer("b", json!({"category": "hats"})),
        placement("home", "web", json!({})),
        placement("mail", "email", json!({})),
        rules,
    ]);
    let of = |key| &catalog.placements[usize::from(catalog.placement_place(key).unwrap())].limits;
    assert_eq!(of("home"), &[vec![0], vec![0, 2]]);
    assert_eq!(of("mail"), &[vec![0, 1], vec![0, 1, 2]]);
}

#[test]
fn memory_looks_out_for_purchases_and_for_what_criteria_count() {
    let bought = json!({"event": "Order Completed", "at_least": 1, "within": {"rolling_days": 90}});
    let relevant = json!({"products": ["85123A"], "window_days": 3});
    let catalog = catalog(&[
        offer("a", json!({"eligibility": bought, "relevant": relevant})),
        offer("b", json!({"eligibility": bought})),
    ]);
    let parts = catalog.lookout_parts();
    assert_eq!(parts.aggregates.len(), 1);
    assert_eq!(parts.response_rules.len(), 1);
    assert_eq!(parts.response_rules["a"].window_ms, 3 * 86_400_000);
    assert_eq!(catalog.criteria.distinct_nodes(), 1);
}

#[test]
fn what_refers_to_nothing_is_warned_about() {
    let attributes = json!([{"key": "percent_off", "kind": "percent", "required": true}]);
    let template = json!({"name": {"en": "Discount"}, "attributes": attributes});
    let warnings = check(&[
        published("offer_template", "discount", template),
        offer("a", json!({"attributes": {"percent_of": 0.2}})),
        offer(
            "b",
            json!({"template": "discout", "placements": ["hom"],
            "eligibility": {"segment": "ghosts"}, "suppress": {"after_accept_days": 3, "related": ["chair"]}}),
        ),
        placement("home", "web", json!({"context_weights": {"bag": 2.0}})),
        published(
            "strategy",
            "s",
            json!({"name": {"en": "S"}, "levers": {"offer:zebra": 1.0}}),
        ),
        published(
            "cap",
            "c",
            json!({"name": {"en": "C"}, "measure": "contacts", "at_most": 9,
            "offers": ["aa"], "categories": ["bag"], "placements": ["shop"]}),
        ),
    ]);
    let lines: Vec<String> = warnings
        .into_iter()
        .map(|w| w.problem)
        .map(|w| format!("{}: {} ({})", w.path, w.message, w.hint.unwrap_or_default()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    /offer/a/attributes/percent_of: the template has no attribute "percent_of" (did you mean "percent_off"?)
    /offer/a/attributes/percent_off: the template demands the attribute "percent_off" (give it a value)
    /offer/b/template: there is no offer template "discout" (did you mean "discount"?)
    /offer/b/suppress/related/0: there is no offer "chair" (make and publish the offer, or name another)
    /offer/b/placements/0: there is no placement "hom" (did you mean "home"?)
    /offer/b/eligibility: there is no segment "ghosts" (make and publish the segment, or name another)
    /placement/home/context_weights/bag: no offer has the category "bag" (did you mean "bags"?)
    /cap/c/offers/0: there is no offer "aa" (did you mean "a"?)
    /cap/c/placements/0: there is no placement "shop" (make and publish the placement, or name another)
    /cap/c/categories/0: no offer has the category "bag" (did you mean "bags"?)
    /strategy/s/levers/offer:zebra: there is no offer "zebra" (make and publish the offer, or name another)
    "#);
}

#[test]
fn what_a_strategy_for_some_places_cannot_say_is_warned_about() {
    let scoped = json!({"name": {"en": "S"}, "channels": ["web"], "margin_share": 0.4,
        "universal_control_fraction": 0.1, "learning": {"algorithm": "fixed"}});
    let general = json!({"name": {"en": "G"}, "margin_share": 0.4});
    let plain = json!({"name": {"en": "P"}, "channels": ["email"]});
    let warnings = check(&[
        published("strategy", "g", general),
        published("strategy", "p", plain),
        published("strategy", "s", scoped),
    ]);
    let places: Vec<&str> = warnings.iter().map(|w| w.problem.path.as_str()).collect();
    assert_eq!(
        places,
        [
            "/strategy/s/learning",
            "/strategy/s/margin_share",
            "/strategy/s/universal_control_fraction"
        ]
    );
}

#[test]
fn the_hash_names_everything_that_records_refer_to() {
    let hash = |propensity: f64| {
        catalog(&[
            offer("a", json!({"propensity": propensity})),
            placement("home", "web", json!({})),
        ])
        .hash
    };
    assert_eq!(hash(0.1), hash(0.1));
    assert_ne!(hash(0.1), hash(0.2));
}
