//! The naive evaluator: reads the whole history for every condition, shares nothing with the
//! live predicate but the syntax tree, and is the oracle of the property test.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::customer::{Contact, Event, Known, Response};
use crate::criteria::{
    Aggregate, Answer, AttributeValue, CalendarUnit, Criteria, Match, Measure, Moment, Named,
    Occurrence, Pattern, Sequence, Test, ValueView, Window, recognise_instant,
};

pub struct Reference<'a> {
    pub known: &'a Known,
    pub events: &'a [Event],
    pub now_ms: i64,
}

/// A thing that happened, with the values of the measured property.
struct Happening {
    at_ms: i64,
    values: Vec<Value>,
}

impl Reference<'_> {
    pub fn matches(&self, criteria: &Criteria) -> bool {
        match criteria {
            Criteria::All(parts) => parts.iter().all(|part| self.matches(part)),
            Criteria::Any(parts) => parts.iter().any(|part| self.matches(part)),
            Criteria::Not(part) => !self.matches(part),
            Criteria::Attribute(Named { name, test }) => {
                self.of_known(test, self.known.attributes.get(name))
            }
            Criteria::Context(Named { name, test }) => {
                self.of_known(test, self.known.context.get(name))
            }
            Criteria::Score(Named { name, test }) => {
                let score = self.known.scores.get(name).map(|score| Value::from(*score));
                self.holds(test, &plain(score.into_iter().collect()))
            }
            Criteria::Segment(key) => self.known.segments.contains(key),
            Criteria::Consent(consent) => {
                let key = (consent.channel.clone(), consent.purpose.clone());
                let answer = match self.known.consents.get(&key) {
                    Some(true) => Answer::Granted,
                    Some(false) => Answer::Denied,
                    None => Answer::Unknown,
                };
                answer == consent.answer
            }
            Criteria::Aggregate(aggregate) => self.aggregate(aggregate),
            Criteria::Sequence(sequence) => self.sequence(sequence),
        }
    }

    /// An attribute that is a date is no text, though its JSON looks like it.
    fn of_known(&self, test: &Test, value: Option<&AttributeValue>) -> bool {
        let searched = matches!(test, Test::Contains(_) | Test::StartsWith(_));
        let date = matches!(value, Some(AttributeValue::Instant(_)));
        !(searched && date) && self.holds(test, &singles(value))
    }

    fn aggregate(&self, aggregate: &Aggregate) -> bool {
        let property = aggregate.measure.property();
        let mut happenings = self.happenings(&aggregate.of, property);
        happenings.retain(|happening| self.inside(aggregate.window, happening.at_ms));
        let result = measure(&aggregate.measure, &happenings);
        self.holds(&aggregate.test, &plain(result.into_iter().collect()))
    }

    fn happenings(&self, of: &Occurrence, property: Option<&str>) -> Vec<Happening> {
        match of {
            Occurrence::Events(pattern) => self
                .events
                .iter()
                .filter(|event| self.fits(pattern, event))
                .map(|event| Happening {
                    at_ms: event.occurred_ms,
                    values: property.map_or(vec![], |path| {
                        values_at(event, path)
                            .into_iter()
                            .map(|(value, _)| value)
                            .collect()
                    }),
                })
                .collect(),
            Occurrence::Contacts(filter) => {
                let admitted = |contact: &&Contact| {
                    filter
                        .channel
                        .as_ref()
                        .is_none_or(|channel| *channel == contact.channel)
                        && (filter.offer.is_none() || filter.offer == contact.offer)
                        && (filter.category.is_none() || filter.category == contact.category)
                        && (filter.placement.is_none() || filter.placement == contact.placement)
                };
                let happening = |contact: &Contact| {
                    let value = property.and_then(|field| match field {
                        "channel" => Some(contact.channel.clone()),
                        "offer" => contact.offer.clone(),
                        "category" => contact.category.clone(),
                        _ => contact.placement.clone(),
                    });
                    Happening {
                        at_ms: contact.at_ms,
                        values: value.map(Value::from).into_iter().collect(),
                    }
                };
                self.known
                    .contacts
                    .iter()
                    .filter(admitted)
                    .map(happening)
                    .collect()
            }
            Occurrence::Responses(filter) => {
                let admitted = |response: &&Response| {
                    filter
                        .kind
                        .as_ref()
                        .is_none_or(|kind| *kind == response.kind)
                        && (filter.offer.is_none() || filter.offer == response.offer)
                        && filter.category.is_none()
                        && filter
                            .inferred
                            .is_none_or(|inferred| inferred == response.inferred)
                };
                let happening = |response: &Response| {
                    let value = property.and_then(|field| match field {
                        "kind" => Some(Value::from(response.kind.clone())),
                        "offer" => response.offer.clone().map(Value::from),
                        "value_cents" => response.value_cents.map(Value::from),
                        _ => None,
                    });
                    Happening {
                        at_ms: response.at_ms,
                        values: value.into_iter().collect(),
                    }
                };
                self.known
                    .responses
                    .iter()
                    .filter(admitted)
                    .map(happening)
                    .collect()
            }
        }
    }

    fn fits(&self, pattern: &Pattern, event: &Event) -> bool {
        event.name == pattern.event
            && pattern
                .tests
                .iter()
                .all(|named| self.holds(&named.test, &values_at(event, &named.name)))
    }

    /// Tries every combination of events.
    fn sequence(&self, sequence: &Sequence) -> bool {
        let times = |pattern: &Pattern| -> Vec<i64> {
            let fitting = self.events.iter().filter(|event| self.fits(pattern, event));
            fitting
                .map(|event| event.occurred_ms)
                .filter(|ms| *ms <= self.now_ms)
                .collect()
        };
        let disturbing = sequence.without.as_ref().map_or(vec![], times);
        let mut chains: Vec<Vec<i64>> = vec![vec![]];
        for step in &sequence.steps {
            let next: Vec<i64> = times(step)
                .into_iter()
                .filter(|ms| self.inside(sequence.window, *ms))
                .collect();
            chains = chains
                .iter()
                .flat_map(|chain| {
                    next.iter()
                        .filter(|ms| chain.last().is_none_or(|last| last < *ms))
                        .map(|ms| chain.iter().copied().chain([*ms]).collect::<Vec<i64>>())
                })
                .collect();
        }
        chains.iter().any(|chain| {
            let (first, last) = (chain[0], chain[chain.len() - 1]);
            if chain.len() > 1 {
                return sequence
                    .within_ms
                    .is_none_or(|within| last - first <= within)
                    && !disturbing.iter().any(|ms| first < *ms && *ms < last);
            }
            let over = sequence
                .within_ms
                .is_none_or(|within| first + within < self.now_ms);
            let in_time = |ms: i64| sequence.within_ms.is_none_or(|within| ms - first <= within);
            over && !disturbing.iter().any(|ms| first < *ms && in_time(*ms))
        })
    }

    /// Calendar windows by comparing dates, without any arithmetic on midnights.
    fn inside(&self, window: Window, at_ms: i64) -> bool {
        if at_ms > self.now_ms {
            return false;
        }
        let age = self.now_ms - at_ms;
        match window {
            Window::Ever => true,
            Window::Rolling(ms) => age < ms,
            Window::Before(ms) => age >= ms,
            Window::Between { from, until } => {
                from.is_none_or(|from| self.moment(from) <= at_ms)
                    && until.is_none_or(|until| at_ms < self.moment(until))
            }
            Window::Calendar { unit, ago } => {
                let ago = i64::from(ago);
                self.unit(unit, at_ms) == self.unit(unit, self.now_ms) - ago
            }
        }
    }

    fn unit(&self, unit: CalendarUnit, ms: i64) -> i64 {
        let instant = Timestamp::from_millisecond(ms).unwrap();
        let date: Date = self.known.zone.to_datetime(instant).date();
        let monday = jiff::civil::date(1969, 12, 29);
        let days = i64::from(monday.until(date).unwrap().get_days());
        match unit {
            CalendarUnit::Day => days,
            CalendarUnit::Week => days.div_euclid(7),
            CalendarUnit::Month => i64::from(date.year()) * 12 + i64::from(date.month()),
            CalendarUnit::Year => i64::from(date.year()),
        }
    }

    fn moment(&self, moment: Moment) -> i64 {
        match moment {
            Moment::At(ms) => ms,
            Moment::Ago(ms) => self.now_ms - ms,
            Moment::Ahead(ms) => self.now_ms + ms,
        }
    }

    fn holds(&self, test: &Test, values: &[(Value, bool)]) -> bool {
        let some = |holds: &dyn Fn(&Value, bool) -> bool| {
            values.iter().any(|(value, element)| holds(value, *element))
        };
        let number =
            |holds: &dyn Fn(f64) -> bool| some(&|value, _| value.as_f64().is_some_and(holds));
        let instant = |holds: &dyn Fn(i64) -> bool| {
            some(&|value, _| {
                value
                    .as_str()
                    .and_then(recognise_instant)
                    .is_some_and(holds)
            })
        };
        match test {
            Test::Equals(other) => some(&|value, _| same(value, other)),
            Test::NotEquals(other) => !values.is_empty() && !some(&|value, _| same(value, other)),
            Test::OneOf(others) => some(&|value, _| others.iter().any(|other| same(value, other))),
            Test::NoneOf(others) => {
                !values.is_empty()
                    && !some(&|value, _| others.iter().any(|other| same(value, other)))
            }
            Test::Contains(part) => some(&|value, element| {
                let text = value.as_str();
                text.is_some_and(|text| {
                    if element {
                        text == part
                    } else {
                        text.contains(part)
                    }
                })
            }),
            Test::StartsWith(part) => {
                some(&|value, _| value.as_str().is_some_and(|text| text.starts_with(part)))
            }
            Test::Greater(bound) => number(&|number| number > *bound),
            Test::AtLeast(bound) => number(&|number| number >= *bound),
            Test::Less(bound) => number(&|number| number < *bound),
            Test::AtMost(bound) => number(&|number| number <= *bound),
            Test::Between(low, high) => number(&|number| *low <= number && number <= *high),
            Test::Before(moment) => instant(&|ms| ms < self.moment(*moment)),
            Test::After(moment) => instant(&|ms| ms >= self.moment(*moment)),
            Test::Exists => !values.is_empty(),
            Test::Missing => values.is_empty(),
        }
    }
}

fn measure(measure: &Measure, happenings: &[Happening]) -> Option<Value> {
    let first = happenings.iter().map(|happening| happening.at_ms).min();
    let last = happenings.iter().map(|happening| happening.at_ms).max();
    let values: Vec<&Value> = happenings
        .iter()
        .flat_map(|happening| &happening.values)
        .collect();
    let numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
    let millionths: f64 = numbers.iter().map(|number| (number * 1e6).round()).sum();
    let instant = |ms: i64| Value::from(Timestamp::from_millisecond(ms).unwrap().to_string());
    match measure {
        Measure::Count => Some(Value::from(happenings.len())),
        Measure::Sum(_) => Some(Value::from(millionths / 1e6)),
        Measure::Average(_) if numbers.is_empty() => None,
        Measure::Average(_) => Some(Value::from(millionths / 1e6 / numbers.len() as f64)),
        Measure::Min(_) => numbers.iter().copied().reduce(f64::min).map(Value::from),
        Measure::Max(_) => numbers.iter().copied().reduce(f64::max).map(Value::from),
        Measure::Distinct(_) => {
            let mut different: Vec<&Value> = Vec::new();
            for value in values {
                if !different.iter().any(|known| equal(known, value)) {
                    different.push(value);
                }
            }
            Some(Value::from(different.len()))
        }
        Measure::LastTime => last.map(instant),
        Measure::FirstTime => first.map(instant),
        Measure::LastValue(_) => by_time(happenings)
            .last()
            .map(|(_, value)| (*value).clone()),
        Measure::FirstValue(_) => by_time(happenings)
            .first()
            .map(|(_, value)| (*value).clone()),
    }
}

/// Values by time; those of the same time in the order that [`Match`] defines.
fn by_time(happenings: &[Happening]) -> Vec<(i64, &Value)> {
    let mut found: Vec<(i64, &Value)> = happenings
        .iter()
        .flat_map(|happening| {
            happening
                .values
                .iter()
                .map(|value| (happening.at_ms, value))
        })
        .collect();
    found.sort_by_key(|(at_ms, value)| Match::of(*at_ms, ValueView::from_json(value).unwrap()));
    found
}

fn same(value: &Value, other: &AttributeValue) -> bool {
    match other {
        AttributeValue::Bool(truth) => value.as_bool() == Some(*truth),
        AttributeValue::Number(number) => value.as_f64() == Some(*number),
        AttributeValue::Text(text) => value.as_str() == Some(text),
        AttributeValue::Instant(ms) => value.as_str().and_then(recognise_instant) == Some(*ms),
        AttributeValue::List(_) => false,
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (
        a.as_str().and_then(recognise_instant),
        b.as_str().and_then(recognise_instant),
    ) {
        (Some(a), Some(b)) => a == b,
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}

fn singles(value: Option<&AttributeValue>) -> Vec<(Value, bool)> {
    match value.map(AttributeValue::to_json) {
        None => vec![],
        Some(Value::Array(items)) => items.into_iter().map(|item| (item, true)).collect(),
        Some(single) => vec![(single, false)],
    }
}

fn plain(values: Vec<Value>) -> Vec<(Value, bool)> {
    values.into_iter().map(|value| (value, false)).collect()
}

/// Every scalar a path leads to, and whether it is an element of a list of scalars.
fn values_at(event: &Event, path: &str) -> Vec<(Value, bool)> {
    let (root, path) = match path.strip_prefix("context.") {
        Some(rest) => (&event.context, rest),
        None => (
            &event.properties,
            path.strip_prefix("properties.").unwrap_or(path),
        ),
    };
    let mut found = vec![root.clone()];
    for key in path.split('.') {
        let opened = found.into_iter().flat_map(|value| match value {
            Value::Array(items) => items,
            single => vec![single],
        });
        found = opened.filter_map(|value| value.get(key).cloned()).collect();
    }
    let mut values = Vec::new();
    for value in found {
        match value {
            Value::Array(items) => values.extend(items.into_iter().map(|item| (item, true))),
            single => values.push((single, false)),
        }
    }
    values.retain(|(value, _)| !matches!(value, Value::Null | Value::Object(_) | Value::Array(_)));
    values
}
