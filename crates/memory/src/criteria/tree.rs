//! The syntax tree of criteria.

use super::operator::Test;
use super::window::Window;

/// A rule on one customer.
#[derive(Debug, Clone, PartialEq)]
pub enum Criteria {
    /// All of these hold; nothing to hold means everyone.
    All(Vec<Criteria>),
    /// At least one of these holds; nothing to choose from means nobody.
    Any(Vec<Criteria>),
    /// This does not hold.
    Not(Box<Criteria>),
    /// A test on an attribute of the customer.
    Attribute(Named),
    /// A test on the context of a decision (device, page, weather, …); false outside decisions.
    Context(Named),
    /// A test on a score of the customer.
    Score(Named),
    /// The customer is in a segment.
    Segment(String),
    /// What the customer said about being addressed.
    Consent(Consent),
    /// A number, a moment or a value from the customer's events, contacts or responses.
    Aggregate(Aggregate),
    /// Events in an order.
    Sequence(Sequence),
}

/// A test on something that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The attribute, context entry, score or event property.
    pub name: String,
    /// What is demanded of it.
    pub test: Test,
}

/// A test on the consent for a channel and purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The channel, `email` for example.
    pub channel: String,
    /// The purpose, `marketing` for example.
    pub purpose: String,
    /// What is demanded.
    pub answer: Answer,
}

/// The answer of a customer who was asked for consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Consent is given and has not expired.
    Granted,
    /// Consent is refused or was withdrawn.
    Denied,
    /// There is no valid answer.
    Unknown,
}

/// A measure over what happened in a window, and a test on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// What is looked at.
    pub of: Occurrence,
    /// What is measured.
    pub measure: Measure,
    /// When it happened.
    pub window: Window,
    /// What is demanded of the measure.
    pub test: Test,
}

/// Things that happen with a customer.
#[derive(Debug, Clone, PartialEq)]
pub enum Occurrence {
    /// Events the customer caused.
    Events(Pattern),
    /// Contacts we made.
    Contacts(ContactFilter),
    /// Responses of the customer to contacts.
    Responses(ResponseFilter),
}

/// Events of one name whose properties satisfy all tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The name of the event.
    pub event: String,
    /// Tests on its properties; all must hold.
    pub tests: Vec<Named>,
}

/// Contacts by where and what; an absent field admits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactFilter {
    /// The channel.
    pub channel: Option<String>,
    /// The key of the offer.
    pub offer: Option<String>,
    /// The category of the offer.
    pub category: Option<String>,
    /// The key of the placement.
    pub placement: Option<String>,
}

/// Responses by kind and offer; an absent field admits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseFilter {
    /// The kind: `view`, `click`, `accept`, `reject`, `ignored` or a name of one's own.
    pub kind: Option<String>,
    /// The key of the offer.
    pub offer: Option<String>,
    /// The category of the offer.
    pub category: Option<String>,
    /// Inferred from a purchase (true) or given directly (false).
    pub inferred: Option<bool>,
}

/// What is measured over the occurrences in the window.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Measure {
    /// How many there are.
    Count,
    /// The sum of a property; 0 if there is none.
    Sum(String),
    /// The average of a property; missing if there is none.
    Average(String),
    /// The smallest value of a property; missing if there is none.
    Min(String),
    /// The greatest value of a property; missing if there is none.
    Max(String),
    /// How many different values a property has.
    Distinct(String),
    /// When the last one was; missing if there is none.
    LastTime,
    /// When the first one was; missing if there is none.
    FirstTime,
    /// The property of the last one that has it.
    LastValue(String),
    /// The property of the first one that has it.
    FirstValue(String),
}

impl Measure {
    /// The property that is measured.
    #[must_use]
    pub fn property(&self) -> Option<&str> {
        match self {
            Self::Count | Self::LastTime | Self::FirstTime => None,
            Self::Sum(property)
            | Self::Average(property)
            | Self::Min(property)
            | Self::Max(property)
            | Self::Distinct(property)
            | Self::LastValue(property)
            | Self::FirstValue(property) => Some(property),
        }
    }

    /// Its word in JSON and text.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum(_) => "sum",
            Self::Average(_) => "average",
            Self::Min(_) => "min",
            Self::Max(_) => "max",
            Self::Distinct(_) => "distinct",
            Self::LastTime | Self::LastValue(_) => "last",
            Self::FirstTime | Self::FirstValue(_) => "first",
        }
    }
}

/// Events one after the other, each strictly later than the one before.
///
/// With one step, it means that nothing of `without` followed within `within_ms`, and that
/// this time is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// The events, in order; at least one.
    pub steps: Vec<Pattern>,
    /// The longest time between the first and the last step.
    pub within_ms: Option<i64>,
    /// No such event lies between the first and the last step.
    pub without: Option<Pattern>,
    /// When all steps happened.
    pub window: Window,
}

impl Criteria {
    /// The direct parts of a group, none for a test.
    #[must_use]
    pub fn children(&self) -> &[Criteria] {
        match self {
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(part) => std::slice::from_ref(part),
            Self::Attribute(_)
            | Self::Context(_)
            | Self::Score(_)
            | Self::Segment(_)
            | Self::Consent(_)
            | Self::Aggregate(_)
            | Self::Sequence(_) => &[],
        }
    }

    /// Calls `visit` for this node and every node below it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Criteria)) {
        visit(self);
        for part in self.children() {
            part.walk(visit);
        }
    }

    /// The same rule with groups of one replaced by their only part.
    #[must_use]
    pub fn simplified(self) -> Self {
        match self {
            Self::All(mut parts) | Self::Any(mut parts) if parts.len() == 1 => {
                parts.remove(0).simplified()
            }
            Self::All(parts) => Self::All(parts.into_iter().map(Self::simplified).collect()),
            Self::Any(parts) => Self::Any(parts.into_iter().map(Self::simplified).collect()),
            Self::Not(part) => Self::Not(Box::new(part.simplified())),
            test @ (Self::Attribute(_)
            | Self::Context(_)
            | Self::Score(_)
            | Self::Segment(_)
            | Self::Consent(_)
            | Self::Aggregate(_)
            | Self::Sequence(_)) => test,
        }
    }
}
