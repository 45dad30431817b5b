//! Erasing a customer over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use gate::{Json, Path, Permission, Problem, ProblemDocument, Result, User};
use memory::CustomerId;
use serde::Deserialize;
use store::definition::Problem as FieldProblem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// Routes of erasure.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(erase))
}

/// What has to be said to erase a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Erasure {
    /// The customer's id once more, so that nobody is erased by a slip.
    confirm: String,
}

/// Erase a customer and everybody merged into them: every row of the store, every file of the
/// lake. It cannot be taken back. A refusal to be written to survives as a hash of the address.
#[utoipa::path(post, path = "/api/customers/{customer_id}/erasure", tag = "customers",
    params(("customer_id" = CustomerId, Path)), request_body = Erasure,
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 204), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn erase(
    user: User,
    State(app): State<App>,
    Path(id): Path<CustomerId>,
    Json(erasure): Json<Erasure>,
) -> Result<StatusCode> {
    user.require(Permission::ManageSystem)?;
    if erasure.confirm != id.to_string() {
        let problem = FieldProblem::new("/confirm", "this is not the id of the customer");
        return Err(Problem::invalid(vec![problem.hint(format!("write {id}"))]));
    }
    super::erase(&app, &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
