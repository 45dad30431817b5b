//! Sessions of touchpoints over HTTP.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use gate::{
    FieldProblem, GateState, Json, Key, Path, Problem, ProblemDocument, Result, Scope, idempotency,
    read_json,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::command::{
    Command, Ended, EventTaken, GetOffers, PostEvent, PostResponse, Profile, Reply, SetContext,
    Start, SwitchCustomer, run,
};
use super::{LARGEST_BATCH, SessionId, SessionView};
use crate::Decider;
use crate::targeting::DecisionAnswer;
use memory::interaction::Answered;

/// Routes of sessions.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(start))
        .routes(routes!(batch))
        .routes(routes!(end))
        .routes(routes!(offers))
        .routes(routes!(event))
        .routes(routes!(response))
        .routes(routes!(customer))
        .routes(routes!(context))
        .routes(routes!(profile))
}

/// Who calls, and with what.
struct Call {
    key: Key,
    gate: GateState,
    decider: Decider,
    headers: HeaderMap,
    body: Bytes,
}

impl FromRequest<Decider> for Call {
    type Rejection = Response;

    async fn from_request(request: Request, decider: &Decider) -> Result<Call, Response> {
        let (mut parts, body) = request.into_parts();
        let key = <Key as FromRequestParts<Decider>>::from_request_parts(&mut parts, decider);
        let key = key.await.map_err(IntoResponse::into_response)?;
        let gate = GateState::from_request_parts(&mut parts, decider).await;
        let gate = gate.map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), decider).await;
        Ok(Call {
            key,
            gate,
            decider: decider.clone(),
            headers,
            body: body.map_err(IntoResponse::into_response)?,
        })
    }
}

impl Call {
    /// Reads the body and does its command once for the call's Idempotency-Key.
    async fn command<T: DeserializeOwned>(
        self,
        session: Option<SessionId>,
        command: fn(T) -> Command,
    ) -> Result<Response> {
        self.key.require(Scope::Decide)?;
        let command = command(read_json(&self.body)?);
        let repeated = idempotency::key(&self.headers)?;
        let place = session.map_or("new".to_owned(), |id| id.to_string());
        let scope = format!("sessions:{}:{place}:{}", self.key.id, command.word());
        let status = match session {
            Some(_) => StatusCode::OK,
            None => StatusCode::CREATED,
        };
        let (decider, key) = (self.decider, self.key);
        let work = async move {
            match run(&decider, &key, session, command).await {
                Ok(reply) => (status, axum::Json(reply)).into_response(),
                Err(problem) => problem.into_response(),
            }
        };
        idempotency::once(&self.gate.db, &scope, repeated.as_deref(), &self.body, work).await
    }
}

/// Start a session with a customer in a channel. With an Idempotency-Key a repetition within 24
/// hours gets the same session.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", request_body = Start,
    extensions(("x-scope" = json!("decide"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 201, body = SessionView), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn start(call: Call) -> Result<Response> {
    call.command(None, Command::Start).await
}

/// Get offers for one or several placements. The offers are reserved for the customer; the answer
/// comes within the deadline, if need be with fallback content, and says so.
#[utoipa::path(post, path = "/v1/sessions/{session_id}/offers", tag = "sessions",
    request_body = GetOffers, extensions(("x-scope" = json!("decide"))),
    params(("session_id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = DecisionAnswer), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn offers(Path(id): Path<SessionId>, call: Call) -> Result<Response> {
    call.command(Some(id), Command::Offers).await
}

/// Tell what the customer did. With a `message_id` a repetition counts once.
#[utoipa::path(post, path = "/v1/sessions/{session_id}/events", tag = "sessions",
    request_body = PostEvent, extensions(("x-scope" = json!("decide"))),
    params(("session_id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = EventTaken), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn event(Path(id): Path<SessionId>, call: Call) -> Result<Response> {
    call.command(Some(id), Command::Event).await
}

/// Tell how the customer reacted to an offer.
#[utoipa::path(post, path = "/v1/sessions/{session_id}/responses", tag = "sessions",
    request_body = PostResponse, extensions(("x-scope" = json!("decide"))),
    params(("session_id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = Answered), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn response(Path(id): Path<SessionId>, call: Call) -> Result<Response> {
    call.command(Some(id), Command::Response).await
}

/// Go on with somebody else, or with whom the customer turned out to be.
#[utoipa::path(put, path = "/v1/sessions/{session_id}/customer", tag = "sessions",
    request_body = SwitchCustomer, extensions(("x-scope" = json!("decide"))),
    params(("session_id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = SessionView), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn customer(Path(id): Path<SessionId>, call: Call) -> Result<Response> {
    call.command(Some(id), Command::Customer).await
}

/// Add or change circumstances; `null` removes one.
#[utoipa::path(patch, path = "/v1/sessions/{session_id}/context", tag = "sessions",
    request_body = SetContext, extensions(("x-scope" = json!("decide"))),
    params(("session_id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = SessionView), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn context(Path(id): Path<SessionId>, call: Call) -> Result<Response> {
    call.command(Some(id), Command::Context).await
}

/// Read what is known of the session and its customer. Personal values are hidden from keys
/// without the scope `manage`.
#[utoipa::path(get, path = "/v1/sessions/{session_id}/profile", tag = "sessions",
    extensions(("x-scope" = json!("decide"))), params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Profile), (status = 404, body = ProblemDocument)))]
async fn profile(
    key: Key,
    State(decider): State<Decider>,
    Path(id): Path<SessionId>,
) -> Result<Json<Reply>> {
    key.require(Scope::Decide)?;
    Ok(Json(run(&decider, &key, Some(id), Command::Profile).await?))
}

/// End a session. What was promised in it and never presented is given back.
#[utoipa::path(delete, path = "/v1/sessions/{session_id}", tag = "sessions",
    extensions(("x-scope" = json!("decide"))), params(("session_id" = SessionId, Path)),
    responses((status = 200, body = Ended), (status = 404, body = ProblemDocument)))]
async fn end(
    key: Key,
    State(decider): State<Decider>,
    Path(id): Path<SessionId>,
) -> Result<Json<Reply>> {
    key.require(Scope::Decide)?;
    Ok(Json(run(&decider, &key, Some(id), Command::End).await?))
}

/// Several commands in one call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// The session they belong to, unless the first one starts it.
    session_id: Option<SessionId>,
    /// The commands, done in order, at most 50. Each may carry a `request_id` of its own: a
    /// repetition of that command within 24 hours is answered as before and not done again.
    #[schema(value_type = Vec<Command>)]
    commands: Vec<Value>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    /// The session.
    session_id: Option<SessionId>,
    /// One answer for each command, in order. After the first that fails the rest is not done.
    results: Vec<CommandResult>,
}

/// What became of one command.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionCommandResult)]
struct CommandResult {
    /// The HTTP status it would have been answered with; 424 when a command before it failed.
    status: u16,
    /// The answer, or a problem document.
    #[schema(value_type = Option<Object>)]
    body: Value,
}

/// Do several commands in one call.
#[utoipa::path(post, path = "/v1/sessions/batch", tag = "sessions", request_body = Batch,
    extensions(("x-scope" = json!("decide"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 characters")),
    responses((status = 200, body = BatchAnswer), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn batch(
    key: Key,
    gate: GateState,
    State(decider): State<Decider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    key.require(Scope::Decide)?;
    let batch: Batch = read_json(&body)?;
    let commands = read(batch.commands)?;
    let repeated = idempotency::key(&headers)?;
    let scope = format!("sessions:{}:batch", key.id);
    let db = gate.db.clone();
    let work = async move {
        match all(&decider, &gate, &key, batch.session_id, commands).await {
            Ok(answer) => axum::Json(answer).into_response(),
            Err(problem) => problem.into_response(),
        }
    };
    idempotency::once(&db, &scope, repeated.as_deref(), &body, work).await
}

/// A command with the caller's id of it.
struct Requested {
    request_id: Option<String>,
    text: String,
    command: Command,
}

fn read(commands: Vec<Value>) -> Result<Vec<Requested>> {
    if commands.is_empty() || commands.len() > LARGEST_BATCH {
        let message = format!("{} commands", commands.len());
        let problem = FieldProblem::new("/commands", message);
        let hint = format!("send 1 to {LARGEST_BATCH} commands");
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    let (mut read, mut problems) = (vec![], vec![]);
    for (at, mut json) in commands.into_iter().enumerate() {
        let request_id = json
            .as_object_mut()
            .and_then(|fields| fields.remove("request_id"));
        let request_id = request_id.and_then(|id| id.as_str().map(str::to_owned));
        let text = json.to_string();
        match serde_json::from_value::<Command>(json) {
            Ok(command) => read.push(Requested {
                request_id,
                text,
                command,
            }),
            Err(error) => {
                let path = format!("/commands/{at}");
                problems.push(FieldProblem::unreadable(path, &error.to_string()));
            }
        }
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    Ok(read)
}

async fn all(
    decider: &Decider,
    gate: &GateState,
    key: &Key,
    session: Option<SessionId>,
    commands: Vec<Requested>,
) -> Result<BatchAnswer> {
    let mut answer = BatchAnswer {
        session_id: session,
        results: Vec::with_capacity(commands.len()),
    };
    let mut failed = false;
    for requested in commands {
        if failed {
            let body = Value::Null;
            answer.results.push(CommandResult { status: 424, body });
            continue;
        }
        let result = one(decider, gate, key, answer.session_id, requested).await?;
        failed = result.status >= 400;
        let started = result.body.get("session_id").and_then(Value::as_str);
        if let Some(started) = started.and_then(|id| id.parse().ok()) {
            answer.session_id = Some(started);
        }
        answer.results.push(result);
    }
    Ok(answer)
}

async fn one(
    decider: &Decider,
    gate: &GateState,
    key: &Key,
    session: Option<SessionId>,
    requested: Requested,
) -> Result<CommandResult> {
    /// The largest answer of one command.
    const LARGEST: usize = 1 << 20;
    let Requested {
        request_id,
        text,
        command,
    } = requested;
    let place = session.map_or("new".to_owned(), |id| id.to_string());
    let scope = format!("sessions:{}:{place}:request", key.id);
    let (decider, key) = (decider.clone(), key.clone());
    let work = async move {
        match run(&decider, &key, session, command).await {
            Ok(reply) => axum::Json(reply).into_response(),
            Err(problem) => problem.into_response(),
        }
    };
    let id = request_id.as_deref();
    let done = idempotency::once(&gate.db, &scope, id, text.as_bytes(), work).await;
    let response = done.unwrap_or_else(IntoResponse::into_response);
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), LARGEST).await;
    let body = serde_json::from_slice(&bytes.map_err(Problem::internal)?);
    Ok(CommandResult {
        status,
        body: body.map_err(Problem::internal)?,
    })
}
