//! Offers: what is wrong with a body, and which creative fits a language.

use serde_json::{Value, json};

use super::*;
use crate::test_support::offer_body;

fn problems(more: Value) -> Vec<String> {
    let problems = (KIND.validate)(&offer_body(more));
    problems
        .into_iter()
        .map(|p| format!("{}: {}", p.path, p.message))
        .collect()
}

#[test]
fn a_good_offer_has_no_problems() {
    assert_eq!(problems(json!({})), Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_an_offer_is_named_with_its_place() {
    for (more, found) in [
        (json!({"vaule": 1}), "/vaule: unknown field `vaule`"),
        (
            json!({"channels": ["wep"]}),
            "/channels/0: unknown variant `wep`",
        ),
        (
            json!({"value_cents": -1}),
            "/value_cents: the value is negative",
        ),
        (
            json!({"cost_cents": -1}),
            "/cost_cents: the cost is negative",
        ),
        (
            json!({"currency": "pounds"}),
            "/currency: this is not a currency code",
        ),
        (
            json!({"propensity": 1.5}),
            "/propensity: 1.5 is not between 0 and 1",
        ),
        (
            json!({"control_fraction": -0.1}),
            "/control_fraction: -0.1 is not between 0 and 1",
        ),
        (
            json!({"valid_from": "2026-03-02T00:00:00Z", "valid_until": "2026-03-01T00:00:00Z"}),
            "/valid_until: the offer is never valid",
        ),
        (
            json!({"valid_from": "soon"}),
            "/valid_from: expected an instant",
        ),
        (
            json!({"channels": ["web", "email", "call_center", "sms"]}),
            "/channels/3: there is no creative for the channel sms",
        ),
        (
            json!({"channels": ["web", "email"]}),
            "/creatives/2/channel: call_center is not",
        ),
        (
            json!({"relevant": {}}),
            "/relevant: no purchase is relevant",
        ),
        (
            json!({"suppress": {"related": ["x"]}}),
            "/suppress/related: related offers would",
        ),
        (
            json!({"suppress": {"after_views": 0}}),
            "/suppress/after_views: 0 is not",
        ),
        (
            json!({"eligibility": {"event": "Order Completed", "at_leest": 1}}),
            "/eligibility/at_leest",
        ),
        (json!({"name": {}}), "/name: the name is empty"),
        (
            json!({"placements": ["Home"]}),
            "/placements/0: \"Home\" is not a key",
        ),
    ] {
        let problems = problems(more.clone());
        assert!(
            problems.iter().any(|problem| problem.starts_with(found)),
            "{more}: expected {found:?}, found {problems:?}"
        );
    }
}

#[test]
fn links_lead_to_the_web_only() {
    for (link, good) in [
        ("https://shop.example/sale", true),
        ("/sale?x=1", true),
        ("javascript:alert(1)", false),
        ("//evil.example", false),
        ("https://", false),
    ] {
        assert_eq!(template::web_address(link), good, "{link}");
    }
}

#[test]
fn the_creative_that_fits_the_language_best_is_taken() {
    let languages = ["fr", "en", "zh", "zh-CN"];
    let pick = |wish| pick_language(languages.into_iter().enumerate(), wish);
    for (wish, place) in [
        (Some("zh-CN"), 3),
        (Some("zh-cn"), 3),
        (Some("zh-TW"), 2),
        (Some("en-GB"), 1),
        (Some("de"), 1),
        (None, 1),
        (Some(""), 1),
    ] {
        assert_eq!(pick(wish), Some(place), "{wish:?}");
    }
    assert_eq!(pick_language([(0, "fr")].into_iter(), Some("de")), Some(0));
    assert_eq!(pick_language(std::iter::empty(), Some("de")), None);
}

#[test]
fn attributes_are_typed_by_the_template() {
    let template: OfferTemplate = serde_json::from_value(json!({
        "name": {"en": "Discount"},
        "attributes": [
            {"key": "percent_off", "kind": "percent", "required": true},
            {"key": "name", "kind": "text", "required": true},
            {"key": "size", "kind": "choice", "choices": ["S", "M"]},
            {"key": "price", "kind": "money"},
            {"key": "until", "kind": "date"},
            {"key": "page", "kind": "url"},
        ],
    }))
    .unwrap();
    for (attributes, places) in [
        (
            json!({"percent_off": 0.2, "name": "x", "size": "M", "price": 1200, "until": "2026-03-01",
            "page": "/sale"}),
            vec![],
        ),
        (json!({"name": "x"}), vec!["/attributes/percent_off"]),
        (
            json!({"percent_off": 0.2, "name": ""}),
            vec!["/attributes/name"],
        ),
        (
            json!({"percent_off": 20, "name": "x"}),
            vec!["/attributes/percent_off"],
        ),
        (
            json!({"percent_off": 0.2, "name": "x", "size": "L"}),
            vec!["/attributes/size"],
        ),
        (
            json!({"percent_off": 0.2, "name": "x", "price": 1.5}),
            vec!["/attributes/price"],
        ),
        (
            json!({"percent_off": 0.2, "name": "x", "until": "soon"}),
            vec!["/attributes/until"],
        ),
        (
            json!({"percent_off": 0.2, "name": "x", "pages": "/"}),
            vec!["/attributes/pages"],
        ),
    ] {
        let problems = template.problems(attributes.as_object().unwrap());
        let found: Vec<&str> = problems
            .iter()
            .map(|problem| problem.path.as_str())
            .collect();
        assert_eq!(found, places, "{attributes}");
    }
}

#[test]
fn what_the_template_demands_cannot_be_left_empty() {
    let template = json!({"name": {"en": "T"},
        "attributes": [{"key": "reason", "kind": "text", "required": true}]});
    let now = store::Timestamp(0);
    let settled = store::definition::Definition::in_use("offer_template", "t", template, now);
    let offer = |reason: &str| json!({"template": "t", "attributes": {"reason": reason}});
    let wrong = |kind: &str, offer: &Value, template: &store::definition::Definition| {
        let problems = crate::across(kind, "o", offer, std::slice::from_ref(template));
        let places = problems.into_iter().map(|problem| problem.path);
        places.collect::<Vec<String>>()
    };
    assert_eq!(
        wrong("offer", &offer(" "), &settled),
        ["/attributes/reason"]
    );
    assert_eq!(
        wrong("offer", &json!({"template": "t"}), &settled),
        ["/attributes/reason"]
    );
    assert_eq!(wrong("offer", &offer("why"), &settled), [""; 0]);
    assert_eq!(wrong("placement", &offer(""), &settled), [""; 0]);
    // What somebody only drafts demands nothing yet.
    let drafted = store::definition::Definition {
        published_version: Some(0),
        ..settled
    };
    assert_eq!(wrong("offer", &offer(""), &drafted), [""; 0]);
}
