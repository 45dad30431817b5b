//! Reading, saving and publishing definitions over HTTP.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{self, Definition};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::{self, Publication, SaveWish, Saved};
use super::{DefinitionUse, history, publish, save};
use crate::problem::{FieldProblem, ProblemDocument, Result};
use crate::user::{Permission, User};
use crate::{GateState, Json, Page, PageQuery, Path, Query};

/// Routes of definitions, for every kind.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(kinds))
        .routes(routes!(list))
        .routes(routes!(one, put))
        .routes(routes!(check))
        .routes(routes!(put_into_use))
        .routes(routes!(uses))
        .routes(routes!(retire))
        .merge(history::api::routes())
}

/// A kind of definition.
#[derive(Debug, Serialize, ToSchema)]
struct KindShown {
    /// Its word.
    kind: String,
    /// The permission that saving needs.
    edit: Permission,
}

/// List the kinds of definitions.
#[utoipa::path(get, path = "/api/definitions", tag = "definitions",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<KindShown>)))]
async fn kinds(user: User, gate: GateState) -> Result<Json<Vec<KindShown>>> {
    user.require(Permission::ViewDefinitions)?;
    let shown = gate.kinds.iter().map(|managed| KindShown {
        kind: managed.kind.name.to_owned(),
        edit: managed.edit,
    });
    Ok(Json(shown.collect()))
}

/// Narrows a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those in this state: `draft`, `published` or `retired`.
    state: Option<definition::State>,
}

/// List the definitions of a kind in their newest versions, by key.
#[utoipa::path(get, path = "/api/definitions/{kind}", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), PageQuery, Wanted),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Page<Definition>), (status = 404, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    Path(kind): Path<String>,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Definition>>> {
    user.require(Permission::ViewDefinitions)?;
    rules::kind_of(&gate, &kind)?;
    let after: String = page.after()?.unwrap_or_default();
    let of = (kind.as_str(), wanted.state);
    let rows = definition::list(&gate.db, of, &after, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |found| {
        found.key.clone()
    })))
}

/// Read a definition in its newest version. Its `hash` is the `ETag`.
#[utoipa::path(get, path = "/api/definitions/{kind}/{key}", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale")),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Definition), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
) -> Result<impl IntoResponse> {
    user.require(Permission::ViewDefinitions)?;
    rules::kind_of(&gate, &kind)?;
    let found = rules::newest(&gate, &kind, &key).await?;
    Ok((etag(&found), Json(found)))
}

/// Save a definition as a new draft version. A change needs `If-Match` with the hash that was
/// read; a new definition goes without.
#[utoipa::path(put, path = "/api/definitions/{kind}/{key}", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        ("If-Match" = Option<String>, Header, description = "Hash of the version that was read")),
    request_body = SaveWish,
    extensions(("x-permission" = json!("kind"))),
    responses((status = 200, body = Saved), (status = 201, body = Saved),
        (status = 412, body = ProblemDocument), (status = 422, body = ProblemDocument),
        (status = 428, body = ProblemDocument)))]
async fn put(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    headers: HeaderMap,
    Json(wish): Json<SaveWish>,
) -> Result<impl IntoResponse> {
    let saved = save(&gate, &user, &kind, &key, wish, if_match(&headers)).await?;
    let new = saved.changed && saved.definition.version == 1;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, etag(&saved.definition), Json(saved)))
}

/// A body to be validated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckWish {
    /// The body.
    #[schema(value_type = Object)]
    body: Value,
}

/// What validation found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedDefinition)]
struct Checked {
    /// True when it could be saved.
    valid: bool,
    /// Everything that is wrong.
    errors: Vec<FieldProblem>,
}

/// Validate a body without saving it.
#[utoipa::path(post, path = "/api/definitions/{kind}/{key}/check", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale")),
    request_body = CheckWish,
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Checked), (status = 404, body = ProblemDocument)))]
async fn check(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    Json(wish): Json<CheckWish>,
) -> Result<Json<Checked>> {
    user.require(Permission::ViewDefinitions)?;
    let managed = rules::kind_of(&gate, &kind)?;
    let errors = rules::all_problems(&gate, &managed, &key, &wish.body).await?;
    Ok(Json(Checked {
        valid: errors.is_empty(),
        errors,
    }))
}

/// Put a version into use, the newest unless another is named.
#[utoipa::path(post, path = "/api/definitions/{kind}/{key}/publish", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale")),
    request_body = Publication,
    extensions(("x-permission" = json!("publish"))),
    responses((status = 200, body = Definition), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn put_into_use(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    Json(publication): Json<Publication>,
) -> Result<Json<Definition>> {
    user.require(Permission::Publish)?;
    Ok(Json(publish(&gate, &user, &kind, &key, publication).await?))
}

/// List where definitions in use name one: what retiring it would leave without it.
#[utoipa::path(get, path = "/api/definitions/{kind}/{key}/uses", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale")),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<DefinitionUse>), (status = 404, body = ProblemDocument)))]
async fn uses(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
) -> Result<Json<Vec<DefinitionUse>>> {
    user.require(Permission::ViewDefinitions)?;
    rules::kind_of(&gate, &kind)?;
    Ok(Json(rules::uses(&gate, &kind, &key).await?))
}

/// How a definition is taken out of use.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Retirement {
    /// Also when others in use name it. Without this such a call is refused and lists them.
    #[serde(default)]
    although_used: bool,
}

/// Take a definition out of use. One that others in use name is only taken out when
/// `although_used` says so.
#[utoipa::path(post, path = "/api/definitions/{kind}/{key}/retire", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        Retirement),
    extensions(("x-permission" = json!("publish"))),
    responses((status = 200, body = Definition), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn retire(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    Query(how): Query<Retirement>,
) -> Result<Json<Definition>> {
    let of = (kind.as_str(), key.as_str());
    Ok(Json(
        rules::retire(&gate, &user, of, how.although_used).await?,
    ))
}

/// The hash in If-Match, without quotes and weakness.
pub(super) fn if_match(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::IF_MATCH)?.to_str().ok()?.trim();
    Some(value.trim_start_matches("W/").trim_matches('"'))
}

fn etag(definition: &Definition) -> AppendHeaders<Option<(header::HeaderName, HeaderValue)>> {
    let value = HeaderValue::from_str(&format!("\"{}\"", definition.hash));
    AppendHeaders(value.ok().map(|value| (header::ETAG, value)))
}
