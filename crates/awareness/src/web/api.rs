//! Web analytics over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use datafusion::arrow::array::RecordBatch;
use gate::{Json, Path, Permission, Problem, ProblemDocument, Query, Result, User};
use memory::CustomerId;
use memory::attribute::api::allow_rule;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{Answer, Numbers};
use super::db;
use super::engine::{answer, customers};
use super::goal::{self, Goal};
use super::interest::{Interest, Sign, interests};
use super::live::{Live, live};
use super::question::Question;
use crate::explore::Error;
use crate::explore::api::{Asked, CustomersView, ExploreState, file, ids_file, page};
use crate::explore::engine::Engine;
use crate::explore::read::{text_at, wholes};

/// Routes of web analytics.
pub fn routes() -> OpenApiRouter<ExploreState> {
    OpenApiRouter::default()
        .routes(routes!(ask))
        .routes(routes!(visitors))
        .routes(routes!(ids))
        .routes(routes!(table))
        .routes(routes!(now))
        .routes(routes!(of_customer))
}

fn goals(state: &ExploreState) -> Vec<(String, Goal)> {
    let published = state.memory.gate.published.now();
    goal::published(published.of_kind(goal::KIND.name))
}

/// Refuses a filter that asks who somebody is, unless the caller talks with customers.
async fn allowed(state: &ExploreState, user: &User, question: &Question) -> Result<()> {
    match &question.filter {
        Some(rule) => allow_rule(state.db(), user, rule).await,
        None => Ok(()),
    }
}

async fn engine(state: &ExploreState) -> Result<Engine> {
    Ok(Engine::open(state.memory(), Arc::default()).await?)
}

/// Answer a question about visits.
#[utoipa::path(post, path = "/api/web/answers", tag = "web", request_body = Question,
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Answer), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn ask(
    user: User,
    State(state): State<ExploreState>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>> {
    user.require(Permission::ViewReports)?;
    allowed(&state, &user, &question).await?;
    let engine = engine(&state).await?;
    Ok(Json(
        answer(&engine, &question, &goals(&state), state.least(&user)).await?,
    ))
}

/// The visitors of a question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebVisitors)]
struct VisitorsWish {
    /// The question.
    question: Question,
    /// Visitors after this one; from the first unless given.
    #[serde(default)]
    after: Option<CustomerId>,
    /// How many, 1 to 500.
    #[serde(default)]
    limit: Option<usize>,
}

/// The visitors of a question, and the rule that exactly they satisfy where criteria can say it.
#[utoipa::path(post, path = "/api/web/customers", tag = "web", request_body = VisitorsWish,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = CustomersView), (status = 422, body = ProblemDocument)))]
async fn visitors(
    user: User,
    State(state): State<ExploreState>,
    Json(wish): Json<VisitorsWish>,
) -> Result<Json<CustomersView>> {
    user.require(Permission::ViewCustomers)?;
    allowed(&state, &user, &wish.question).await?;
    let engine = engine(&state).await?;
    let found = customers(&engine, &wish.question, &goals(&state)).await?;
    Ok(Json(
        page(&state, &user, found, wish.after, wish.limit).await?,
    ))
}

/// The ids of the visitors of a question, one a line: for a segment that is a snapshot of them.
#[utoipa::path(post, path = "/api/web/customers/ids", tag = "web", request_body = VisitorsWish,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = ProblemDocument)))]
async fn ids(
    user: User,
    State(state): State<ExploreState>,
    Json(wish): Json<VisitorsWish>,
) -> Result<Response> {
    user.require(Permission::ViewCustomers)?;
    allowed(&state, &user, &wish.question).await?;
    let engine = engine(&state).await?;
    let found = customers(&engine, &wish.question, &goals(&state)).await?;
    Ok(ids_file(&found.customers))
}

/// The breakdowns of an answer as a CSV file.
#[utoipa::path(get, path = "/api/web/table.csv", tag = "web", params(Asked),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = ProblemDocument)))]
async fn table(
    user: User,
    State(state): State<ExploreState>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    user.require(Permission::ViewReports)?;
    let question: Question = asked.read()?;
    allowed(&state, &user, &question).await?;
    let engine = engine(&state).await?;
    let found = answer(&engine, &question, &goals(&state), state.least(&user)).await?;
    Ok(file("web.csv", csv(&found)))
}

fn csv(answer: &Answer) -> String {
    use gate::spreadsheet::line;
    let head = [
        "dimension",
        "value",
        "visitors",
        "visits",
        "pages",
        "bounce_rate",
        "seconds",
    ];
    let mut text = line(&[&head[..], &["converted", "orders", "revenue"]].concat());
    let mut add = |dimension: &str, value: &str, numbers: &Numbers| {
        text.push_str(&line(&[
            dimension,
            value,
            &numbers.visitors.to_string(),
            &numbers.visits.to_string(),
            &numbers.pages.to_string(),
            &numbers.bounce_rate.to_string(),
            &numbers.seconds.to_string(),
            &numbers.converted.to_string(),
            &numbers.orders.to_string(),
            &numbers.revenue.to_string(),
        ]));
    };
    add("total", "", &answer.total);
    for breakdown in &answer.breakdowns {
        let word = serde_json::to_value(breakdown.dimension).unwrap_or_default();
        for row in &breakdown.rows {
            add(word.as_str().unwrap_or_default(), &row.value, &row.numbers);
        }
    }
    text
}

/// What happens on the site now.
#[utoipa::path(get, path = "/api/web/live", tag = "web",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Live), (status = 403, body = ProblemDocument)))]
async fn now(user: User, State(state): State<ExploreState>) -> Result<Json<Live>> {
    user.require(Permission::ViewReports)?;
    let engine = engine(&state).await?;
    Ok(Json(live(&engine, state.least(&user)).await?))
}

/// The interests of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerInterests)]
struct Interests {
    /// After so many days a sign counts half.
    half_life_days: f64,
    /// The moment.
    as_of: Timestamp,
    /// The strongest first.
    items: Vec<Interest>,
}

/// What a customer is interested in, by category.
#[utoipa::path(get, path = "/api/customers/{customer_id}/interests", tag = "web",
    params(("customer_id" = CustomerId, Path)),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Interests), (status = 404, body = ProblemDocument)))]
async fn of_customer(
    user: User,
    State(state): State<ExploreState>,
    Path(id): Path<CustomerId>,
) -> Result<Json<Interests>> {
    user.require(Permission::ViewCustomers)?;
    let customer = state.memory().customer(id).await?;
    let Some(customer) = customer else {
        return Err(Problem::not_found(format!("there is no customer {id}")));
    };
    let view = state.memory().lake().view().await?;
    let batches = view.query(&db::signs(customer.id)).await?;
    let now = state.db().now();
    Ok(Json(Interests {
        half_life_days: super::interest::HALF_LIFE_DAYS,
        as_of: now,
        items: interests(&signs(&batches)?, now),
    }))
}

fn signs(batches: &[RecordBatch]) -> std::result::Result<Vec<Sign>, Error> {
    let mut signs = Vec::new();
    for batch in batches {
        let times = wholes(batch, "occurred_at")?;
        let text = |name: &str, row: usize| {
            batch
                .column_by_name(name)
                .and_then(|column| text_at(&**column, row))
        };
        for row in 0..batch.num_rows() {
            let properties = text("properties", row);
            signs.push(Sign {
                name: text("name", row).unwrap_or_default().to_owned(),
                at: Timestamp(times.value(row)),
                properties: properties
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default(),
            });
        }
    }
    Ok(signs)
}
