//! The lake over HTTP: how it stands, and moving everything to files at once.

use std::collections::BTreeMap;

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::{Json, Permission, ProblemDocument, Result, User};
use serde::Serialize;
use store::Timestamp;
use store::lake::db as files_db;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Lake, db};
use crate::api::MemoryState;

/// Routes of the lake.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(show))
        .routes(routes!(archive))
}

/// How the lake stands.
#[derive(Debug, Serialize, ToSchema)]
struct LakeStatus {
    /// Where the files are.
    place: String,
    /// Who answers queries: `embedded` or the address of a cluster.
    engine: String,
    /// What files hold, by table.
    tables: Vec<LakeTable>,
    /// Rows of the log that are in no file yet.
    tail_rows: i64,
    /// When the oldest of them was received.
    oldest_tail_at: Option<Timestamp>,
    /// When rows last moved to files.
    archived_at: Option<Timestamp>,
    /// When files were last joined.
    compacted_at: Option<Timestamp>,
}

/// The files of one table.
#[derive(Debug, Default, Serialize, ToSchema)]
struct LakeTable {
    /// Its name.
    table: String,
    /// How many files.
    files: i64,
    /// Rows in them.
    rows: i64,
    /// Bytes they take.
    bytes: i64,
}

async fn status(lake: &Lake) -> std::result::Result<LakeStatus, crate::Error> {
    let head = files_db::head(lake.db()).await?;
    let (tail_rows, oldest_tail_at) = db::count(lake.db(), head.archived_mark).await?;
    let mut tables: BTreeMap<String, LakeTable> = BTreeMap::new();
    for file in lake.files().await?.iter() {
        let table = tables.entry(file.table.clone()).or_default();
        table.table.clone_from(&file.table);
        table.files += 1;
        table.rows += file.rows;
        table.bytes += file.bytes;
    }
    let ground = &lake.0.ground;
    Ok(LakeStatus {
        place: ground.files.place(),
        engine: match &ground.engine {
            store::lake::Engine::Embedded => "embedded".to_owned(),
            store::lake::Engine::Ballista(address) => address.clone(),
        },
        tables: tables.into_values().collect(),
        tail_rows,
        oldest_tail_at,
        archived_at: head.archived_at,
        compacted_at: head.compacted_at,
    })
}

/// How the lake stands: files, rows and bytes by table, and what is in no file yet.
#[utoipa::path(get, path = "/api/system/lake", tag = "system",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = LakeStatus)))]
async fn show(user: User, State(state): State<MemoryState>) -> Result<Json<LakeStatus>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(status(state.memory.lake()).await?))
}

/// Move everything that is settled to files now, join them, and take a snapshot of customers.
#[utoipa::path(post, path = "/api/system/lake/archive", tag = "system",
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 200, body = LakeStatus), (status = 403, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn archive(user: User, State(state): State<MemoryState>) -> Result<Json<LakeStatus>> {
    user.require(Permission::ManageSystem)?;
    let lake = state.memory.lake();
    let rows = lake.archive_all(&state.node).await?;
    let after = serde_json::json!({"rows": rows});
    let entry = Entry::new("archive", "system", "lake").after(&after);
    audit::record(lake.db(), &user, entry).await?;
    Ok(Json(status(lake).await?))
}
