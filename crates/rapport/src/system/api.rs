//! The installation over HTTP.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use gate::audit::{self, Entry};
use gate::problem::code;
use gate::setting::{self, OUTBOUND_HOLD};
use gate::{Json, Permission, Problem, ProblemDocument, Result, User};
use serde::Deserialize;
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Hold, System};
use crate::App;

/// Bytes of a backup that are read and sent at once.
const CHUNK: usize = 256 * 1024;

/// Routes of the installation.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(show))
        .routes(routes!(hold))
        .routes(routes!(release))
        .routes(routes!(backup))
}

/// The installation as it is.
#[utoipa::path(get, path = "/api/system", tag = "system",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = System)))]
async fn show(user: User, State(app): State<App>) -> Result<Json<System>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(system(&app).await?))
}

async fn system(app: &App) -> Result<System> {
    let store = if app.db.exclusive() {
        "embedded"
    } else {
        "postgres"
    };
    Ok(System {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        store: store.to_owned(),
        base_url: app.base_url.clone(),
        definitions_published: store::definition::revision(&app.db).await?,
        definitions_in_use: app.installed.revision(),
        outbound_hold: setting::db::get(&app.db, OUTBOUND_HOLD).await?,
    })
}

/// Why nothing should go out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldWish {
    /// Why.
    #[schema(example = "the sender address is wrong")]
    reason: String,
}

/// Hold back everything that would go out: messages and webhooks wait.
#[utoipa::path(post, path = "/api/system/hold", tag = "system", request_body = HoldWish,
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 200, body = System), (status = 403, body = ProblemDocument)))]
async fn hold(
    user: User,
    State(app): State<App>,
    Json(wish): Json<HoldWish>,
) -> Result<Json<System>> {
    user.require(Permission::ManageSystem)?;
    let hold = Hold {
        since: app.db.now(),
        reason: wish.reason,
    };
    setting::db::put(&app.db, OUTBOUND_HOLD, &hold).await?;
    let entry = Entry::new("hold", "system", "outbound").after(&hold);
    audit::record(&app.db, &user, entry).await?;
    Ok(Json(system(&app).await?))
}

/// Let out what was held back.
#[utoipa::path(post, path = "/api/system/release", tag = "system",
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 200, body = System), (status = 403, body = ProblemDocument)))]
async fn release(user: User, State(app): State<App>) -> Result<Json<System>> {
    user.require(Permission::ManageSystem)?;
    setting::db::remove(&app.db, OUTBOUND_HOLD).await?;
    audit::record(&app.db, &user, Entry::new("release", "system", "outbound")).await?;
    Ok(Json(system(&app).await?))
}

/// A consistent copy of the embedded store, taken while it runs.
#[utoipa::path(get, path = "/api/system/backup", tag = "system",
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 200, body = [u8], content_type = "application/vnd.sqlite3"),
        (status = 409, body = ProblemDocument)))]
async fn backup(user: User, State(app): State<App>) -> Result<Response> {
    user.require(Permission::ManageSystem)?;
    if !app.db.exclusive() {
        return Err(Problem::new(code::CONFLICT)
            .detail("the store is PostgreSQL")
            .hint("use pg_dump or the backup of your database service"));
    }
    let number = app.db.random().u64();
    let path = app.config.data.join(format!("backup-{number:016x}.tmp"));
    app.db.copy_to(&path).await?;
    // The name goes at once; the open file stays readable until it is sent.
    let file = tokio::fs::File::open(&path).await;
    tokio::fs::remove_file(&path)
        .await
        .map_err(Problem::internal)?;
    let file = file.map_err(Problem::internal)?;
    audit::record(&app.db, &user, Entry::new("backup", "system", "store")).await?;
    let chunks = stream::try_unfold(file, async |mut file| {
        let mut chunk = vec![0; CHUNK];
        let length = file.read(&mut chunk).await?;
        chunk.truncate(length);
        Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(chunk), file)))
    });
    let kind = [(header::CONTENT_TYPE, "application/vnd.sqlite3")];
    Ok((kind, Body::from_stream(chunks)).into_response())
}
