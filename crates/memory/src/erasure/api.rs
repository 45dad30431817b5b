//! What is known of a customer, as one document over HTTP.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use gate::audit::{self, Entry};
use gate::{Path, Permission, ProblemDocument, Result, User};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::CustomerId;
use crate::api::MemoryState;

/// Routes of exports.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default().routes(routes!(export))
}

/// Everything that is known of a customer, as a JSON file: identifiers, attributes, consents, and
/// the whole history, for whoever asks what we keep of them.
#[utoipa::path(get, path = "/api/customers/{customer_id}/export", tag = "customers",
    params(("customer_id" = CustomerId, Path)),
    extensions(("x-permission" = json!("edit_customers"))),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
async fn export(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
) -> Result<Response> {
    user.require(Permission::EditCustomers)?;
    let document = state.memory.export(id).await?;
    let entry = Entry::new("export", "customer", &id.to_string());
    audit::record(state.memory.db(), &user, entry).await?;
    let name = format!("attachment; filename=\"{id}.json\"");
    let heads = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((heads, document.to_string()).into_response())
}
