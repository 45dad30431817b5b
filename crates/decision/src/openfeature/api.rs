//! The remote evaluation protocol of OpenFeature (OFREP 0.3) over HTTP.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::{Key, Path, ProblemDocument, Result, Scope};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    DEADLINE_MS, Evaluation, Flag, FlagError, FlagErrorCode, Subject, entity_tag, evaluations,
    of_experiment,
};
use crate::Decider;

/// Routes of OpenFeature.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(evaluate))
        .routes(routes!(evaluate_all))
}

/// Who and in which circumstances a flag is asked for.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "only described: bodies are read by hand, for OFREP's own errors"
)]
struct EvaluationRequest {
    /// `targetingKey` (a user id, a browser's id or our own) and what criteria may ask about.
    #[schema(value_type = Object, example = json!({"targetingKey": "42", "device": "mobile"}))]
    context: serde_json::Value,
}

/// Every flag.
#[derive(Debug, Serialize, ToSchema)]
struct FlagList {
    /// The flags.
    flags: Vec<Evaluation>,
}

fn failure(
    status: StatusCode,
    key: Option<&str>,
    error_code: FlagErrorCode,
    details: &str,
) -> Response {
    let error = FlagError {
        key: key.map(str::to_owned),
        error_code,
        error_details: details.to_owned(),
    };
    (status, axum::Json(error)).into_response()
}

/// Evaluate a flag: decide what a placement shows to a customer, or tell the variant of an
/// experiment of touchpoints. An offer is reserved until it is reported as seen (`/v1/responses`)
/// or expires; asking again meanwhile gives the same contact.
#[utoipa::path(post, path = "/ofrep/v1/evaluate/flags/{key}", tag = "openfeature",
    request_body = EvaluationRequest, params(("key" = String, Path, description = "A placement, or an experiment of touchpoints")),
    extensions(("x-scope" = json!("decide page"))),
    responses((status = 200, body = Evaluation), (status = 400, body = FlagError),
        (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 404, body = FlagError), (status = 429, body = ProblemDocument)))]
async fn evaluate(
    key: Key,
    State(decider): State<Decider>,
    Path(flag): Path<String>,
    body: Bytes,
) -> Result<Response> {
    let holder = key.require_or_page(Scope::Decide)?;
    let subject = match Subject::read(&body, holder) {
        Ok(subject) => subject,
        Err((code, details)) => {
            return Ok(failure(StatusCode::BAD_REQUEST, Some(&flag), code, details));
        }
    };
    let catalog = decider.catalog();
    let evaluation = match Flag::of_key(&catalog, &flag) {
        Some(Flag::Placement(_)) => {
            let answer = decider.decide(&subject.request(vec![flag.clone()])).await;
            evaluations(&catalog, &answer).into_iter().next()
        }
        Some(Flag::Experiment(_)) => Some(experiment(&decider, &subject, &flag).await),
        None => None,
    };
    Ok(match evaluation {
        Some(evaluation) => axum::Json(evaluation).into_response(),
        None => {
            let details = format!(
                "there is no flag {flag:?}; flags are published placements and experiments of touchpoints"
            );
            let code = FlagErrorCode::FlagNotFound;
            failure(StatusCode::NOT_FOUND, Some(&flag), code, &details)
        }
    })
}

/// Evaluate all flags of a channel: the whole page is chosen together. `context.channel` is `web`
/// unless given, `context.placements` names some placements instead. With `If-None-Match` nothing
/// is decided anew while the answer would be the same.
#[utoipa::path(post, path = "/ofrep/v1/evaluate/flags", tag = "openfeature",
    request_body = EvaluationRequest, extensions(("x-scope" = json!("decide page"))),
    params(("If-None-Match" = Option<String>, Header, description = "ETag of the last answer")),
    responses((status = 200, body = FlagList), (status = 304, description = "Nothing has changed"),
        (status = 400, body = FlagError), (status = 401, body = ProblemDocument),
        (status = 403, body = ProblemDocument), (status = 429, body = ProblemDocument)))]
async fn evaluate_all(
    key: Key,
    State(decider): State<Decider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let holder = key.require_or_page(Scope::Decide)?;
    let subject = match Subject::read(&body, holder) {
        Ok(subject) => subject,
        Err((code, details)) => {
            return Ok(failure(StatusCode::BAD_REQUEST, None, code, details));
        }
    };
    let catalog = decider.catalog();
    let request = subject.request(subject.placements(&catalog));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tag| tag.to_str().ok());
    if let Some(known) = known {
        // As it would be answered now: what stands already keeps its contact, and so the tag.
        let preview = timeout(
            Duration::from_millis(DEADLINE_MS),
            decider.preview(&request),
        );
        if let Ok(Ok(record)) = preview.await {
            let tag = entity_tag(&evaluations(&catalog, &record.answer));
            if known
                .split(',')
                .any(|known| known.trim().trim_start_matches("W/") == tag)
            {
                return Ok(tagged(&tag, StatusCode::NOT_MODIFIED.into_response()));
            }
        }
    }
    let answer = decider.decide(&request).await;
    let flags = evaluations(&catalog, &answer);
    let tag = entity_tag(&flags);
    Ok(tagged(&tag, axum::Json(FlagList { flags }).into_response()))
}

/// The variant of an experiment, or the touchpoint's own default when it cannot be told in time.
async fn experiment(decider: &Decider, subject: &Subject, key: &str) -> Evaluation {
    let met = async {
        let customer = decider.resolve(&subject.customer).await?;
        match customer {
            Some(customer) => decider.meet(customer, key).await,
            None => Ok(None),
        }
    };
    let met = match timeout(Duration::from_millis(DEADLINE_MS), met).await {
        Ok(Ok(met)) => met,
        Ok(Err(error)) => {
            tracing::warn!(%error, experiment = key, "a variant could not be told");
            None
        }
        Err(_) => None,
    };
    of_experiment(key, met.as_ref())
}

fn tagged(tag: &str, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
