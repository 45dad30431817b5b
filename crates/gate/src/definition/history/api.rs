//! Versions, differences, restoring, and files over HTTP.

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use store::definition::{self, Definition};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::audit::{self, Entry};
use crate::definition::api::if_match;
use crate::definition::{Change, DefinitionFile, Imported, changes, export, import, rules};
use crate::problem::{Problem, ProblemDocument, Result, code};
use crate::user::{Permission, User};
use crate::{GateState, Json, Page, PageQuery, Path, Query};

/// Routes of the history and of files.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(versions))
        .routes(routes!(version))
        .routes(routes!(diff))
        .routes(routes!(restore))
        .routes(routes!(export_all))
        .routes(routes!(import_all))
}

/// List the versions of a definition, newest first.
#[utoipa::path(get, path = "/api/definitions/{kind}/{key}/versions", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        PageQuery),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Page<Definition>), (status = 404, body = ProblemDocument)))]
async fn versions(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Definition>>> {
    user.require(Permission::ViewDefinitions)?;
    rules::newest(&gate, &kind, &key).await?;
    let before = page.after()?.unwrap_or(i64::MAX);
    let rows = definition::history(&gate.db, &kind, &key, before, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |definition| {
        definition.version
    })))
}

/// Read one version of a definition.
#[utoipa::path(get, path = "/api/definitions/{kind}/{key}/versions/{version}",
    tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        ("version" = i64, Path, example = 1)),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Definition), (status = 404, body = ProblemDocument)))]
async fn version(
    user: User,
    gate: GateState,
    Path((kind, key, version)): Path<(String, String, i64)>,
) -> Result<Json<Definition>> {
    user.require(Permission::ViewDefinitions)?;
    Ok(Json(rules::at_version(&gate, &kind, &key, version).await?))
}

/// Which versions are compared.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Between {
    /// The older version; the one in use unless given, or the one before `to`.
    from: Option<i64>,
    /// The newer version; the newest unless given.
    to: Option<i64>,
}

/// How two versions differ.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    /// The older version.
    from: i64,
    /// The newer version.
    to: i64,
    /// Every place at which they differ.
    changes: Vec<Change>,
}

/// Compare two versions.
#[utoipa::path(get, path = "/api/definitions/{kind}/{key}/diff", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        Between),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Difference), (status = 404, body = ProblemDocument)))]
async fn diff(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    Query(between): Query<Between>,
) -> Result<Json<Difference>> {
    user.require(Permission::ViewDefinitions)?;
    let head = rules::newest(&gate, &kind, &key).await?;
    let to = between.to.unwrap_or(head.version);
    let in_use = head.published_version.filter(|version| *version < to);
    let from = between.from.or(in_use).unwrap_or((to - 1).max(1));
    let older = rules::at_version(&gate, &kind, &key, from).await?;
    let newer = rules::at_version(&gate, &kind, &key, to).await?;
    Ok(Json(Difference {
        from,
        to,
        changes: changes(&older.body, &newer.body),
    }))
}

/// Which version comes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Restoration {
    /// The version.
    #[schema(example = 1)]
    version: i64,
}

/// Save an old version again as the newest draft. Needs `If-Match` with the newest hash.
#[utoipa::path(post, path = "/api/definitions/{kind}/{key}/restore", tag = "definitions",
    params(("kind" = String, Path, example = "offer"), ("key" = String, Path, example = "sale"),
        ("If-Match" = String, Header, description = "Hash of the newest version")),
    request_body = Restoration,
    extensions(("x-permission" = json!("kind"))),
    responses((status = 200, body = Definition), (status = 404, body = ProblemDocument),
        (status = 412, body = ProblemDocument), (status = 428, body = ProblemDocument)))]
async fn restore(
    user: User,
    gate: GateState,
    Path((kind, key)): Path<(String, String)>,
    headers: HeaderMap,
    Json(wanted): Json<Restoration>,
) -> Result<Json<Definition>> {
    user.require(rules::kind_of(&gate, &kind)?.edit)?;
    let read = if_match(&headers).ok_or_else(|| Problem::new(code::IF_MATCH_REQUIRED))?;
    let (db, old) = (&gate.db, wanted.version);
    rules::at_version(&gate, &kind, &key, old).await?;
    definition::restore(db, &kind, &key, old, &user.name, read).await?;
    let what = serde_json::json!({ "version": old });
    audit::record(db, &user, Entry::new("restore", &kind, &key).after(&what)).await?;
    Ok(Json(rules::newest(&gate, &kind, &key).await?))
}

/// What is exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Exported {
    /// Only this kind.
    kind: Option<String>,
    /// Only this key of the kind.
    key: Option<String>,
}

/// Definitions as files.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Files {
    /// The files.
    pub files: Vec<DefinitionFile>,
}

/// Definitions as files for version control: all, of one kind, or one. Retired ones are left out
/// unless asked for by kind and key.
#[utoipa::path(get, path = "/api/definitions/export", tag = "definitions", params(Exported),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Files), (status = 404, body = ProblemDocument)))]
async fn export_all(
    user: User,
    gate: GateState,
    Query(wanted): Query<Exported>,
) -> Result<Json<Files>> {
    user.require(Permission::ViewDefinitions)?;
    let mut kinds = gate.kinds.to_vec();
    if let Some(kind) = &wanted.kind {
        kinds = vec![rules::kind_of(&gate, kind)?];
    }
    let files = match (&wanted.kind, &wanted.key) {
        // What is asked for by its name is given even if it is retired.
        (Some(kind), Some(key)) => {
            vec![DefinitionFile::of(&rules::newest(&gate, kind, key).await?)]
        }
        (None, Some(key)) => {
            let mut files = export(&gate.db, &kinds).await?;
            files.retain(|file| file.path.ends_with(&format!("/{key}.json")));
            files
        }
        (Some(_) | None, None) => export(&gate.db, &kinds).await?,
    };
    Ok(Json(Files { files }))
}

/// Files to be saved.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The files.
    pub files: Vec<DefinitionFile>,
    /// Put the newest versions into use at once.
    #[serde(default)]
    pub publish: bool,
    /// Why, for the history.
    #[serde(default)]
    pub note: String,
}

/// Save files as definitions: all, or none when one of them is not valid, also among the others,
/// or may not be saved.
#[utoipa::path(post, path = "/api/definitions/import", tag = "definitions",
    request_body = Import,
    extensions(("x-permission" = json!("publish"))),
    responses((status = 200, body = Imported), (status = 422, body = ProblemDocument)))]
async fn import_all(
    user: User,
    gate: GateState,
    Json(wanted): Json<Import>,
) -> Result<Json<Imported>> {
    user.require(Permission::Publish)?;
    let Import {
        files,
        publish,
        note,
    } = wanted;
    Ok(Json(import(&gate, &user, files, &note, publish).await?))
}
