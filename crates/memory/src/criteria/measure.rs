//! Measuring: from matches to a number, a moment or a value, and a test on it.

use super::aggregate::Match;
use super::operator::Test;
use super::tree::Measure;
use super::value::ValueView;
use super::window::Range;

/// What a measure came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measured {
    Missing,
    Number(f64),
    Instant(i64),
    /// A value that is known by its hash only, and by its number if it is one.
    Value {
        number: Option<f64>,
        hash: u64,
    },
}

/// Whether a test holds for what a measure came to.
pub(super) fn measured_holds(test: &Test, measured: Measured, now_ms: i64) -> bool {
    match measured {
        Measured::Missing => test.holds(None, now_ms),
        Measured::Number(number) => test.holds(Some(ValueView::Number(number)), now_ms),
        Measured::Instant(ms) => test.holds(Some(ValueView::Instant(ms)), now_ms),
        Measured::Value {
            number: Some(number),
            ..
        } => test.holds(Some(ValueView::Number(number)), now_ms),
        Measured::Value { number: None, hash } => match test {
            Test::Equals(value) => value.view().hash64() == hash,
            Test::NotEquals(value) => value.view().hash64() != hash,
            Test::OneOf(values) => values.iter().any(|value| value.view().hash64() == hash),
            Test::NoneOf(values) => values.iter().all(|value| value.view().hash64() != hash),
            Test::Exists => true,
            Test::Contains(_)
            | Test::StartsWith(_)
            | Test::Greater(_)
            | Test::AtLeast(_)
            | Test::Less(_)
            | Test::AtMost(_)
            | Test::Between(..)
            | Test::Before(_)
            | Test::After(_)
            | Test::Missing => false,
        },
    }
}

/// The part of sorted matches that lies in a range.
pub(super) fn within(matches: &[Match], range: Range) -> &[Match] {
    let start = matches.partition_point(|found| found.occurred_ms < range.from);
    let end = matches.partition_point(|found| found.occurred_ms < range.until);
    matches.get(start..end).unwrap_or(&[])
}

pub(super) fn time_of(found: Option<&Match>) -> Measured {
    found.map_or(Measured::Missing, |found| {
        Measured::Instant(found.occurred_ms)
    })
}

pub(super) fn value_of(found: Option<&Match>) -> Measured {
    found.map_or(Measured::Missing, |found| Measured::Value {
        number: found.number,
        hash: found.hash,
    })
}

/// Millionths, in which sums are kept: exact, so that no order of arrival changes a sum.
const MILLIONTHS: f64 = 1_000_000.0;

/// Measures matches one after the other, in any order.
#[derive(Debug, Default)]
pub(super) struct Tally {
    count: u64,
    numbers: u64,
    millionths: i128,
    min: Option<f64>,
    max: Option<f64>,
    first: Option<Match>,
    last: Option<Match>,
    hashes: Vec<u64>,
}

impl Tally {
    pub(super) fn add_field(
        &mut self,
        at_ms: i64,
        field: Option<Option<ValueView<'_>>>,
        measure: &Measure,
    ) {
        match field {
            None => self.add(Match::at(at_ms), measure),
            Some(Some(value)) => {
                if let Some(found) = Match::of(at_ms, value) {
                    self.add(found, measure);
                }
            }
            Some(None) => {}
        }
    }

    pub(super) fn add(&mut self, found: Match, measure: &Measure) {
        self.count += 1;
        if let Some(number) = found.number {
            self.numbers += 1;
            let millionths = (number * MILLIONTHS).round() as i128;
            self.millionths = self.millionths.saturating_add(millionths);
            self.min = Some(self.min.map_or(number, |known| known.min(number)));
            self.max = Some(self.max.map_or(number, |known| known.max(number)));
        }
        self.first = Some(self.first.map_or(found, |known| known.min(found)));
        self.last = Some(self.last.map_or(found, |known| known.max(found)));
        if let Measure::Distinct(_) = measure
            && let Err(place) = self.hashes.binary_search(&found.hash)
        {
            self.hashes.insert(place, found.hash);
        }
    }

    pub(super) fn result(&self, measure: &Measure) -> Measured {
        let number = |number: Option<f64>| number.map_or(Measured::Missing, Measured::Number);
        let sum = self.millionths as f64 / MILLIONTHS;
        match measure {
            Measure::Count => Measured::Number(self.count as f64),
            Measure::Sum(_) => Measured::Number(sum),
            Measure::Average(_) if self.numbers == 0 => Measured::Missing,
            Measure::Average(_) => Measured::Number(sum / self.numbers as f64),
            Measure::Min(_) => number(self.min),
            Measure::Max(_) => number(self.max),
            Measure::Distinct(_) => Measured::Number(self.hashes.len() as f64),
            Measure::LastTime => time_of(self.last.as_ref()),
            Measure::FirstTime => time_of(self.first.as_ref()),
            Measure::LastValue(_) => value_of(self.last.as_ref()),
            Measure::FirstValue(_) => value_of(self.first.as_ref()),
        }
    }
}
