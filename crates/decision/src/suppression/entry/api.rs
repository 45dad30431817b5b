//! Entries of suppression lists over HTTP.

use std::str::FromStr;

use axum::extract::{DefaultBodyLimit, State};
use gate::audit::{self, Entry};
use gate::{
    FieldProblem, Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result,
    User,
};
use memory::identity::{Digest, digest};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::ProblemCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::segment::api::SegmentState;
use crate::segment::member::api::UPLOAD_LIMIT;
use crate::segment::upload::{self, LINES_LIMIT, Listed, Upload};
use crate::suppression::db::{self, SuppressionRow};
use crate::suppression::{hint, of_customer};

/// The longest reason.
const REASON_LIMIT: usize = 500;

/// Routes of entries.
pub(in crate::suppression) fn routes() -> OpenApiRouter<SegmentState> {
    OpenApiRouter::default()
        .routes(routes!(entries))
        .routes(routes!(remove))
        .merge(
            OpenApiRouter::default()
                .routes(routes!(add))
                .layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
        )
}

/// One identifier on a list.
#[derive(Debug, Serialize, ToSchema)]
struct SuppressionEntry {
    /// Names the entry.
    digest: String,
    /// Kind of the identifier, or `customer_id`.
    kind: String,
    /// What a person recognises of it; the value itself is not kept.
    hint: String,
    /// Why it was listed.
    reason: String,
    /// Who listed it.
    author: String,
    /// When.
    added_at: Timestamp,
    /// When it ends.
    expires_at: Option<Timestamp>,
}

/// Where a page of entries ended.
struct Place {
    at: Timestamp,
    digest: Digest,
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Place, ()> {
        let (at, digest) = text.split_once('/').ok_or(())?;
        Ok(Place {
            at: Timestamp(at.parse().map_err(|_| ())?),
            digest: of_hex(digest).ok_or(())?,
        })
    }
}

/// List the entries of a suppression list, newest first.
#[utoipa::path(get, path = "/api/suppression-lists/{key}/entries", tag = "suppression",
    params(("key" = String, Path), PageQuery),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<SuppressionEntry>)))]
async fn entries(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SuppressionEntry>>> {
    user.require(Permission::ViewCustomers)?;
    let after = query
        .after::<Place>()?
        .map(|place| (place.at, place.digest));
    let store = state.decider.memory().db();
    let rows = db::page(store, &key, after, query.limit() + 1).await?;
    let rows = rows.into_iter().map(|row| SuppressionEntry {
        digest: hex(row.digest),
        kind: row.kind,
        hint: row.hint,
        reason: row.reason,
        author: row.author,
        added_at: row.added_at,
        expires_at: row.expires_at,
    });
    Ok(Json(Page::of(rows.collect(), query.limit(), |entry| {
        format!("{}/{}", entry.added_at.0, entry.digest)
    })))
}

/// Whom to list.
#[derive(Debug, Deserialize, ToSchema)]
struct NewSuppressions {
    /// The identifiers.
    #[serde(flatten)]
    upload: Upload,
    /// Why these are listed; the list's own reason when empty.
    #[serde(default)]
    reason: String,
    /// When the entries end.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// What came of listing.
#[derive(Debug, Serialize, ToSchema)]
struct SuppressionReport {
    /// Identifiers that were read.
    lines: u64,
    /// Those that were not listed before.
    added: u64,
}

/// List identifiers, whether we know the customer already or not. What is listed holds at once.
#[utoipa::path(post, path = "/api/suppression-lists/{key}/entries", tag = "suppression",
    params(("key" = String, Path)), request_body = NewSuppressions,
    extensions(("x-permission" = json!("record_responses"))),
    responses((status = 200, body = SuppressionReport), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn add(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
    Json(new): Json<NewSuppressions>,
) -> Result<Json<SuppressionReport>> {
    user.require(Permission::RecordResponses)?;
    published(&state, &key)?;
    let listed = upload::read(&new.upload);
    state.some(
        "/text",
        listed.len(),
        LINES_LIMIT,
        "identifiers, one a line",
    )?;
    if new.reason.chars().count() > REASON_LIMIT {
        let message = format!("use at most {REASON_LIMIT} characters");
        let problem = FieldProblem::new("/reason", (ProblemCode::TooLong, message));
        let problem = problem.with("most", REASON_LIMIT).hint("say it shorter");
        return Err(Problem::invalid(vec![problem]));
    }
    let store = state.decider.memory().db();
    let now = store.now();
    // It would list nobody, and take off who is listed without an end.
    if new.expires_at.is_some_and(|end| end <= now) {
        let said = (ProblemCode::InThePast, "this is over already");
        return Err(state.wrong("/expires_at", said, "name a later end, or none"));
    }
    let rows = listed.iter().map(|value| row(value, &new, &user, now));
    let rows: Vec<SuppressionRow> = rows.collect();
    let mut tx = store.begin().await?;
    let added = db::add(&mut tx, &key, rows).await?;
    let entry = Entry::new("suppress", "suppression_list", &key).after(&added);
    audit::append(&mut tx, now, &user, entry).await?;
    tx.commit().await?;
    state.decider.read_suppressions().await?;
    Ok(Json(SuppressionReport {
        lines: listed.len() as u64,
        added,
    }))
}

/// Take an identifier off a list.
#[utoipa::path(delete, path = "/api/suppression-lists/{key}/entries/{digest}",
    tag = "suppression", params(("key" = String, Path), ("digest" = String, Path)),
    extensions(("x-permission" = json!("record_responses"))),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn remove(
    user: User,
    State(state): State<SegmentState>,
    Path((key, digest)): Path<(String, String)>,
) -> Result<axum::http::StatusCode> {
    user.require(Permission::RecordResponses)?;
    let unknown = || gate::Problem::not_found(format!("there is no such entry in {key}"));
    let digest = of_hex(&digest).ok_or_else(unknown)?;
    let store = state.decider.memory().db();
    let mut tx = store.begin().await?;
    if !db::remove(&mut tx, &key, digest).await? {
        return Err(unknown());
    }
    let entry = Entry::new("unsuppress", "suppression_list", &key);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    state.decider.read_suppressions().await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn published(state: &SegmentState, key: &str) -> Result<()> {
    let catalog = state.decider.catalog();
    let known = catalog
        .suppression_lists
        .iter()
        .any(|(known, _)| known == key);
    known.then_some(()).ok_or_else(|| {
        gate::Problem::not_found(format!("there is no published suppression list {key}"))
            .hint("publish it first")
    })
}

fn row(value: &Listed, new: &NewSuppressions, user: &User, now: Timestamp) -> SuppressionRow {
    let (digest, kind, hint) = match value {
        Listed::Customer(id) => (of_customer(*id), "customer_id".to_owned(), id.to_string()),
        Listed::Identifier(kind, text) => (
            digest(*kind, text),
            kind.word().to_owned(),
            hint(*kind, text),
        ),
    };
    SuppressionRow {
        digest,
        kind,
        hint,
        reason: new.reason.trim().to_owned(),
        author: user.name.clone(),
        added_at: now,
        expires_at: new.expires_at,
    }
}

fn hex(digest: Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_hex(text: &str) -> Option<Digest> {
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    let bytes = (0..16).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok());
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}
