//! Saved mappings over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::{Json, Path, Permission, Problem, ProblemDocument, Result, User};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::MemoryState;
use crate::source::import::db;
use crate::source::import::mapping::Mapping;

/// Routes of saved mappings.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(mappings))
        .routes(routes!(forget))
}

/// A mapping that somebody saved.
#[derive(Debug, Serialize, ToSchema)]
struct MappingView {
    /// Its name.
    name: String,
    /// The mapping.
    mapping: Mapping,
    /// Who saved it.
    author: String,
    /// When.
    updated_at: Timestamp,
}

/// List the saved mappings, by name.
#[utoipa::path(get, path = "/api/import-mappings", tag = "imports",
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Vec<MappingView>), (status = 403, body = ProblemDocument)))]
async fn mappings(user: User, State(state): State<MemoryState>) -> Result<Json<Vec<MappingView>>> {
    user.require(Permission::ViewData)?;
    let saved = db::mappings(state.memory.db()).await?;
    let shown = saved.into_iter().map(|saved| MappingView {
        name: saved.name,
        mapping: saved.mapping,
        author: saved.author,
        updated_at: saved.updated_at,
    });
    Ok(Json(shown.collect()))
}

/// Forget a saved mapping.
#[utoipa::path(delete, path = "/api/import-mappings/{name}", tag = "imports",
    params(("name" = String, Path)),
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn forget(
    user: User,
    State(state): State<MemoryState>,
    Path(name): Path<String>,
) -> Result<StatusCode> {
    user.require(Permission::EditData)?;
    if !db::forget_mapping(state.memory.db(), &name).await? {
        return Err(Problem::not_found(format!("there is no mapping {name:?}")));
    }
    Ok(StatusCode::NO_CONTENT)
}
