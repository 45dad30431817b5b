//! Identity: identifiers point to customers; a login merges the anonymous one into the known one.

pub mod db;
mod reference;
pub mod resolve;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

pub use reference::{CustomerReference, beyond_page};

/// Identifiers one customer may have; more is an accident or an attack (a shared device, a bot).
pub const IDENTIFIERS_LIMIT: usize = 100;
/// Merges into one customer within [`MERGE_WINDOW_MS`].
pub const MERGES_LIMIT: usize = 20;
/// The window of [`MERGES_LIMIT`]: an hour.
pub const MERGE_WINDOW_MS: i64 = 3_600_000;

/// Values that programs send when they know nobody; they never identify a customer.
const BLOCKED: [&str; 16] = [
    "",
    "0",
    "-1",
    "null",
    "undefined",
    "none",
    "nil",
    "nan",
    "anonymous",
    "guest",
    "unknown",
    "n/a",
    "[object object]",
    "false",
    "true",
    "00000000-0000-0000-0000-000000000000",
];

/// What kind of value points to a customer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// The company's own number of a known customer.
    UserId,
    /// A browser or a device.
    AnonymousId,
    /// An e-mail address: found by search, never merges.
    Email,
    /// A telephone number: found by search, never merges.
    Phone,
    /// A loyalty card.
    LoyaltyCard,
}

impl IdentifierKind {
    /// The word on the wire and in the store.
    pub fn word(self) -> &'static str {
        match self {
            IdentifierKind::UserId => "user_id",
            IdentifierKind::AnonymousId => "anonymous_id",
            IdentifierKind::Email => "email",
            IdentifierKind::Phone => "phone",
            IdentifierKind::LoyaltyCard => "loyalty_card",
        }
    }

    /// The kind of a word.
    pub fn named(word: &str) -> Option<IdentifierKind> {
        KINDS.into_iter().find(|kind| kind.word() == word)
    }
}

/// Every kind.
pub const KINDS: [IdentifierKind; 5] = [
    IdentifierKind::UserId,
    IdentifierKind::AnonymousId,
    IdentifierKind::Email,
    IdentifierKind::Phone,
    IdentifierKind::LoyaltyCard,
];

/// One value that points to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// Its value.
    pub value: String,
    /// Since when we know it.
    pub since: Timestamp,
}

/// The key under which an identifier is found: 128 bits of blake3 over kind and value.
pub type Digest = [u8; 16];

/// The digest of an identifier. E-mail addresses are compared without regard to case.
pub fn digest(kind: IdentifierKind, value: &str) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.word().as_bytes()).update(&[0]);
    match kind {
        IdentifierKind::Email => hasher.update(value.trim().to_lowercase().as_bytes()),
        IdentifierKind::UserId
        | IdentifierKind::AnonymousId
        | IdentifierKind::Phone
        | IdentifierKind::LoyaltyCard => hasher.update(value.as_bytes()),
    };
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

/// True when a value is what programs send for "nobody".
pub fn blocked(value: &str) -> bool {
    let value = value.trim();
    value.len() <= 40
        && BLOCKED
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
}
