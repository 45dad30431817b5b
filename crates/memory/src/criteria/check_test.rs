//! Whether a test fits the kind of value it is put to.

use store::definition::{Problem, ProblemCode, Said};

use super::facts::{ContactView, ResponseView};
use super::operator::Test;
use super::tree::Occurrence;
use super::value::{AttributeValue, Kind};

/// The most values that one test may list: a longer list is a segment.
pub(super) const MAX_VALUES: usize = 1_000;

/// The longest text to compare with, in bytes.
pub(super) const MAX_TEXT: usize = 1_000;

/// The key of an operator in JSON.
pub(super) fn key(test: &Test) -> &'static str {
    match test {
        Test::Equals(_) => "equals",
        Test::NotEquals(_) => "not_equals",
        Test::OneOf(_) => "one_of",
        Test::NoneOf(_) => "none_of",
        Test::Contains(_) => "contains",
        Test::StartsWith(_) => "starts_with",
        Test::Greater(_) => "greater",
        Test::AtLeast(_) => "at_least",
        Test::Less(_) => "less",
        Test::AtMost(_) => "at_most",
        Test::Between(..) => "between",
        Test::Before(_) => "before",
        Test::After(_) => "after",
        Test::Exists | Test::Missing => "exists",
    }
}

/// What is wrong with a test whatever it is put to.
pub(super) fn sound(test: &Test) -> Option<Problem> {
    match test {
        Test::OneOf(values) | Test::NoneOf(values) if values.is_empty() => {
            let said = (ProblemCode::Empty, "the list of values is empty");
            misfit(said, "name at least one value")
        }
        Test::OneOf(values) | Test::NoneOf(values) if values.len() > MAX_VALUES => {
            let message = format!(
                "the list has {} values, at most {MAX_VALUES} are possible",
                values.len()
            );
            let problem = Problem::new("", (ProblemCode::TooMany, message));
            let problem = problem.with("most", MAX_VALUES);
            Some(problem.hint("upload them as a segment"))
        }
        Test::OneOf(values) | Test::NoneOf(values) => values.iter().find_map(sound_value),
        Test::Equals(value) | Test::NotEquals(value) => sound_value(value),
        Test::Contains(text) | Test::StartsWith(text) if text.is_empty() => misfit(
            (ProblemCode::Empty, "the text to look for is empty"),
            "every text contains the empty one; use exists",
        ),
        Test::Contains(text) | Test::StartsWith(text) => sound_text(text),
        Test::Between(low, high) if low > high => misfit(
            (
                ProblemCode::NothingWithin,
                "nothing lies between these numbers",
            ),
            "put the smaller number first",
        ),
        Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..)
        | Test::Before(_)
        | Test::After(_)
        | Test::Exists
        | Test::Missing => None,
    }
}

/// What is wrong when a test is put to a count of which only so many are kept of a customer.
pub(super) fn countable(test: &Test, most: usize) -> Option<Problem> {
    let beyond = |number: f64| number > most as f64;
    let any = |values: &[AttributeValue]| {
        let mut values = values.iter();
        values.any(|value| matches!(value, AttributeValue::Number(number) if beyond(*number)))
    };
    let wrong = match test {
        Test::Greater(number) | Test::AtLeast(number) => beyond(*number),
        Test::Less(number) | Test::AtMost(number) => beyond(*number),
        Test::Between(_, high) => beyond(*high),
        Test::Equals(value) | Test::NotEquals(value) => any(std::slice::from_ref(value)),
        Test::OneOf(values) | Test::NoneOf(values) => any(values),
        Test::Contains(_)
        | Test::StartsWith(_)
        | Test::Before(_)
        | Test::After(_)
        | Test::Exists
        | Test::Missing => false,
    };
    if !wrong {
        return None;
    }
    let message = format!("of a customer only the newest {most} are kept to be counted");
    let problem = Problem::new("", (ProblemCode::CountsTooFar, message));
    let hint = format!("ask for {most} at most");
    Some(problem.with("most", most).hint(hint))
}

fn sound_value(value: &AttributeValue) -> Option<Problem> {
    match value {
        AttributeValue::List(_) => {
            misfit("a value cannot be compared with a list", "use \"one of\"")
        }
        AttributeValue::Text(text) => sound_text(text),
        AttributeValue::Bool(_) | AttributeValue::Number(_) | AttributeValue::Instant(_) => None,
    }
}

fn sound_text(text: &str) -> Option<Problem> {
    let too_long = text.len() > MAX_TEXT;
    too_long.then(|| {
        let message = format!(
            "the text has {} bytes, at most {MAX_TEXT} are possible",
            text.len()
        );
        Problem::new("", (ProblemCode::TooLong, message)).with("most", MAX_TEXT)
    })
}

/// What is wrong when the test is put to a value of this kind; `what` names the value.
pub(super) fn fits(test: &Test, kind: Kind, what: &str) -> Option<Problem> {
    let wrong = match test {
        Test::Equals(value) | Test::NotEquals(value) => !comparable(kind, value),
        Test::OneOf(values) | Test::NoneOf(values) => {
            !values.iter().all(|value| comparable(kind, value))
        }
        Test::Contains(_) | Test::StartsWith(_) => !matches!(kind, Kind::Text | Kind::List),
        Test::Greater(_) | Test::AtLeast(_) | Test::Less(_) | Test::AtMost(_) => {
            kind != Kind::Number
        }
        Test::Between(..) => kind != Kind::Number,
        Test::Before(_) | Test::After(_) => kind != Kind::Instant,
        Test::Exists | Test::Missing => false,
    };
    if !wrong {
        return None;
    }
    let message = format!("{what} is {}, it cannot be {}", kind.word(), demand(test));
    let problem = Problem::new("", (ProblemCode::DoesNotFit, message))
        .with("what", what)
        .with("kind", kind.word())
        .hint(remedy(test, kind));
    Some(problem)
}

fn comparable(kind: Kind, value: &AttributeValue) -> bool {
    match value {
        AttributeValue::Bool(_) => kind == Kind::Boolean,
        AttributeValue::Number(_) => kind == Kind::Number,
        AttributeValue::Text(_) => matches!(kind, Kind::Text | Kind::List),
        AttributeValue::Instant(_) => matches!(kind, Kind::Instant | Kind::Text | Kind::List),
        AttributeValue::List(_) => true, // reported by `sound`
    }
}

fn demand(test: &Test) -> &'static str {
    match test {
        Test::Equals(value) | Test::NotEquals(value) => match value {
            AttributeValue::Bool(_) => "compared with true or false",
            AttributeValue::Number(_) => "compared with a number",
            AttributeValue::Text(_) => "compared with text",
            AttributeValue::Instant(_) => "compared with a date",
            AttributeValue::List(_) => "compared with a list",
        },
        Test::OneOf(_) | Test::NoneOf(_) => "one of these values",
        Test::Contains(_) | Test::StartsWith(_) => "searched for text",
        Test::Greater(_) | Test::AtLeast(_) => "greater than a number",
        Test::Less(_) | Test::AtMost(_) => "less than a number",
        Test::Between(..) => "between two numbers",
        Test::Before(_) | Test::After(_) => "before or after a date",
        Test::Exists | Test::Missing => "there",
    }
}

fn remedy(test: &Test, kind: Kind) -> String {
    let literal = match test {
        Test::Equals(value) | Test::NotEquals(value) => Some(value),
        Test::OneOf(values) | Test::NoneOf(values) => values.first(),
        Test::Contains(_)
        | Test::StartsWith(_)
        | Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..)
        | Test::Before(_)
        | Test::After(_)
        | Test::Exists
        | Test::Missing => None,
    };
    match (kind, literal) {
        (Kind::Text | Kind::List, Some(value)) => format!("write it in quotes: is \"{value}\""),
        (Kind::Number, Some(AttributeValue::Text(text))) if text.trim().parse::<f64>().is_ok() => {
            format!("write it without quotes: is {}", text.trim())
        }
        (Kind::Text, None) => {
            "test it with is, one of, contains or starts with; if it holds numbers, change the \
             kind of the attribute"
                .to_owned()
        }
        (Kind::List, None) => "test it with contains or one of".to_owned(),
        (Kind::Number, _) => "test it with a number, for example > 50".to_owned(),
        (Kind::Boolean, _) => "test it with is true or is false".to_owned(),
        (Kind::Instant, _) => {
            "test it with a date, for example after 2026-03-01 or before 30 days ago".to_owned()
        }
    }
}

/// What is wrong, and the remedy; where it is, the checker knows.
pub(super) fn misfit(said: impl Into<Said>, hint: impl Into<String>) -> Option<Problem> {
    Some(Problem::new("", said).hint(hint))
}

/// What of contacts and responses can be measured; `None` for events, where everything can.
pub(super) fn fields(of: &Occurrence) -> Option<&'static [&'static str]> {
    match of {
        Occurrence::Events(_) => None,
        Occurrence::Contacts(_) => Some(&ContactView::FIELDS),
        Occurrence::Responses(_) => Some(&ResponseView::FIELDS),
    }
}

/// The value of the last or first occurrence is compared, not searched.
pub(super) fn by_value(test: &Test) -> Option<Problem> {
    match test {
        Test::Contains(_) | Test::StartsWith(_) | Test::Before(_) | Test::After(_) => misfit(
            (
                ProblemCode::OnlyCompared,
                "the last or first value can be compared with numbers and equal values only",
            ),
            "use is, is not, one of, or a number; or test the property in \"where\"",
        ),
        Test::Equals(_)
        | Test::NotEquals(_)
        | Test::OneOf(_)
        | Test::NoneOf(_)
        | Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..)
        | Test::Exists
        | Test::Missing => None,
    }
}
