//! The entry: sign-in, keys, roles, audit; paging; errors as HTTP answers; definitions over HTTP.
//!
//! [`GateState`] is made once by the program. [`enter`] puts the gate around a router; behind it
//! every handler can take [`User`], [`Key`], [`Origin`] and [`GateState`] as parameters, whatever
//! its own state is.

pub mod audit;
mod cross_origin;
pub mod definition;
mod extract;
pub mod idempotency;
pub mod key;
pub mod limit;
pub mod observe;
#[cfg(test)]
mod observe_tests;
mod page;
pub mod problem;
pub mod session;
pub mod setting;
pub mod setup;
pub mod spreadsheet;
pub mod test_support;
pub mod user;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::Extensions;
use axum::http::request::Parts;
use store::Db;
use utoipa_axum::router::OpenApiRouter;

use definition::{ManagedKind, Published};
use key::KeyRing;
use limit::Limits;
use user::password::Passwords;

pub use extract::{Created, Json, Path, Query, pointer, read as read_json};
pub use key::{Key, Scope, SourceId};
pub use observe::Origin;
pub use page::{Page, PageQuery};
pub use problem::{Code, FieldProblem, Problem, ProblemDocument, Result};
pub use user::{Permission, Role, User};

/// The largest body unless a route says otherwise: 2 MiB.
const LARGEST_BODY: usize = 2 << 20;

/// What an installation decides about its gate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Calls a second for each API key.
    pub key_calls_a_second: u32,
    /// How many proxies in front are ours; 0 ignores X-Forwarded-For.
    pub trusted_proxies: usize,
    /// True when browsers reach us by https only.
    pub secure: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            key_calls_a_second: 20_000,
            trusted_proxies: 0,
            secure: false,
        }
    }
}

/// What the gate needs to work. Cheap to clone; can be a parameter of a handler.
#[derive(Clone)]
pub struct GateState(Arc<Gate>);

/// The inside of [`GateState`].
pub struct Gate {
    /// The store.
    pub db: Db,
    /// Hashing of passwords.
    pub passwords: Passwords,
    /// The API keys in use.
    pub keys: KeyRing,
    /// The kinds of definitions on offer.
    pub kinds: &'static [ManagedKind],
    /// The published definitions.
    pub published: Published,
    across: std::sync::OnceLock<definition::Across>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) figures: observe::Figures,
    pub(crate) trusted_proxies: usize,
    pub(crate) secure: bool,
    operator_secret: blake3::Hash,
}

impl std::ops::Deref for GateState {
    type Target = Gate;
    fn deref(&self) -> &Gate {
        &self.0
    }
}

impl GateState {
    /// Opens the gate over a store. `operator_secret` lets commands on this machine in; the
    /// program writes it into its data folder and makes a new one at every start.
    pub async fn new(
        db: Db,
        kinds: &'static [ManagedKind],
        settings: &Settings,
        operator_secret: &str,
    ) -> std::result::Result<GateState, store::Error> {
        let limits = Arc::new(Limits::new(settings.key_calls_a_second));
        Ok(GateState(Arc::new(Gate {
            passwords: Passwords::new(db.random().clone()),
            keys: KeyRing::new(limits.clone()),
            kinds,
            published: Published::load(&db).await?,
            across: std::sync::OnceLock::new(),
            limits,
            figures: observe::Figures::default(),
            trusted_proxies: settings.trusted_proxies,
            secure: settings.secure,
            operator_secret: blake3::hash(operator_secret.as_bytes()),
            db,
        })))
    }

    /// Sets what definitions are checked for among the others; the first call counts.
    pub fn check_across(&self, across: definition::Across) {
        self.across.get_or_init(|| across);
    }

    pub(crate) fn across(&self) -> Option<&definition::Across> {
        self.across.get()
    }

    pub(crate) fn of(extensions: &Extensions) -> Result<GateState> {
        let gate = extensions.get::<GateState>().cloned();
        gate.ok_or_else(|| Problem::internal("the router is not behind gate::enter"))
    }

    /// Whether a secret is that of commands on this machine.
    pub fn is_operator(&self, secret: &str) -> bool {
        secret.starts_with("rpo_") && blake3::hash(secret.as_bytes()) == self.operator_secret
    }

    /// Follows published definitions, writes when keys were used and forgets what is old, until
    /// `stop` is true.
    pub async fn keep(self, stop: tokio::sync::watch::Receiver<bool>) {
        let follow = self.published.clone().follow(self.db.clone(), stop.clone());
        tokio::join!(follow, self.tidy_up(stop));
    }

    async fn tidy_up(&self, mut stop: tokio::sync::watch::Receiver<bool>) {
        const EVERY: std::time::Duration = std::time::Duration::from_secs(10);
        let mut stopped = false;
        while !stopped {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => stopped = true,
                () = tokio::time::sleep(EVERY) => {}
            }
            self.limits.forget_idle();
            let written = self.keys.write_use(&self.db).await;
            let forgotten = idempotency::forget_old(&self.db).await;
            if let Err(error) = written.and(forgotten) {
                tracing::warn!(%error, "the gate could not tidy up");
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for GateState {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<GateState> {
        GateState::of(&parts.extensions)
    }
}

/// Every route of the gate.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .merge(session::api::routes())
        .merge(user::api::routes())
        .merge(key::api::routes())
        .merge(audit::api::routes())
        .merge(definition::api::routes())
}

/// Puts the gate around a router whose handlers know who calls.
pub fn enter(router: Router, gate: GateState) -> Router {
    let surround = axum::middleware::from_fn_with_state(gate, observe::surround);
    router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(surround)
}
