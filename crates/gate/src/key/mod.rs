//! API keys: secrets of programs, with scopes, shown once and kept as hashes.

pub mod api;
pub mod db;
mod ring;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use store::definition::Problem as FieldProblem;
use store::{Db, Timestamp};
use utoipa::ToSchema;

use crate::GateState;
use crate::audit::{self, Entry};
use crate::problem::{Problem, Result, code};
use crate::user::User;

pub use ring::KeyRing;

store::id!(
    /// An API key.
    KeyId,
    "key"
);

store::id!(
    /// A source of events, to which keys with the scope `ingest` belong.
    SourceId,
    "src"
);

/// How a secret starts, so that scanners of code can find leaked ones.
pub const PREFIX: &str = "rpk_";

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send events, record consents and responses of any customer.
    Ingest,
    /// Ask for decisions and read them, hold sessions, record responses.
    Decide,
    /// Do what a page or an app needs, where everybody can read the key: send events, ask for
    /// decisions, and answer for the browser or device that it is.
    Page,
    /// Redeem codes and coupons, as a till does.
    Redeem,
    /// Call the management API, except for users and keys.
    Manage,
    /// Ask questions in SQL over the wire of PostgreSQL.
    Query,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 6] = [
        Scope::Ingest,
        Scope::Decide,
        Scope::Page,
        Scope::Redeem,
        Scope::Manage,
        Scope::Query,
    ];

    /// The word of the scope.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Ingest => "ingest",
            Scope::Decide => "decide",
            Scope::Page => "page",
            Scope::Redeem => "redeem",
            Scope::Manage => "manage",
            Scope::Query => "query",
        }
    }

    /// The scope of a word.
    pub fn of_word(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// Who holds a key that was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A program that keeps its secret: it may speak of any customer.
    Program,
    /// A page or an app, in which everybody can read the key: it speaks for the browser or device
    /// that it is.
    Page,
}

/// A valid key that calls the public API. Being a parameter of a handler, it refuses strangers.
#[derive(Debug, Clone)]
pub struct Key {
    facts: Arc<Facts>,
    /// Whether the store has not confirmed it for so long that it may have been revoked.
    doubtful: bool,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The source its events belong to.
    pub source_id: Option<SourceId>,
}

impl std::ops::Deref for Key {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl Key {
    /// Refuses keys without the scope. While the store does not answer, a key that may have been
    /// revoked meanwhile opens only what an outage must not close.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.scopes.contains(&scope) {
            return match scope {
                Scope::Ingest | Scope::Decide | Scope::Page => Ok(()),
                Scope::Redeem | Scope::Manage | Scope::Query if self.doubtful => {
                    let detail = "the store does not answer, and it is not certain that the key \
                        was not revoked";
                    Err(Problem::new(code::UNAVAILABLE)
                        .detail(detail)
                        .retry_after(10))
                }
                Scope::Redeem | Scope::Manage | Scope::Query => Ok(()),
            };
        }
        Err(Problem::new(code::SCOPE_MISSING)
            .detail(format!("this needs a key with the scope {}", scope.word()))
            .with("scope", scope.word()))
    }

    /// Refuses keys that have neither the scope nor that of pages; says who holds it.
    pub fn require_or_page(&self, scope: Scope) -> Result<Holder> {
        if self.scopes.contains(&Scope::Page) && !self.scopes.contains(&scope) {
            return self.require(Scope::Page).map(|()| Holder::Page);
        }
        self.require(scope).map(|()| Holder::Program)
    }
}

/// A key, as it is listed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// The last characters of the secret.
    pub hint: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The source its events belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// Who made it.
    pub author: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to about ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// A key to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What people call it.
    #[schema(example = "web shop")]
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The source its events belong to; events of a key without one belong to the default source.
    pub source_id: Option<SourceId>,
}

/// A new key with its secret, which is never shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedKey {
    /// The key.
    #[serde(flatten)]
    pub key: KeyRecord,
    /// The secret. Only its hash is kept.
    pub secret: String,
}

/// The hash under which a secret is kept.
pub fn secret_hash(secret: &str) -> String {
    blake3::hash(secret.as_bytes()).to_hex().to_string()
}

/// Makes a key and returns it with its secret.
pub async fn create(db: &Db, user: &User, new: NewKey) -> Result<IssuedKey> {
    let mut problems = Vec::new();
    problems.extend(crate::user::name_problem(&new.name));
    if new.scopes.is_empty() {
        let problem = FieldProblem::new("/scopes", "a key needs at least one scope");
        problems.push(problem.hint("ingest, decide, page, redeem, manage or query"));
    }
    if let Some(source) = new.source_id
        && !db::source_exists(db, source).await?
    {
        let message = format!("there is no source {source}");
        let hint = "name a source that is there, or leave it out";
        problems.push(FieldProblem::new("/source_id", message).hint(hint));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let number = db.take_numbers("api_keys", 1).await?;
    let secret = new_secret(db);
    let mut scopes = Vec::new();
    for scope in new.scopes {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let key = KeyRecord {
        id: KeyId(u64::try_from(number).unwrap_or_default()),
        name: new.name.trim().to_owned(),
        hint: hint(&secret),
        scopes,
        source_id: new.source_id,
        author: user.name.clone(),
        created_at: db.now(),
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = db.begin().await?;
    db::insert(&mut tx, &key, &secret_hash(&secret)).await?;
    let entry = Entry::new("create", "key", &key.id.to_string()).after(&key);
    audit::append(&mut tx, db.now(), user, entry).await?;
    tx.commit().await?;
    Ok(IssuedKey { key, secret })
}

fn new_secret(db: &Db) -> String {
    format!("{PREFIX}{}", db.random().token())
}

fn hint(secret: &str) -> String {
    secret[secret.len() - 4..].to_owned()
}

/// The secret in the headers of a call: `Authorization: Bearer`, `Authorization: Basic` (as the
/// user, with or without the colon), `X-API-Key` or `X-Write-Key`.
pub fn presented(headers: &HeaderMap) -> Option<String> {
    for name in ["x-api-key", "x-write-key"] {
        if let Some(value) = headers.get(name) {
            return value.to_str().ok().map(|text| text.trim().to_owned());
        }
    }
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = authorization.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(value.trim()).ok()?;
    let pair = String::from_utf8(bytes).ok()?;
    let user = pair.split_once(':').map_or(pair.as_str(), |(user, _)| user);
    Some(user.to_owned())
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Key> {
        let gate = GateState::of(&parts.extensions)?;
        let secret = presented(&parts.headers).ok_or_else(|| {
            Problem::new(code::NOT_SIGNED_IN)
                .hint("send the key as Authorization: Bearer, X-API-Key or the Basic user")
        })?;
        let address = crate::observe::address(&parts.extensions);
        gate.keys.find(&gate.db, &secret, &address).await
    }
}

/// `Option<Key>`: none when the headers carry no key, an error when they carry a wrong one.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Key>> {
        if presented(&parts.headers).is_none() {
            return Ok(None);
        }
        <Key as FromRequestParts<S>>::from_request_parts(parts, state)
            .await
            .map(Some)
    }
}
