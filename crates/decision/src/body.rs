//! Reading the bodies of definitions, with the place of every mistake.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Definition, Problem, ProblemCode, Said};
use utoipa::ToSchema;

use crate::{Channel, offer, segment};

/// What something is called, by language: `{"en": "Winter sale", "zh": "冬季促销"}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = std::collections::HashMap<String, String>)]
pub struct Name(pub BTreeMap<String, String>);

/// Reads a body; an unknown or mistyped field is named with its place.
pub(crate) fn read<T: DeserializeOwned>(body: &Value) -> Result<T, Vec<Problem>> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = gate::pointer(error.path());
        vec![Problem::unreadable(path, &error.into_inner().to_string())]
    })
}

/// The kinds that are checked among others, each with the kind among which it is.
pub const ACROSS: [(&str, &str); 2] = [
    (segment::KIND.name, segment::KIND.name),
    (offer::KIND.name, offer::template::KIND.name),
];

/// What is wrong with a definition among others.
pub fn across(kind: &str, key: &str, body: &Value, others: &[Definition]) -> Vec<Problem> {
    let mut problems = segment::across(kind, key, body, others);
    problems.extend(offer::template::across(kind, body, others));
    problems
}

/// Collects what is wrong with a body.
#[derive(Debug, Default)]
pub(crate) struct Check(pub Vec<Problem>);

impl Check {
    /// Notes a problem unless `good`.
    pub fn demand(
        &mut self,
        good: bool,
        path: impl Into<String>,
        said: impl Into<Said>,
        hint: &str,
    ) {
        if !good {
            self.0.push(Problem::new(path, said).hint(hint));
        }
    }

    /// Demands that there are, or that something has, no more than so many.
    pub fn at_most(
        &mut self,
        (count, most): (usize, usize),
        path: impl Into<String>,
        said: (ProblemCode, &str),
        hint: &str,
    ) {
        if count > most {
            let problem = Problem::new(path, said).with("most", most);
            self.0.push(problem.hint(hint));
        }
    }

    /// Demands a text of at least one and at most so many characters.
    pub fn short(
        &mut self,
        (text, most): (&str, usize),
        path: impl Into<String>,
        message: &str,
        hint: &str,
    ) {
        if !(1..=most).contains(&text.trim().chars().count()) {
            let problem = Problem::new(path, (ProblemCode::EmptyOrTooLong, message));
            self.0.push(problem.with("most", most).hint(hint));
        }
    }

    /// Demands a channel that the offer has.
    pub fn declared(&mut self, declared: bool, channel: Channel, path: String, hint: &str) {
        if !declared {
            let message = format!("{channel} is not a channel of the offer");
            let problem = Problem::new(path, (ProblemCode::NoChannelOfOffer, message));
            self.0
                .push(problem.with("channel", channel.word()).hint(hint));
        }
    }

    /// Demands a name in some language.
    pub fn name(&mut self, name: &Name) {
        let named = name.0.values().any(|text| !text.trim().is_empty());
        let hint = "give a name in at least one language, for example {\"en\": \"Winter sale\"}";
        let empty = (ProblemCode::Empty, "the name is empty");
        self.demand(named, "/name", empty, hint);
        for (language, text) in &name.0 {
            let path = format!("/name/{language}");
            let said = (ProblemCode::TooLong, "the name is too long");
            let hint = "use at most 200 characters";
            self.at_most((text.chars().count(), 200), path, said, hint);
        }
    }

    /// Demands a number within bounds.
    pub fn within(&mut self, value: f64, low: f64, high: f64, path: impl Into<String>) {
        if value >= low && value <= high {
            return;
        }
        let message = format!("{value} is not between {low} and {high}");
        let problem = Problem::new(path, (ProblemCode::OutOfRange, message))
            .with("value", value)
            .with("low", low)
            .with("high", high);
        let hint = format!("use a number from {low} to {high}");
        self.0.push(problem.hint(hint));
    }

    /// Demands a key of a definition.
    pub fn key(&mut self, key: &str, path: impl Into<String>) {
        if let Some(problem) = store::definition::key_problem(key) {
            let path = path.into();
            self.0.push(Problem { path, ..problem });
        }
    }
}
