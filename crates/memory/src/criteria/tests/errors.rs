//! Mistakes name their place and remedy.

use std::collections::BTreeMap;

use serde_json::json;
use store::definition::ProblemCode;

use crate::criteria::{Criteria, Kind, MAX_NODES, Vocabulary, notices, parse, read, read_checked};

fn shop() -> Vocabulary {
    let order = [
        ("total", Kind::Number),
        ("currency", Kind::Text),
        ("placed_at", Kind::Instant),
    ];
    let owned = |pairs: &[(&str, Kind)]| -> BTreeMap<String, Kind> {
        pairs
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), *kind))
            .collect()
    };
    let properties = owned(&order)
        .into_iter()
        .map(|(name, kind)| (name, Some(kind)));
    let properties = properties.collect();
    Vocabulary {
        attributes: owned(&[
            ("country", Kind::Text),
            ("age", Kind::Number),
            ("signed_up_at", Kind::Instant),
            ("newsletter", Kind::Boolean),
            ("tags", Kind::List),
        ]),
        events: [("Order Completed".to_owned(), properties)].into(),
        channels: ["email".to_owned(), "sms".to_owned()].into(),
        purposes: ["marketing".to_owned()].into(),
        offers: ["winter_sale".to_owned()].into(),
        segments: ["loyal".to_owned()].into(),
        ..Vocabulary::default()
    }
}

#[test]
fn a_mistake_is_told_to_programs_too() {
    for (text, code, values) in [
        (
            "country iss \"France\"",
            ProblemCode::UnknownOperator,
            json!({"found": "iss", "meant": "is"}),
        ),
        (
            "age >",
            ProblemCode::Expected,
            json!({"expected": "a number", "example": "> 50"}),
        ),
        (
            "agee > 5",
            ProblemCode::UnknownName,
            json!({"what": "attribute", "name": "agee", "meant": "age"}),
        ),
        (
            "age is \"old\"",
            ProblemCode::DoesNotFit,
            json!({"what": "\"age\"", "kind": "a number"}),
        ),
        (
            "(age > 5",
            ProblemCode::NeverClosed,
            json!({"missing": ")"}),
        ),
    ] {
        let problem = parse(text, &shop()).unwrap_err().remove(0);
        assert_eq!(problem.code, Some(code), "{text}");
        assert_eq!(json!(problem.values), values, "{text}");
    }
    for (rule, code) in [
        (
            json!({"sequence": [{"event": "Order Completed"}]}),
            ProblemCode::NoSequence,
        ),
        (
            json!({"contacts": {}, "measure": "distinct", "of": "weight", "at_least": 1}),
            ProblemCode::NotMeasurable,
        ),
        (
            json!({"event": "Order Completed", "measure": "sum", "of": "currency", "at_least": 1}),
            ProblemCode::NeedsNumbers,
        ),
        (json!({"attribute": "", "equals": 1}), ProblemCode::Empty),
    ] {
        let problem = read_checked(&rule, &shop()).unwrap_err().remove(0);
        assert_eq!(problem.code, Some(code), "{rule}");
    }
    let notice = notices(&parse("total > 5", &shop()).unwrap(), &shop()).remove(0);
    assert_eq!(notice.code, Some(ProblemCode::UnknownName));
    assert_eq!(notice.values["event"], "Order Completed");
}

#[test]
fn a_mistake_in_a_text_names_its_place_and_remedy() {
    for (text, expected) in [
        (
            r#"country iss "France""#,
            r#"line 1, column 9: unknown operator "iss"; did you mean "is"?"#,
        ),
        (
            r#"country starts_with "F""#,
            r#"line 1, column 9: unknown operator "starts_with"; did you mean "starts with"?"#,
        ),
        (
            "country is France",
            r#"line 1, column 12: expected a value, found "France"; write text in quotes: "France""#,
        ),
        (
            "country is \"France\"\nand cuontry exists",
            r#"line 2, column 5: unknown attribute "cuontry"; did you mean "country"?"#,
        ),
        (
            "country > 5",
            r#"line 1, column 9: "country" is text, it cannot be greater than a number; test it with is, one of, contains or starts with; if it holds numbers, change the kind of the attribute"#,
        ),
        (
            "country is 5",
            r#"line 1, column 9: "country" is text, it cannot be compared with a number; write it in quotes: is "5""#,
        ),
        (
            r#"age is "36""#,
            r#"line 1, column 5: "age" is a number, it cannot be compared with text; write it without quotes: is 36"#,
        ),
        (
            r#"age > "36""#,
            r#"line 1, column 7: expected a number, found the text "36"; write it without quotes: 36"#,
        ),
        (
            "signed_up_at > 2026-01-01",
            r#"line 1, column 16: expected a number, found a date; dates are compared with "before" and "after""#,
        ),
        (
            r#"did "Ordr Completed" at least 2 times"#,
            r#"line 1, column 5: unknown event "Ordr Completed"; did you mean "Order Completed"?"#,
        ),
        (
            r#"did "Order Completed" where totl > 50"#,
            r#"line 1, column 29: unknown property "totl"; did you mean "total"?"#,
        ),
        (
            r#"did "Order Completed" at least 2"#,
            r#"line 1, column 33: expected "times", found the end of the text; for example: at least 2 times"#,
        ),
        (
            r#"did "Order Completed" in the last 90 dayz"#,
            r#"line 1, column 38: expected a unit of time, found "dayz"; did you mean "days"?"#,
        ),
        (
            r#"did "Order Completed" in the last month"#,
            "line 1, column 35: expected a number of days or hours; a month or year has no fixed length; write last month",
        ),
        (
            r#"did "Order Completed" within 2 hours"#,
            r#"line 1, column 23: "within" is not expected here; for a stretch of time write: in the last 2 hours"#,
        ),
        (
            r#"sum of currency of "Order Completed" > 5"#,
            r#"line 1, column 8: the sum of "currency" needs numbers, it is text; measure a property that holds numbers, or use "distinct""#,
        ),
        (
            r#""Order Completed""#,
            r#"line 1, column 1: expected a condition, found the text "Order Completed"; for an event write: did "Order Completed""#,
        ),
        (
            r#"dit "Order Completed""#,
            r#"line 1, column 1: "dit" is no operator and no beginning of a condition; did you mean "did"?"#,
        ),
        (
            "(age > 5",
            r#"line 1, column 1: this bracket is never closed; add ")""#,
        ),
        (
            "age > 5)",
            r#"line 1, column 8: ")" is not expected here; there is no "(" for it"#,
        ),
        (
            "age > 5 adn country exists",
            r#"line 1, column 9: "adn" is not expected here; did you mean "and"?"#,
        ),
        (
            "country is \"France",
            "line 1, column 12: the text that begins here has no closing \"; end it with \"",
        ),
        (
            "signed_up_at after 2026-13-01",
            r#"line 1, column 20: "2026-13-01" is neither a number nor a date; numbers are written like 1500.50, dates like 2026-03-01 or 2026-03-01T10:00:00Z"#,
        ),
        (
            "consent emial marketing is granted",
            r#"line 1, column 9: unknown channel "emial"; did you mean "email"?"#,
        ),
        (
            "consent email marketing is given",
            r#"line 1, column 28: expected an answer, found "given"; one of: granted, denied, unknown"#,
        ),
        (
            "in segment loyl",
            r#"line 1, column 12: unknown segment "loyl"; did you mean "loyal"?"#,
        ),
        (
            "age between 30 and 18",
            "line 1, column 5: nothing lies between these numbers; put the smaller number first",
        ),
        (
            "",
            r#"line 1, column 1: expected a condition, found the end of the text; for example: country is "France", or did "Order Completed""#,
        ),
    ] {
        let problems = parse(text, &shop()).expect_err(text);
        assert_eq!(problems[0].to_string(), expected, "{text}");
    }
}

#[test]
fn a_mistake_in_json_names_its_pointer_and_remedy() {
    for (json, path, message, hint) in [
        (
            json!([]),
            "",
            "a condition is an object",
            r#"for example {"attribute": "country", "equals": "France"}"#,
        ),
        (
            json!({ "attribut": "country", "equals": 1 }),
            "",
            "the condition does not say what it is about",
            r#"did you mean "attribute"?"#,
        ),
        (
            json!({ "all": [{ "attribute": "country", "equal": "France" }] }),
            "/all/0/equal",
            r#"unknown key "equal""#,
            r#"did you mean "equals"?"#,
        ),
        (
            json!({ "not": { "attribute": "age", "at_least": "18" } }),
            "/not/at_least",
            "expected a number",
            "write it without quotes",
        ),
        (
            json!({ "event": "Order Completed", "measure": "summ", "of": "total", "greater": 1 }),
            "/measure",
            r#"unknown measure "summ""#,
            r#"did you mean "sum"?"#,
        ),
        (
            json!({ "event": "Order Completed", "within": { "rolling_day": 3 } }),
            "/within/rolling_day",
            r#"unknown key "rolling_day""#,
            r#"did you mean "rolling_days"?"#,
        ),
        (
            json!({ "attribute": "signed_up_at", "before": "soon" }),
            "/before",
            r#""soon" is not a date"#,
            r#"for example "2026-03-01", {"days_ago": 30} or {"days_ahead": 7}"#,
        ),
        (
            json!({ "attribute": "age", "greater": 1, "less": 2 }),
            "",
            "a condition has one operator, not greater and less",
            r#"write two conditions and join them with "all""#,
        ),
        (
            json!({ "event": "Order Completed", "where": [{ "property": "placed_at", "after": { "days_ago": 3 } }] }),
            "/where/0/after",
            "a property is compared when the event arrives, not with now",
            "use a fixed date here, and \"within\" for when the event happened",
        ),
        (
            json!({ "contacts": {}, "at_least": 1_001 }),
            "/at_least",
            "of a customer only the newest 1000 are kept to be counted",
            "ask for 1000 at most",
        ),
        (
            json!({ "attribute": "country", "one_of": [] }),
            "/one_of",
            "the list of values is empty",
            "name at least one value",
        ),
        (
            json!({ "attribute": "country", "equals": null }),
            "/equals",
            "null is no value",
            "a missing value is tested by \"exists\": false",
        ),
        (
            json!({ "sequence": [{ "event": "Order Completed" }] }),
            "/sequence",
            "a sequence has two or more events",
            "name at least two events, or one and \"without\"",
        ),
        (
            json!({ "contacts": { "chanel": "email" } }),
            "/contacts/chanel",
            r#"unknown key "chanel""#,
            r#"did you mean "channel"?"#,
        ),
    ] {
        let problems = read_checked(&json, &shop()).expect_err("a mistake");
        let first = &problems[0];
        assert_eq!(
            (
                first.path.as_str(),
                first.message.as_str(),
                first.hint.as_deref().unwrap_or("")
            ),
            (path, message, hint),
            "{json}"
        );
    }
}

#[test]
fn a_name_that_resembles_no_known_one_is_a_notice_not_a_problem() {
    let criteria = parse(r#"did "Quiz Finished" or birthday exists"#, &shop()).unwrap();
    let found: Vec<String> = notices(&criteria, &shop())
        .into_iter()
        .map(|notice| notice.message)
        .collect();
    assert_eq!(
        found,
        [
            r#"unknown event "Quiz Finished""#,
            r#"unknown attribute "birthday""#
        ]
    );
}

#[test]
fn a_property_behind_and_is_recognised() {
    let text = r#"did "Order Completed" where total > 50 and currency is "GBP""#;
    let notice = &notices(&parse(text, &shop()).unwrap(), &shop())[0];
    assert!(
        notice
            .hint
            .as_ref()
            .unwrap()
            .contains("where (… and currency …)"),
        "{notice:?}"
    );
}

#[test]
fn rules_are_bounded_in_size_and_depth() {
    let wide: Vec<_> = (0..MAX_NODES)
        .map(|_| json!({ "segment": "loyal" }))
        .collect();
    assert!(read_checked(&json!({ "all": wide }), &shop()).is_err());
    let mut deep = json!({ "segment": "loyal" });
    for _ in 0..40 {
        deep = json!({ "not": deep });
    }
    assert!(read(&deep).unwrap_err()[0].message.contains("nested"));
    for text in [
        "not ".repeat(100_000),
        "(".repeat(60_000),
        "x".repeat(70_000),
    ] {
        assert!(parse(&text, &shop()).is_err());
    }
    assert!(parse(&format!("{}in segment loyal", "not ".repeat(20)), &shop()).is_err());
}

#[test]
fn serde_says_where_a_mistake_is() {
    let error = serde_json::from_str::<Criteria>(r#"{"all": [{"segment": 5}]}"#).unwrap_err();
    let expected = r#"criteria at /all/0/segment: "segment" is a name"#;
    assert!(error.to_string().starts_with(expected), "{error}");
}
