//! Writing: from the syntax tree to its JSON form.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::operator::Test;
use super::tree::{Aggregate, Answer, Criteria, Measure, Named, Occurrence, Pattern, Sequence};
use super::value::{AttributeValue, DAY_MS, instant_text, number_json};
use super::window::{CalendarUnit, Moment, Window};

/// The JSON form of a rule.
#[must_use]
pub fn write(criteria: &Criteria) -> Value {
    match criteria {
        Criteria::All(parts) => json!({ "all": parts.iter().map(write).collect::<Value>() }),
        Criteria::Any(parts) => json!({ "any": parts.iter().map(write).collect::<Value>() }),
        Criteria::Not(part) => json!({ "not": write(part) }),
        Criteria::Attribute(test) => Value::Object(named("attribute", test)),
        Criteria::Context(test) => Value::Object(named("context", test)),
        Criteria::Score(test) => Value::Object(named("score", test)),
        Criteria::Segment(key) => json!({ "segment": key }),
        Criteria::Consent(consent) => json!({
            "consent": { "channel": consent.channel, "purpose": consent.purpose },
            "is": consent.answer.word(),
        }),
        Criteria::Aggregate(test) => Value::Object(aggregate(test)),
        Criteria::Sequence(test) => Value::Object(sequence(test)),
    }
}

impl Serialize for Criteria {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self).serialize(serializer)
    }
}

impl Answer {
    /// Its word in JSON and text.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}

impl CalendarUnit {
    /// Its word in JSON and text.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

fn named(key: &str, named: &Named) -> Map<String, Value> {
    let mut entries = Map::new();
    entries.insert(key.to_owned(), Value::from(named.name.clone()));
    write_test(&mut entries, &named.test);
    entries
}

fn aggregate(aggregate: &Aggregate) -> Map<String, Value> {
    let mut entries = match &aggregate.of {
        Occurrence::Events(of) => pattern(of),
        Occurrence::Contacts(filter) => {
            let fields = [
                ("channel", &filter.channel),
                ("offer", &filter.offer),
                ("category", &filter.category),
                ("placement", &filter.placement),
            ];
            Map::from_iter([("contacts".to_owned(), given(&fields))])
        }
        Occurrence::Responses(filter) => {
            let fields = [
                ("kind", &filter.kind),
                ("offer", &filter.offer),
                ("category", &filter.category),
            ];
            let mut inner = given(&fields);
            if let Some(inferred) = filter.inferred {
                inner["inferred"] = Value::Bool(inferred);
            }
            Map::from_iter([("responses".to_owned(), inner)])
        }
    };
    if aggregate.measure != Measure::Count {
        entries.insert("measure".to_owned(), Value::from(aggregate.measure.word()));
    }
    if let Some(property) = aggregate.measure.property() {
        entries.insert("of".to_owned(), Value::from(property));
    }
    write_window(&mut entries, aggregate.window);
    write_test(&mut entries, &aggregate.test);
    entries
}

fn given(fields: &[(&str, &Option<String>)]) -> Value {
    let mut entries = Map::new();
    for (key, field) in fields {
        if let Some(text) = field {
            entries.insert((*key).to_owned(), Value::from(text.clone()));
        }
    }
    Value::Object(entries)
}

fn pattern(pattern: &Pattern) -> Map<String, Value> {
    let mut entries = Map::new();
    entries.insert("event".to_owned(), Value::from(pattern.event.clone()));
    if !pattern.tests.is_empty() {
        let tests = pattern
            .tests
            .iter()
            .map(|test| Value::Object(named("property", test)));
        entries.insert("where".to_owned(), tests.collect());
    }
    entries
}

fn sequence(sequence: &Sequence) -> Map<String, Value> {
    let mut entries = Map::new();
    let steps = sequence
        .steps
        .iter()
        .map(|step| Value::Object(pattern(step)));
    entries.insert("sequence".to_owned(), steps.collect());
    if let Some(within_ms) = sequence.within_ms {
        entries.insert("within_ms".to_owned(), Value::from(within_ms));
    }
    if let Some(without) = &sequence.without {
        entries.insert("without".to_owned(), Value::Object(pattern(without)));
    }
    write_window(&mut entries, sequence.window);
    entries
}

fn write_test(entries: &mut Map<String, Value>, test: &Test) {
    let list = |values: &[AttributeValue]| values.iter().map(AttributeValue::to_json).collect();
    let (key, value) = match test {
        Test::Equals(value) => ("equals", value.to_json()),
        Test::NotEquals(value) => ("not_equals", value.to_json()),
        Test::OneOf(values) => ("one_of", list(values)),
        Test::NoneOf(values) => ("none_of", list(values)),
        Test::Contains(text) => ("contains", Value::from(text.clone())),
        Test::StartsWith(text) => ("starts_with", Value::from(text.clone())),
        Test::Greater(bound) => ("greater", number_json(*bound)),
        Test::AtLeast(bound) => ("at_least", number_json(*bound)),
        Test::Less(bound) => ("less", number_json(*bound)),
        Test::AtMost(bound) => ("at_most", number_json(*bound)),
        Test::Between(low, high) => ("between", json!([number_json(*low), number_json(*high)])),
        Test::Before(when) => ("before", moment(*when)),
        Test::After(when) => ("after", moment(*when)),
        Test::Exists => ("exists", Value::Bool(true)),
        Test::Missing => ("exists", Value::Bool(false)),
    };
    entries.insert(key.to_owned(), value);
}

fn moment(moment: Moment) -> Value {
    match moment {
        Moment::At(ms) => Value::from(instant_text(ms)),
        Moment::Ago(ms) if ms % DAY_MS == 0 => json!({ "days_ago": ms / DAY_MS }),
        Moment::Ago(ms) => json!({ "ms_ago": ms }),
        Moment::Ahead(ms) if ms % DAY_MS == 0 => json!({ "days_ahead": ms / DAY_MS }),
        Moment::Ahead(ms) => json!({ "ms_ahead": ms }),
    }
}

fn write_window(entries: &mut Map<String, Value>, window: Window) {
    let within = match window {
        Window::Ever
        | Window::Between {
            from: None,
            until: None,
        } => return,
        Window::Rolling(ms) if ms % DAY_MS == 0 => json!({ "rolling_days": ms / DAY_MS }),
        Window::Rolling(ms) => json!({ "rolling_ms": ms }),
        Window::Before(ms) if ms % DAY_MS == 0 => json!({ "before_days": ms / DAY_MS }),
        Window::Before(ms) => json!({ "before_ms": ms }),
        Window::Calendar { unit, ago } => json!({ "calendar": unit.word(), "ago": ago }),
        Window::Between { from, until } => {
            let mut sides = Map::new();
            for (key, side) in [("from", from), ("until", until)] {
                sides.extend(side.map(|side| (key.to_owned(), moment(side))));
            }
            Value::Object(sides)
        }
    };
    entries.insert("within".to_owned(), within);
}
