//! What a caller says of a reaction, whoever it comes from, and what can be wrong with it.

use store::Timestamp;
use store::definition::{Problem, ProblemCode};

use super::ResponseKind;

/// Longest name of a custom reaction and longest message id, in characters.
const NAME_LIMIT_CHARS: usize = 100;
/// How far ahead of ours a caller's clock may be: five minutes.
const CLOCK_AHEAD_MS: i64 = 300_000;

/// The parts that every reaction has.
#[derive(Debug, Clone, Copy)]
pub struct Reaction<'a> {
    /// How.
    pub kind: ResponseKind,
    /// The company's own name of a custom reaction.
    pub name: Option<&'a str>,
    /// What it was worth.
    pub value_cents: Option<i64>,
    /// Currency of the value.
    pub currency: Option<&'a str>,
    /// The caller's id of it.
    pub message_id: Option<&'a str>,
}

impl Reaction<'_> {
    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        match (self.kind, self.name) {
            (ResponseKind::Custom, None) => {
                let problem = Problem::new("/name", "a custom reaction needs a name");
                problems.push(problem.hint("the company's own word, for example called_back"));
            }
            (ResponseKind::Ignored, _) => {
                let problem = Problem::new("/kind", "we notice ourselves what was ignored");
                problems.push(problem.hint("view, click, accept, reject or custom"));
            }
            (
                ResponseKind::View
                | ResponseKind::Click
                | ResponseKind::Accept
                | ResponseKind::Reject
                | ResponseKind::Custom,
                _,
            ) => {}
        }
        for (path, text) in [("/name", self.name), ("/message_id", self.message_id)] {
            let length = text.map_or(1, |text| text.chars().count());
            if length == 0 || length > NAME_LIMIT_CHARS {
                let said = format!("this has 1 to {NAME_LIMIT_CHARS} characters");
                let said = (ProblemCode::EmptyOrTooLong, said);
                let problem = Problem::new(path, said).with("most", NAME_LIMIT_CHARS);
                problems.push(problem.hint("send a shorter one, or none"));
            }
        }
        if self.value_cents.is_some_and(|cents| cents < 0) {
            let said = (ProblemCode::Negative, "the value is negative");
            problems.push(Problem::new("/value_cents", said).hint("send 0 or more"));
        }
        if self.currency.is_some_and(|text| !is_currency(text)) {
            let said = (ProblemCode::NotACurrency, "this is no code of a currency");
            let problem = Problem::new("/currency", said);
            problems.push(problem.hint("three capital letters, for example GBP"));
        }
        problems
    }
}

/// Whether a text has the form of an ISO 4217 code: three capital letters.
pub fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// That something is said to have happened later than any clock could be wrong.
pub(super) fn in_the_future(at: Timestamp, now: Timestamp) -> Option<Problem> {
    (at.since_ms(now) > CLOCK_AHEAD_MS).then(|| {
        let problem = Problem::new("/occurred_at", "this lies in the future");
        problem.hint("send when it happened, or leave it out for now; check the clock and its zone")
    })
}
