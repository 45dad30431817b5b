//! Saved views over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::{Created, Json, Path, Permission, Problem, ProblemDocument, Query, Result, User};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{NewView, SavedView, ViewPage, db};
use crate::explore::api::ExploreState;

/// Routes of saved views.
pub fn routes() -> OpenApiRouter<ExploreState> {
    OpenApiRouter::default()
        .routes(routes!(list, save))
        .routes(routes!(replace, forget))
}

/// Which views are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The page.
    page: ViewPage,
}

/// List the saved views of a page, by name.
#[utoipa::path(get, path = "/api/saved-views", tag = "explore", params(Wanted),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<SavedView>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<ExploreState>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<SavedView>>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(db::list(state.db(), wanted.page).await?))
}

/// Save a view.
#[utoipa::path(post, path = "/api/saved-views", tag = "explore", request_body = NewView,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 201, body = SavedView), (status = 422, body = ProblemDocument)))]
async fn save(
    user: User,
    State(state): State<ExploreState>,
    Json(view): Json<NewView>,
) -> Result<Created<SavedView>> {
    user.require(Permission::ViewCustomers)?;
    let id = format!("view_{:016x}", state.db().random().u64());
    Ok(Created(kept(&state, &user, &id, &view).await?))
}

/// Change a saved view.
#[utoipa::path(put, path = "/api/saved-views/{id}", tag = "explore",
    params(("id" = String, Path)), request_body = NewView,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = SavedView), (status = 404, body = ProblemDocument)))]
async fn replace(
    user: User,
    State(state): State<ExploreState>,
    Path(id): Path<String>,
    Json(view): Json<NewView>,
) -> Result<Json<SavedView>> {
    user.require(Permission::ViewCustomers)?;
    found(&state, &id).await?;
    Ok(Json(kept(&state, &user, &id, &view).await?))
}

/// Forget a saved view.
#[utoipa::path(delete, path = "/api/saved-views/{id}", tag = "explore",
    params(("id" = String, Path)),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn forget(
    user: User,
    State(state): State<ExploreState>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    user.require(Permission::ViewCustomers)?;
    found(&state, &id).await?;
    db::forget(state.db(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn found(state: &ExploreState, id: &str) -> Result<SavedView> {
    let view = db::one(state.db(), id).await?;
    view.ok_or_else(|| Problem::not_found(format!("there is no saved view {id}")))
}

async fn kept(state: &ExploreState, user: &User, id: &str, view: &NewView) -> Result<SavedView> {
    let problems = view.problems();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    db::save(state.db(), id, view, &user.name).await?;
    found(state, id).await
}
