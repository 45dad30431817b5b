//! The development mailbox over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
};
use memory::CustomerId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Letter, LetterId, OpenLetter, db};
use crate::ExecutionState;
use crate::message::api::everyone;

/// Routes of the mailbox.
pub fn routes() -> OpenApiRouter<ExecutionState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(read))
}

/// Narrows the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only letters to this customer.
    #[param(value_type = Option<String>, example = "cus_1a2b")]
    customer_id: Option<CustomerId>,
    /// Only letters that nobody has read.
    unread: Option<bool>,
}

/// List the mails in the development mailbox, newest first.
#[utoipa::path(get, path = "/api/mailbox", tag = "mailbox", params(PageQuery, Wanted),
    extensions(("x-permission" = json!("view_messages"))),
    responses((status = 200, body = Page<Letter>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<ExecutionState>,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Letter>>> {
    user.require(Permission::ViewMessages)?;
    let customers = everyone(&state, wanted.customer_id).await?;
    let before = page.after()?.unwrap_or(i64::MAX);
    let unread = wanted.unread.unwrap_or(false);
    let rows = db::page(&state.db, &customers, unread, before, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |letter| letter.id.0)))
}

/// Read one mail. Its HTML belongs in a sandboxed frame.
#[utoipa::path(get, path = "/api/mailbox/{id}", tag = "mailbox", params(("id" = LetterId, Path)),
    extensions(("x-permission" = json!("view_messages"))),
    responses((status = 200, body = OpenLetter), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(state): State<ExecutionState>,
    Path(id): Path<LetterId>,
) -> Result<Json<OpenLetter>> {
    user.require(Permission::ViewMessages)?;
    let letter = db::one(&state.db, id).await?;
    Ok(Json(letter.ok_or_else(|| no_letter(id))?))
}

/// Note that a mail was read.
#[utoipa::path(post, path = "/api/mailbox/{id}/read", tag = "mailbox",
    params(("id" = LetterId, Path)),
    extensions(("x-permission" = json!("view_messages"))),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn read(
    user: User,
    State(state): State<ExecutionState>,
    Path(id): Path<LetterId>,
) -> Result<StatusCode> {
    user.require(Permission::ViewMessages)?;
    match db::read(&state.db, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(no_letter(id)),
    }
}

fn no_letter(id: LetterId) -> Problem {
    Problem::not_found(format!("there is no letter {id}"))
}
