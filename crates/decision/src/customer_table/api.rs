//! Customer tables over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::{Created, FieldProblem, Json, Path, Permission, Problem, ProblemDocument, Result, User};
use memory::CustomerId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::definition::{ProblemCode, key_problem};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CustomerTable, Kind, LARGEST_TABLES, TableRow, db};
use crate::{Decider, Error};

/// Routes of customer tables.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(one, change, remove))
        .routes(routes!(of_customer))
        .routes(routes!(remove_row))
        .merge(super::upload::api::routes())
}

/// A table to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTable {
    /// Its key.
    #[schema(example = "field_sales")]
    key: String,
    /// What it is called.
    title: String,
    /// What it says.
    kind: Kind,
    /// Who answers for it.
    owner: String,
    /// Until when it counts.
    expires_at: Option<Timestamp>,
}

/// What can be changed of a table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TableChange {
    /// What it is called.
    title: String,
    /// Who answers for it.
    owner: String,
    /// Until when it counts; for good when absent.
    expires_at: Option<Timestamp>,
}

/// All customer tables.
#[derive(Debug, Serialize, ToSchema)]
struct TableList {
    /// The tables, by key.
    items: Vec<CustomerTable>,
}

/// What the tables say about one customer.
#[derive(Debug, Serialize, ToSchema)]
struct RowList {
    /// The rows, by table.
    items: Vec<TableRow>,
}

fn text_problems(title: &str, owner: &str) -> Vec<FieldProblem> {
    let mut problems = vec![];
    for (path, text) in [("/title", title), ("/owner", owner)] {
        if !(1..=200).contains(&text.trim().chars().count()) {
            let said = (ProblemCode::EmptyOrTooLong, "this has 1 to 200 characters");
            let problem = FieldProblem::new(path, said).with("most", 200);
            problems.push(problem.hint("write something short"));
        }
    }
    problems
}

/// A table, or a problem that says there is none.
pub(super) async fn known(decider: &Decider, key: &str) -> Result<CustomerTable> {
    let found = db::get(decider.memory().db(), key).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no customer table {key:?}")))
}

/// List customer tables.
#[utoipa::path(get, path = "/api/customer_tables", tag = "customer_tables",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = TableList), (status = 403, body = ProblemDocument)))]
async fn list(user: User, State(decider): State<Decider>) -> Result<Json<TableList>> {
    user.require(Permission::ViewDefinitions)?;
    let items = db::list(decider.memory().db()).await?;
    Ok(Json(TableList { items }))
}

/// Make a customer table.
#[utoipa::path(post, path = "/api/customer_tables", tag = "customer_tables",
    request_body = NewTable, extensions(("x-permission" = json!("edit_offers"))),
    responses((status = 201, body = CustomerTable), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn create(
    user: User,
    State(decider): State<Decider>,
    Json(new): Json<NewTable>,
) -> Result<Created<CustomerTable>> {
    user.require(Permission::EditOffers)?;
    let mut problems = text_problems(&new.title, &new.owner);
    problems.extend(key_problem(&new.key).map(|problem| FieldProblem {
        path: "/key".to_owned(),
        ..problem
    }));
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let store = decider.memory().db();
    let conflict = |text: String| Problem::new(gate::problem::code::CONFLICT).detail(text);
    if db::list(store).await?.len() as i64 >= LARGEST_TABLES {
        let message = format!("there are {LARGEST_TABLES} customer tables; remove one first");
        return Err(conflict(message));
    }
    let now = store.now();
    let table = CustomerTable {
        key: new.key,
        title: new.title.trim().to_owned(),
        kind: new.kind,
        owner: new.owner.trim().to_owned(),
        expires_at: new.expires_at,
        revision: 0,
        row_count: 0,
        author: user.name.clone(),
        created_at: now,
        updated_at: now,
    };
    let mut tx = store.begin().await?;
    if !db::insert(&mut tx, &table).await? {
        let message = format!("there is a customer table {:?} already", table.key);
        return Err(conflict(message).hint("use another key"));
    }
    let entry = Entry::new("create", "customer_table", &table.key).after(&table);
    audit::append(&mut tx, now, &user, entry).await?;
    tx.commit().await?;
    decider.tables().refresh(store).await?;
    Ok(Created(table))
}

/// Read a customer table.
#[utoipa::path(get, path = "/api/customer_tables/{key}", tag = "customer_tables",
    extensions(("x-permission" = json!("view_definitions"))), params(("key" = String, Path)),
    responses((status = 200, body = CustomerTable), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(decider): State<Decider>,
    Path(key): Path<String>,
) -> Result<Json<CustomerTable>> {
    user.require(Permission::ViewDefinitions)?;
    Ok(Json(known(&decider, &key).await?))
}

/// Change title, owner and end of a customer table.
#[utoipa::path(put, path = "/api/customer_tables/{key}", tag = "customer_tables",
    request_body = TableChange, extensions(("x-permission" = json!("edit_offers"))),
    params(("key" = String, Path)),
    responses((status = 200, body = CustomerTable), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn change(
    user: User,
    State(decider): State<Decider>,
    Path(key): Path<String>,
    Json(new): Json<TableChange>,
) -> Result<Json<CustomerTable>> {
    user.require(Permission::EditOffers)?;
    let problems = text_problems(&new.title, &new.owner);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let before = known(&decider, &key).await?;
    let store = decider.memory().db();
    let after = CustomerTable {
        title: new.title.trim().to_owned(),
        owner: new.owner.trim().to_owned(),
        expires_at: new.expires_at,
        updated_at: store.now(),
        ..before.clone()
    };
    let mut tx = store.begin().await?;
    db::update(&mut tx, &after, after.updated_at).await?;
    let entry = Entry::new("change", "customer_table", &key);
    let entry = entry.before(&before).after(&after);
    audit::append(&mut tx, after.updated_at, &user, entry).await?;
    tx.commit().await?;
    decider.tables().refresh(store).await?;
    Ok(Json(after))
}

/// Remove a customer table with its rows and uploads.
#[utoipa::path(delete, path = "/api/customer_tables/{key}", tag = "customer_tables",
    extensions(("x-permission" = json!("edit_offers"))), params(("key" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn remove(
    user: User,
    State(decider): State<Decider>,
    Path(key): Path<String>,
) -> Result<axum::http::StatusCode> {
    user.require(Permission::EditOffers)?;
    let before = known(&decider, &key).await?;
    let store = decider.memory().db();
    let mut tx = store.begin().await?;
    db::delete(&mut tx, &key).await?;
    let entry = Entry::new("remove", "customer_table", &key).before(&before);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    decider.tables().refresh(store).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

async fn ids(decider: &Decider, id: CustomerId) -> Result<Vec<CustomerId>> {
    let customer = decider.memory().customer(id).await?;
    let customer = customer.ok_or(Error::NoCustomer(id))?;
    let mut ids = customer.state.members.clone();
    ids.push(customer.id);
    Ok(ids)
}

/// Show what customer tables say about a customer.
#[utoipa::path(get, path = "/api/customers/{customer_id}/table_rows", tag = "customer_tables",
    extensions(("x-permission" = json!("view_customers"))),
    params(("customer_id" = CustomerId, Path)),
    responses((status = 200, body = RowList), (status = 404, body = ProblemDocument)))]
async fn of_customer(
    user: User,
    State(decider): State<Decider>,
    Path(id): Path<CustomerId>,
) -> Result<Json<RowList>> {
    user.require(Permission::ViewCustomers)?;
    let ids = ids(&decider, id).await?;
    let items = db::of_customer(decider.memory().db(), &ids).await?;
    Ok(Json(RowList { items }))
}

/// Remove what a customer table says about a customer and an offer.
#[utoipa::path(delete, path = "/api/customers/{customer_id}/table_rows/{table}/{offer}",
    tag = "customer_tables", extensions(("x-permission" = json!("edit_offers"))),
    params(("customer_id" = CustomerId, Path), ("table" = String, Path), ("offer" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
async fn remove_row(
    user: User,
    State(decider): State<Decider>,
    Path((id, table, offer)): Path<(CustomerId, String, String)>,
) -> Result<axum::http::StatusCode> {
    user.require(Permission::EditOffers)?;
    let ids = ids(&decider, id).await?;
    let store = decider.memory().db();
    let now = store.now();
    let mut tx = store.begin().await?;
    if db::remove_row(&mut tx, &ids, &table, &offer).await? == 0 {
        let message = format!("the table {table:?} says nothing of {offer:?} for this customer");
        return Err(Problem::not_found(message));
    }
    db::changed(&mut tx, &table, now).await?;
    let what = serde_json::json!({ "customer_id": id, "offer": offer });
    let entry = Entry::new("remove_row", "customer_table", &table).before(&what);
    audit::append(&mut tx, now, &user, entry).await?;
    tx.commit().await?;
    decider.tables().refresh(store).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
