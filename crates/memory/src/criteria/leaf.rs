//! Leaves: one test made ready, and what it observes of a customer.

use super::aggregate::{AggregateSpec, SlotId};
use super::facts::{ContactView, Facts, ResponseView};
use super::measure::{Measured, Tally, measured_holds, time_of, value_of, within};
use super::operator::Test;
use super::sequence::SequenceLeaf;
use super::tree::{
    Aggregate, Answer, Consent, ContactFilter, Criteria, Measure, Named, Occurrence, ResponseFilter,
};
use super::value::{AttributeValue, ValueView};
use super::window::Window;

/// A test of the syntax tree with its slots resolved.
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    Attribute(Named),
    Context(Named),
    Score(Named),
    Segment(String),
    Consent(Consent),
    Aggregate {
        from: Origin,
        measure: Measure,
        window: Window,
        test: Test,
    },
    Sequence(SequenceLeaf),
}

/// Where the matches of an aggregate come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Slot(SlotId),
    Contacts(ContactFilter),
    Responses(ResponseFilter),
}

impl Leaf {
    /// The leaf of a test, `None` for groups.
    pub(super) fn prepare(criteria: &Criteria) -> Option<Self> {
        Some(match criteria {
            Criteria::All(_) | Criteria::Any(_) | Criteria::Not(_) => return None,
            Criteria::Attribute(named) => Self::Attribute(named.clone()),
            Criteria::Context(named) => Self::Context(named.clone()),
            Criteria::Score(named) => Self::Score(named.clone()),
            Criteria::Segment(key) => Self::Segment(key.clone()),
            Criteria::Consent(consent) => Self::Consent(consent.clone()),
            Criteria::Aggregate(aggregate) => Self::aggregate(aggregate),
            Criteria::Sequence(sequence) => Self::Sequence(SequenceLeaf::new(sequence)),
        })
    }

    fn aggregate(aggregate: &Aggregate) -> Self {
        let measured = aggregate.measure.property();
        let from = match &aggregate.of {
            Occurrence::Events(pattern) => {
                Origin::Slot(AggregateSpec::new(pattern, measured, aggregate.window.keep()).id)
            }
            Occurrence::Contacts(filter) => Origin::Contacts(filter.clone()),
            Occurrence::Responses(filter) => Origin::Responses(filter.clone()),
        };
        Self::Aggregate {
            from,
            measure: aggregate.measure.clone(),
            window: aggregate.window,
            test: aggregate.test.clone(),
        }
    }

    /// How much work a verdict is, in rough steps; cheap leaves are asked first.
    pub(super) fn cost(&self) -> u32 {
        match self {
            Self::Segment(_) | Self::Consent(_) => 1,
            Self::Attribute(_) | Self::Context(_) | Self::Score(_) => 2,
            Self::Aggregate { from, .. } => match from {
                Origin::Slot(_) => 4,
                Origin::Contacts(_) | Origin::Responses(_) => 8,
            },
            Self::Sequence(_) => 16,
        }
    }

    /// The slots of a sequence, step by step, and of what must not come in between.
    pub(super) fn slots(&self) -> Vec<SlotId> {
        match self {
            Self::Sequence(sequence) => {
                let steps = sequence.steps.iter().chain(&sequence.without);
                steps.copied().collect()
            }
            Self::Attribute(_)
            | Self::Context(_)
            | Self::Score(_)
            | Self::Segment(_)
            | Self::Consent(_)
            | Self::Aggregate { .. } => vec![],
        }
    }

    /// Whether the test holds.
    pub(super) fn holds<F: Facts + ?Sized>(&self, facts: &F, now_ms: i64) -> bool {
        let view = AttributeValue::view;
        match self {
            Self::Attribute(Named { name, test }) => {
                test.holds(facts.attribute(name).map(view), now_ms)
            }
            Self::Context(Named { name, test }) => {
                test.holds(facts.context(name).map(view), now_ms)
            }
            Self::Score(Named { name, test }) => test.holds_number(facts.score(name)),
            Self::Segment(key) => facts.segment(key),
            Self::Consent(consent) => answer(consent, facts, now_ms) == consent.answer,
            Self::Aggregate {
                from,
                measure,
                window,
                test,
            } => measured_holds(
                test,
                measure_from(from, measure, *window, facts, now_ms),
                now_ms,
            ),
            Self::Sequence(sequence) => sequence.holds(facts, now_ms),
        }
    }

    /// What the measure of an aggregate came to, `None` for other leaves.
    pub(super) fn measured<F: Facts + ?Sized>(&self, facts: &F, now_ms: i64) -> Option<Measured> {
        match self {
            Self::Aggregate {
                from,
                measure,
                window,
                ..
            } => Some(measure_from(from, measure, *window, facts, now_ms)),
            Self::Attribute(_)
            | Self::Context(_)
            | Self::Score(_)
            | Self::Segment(_)
            | Self::Consent(_)
            | Self::Sequence(_) => None,
        }
    }
}

/// The valid answer for a channel and purpose.
pub(super) fn answer<F: Facts + ?Sized>(consent: &Consent, facts: &F, now_ms: i64) -> Answer {
    match facts.consent(&consent.channel, &consent.purpose, now_ms) {
        Some(true) => Answer::Granted,
        Some(false) => Answer::Denied,
        None => Answer::Unknown,
    }
}

fn measure_from<F: Facts + ?Sized>(
    from: &Origin,
    measure: &Measure,
    window: Window,
    facts: &F,
    now_ms: i64,
) -> Measured {
    let range = window.range(now_ms, facts.zone());
    let mut tally = Tally::default();
    match from {
        Origin::Slot(slot) => {
            let inside = within(facts.matches(*slot), range);
            match measure {
                Measure::Count => return Measured::Number(inside.len() as f64),
                Measure::LastTime => return time_of(inside.last()),
                Measure::FirstTime => return time_of(inside.first()),
                Measure::LastValue(_) => return value_of(inside.last()),
                Measure::FirstValue(_) => return value_of(inside.first()),
                Measure::Sum(_)
                | Measure::Average(_)
                | Measure::Min(_)
                | Measure::Max(_)
                | Measure::Distinct(_) => {}
            }
            for found in inside {
                tally.add(*found, measure);
            }
        }
        Origin::Contacts(filter) => facts.contacts(&mut |contact| {
            if range.contains(contact.at_ms) && filter.admits(&contact) {
                let field = measure.property().map(|name| contact.field(name));
                tally.add_field(contact.at_ms, field, measure);
            }
        }),
        Origin::Responses(filter) => facts.responses(&mut |response| {
            if range.contains(response.at_ms) && filter.admits(&response) {
                let field = measure.property().map(|name| response.field(name));
                tally.add_field(response.at_ms, field, measure);
            }
        }),
    }
    tally.result(measure)
}

fn admits(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found == Some(wanted))
}

impl ContactFilter {
    fn admits(&self, contact: &ContactView<'_>) -> bool {
        admits(self.channel.as_deref(), Some(contact.channel))
            && admits(self.offer.as_deref(), contact.offer)
            && admits(self.category.as_deref(), contact.category)
            && admits(self.placement.as_deref(), contact.placement)
    }
}

impl ResponseFilter {
    fn admits(&self, response: &ResponseView<'_>) -> bool {
        admits(self.kind.as_deref(), Some(response.kind))
            && admits(self.offer.as_deref(), response.offer)
            && admits(self.category.as_deref(), response.category)
            && self
                .inferred
                .is_none_or(|inferred| inferred == response.inferred)
    }
}

impl<'a> ContactView<'a> {
    /// The fields that can be measured.
    pub(super) const FIELDS: [&'static str; 4] = ["channel", "offer", "category", "placement"];

    fn field(&self, name: &str) -> Option<ValueView<'a>> {
        let text = match name {
            "channel" => Some(self.channel),
            "offer" => self.offer,
            "category" => self.category,
            "placement" => self.placement,
            _ => None,
        };
        text.map(ValueView::Text)
    }
}

impl<'a> ResponseView<'a> {
    /// The fields that can be measured.
    pub(super) const FIELDS: [&'static str; 4] = ["kind", "offer", "category", "value_cents"];

    fn field(&self, name: &str) -> Option<ValueView<'a>> {
        match name {
            "kind" => Some(ValueView::Text(self.kind)),
            "offer" => self.offer.map(ValueView::Text),
            "category" => self.category.map(ValueView::Text),
            "value_cents" => self
                .value_cents
                .map(|cents| ValueView::Number(cents as f64)),
            _ => None,
        }
    }
}
