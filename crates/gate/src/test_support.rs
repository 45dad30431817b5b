//! For tests of every crate: a router behind the gate, and callers of each role.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;
use store::Db;
use tower::ServiceExt;

use crate::definition::ManagedKind;
use crate::key::{IssuedKey, NewKey, Scope};
use crate::user::{Account, Role, User, UserId, db};
use crate::{GateState, Settings, session};

/// The secret of commands in tests.
pub const OPERATOR_SECRET: &str = "rpo_for_tests";

/// A gate over a test's store.
pub async fn gate(db: &Db, kinds: &'static [ManagedKind]) -> GateState {
    let settings = Settings::default();
    let gate = GateState::new(db.clone(), kinds, &settings, OPERATOR_SECRET).await;
    gate.expect("the gate opens")
}

/// The routes of the gate behind it.
pub fn router(gate: &GateState) -> Router {
    let (routes, _) = crate::routes().split_for_parts();
    crate::enter(routes.with_state(gate.clone()), gate.clone())
}

/// A caller: how a call proves who makes it.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody.
    Stranger,
    /// A browser with the token of a session.
    Browser(String),
    /// A program with a key.
    Program(String),
}

/// A person of a role with an open session, without the cost of hashing a password.
pub async fn sign_in(db: &Db, role: Role) -> Caller {
    let number = db.take_numbers("users", 1).await.expect("a number");
    let now = db.now();
    let account = Account {
        id: UserId(number.unsigned_abs()),
        email: format!("{}{number}@example.com", role.word()),
        name: role.word().to_owned(),
        role,
        disabled: false,
        created_at: now,
        updated_at: now,
        signed_in_at: None,
    };
    let mut tx = db.begin().await.expect("a transaction");
    let inserted = db::insert(&mut tx, &account, "no password").await;
    inserted.expect("the account is new");
    tx.commit().await.expect("committed");
    let token = db.random().token();
    let hash = session::token_hash(&token);
    let begun = session::db::begin(db, &hash, account.id, "local").await;
    begun.expect("the session begins");
    Caller::Browser(token)
}

/// A program with a key of these scopes.
pub async fn program(db: &Db, scopes: &[Scope]) -> Caller {
    let new = NewKey {
        name: "test".to_owned(),
        scopes: scopes.to_vec(),
        source_id: None,
    };
    let issued: IssuedKey = crate::key::create(db, &User::command(), new)
        .await
        .expect("the key is valid");
    Caller::Program(issued.secret)
}

/// An answer: status, headers, and the body as JSON (a string when it is none).
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: axum::http::HeaderMap,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// The places that the `errors` of a problem document name.
    pub fn error_paths(&self) -> Vec<&str> {
        let paths = self.errors().iter().map(|error| error["path"].as_str());
        paths.map(Option::unwrap_or_default).collect()
    }

    /// The `errors` of a problem document.
    pub fn errors(&self) -> &[Value] {
        self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Calls a router. `extra` are further headers; a browser sends its CSRF token by itself.
pub async fn call(
    router: &Router,
    caller: &Caller,
    line: &str,
    extra: &[(&str, &str)],
    body: Option<Value>,
) -> Answer {
    let (method, address) = line.split_once(' ').expect("a line like GET /api/users");
    let mut request = Request::builder().method(method).uri(address);
    match caller {
        Caller::Stranger => {}
        Caller::Browser(token) => {
            request = request
                .header(header::COOKIE, format!("{}={token}", session::COOKIE))
                .header(session::CSRF_HEADER, session::csrf_token(token));
        }
        Caller::Program(secret) => {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
    }
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let request = request.body(body).expect("a valid request");
    send(router, request).await
}

/// Sends a request of one's own making.
pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let answer = router.clone().oneshot(request).await;
    let answer = answer.unwrap_or_else(|never| match never {});
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    let bytes = bytes.expect("the body is readable");
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
    }
}
