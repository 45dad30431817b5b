//! Uses: where definitions in use name others, so that nobody takes one out of use unawares.

use gate::definition::DefinitionUse;
use serde_json::Value;
use store::definition::Definition;

/// A place where definitions of a kind name others.
struct Place {
    /// The kind that names.
    naming: &'static str,
    /// Where in its body: `*` is every member or item, `?` the name of a member.
    path: &'static str,
    /// The kind that is named.
    named: &'static str,
    /// What stands before the key.
    prefix: &'static str,
}

const fn plain(naming: &'static str, path: &'static str, named: &'static str) -> Place {
    prefixed(naming, path, named, "")
}

const fn prefixed(
    naming: &'static str,
    path: &'static str,
    named: &'static str,
    prefix: &'static str,
) -> Place {
    Place {
        naming,
        path,
        named,
        prefix,
    }
}

/// Every place but those of segments, which rules anywhere may name. What a criterion tells of
/// the past, such as responses to an offer, is no use: it holds for retired ones, too.
const PLACES: &[Place] = &[
    plain("offer", "/template", "offer_template"),
    plain("offer", "/placements/*", "placement"),
    plain("offer", "/suppress/related/*", "offer"),
    plain("offer", "/suppress/related_lists/*", "offer_list"),
    plain("offer", "/creatives/*/template", "template"),
    plain("offer_list", "/offers/*", "offer"),
    plain("placement", "/lists/*", "offer_list"),
    plain("cap", "/offers/*", "offer"),
    plain("cap", "/placements/*", "placement"),
    plain("strategy", "/placements/*", "placement"),
    prefixed("strategy", "/levers/?", "offer", "offer:"),
    prefixed("strategy", "/levers/?", "offer_list", "list:"),
    prefixed("strategy", "/context_weights/*/concerns", "offer", "offer:"),
    plain("experiment", "/variants/*/change/offers/*", "offer"),
    plain("journey", "/steps/*/placement", "placement"),
    plain("journey", "/steps/*/template", "template"),
    plain("journey", "/steps/*/experiment", "experiment"),
];

/// Where definitions name the one of a kind and key.
pub fn uses(kind: &str, key: &str, definitions: &[Definition]) -> Vec<DefinitionUse> {
    let mut found = vec![];
    for one in definitions {
        if one.kind == kind && one.key == key {
            continue;
        }
        for path in places(one, kind, key) {
            found.push(DefinitionUse {
                kind: one.kind.clone(),
                key: one.key.clone(),
                title: one.title.clone(),
                path,
            });
        }
    }
    found
}

fn places(one: &Definition, kind: &str, key: &str) -> Vec<String> {
    let mut found = vec![];
    let may = |place: &&Place| place.naming == one.kind && place.named == kind;
    for place in PLACES.iter().filter(may) {
        let path: Vec<&str> = place.path.split('/').skip(1).collect();
        let wanted = format!("{}{key}", place.prefix);
        along(&one.body, &path, "", &wanted, &mut found);
    }
    let subject = &one.body["subject"];
    if one.kind == "experiment" && subject["kind"] == kind && subject["key"] == key {
        found.push("/subject/key".to_owned());
    }
    if kind == decision::segment::KIND.name {
        segments(&one.body, "", key, &mut found);
    }
    found
}

/// Follows a path, and notes where it comes to the wanted word.
fn along(value: &Value, path: &[&str], at: &str, wanted: &str, found: &mut Vec<String>) {
    let Some((next, rest)) = path.split_first() else {
        if value == wanted {
            found.push(at.to_owned());
        }
        return;
    };
    if *next == "?" {
        if value.get(wanted).is_some() {
            found.push(below(at, wanted));
        }
        return;
    }
    for (name, inner) in members(value) {
        if *next == "*" || *next == name {
            along(inner, rest, &below(at, &name), wanted, found);
        }
    }
}

/// Rules name segments at any depth.
fn segments(value: &Value, at: &str, key: &str, found: &mut Vec<String>) {
    for (name, inner) in members(value) {
        let here = below(at, &name);
        match name.as_str() {
            "segment" => along(inner, &[], &here, key, found),
            "segments" => along(inner, &["*"], &here, key, found),
            _ => {}
        }
        segments(inner, &here, key, found);
    }
}

fn members(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(entries) => entries.iter().map(|(name, v)| (name.clone(), v)).collect(),
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered.map(|(at, item)| (at.to_string(), item)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    }
}

/// A JSON pointer one step deeper.
fn below(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::test_support::published;

    use super::*;

    #[test]
    fn every_place_that_names_a_definition_is_found() {
        let all = [
            published(
                "offer",
                "hats",
                json!({"template": "discount", "placements": ["home"],
                    "suppress": {"related": ["bags"], "related_lists": ["summer"]},
                    "creatives": [{"channel": "web"}, {"channel": "email", "template": "cart"}],
                    "eligibility": {"all": [{"not": {"segment": "vip"}}]}}),
            ),
            published("offer_list", "summer", json!({"offers": ["hats", "bags"]})),
            published("placement", "home", json!({"lists": ["summer"]})),
            published(
                "cap",
                "few",
                json!({"offers": ["bags"], "placements": ["home"]}),
            ),
            published(
                "strategy",
                "shop",
                json!({"placements": ["home"], "levers": {"offer:bags": 2.0, "list:summer": 1.5},
                    "context_weights": [{"concerns": "offer:bags", "weight": 2.0}],
                    "groups": [{"key": "good", "when": {"segment": "vip"}}]}),
            ),
            published(
                "experiment",
                "which",
                json!({"subject": {"kind": "strategy", "key": "shop"},
                    "variants": [{"change": {"offers": ["bags"]}}]}),
            ),
            published(
                "journey",
                "cart",
                json!({"entry": {"on": ["Segment Entered"], "segments": ["gold", "vip"]},
                    "steps": [{"kind": "decide", "placement": "home"},
                        {"kind": "experiment", "experiment": "which"},
                        {"kind": "message", "template": "cart"}]}),
            ),
        ];
        let table: [(&str, &str, &[&str]); 10] = [
            (
                "offer",
                "bags",
                &[
                    "/offer/hats/suppress/related/0",
                    "/offer_list/summer/offers/1",
                    "/cap/few/offers/0",
                    "/strategy/shop/levers/offer:bags",
                    "/strategy/shop/context_weights/0/concerns",
                    "/experiment/which/variants/0/change/offers/0",
                ],
            ),
            ("offer", "hats", &["/offer_list/summer/offers/0"]),
            ("offer_template", "discount", &["/offer/hats/template"]),
            (
                "offer_list",
                "summer",
                &[
                    "/offer/hats/suppress/related_lists/0",
                    "/placement/home/lists/0",
                    "/strategy/shop/levers/list:summer",
                ],
            ),
            (
                "placement",
                "home",
                &[
                    "/offer/hats/placements/0",
                    "/cap/few/placements/0",
                    "/strategy/shop/placements/0",
                    "/journey/cart/steps/0/placement",
                ],
            ),
            (
                "template",
                "cart",
                &[
                    "/offer/hats/creatives/1/template",
                    "/journey/cart/steps/2/template",
                ],
            ),
            ("strategy", "shop", &["/experiment/which/subject/key"]),
            ("experiment", "which", &["/journey/cart/steps/1/experiment"]),
            (
                "segment",
                "vip",
                &[
                    "/offer/hats/eligibility/all/0/not/segment",
                    "/strategy/shop/groups/0/when/segment",
                    "/journey/cart/entry/segments/1",
                ],
            ),
            ("segment", "discount", &[]),
        ];
        for (kind, key, places) in table {
            let found = uses(kind, key, &all);
            let found: Vec<String> = found
                .iter()
                .map(|one| format!("/{}/{}{}", one.kind, one.key, one.path))
                .collect();
            assert_eq!(found, places, "{kind} {key}");
        }
    }

    #[test]
    fn what_is_named_are_kinds_of_definitions() {
        let known = |kind: &str| crate::KINDS.iter().any(|one| one.kind.name == kind);
        for place in PLACES {
            assert!(known(place.naming) && known(place.named), "{}", place.path);
        }
    }
}
