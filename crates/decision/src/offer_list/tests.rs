//! Offer lists: what is in them, what is wrong with them, and what they do to a catalog.

use serde_json::{Value, json};

use super::*;
use crate::test_support::{catalog, offer, offer_body, placement, published};

fn problems(body: Value) -> Vec<String> {
    let problems = validate(&body).into_iter();
    problems
        .map(|p| format!("{}: {}", p.path, p.message))
        .collect()
}

#[test]
fn what_is_wrong_with_a_list_is_named_with_its_place() {
    let name = json!({"en": "Sale"});
    assert_eq!(problems(json!({"name": name, "offers": ["a"]})), [""; 0]);
    for (body, found) in [
        (json!({"name": name}), "/offers: a list is either"),
        (
            json!({"name": name, "offers": [], "rule": {"all": []}}),
            "/offers: a list is either",
        ),
        (
            json!({"name": name, "offers": ["a", "a"]}),
            "/offers/1: the offer",
        ),
        (
            json!({"name": name, "offers": ["A b"]}),
            "/offers/0: \"A b\"",
        ),
        (
            json!({"name": name, "rule": {"event": "Order Completed", "at_least": 1}}),
            "/rule: the rule asks",
        ),
    ] {
        let problems = problems(body.clone());
        assert!(
            problems.iter().any(|p| p.starts_with(found)),
            "{body}: {problems:?}"
        );
    }
}

#[test]
fn a_rule_finds_offers_by_what_they_are() {
    let read = |more| serde_json::from_value::<Offer>(offer_body(more)).unwrap();
    let cheap = read(json!({"value_cents": 100, "tags": ["spring"]}));
    let dear = read(json!({"value_cents": 900, "category": "hats", "attributes": {"size": "L"}}));
    let offers = [("cheap", &cheap), ("dear", &dear)];
    for (rule, members) in [
        (
            json!({"attribute": "value_cents", "at_least": 500}),
            vec!["dear"],
        ),
        (
            json!({"attribute": "tags", "contains": "spring"}),
            vec!["cheap"],
        ),
        (
            json!({"attribute": "channels", "equals": "web"}),
            vec!["cheap", "dear"],
        ),
        (json!({"attribute": "size", "equals": "L"}), vec!["dear"]),
        (json!({"attribute": "category", "equals": "x"}), vec![]),
    ] {
        let list = OfferList {
            rule: Some(rule.clone()),
            ..OfferList::default()
        };
        assert_eq!(list.members(&offers), members, "{rule}");
    }
    let fixed = OfferList {
        offers: Some(vec!["dear".into(), "gone".into(), "cheap".into()]),
        ..OfferList::default()
    };
    assert_eq!(fixed.members(&offers), ["dear", "cheap"]);
}

#[test]
fn placements_levers_and_rest_go_by_lists() {
    let list = |key: &str, more: Value| {
        let mut body = json!({"name": {"en": key}});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        published("offer_list", key, body)
    };
    let catalog = catalog(&[
        offer(
            "bag",
            json!({"suppress": {"after_accept_days": 5, "related_lists": ["hats"]}}),
        ),
        offer("hat", json!({"category": "hats"})),
        offer("scarf", json!({"category": "scarves"})),
        list(
            "hats",
            json!({"rule": {"attribute": "category", "equals": "hats"}}),
        ),
        list("both", json!({"offers": ["scarf", "hat"]})),
        placement("home", "web", json!({"lists": ["both"]})),
        placement("cart", "web", json!({})),
        published(
            "strategy",
            "s",
            json!({"name": {"en": "S"}, "levers": {"list:hats": 0.5}}),
        ),
    ]);
    let shown = |placement: &str| -> Vec<(&str, f64)> {
        let place = catalog.placement_place(placement).unwrap();
        let entry = &catalog.placements[usize::from(place)];
        let candidates = entry.candidates.iter();
        candidates
            .map(|c| {
                (
                    catalog.offers[usize::from(c.offer)].key.as_str(),
                    c.factors.lever,
                )
            })
            .collect()
    };
    assert_eq!(shown("home"), [("scarf", 1.0), ("hat", 0.5)]);
    assert_eq!(shown("cart").len(), 3);
    let hat = catalog.offer("hat").unwrap();
    assert_eq!(hat.rests_with, [catalog.offer_place("bag").unwrap()]);
    assert_eq!(hat.lists, ["both", "hats"]);
}
