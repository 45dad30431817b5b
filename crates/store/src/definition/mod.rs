//! Definitions: whatever the department authors, with versions and a state.
//!
//! One mechanism for every kind (offer, placement, policy, journey, …): save with the hash one has
//! read, publish, retire, history, restore. Published bodies are compiled by the crate that owns
//! the kind.

mod db;
mod problem;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::Timestamp;

pub use db::{
    history, list, one, publish, publish_in, published, restore, retire, retired, revision, save,
    save_in, version, versions,
};
pub use problem::{Problem, ProblemCode, Said};

/// A kind of definition and the rules its bodies keep.
#[derive(Clone, Copy)]
pub struct Kind {
    /// Its word in addresses and files, for example `offer`.
    pub name: &'static str,
    /// Everything that is wrong with a body; empty when it may be saved.
    pub validate: fn(&Value) -> Vec<Problem>,
}

/// Where a definition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DefinitionState)]
pub enum State {
    /// Never published.
    Draft,
    /// In use, in its published version (a later draft may exist).
    Published,
    /// Taken out of use.
    Retired,
}

/// One version of a definition, with where the whole stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Definition {
    /// Kind, for example `offer`.
    pub kind: String,
    /// Readable key, unique within the kind.
    pub key: String,
    /// Version, from 1.
    pub version: i64,
    /// Newest version there is.
    pub latest_version: i64,
    /// Version in use, if any.
    pub published_version: Option<i64>,
    /// Where the definition stands.
    pub state: State,
    /// Title for lists.
    pub title: String,
    /// The body, as its kind defines it.
    pub body: Value,
    /// blake3 of the canonical body, in hexadecimal; the value for `If-Match`.
    pub hash: String,
    /// Who saved this version.
    pub author: String,
    /// Why.
    pub note: String,
    /// When this version was saved.
    pub created_at: Timestamp,
}

impl Definition {
    /// A body as if it were in use, for what is only tried.
    pub fn in_use(kind: &str, key: &str, body: Value, now: Timestamp) -> Definition {
        Definition {
            kind: kind.to_owned(),
            key: key.to_owned(),
            version: 1,
            latest_version: 1,
            published_version: Some(1),
            state: State::Published,
            title: title_of(key, &body),
            hash: content_hash(&body),
            body,
            author: String::new(),
            note: String::new(),
            created_at: now,
        }
    }
}

/// What is saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft<'a> {
    /// Kind.
    pub kind: &'a str,
    /// Key.
    pub key: &'a str,
    /// Title for lists.
    pub title: &'a str,
    /// Body, already validated by its kind.
    pub body: &'a Value,
    /// Who saves.
    pub author: &'a str,
    /// Why.
    pub note: &'a str,
}

/// The content hash of a body: blake3 over its JSON with sorted keys.
pub fn content_hash(body: &Value) -> String {
    blake3::hash(body.to_string().as_bytes())
        .to_hex()
        .to_string()
}

/// The title of a body: its English name, any name, or the key.
pub fn title_of(key: &str, body: &Value) -> String {
    let name = &body["name"];
    [&name["en"], &name["zh"], name]
        .iter()
        .find_map(|v| v.as_str())
        .unwrap_or(key)
        .to_owned()
}

/// What is wrong with a key: 1 to 64 of a-z, 0-9 and `_`, starting with a letter.
pub fn key_problem(key: &str) -> Option<Problem> {
    let good = key.len() <= 64
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let code = match key {
        "" => ProblemCode::Empty,
        _ => ProblemCode::NotAKey,
    };
    (!good).then(|| {
        Problem::new("/key", (code, format!("{key:?} is not a key")))
            .with("key", key)
            .hint("use a to z, 0 to 9 and _, starting with a letter, at most 64 characters")
    })
}
