//! Random rules, customers and histories that meet at the edges.

use jiff::tz::TimeZone;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::customer::{Contact, Event, Known, Response};
use crate::criteria::{
    Aggregate, Answer, AttributeValue, CalendarUnit, Consent, ContactFilter, Criteria, DAY_MS,
    Measure, Moment, Named, Occurrence, Pattern, ResponseFilter, Sequence, Test, Window,
};

const HOUR_MS: i64 = 3_600_000;

/// Moments around which clocks change in one of the zones, years and months begin.
const TURNING_POINTS: [&str; 6] = [
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-01-01T00:00:00Z",
    "2026-03-01T00:00:00Z",
    "2025-12-29T00:00:00Z",
];

const ZONES: [&str; 4] = [
    "UTC0",
    "GMT0BST,M3.5.0/1,M10.5.0",
    "EST5EDT,M3.2.0,M11.1.0",
    "<+1345>-13:45",
];

pub fn zone() -> BoxedStrategy<TimeZone> {
    prop::sample::select(&ZONES[..])
        .prop_map(|zone| TimeZone::posix(zone).unwrap())
        .boxed()
}

pub fn now() -> BoxedStrategy<i64> {
    let point = prop::sample::select(&TURNING_POINTS[..])
        .prop_map(|text| text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    (point, -30..50_i64, edge())
        .prop_map(|(point, hours, edge)| point + hours * HOUR_MS + edge)
        .boxed()
}

/// Exactly on an edge, or a millisecond beside it.
fn edge() -> BoxedStrategy<i64> {
    prop_oneof![Just(0), Just(-1), Just(1)].boxed()
}

/// A length of time that events and windows share, so that they meet.
fn length() -> BoxedStrategy<i64> {
    const LENGTHS: &[i64] = &[HOUR_MS, 3 * HOUR_MS, DAY_MS, 2 * DAY_MS, 30 * DAY_MS];
    prop::sample::select(LENGTHS).boxed()
}

fn number() -> BoxedStrategy<f64> {
    prop::sample::select(vec![-1.0, 0.0, 1.0, 2.0, 9.99, 10.0, 0.1, 50.0]).boxed()
}

fn text() -> BoxedStrategy<&'static str> {
    prop::sample::select(vec![
        "Garden",
        "Gar",
        "Toys",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "50",
    ])
    .boxed()
}

fn value() -> BoxedStrategy<AttributeValue> {
    prop_oneof![
        number().prop_map(AttributeValue::Number),
        text().prop_map(AttributeValue::from_text),
        any::<bool>().prop_map(AttributeValue::Bool),
    ]
    .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    prop_oneof![
        now().prop_map(Moment::At),
        Just(Moment::At(1_767_225_600_000)),
        length().prop_map(Moment::Ago),
        length().prop_map(Moment::Ahead),
        Just(Moment::Ago(0)),
    ]
    .boxed()
}

fn numeric() -> BoxedStrategy<Test> {
    prop_oneof![
        number().prop_map(|number| Test::Equals(AttributeValue::Number(number))),
        number().prop_map(|number| Test::NotEquals(AttributeValue::Number(number))),
        vec(number().prop_map(AttributeValue::Number), 1..3).prop_map(Test::OneOf),
        number().prop_map(Test::Greater),
        number().prop_map(Test::AtLeast),
        number().prop_map(Test::Less),
        number().prop_map(Test::AtMost),
        (number(), number()).prop_map(|(a, b)| Test::Between(a.min(b), a.max(b))),
        Just(Test::Exists),
        Just(Test::Missing),
    ]
    .boxed()
}

fn of_value() -> BoxedStrategy<Test> {
    prop_oneof![
        numeric(),
        value().prop_map(Test::Equals),
        value().prop_map(Test::NotEquals),
        vec(value(), 1..3).prop_map(Test::OneOf),
        vec(value(), 1..3).prop_map(Test::NoneOf),
    ]
    .boxed()
}

fn of_time() -> BoxedStrategy<Test> {
    prop_oneof![
        moment().prop_map(Test::Before),
        moment().prop_map(Test::After),
        Just(Test::Exists),
        Just(Test::Missing),
    ]
    .boxed()
}

fn test() -> BoxedStrategy<Test> {
    prop_oneof![
        of_value(),
        of_time(),
        text().prop_map(|text| Test::Contains(text.to_owned())),
        text().prop_map(|text| Test::StartsWith(text.to_owned())),
    ]
    .boxed()
}

const PATHS: &[&str] = &[
    "total",
    "category",
    "tags",
    "products.price",
    "products.id",
    "context.page.path",
    "properties.total",
    "nothing",
];

fn property() -> BoxedStrategy<String> {
    prop::sample::select(PATHS).prop_map(str::to_owned).boxed()
}

fn pattern() -> BoxedStrategy<Pattern> {
    let fixed = test().prop_filter("relative to now", |test| !test.relative());
    let named = (property(), fixed).prop_map(|(name, test)| Named { name, test });
    (
        event_name(),
        prop_oneof![3 => Just(vec![]), 1 => vec(named, 1..3)],
    )
        .prop_map(|(event, tests)| Pattern { event, tests })
        .boxed()
}

fn event_name() -> BoxedStrategy<String> {
    prop::sample::select(vec!["Order Completed", "Product Viewed", "Product Added"])
        .prop_map(str::to_owned)
        .boxed()
}

pub fn window() -> BoxedStrategy<Window> {
    let units = vec![
        CalendarUnit::Day,
        CalendarUnit::Week,
        CalendarUnit::Month,
        CalendarUnit::Year,
    ];
    prop_oneof![
        1 => Just(Window::Ever),
        2 => length().prop_map(Window::Rolling),
        1 => length().prop_map(Window::Before),
        3 => (prop::sample::select(units), 0..4_u32)
            .prop_map(|(unit, ago)| Window::Calendar { unit, ago }),
        1 => (now(), length()).prop_map(|(from, length)| Window::Between {
            from: Some(Moment::At(from)),
            until: Some(Moment::At(from + length)),
        }),
        1 => (length(), length()).prop_map(|(a, b)| Window::Between {
            from: Some(Moment::Ago(a + b)),
            until: Some(Moment::Ago(b)),
        }),
        1 => moment()
            .prop_filter("in the future", |moment| !matches!(
                moment,
                Moment::Ahead(_)
            ))
            .prop_map(|from| Window::Between {
                from: Some(from),
                until: None
            }),
        1 => moment().prop_map(|until| Window::Between {
            from: None,
            until: Some(until)
        }),
    ]
    .boxed()
}

fn name(names: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    option::of(prop::sample::select(names).prop_map(str::to_owned)).boxed()
}

const CHANNELS: &[&str] = &["email", "web"];
const OFFERS: &[&str] = &["winter", "summer"];
const KINDS: &[&str] = &["click", "accept"];

fn contacts() -> BoxedStrategy<Occurrence> {
    (name(CHANNELS), name(OFFERS), name(OFFERS), name(OFFERS))
        .prop_map(|(channel, offer, category, placement)| {
            Occurrence::Contacts(ContactFilter {
                channel,
                offer,
                category,
                placement,
            })
        })
        .boxed()
}

fn responses() -> BoxedStrategy<Occurrence> {
    (name(KINDS), name(OFFERS), option::of(any::<bool>()))
        .prop_map(|(kind, offer, inferred)| {
            Occurrence::Responses(ResponseFilter {
                kind,
                offer,
                category: None,
                inferred,
            })
        })
        .boxed()
}

/// A measure with a test that suits it.
fn measured(property: BoxedStrategy<String>) -> BoxedStrategy<(Measure, Test)> {
    let p = property;
    prop_oneof![
        3 => numeric().prop_map(|test| (Measure::Count, test)),
        1 => (p.clone(), numeric()).prop_map(|(of, test)| (Measure::Sum(of), test)),
        1 => (p.clone(), numeric()).prop_map(|(of, test)| (Measure::Average(of), test)),
        1 => (p.clone(), numeric()).prop_map(|(of, test)| (Measure::Min(of), test)),
        1 => (p.clone(), numeric()).prop_map(|(of, test)| (Measure::Max(of), test)),
        1 => (p.clone(), numeric()).prop_map(|(of, test)| (Measure::Distinct(of), test)),
        1 => of_time().prop_map(|test| (Measure::LastTime, test)),
        1 => of_time().prop_map(|test| (Measure::FirstTime, test)),
        1 => (p.clone(), of_value()).prop_map(|(of, test)| (Measure::LastValue(of), test)),
        1 => (p, of_value()).prop_map(|(of, test)| (Measure::FirstValue(of), test)),
    ]
    .boxed()
}

fn aggregate() -> BoxedStrategy<Criteria> {
    let events = (
        pattern().prop_map(Occurrence::Events),
        measured(property().boxed()),
    );
    let cents = Just("value_cents".to_owned()).boxed();
    let count = numeric().prop_map(|test| (Measure::Count, test));
    let distinct = numeric().prop_map(|test| (Measure::Distinct("channel".to_owned()), test));
    let times = of_time().prop_map(|test| (Measure::LastTime, test));
    let source = prop_oneof![
        4 => events,
        1 => (contacts(), prop_oneof![count, distinct, times]),
        1 => (responses(), measured(cents)),
    ];
    (source, window())
        .prop_map(|((of, (measure, test)), window)| {
            Criteria::Aggregate(Aggregate {
                of,
                measure,
                window,
                test,
            })
        })
        .boxed()
}

fn sequence() -> BoxedStrategy<Criteria> {
    let several = (vec(pattern(), 2..4), option::of(pattern()));
    let one = (vec(pattern(), 1..2), pattern().prop_map(Some));
    (prop_oneof![several, one], option::of(length()), window())
        .prop_map(|((steps, without), within_ms, window)| {
            Criteria::Sequence(Sequence {
                steps,
                within_ms,
                without,
                window,
            })
        })
        .boxed()
}

fn named(names: &'static [&'static str]) -> BoxedStrategy<Named> {
    (prop::sample::select(names), test())
        .prop_map(|(name, test)| Named {
            name: name.to_owned(),
            test,
        })
        .boxed()
}

const ATTRIBUTES: &[&str] = &["country", "age", "tags", "missing"];

pub fn leaf() -> BoxedStrategy<Criteria> {
    let answer = prop::sample::select(vec![Answer::Granted, Answer::Denied, Answer::Unknown]);
    prop_oneof![
        2 => named(ATTRIBUTES).prop_map(Criteria::Attribute),
        1 => named(ATTRIBUTES).prop_map(Criteria::Context),
        1 => numeric().prop_map(|test| Criteria::Score(Named { name: "churn".to_owned(), test })),
        1 => prop::sample::select(OFFERS).prop_map(|key| Criteria::Segment(key.to_owned())),
        1 => (prop::sample::select(CHANNELS), answer).prop_map(|(channel, answer)| {
            Criteria::Consent(Consent {
                channel: channel.to_owned(),
                purpose: "marketing".to_owned(),
                answer,
            })
        }),
        8 => aggregate(),
        3 => sequence(),
    ]
    .boxed()
}

pub fn criteria() -> BoxedStrategy<Criteria> {
    leaf()
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Criteria::All),
                vec(inner.clone(), 0..4).prop_map(Criteria::Any),
                inner.prop_map(|part| Criteria::Not(Box::new(part))),
            ]
        })
        .boxed()
}

fn scalar() -> BoxedStrategy<Value> {
    prop_oneof![
        number().prop_map(Value::from),
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
    .boxed()
}

fn properties() -> BoxedStrategy<Value> {
    let product = prop_oneof![
        (number(), text()).prop_map(|(price, id)| json!({ "price": price, "id": id })),
        text().prop_map(|id| json!({ "id": id })),
    ];
    let entries = (
        option::of(scalar()),
        option::of(scalar()),
        vec(scalar(), 0..3),
        vec(product, 0..3),
    );
    entries
        .prop_map(|(total, category, tags, products)| {
            let mut properties = json!({ "tags": tags, "products": products });
            for (key, value) in [("total", total), ("category", category)] {
                if let Some(value) = value {
                    properties[key] = value;
                }
            }
            properties
        })
        .boxed()
}

/// Events before, at and after `now`, on the edges of windows.
pub fn event(now_ms: i64) -> BoxedStrategy<Event> {
    let context = text().prop_map(|path| json!({ "page": { "path": path } }));
    let age = prop_oneof![
        3 => length(),
        1 => Just(0),
        3 => (0..100_i64).prop_map(|hours| hours * HOUR_MS),
        1 => (0..800_i64).prop_map(|hours| hours * HOUR_MS),
    ];
    (event_name(), age, edge(), properties(), context)
        .prop_map(move |(name, age, edge, properties, context)| Event {
            name,
            occurred_ms: now_ms - age + edge,
            properties,
            context,
        })
        .boxed()
}

pub fn known(now_ms: i64) -> BoxedStrategy<Known> {
    let attributes = proptest::collection::btree_map(
        prop::sample::select(&ATTRIBUTES[..3]).prop_map(str::to_owned),
        prop_oneof![
            value(),
            vec(text().prop_map(str::to_owned), 1..3).prop_map(AttributeValue::List)
        ],
        0..4,
    );
    let contact = (length(), edge(), name(CHANNELS), name(OFFERS), name(OFFERS)).prop_map(
        move |(age, edge, channel, offer, category)| Contact {
            at_ms: now_ms - age + edge,
            channel: channel.unwrap_or_else(|| "sms".to_owned()),
            placement: category.clone(),
            offer,
            category,
        },
    );
    let response = (
        length(),
        edge(),
        name(KINDS),
        name(OFFERS),
        any::<bool>(),
        option::of(0..3_i64),
    )
        .prop_map(
            move |(age, edge, kind, offer, inferred, value_cents)| Response {
                at_ms: now_ms - age + edge,
                kind: kind.unwrap_or_else(|| "view".to_owned()),
                offer,
                inferred,
                value_cents,
            },
        );
    let consent = option::of(any::<bool>());
    let some = (
        vec(contact, 0..4),
        vec(response, 0..4),
        consent,
        option::of(number()),
    );
    (attributes.clone(), attributes, some, any::<bool>(), zone())
        .prop_map(
            |(attributes, context, (contacts, responses, consent, score), member, zone)| Known {
                attributes,
                context,
                scores: score
                    .into_iter()
                    .map(|score| ("churn".to_owned(), score))
                    .collect(),
                segments: member.then(|| "winter".to_owned()).into_iter().collect(),
                consents: consent
                    .into_iter()
                    .map(|granted| (("email".to_owned(), "marketing".to_owned()), granted))
                    .collect(),
                contacts,
                responses,
                zone,
            },
        )
        .boxed()
}
