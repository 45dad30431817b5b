//! Customer tables: what the department, or a program of it, says about single customers and
//! offers: scores, assignments and denials.
//!
//! Every process holds the rows in memory, so that a decision never waits for them and a denial
//! holds while the store is slow. An upload takes effect as a whole when it is finished, within a
//! second on every node.

pub mod api;
pub mod db;
mod held;
#[cfg(test)]
pub(crate) mod tests;
pub mod upload;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

pub use held::Tables;

/// In rows of denials: every offer.
pub const EVERY_OFFER: &str = "*";
/// The most customer tables.
pub const LARGEST_TABLES: i64 = 200;
/// The most rows of all tables together: about a hundred bytes of memory each, in every process.
pub const LARGEST_ROWS: i64 = 5_000_000;

/// What a table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CustomerTableKind)]
pub enum Kind {
    /// A factor by which an offer's lever is multiplied for a customer.
    Scores,
    /// An offer that a customer must see before others, with a rank from 1.
    Assignments,
    /// An offer, or with `*` every offer, that a customer must not see.
    Denials,
}

impl Kind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Scores => "scores",
            Kind::Assignments => "assignments",
            Kind::Denials => "denials",
        }
    }

    /// The kind of a word.
    pub fn of_word(word: &str) -> Option<Kind> {
        [Kind::Scores, Kind::Assignments, Kind::Denials]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// The column that every row needs besides the customer and the offer.
    pub fn figure_column(self) -> Option<&'static str> {
        match self {
            Kind::Scores => Some("score"),
            Kind::Assignments => Some("rank"),
            Kind::Denials => None,
        }
    }

    /// Why a figure does not suit the kind.
    pub fn figure_problem(self, figure: f64) -> Option<&'static str> {
        let good = match self {
            Kind::Scores => (0.0..=1_000.0).contains(&figure),
            Kind::Assignments => (1.0..=1_000.0).contains(&figure) && figure.fract() == 0.0,
            Kind::Denials => true,
        };
        let message = match self {
            Kind::Scores => "a score is a number from 0 to 1000",
            Kind::Assignments => "a rank is a whole number from 1 to 1000",
            Kind::Denials => "",
        };
        (!good).then_some(message)
    }
}

/// A customer table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CustomerTable {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub kind: Kind,
    /// Who answers for it.
    pub owner: String,
    /// Until when it counts (exclusive); for good when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Rises with every change of its rows.
    pub revision: i64,
    /// How many rows it has.
    pub row_count: i64,
    /// Who made it.
    pub author: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a table says about one customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TableRow {
    /// Key of the table.
    pub table: String,
    /// What the table is called.
    pub title: String,
    /// What it says.
    pub kind: Kind,
    /// Who answers for it.
    pub owner: String,
    /// Key of the offer; `*` for every offer.
    pub offer: String,
    /// The score or the rank.
    pub figure: f64,
    /// Until when it counts (exclusive).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// What all tables say about one customer, by the places of offers in the catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CustomerRows {
    pub(crate) scores: Vec<(u16, f64)>,
    pub(crate) ranks: Vec<(u16, u32)>,
    pub(crate) denied: Vec<u16>,
    pub(crate) denied_all: bool,
}

impl CustomerRows {
    /// Whether no table says anything.
    pub fn is_empty(&self) -> bool {
        self.leaves_order() && self.denied.is_empty() && !self.denied_all
    }

    /// Whether no table changes the order of offers.
    pub fn leaves_order(&self) -> bool {
        self.scores.is_empty() && self.ranks.is_empty()
    }

    /// The product of an offer's scores, if there are any.
    pub fn score(&self, offer: u16) -> Option<f64> {
        let scores = self.scores.iter().filter(|(known, _)| *known == offer);
        scores.map(|(_, score)| *score).reduce(|a, b| a * b)
    }

    /// The best rank at which an offer is assigned.
    pub fn rank(&self, offer: u16) -> Option<u32> {
        let ranks = self.ranks.iter().filter(|(known, _)| *known == offer);
        ranks.map(|(_, rank)| *rank).min()
    }

    /// Whether an offer is denied.
    pub fn denied(&self, offer: u16) -> bool {
        self.denied_all || self.denied.contains(&offer)
    }
}
