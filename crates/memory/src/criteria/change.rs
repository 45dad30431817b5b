//! When a verdict may change although nothing happens: the passing of time alone moves windows.
//!
//! Between two events a customer's verdict can only change at a moment that [`Passing`]
//! names or later. Whoever keeps memberships asks again then, and not before.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::leaf::{Leaf, Origin};
use super::operator::Test;
use super::sequence::SequenceLeaf;
use super::tree::{Criteria, Named};
use super::value::{AttributeValue, recognise_instant};
use super::window::{CalendarUnit, Moment, Window};

/// What the passing of time does to the verdicts of some rules.
#[derive(Debug, Clone, Default)]
pub struct Passing {
    leaves: Vec<Leaf>,
}

impl Passing {
    /// Prepares rules.
    #[must_use]
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a Criteria>) -> Self {
        let mut known = BTreeSet::new();
        let mut leaves = vec![];
        for criteria in rules {
            criteria.walk(&mut |node| {
                if let Some(leaf) = Leaf::prepare(node)
                    && known.insert(format!("{leaf:?}"))
                {
                    leaves.push(leaf);
                }
            });
        }
        Self { leaves }
    }

    /// The earliest moment after `now_ms` at which a verdict may differ if nothing happens until
    /// then; `None` when time alone never changes one. It may be earlier than needed, never later.
    #[must_use]
    pub fn next_change<F: Facts + ?Sized>(&self, facts: &F, now_ms: i64) -> Option<i64> {
        let mut next = Next { now_ms, at: None };
        for leaf in &self.leaves {
            next.leaf(leaf, facts);
        }
        next.at
    }
}

/// The earliest moment seen so far that lies after now.
struct Next {
    now_ms: i64,
    at: Option<i64>,
}

impl Next {
    fn may(&mut self, at_ms: i64) {
        if at_ms > self.now_ms && self.at.is_none_or(|known| at_ms < known) {
            self.at = Some(at_ms);
        }
    }

    fn leaf<F: Facts + ?Sized>(&mut self, leaf: &Leaf, facts: &F) {
        match leaf {
            Leaf::Attribute(named) => self.value(named, facts.attribute(&named.name)),
            Leaf::Context(named) => self.value(named, facts.context(&named.name)),
            Leaf::Score(_) | Leaf::Segment(_) => {}
            Leaf::Consent(consent) => {
                let until = facts.consent_until(&consent.channel, &consent.purpose, self.now_ms);
                until.into_iter().for_each(|at| self.may(at));
            }
            Leaf::Aggregate {
                from, window, test, ..
            } => {
                let mut shifts = window_shifts(*window);
                shifts.extend(test_shifts(test));
                self.boundary(*window, facts);
                self.times(from, facts, &shifts);
            }
            Leaf::Sequence(sequence) => self.sequence(sequence, facts),
        }
    }

    /// A date that is compared with a moment relative to now.
    fn value(&mut self, named: &Named, value: Option<&AttributeValue>) {
        let shifts = test_shifts(&named.test);
        let mut see = |at: Option<i64>| {
            for (at, shift) in at.iter().flat_map(|at| shifts.iter().map(move |s| (at, s))) {
                self.may(at.saturating_add(*shift));
            }
        };
        match value {
            Some(AttributeValue::Instant(at)) => see(Some(*at)),
            Some(AttributeValue::Text(text)) => see(recognise_instant(text)),
            Some(AttributeValue::List(texts)) => {
                texts.iter().for_each(|text| see(recognise_instant(text)));
            }
            Some(AttributeValue::Bool(_) | AttributeValue::Number(_)) | None => {}
        }
    }

    fn times<F: Facts + ?Sized>(&mut self, from: &Origin, facts: &F, shifts: &[i64]) {
        match from {
            Origin::Slot(slot) => {
                let matches = facts.matches(*slot);
                for shift in shifts {
                    // Sorted by time: the first that still lies ahead is the earliest.
                    let ahead = |at: i64| at.saturating_add(*shift) > self.now_ms;
                    let place = matches.partition_point(|found| !ahead(found.occurred_ms));
                    if let Some(found) = matches.get(place) {
                        self.may(found.occurred_ms.saturating_add(*shift));
                    }
                }
            }
            Origin::Contacts(_) => facts.contacts(&mut |contact| {
                for shift in shifts {
                    self.may(contact.at_ms.saturating_add(*shift));
                }
            }),
            Origin::Responses(_) => facts.responses(&mut |response| {
                for shift in shifts {
                    self.may(response.at_ms.saturating_add(*shift));
                }
            }),
        }
    }

    fn sequence<F: Facts + ?Sized>(&mut self, sequence: &SequenceLeaf, facts: &F) {
        let mut shifts = window_shifts(sequence.window);
        if let Some(within_ms) = sequence.within_ms {
            shifts.push(within_ms.saturating_add(1));
        }
        self.boundary(sequence.window, facts);
        for slot in sequence.steps.iter().chain(&sequence.without) {
            self.times(&Origin::Slot(*slot), facts, &shifts);
        }
    }

    /// The beginning of the next day, week, month or year moves a calendar window.
    fn boundary<F: Facts + ?Sized>(&mut self, window: Window, facts: &F) {
        let calendar = |unit: CalendarUnit| Window::unit_end(unit, self.now_ms, facts.zone());
        let end = match window {
            Window::Calendar { unit, .. } => calendar(unit),
            Window::Ever | Window::Rolling(_) | Window::Between { .. } | Window::Before(_) => None,
        };
        end.into_iter().for_each(|at| self.may(at));
    }
}

/// How long after an occurrence it enters or leaves a window.
fn window_shifts(window: Window) -> Vec<i64> {
    // What lies in the future comes into every window when its time has come.
    let mut shifts = vec![0];
    match window {
        Window::Ever | Window::Calendar { .. } => {}
        Window::Rolling(ms) | Window::Before(ms) => shifts.push(ms),
        Window::Between { from, until } => {
            shifts.extend(from.into_iter().chain(until).filter_map(moment_shift));
        }
    }
    shifts
}

/// How long after a date its comparison with a relative moment changes.
fn test_shifts(test: &Test) -> Vec<i64> {
    match test {
        Test::Before(moment) | Test::After(moment) => moment_shift(*moment).into_iter().collect(),
        Test::Equals(_)
        | Test::NotEquals(_)
        | Test::OneOf(_)
        | Test::NoneOf(_)
        | Test::Contains(_)
        | Test::StartsWith(_)
        | Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..)
        | Test::Exists
        | Test::Missing => Vec::new(),
    }
}

fn moment_shift(moment: Moment) -> Option<i64> {
    match moment {
        Moment::At(_) => None,
        Moment::Ago(ms) => Some(ms.saturating_add(1)),
        Moment::Ahead(ms) => Some(ms.saturating_neg().saturating_add(1)),
    }
}
