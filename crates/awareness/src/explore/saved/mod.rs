//! Saved views: a name for the address of a view.

pub mod api;
pub mod db;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::{Problem, ProblemCode};
use utoipa::ToSchema;

/// Saved views there may be; lists of more help nobody.
pub const VIEWS_LIMIT: i64 = 500;
/// The longest address that is kept, in bytes.
const SEARCH_LIMIT_BYTES: usize = 16_000;

/// A view that somebody saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedView {
    /// Its id.
    pub id: String,
    /// Its page.
    pub page: ViewPage,
    /// What it is called.
    pub name: String,
    /// What follows the `?` in the address of the page.
    pub search: String,
    /// Who saved it.
    pub author: String,
    /// When it was first saved.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The pages that have views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewPage {
    /// Explore.
    Explore,
    /// Web analytics.
    Web,
}

impl ViewPage {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            ViewPage::Explore => "explore",
            ViewPage::Web => "web",
        }
    }

    /// The page of a word.
    pub fn of_word(word: &str) -> ViewPage {
        match word {
            "web" => ViewPage::Web,
            _ => ViewPage::Explore,
        }
    }
}

/// A view as somebody saves it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// Its page.
    pub page: ViewPage,
    /// What it is called.
    pub name: String,
    /// What follows the `?` in the address of the page.
    pub search: String,
}

impl NewView {
    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let length = self.name.trim().chars().count();
        if !(1..=100).contains(&length) {
            let said = (ProblemCode::EmptyOrTooLong, "the name is empty or too long");
            let problem = Problem::new("/name", said).with("most", 100);
            problems.push(problem.hint("use 1 to 100 characters"));
        }
        if self.search.len() > SEARCH_LIMIT_BYTES {
            let said = (ProblemCode::TooLong, "the view is too long to be saved");
            let problem = Problem::new("/search", said).with("most", SEARCH_LIMIT_BYTES);
            problems.push(problem.hint("use fewer conditions"));
        }
        problems
    }
}
