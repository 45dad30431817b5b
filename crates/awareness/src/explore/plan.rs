//! Plans: what must be read of the events so that a question can be answered.

use memory::criteria::Pattern;
use store::definition::Problem;

use super::question::Events;

/// The most patterns one question can have: one bit each.
pub const PATTERNS_LIMIT: usize = 60;

/// A value that is read of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Only of events that satisfy this pattern; of all unless given.
    pub pattern: Option<usize>,
    /// The path of the property; `context.` leads into the context.
    pub path: String,
}

/// What must be read of the events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The patterns that matter.
    pub patterns: Vec<Pattern>,
    /// The values that matter.
    pub columns: Vec<Column>,
    /// Also events that satisfy no pattern, of these names; of all names when empty.
    pub others: Option<Vec<String>>,
    /// From this moment on, in milliseconds.
    pub since_ms: Option<i64>,
    /// Before this moment, in milliseconds.
    pub until_ms: Option<i64>,
    /// Customers without any such event are looked at, too.
    pub everyone: bool,
}

impl Plan {
    /// The number of a pattern; `path` is where it stands in the question.
    pub fn pattern(&mut self, events: &Events, path: &str) -> Result<usize, Vec<Problem>> {
        let pattern = events.pattern().map_err(|problems| {
            let moved = problems.into_iter().map(|problem| Problem {
                path: format!("{path}{}", problem.path),
                ..problem
            });
            moved.collect::<Vec<Problem>>()
        })?;
        Ok(self.known(pattern))
    }

    /// The number of a pattern that was read before.
    pub fn known(&mut self, pattern: Pattern) -> usize {
        let found = self.patterns.iter().position(|known| *known == pattern);
        found.unwrap_or_else(|| {
            self.patterns.push(pattern);
            self.patterns.len() - 1
        })
    }

    /// The number of a column.
    pub fn column(&mut self, pattern: Option<usize>, path: &str) -> usize {
        let column = Column {
            pattern,
            path: path.to_owned(),
        };
        let found = self.columns.iter().position(|known| *known == column);
        found.unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }

    /// The names of the events that are read; `None` for all.
    pub fn names(&self) -> Option<Vec<String>> {
        let mut names: Vec<String> = self
            .patterns
            .iter()
            .map(|pattern| pattern.event.clone())
            .collect();
        match &self.others {
            Some(others) if others.is_empty() => return None,
            Some(others) => names.extend(others.iter().cloned()),
            None => {}
        }
        names.sort();
        names.dedup();
        Some(names)
    }
}
