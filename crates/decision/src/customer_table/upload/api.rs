//! Uploads into customer tables over HTTP: begin, rows, finish; resumed at `next_row`.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gate::audit::{self, Entry};
use gate::problem::code;
use gate::{
    Created, FieldProblem, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument,
    Query, Result, User,
};
use serde::Deserialize;
use store::definition::ProblemCode;
use store::{Db, Tx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    LARGEST_CHUNK, Reject, Sent, Upload, UploadId, UploadState, csv_rows, missing_columns, sort,
};
use crate::Decider;
use crate::customer_table::api::known;
use crate::customer_table::{Kind, LARGEST_ROWS, db};

/// Routes of uploads.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(list, begin))
        .routes(routes!(one, discard))
        .routes(routes!(rows))
        .routes(routes!(finish))
        .routes(routes!(rejects))
        .routes(routes!(rejects_csv))
}

/// An upload to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUpload {
    /// What it is called, for example the name of the file.
    name: String,
    /// True when rows that it does not bring are removed at its end.
    #[serde(default)]
    replaces: bool,
}

/// Where a chunk belongs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChunkQuery {
    /// The number of its first row in the upload, from 0.
    #[serde(default)]
    first_row: i64,
}

/// List uploads into a table, newest first.
#[utoipa::path(get, path = "/api/customer_tables/{key}/uploads", tag = "customer_tables",
    extensions(("x-permission" = json!("view_definitions"))),
    params(("key" = String, Path), PageQuery),
    responses((status = 200, body = Page<Upload>), (status = 404, body = ProblemDocument)))]
async fn list(
    user: User,
    State(decider): State<Decider>,
    Path(key): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Upload>>> {
    user.require(Permission::ViewDefinitions)?;
    known(&decider, &key).await?;
    let before = UploadId(page.after()?.unwrap_or(i64::MAX as u64));
    let limit = page.limit();
    let rows = db::uploads(decider.memory().db(), &key, before, limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |upload| upload.id.0)))
}

/// Begin an upload. Its rows count when it is finished.
#[utoipa::path(post, path = "/api/customer_tables/{key}/uploads", tag = "customer_tables",
    request_body = NewUpload, extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path)),
    responses((status = 201, body = Upload), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn begin(
    user: User,
    State(decider): State<Decider>,
    Path(key): Path<String>,
    Json(new): Json<NewUpload>,
) -> Result<Created<Upload>> {
    user.require(Permission::EditOffers)?;
    if !(1..=200).contains(&new.name.trim().chars().count()) {
        let problem = FieldProblem::new("/name", "this has 1 to 200 characters");
        return Err(Problem::invalid(vec![
            problem.hint("use the name of the file"),
        ]));
    }
    let table = known(&decider, &key).await?;
    let store = decider.memory().db();
    let now = store.now();
    let upload = Upload {
        id: UploadId(store.take_numbers("customer_table_uploads", 1).await? as u64),
        table: table.key,
        name: new.name.trim().to_owned(),
        state: UploadState::Open,
        replaces: new.replaces,
        next_row: 0,
        accepted_count: 0,
        rejected_count: 0,
        author: user.name.clone(),
        created_at: now,
        updated_at: now,
    };
    let mut tx = store.begin().await?;
    db::begin(&mut tx, &upload).await?;
    let entry = Entry::new("upload", "customer_table", &key).after(&upload);
    audit::append(&mut tx, now, &user, entry).await?;
    tx.commit().await?;
    Ok(Created(upload))
}

/// Read an upload: how far it has come, and with which row it goes on.
#[utoipa::path(get, path = "/api/customer_tables/{key}/uploads/{upload_id}",
    tag = "customer_tables", extensions(("x-permission" = json!("view_definitions"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path)),
    responses((status = 200, body = Upload), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
) -> Result<Json<Upload>> {
    user.require(Permission::ViewDefinitions)?;
    Ok(Json(found(decider.memory().db(), &key, id).await?))
}

/// Send rows of an upload: CSV with a line of headings, or a JSON list of objects. Columns:
/// `customer_id`, `user_id`, `email`, `loyalty_card`, `phone` or `anonymous_id`; `offer`; `score`
/// or `rank`; `expires_at`. At most 5,000 rows. Rows that have been sent already count once. A file
/// that begins without a column that every row needs is refused.
#[utoipa::path(post, path = "/api/customer_tables/{key}/uploads/{upload_id}/rows",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path), ChunkQuery),
    request_body(content((String = "text/csv"), (Vec<Object> = "application/json"))),
    responses((status = 200, body = Upload), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn rows(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
    Query(chunk): Query<ChunkQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Upload>> {
    user.require(Permission::EditOffers)?;
    let sent = read(&headers, &body)?;
    let table = known(&decider, &key).await?;
    let store = decider.memory().db();
    let upload = open(found(store, &key, id).await?)?;
    let fresh = fresh(&upload, chunk.first_row, &sent)?;
    if fresh.is_empty() {
        return Ok(Json(upload));
    }
    if upload.next_row == 0 {
        has_columns(table.kind, fresh)?;
    }
    if db::row_count(store).await? + upload.accepted_count > LARGEST_ROWS {
        let problem = Problem::new(code::CONFLICT);
        let message = format!("customer tables hold at most {LARGEST_ROWS} rows together");
        return Err(problem
            .detail(message)
            .hint("remove what is not needed any more"));
    }
    let catalog = decider.catalog();
    let sorted = sort(decider.memory(), &catalog, &table, upload.next_row, fresh);
    let (given, rejected) = sorted.await?;
    let mut tx = store.begin().await?;
    // Somebody else may have sent the same rows meanwhile.
    let now = locked(&mut tx, id).await?;
    if now.next_row != upload.next_row || now.state != UploadState::Open {
        drop(tx);
        return Ok(Json(found(store, &key, id).await?));
    }
    let upload = Upload {
        next_row: upload.next_row + fresh.len() as i64,
        accepted_count: upload.accepted_count + (fresh.len() - rejected.len()) as i64,
        rejected_count: upload.rejected_count + rejected.len() as i64,
        updated_at: store.now(),
        ..upload
    };
    db::write(&mut tx, &upload, given, &rejected).await?;
    tx.commit().await?;
    Ok(Json(upload))
}

/// Finish an upload: from now on its rows count, on every node within a second. One that replaces
/// what is there and has no row that can be used is refused, and nothing changes.
#[utoipa::path(post, path = "/api/customer_tables/{key}/uploads/{upload_id}/finish",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path)),
    responses((status = 200, body = Upload), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn finish(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
) -> Result<Json<Upload>> {
    user.require(Permission::EditOffers)?;
    let store = decider.memory().db();
    found(store, &key, id).await?;
    let mut tx = store.begin().await?;
    let upload = locked(&mut tx, id).await?;
    if upload.state == UploadState::Done {
        return Ok(Json(upload));
    }
    if upload.replaces && upload.accepted_count == 0 {
        return Err(Problem::new(code::CONFLICT)
            .detail(format!(
                "none of {} rows can be used, so nothing was replaced",
                upload.next_row
            ))
            .hint("see the rejects, correct the file and upload it again; to end what the table says, remove it")
            .with("reason", ProblemCode::NoRowUsable)
            .with("rows", upload.next_row));
    }
    let upload = Upload {
        state: UploadState::Done,
        updated_at: store.now(),
        ..upload
    };
    db::take_over(&mut tx, &upload).await?;
    db::save(&mut tx, &upload).await?;
    db::changed(&mut tx, &key, upload.updated_at).await?;
    let entry = Entry::new("finish_upload", "customer_table", &key).after(&upload);
    audit::append(&mut tx, upload.updated_at, &user, entry).await?;
    tx.commit().await?;
    decider.tables().refresh(store).await?;
    Ok(Json(upload))
}

/// Discard an upload that is not finished: what the table said before goes on counting.
#[utoipa::path(delete, path = "/api/customer_tables/{key}/uploads/{upload_id}",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn discard(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
) -> Result<StatusCode> {
    user.require(Permission::EditOffers)?;
    let store = decider.memory().db();
    found(store, &key, id).await?;
    let mut tx = store.begin().await?;
    let upload = open(locked(&mut tx, id).await?)?;
    db::discard(&mut tx, id).await?;
    let entry = Entry::new("discard_upload", "customer_table", &key).before(&upload);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the rows of an upload that could not be used, with the reasons.
#[utoipa::path(get, path = "/api/customer_tables/{key}/uploads/{upload_id}/rejects",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path), PageQuery),
    responses((status = 200, body = Page<Reject>), (status = 404, body = ProblemDocument)))]
async fn rejects(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Reject>>> {
    user.require(Permission::EditOffers)?;
    let store = decider.memory().db();
    found(store, &key, id).await?;
    let limit = page.limit();
    let rows = db::rejects(store, id, page.after()?.unwrap_or(-1), limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |reject| reject.row_number)))
}

/// The rows of an upload that could not be used, as a CSV file of at most 50,000 lines.
#[utoipa::path(get, path = "/api/customer_tables/{key}/uploads/{upload_id}/rejects.csv",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path), ("upload_id" = UploadId, Path)),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 404, body = ProblemDocument)))]
async fn rejects_csv(
    user: User,
    State(decider): State<Decider>,
    Path((key, id)): Path<(String, UploadId)>,
) -> Result<Response> {
    user.require(Permission::EditOffers)?;
    let store = decider.memory().db();
    found(store, &key, id).await?;
    let mut text = gate::spreadsheet::line(&["row", "reason", "value"]);
    for reject in db::rejects(store, id, -1, 50_000).await? {
        // People count lines from 1, and the first one holds the headings.
        let number = (reject.row_number + 2).to_string();
        text += &gate::spreadsheet::line(&[&number, &reject.reason, &reject.detail]);
    }
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    let name = (
        header::CONTENT_DISPOSITION,
        "attachment; filename=rejects.csv",
    );
    Ok(([kind, name], text).into_response())
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Sent>> {
    let declared = headers.get(header::CONTENT_TYPE);
    let declared = declared
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let rows = if declared.starts_with("text/csv") {
        csv_rows(body).map_err(|problem| Problem::invalid(vec![problem]))?
    } else {
        gate::read_json::<Vec<Sent>>(body)?
    };
    if rows.len() > LARGEST_CHUNK {
        let said = (ProblemCode::TooMany, format!("{} rows at once", rows.len()));
        let problem = FieldProblem::new("", said).with("most", LARGEST_CHUNK);
        let hint = format!("send at most {LARGEST_CHUNK}, and the rest after them");
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    Ok(rows)
}

/// Refuses rows none of which has a column that every row needs.
fn has_columns(kind: Kind, rows: &[Sent]) -> Result<()> {
    let begin = match kind {
        Kind::Scores => "user_id,offer,score",
        Kind::Assignments => "user_id,offer,rank",
        Kind::Denials => "user_id,offer",
    };
    let problem = |column: &str| {
        let (code, message, hint) = match column {
            "user_id" => (
                ProblemCode::NoCustomerColumn,
                "no column names the customer".to_owned(),
                "one of user_id, email, loyalty_card, phone, anonymous_id and customer_id",
            ),
            column => (
                ProblemCode::MissingColumn,
                format!("the column {column:?} is missing"),
                "add it",
            ),
        };
        let problem = FieldProblem::new("", (code, message)).with("column", column);
        let problem = problem.with("begin", begin);
        problem.hint(format!("{hint}; begin the file for example with {begin}"))
    };
    let missing = missing_columns(kind, rows);
    let problems: Vec<FieldProblem> = missing.into_iter().map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(problems))
}

async fn found(store: &Db, key: &str, id: UploadId) -> Result<Upload> {
    let found = db::upload(store, id).await?;
    let found = found.filter(|upload| upload.table == key);
    found.ok_or_else(|| Problem::not_found(format!("there is no upload {id} into {key:?}")))
}

async fn locked(tx: &mut Tx, id: UploadId) -> Result<Upload> {
    let found = db::upload_locked(tx, id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no upload {id}")))
}

fn open(upload: Upload) -> Result<Upload> {
    match upload.state {
        UploadState::Open => Ok(upload),
        UploadState::Done => Err(Problem::new(code::CONFLICT)
            .detail("the upload is finished")
            .hint("begin a new one")),
    }
}

/// The rows of a chunk that have not been taken yet.
fn fresh<'a>(upload: &Upload, first_row: i64, sent: &'a [Sent]) -> Result<&'a [Sent]> {
    let taken = upload.next_row - first_row;
    let Ok(taken) = usize::try_from(taken) else {
        return Err(Problem::new(code::CONFLICT)
            .detail(format!("the upload goes on with row {}", upload.next_row))
            .hint("send the rows from there")
            .with("next_row", upload.next_row));
    };
    Ok(sent.get(taken..).unwrap_or_default())
}
