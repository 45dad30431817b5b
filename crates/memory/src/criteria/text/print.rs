//! Printing: from the syntax tree to the sentence that parses back to it.

use crate::criteria::operator::Test;
use crate::criteria::tree::{
    Aggregate, ContactFilter, Criteria, Measure, Named, Occurrence, Pattern, ResponseFilter,
    Sequence,
};
use crate::criteria::value::{AttributeValue, instant_text, number_text};
use crate::criteria::window::{CalendarUnit, Moment, Window};

use super::duration::split;
use super::words::bare;

/// The sentence of a rule, in English. Parsing it gives the same tree again, with groups of
/// one replaced by their part.
#[must_use]
pub fn print(criteria: &Criteria) -> String {
    match criteria {
        Criteria::All(parts) => group(parts, " and ", "everyone"),
        Criteria::Any(parts) => group(parts, " or ", "nobody"),
        Criteria::Not(part) => format!("not {}", inner(part)),
        Criteria::Attribute(Named { name, test }) => format!("{} {}", key(name), self::test(test)),
        Criteria::Context(Named { name, test }) => {
            format!("context {} {}", key(name), self::test(test))
        }
        Criteria::Score(Named { name, test }) => {
            format!("score {} {}", key(name), self::test(test))
        }
        Criteria::Segment(key) => format!("in segment {}", quoted(key)),
        Criteria::Consent(consent) => format!(
            "consent {} {} is {}",
            word(&consent.channel),
            word(&consent.purpose),
            consent.answer.word()
        ),
        Criteria::Aggregate(aggregate) => self::aggregate(aggregate),
        Criteria::Sequence(sequence) => self::sequence(sequence),
    }
}

fn group(parts: &[Criteria], joint: &str, empty: &str) -> String {
    match parts {
        [] => empty.to_owned(),
        [only] => print(only),
        parts => parts.iter().map(inner).collect::<Vec<_>>().join(joint),
    }
}

/// A part of a group, in brackets where it is a group of several itself.
fn inner(criteria: &Criteria) -> String {
    match criteria {
        Criteria::All(parts) | Criteria::Any(parts) if parts.len() > 1 => {
            format!("({})", print(criteria))
        }
        Criteria::All(parts) | Criteria::Any(parts) => match &parts[..] {
            [only] => inner(only),
            _ => print(criteria),
        },
        Criteria::Not(_)
        | Criteria::Attribute(_)
        | Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Segment(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => print(criteria),
    }
}

/// A name of an attribute or property: bare or in backticks.
fn key(name: &str) -> String {
    if bare(name) {
        name.to_owned()
    } else {
        escaped(name, '`')
    }
}

/// A name of a channel, offer and the like: bare or in quotes.
fn word(name: &str) -> String {
    if bare(name) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

pub(super) fn quoted(text: &str) -> String {
    escaped(text, '"')
}

fn escaped(text: &str, quote: char) -> String {
    let mut written = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\r' => written.push_str("\\r"),
            letter if letter == quote || letter == '\\' => {
                written.push('\\');
                written.push(letter);
            }
            letter => written.push(letter),
        }
    }
    written.push(quote);
    written
}

/// An operator and what it compares with.
fn test(test: &Test) -> String {
    match test {
        Test::Equals(value) => format!("is {}", literal(value)),
        Test::NotEquals(value) => format!("is not {}", literal(value)),
        Test::OneOf(values) => format!("is one of {}", list(values)),
        Test::NoneOf(values) => format!("is none of {}", list(values)),
        Test::Contains(text) => format!("contains {}", quoted(text)),
        Test::StartsWith(text) => format!("starts with {}", quoted(text)),
        Test::Greater(bound) => format!("> {}", number_text(*bound)),
        Test::AtLeast(bound) => format!(">= {}", number_text(*bound)),
        Test::Less(bound) => format!("< {}", number_text(*bound)),
        Test::AtMost(bound) => format!("<= {}", number_text(*bound)),
        Test::Between(low, high) => {
            format!("between {} and {}", number_text(*low), number_text(*high))
        }
        Test::Before(when) => format!("before {}", moment(*when)),
        Test::After(when) => format!("after {}", moment(*when)),
        Test::Exists => "exists".to_owned(),
        Test::Missing => "does not exist".to_owned(),
    }
}

pub(super) fn literal(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Bool(truth) => truth.to_string(),
        AttributeValue::Number(number) => number_text(*number),
        AttributeValue::Text(text) => quoted(text),
        AttributeValue::Instant(ms) => instant_text(*ms),
        AttributeValue::List(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
            format!("({})", texts.join(", "))
        }
    }
}

fn list(values: &[AttributeValue]) -> String {
    let values: Vec<String> = values.iter().map(literal).collect();
    format!("({})", values.join(", "))
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::At(ms) => instant_text(ms),
        Moment::Ago(0) => "now".to_owned(),
        Moment::Ago(ms) => format!("{} ago", duration(ms)),
        Moment::Ahead(ms) => format!("{} from now", duration(ms)),
    }
}

fn duration(ms: i64) -> String {
    let (amount, unit) = split(ms);
    let plural = if amount == 1 { "" } else { "s" };
    format!("{amount} {unit}{plural}")
}

fn aggregate(aggregate: &Aggregate) -> String {
    let window = window(aggregate.window);
    let filter = tests(&aggregate.of);
    let sentence = match (&aggregate.measure, times(&aggregate.test)) {
        (Measure::Count, Some(times)) => counted(&aggregate.of, &times),
        (measure, _) => {
            let singular = matches!(measure.word(), "last" | "first");
            let subject = subject(&aggregate.of, singular);
            format!(
                "{} {subject} {}",
                self::measure(measure),
                test(&aggregate.test)
            )
        }
    };
    format!("{sentence}{window}{filter}")
}

/// How often something happened.
enum Times {
    Never,
    /// Behind the subject: ` at least 2 times`, or nothing for once or more.
    Said(String),
}

/// The words for a number of times, `None` if the test has no such words.
fn times(test: &Test) -> Option<Times> {
    let said = |words: &str, number: &f64| {
        let plural = if *number == 1.0 { "" } else { "s" };
        Some(Times::Said(format!(
            " {words} {} time{plural}",
            number_text(*number)
        )))
    };
    match test {
        Test::Equals(AttributeValue::Number(0.0)) => Some(Times::Never),
        Test::Equals(AttributeValue::Number(number)) => said("exactly", number),
        Test::AtLeast(1.0) => Some(Times::Said(String::new())),
        Test::AtLeast(bound) => said("at least", bound),
        Test::AtMost(bound) => said("at most", bound),
        Test::Greater(bound) => said("more than", bound),
        Test::Less(bound) => said("fewer than", bound),
        Test::Between(low, high) => Some(Times::Said(format!(
            " between {} and {} times",
            number_text(*low),
            number_text(*high)
        ))),
        Test::Equals(_)
        | Test::NotEquals(_)
        | Test::OneOf(_)
        | Test::NoneOf(_)
        | Test::Contains(_)
        | Test::StartsWith(_)
        | Test::Before(_)
        | Test::After(_)
        | Test::Exists
        | Test::Missing => None,
    }
}

fn counted(of: &Occurrence, times: &Times) -> String {
    let (never, said) = match times {
        Times::Never => (true, ""),
        Times::Said(said) => (false, said.as_str()),
    };
    match of {
        Occurrence::Events(pattern) => {
            let did = if never { "never did" } else { "did" };
            format!("{did} {}{said}", quoted(&pattern.event))
        }
        Occurrence::Contacts(filter) => {
            let was = if never {
                "was never contacted"
            } else {
                "was contacted"
            };
            format!("{was}{}{said}", contacts(filter))
        }
        Occurrence::Responses(filter) => {
            let responded = if never {
                "never responded"
            } else {
                "responded"
            };
            format!("{responded}{}{said}", responses(filter))
        }
    }
}

fn measure(measure: &Measure) -> String {
    match measure {
        Measure::Count => "count of".to_owned(),
        Measure::Sum(of) => format!("sum of {} of", key(of)),
        Measure::Average(of) => format!("average of {} of", key(of)),
        Measure::Min(of) => format!("smallest {} of", key(of)),
        Measure::Max(of) => format!("greatest {} of", key(of)),
        Measure::Distinct(of) => format!("distinct {} of", key(of)),
        Measure::LastTime => "last".to_owned(),
        Measure::FirstTime => "first".to_owned(),
        Measure::LastValue(of) => format!("last {} of", key(of)),
        Measure::FirstValue(of) => format!("first {} of", key(of)),
    }
}

fn subject(of: &Occurrence, singular: bool) -> String {
    let plural = if singular { "" } else { "s" };
    match of {
        Occurrence::Events(pattern) => quoted(&pattern.event),
        Occurrence::Contacts(filter) => format!("contact{plural}{}", contacts(filter)),
        Occurrence::Responses(filter) => format!("response{plural}{}", responses(filter)),
    }
}

fn contacts(filter: &ContactFilter) -> String {
    given(&[
        ("by", &filter.channel),
        ("with offer", &filter.offer),
        ("about", &filter.category),
        ("on", &filter.placement),
    ])
}

fn responses(filter: &ResponseFilter) -> String {
    let inferred = match filter.inferred {
        None => "",
        Some(true) => " by inference",
        Some(false) => " directly",
    };
    let fields = [
        ("with", &filter.kind),
        ("to offer", &filter.offer),
        ("about", &filter.category),
    ];
    format!("{}{inferred}", given(&fields))
}

fn given(fields: &[(&str, &Option<String>)]) -> String {
    let mut written = String::new();
    for (preposition, field) in fields {
        if let Some(name) = field {
            written.push_str(&format!(" {preposition} {}", word(name)));
        }
    }
    written
}

fn tests(of: &Occurrence) -> String {
    match of {
        Occurrence::Events(pattern) => property_tests(pattern),
        Occurrence::Contacts(_) | Occurrence::Responses(_) => String::new(),
    }
}

fn property_tests(pattern: &Pattern) -> String {
    let tests: Vec<String> = pattern
        .tests
        .iter()
        .map(|named| format!("{} {}", key(&named.name), test(&named.test)))
        .collect();
    match &tests[..] {
        [] => String::new(),
        [only] => format!(" where {only}"),
        several => format!(" where ({})", several.join(" and ")),
    }
}

/// The words of a window, with a space before them.
fn window(window: Window) -> String {
    match window {
        Window::Ever
        | Window::Between {
            from: None,
            until: None,
        } => String::new(),
        Window::Rolling(ms) => format!(" in the last {}", duration(ms)),
        Window::Before(ms) => format!(" more than {} ago", duration(ms)),
        Window::Between { from, until } => {
            let from = from.map_or_else(String::new, |from| format!(" from {}", moment(from)));
            let until = until.map_or_else(String::new, |until| format!(" until {}", moment(until)));
            format!("{from}{until}")
        }
        Window::Calendar {
            unit: CalendarUnit::Day,
            ago: 0,
        } => " today".to_owned(),
        Window::Calendar {
            unit: CalendarUnit::Day,
            ago: 1,
        } => " yesterday".to_owned(),
        Window::Calendar { unit, ago: 0 } => format!(" this {}", unit.word()),
        Window::Calendar { unit, ago: 1 } => format!(" last {}", unit.word()),
        Window::Calendar { unit, ago } => {
            format!(" in the calendar {0} {ago} {0}s ago", unit.word())
        }
    }
}

fn sequence(sequence: &Sequence) -> String {
    let steps: Vec<String> = sequence.steps.iter().map(step).collect();
    let without = sequence
        .without
        .as_ref()
        .map_or_else(String::new, |pattern| format!(" without {}", step(pattern)));
    let within = sequence
        .within_ms
        .map_or_else(String::new, |ms| format!(" within {}", duration(ms)));
    format!(
        "did {}{without}{within}{}",
        steps.join(" then "),
        window(sequence.window)
    )
}

fn step(pattern: &Pattern) -> String {
    format!("{}{}", quoted(&pattern.event), property_tests(pattern))
}
