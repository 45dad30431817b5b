//! The installation itself: backup, and holding back what would go out.

pub mod api;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

/// Why and since when nothing goes out. Kept as the setting `outbound_hold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    #[schema(example = "restored from a backup")]
    pub reason: String,
}

/// The installation as it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct System {
    /// Version of the program.
    pub version: String,
    /// `embedded` (SQLite) or `postgres`.
    pub store: String,
    /// How links to this installation begin.
    pub base_url: String,
    /// Which publication of definitions stands in the store; it rises with each.
    pub definitions_published: i64,
    /// Which publication this node decides with; the same within a second.
    pub definitions_in_use: i64,
    /// Present while nothing goes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbound_hold: Option<Hold>,
}
