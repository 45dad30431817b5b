//! Checking a rule: limits, kinds and names, with the place and remedy of every problem.

use std::collections::BTreeSet;

use serde_json::Value;
use store::definition::{Problem, ProblemCode};

use super::check_test::{by_value, countable, fields, fits, key, misfit, sound};
use super::read::{MAX_DEPTH, read};
use super::suggest::{did_you_mean, nearest};
use super::tree::{Aggregate, Consent, Criteria, Measure, Named, Occurrence, Pattern, Sequence};
use super::value::{DAY_MS, Kind};
use super::vocabulary::Vocabulary;
use super::window::{Moment, Window};
use crate::customer::{MARKS_LIMIT, MATCHES_LIMIT};

/// The most conditions and groups in one rule.
pub const MAX_NODES: usize = 200;

/// The most tests on the properties of one event.
const MAX_PROPERTY_TESTS: usize = 20;

/// The most steps of a sequence.
const MAX_STEPS: usize = 10;

/// The longest window: a hundred years.
const MAX_WINDOW_MS: i64 = 36_525 * DAY_MS;

/// Everything that makes a rule unusable; empty when it may be published. The paths are
/// pointers into its JSON form.
///
/// A name that is not in the vocabulary is a problem only if a known one is spelled almost like
/// it, because rules may be written before the first event arrives; see [`notices`].
#[must_use]
pub fn validate(criteria: &Criteria, vocabulary: &Vocabulary) -> Vec<Problem> {
    check(criteria, vocabulary).problems
}

/// Names that are not in the vocabulary and resemble none that is: perhaps they come later.
#[must_use]
pub fn notices(criteria: &Criteria, vocabulary: &Vocabulary) -> Vec<Problem> {
    check(criteria, vocabulary).notices
}

/// Reads and checks the JSON form.
pub fn read_checked(json: &Value, vocabulary: &Vocabulary) -> Result<Criteria, Vec<Problem>> {
    let criteria = read(json)?;
    let problems = validate(&criteria, vocabulary);
    if problems.is_empty() {
        Ok(criteria)
    } else {
        Err(problems)
    }
}

fn check<'v>(criteria: &Criteria, vocabulary: &'v Vocabulary) -> Checker<'v> {
    let mut checker = Checker {
        vocabulary,
        nodes: 0,
        problems: Vec::new(),
        notices: Vec::new(),
    };
    checker.criteria(criteria, "", 1);
    if checker.nodes > MAX_NODES {
        let message = format!(
            "{} conditions, at most {MAX_NODES} are possible",
            checker.nodes
        );
        let problem = Problem::new("", (ProblemCode::TooManyConditions, message))
            .with("most", MAX_NODES)
            .hint("make segments of its parts");
        checker.problems.push(problem);
    }
    checker
}

struct Checker<'v> {
    vocabulary: &'v Vocabulary,
    nodes: usize,
    problems: Vec<Problem>,
    notices: Vec<Problem>,
}

impl<'v> Checker<'v> {
    fn report(&mut self, path: &str, misfit: Option<Problem>) {
        self.problems.extend(misfit.map(|problem| Problem {
            path: path.to_owned(),
            ..problem
        }));
    }

    fn criteria(&mut self, criteria: &Criteria, path: &str, depth: usize) {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            let message = format!("conditions are nested more than {MAX_DEPTH} deep");
            let said = (ProblemCode::NestedTooDeep, message);
            let problem = misfit(said, "make a segment of the inner part");
            self.report(path, problem.map(|one| one.with("most", MAX_DEPTH)));
            return;
        }
        let known = self.vocabulary;
        match criteria {
            Criteria::All(parts) | Criteria::Any(parts) => {
                let word = if matches!(criteria, Criteria::All(_)) {
                    "all"
                } else {
                    "any"
                };
                for (index, part) in parts.iter().enumerate() {
                    self.criteria(part, &format!("{path}/{word}/{index}"), depth + 1);
                }
            }
            Criteria::Not(part) => self.criteria(part, &format!("{path}/not"), depth + 1),
            Criteria::Attribute(named) => {
                self.attribute_name(&named.name, &format!("{path}/attribute"));
                let kind = known.attributes.get(&named.name).copied();
                self.test(named, kind, path);
            }
            Criteria::Context(named) => {
                let path_of_name = format!("{path}/context");
                self.name(
                    "context entry",
                    &named.name,
                    known.context.keys(),
                    &path_of_name,
                );
                self.test(named, known.context.get(&named.name).copied(), path);
            }
            Criteria::Score(named) => {
                self.name(
                    "score",
                    &named.name,
                    &known.scores,
                    &format!("{path}/score"),
                );
                self.test(named, Some(Kind::Number), path);
            }
            Criteria::Segment(key) => {
                self.name("segment", key, &known.segments, &format!("{path}/segment"));
            }
            Criteria::Consent(consent) => self.consent(consent, &format!("{path}/consent")),
            Criteria::Aggregate(aggregate) => self.aggregate(aggregate, path),
            Criteria::Sequence(sequence) => self.sequence(sequence, path),
        }
    }

    fn consent(&mut self, consent: &Consent, path: &str) {
        let known = self.vocabulary;
        self.name(
            "channel",
            &consent.channel,
            &known.channels,
            &format!("{path}/channel"),
        );
        self.name(
            "purpose",
            &consent.purpose,
            &known.purposes,
            &format!("{path}/purpose"),
        );
    }

    fn test(&mut self, named: &Named, kind: Option<Kind>, path: &str) {
        let path = format!("{path}/{}", key(&named.test));
        self.report(&path, sound(&named.test));
        if let Some(kind) = kind {
            self.report(
                &path,
                fits(&named.test, kind, &format!("\"{}\"", named.name)),
            );
        }
    }

    fn pattern(&mut self, pattern: &Pattern, path: &str) {
        let known = self.vocabulary;
        self.nodes += pattern.tests.len();
        self.name(
            "event",
            &pattern.event,
            known.events.keys(),
            &format!("{path}/event"),
        );
        if pattern.tests.len() > MAX_PROPERTY_TESTS {
            let message = format!("at most {MAX_PROPERTY_TESTS} tests of properties are possible");
            let problem = too_many(message, MAX_PROPERTY_TESTS);
            self.report(&format!("{path}/where"), problem);
        }
        for (index, named) in pattern.tests.iter().enumerate() {
            let path = format!("{path}/where/{index}");
            self.property(&pattern.event, &named.name, &format!("{path}/property"));
            self.test(named, known.property(&pattern.event, &named.name), &path);
            if named.test.relative() {
                let message = "a property is compared when the event arrives, not with now";
                let said = (ProblemCode::ComparedWithNow, message);
                let hint = "use a fixed date here, and \"within\" for when the event happened";
                self.report(&format!("{path}/{}", key(&named.test)), misfit(said, hint));
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, path: &str) {
        let known = self.vocabulary;
        let measured = aggregate.measure.property();
        let mut value_kind = None;
        match &aggregate.of {
            Occurrence::Events(pattern) => {
                self.pattern(pattern, path);
                if let Some(property) = measured {
                    self.property(&pattern.event, property, &format!("{path}/of"));
                    value_kind = known.property(&pattern.event, property);
                }
            }
            Occurrence::Contacts(filter) => {
                let path = format!("{path}/contacts");
                self.optional("channel", &filter.channel, &known.channels, &path);
                self.optional("offer", &filter.offer, &known.offers, &path);
                self.optional("category", &filter.category, &known.categories, &path);
                self.optional("placement", &filter.placement, &known.placements, &path);
            }
            Occurrence::Responses(filter) => {
                let path = format!("{path}/responses");
                self.optional("offer", &filter.offer, &known.offers, &path);
                self.optional("category", &filter.category, &known.categories, &path);
            }
        }
        if let Some(property) = measured
            && let Some(fields) = fields(&aggregate.of)
        {
            if fields.contains(&property) {
                let number = property == "value_cents";
                value_kind = Some(if number { Kind::Number } else { Kind::Text });
            } else {
                let choices = fields.join(", ");
                let message = format!("\"{property}\" cannot be measured here");
                let said = (ProblemCode::NotMeasurable, message);
                let problem = misfit(said, format!("one of: {choices}"))
                    .map(|one| one.with("name", property).with("choices", choices));
                self.report(&format!("{path}/of"), problem);
            }
        }
        self.measure(aggregate, value_kind, path);
        self.window(aggregate.window, &format!("{path}/within"));
    }

    fn measure(&mut self, aggregate: &Aggregate, value_kind: Option<Kind>, path: &str) {
        let test = &aggregate.test;
        let path_of_test = format!("{path}/{}", key(test));
        self.report(&path_of_test, sound(test));
        let kept = match &aggregate.of {
            Occurrence::Events(_) => MATCHES_LIMIT,
            Occurrence::Contacts(_) | Occurrence::Responses(_) => MARKS_LIMIT,
        };
        let result = match &aggregate.measure {
            Measure::Count | Measure::Distinct(_) => {
                self.report(&path_of_test, countable(test, kept));
                Some(Kind::Number)
            }
            Measure::Sum(of) | Measure::Average(of) | Measure::Min(of) | Measure::Max(of) => {
                let word = aggregate.measure.word();
                let wrong = value_kind
                    .filter(|kind| *kind != Kind::Number)
                    .and_then(|kind| {
                        let message = format!(
                            "the {word} of \"{of}\" needs numbers, it is {}",
                            kind.word()
                        );
                        let hint = "measure a property that holds numbers, or use \"distinct\"";
                        let problem = misfit((ProblemCode::NeedsNumbers, message), hint)?;
                        Some(problem.with("name", of.as_str()).with("kind", kind.word()))
                    });
                self.report(&format!("{path}/of"), wrong);
                Some(Kind::Number)
            }
            Measure::LastTime | Measure::FirstTime => Some(Kind::Instant),
            Measure::LastValue(_) | Measure::FirstValue(_) => {
                self.report(&path_of_test, by_value(test));
                value_kind
            }
        };
        if let Some(kind) = result {
            let what = format!("the {}", aggregate.measure.word());
            self.report(&path_of_test, fits(test, kind, &what));
        }
    }

    fn sequence(&mut self, sequence: &Sequence, path: &str) {
        for (index, step) in sequence.steps.iter().enumerate() {
            self.nodes += 1;
            self.pattern(step, &format!("{path}/sequence/{index}"));
        }
        if let Some(without) = &sequence.without {
            self.pattern(without, &format!("{path}/without"));
        }
        let steps = sequence.steps.len();
        let path_of_steps = format!("{path}/sequence");
        if steps > MAX_STEPS {
            let message = format!("{steps} steps, at most {MAX_STEPS} are possible");
            self.report(&path_of_steps, too_many(message, MAX_STEPS));
        }
        if steps == 0 || (steps == 1 && sequence.without.is_none()) {
            let hint = "name at least two events, or one and \"without\"";
            let said = (ProblemCode::NoSequence, "a sequence has two or more events");
            self.report(&path_of_steps, misfit(said, hint));
        }
        if sequence
            .within_ms
            .is_some_and(|ms| !(1..=MAX_WINDOW_MS).contains(&ms))
        {
            let message = "the time must be longer than nothing and at most 100 years";
            let said = (ProblemCode::NotADuration, message);
            self.report(
                &format!("{path}/within_ms"),
                misfit(said, "for example 3600000"),
            );
        }
        self.window(sequence.window, &format!("{path}/within"));
    }

    fn window(&mut self, window: Window, path: &str) {
        const EMPTY: &str = "nothing lies in this window";
        let wrong = match window {
            Window::Rolling(ms) | Window::Before(ms) => {
                let possible = (1..=MAX_WINDOW_MS).contains(&ms);
                (!possible).then_some("a window is longer than nothing and at most 100 years")
            }
            Window::Calendar { ago, .. } => {
                (ago > 1_200).then_some("a calendar window lies at most 1200 units back")
            }
            Window::Between {
                from: Some(Moment::At(from)),
                until: Some(Moment::At(until)),
            } => (from >= until).then_some(EMPTY),
            Window::Between {
                from: Some(Moment::Ago(from)),
                until: Some(Moment::Ago(until)),
            } => (from <= until).then_some(EMPTY),
            Window::Between {
                from: Some(Moment::Ahead(_)),
                ..
            } => Some(EMPTY),
            Window::Between { .. } | Window::Ever => None,
        };
        let hint = "for example the last 30 days, or from 2026-01-01 until 2026-02-01";
        let said = |message| (ProblemCode::NothingWithin, message);
        self.report(path, wrong.and_then(|message| misfit(said(message), hint)));
    }

    fn property(&mut self, event: &str, property: &str, path: &str) {
        let path_within = property.strip_prefix("properties.").unwrap_or(property);
        if !property.starts_with("context.")
            && let Some(known) = self.vocabulary.events.get(event)
        {
            self.name("property", path_within, known.keys(), path);
        }
    }

    fn attribute_name(&mut self, name: &str, path: &str) {
        let known = self.vocabulary;
        let before = self.notices.len();
        self.name("attribute", name, known.attributes.keys(), path);
        if let Some(notice) = self.notices.get_mut(before)
            && let Some(event) = known.event_with(name)
        {
            notice.values.insert("event".to_owned(), event.into());
            notice.hint = Some(format!(
                "it is a property of \"{event}\"; put tests of one event in parentheses: \
                 where (… and {name} …)"
            ));
        }
    }

    fn optional(
        &mut self,
        what: &str,
        name: &Option<String>,
        known: &'v BTreeSet<String>,
        path: &str,
    ) {
        if let Some(name) = name {
            self.name(what, name, known, &format!("{path}/{what}"));
        }
    }

    /// A name that is almost a known one is a problem, one that resembles none is a notice.
    fn name(
        &mut self,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'v String>,
        path: &str,
    ) {
        let known: Vec<&str> = known.into_iter().map(String::as_str).collect();
        if known.is_empty() || known.contains(&name) {
            return;
        }
        let message = format!("unknown {what} \"{name}\"");
        let problem = Problem::new(path, (ProblemCode::UnknownName, message))
            .with("what", what)
            .with("name", name);
        let meant = nearest(name, known);
        match did_you_mean(meant) {
            Some(hint) => self.problems.push(problem.with("meant", meant).hint(hint)),
            None => self.notices.push(problem.hint("nothing matches it so far")),
        }
    }
}

fn too_many(message: String, most: usize) -> Option<Problem> {
    let problem = misfit((ProblemCode::TooMany, message), "leave some out")?;
    Some(problem.with("most", most))
}
