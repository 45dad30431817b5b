//! Offer lists: what is in them, what is wrong with them, and what they do to a catalog.

use gate::Role;
use gate::test_support::{call, gate, sign_in};
use memory::Memory;
use memory::criteria::Draft;
use serde_json::{Value, json};
use store::Db;

use super::*;
use crate::test_support::{catalog, decider, offer, offer_body, placement, published};

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

#[test]
fn a_rule_is_checked_against_what_offers_have() {
    let read = |more| serde_json::from_value::<Offer>(offer_body(more)).unwrap();
    let hat = read(json!({"category": "hats", "tags": ["spring"], "attributes": {"size": "L"}}));
    let coat = read(json!({"category": "coats", "attributes": {"size": "M", "warm": true}}));
    let offers = [("hat", &hat), ("coat", &coat)];
    let words = words::words(&offers);
    let word = |name: &str| words.iter().find(|word| word.attribute == name).unwrap();
    assert_eq!(word("category").values, ["coats", "hats"]);
    assert_eq!(word("tags").values, ["spring"]);
    assert_eq!(word("key").values, ["coat", "hat"]);
    assert_eq!(word("size").values, ["L", "M"]);
    assert_eq!(
        (&words[15].attribute, &words[16].attribute),
        (&"size".into(), &"warm".into())
    );
    assert_eq!((words[14].own, words[15].own), (false, true));
    // Each word that every offer has is one, whatever offers are there.
    assert_eq!(words::words(&[]).len(), 15);
    let named: Vec<&str> = words.iter().map(|word| word.attribute.as_str()).collect();
    let known = OfferFacts::of("hat", &hat).attributes;
    assert!(known.keys().all(|key| named.contains(&key.as_str())));

    let problems = |text: &str| -> Vec<String> {
        let draft = Draft::Text { text: text.into() };
        let checked = words::checked(&draft, &offers);
        assert_eq!(
            checked.criteria.is_some(),
            checked.problems.is_empty(),
            "{text}"
        );
        let wire = serde_json::to_value(checked.problems).unwrap();
        let wire = wire.as_array().unwrap().iter();
        wire.map(|one| format!("{} {}", one["message"], one["hint"]))
            .collect()
    };
    for fine in [
        "languages is \"en\"",
        "tags contains \"spring\" and channels is \"web\"",
        "category is one of (\"hats\", \"coats\") and value_cents >= 100",
        "valid_until after 2026-12-24 or valid_until does not exist",
        "warm is true",
    ] {
        assert_eq!(problems(fine), [""; 0], "{fine}");
    }
    for (wrong, said) in [
        ("categry is \"hats\"", "category"),
        ("value_cents is \"much\"", "number"),
        (
            "did \"Order Completed\" and consent email marketing is granted",
            "offers do not have",
        ),
        ("valid_until after 3 days ago", "moves"),
    ] {
        let found = problems(wrong);
        assert!(
            found.len() == 1 && found[0].contains(said),
            "{wrong}: {found:?}"
        );
    }
}

store::test! {
    async fn what_is_in_a_list_can_be_seen_before_it_has_a_name(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let decider = decider(&memory, &[]).await;
        let gate = gate(&db, &[]).await;
        let (router, _) = api::routes().split_for_parts();
        let router = gate::enter(router.with_state(decider), gate);
        let viewer = sign_in(&db, Role::Viewer).await;
        let ask = async |line: &str, body: Option<Value>| {
            call(&router, &viewer, line, &[], body).await
        };
        let preview = "POST /api/offer-lists/preview";
        let unnamed = json!({"body": {"name": {"en": ""}, "offers": ["bag"]}});
        let seen = ask(preview, Some(unnamed)).await;
        assert_eq!((seen.status, &seen.body["missing"]), (200, &json!(["bag"])));
        let nothing = json!({"body": {"name": {"en": ""}}});
        assert_eq!(ask(preview, Some(nothing)).await.error_paths(), ["/body/offers"]);
        let words = ask("GET /api/offer-lists/vocabulary", None).await;
        assert_eq!((words.status, &words.body[0]["attribute"]), (200, &json!("category")));
        let draft = json!({"text": "key is \"bag\""});
        let checked = ask("POST /api/offer-lists/check", Some(draft)).await;
        assert_eq!((checked.status, &checked.body["problems"]), (200, &json!([])));
    }
}
