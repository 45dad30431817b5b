//! Aggregate slots: what an incoming event adds to the facts that criteria look back on.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::operator::Test;
use super::property::{matches_pattern, normal_path, visit_property, visit_singles};
use super::tree::{Criteria, Named, Occurrence, Pattern};
use super::value::{ValueView, hash_tagged};
use super::window::{Keep, Moment};

/// The stable id of a slot: equal patterns and properties have equal ids in every release.
/// In JSON it is text of 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u64);

impl fmt::Display for SlotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SlotId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for SlotId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SlotId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An event as criteria see it.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a> {
    /// The name, `Order Completed` for example.
    pub name: &'a str,
    /// When it happened, in milliseconds since the epoch.
    pub occurred_ms: i64,
    /// Its properties, an object.
    pub properties: &'a Value,
    /// Its context, an object; reached by paths that begin with `context.`.
    pub context: &'a Value,
}

/// What one event adds to one slot. Ordered by time; ties by number and hash, so that the
/// order does not depend on the order of arrival. In JSON: `[occurred_ms, number, hash]`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "(i64, Option<f64>, u64)", into = "(i64, Option<f64>, u64)")]
pub struct Match {
    /// When the event happened.
    pub occurred_ms: i64,
    /// The measured property, if it is a number.
    pub number: Option<f64>,
    /// The hash of the measured property (see [`ValueView::hash64`]), 0 if nothing is measured.
    pub hash: u64,
}

impl Match {
    /// Something that happened and has nothing measured.
    #[must_use]
    pub fn at(occurred_ms: i64) -> Self {
        Self {
            occurred_ms,
            number: None,
            hash: 0,
        }
    }

    /// Something that happened with a value; lists are no value.
    #[must_use]
    pub fn of(occurred_ms: i64, value: ValueView<'_>) -> Option<Self> {
        let number = match value {
            ValueView::Number(number) => Some(number),
            ValueView::Bool(_) | ValueView::Text(_) | ValueView::Instant(_) => None,
            ValueView::Texts(_) | ValueView::Items(_) => return None,
        };
        Some(Self {
            occurred_ms,
            number,
            hash: value.hash64(),
        })
    }
}

impl From<(i64, Option<f64>, u64)> for Match {
    fn from((occurred_ms, number, hash): (i64, Option<f64>, u64)) -> Self {
        Self {
            occurred_ms,
            number,
            hash,
        }
    }
}

impl From<Match> for (i64, Option<f64>, u64) {
    fn from(found: Match) -> Self {
        (found.occurred_ms, found.number, found.hash)
    }
}

impl Ord for Match {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_number = || match (self.number, other.number) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        self.occurred_ms
            .cmp(&other.occurred_ms)
            .then_with(by_number)
            .then_with(|| self.hash.cmp(&other.hash))
    }
}

impl PartialOrd for Match {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Match {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Match {}

/// What must be kept of a customer's events so that criteria can be answered at any moment.
///
/// Criteria that ask for the same events and property in different windows share one slot,
/// which keeps the longest of them.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateSpec {
    /// The id, a hash of the pattern and the measured property.
    pub id: SlotId,
    /// The events, with the tests in a fixed order.
    pub pattern: Pattern,
    /// The path of the property that is measured.
    pub measured: Option<String>,
    /// How long matches are needed.
    pub keep: Keep,
}

impl AggregateSpec {
    /// The slot for a pattern and a measured property, looked at in a window that needs `keep`.
    #[must_use]
    pub fn new(pattern: &Pattern, measured: Option<&str>, keep: Keep) -> Self {
        let pattern = normal_pattern(pattern);
        let measured = measured.map(|path| normal_path(path).to_owned());
        let tests: Vec<Value> = pattern.tests.iter().map(encode).collect();
        let content = json!(["event", pattern.event, tests, measured]).to_string();
        Self {
            id: SlotId(hash_tagged(0, content.as_bytes())),
            pattern,
            measured,
            keep,
        }
    }

    /// Calls `add` with what the event adds to this slot: nothing, one match, or, when the
    /// measured path leads through a list, one match per value.
    pub fn measure(&self, event: &EventView<'_>, add: &mut impl FnMut(Match)) {
        if !matches_pattern(&self.pattern, event) {
            return;
        }
        match &self.measured {
            None => add(Match::at(event.occurred_ms)),
            Some(path) => visit_property(event, path, &mut |value| {
                visit_singles(value, &mut |single| {
                    if let Some(found) = Match::of(event.occurred_ms, single) {
                        add(found);
                    }
                });
            }),
        }
    }
}

/// All slots that a set of criteria needs, found by the name of an event.
#[derive(Debug, Clone, Default)]
pub struct Slots {
    by_id: BTreeMap<SlotId, AggregateSpec>,
    by_event: HashMap<String, Vec<SlotId>>,
}

impl Slots {
    /// Merges specifications; the same slot asked for twice keeps the longer of both.
    #[must_use]
    pub fn new(specs: impl IntoIterator<Item = AggregateSpec>) -> Self {
        let mut slots = Self::default();
        for spec in specs {
            slots.add(spec);
        }
        slots
    }

    fn add(&mut self, spec: AggregateSpec) {
        if let Some(known) = self.by_id.get_mut(&spec.id) {
            known.keep = known.keep.with(spec.keep);
            return;
        }
        self.by_event
            .entry(spec.pattern.event.clone())
            .or_default()
            .push(spec.id);
        self.by_id.insert(spec.id, spec);
    }

    /// The specification of a slot.
    #[must_use]
    pub fn get(&self, id: SlotId) -> Option<&AggregateSpec> {
        self.by_id.get(&id)
    }

    /// All slots, by id.
    pub fn iter(&self) -> impl Iterator<Item = &AggregateSpec> {
        self.by_id.values()
    }

    /// Whether events of this name add to any slot.
    #[must_use]
    pub fn watches(&self, event: &str) -> bool {
        self.by_event.contains_key(event)
    }

    /// Calls `add` for everything the event adds to any slot.
    pub fn measure(&self, event: &EventView<'_>, add: &mut impl FnMut(SlotId, Match)) {
        for id in self.by_event.get(event.name).into_iter().flatten() {
            if let Some(spec) = self.by_id.get(id) {
                spec.measure(event, &mut |found| add(*id, found));
            }
        }
    }
}

/// Puts a match in its place among sorted matches.
pub fn insert(matches: &mut Vec<Match>, found: Match) {
    let place = matches.partition_point(|other| *other <= found);
    matches.insert(place, found);
}

/// Drops sorted matches that no window can see any more.
pub fn prune(matches: &mut Vec<Match>, keep: Keep, now_ms: i64) {
    let floor = keep.floor(now_ms);
    let gone = matches.partition_point(|found| found.occurred_ms < floor);
    matches.drain(..gone);
}

/// The slots a rule needs, each once.
#[must_use]
pub fn aggregates(criteria: &Criteria) -> Vec<AggregateSpec> {
    let mut slots = Slots::default();
    criteria.walk(&mut |node| {
        if let Criteria::Aggregate(aggregate) = node
            && let Occurrence::Events(pattern) = &aggregate.of
        {
            let keep = aggregate.window.keep();
            slots.add(AggregateSpec::new(
                pattern,
                aggregate.measure.property(),
                keep,
            ));
        }
        if let Criteria::Sequence(sequence) = node {
            for pattern in sequence.steps.iter().chain(&sequence.without) {
                slots.add(AggregateSpec::new(pattern, None, sequence.window.keep()));
            }
        }
    });
    slots.by_id.into_values().collect()
}

/// How far back a rule looks at contacts and responses; `None` if it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lookback {
    /// How long contacts are needed.
    pub contacts: Option<Keep>,
    /// How long responses are needed.
    pub responses: Option<Keep>,
}

/// How far back a rule looks at contacts and responses.
#[must_use]
pub fn lookback(criteria: &Criteria) -> Lookback {
    let mut lookback = Lookback::default();
    criteria.walk(&mut |node| {
        if let Criteria::Aggregate(aggregate) = node {
            let needed = match &aggregate.of {
                Occurrence::Events(_) => return,
                Occurrence::Contacts(_) => &mut lookback.contacts,
                Occurrence::Responses(_) => &mut lookback.responses,
            };
            let keep = aggregate.window.keep();
            *needed = Some(needed.map_or(keep, |known| known.with(keep)));
        }
    });
    lookback
}

/// A form for hashing that no change of the JSON or text form can touch.
fn encode(named: &Named) -> Value {
    let moment = |moment: &Moment| match moment {
        Moment::At(ms) => json!(["at", ms]),
        Moment::Ago(ms) => json!(["ago", ms]),
        Moment::Ahead(ms) => json!(["ahead", ms]),
    };
    let test = match &named.test {
        Test::Equals(value) => json!(["equals", value]),
        Test::NotEquals(value) => json!(["not_equals", value]),
        Test::OneOf(values) => json!(["one_of", values]),
        Test::NoneOf(values) => json!(["none_of", values]),
        Test::Contains(text) => json!(["contains", text]),
        Test::StartsWith(text) => json!(["starts_with", text]),
        Test::Greater(bound) => json!(["greater", bound]),
        Test::AtLeast(bound) => json!(["at_least", bound]),
        Test::Less(bound) => json!(["less", bound]),
        Test::AtMost(bound) => json!(["at_most", bound]),
        Test::Between(low, high) => json!(["between", low, high]),
        Test::Before(when) => json!(["before", moment(when)]),
        Test::After(when) => json!(["after", moment(when)]),
        Test::Exists => json!(["exists"]),
        Test::Missing => json!(["missing"]),
    };
    json!([named.name, test])
}

fn normal_pattern(pattern: &Pattern) -> Pattern {
    let mut tests: Vec<Named> = pattern.tests.clone();
    for named in &mut tests {
        named.name = normal_path(&named.name).to_owned();
    }
    tests.sort_by_cached_key(|named| encode(named).to_string());
    tests.dedup();
    Pattern {
        event: pattern.event.clone(),
        tests,
    }
}
