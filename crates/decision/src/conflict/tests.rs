//! Conflicts: what is found, and that nothing is ever claimed that is not so.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use memory::criteria::{AttributeValue, Compiled, Criteria, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;

use super::never::{Verdict, verdict};
use super::*;
use crate::offer_list::OfferFacts;
use crate::policy::limits::Ready;
use crate::policy::{Limit, LimitWindow, Unit};
use crate::test_support::{offer, placement, policy, published};

const NOW: Timestamp = Timestamp(1_772_442_000_000);

fn found(definitions: &[Definition]) -> Vec<(ConflictCode, String)> {
    let all = conflicts(definitions, NOW, &Spent::default()).into_iter();
    all.filter(|conflict| conflict.code != ConflictCode::MissingReference)
        .map(|conflict| (conflict.code, format!("{}{}", conflict.key, conflict.path)))
        .collect()
}

fn house(more: Vec<Definition>) -> Vec<Definition> {
    let mut all = vec![
        placement("home", "web", json!({})),
        placement("mail", "email", json!({})),
        placement("calls", "call_center", json!({})),
    ];
    if !more.iter().any(|definition| definition.key == "good") {
        all.push(offer("good", json!({})));
    }
    all.extend(more);
    all
}

#[test]
fn definitions_that_go_together_have_no_conflict() {
    assert_eq!(found(&house(vec![])), []);
}

#[test]
fn what_stands_in_its_own_way_is_found_with_its_place() {
    use ConflictCode as Code;
    let bad = |more| vec![offer("bad", more)];
    let contradiction =
        json!({"all": [{"attribute": "x", "equals": 1}, {"attribute": "x", "equals": 2}]});
    let ranges = json!({"all": [{"attribute": "x", "less": 1}, {"attribute": "x", "greater": 2}]});
    let texts =
        json!({"all": [{"attribute": "x", "equals": "a"}, {"attribute": "x", "equals": "b"}]});
    let always = json!({"not": {"any": [{"attribute": "x", "exists": true}, {"attribute": "x", "exists": false}]}});
    for (more, code, place) in [
        (
            bad(json!({"valid_until": "2026-01-01T00:00:00Z"})),
            Code::OfferOver,
            "bad/valid_until",
        ),
        (
            bad(json!({"eligibility": contradiction})),
            Code::OfferNeverEligible,
            "bad/eligibility",
        ),
        (
            bad(json!({"eligibility": ranges})),
            Code::OfferNeverEligible,
            "bad/eligibility",
        ),
        (
            bad(json!({"eligibility": always})),
            Code::OfferNeverEligible,
            "bad/eligibility",
        ),
        (
            bad(json!({"eligibility": texts})),
            Code::OfferEligibleByListsOnly,
            "bad/eligibility",
        ),
        (bad(json!({"lever": 0})), Code::OfferLeverZero, "bad/lever"),
        (
            bad(json!({"control_fraction": 1})),
            Code::OfferAllControl,
            "bad/control_fraction",
        ),
        (
            bad(json!({"placements": ["gone"]})),
            Code::OfferWithoutPlacement,
            "bad/channels",
        ),
        (
            bad(json!({"placements": ["home"]})),
            Code::ChannelWithoutPlacement,
            "bad/channels/1",
        ),
        (
            bad(json!({"variants": [{"key": "a"}, {"key": "b"}]})),
            Code::VariantBehindAnother,
            "bad/variants/1",
        ),
        (
            bad(json!({"variants": [{"key": "a", "when": contradiction}, {"key": "b"}]})),
            Code::VariantNever,
            "bad/variants/0/when",
        ),
        (
            vec![placement("till", "point_of_sale", json!({}))],
            Code::PlacementEmpty,
            "till",
        ),
        (
            vec![policy(
                json!([{"key": "no", "channels": ["web"], "at_most": 0, "window": {"calendar": "day"}}]),
                json!({}),
            )],
            Code::PlacementStarved,
            "home",
        ),
        (
            vec![policy(
                json!([{"key": "no", "at_most": 0, "window": {"calendar": "day"}}]),
                json!({}),
            )],
            Code::LimitZero,
            "rules/limits/0/at_most",
        ),
        (
            vec![policy(
                json!([{"key": "week", "at_most": 2, "window": {"calendar": "week"}},
                    {"key": "day", "at_most": 3, "window": {"calendar": "day"}}]),
                json!({}),
            )],
            Code::LimitUnreachable,
            "rules/limits/1/at_most",
        ),
        (
            vec![
                policy(
                    json!([]),
                    json!({"quiet_hours": {"from": "20:00", "until": "09:00", "channels": ["email"]}}),
                ),
                published(
                    "policy",
                    "zz",
                    json!({"name": {"en": "Z"},
                    "quiet_hours": {"from": "08:30", "until": "20:00", "channels": ["email"]}}),
                ),
            ],
            Code::QuietAllDay,
            "zz/quiet_hours",
        ),
        (
            vec![published(
                "offer_list",
                "none",
                json!({"name": {"en": "N"},
                "rule": {"attribute": "category", "equals": "x"}}),
            )],
            Code::ListEmpty,
            "none/rule",
        ),
    ] {
        let all = found(&house(more.clone()));
        let wanted = (code, place.to_owned());
        assert!(all.contains(&wanted), "expected {wanted:?}, found {all:?}");
    }
}

#[test]
fn a_placement_whose_only_offer_is_over_is_starved() {
    let all = found(&house(vec![offer(
        "good",
        json!({"valid_until": "2026-01-01T00:00:00Z"}),
    )]));
    let starved = all
        .iter()
        .filter(|(code, _)| *code == ConflictCode::PlacementStarved);
    assert_eq!(starved.count(), 3, "{all:?}");
}

#[test]
fn what_a_retired_definition_leaves_behind_is_named() {
    let all = conflicts(
        &house(vec![offer(
            "good",
            json!({"suppress": {"after_accept_days": 3, "related": ["gone"]}}),
        )]),
        NOW,
        &Spent::default(),
    );
    let missing = all
        .iter()
        .find(|c| c.path == "/suppress/related/0")
        .unwrap();
    assert_eq!(
        (missing.code, missing.key.as_str()),
        (ConflictCode::MissingReference, "good")
    );
}

#[test]
fn what_does_not_go_together_is_not_called_missing() {
    let slice = |from: f64| json!({"group": "g", "from": from, "to": from + 0.6});
    let test = |key: &str, from: f64| {
        let variants = json!([{"key": "a", "share": 0.5}, {"key": "b", "share": 0.5}]);
        let body = json!({"name": {"en": key}, "subject": {"kind": "touchpoint"},
            "metric": {"kind": "revenue"}, "variants": variants, "exclusion": slice(from)});
        published("experiment", key, body)
    };
    let scoped = json!({"name": {"en": "S"}, "channels": ["web"], "margin_share": 0.4});
    let twin = json!({"name": {"en": "T"}, "channels": ["web"]});
    let elsewhere = json!({"channels": ["web"], "placements": ["mail"]});
    let all = conflicts(
        &house(vec![
            offer("lone", elsewhere),
            published("strategy", "s", scoped),
            published("strategy", "t", twin),
            test("one", 0.0),
            test("two", 0.3),
        ]),
        NOW,
        &Spent::default(),
    );
    for (code, key, path, detail) in [
        (
            ConflictCode::StrategySettingUnused,
            "s",
            "/margin_share",
            json!({}),
        ),
        (ConflictCode::StrategyTwice, "t", "", json!({"other": "s"})),
        (
            ConflictCode::ExperimentsOverlap,
            "two",
            "/exclusion",
            json!({"other": "one"}),
        ),
        (
            ConflictCode::ReferenceMisfit,
            "lone",
            "/placements/0",
            json!({"message": "the offer has no channel email", "problem": "no_channel_of_offer",
                "values": {"channel": "email"}}),
        ),
    ] {
        let conflict = all.iter().find(|c| c.code == code);
        let conflict = conflict.unwrap_or_else(|| panic!("{code:?} is missing in {all:?}"));
        let found = (&*conflict.key, &*conflict.path, &conflict.detail);
        assert_eq!(found, (key, path, &detail));
    }
}

#[test]
fn what_is_used_up_starves_its_placements() {
    let cap = |at_most: i64, more: Value| {
        let base = json!({"name": {"en": "Cap"}, "measure": "contacts", "at_most": at_most});
        published("cap", "stock", crate::test_support::with(base, more))
    };
    let house = |cap| {
        let coded = json!({"code": {"kind": "pool"}, "placements": ["shop"]});
        vec![
            offer("coded", coded),
            offer("plain", json!({"placements": ["home"]})),
            placement("home", "web", json!({})),
            placement("shop", "call_center", json!({})),
            cap,
        ]
    };
    let codes = |definitions: &[Definition], spent: &Spent| -> Vec<(ConflictCode, String)> {
        let all = conflicts(definitions, NOW, spent).into_iter();
        let told = [
            ConflictCode::CapSpent,
            ConflictCode::PoolEmpty,
            ConflictCode::PlacementStarved,
        ];
        all.filter(|c| told.contains(&c.code))
            .map(|c| (c.code, c.key))
            .collect()
    };
    let only = json!({"offers": ["plain"]});
    let enough = house(cap(5, only.clone()));
    assert_eq!(codes(&enough, &Spent::default()), []);
    let spent = Spent {
        caps: [("stock".to_owned(), 2)].into(),
        pools: ["coded".to_owned()].into(),
    };
    assert_eq!(
        codes(&enough, &spent),
        [
            (ConflictCode::CapSpent, "stock".to_owned()),
            (ConflictCode::PoolEmpty, "coded".to_owned()),
            (ConflictCode::PlacementStarved, "home".to_owned()),
            (ConflictCode::PlacementStarved, "shop".to_owned()),
        ]
    );
    let all = conflicts(&enough, NOW, &spent);
    let used_up = all
        .iter()
        .find(|c| c.code == ConflictCode::CapSpent)
        .unwrap();
    let promised = json!({"at_most": 5, "held": 2, "currency": null});
    assert_eq!(used_up.detail, promised);
    let nothing = house(cap(0, only.clone()));
    let closed = [
        (ConflictCode::CapSpent, "stock".to_owned()),
        (ConflictCode::PlacementStarved, "home".to_owned()),
    ];
    assert_eq!(codes(&nothing, &Spent::default()), closed);
    let over = json!({"offers": ["plain"], "ends_at": "2026-01-01T00:00:00Z"});
    assert_eq!(codes(&house(cap(0, over)), &Spent::default()), []);
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(1)),
        Just(json!(2)),
        Just(json!(2.5)),
        Just(json!("a")),
        Just(json!("ab")),
        Just(json!(true)),
        Just(json!("2026-01-01")),
    ]
}

fn test() -> impl Strategy<Value = Value> {
    let number = prop_oneof![Just(1.0), Just(2.0), Just(2.5)];
    prop_oneof![
        value().prop_map(|v| json!({ "equals": v })),
        value().prop_map(|v| json!({ "not_equals": v })),
        (value(), value()).prop_map(|(a, b)| json!({ "one_of": [a, b] })),
        (value(), value()).prop_map(|(a, b)| json!({ "none_of": [a, b] })),
        number.clone().prop_map(|n| json!({ "greater": n })),
        number.clone().prop_map(|n| json!({ "at_least": n })),
        number.clone().prop_map(|n| json!({ "less": n })),
        number.prop_map(|n| json!({ "at_most": n })),
        Just(json!({ "contains": "a" })),
        Just(json!({ "starts_with": "ab" })),
        Just(json!({ "before": "2026-01-01" })),
        Just(json!({ "after": "2026-01-01" })),
        any::<bool>().prop_map(|there| json!({ "exists": there })),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let name = prop_oneof![Just("x"), Just("y")];
    let leaf = (name, test()).prop_map(|(name, mut test)| {
        test["attribute"] = json!(name);
        test
    });
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| json!({ "all": parts })),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| json!({ "any": parts })),
            inner.prop_map(|part| json!({ "not": part })),
        ]
    })
}

/// Values that a customer may have, `None` for none; lists stand at the end.
fn domain() -> Vec<Option<AttributeValue>> {
    let json = [
        json!(0),
        json!(1),
        json!(1.5),
        json!(2),
        json!(2.25),
        json!(2.5),
        json!(3),
        json!("a"),
        json!("ab"),
        json!("abc"),
        json!("z"),
        json!(true),
        json!(false),
        json!("2025-12-31"),
        json!("2026-01-01"),
        json!("2026-06-01"),
        json!(["a"]),
        json!(["a", "ab"]),
        json!(["z", "2026-01-01"]),
        json!(["1", "true"]),
    ];
    let values = json.iter().map(AttributeValue::from_json);
    std::iter::once(None).chain(values).collect()
}

/// For how many customers of the domain a rule holds, with and without those who have lists.
fn count(rule: &Criteria) -> (usize, usize, usize) {
    let rule = Compiled::new(rule);
    let (mut all, mut holds, mut single) = (0, 0, 0);
    for x in domain() {
        for y in domain() {
            let list = |v: &Option<AttributeValue>| matches!(v, Some(AttributeValue::List(_)));
            let lists = list(&x) || list(&y);
            let named = [("x", x.clone()), ("y", y.clone())];
            let attributes: HashMap<String, AttributeValue> = named
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .collect();
            let facts = OfferFacts {
                attributes,
                zone: TimeZone::UTC,
            };
            let truth = rule.matches(&facts, NOW.0);
            all += 1;
            holds += usize::from(truth);
            single += usize::from(truth && !lists);
        }
    }
    (all, holds, single)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_verdict_on_a_rule_is_never_wrong(json in rule()) {
        let Ok(rule) = read(&json) else { return Ok(()) };
        let (all, holds, single) = count(&rule);
        match verdict(&rule) {
            Verdict::Never => prop_assert_eq!(holds, 0, "{}", json),
            Verdict::Always => prop_assert_eq!(holds, all, "{}", json),
            Verdict::OnlyLists => prop_assert_eq!(single, 0, "{}", json),
            Verdict::Depends => {}
        }
    }

    /// A limit that is said to be unreachable never is the only one that stops a contact.
    #[test]
    fn a_hidden_limit_never_stops_a_contact_alone(
        wide in limit(), narrow in limit(),
        hours in prop::collection::vec((0i64..1_500, 0usize..2, 0usize..2), 0..12),
    ) {
        let (wide, narrow) = (Ready::new("a", &wide), Ready::new("b", &narrow));
        if super::policies::hides(&wide, &narrow) {
            let zone = TimeZone::get("Europe/London").unwrap();
            let now = NOW.plus_ms(1_500 * 3_600_000);
            let stops = |limit: &Ready| {
                let range = limit.window.range(now.0, &zone);
                let counted = hours.iter().filter(|(hour, channel, category)| {
                    let at = NOW.plus_ms(hour * 3_600_000);
                    let (channel, category) = (["web", "email"][*channel], ["a", "b"][*category]);
                    limit.concerns(channel, Some(category)) && range.contains(at.0)
                });
                counted.count() as u32 >= limit.at_most
            };
            prop_assert!(!stops(&narrow) || stops(&wide), "{:?} {:?}", wide, narrow);
        }
    }
}

fn limit() -> impl Strategy<Value = Limit> {
    let windows = prop_oneof![
        Just(LimitWindow::Calendar(Unit::Day)),
        Just(LimitWindow::Calendar(Unit::Week)),
        Just(LimitWindow::Calendar(Unit::Month)),
        Just(LimitWindow::RollingMs(86_400_000)),
        Just(LimitWindow::RollingMs(8 * 86_400_000)),
        Just(LimitWindow::RollingMs(35 * 86_400_000)),
    ];
    let channels = prop_oneof![
        Just(None),
        Just(Some(vec![crate::Channel::Web])),
        Just(Some(vec![crate::Channel::Web, crate::Channel::Email])),
    ];
    let categories = prop_oneof![Just(None), Just(Some(vec!["a".to_owned()]))];
    let all = (windows, channels, categories, 1u32..4);
    all.prop_map(|(window, channels, categories, at_most)| Limit {
        key: "limit".to_owned(),
        channels,
        categories,
        at_most,
        window,
    })
}

#[test]
fn counts_consents_and_segments_contradict_each_other_too() {
    let never = |json: Value| verdict(&read(&json).unwrap());
    let count = |test: &str, n: u32| json!({"event": "Order Completed", test: n, "within": {"rolling_days": 30}});
    for json in [
        json!({"all": [{"segment": "a"}, {"not": {"segment": "a"}}]}),
        json!({"any": []}),
    ] {
        assert_eq!(never(json.clone()), Verdict::Never, "{json}");
    }
    assert_eq!(never(json!({"all": []})), Verdict::Always);
    let (many, few) = (count("at_least", 3), count("at_most", 1));
    assert_eq!(never(json!({"all": [many, few]})), Verdict::Never);
}
