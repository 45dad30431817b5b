//! Customers over HTTP.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use gate::audit::{self, Entry};
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::search::Place;
use super::view::{CustomerRow, CustomerView, Member, row, view};
use super::{Customer, CustomerId, edit};
use crate::api::MemoryState;
use crate::log::{self, db as log_db};

/// Routes of customers.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(one, correct))
        .routes(routes!(merge))
        .routes(routes!(unmerge))
}

/// Which customers are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// An id, that of a contact, any identifier or its beginning, or a part of a name.
    #[serde(default)]
    q: String,
}

/// Find customers: whom an identifier points to, then who has one that begins so, then by name;
/// without `q` everybody, last seen first.
#[utoipa::path(get, path = "/api/customers", tag = "customers", params(PageQuery, Wanted),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<CustomerRow>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<MemoryState>,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<CustomerRow>>> {
    user.require(Permission::ViewCustomers)?;
    let masking = state.masking(&user).await?;
    let (after, limit) = (page.after()?.unwrap_or(Place::START), page.limit());
    let found = state.memory.search(&wanted.q, after, limit + 1).await?;
    let mut then = Page::of(found.then, limit, |(_, place)| *place);
    // Places in the list are kept to some minutes; what one page shows is in exact order.
    then.items
        .sort_by_key(|(customer, _)| std::cmp::Reverse(customer.state.last_seen_at));
    let first = found.first.iter().map(|customer| row(customer, &masking));
    let more = then
        .items
        .iter()
        .map(|(customer, _)| row(customer, &masking));
    Ok(Json(Page {
        items: first.chain(more).collect(),
        next_cursor: then.next_cursor,
    }))
}

/// Everything about a customer. The id of somebody merged leads to whom they are merged into.
#[utoipa::path(get, path = "/api/customers/{customer_id}", tag = "customers",
    params(("customer_id" = CustomerId, Path)),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = CustomerView), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
) -> Result<Json<CustomerView>> {
    user.require(Permission::ViewCustomers)?;
    Ok(Json(shown(&state, &user, id).await?))
}

async fn shown(state: &MemoryState, user: &User, id: CustomerId) -> Result<CustomerView> {
    let customer = state.customer(id).await?;
    let masking = state.masking(user).await?;
    let members = members(state, &customer).await?;
    Ok(view(
        &customer,
        id,
        members,
        &masking,
        state.memory.db().now(),
    ))
}

/// Who was merged into a customer, with when and why.
async fn members(state: &MemoryState, customer: &Customer) -> Result<Vec<Member>> {
    if customer.state.members.is_empty() {
        return Ok(vec![]);
    }
    let leaves: Vec<CustomerId> = customer
        .state
        .members
        .iter()
        .copied()
        .chain([customer.id])
        .collect();
    let rows = log_db::merges(state.memory.db(), &leaves).await?;
    let mut joined = HashMap::new();
    for row in &rows {
        if let log::Entry::Merge(made) = &row.entry {
            joined.insert(made.merged, (row.received_at, made.reason.clone()));
        }
    }
    let member = |leaf: &CustomerId| {
        let told = joined.remove(leaf);
        let (merged_at, reason) = told.unzip();
        Member {
            customer_id: *leaf,
            merged_at,
            reason,
        }
    };
    Ok(customer.state.members.iter().map(member).collect())
}

/// What changes of a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CustomerChange {
    /// Attributes to set; `null` takes one away.
    #[schema(value_type = Object, example = json!({"city": "Paris", "plan": null}))]
    attributes: Map<String, Value>,
}

/// Correct attributes by hand.
#[utoipa::path(patch, path = "/api/customers/{customer_id}", tag = "customers",
    params(("customer_id" = CustomerId, Path)), request_body = CustomerChange,
    extensions(("x-permission" = json!("edit_customers"))),
    responses((status = 200, body = CustomerView), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn correct(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Json(change): Json<CustomerChange>,
) -> Result<Json<CustomerView>> {
    user.require(Permission::EditCustomers)?;
    let problems = edit::problems(&change.attributes);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let customer = state.customer(id).await?;
    // The audit log keeps who changed what, not the personal values themselves.
    let keys: Vec<&String> = change.attributes.keys().collect();
    let entry = Entry::new("update", "customer", &customer.id.to_string()).after(&keys);
    audit::record(state.memory.db(), &user, entry).await?;
    state.memory.correct(&customer, change.attributes).await?;
    Ok(Json(shown(&state, &user, id).await?))
}

/// Who else the customer is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMerge {
    /// The customer that joins.
    other_customer_id: CustomerId,
    /// Why, for the audit log.
    reason: Option<String>,
}

/// Merge another customer into this one. It can be taken back.
#[utoipa::path(post, path = "/api/customers/{customer_id}/merges", tag = "customers",
    params(("customer_id" = CustomerId, Path)), request_body = NewMerge,
    extensions(("x-permission" = json!("edit_customers"))),
    responses((status = 200, body = CustomerView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn merge(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Json(new): Json<NewMerge>,
) -> Result<Json<CustomerView>> {
    user.require(Permission::EditCustomers)?;
    state.customer(id).await?;
    state.customer(new.other_customer_id).await?;
    state.memory.merge(id, new.other_customer_id).await?;
    let reason = new.reason.unwrap_or_default();
    let after = serde_json::json!({"merged": new.other_customer_id, "reason": reason});
    let entry = Entry::new("merge", "customer", &id.to_string()).after(&after);
    audit::record(state.memory.db(), &user, entry).await?;
    Ok(Json(shown(&state, &user, id).await?))
}

/// Take a merge back: both customers are again what their own history makes them.
#[utoipa::path(delete, path = "/api/customers/{customer_id}/merges/{member_id}",
    tag = "customers",
    params(("customer_id" = CustomerId, Path), ("member_id" = CustomerId, Path)),
    extensions(("x-permission" = json!("edit_customers"))),
    responses((status = 204), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn unmerge(
    user: User,
    State(state): State<MemoryState>,
    Path((id, member)): Path<(CustomerId, CustomerId)>,
) -> Result<StatusCode> {
    user.require(Permission::EditCustomers)?;
    state.memory.unmerge(id, member).await?;
    let after = serde_json::json!({"parted": member});
    let entry = Entry::new("unmerge", "customer", &id.to_string()).after(&after);
    audit::record(state.memory.db(), &user, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
