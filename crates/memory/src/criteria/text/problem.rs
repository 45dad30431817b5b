//! Problems of a text, with their place in it.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use store::definition::{Problem, ProblemCode};

use crate::criteria::suggest::did_you_mean;

/// A stretch of the text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
}

/// What stops the parser.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) place: Place,
    /// What is wrong there; its path is empty.
    pub(super) problem: Problem,
}

impl Mistake {
    /// The same with a remedy.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Mistake {
        self.problem = self.problem.hint(hint);
        self
    }

    /// The same with one more particular.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Mistake {
        self.problem = self.problem.with(name, value);
        self
    }

    /// The same with an example.
    pub(super) fn example(self, example: &str) -> Mistake {
        self.with("example", example)
            .hint(format!("for example: {example}"))
    }

    /// The same with the word that was probably meant, or else with a remedy.
    pub(super) fn meant(self, meant: Option<&str>, or_else: &str) -> Mistake {
        let hint = did_you_mean(meant).unwrap_or_else(|| or_else.to_owned());
        self.with("meant", meant).hint(hint)
    }
}

/// One thing that is wrong with a text, where, and how to mend it. Its display is one line:
/// `line 1, column 9: unknown operator "iss"; did you mean "is"?`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TextProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// How many characters it concerns.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The same as a stable word, which programs and translations go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ProblemCode>,
    /// The particulars that belong to the code.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
}

impl TextProblem {
    /// Translates a place in bytes into line and column.
    #[must_use]
    pub fn at(text: &str, place: Place, problem: Problem) -> Self {
        let before = text.get(..place.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let inside = text.get(place.start..place.end).unwrap_or("");
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            length: inside.chars().count().max(1),
            message: problem.message,
            hint: problem.hint,
            code: problem.code,
            values: problem.values,
        }
    }

    /// The same problem for those who know of no text; its path is that of the text.
    #[must_use]
    pub fn in_definition(&self, path: &str) -> Problem {
        let message = format!(
            "line {}, column {}: {}",
            self.line, self.column, self.message
        );
        Problem {
            path: path.to_owned(),
            message,
            hint: self.hint.clone(),
            code: self.code,
            values: self.values.clone(),
        }
    }
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}
