//! Rules against one customer whose story is known.

use jiff::tz::TimeZone;
use serde_json::json;

use super::customer::{Contact, Customer, Event, Known, Response};
use crate::criteria::{
    AggregateSpec, AttributeValue, Compiled, Criteria, CriteriaSet, DAY_MS, Joint, Keep, Language,
    Pattern, Slots, Vocabulary, Window, aggregates, explain, lookback, parse, print, print_zh,
};

const HOUR_MS: i64 = 3_600_000;

fn instant(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn rule(text: &str) -> Criteria {
    parse(text, &Vocabulary::default()).unwrap_or_else(|problems| panic!("{text}: {}", problems[0]))
}

fn event(name: &str, at: &str, properties: serde_json::Value) -> Event {
    Event {
        name: name.to_owned(),
        occurred_ms: instant(at),
        properties,
        context: json!({}),
    }
}

/// Ada from France: two orders, the last one on 1 March; a cart left on 9 March at noon.
fn ada() -> (Known, Vec<Event>) {
    let attributes = [
        ("country", AttributeValue::from_text("France")),
        ("age", AttributeValue::Number(36.0)),
        ("signed_up_at", AttributeValue::from_text("2026-02-01")),
        (
            "tags",
            AttributeValue::List(vec!["vip".to_owned(), "newsletter".to_owned()]),
        ),
        ("newsletter", AttributeValue::Bool(false)),
    ];
    let contact = |at: &str, channel: &str| Contact {
        at_ms: instant(at),
        channel: channel.to_owned(),
        offer: Some("winter_sale".to_owned()),
        category: None,
        placement: None,
    };
    let known = Known {
        attributes: attributes
            .map(|(key, value)| (key.to_owned(), value))
            .into(),
        consents: [(("email".to_owned(), "marketing".to_owned()), true)].into(),
        segments: ["loyal".to_owned()].into(),
        scores: [("churn".to_owned(), 0.3)].into(),
        context: [("device".to_owned(), AttributeValue::from_text("mobile"))].into(),
        contacts: vec![
            contact("2026-03-05T10:00:00Z", "email"),
            contact("2026-03-09T10:00:00Z", "email"),
        ],
        responses: vec![Response {
            at_ms: instant("2026-03-05T11:00:00Z"),
            kind: "accept".to_owned(),
            offer: Some("winter_sale".to_owned()),
            inferred: true,
            value_cents: Some(4_999),
        }],
        zone: TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap(),
    };
    let products = json!([{ "id": "A1", "price": 9.99 }, { "id": "B2", "price": 20 }]);
    let events = vec![
        event(
            "Order Completed",
            "2026-01-20T10:00:00Z",
            json!({ "total": 0.1, "tier": "silver" }),
        ),
        event(
            "Order Completed",
            "2026-03-01T10:00:00Z",
            json!({ "total": 0.2, "tier": "gold", "products": products }),
        ),
        event(
            "Product Viewed",
            "2026-03-09T11:50:00Z",
            json!({ "category": "Garden" }),
        ),
        event(
            "Product Added",
            "2026-03-09T12:00:00Z",
            json!({ "category": "Garden" }),
        ),
    ];
    (known, events)
}

fn matches(criteria: &Criteria, at: &str) -> bool {
    let (known, events) = ada();
    let compiled = Compiled::new(criteria);
    let slots = Slots::new(compiled.specs().cloned());
    let mut customer = Customer::new(known);
    for event in events.iter().rev() {
        customer.take(&slots, event);
    }
    compiled.matches(&customer, instant(at))
}

#[test]
fn rules_say_of_ada_what_is_true_of_her() {
    for (text, expected) in [
        ("everyone", true),
        ("nobody", false),
        (r#"country is "France""#, true),
        (r#"country is "france""#, false),
        (r#"country is not one of ("Spain", "Italy")"#, true),
        ("age between 30 and 36 and age > 35.9", true),
        (r#"name is not "Bob""#, false),
        (r#"not name is "Bob""#, true),
        ("name does not exist and country exists", true),
        (r#"tags contains "vip" and tags is not "new""#, true),
        (r#"tags contains "news""#, false),
        ("newsletter is false", true),
        (
            "signed_up_at before 30 days ago and signed_up_at after 2026-02-01",
            true,
        ),
        ("signed_up_at is 2026-02-01", true),
        (r#"did "Order Completed" at least 2 times"#, true),
        (
            r#"did "Order Completed" at least 2 times in the last 30 days"#,
            false,
        ),
        (r#"did "Order Completed" exactly 1 time this month"#, true),
        (
            r#"did "Order Completed" in the calendar month 2 months ago"#,
            true,
        ),
        (r#"did "Order Completed" yesterday"#, false),
        (r#"never did "Order Refunded""#, true),
        (r#"did "Order Completed" more than 30 days ago"#, true),
        (
            r#"did "Order Completed" where (tier is "gold" and total < 1) from 2026-03-01"#,
            true,
        ),
        (r#"did "Order Completed" where products.id is "B2""#, true),
        (
            r#"did "Order Completed" where properties.products.price > 20"#,
            false,
        ),
        (r#"sum of total of "Order Completed" = 0.3"#, true),
        (r#"sum of total of "Order Refunded" < 1"#, true),
        (r#"average of total of "Order Refunded" < 1"#, false),
        (
            r#"greatest products.price of "Order Completed" is 20"#,
            true,
        ),
        (
            r#"distinct products.id of "Order Completed" at least 2"#,
            true,
        ),
        (r#"last "Order Completed" before 7 days ago"#, true),
        (r#"last tier of "Order Completed" is "gold""#, true),
        (
            r#"first tier of "Order Completed" is one of ("gold", "silver")"#,
            true,
        ),
        (
            "consent email marketing is granted and consent sms marketing is unknown",
            true,
        ),
        ("in segment loyal and not in segment \"lapsed\"", true),
        ("score churn < 0.5", true),
        (r#"context device is "mobile""#, true),
        (
            "was contacted by email with offer winter_sale at least 2 times",
            true,
        ),
        (
            "was contacted by email at least 2 times in the last 2 days",
            false,
        ),
        ("was never contacted by sms", true),
        (
            "responded with accept to offer winter_sale by inference",
            true,
        ),
        ("sum of value_cents of responses with accept >= 4999", true),
        (
            r#"did "Product Viewed" then "Product Added" within 10 minutes"#,
            true,
        ),
        (
            r#"did "Product Viewed" then "Product Added" within 9 minutes"#,
            false,
        ),
        (r#"did "Product Added" then "Product Viewed""#, false),
        (
            r#"did "Order Completed" then "Product Added" without "Product Viewed""#,
            false,
        ),
        (
            r#"did "Product Added" without "Order Completed" within 1 hour"#,
            true,
        ),
        (
            r#"did "Product Added" without "Order Completed" within 3 hours"#,
            false,
        ),
        (
            r#"did "Product Added" without "Order Completed" in the last 1 hour"#,
            false,
        ),
    ] {
        assert_eq!(
            matches(&rule(text), "2026-03-09T14:00:00Z"),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_window_includes_now_and_excludes_its_far_end() {
    let last_day = rule(r#"did "Product Added" in the last 24 hours"#);
    assert!(!matches(&last_day, "2026-03-09T11:59:59.999Z"));
    assert!(matches(&last_day, "2026-03-09T12:00:00Z"));
    assert!(matches(&last_day, "2026-03-10T11:59:59.999Z"));
    assert!(!matches(&last_day, "2026-03-10T12:00:00Z"));
    let earlier = rule(r#"did "Product Added" more than 24 hours ago"#);
    assert!(!matches(&earlier, "2026-03-10T11:59:59.999Z"));
    assert!(matches(&earlier, "2026-03-10T12:00:00Z"));
}

#[test]
fn days_are_as_long_as_the_customers_zone_makes_them() {
    use crate::criteria::CalendarUnit::Day;
    let london = TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap();
    for (now, hours) in [
        ("2026-03-30T12:00:00Z", 23),
        ("2026-03-31T12:00:00Z", 24),
        ("2026-10-26T12:00:00Z", 25),
    ] {
        let yesterday = Window::Calendar { unit: Day, ago: 1 }.range(instant(now), &london);
        assert_eq!(yesterday.until - yesterday.from, hours * HOUR_MS, "{now}");
    }
}

#[test]
fn a_slot_id_never_changes() {
    let pattern = |text: &str| match &rule(text) {
        Criteria::Aggregate(aggregate) => match &aggregate.of {
            crate::criteria::Occurrence::Events(pattern) => pattern.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let id = |pattern: &Pattern, measured| AggregateSpec::new(pattern, measured, Keep::Forever).id;
    let plain = pattern(r#"did "Order Completed""#);
    assert_eq!(id(&plain, None).to_string(), "ad8ab27be82a0e89");
    assert_eq!(id(&plain, Some("total")).to_string(), "7b1db1efcdf02a0a");
    assert_eq!(
        id(&plain, Some("total")),
        id(&plain, Some("properties.total"))
    );
    let one = pattern(r#"did "Order Completed" where (total > 50 and tier is "gold")"#);
    let other =
        pattern(r#"did "Order Completed" where (tier is "gold" and properties.total > 50)"#);
    assert_eq!(id(&one, None), id(&other, None));
    assert_ne!(id(&one, None), id(&plain, None));
}

#[test]
fn windows_of_one_aggregate_share_a_slot_that_keeps_the_longest() {
    let specs = aggregates(&rule(
        r#"did "Order Completed" in the last 30 days or did "Order Completed" in the last 90 days"#,
    ));
    assert_eq!(specs.len(), 1);
    assert_eq!(specs[0].keep, Keep::For(90 * DAY_MS));
    let back = lookback(&rule(
        "was contacted in the last 7 days and never responded",
    ));
    assert_eq!(back.contacts, Some(Keep::For(7 * DAY_MS)));
    assert_eq!(back.responses, Some(Keep::Forever));
}

#[test]
fn what_rules_have_in_common_is_compiled_once() {
    let rules = [
        rule(r#"country is "France" and did "Order Completed""#),
        rule(r#"did "Order Completed" and country is "France""#),
        rule(r#"not (country is "France" and did "Order Completed")"#),
    ];
    let set = CriteriaSet::compile(&rules);
    assert_eq!((set.len(), set.distinct_nodes()), (3, 4));
}

#[test]
fn an_explanation_shows_what_was_found_at_every_condition() {
    let (known, events) = ada();
    let criteria = rule(r#"age > 40 or (did "Order Completed" at least 3 times and name exists)"#);
    let compiled = Compiled::new(&criteria);
    let slots = Slots::new(compiled.specs().cloned());
    let mut customer = Customer::new(known);
    for event in &events {
        customer.take(&slots, event);
    }
    let now_ms = instant("2026-03-09T14:00:00Z");
    let explained = explain(&criteria, &customer, now_ms, Language::English);
    assert!(!explained.holds);
    assert_eq!(explained.joined_by, Some(Joint::Any));
    assert_eq!(explained.parts[0].observed.as_deref(), Some("36"));
    let orders = &explained.parts[1].parts[0];
    assert_eq!(orders.text, r#"did "Order Completed" at least 3 times"#);
    assert_eq!(
        (orders.holds, orders.observed.as_deref()),
        (false, Some("2"))
    );
    assert_eq!(
        explained.parts[1].parts[1].observed.as_deref(),
        Some("nothing")
    );
}

#[test]
fn sentences_are_printed_as_people_would_write_them() {
    for (written, printed, chinese) in [
        (
            r#"country = "France" AND did "Order Completed" where total > 50 at least 2 times
               in last 2 weeks and not (consent email marketing is granted)"#,
            concat!(
                r#"country is "France" and did "Order Completed" at least 2 times "#,
                "in the last 14 days where total > 50 ",
                "and not consent email marketing is granted",
            ),
            concat!(
                "country是“France”，并且最近 14 天内，“Order Completed”（total大于 50）的次数不小于 2，",
                "并且不满足（对 email 渠道的 marketing 用途已同意）",
            ),
        ),
        (
            "never did “Order Completed” this year or `first name` starts with 'A'",
            r#"never did "Order Completed" this year or `first name` starts with "A""#,
            "今年，从未有过“Order Completed”，或者first name以“A”开头",
        ),
        (
            "score > 3 or `is` = true",
            "`score` > 3 or `is` is true",
            "score大于 3，或者is是真",
        ),
    ] {
        let criteria = rule(written);
        assert_eq!(print(&criteria), printed);
        assert_eq!(print_zh(&criteria), chinese);
    }
}
