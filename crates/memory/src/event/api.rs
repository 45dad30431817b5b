//! Events over HTTP: the Segment tracking API, and the forms that other stock clients speak.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use gate::problem::code;
use gate::{GateState, Key, Origin, Problem, Scope};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::{BODY_LIMIT_BYTES, Form, Item, Request, WireError, key_of, parse};
use super::{BLOCKED_IDENTIFIER, prepare, written};
use crate::log::{Incoming, Verdict};
use crate::quarantine::{self, CONFLICTING, Rejected};
use crate::{Error, Memory};

/// The paths that stock clients use beside the documented ones.
const OTHER_PATHS: [&str; 19] = [
    "/v1/i",
    "/v1/t",
    "/v1/p",
    "/v1/s",
    "/v1/g",
    "/v1/a",
    "/v1/b",
    "/v1/import",
    "/batch",
    "/batch/",
    "/capture",
    "/capture/",
    "/e",
    "/e/",
    "/track/",
    "/i/v0/e",
    "/i/v0/e/",
    "/api/s/{kind}",
    "/api/s/s2s/{kind}",
];

/// The routes of ingestion.
pub fn routes() -> OpenApiRouter<Memory> {
    let mut router = OpenApiRouter::default()
        .routes(routes!(batch))
        .routes(routes!(track))
        .routes(routes!(identify))
        .routes(routes!(page))
        .routes(routes!(screen))
        .routes(routes!(group))
        .routes(routes!(alias));
    // plain routes: other names of those above, for clients of other makers.
    for path in OTHER_PATHS {
        router = router.route(path, post(take));
    }
    router.layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
}

/// What became of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// Always true: everything that could be understood is safe.
    success: bool,
    /// What became of each event, with `?verdicts=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<EventVerdict>>,
}

/// What became of one event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventVerdict {
    /// `accepted`, `duplicate` or `quarantined`.
    verdict: &'static str,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<crate::CustomerId>,
    /// Why it is in quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A refused request, as stock clients expect it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// Why, for programs.
    code: &'static str,
    /// Why and what to do, for people.
    message: String,
}

macro_rules! documented {
    ($($name:ident, $path:literal, $summary:literal;)*) => {$(
        #[doc = $summary]
        #[utoipa::path(
            post, path = $path, tag = "events", request_body = Object,
            extensions(("x-scope" = json!("ingest page"))),
            params(("verdicts" = Option<String>, Query, description = "1: answer what became of each event")),
            responses(
                (status = 200, body = Taken), (status = 400, body = Refused),
                (status = 401, body = gate::ProblemDocument, content_type = "application/problem+json"),
                (status = 403, body = gate::ProblemDocument, content_type = "application/problem+json"),
                (status = 413, body = gate::ProblemDocument, content_type = "application/problem+json"),
                (status = 429, body = gate::ProblemDocument, content_type = "application/problem+json"),
                (status = 503, body = gate::ProblemDocument, content_type = "application/problem+json"),
            )
        )]
        async fn $name(
            memory: State<Memory>, gate: GateState, origin: Origin, uri: OriginalUri,
            headers: HeaderMap, body: Bytes,
        ) -> Response {
            take(memory, gate, origin, uri, headers, body).await
        }
    )*};
}

documented! {
    batch, "/v1/batch", "Take in a batch of events in the Segment form.";
    track, "/v1/track", "Take in something a customer did.";
    identify, "/v1/identify", "Take in who a customer is, with attributes.";
    page, "/v1/page", "Take in a page view.";
    screen, "/v1/screen", "Take in a screen view of an app.";
    group, "/v1/group", "Take in that a customer belongs to a group.";
    alias, "/v1/alias", "Take in that two identifiers are the same customer.";
}

async fn take(
    State(memory): State<Memory>,
    gate: GateState,
    origin: Origin,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(form) = Form::of_path(uri.path()) else {
        return Problem::not_found(format!("there is no {}", uri.path())).into_response();
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let request = Request {
        form,
        authorization: text(header::AUTHORIZATION.as_str()),
        write_key: text("x-write-key"),
        query: uri.query().unwrap_or_default(),
        body: &body,
    };
    match taken_in(&memory, &gate, &origin, request).await {
        Ok(taken) => Json(taken).into_response(),
        Err(Failure::Wire(WireError { code, message })) => {
            (StatusCode::BAD_REQUEST, Json(Refused { code, message })).into_response()
        }
        Err(Failure::Problem(problem)) => problem.into_response(),
    }
}

enum Failure {
    Wire(WireError),
    Problem(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::Problem(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Problem(error.into())
    }
}

async fn taken_in(
    memory: &Memory,
    gate: &GateState,
    origin: &Origin,
    request: Request<'_>,
) -> Result<Taken, Failure> {
    let find = async |secret: Option<String>| -> Result<Key, Problem> {
        let missing = || {
            Problem::new(code::NOT_SIGNED_IN)
                .detail("there is no key")
                .hint("send the source's key as the Basic user or as writeKey in the body")
        };
        let key = gate
            .keys
            .find(&gate.db, &secret.ok_or_else(missing)?, &origin.address)
            .await?;
        key.require_or_page(Scope::Ingest)?;
        Ok(key)
    };
    // A key in the header is checked before the body is looked at.
    let early = match key_of(&request) {
        Some(secret) => Some(find(Some(secret)).await?),
        None => None,
    };
    let batch = parse(&request).map_err(Failure::Wire)?;
    let key = match early {
        Some(key) => key,
        None => find(batch.key).await?,
    };
    let source_id = crate::api::source_of(&key);
    let now = memory.db().now();
    let sorted = sort(memory, request.form, batch.items, source_id, now);
    let wanted = request.query.split('&').any(|pair| pair == "verdicts=1");
    let verdicts = commit(memory, sorted, source_id, now).await?;
    metrics::counter!("rapport_events_total").increment(verdicts.len() as u64);
    Ok(Taken {
        success: true,
        verdicts: wanted.then_some(verdicts),
    })
}

/// The items of a request: ready for the log, or rejected, in the order sent.
enum Sorted {
    Ready(Box<Incoming>),
    Rejected(Rejected),
}

fn sort(
    memory: &Memory,
    form: Form,
    items: Vec<Item>,
    source_id: i64,
    received_at: Timestamp,
) -> Vec<Sorted> {
    let reject = |form: Form, reason: &str, detail: String, body: String| {
        Sorted::Rejected(Rejected {
            source_id,
            reason: reason.to_owned(),
            detail,
            form: form.name().to_owned(),
            body,
            received_at,
        })
    };
    let random = memory.db().random();
    let ready = |item| match item {
        Item::Rejected(bad) => reject(form, bad.reason.code(), bad.message, bad.raw),
        Item::Event(event) => match prepare(event, source_id, received_at, random) {
            Ok(incoming) => Sorted::Ready(Box::new(incoming)),
            Err(event) => {
                let detail = "the identifiers mean nobody (null, guest, 0 …)".to_owned();
                reject(Form::Batch, BLOCKED_IDENTIFIER, detail, written(&event))
            }
        },
    };
    items.into_iter().map(ready).collect()
}

async fn commit(
    memory: &Memory,
    sorted: Vec<Sorted>,
    source_id: i64,
    received_at: Timestamp,
) -> Result<Vec<EventVerdict>, Error> {
    let (mut ready, mut rejected, mut order) = (vec![], vec![], vec![]);
    for item in sorted {
        order.push(matches!(item, Sorted::Ready(_)));
        match item {
            Sorted::Ready(incoming) => ready.push(*incoming),
            Sorted::Rejected(item) => rejected.push(item),
        }
    }
    let kept: Vec<_> = rejected
        .iter()
        .map(|r| (r.reason.clone(), r.detail.clone()))
        .collect();
    let answers = match ready.is_empty() {
        true => vec![],
        false => memory.ingest(ready).await?,
    };
    for answer in &answers {
        if let Verdict::Conflicting { body } = answer {
            rejected.push(Rejected::conflicting(source_id, body.clone(), received_at));
        }
    }
    quarantine::db::put(memory.db(), rejected).await?;
    let (mut answers, mut kept) = (answers.into_iter(), kept.into_iter());
    let verdicts = order.into_iter().map(|ready| match ready {
        true => verdict(answers.next()),
        false => {
            let (reason, message) = kept.next().unwrap_or_default();
            quarantined(reason, message)
        }
    });
    Ok(verdicts.collect())
}

fn quarantined(reason: String, message: String) -> EventVerdict {
    let (reason, message) = (Some(reason), Some(message));
    EventVerdict {
        verdict: "quarantined",
        customer_id: None,
        reason,
        message,
    }
}

fn verdict(of: Option<Verdict>) -> EventVerdict {
    let plain = |verdict, customer_id| EventVerdict {
        verdict,
        customer_id,
        reason: None,
        message: None,
    };
    match of {
        Some(Verdict::Accepted { customer_id, .. }) => plain("accepted", Some(customer_id)),
        Some(Verdict::Duplicate) => plain("duplicate", None),
        Some(Verdict::Conflicting { .. }) | None => {
            quarantined("conflicting_message_id".to_owned(), CONFLICTING.to_owned())
        }
    }
}
