//! What contacts earn: customers who were contacted against customers who would have been and
//! were deliberately not.
//!
//! Control groups are dealt by chance, so the difference between the two sides is caused by the
//! contact. Everybody who was *meant* to be contacted counts as treated, seen or not: otherwise
//! those who look at offers would be compared with everybody. A customer counts once per month and
//! subject, with everything bought within the window after a contact.

pub mod api;
pub mod compare;
pub mod earnings;
pub mod effect;
pub mod gather;
pub mod statement;
pub mod terms;
#[cfg(test)]
mod tests;

use memory::CustomerId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

pub use terms::Terms;

/// What was withheld from the control group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = IncrementSubject)]
pub enum Subject {
    /// Everything that marketing says.
    Everything {},
    /// One offer.
    Offer {
        /// Its key.
        key: String,
    },
    /// One journey.
    Journey {
        /// Its key.
        key: String,
    },
}

impl Subject {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Subject::Everything {} => "everything",
            Subject::Offer { .. } => "offer",
            Subject::Journey { .. } => "journey",
        }
    }

    /// Its key; empty for everything.
    pub fn key(&self) -> &str {
        match self {
            Subject::Everything {} => "",
            Subject::Offer { key } | Subject::Journey { key } => key,
        }
    }
}

/// On which side of a comparison a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncrementSide)]
pub enum Side {
    /// Meant to be contacted.
    Treated,
    /// Withheld for comparison.
    Control,
}

/// One customer, one subject, one month: a row of the profit statement's raw data.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// What was offered or withheld.
    pub subject: Subject,
    /// The month of the first contact, as months since 1970.
    pub month: i32,
    /// Who (the root).
    pub customer: CustomerId,
    /// On which side.
    pub side: Side,
    /// Channel of the first contact.
    pub channel: String,
    /// The customer group at the first contact, as the strategy told them apart.
    pub group: Option<String>,
    /// When the first contact was made or withheld.
    pub first_at: Timestamp,
    /// When the time is over in which a purchase counts after the first contact.
    pub complete_at: Timestamp,
    /// Contacts made or withheld.
    pub contacts: u32,
    /// Contacts that the customer was presented with.
    pub presented: u32,
    /// Acceptances.
    pub accepted: u32,
    /// Orders.
    pub orders: u32,
    /// What was paid for the goods, returns taken off.
    pub revenue_cents: f64,
    /// What was left of it after the cost of goods; absent when an order does not tell and the
    /// strategy names no share.
    pub margin_cents: Option<f64>,
    /// What acceptances cost beyond the discounts in the orders.
    pub cost_cents: f64,
}

impl Unit {
    /// What the customer brought: margin where known, else revenue, less the cost of acceptances.
    pub fn earned_cents(&self, basis: Basis) -> f64 {
        let gross = match basis {
            Basis::Margin => self.margin_cents.unwrap_or_default(),
            Basis::Revenue => self.revenue_cents,
        };
        gross - self.cost_cents
    }
}

/// What earnings are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncrementBasis)]
pub enum Basis {
    /// Margin: every order tells it, or the strategy names the share of revenue that is margin.
    Margin,
    /// Revenue, because the margin of some orders is not known.
    Revenue,
}

/// The months since 1970 of an instant, in UTC.
pub fn month_of(at: Timestamp) -> i32 {
    let date = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1
}

/// A month as people write it: `2026-03`.
pub fn month_text(month: i32) -> String {
    format!(
        "{:04}-{:02}",
        1970 + month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

/// The month of a text like `2026-03`.
pub fn month_named(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
    ((1970..=9999).contains(&year) && (1..=12).contains(&month))
        .then_some((year - 1970) * 12 + month - 1)
}
