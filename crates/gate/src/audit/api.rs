//! The audit log over HTTP.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Record, Verification, db};
use crate::problem::{ProblemDocument, Result};
use crate::user::{Permission, User};
use crate::{GateState, Json, Page, PageQuery, Query, spreadsheet};

/// The most rows one export holds; older ones are fetched with `before_seq`.
const EXPORT_ROWS: i64 = 100_000;

/// Routes of the audit log.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(export))
        .routes(routes!(verify))
}

/// What of the log is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Whose rows: `usr_…`, `key_…` or `operator`.
    #[serde(default)]
    actor: String,
    /// What was done, for example `publish`.
    #[serde(default)]
    action: String,
    /// To what kind of object, for example `offer`.
    #[serde(default)]
    object_kind: String,
    /// To which object.
    #[serde(default)]
    object_key: String,
}

impl Wanted {
    fn filter(self, before_seq: i64) -> db::Filter {
        db::Filter {
            before_seq,
            actor: self.actor,
            action: self.action,
            object_kind: self.object_kind,
            object_key: self.object_key,
        }
    }
}

/// List what was done, newest first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(PageQuery, Wanted),
    extensions(("x-permission" = json!("view_audit"))),
    responses((status = 200, body = Page<Record>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Record>>> {
    user.require(Permission::ViewAudit)?;
    let filter = wanted.filter(page.after()?.unwrap_or(i64::MAX));
    let rows = db::list(&gate.db, &filter, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |record| record.seq)))
}

/// The log as a CSV file, newest first.
#[utoipa::path(get, path = "/api/audit/export", tag = "audit", params(Wanted),
    extensions(("x-permission" = json!("view_audit"))),
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn export(
    user: User,
    gate: GateState,
    Query(wanted): Query<Wanted>,
) -> Result<impl IntoResponse> {
    user.require(Permission::ViewAudit)?;
    let rows = db::list(&gate.db, &wanted.filter(i64::MAX), EXPORT_ROWS).await?;
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    let name = HeaderValue::from_static("attachment; filename=\"audit.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok((headers, csv(&rows)))
}

fn csv(rows: &[Record]) -> String {
    let mut text = spreadsheet::line(&[
        "seq",
        "occurred_at",
        "actor",
        "actor_name",
        "address",
        "action",
        "object_kind",
        "object_key",
        "before",
        "after",
        "hash",
    ]);
    for row in rows {
        let body = |body: &Option<serde_json::Value>| {
            body.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        text.push_str(&spreadsheet::line(&[
            &row.seq.to_string(),
            &row.occurred_at.to_string(),
            &row.actor,
            &row.actor_name,
            &row.address,
            &row.action,
            &row.object_kind,
            &row.object_key,
            &body(&row.before),
            &body(&row.after),
            &row.hash,
        ]));
    }
    text
}

/// Check that no row was changed, removed or added behind our back.
#[utoipa::path(get, path = "/api/audit/verify", tag = "audit",
    extensions(("x-permission" = json!("view_audit"))),
    responses((status = 200, body = Verification)))]
async fn verify(user: User, gate: GateState) -> Result<Json<Verification>> {
    user.require(Permission::ViewAudit)?;
    Ok(Json(super::verify(&gate.db).await?))
}
