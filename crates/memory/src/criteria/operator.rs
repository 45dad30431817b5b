//! Tests: one value against one operator, two-valued.

use std::cmp::Ordering;

use super::value::{AttributeValue, ValueView, recognise_instant};
use super::window::Moment;

/// What is demanded of a value. A test on a missing value is false, except [`Test::Missing`].
///
/// A list, or a path that leads to several values, satisfies a test when at least one of its
/// values does; `NotEquals` and `NoneOf` hold when there is a value and none of them is equal.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The value is this one.
    Equals(AttributeValue),
    /// There is a value and it is another one.
    NotEquals(AttributeValue),
    /// The value is one of these.
    OneOf(Vec<AttributeValue>),
    /// There is a value and it is none of these.
    NoneOf(Vec<AttributeValue>),
    /// The text contains this text; a list has this element.
    Contains(String),
    /// The text starts with this text.
    StartsWith(String),
    /// The number is greater.
    Greater(f64),
    /// The number is greater or equal.
    AtLeast(f64),
    /// The number is less.
    Less(f64),
    /// The number is less or equal.
    AtMost(f64),
    /// The number lies between, ends included.
    Between(f64, f64),
    /// The instant is before this moment.
    Before(Moment),
    /// The instant is this moment or later.
    After(Moment),
    /// There is a value.
    Exists,
    /// There is no value.
    Missing,
}

impl Test {
    /// Whether the test holds for a value that may be missing.
    #[must_use]
    pub fn holds(&self, value: Option<ValueView<'_>>, now_ms: i64) -> bool {
        let mut outcome = Outcome::new(self, now_ms);
        if let Some(value) = value {
            outcome.see(value);
        }
        outcome.verdict()
    }

    /// Whether the test holds for a number that may be missing.
    #[must_use]
    pub fn holds_number(&self, number: Option<f64>) -> bool {
        self.holds(number.map(ValueView::Number), 0)
    }

    /// Whether a date in it moves with now.
    #[must_use]
    pub fn relative(&self) -> bool {
        match self {
            Self::Before(moment) | Self::After(moment) => moment.relative(),
            Self::Equals(_)
            | Self::NotEquals(_)
            | Self::OneOf(_)
            | Self::NoneOf(_)
            | Self::Contains(_)
            | Self::StartsWith(_)
            | Self::Greater(_)
            | Self::AtLeast(_)
            | Self::Less(_)
            | Self::AtMost(_)
            | Self::Between(..)
            | Self::Exists
            | Self::Missing => false,
        }
    }

    /// Whether one single value satisfies the positive form of the test.
    fn satisfied_by(&self, value: ValueView<'_>, element: bool, now_ms: i64) -> bool {
        match self {
            Self::Equals(other) | Self::NotEquals(other) => value.same(other),
            Self::OneOf(others) | Self::NoneOf(others) => {
                others.iter().any(|other| value.same(other))
            }
            Self::Contains(part) => match text_of(value) {
                Some(text) if element => text == part,
                Some(text) => text.contains(part.as_str()),
                None => false,
            },
            Self::StartsWith(part) => {
                text_of(value).is_some_and(|text| text.starts_with(part.as_str()))
            }
            Self::Greater(bound) => compare(value, *bound) == Some(Ordering::Greater),
            Self::AtLeast(bound) => compare(value, *bound).is_some_and(Ordering::is_ge),
            Self::Less(bound) => compare(value, *bound) == Some(Ordering::Less),
            Self::AtMost(bound) => compare(value, *bound).is_some_and(Ordering::is_le),
            Self::Between(low, high) => {
                compare(value, *low).is_some_and(Ordering::is_ge)
                    && compare(value, *high).is_some_and(Ordering::is_le)
            }
            Self::Before(moment) => instant_of(value).is_some_and(|ms| ms < moment.resolve(now_ms)),
            Self::After(moment) => instant_of(value).is_some_and(|ms| ms >= moment.resolve(now_ms)),
            Self::Exists | Self::Missing => true,
        }
    }
}

/// The verdict of a test over values that come one after the other.
pub(super) struct Outcome<'t> {
    test: &'t Test,
    now_ms: i64,
    seen: bool,
    satisfied: bool,
}

impl<'t> Outcome<'t> {
    pub(super) fn new(test: &'t Test, now_ms: i64) -> Self {
        Self {
            test,
            now_ms,
            seen: false,
            satisfied: false,
        }
    }

    pub(super) fn see(&mut self, value: ValueView<'_>) {
        match value {
            ValueView::Texts(texts) => {
                for text in texts {
                    self.see_single(ValueView::Text(text), true);
                }
            }
            ValueView::Items(items) => {
                for item in items {
                    match ValueView::from_json(item) {
                        None | Some(ValueView::Items(_) | ValueView::Texts(_)) => {}
                        Some(single) => self.see_single(single, true),
                    }
                }
            }
            ValueView::Bool(_)
            | ValueView::Number(_)
            | ValueView::Text(_)
            | ValueView::Instant(_) => self.see_single(value, false),
        }
    }

    fn see_single(&mut self, value: ValueView<'_>, element: bool) {
        self.seen = true;
        self.satisfied = self.satisfied || self.test.satisfied_by(value, element, self.now_ms);
    }

    pub(super) fn verdict(&self) -> bool {
        match self.test {
            Test::NotEquals(_) | Test::NoneOf(_) => self.seen && !self.satisfied,
            Test::Missing => !self.seen,
            Test::Exists => self.seen,
            Test::Equals(_)
            | Test::OneOf(_)
            | Test::Contains(_)
            | Test::StartsWith(_)
            | Test::Greater(_)
            | Test::AtLeast(_)
            | Test::Less(_)
            | Test::AtMost(_)
            | Test::Between(..)
            | Test::Before(_)
            | Test::After(_) => self.satisfied,
        }
    }
}

fn compare(value: ValueView<'_>, bound: f64) -> Option<Ordering> {
    match value {
        ValueView::Number(number) => number.partial_cmp(&bound),
        ValueView::Bool(_)
        | ValueView::Text(_)
        | ValueView::Instant(_)
        | ValueView::Texts(_)
        | ValueView::Items(_) => None,
    }
}

fn text_of(value: ValueView<'_>) -> Option<&str> {
    match value {
        ValueView::Text(text) => Some(text),
        ValueView::Bool(_)
        | ValueView::Number(_)
        | ValueView::Instant(_)
        | ValueView::Texts(_)
        | ValueView::Items(_) => None,
    }
}

fn instant_of(value: ValueView<'_>) -> Option<i64> {
    match value {
        ValueView::Instant(ms) => Some(ms),
        ValueView::Text(text) => recognise_instant(text),
        ValueView::Bool(_) | ValueView::Number(_) | ValueView::Texts(_) | ValueView::Items(_) => {
            None
        }
    }
}
