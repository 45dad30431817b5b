//! Customers as most sources send them: every property and attribute has one kind and one value,
//! so that it has a column.

use serde_json::Value;

use super::tables::Person;
use crate::criteria::tests::customer::Event;
use crate::criteria::value::recognise_instant;
use crate::criteria::{
    Aggregate, AttributeValue, Criteria, Measure, Named, Occurrence, Pattern, Sequence,
};

/// The customer with values of one kind.
pub fn person(mut person: Person) -> Person {
    for event in &mut person.events {
        tidy_event(event);
    }
    person
        .known
        .attributes
        .retain(|key, value| match key.as_str() {
            "age" => matches!(value, AttributeValue::Number(_)),
            "country" => matches!(value, AttributeValue::Text(_)),
            _ => false,
        });
    person
}

fn tidy_event(event: &mut Event) {
    let word = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| recognise_instant(text).is_none())
    };
    let Some(properties) = event.properties.as_object_mut() else {
        return;
    };
    properties.remove("tags");
    properties.retain(|key, value| match key.as_str() {
        "total" => value.is_number(),
        "category" => word(value),
        _ => true,
    });
    if let Some(Value::Array(products)) = properties.get_mut("products") {
        products.truncate(1);
        products.retain(|product| word(&product["id"]));
    }
    if !word(&event.context["page"]["path"]) {
        event.context["page"]["path"] = Value::from("Garden");
    }
}

/// The rule over such customers: lists are asked for as words.
pub fn rule(rule: Criteria) -> Criteria {
    match rule {
        Criteria::All(parts) => Criteria::All(parts.into_iter().map(self::rule).collect()),
        Criteria::Any(parts) => Criteria::Any(parts.into_iter().map(self::rule).collect()),
        Criteria::Not(part) => Criteria::Not(Box::new(self::rule(*part))),
        Criteria::Attribute(named) => Criteria::Attribute(self::named(named, "tags", "country")),
        Criteria::Aggregate(aggregate) => Criteria::Aggregate(Aggregate {
            of: match aggregate.of {
                Occurrence::Events(pattern) => Occurrence::Events(self::pattern(pattern)),
                other => other,
            },
            measure: measure(aggregate.measure),
            ..aggregate
        }),
        Criteria::Sequence(sequence) => Criteria::Sequence(Sequence {
            steps: sequence.steps.into_iter().map(pattern).collect(),
            without: sequence.without.map(pattern),
            ..sequence
        }),
        other => other,
    }
}

fn named(mut named: Named, from: &str, to: &str) -> Named {
    if named.name == from {
        named.name = to.to_owned();
    }
    named
}

fn pattern(pattern: Pattern) -> Pattern {
    let tests = pattern.tests.into_iter();
    Pattern {
        tests: tests.map(|test| named(test, "tags", "category")).collect(),
        ..pattern
    }
}

/// Different, first and last values are those of numbers.
fn measure(measure: Measure) -> Measure {
    let total = |_: String| "total".to_owned();
    match measure {
        Measure::Distinct(path) if path != "channel" && path != "value_cents" => {
            Measure::Distinct(total(path))
        }
        Measure::FirstValue(path) if path != "value_cents" => Measure::FirstValue(total(path)),
        Measure::LastValue(path) if path != "value_cents" => Measure::LastValue(total(path)),
        other => other,
    }
}
