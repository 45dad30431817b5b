//! Segments: named rules that group customers, and the members that follow from them.
//!
//! The members of a *live* segment are whoever satisfies its rule; live decisions evaluate the
//! rule itself, so a segment means the same inside a session as in a count. The members of a
//! *static* one are a snapshot or an upload. Who comes in and who goes out is kept for both, with
//! the moment, and written into the log as [`SEGMENT_ENTERED`] and [`SEGMENT_LEFT`].

#[cfg(test)]
mod agree_tests;
pub mod api;
#[cfg(test)]
mod api_tests;
pub mod book;
pub mod count;
mod days;
pub mod db;
mod fill;
mod hold;
mod household;
pub mod keep;
pub(crate) mod member;
pub mod reach;
mod sample;
mod settle;
pub mod split;
#[cfg(test)]
mod tests;
pub mod upload;
mod uses;
mod validate;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::Kind;
use utoipa::ToSchema;

use crate::Name;

pub use book::Book;
pub use keep::keep;
pub use memory::event::{SEGMENT_ENTERED, SEGMENT_LEFT};
pub use validate::across;

/// Segments as definitions.
pub const KIND: Kind = Kind {
    name: "segment",
    validate: validate::validate,
};

/// A named rule that groups customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// What it is called, by language.
    pub name: Name,
    /// What it is for, by language.
    #[serde(default)]
    pub description: Name,
    /// Where its members come from.
    #[serde(default)]
    pub membership: Membership,
    /// Who is a member, as criteria. A live segment needs it; a static one takes its snapshots
    /// by it, and has none when its members are uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub criteria: Option<Value>,
    /// Groups customers into households; every household has one member in the segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<Household>,
}

/// Where the members of a segment come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentMembership)]
pub enum Membership {
    /// Whoever satisfies the rule, at any moment.
    #[default]
    Live,
    /// A snapshot or an upload, until it is replaced.
    Static,
}

/// A level above customers: those with the same value of an attribute belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// The attribute whose value they share, for example `household_id`. Whoever has none is a
    /// household of their own.
    pub attribute: String,
    /// Which of the members that satisfy the rule stands for the household.
    #[serde(default)]
    pub best: Best,
}

/// Which member stands for a household.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
#[schema(as = HouseholdBest)]
pub enum Best {
    /// The one we heard of last.
    #[default]
    LastSeen,
    /// The one with the greatest number in an attribute, for example a score.
    Attribute {
        /// The attribute.
        attribute: String,
    },
}
