//! Imports over HTTP.

use axum::body::Body;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use gate::audit::{self, Entry};
use gate::problem::{FieldProblem, code};
use gate::{
    Created, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result,
    SourceId, User,
};
use serde::{Deserialize, Serialize};
use store::job::{self, Right, State as JobState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::SavedMapping;
use super::file::{Unreadable, inspect};
use super::guess::guess;
use super::mapping::{Mapping, Target};
use super::preview::{Preview, preview};
use super::upload::{Failure, Upload};
use super::view::{ImportView, view};
use super::{Import, ImportId, db, folder, hash_of, job as import_job};
use crate::api::MemoryState;
use crate::source;

/// Longest name of a file or mapping, in characters.
const NAME_LIMIT_CHARS: usize = 200;

/// Routes of imports.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(list, upload))
        .routes(routes!(one, remove))
        .routes(routes!(look))
        .routes(routes!(start))
        .routes(routes!(cancel))
        .routes(routes!(rejected))
        .merge(super::saved::api::routes())
        .layer(DefaultBodyLimit::disable())
}

async fn found(state: &MemoryState, id: ImportId) -> Result<Import> {
    let import = db::get(state.memory.db(), id).await?;
    import.ok_or_else(|| Problem::not_found(format!("there is no import {id}")))
}

fn unreadable(error: Unreadable) -> Problem {
    let problem = FieldProblem::new("/file", &error.message).hint(error.hint.clone());
    Problem::invalid(vec![problem])
        .detail(error.message)
        .hint(error.hint)
}

/// List the imports, newest first.
#[utoipa::path(get, path = "/api/imports", tag = "imports", params(PageQuery),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<ImportView>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<MemoryState>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<ImportView>>> {
    user.require(Permission::ViewData)?;
    let limit = page.limit();
    let before = ImportId(page.after()?.unwrap_or(u64::MAX));
    let rows = db::list(state.memory.db(), before, limit + 1).await?;
    let page = Page::of(rows, limit, |import| import.id.0);
    let mut items = vec![];
    for import in page.items {
        items.push(view(&state, import).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: page.next_cursor,
    }))
}

/// What is uploaded.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Named {
    /// The name of the file.
    name: Option<String>,
}

/// Upload a file: CSV, JSONL or Parquet, packed with gzip or not, up to 2 GB. The body is the file
/// itself, or a form (multipart/form-data) with the field `file`. Nothing is imported yet.
#[utoipa::path(post, path = "/api/imports", tag = "imports", params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 201, body = ImportView), (status = 413, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn upload(
    user: User,
    State(state): State<MemoryState>,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Created<ImportView>> {
    user.require(Permission::EditData)?;
    let store = state.memory.db();
    let number = store.take_numbers("imports", 1).await?;
    let id = ImportId(number.unsigned_abs());
    let path = folder(&state.data_folder).join(format!("{id}.data"));
    let given = received(request, &path).await?;
    let name = named.name.or(given).unwrap_or_else(|| "upload".to_owned());
    let inspected = path.clone();
    let salt = gate::setting::db::get_or_put(store, "visitor_salt", store.random().token()).await?;
    let facts = tokio::task::spawn_blocking(move || inspect(&inspected, &salt)).await;
    let facts = facts.map_err(Problem::internal)?.map_err(|error| {
        let _ = std::fs::remove_file(&path);
        unreadable(error)
    })?;
    let now = store.now();
    let import = Import {
        id,
        name: name.chars().take(NAME_LIMIT_CHARS).collect(),
        source_id: None,
        facts,
        mapping: None,
        job_id: None,
        author: user.name.clone(),
        feed: None,
        created_at: now,
        updated_at: now,
    };
    db::insert(store, &import).await?;
    Ok(Created(view(&state, import).await?))
}

/// Streams the body of an upload into a file; the name the browser gave it.
async fn received(request: Request, path: &std::path::Path) -> Result<Option<String>> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let body: Body = request.into_body();
        let mut upload = Upload::begin(path).await.map_err(failed)?;
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            upload
                .add(&chunk.map_err(broken_off)?)
                .await
                .map_err(failed)?;
        }
        upload.finish().await.map_err(failed)?;
        return Ok(None);
    }
    let form = Multipart::from_request(request, &()).await;
    let mut form =
        form.map_err(|error| Problem::new(code::BAD_REQUEST).detail(error.body_text()))?;
    while let Some(mut field) = form.next_field().await.map_err(broken_off)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().map(str::to_owned);
        let mut upload = Upload::begin(path).await.map_err(failed)?;
        while let Some(chunk) = field.chunk().await.map_err(broken_off)? {
            upload.add(&chunk).await.map_err(failed)?;
        }
        upload.finish().await.map_err(failed)?;
        return Ok(name);
    }
    let problem = FieldProblem::new("/file", "the form has no field `file`");
    Err(Problem::invalid(vec![problem]))
}

fn broken_off(error: impl std::fmt::Display) -> Problem {
    Problem::new(code::BAD_REQUEST)
        .detail(format!("the upload broke off: {error}"))
        .hint("upload the file again")
}

fn failed(error: Failure) -> Problem {
    match error {
        Failure::TooLarge => Problem::new(code::TOO_LARGE).detail(error.to_string()),
        Failure::Disk(_) => Problem::internal(error),
    }
}

/// One import with how far it is.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", params(("id" = ImportId, Path)),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = ImportView), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportView>> {
    user.require(Permission::ViewData)?;
    let import = found(&state, id).await?;
    Ok(Json(view(&state, import).await?))
}

/// Remove an import that is not running, with its file and its report. What was taken in stays.
#[utoipa::path(delete, path = "/api/imports/{id}", tag = "imports",
    params(("id" = ImportId, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 204), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn remove(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
) -> Result<StatusCode> {
    user.require(Permission::EditData)?;
    let import = found(&state, id).await?;
    refuse_running(&state, &import).await?;
    let _ = std::fs::remove_file(import.path(&state.data_folder));
    let _ = std::fs::remove_file(import.report_path(&state.data_folder));
    db::delete(state.memory.db(), id).await?;
    let entry = Entry::new("delete", "import", &id.to_string());
    audit::record(state.memory.db(), &user, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refuse_running(state: &MemoryState, import: &Import) -> Result<()> {
    let Some(id) = import.job_id else {
        return Ok(());
    };
    let job = job::get(state.memory.db(), id).await?;
    match job.map(|job| job.state) {
        Some(JobState::Queued | JobState::Running | JobState::Cancelling) => {
            let detail = format!("{} is being imported", import.id);
            Err(Problem::new(code::CONFLICT)
                .detail(detail)
                .hint("cancel it first"))
        }
        Some(JobState::Cancelled | JobState::Done | JobState::Failed) | None => Ok(()),
    }
}

/// How a file shall be read.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Look {
    /// The mapping; a saved one for the same columns, or a guess, when absent.
    mapping: Option<Mapping>,
    /// What the guess shall take the rows for.
    #[serde(rename = "as")]
    target: Option<Target>,
}

/// The first rows of a file, and what they become.
#[derive(Debug, Serialize, ToSchema)]
struct Looked {
    /// The mapping that was used.
    mapping: Mapping,
    /// The name of the saved mapping that was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_as: Option<String>,
    /// What is wrong with the mapping; then there is no preview.
    errors: Vec<FieldProblem>,
    /// The first ten rows or groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<Preview>,
}

/// See what the first rows become, with a mapping or with our guess.
#[utoipa::path(post, path = "/api/imports/{id}/preview", tag = "imports",
    params(("id" = ImportId, Path)), request_body = Look,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = Looked), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn look(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
    Json(look): Json<Look>,
) -> Result<Json<Looked>> {
    user.require(Permission::EditData)?;
    let import = found(&state, id).await?;
    let path = file_of(&state, &import)?;
    let columns = import.facts.names();
    let mut saved_as = None;
    let mapping = match look.mapping {
        Some(mapping) => mapping,
        None => {
            let saved = db::fitting(state.memory.db(), &hash_of(&columns)).await?;
            let fits = |saved: &SavedMapping| {
                look.target
                    .is_none_or(|target| target == saved.mapping.target)
            };
            match saved.filter(fits) {
                Some(saved) => {
                    saved_as = Some(saved.name);
                    saved.mapping
                }
                None => guess(&import.facts, look.target),
            }
        }
    };
    let errors = mapping.problems(&columns);
    let mut shown = None;
    if errors.is_empty() {
        let (facts, wanted) = (import.facts, mapping.clone());
        let read = tokio::task::spawn_blocking(move || preview(&path, &facts, &wanted)).await;
        shown = Some(read.map_err(Problem::internal)?.map_err(unreadable)?);
    }
    Ok(Json(Looked {
        mapping,
        saved_as,
        errors,
        preview: shown,
    }))
}

fn file_of(state: &MemoryState, import: &Import) -> Result<std::path::PathBuf> {
    let path = import.path(&state.data_folder);
    if path.exists() {
        return Ok(path);
    }
    let detail = format!("the file of {} is not here any more", import.id);
    Err(Problem::new(code::CONFLICT)
        .detail(detail)
        .hint("upload it again"))
}

/// How an import is started.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// How the file is read.
    mapping: Mapping,
    /// The source its events belong to; a source `import` unless given.
    source_id: Option<SourceId>,
    /// Keep the mapping under this name, for files with the same columns.
    save_mapping_as: Option<String>,
}

/// Start an import. After a cancel or a failure it goes on where it ended, if the mapping is the
/// same.
#[utoipa::path(post, path = "/api/imports/{id}/start", tag = "imports",
    params(("id" = ImportId, Path)), request_body = Start,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = ImportView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn start(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
    Json(start): Json<Start>,
) -> Result<Json<ImportView>> {
    user.require(Permission::EditData)?;
    let import = found(&state, id).await?;
    file_of(&state, &import)?;
    refuse_running(&state, &import).await?;
    let store = state.memory.db();
    let columns = import.facts.names();
    let mut problems = start.mapping.problems(&columns);
    for problem in &mut problems {
        problem.path.insert_str(0, "/mapping");
    }
    let source = source(&state, start.source_id).await?;
    if source.is_none() {
        problems.push(FieldProblem::new("/source_id", "there is no such source"));
    }
    let (Some(source), true) = (source, problems.is_empty()) else {
        return Err(Problem::invalid(problems));
    };
    if let Some(name) = start.save_mapping_as {
        let saved = SavedMapping {
            name: name.trim().chars().take(NAME_LIMIT_CHARS).collect(),
            mapping: start.mapping.clone(),
            author: user.name.clone(),
            updated_at: store.now(),
        };
        db::save_mapping(store, &saved, &hash_of(&columns)).await?;
    }
    let go_on = import.mapping.as_ref() == Some(&start.mapping);
    let job = import_job::create(store, &import, go_on, &user.name).await?;
    let made = db::start(store, id, (source, &start.mapping), (job, import.job_id)).await?;
    if !made {
        let text = Some("started twice");
        job::finish(store, (job, &Right::Alone), JobState::Cancelled, text).await?;
        return Err(Problem::new(code::CONFLICT).detail("somebody else started it just now"));
    }
    let entry = Entry::new("start", "import", &id.to_string()).after(&start.mapping);
    audit::record(store, &user, entry).await?;
    state.imports.notify_one();
    let import = found(&state, id).await?;
    Ok(Json(view(&state, import).await?))
}

/// The source of an import: the one asked for, or the one for all imports, made when needed.
async fn source(state: &MemoryState, asked: Option<SourceId>) -> Result<Option<SourceId>> {
    let store = state.memory.db();
    let sources = source::db::list(store).await?;
    if let Some(id) = asked {
        return Ok(sources
            .iter()
            .find(|source| source.id == id)
            .map(|source| source.id));
    }
    Ok(Some(source::db::of_imports(store).await?))
}

/// Stop an import. What was taken in stays.
#[utoipa::path(post, path = "/api/imports/{id}/cancel", tag = "imports",
    params(("id" = ImportId, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = ImportView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn cancel(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportView>> {
    user.require(Permission::EditData)?;
    let import = found(&state, id).await?;
    let stopped = match import.job_id {
        Some(job) => job::request_cancel(state.memory.db(), job).await?,
        None => false,
    };
    if !stopped {
        return Err(Problem::new(code::CONFLICT).detail(format!("{id} is not being imported")));
    }
    let entry = Entry::new("cancel", "import", &id.to_string());
    audit::record(state.memory.db(), &user, entry).await?;
    Ok(Json(view(&state, import).await?))
}

/// The rows that were not taken in, with why and what to do, as CSV.
#[utoipa::path(get, path = "/api/imports/{id}/rejected.csv", tag = "imports",
    params(("id" = ImportId, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = ProblemDocument)))]
async fn rejected(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    user.require(Permission::EditData)?;
    let import = found(&state, id).await?;
    let file = tokio::fs::read(import.report_path(&state.data_folder)).await;
    let file = file.map_err(|_| Problem::not_found(format!("{id} has no report yet")))?;
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let name = format!("attachment; filename=\"{id}-rejected.csv\"");
    let name = HeaderValue::from_str(&name).map_err(Problem::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok((headers, file).into_response())
}
