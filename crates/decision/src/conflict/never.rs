//! Whether a rule can hold at all, proven by trying every case that could make a difference.
//!
//! Each thing a rule asks about (an attribute, a score, a number of events) takes the values
//! around the constants it is compared with. A test whose outcome on such a value is not certain
//! counts as both. Of counts of which one covers another the smaller one is never greater. When no
//! combination makes the rule true, no customer does; things that depend on each other otherwise
//! only make fewer combinations possible. So a claim is never wrong, though not every rule that
//! cannot hold is found.

use std::collections::BTreeMap;

use memory::criteria::{
    Aggregate, Answer, AttributeValue, Criteria, Measure, Named, Test, ValueView, write,
};

use super::counts::covers;

/// The most combinations tried; a rule with more is believed.
const LARGEST: usize = 20_000;

/// Whether a rule can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// For some customers it may hold, for others not.
    Depends,
    /// For no customer at all.
    Never,
    /// Only for customers of whom an attribute is a list of several values.
    OnlyLists,
    /// For every customer.
    Always,
}

/// A value that a thing may have.
#[derive(Debug, Clone, PartialEq)]
enum Point {
    Missing,
    Value(AttributeValue),
    /// Any text that no test names; dates in texts are told by nothing else.
    OtherText,
    /// Any list.
    AnyList,
    Bool(bool),
    Consent(Answer),
}

/// Certainly true, certainly false, or either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tri {
    True,
    False,
    Either,
}

impl Tri {
    fn of(truth: bool) -> Tri {
        if truth { Tri::True } else { Tri::False }
    }

    fn not(self) -> Tri {
        match self {
            Tri::True => Tri::False,
            Tri::False => Tri::True,
            Tri::Either => Tri::Either,
        }
    }
}

/// What a test asks about, and what it could find there.
#[derive(Default)]
struct Thing<'a> {
    tests: Vec<&'a Test>,
    kind: ThingKind,
    /// What is counted.
    counted: Option<&'a Aggregate>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ThingKind {
    /// An attribute or an entry of the context.
    #[default]
    Value,
    /// A number that may be missing.
    Number,
    /// How often something happened, which is never missing.
    Count,
    /// True or false.
    Truth,
    /// An answer to a request for consent.
    Consent,
}

/// Whether a rule can hold.
pub fn verdict(rule: &Criteria) -> Verdict {
    let (things, pairs) = things(rule);
    let Some((possible, avoidable)) = outcomes(rule, &things, &pairs, |_| true) else {
        return Verdict::Depends;
    };
    match (possible, avoidable) {
        (false, _) => Verdict::Never,
        (_, false) => Verdict::Always,
        (true, true) => match outcomes(rule, &things, &pairs, |_| false) {
            Some((false, _)) => Verdict::OnlyLists,
            Some(_) | None => Verdict::Depends,
        },
    }
}

/// The attributes that have to be lists of several values wherever the rule holds. There may be
/// none although some list is needed: then either of several will do.
pub fn lists_needed(rule: &Criteria) -> Vec<&str> {
    let (things, pairs) = things(rule);
    let mut needed = vec![];
    rule.walk(&mut |node| {
        if let Criteria::Attribute(Named { name, .. }) = node
            && !needed.contains(&name.as_str())
        {
            let this = attribute(name);
            let outcomes = outcomes(rule, &things, &pairs, |thing| thing != this);
            if outcomes.is_some_and(|(possible, _)| !possible) {
                needed.push(name.as_str());
            }
        }
    });
    needed
}

/// What a rule asks about, by name.
fn things(rule: &Criteria) -> (BTreeMap<String, Thing<'_>>, Vec<Pair>) {
    let mut things = BTreeMap::new();
    rule.walk(&mut |node| {
        if let Some((name, kind, test)) = asked(node) {
            let thing: &mut Thing<'_> = things.entry(name).or_default();
            thing.kind = kind;
            thing.tests.extend(test);
            if let (ThingKind::Count, Criteria::Aggregate(aggregate)) = (kind, node) {
                thing.counted = Some(aggregate);
            }
        }
    });
    let pairs = pairs(&things);
    compare(&mut things, &pairs);
    (things, pairs)
}

/// A count, and one that is never smaller, by their names.
struct Pair {
    narrow: String,
    wide: String,
}

fn pairs(things: &BTreeMap<String, Thing<'_>>) -> Vec<Pair> {
    let counts = || {
        let counted = things.iter();
        counted.filter_map(|(name, thing)| Some((name, thing.counted?)))
    };
    let mut pairs = vec![];
    for (narrow, one) in counts() {
        for (wide, other) in counts() {
            if narrow != wide && covers(other, one) {
                let (narrow, wide) = (narrow.clone(), wide.clone());
                pairs.push(Pair { narrow, wide });
            }
        }
    }
    pairs
}

/// Lets counts that are compared with each other take the same values: then the gaps for which
/// two values stand are told apart by the values.
fn compare(things: &mut BTreeMap<String, Thing<'_>>, pairs: &[Pair]) {
    let concerned = |name: &String| pairs.iter().any(|p| p.narrow == *name || p.wide == *name);
    let theirs = things.iter().filter(|(name, _)| concerned(name));
    let tests: Vec<&Test> = theirs.flat_map(|(_, thing)| thing.tests.clone()).collect();
    for (_, thing) in things.iter_mut().filter(|(name, _)| concerned(name)) {
        thing.tests.clone_from(&tests);
    }
}

/// The name of an attribute among the things.
fn attribute(name: &str) -> String {
    format!("attribute {name}")
}

/// The name of what a leaf asks about, its kind, and the test.
fn asked(node: &Criteria) -> Option<(String, ThingKind, Option<&Test>)> {
    Some(match node {
        Criteria::All(_) | Criteria::Any(_) | Criteria::Not(_) => return None,
        Criteria::Attribute(Named { name, test }) => {
            (attribute(name), ThingKind::Value, Some(test))
        }
        Criteria::Context(Named { name, test }) => {
            (format!("context {name}"), ThingKind::Value, Some(test))
        }
        Criteria::Score(Named { name, test }) => {
            (format!("score {name}"), ThingKind::Number, Some(test))
        }
        Criteria::Segment(key) => (format!("segment {key}"), ThingKind::Truth, None),
        Criteria::Consent(consent) => {
            let name = format!("consent {} {}", consent.channel, consent.purpose);
            (name, ThingKind::Consent, None)
        }
        Criteria::Aggregate(aggregate) => match aggregate.measure {
            Measure::Count | Measure::Sum(_) | Measure::Distinct(_) => {
                let kind = match aggregate.measure {
                    Measure::Count => ThingKind::Count,
                    _ => ThingKind::Number,
                };
                let mut same = aggregate.clone();
                same.test = Test::Exists;
                let name = write(&Criteria::Aggregate(same)).to_string();
                (name, kind, Some(&aggregate.test))
            }
            Measure::Average(_)
            | Measure::Min(_)
            | Measure::Max(_)
            | Measure::LastTime
            | Measure::FirstTime
            | Measure::LastValue(_)
            | Measure::FirstValue(_) => (write(node).to_string(), ThingKind::Truth, None),
        },
        Criteria::Sequence(_) => (write(node).to_string(), ThingKind::Truth, None),
    })
}

/// Whether any combination may make the rule true, and whether any may make it false; `None` when
/// there are too many combinations. `lists` says what may be a list.
fn outcomes(
    rule: &Criteria,
    things: &BTreeMap<String, Thing<'_>>,
    pairs: &[Pair],
    lists: impl Fn(&str) -> bool,
) -> Option<(bool, bool)> {
    let points: Vec<(&String, Vec<Point>)> = things
        .iter()
        .map(|(name, thing)| (name, thing.points(lists(name))))
        .collect();
    let mut combinations = 1usize;
    for (_, points) in &points {
        combinations = combinations.checked_mul(points.len())?;
        if combinations > LARGEST {
            return None;
        }
    }
    let (mut possible, mut avoidable) = (false, false);
    for number in 0..combinations {
        let mut rest = number;
        let mut case = BTreeMap::new();
        for (name, points) in &points {
            case.insert(name.as_str(), &points[rest % points.len()]);
            rest /= points.len();
        }
        if pairs.iter().any(|pair| pair.turned_around(&case)) {
            continue;
        }
        match holds(rule, &case) {
            Tri::True => possible = true,
            Tri::False => avoidable = true,
            Tri::Either => (possible, avoidable) = (true, true),
        }
        if possible && avoidable {
            break;
        }
    }
    Some((possible, avoidable))
}

impl Pair {
    /// Whether the count that is never smaller would be smaller, which no customer's is.
    fn turned_around(&self, case: &BTreeMap<&str, &Point>) -> bool {
        let number = |name: &str| match case.get(name) {
            Some(Point::Value(AttributeValue::Number(number))) => Some(*number),
            _ => None,
        };
        let both = number(&self.narrow).zip(number(&self.wide));
        both.is_some_and(|(narrow, wide)| narrow > wide)
    }
}

impl Thing<'_> {
    fn points(&self, lists: bool) -> Vec<Point> {
        match self.kind {
            ThingKind::Truth => return vec![Point::Bool(true), Point::Bool(false)],
            ThingKind::Consent => {
                let answers = [Answer::Granted, Answer::Denied, Answer::Unknown];
                return answers.map(Point::Consent).to_vec();
            }
            ThingKind::Value | ThingKind::Number | ThingKind::Count => {}
        }
        let mut constants = vec![];
        let mut numbers = vec![];
        for test in &self.tests {
            match test {
                Test::Equals(value) | Test::NotEquals(value) => constants.push(value),
                Test::OneOf(values) | Test::NoneOf(values) => constants.extend(values),
                Test::Greater(n) | Test::AtLeast(n) | Test::Less(n) | Test::AtMost(n) => {
                    numbers.push(*n);
                }
                Test::Between(low, high) => numbers.extend([*low, *high]),
                Test::Contains(_)
                | Test::StartsWith(_)
                | Test::Before(_)
                | Test::After(_)
                | Test::Exists
                | Test::Missing => {}
            }
        }
        let mut points = vec![Point::Missing];
        let mut instants = vec![];
        for constant in constants {
            match constant {
                AttributeValue::Number(n) => numbers.push(*n),
                AttributeValue::Instant(ms) => instants.push(*ms),
                AttributeValue::Text(_) => points.push(Point::Value(constant.clone())),
                // A single value is never the same as a list.
                AttributeValue::Bool(_) | AttributeValue::List(_) => {}
            }
        }
        points.extend(
            around(numbers)
                .into_iter()
                .map(|n| Point::Value(AttributeValue::Number(n))),
        );
        if self.kind != ThingKind::Value {
            let missing = self.kind == ThingKind::Number;
            points.retain(|point| match point {
                Point::Missing => missing,
                Point::Value(value) => matches!(value, AttributeValue::Number(_)),
                _ => false,
            });
            return points;
        }
        for test in &self.tests {
            // A moment that moves with now is not the same all the time.
            if let Test::Before(moment) | Test::After(moment) = test
                && !moment.relative()
            {
                instants.push(moment.resolve(0));
            }
        }
        instants.push(0);
        let near = instants
            .iter()
            .flat_map(|ms| [ms.saturating_sub(1), *ms, ms.saturating_add(1)]);
        let mut near: Vec<i64> = near.chain([i64::MIN / 2, i64::MAX / 2]).collect();
        near.sort_unstable();
        near.dedup();
        points.extend(
            near.into_iter()
                .map(|ms| Point::Value(AttributeValue::Instant(ms))),
        );
        points.extend([true, false].map(|b| Point::Value(AttributeValue::Bool(b))));
        points.push(Point::OtherText);
        if lists {
            points.push(Point::AnyList);
        }
        points
    }
}

/// Every number that could make a difference: the constants, and one in each gap around them.
fn around(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.push(0.0);
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let mut all = vec![numbers[0] - 1.0 - numbers[0].abs()];
    for pair in numbers.windows(2) {
        all.extend([pair[0], pair[0] + (pair[1] - pair[0]) / 2.0]);
    }
    let last = numbers[numbers.len() - 1];
    all.extend([last, last + 1.0 + last.abs()]);
    all
}

fn holds(node: &Criteria, case: &BTreeMap<&str, &Point>) -> Tri {
    match node {
        Criteria::All(parts) => {
            let mut all = Tri::True;
            for part in parts {
                match holds(part, case) {
                    Tri::False => return Tri::False,
                    Tri::Either => all = Tri::Either,
                    Tri::True => {}
                }
            }
            all
        }
        Criteria::Any(parts) => {
            let mut any = Tri::False;
            for part in parts {
                match holds(part, case) {
                    Tri::True => return Tri::True,
                    Tri::Either => any = Tri::Either,
                    Tri::False => {}
                }
            }
            any
        }
        Criteria::Not(part) => holds(part, case).not(),
        Criteria::Attribute(_)
        | Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Segment(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => leaf(node, case),
    }
}

fn leaf(node: &Criteria, case: &BTreeMap<&str, &Point>) -> Tri {
    let Some((name, _, test)) = asked(node) else {
        return Tri::Either;
    };
    let Some(point) = case.get(name.as_str()) else {
        return Tri::Either;
    };
    match (point, test, node) {
        (Point::Bool(truth), None, _) => Tri::of(*truth),
        (Point::Consent(answer), None, Criteria::Consent(wanted)) => {
            Tri::of(*answer == wanted.answer)
        }
        (Point::Missing, Some(test), _) => Tri::of(test.holds(None, 0)),
        (Point::Value(AttributeValue::Text(text)), Some(test), _) => named_text(text, test),
        (Point::Value(value), Some(test), _) if !test.relative() => {
            Tri::of(test.holds(Some(value.view()), 0))
        }
        (Point::OtherText, Some(test), _) => other_text(test),
        (Point::AnyList, Some(test), _) => any_list(test),
        (_, _, _) => Tri::Either,
    }
}

/// A text that a test names is one single value, and everything about it is known, but whether
/// it is a date as seen from a moment that moves.
fn named_text(text: &str, test: &Test) -> Tri {
    if test.relative() {
        return Tri::Either;
    }
    Tri::of(test.holds(Some(ValueView::Text(text)), 0))
}

/// A text that no test names: it equals none of the texts, and may contain anything.
fn other_text(test: &Test) -> Tri {
    let dated = |value: &AttributeValue| matches!(value, AttributeValue::Instant(_));
    match test {
        Test::Equals(value) if dated(value) => Tri::Either,
        Test::NotEquals(value) if dated(value) => Tri::Either,
        Test::OneOf(values) | Test::NoneOf(values) if values.iter().any(dated) => Tri::Either,
        Test::Equals(_) | Test::OneOf(_) => Tri::False,
        Test::NotEquals(_) | Test::NoneOf(_) => Tri::True,
        Test::Contains(_) | Test::StartsWith(_) | Test::Before(_) | Test::After(_) => Tri::Either,
        Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..) => Tri::False,
        Test::Exists => Tri::True,
        Test::Missing => Tri::False,
    }
}

/// A list holds texts, of which some may satisfy a test and others another. An empty one is no
/// value, and as good as missing.
fn any_list(test: &Test) -> Tri {
    match test {
        Test::Greater(_)
        | Test::AtLeast(_)
        | Test::Less(_)
        | Test::AtMost(_)
        | Test::Between(..)
        | Test::Equals(AttributeValue::Number(_) | AttributeValue::Bool(_)) => Tri::False,
        Test::Equals(_)
        | Test::NotEquals(_)
        | Test::OneOf(_)
        | Test::NoneOf(_)
        | Test::Contains(_)
        | Test::StartsWith(_)
        | Test::Before(_)
        | Test::After(_) => Tri::Either,
        Test::Exists => Tri::True,
        Test::Missing => Tri::False,
    }
}
