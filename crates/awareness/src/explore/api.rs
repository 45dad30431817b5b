//! Explore over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use gate::{Json, Permission, Problem, ProblemDocument, Query, Result, User};
use memory::attribute::api::{refused, withheld_from};
use memory::criteria::{Criteria, print, print_zh};
use memory::customer::view::CustomerRow;
use memory::{CustomerId, Memory, MemoryState};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Db;
use tokio::time::MissedTickBehavior;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Answer;
use super::csv::csv;
use super::engine::{Answered, Engine, Found};
use super::pass::Progress;
use super::question::{Dimension, Question};
use super::run::{dimensions, events, measured};
use super::saved;
use super::tally::{Address, Part};

/// What handlers of explore and web analytics need. Cheap to clone.
#[derive(Clone)]
pub struct ExploreState {
    /// What handlers of memory need.
    pub memory: MemoryState,
    /// Callers who may not see customers are shown no numbers of fewer customers than this.
    pub least_customers: u64,
}

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// Customers of a page.
const PAGE: usize = 50;
/// The most customers of a page, and of a file of ids.
const PAGE_LIMIT: usize = 500;

impl ExploreState {
    /// The store.
    pub fn db(&self) -> &Db {
        self.memory.memory.db()
    }

    /// The memory.
    pub fn memory(&self) -> &Memory {
        &self.memory.memory
    }

    /// The smallest number of customers that a caller is shown.
    pub fn least(&self, user: &User) -> u64 {
        match user.may(Permission::ViewCustomers) {
            true => 1,
            false => self.least_customers,
        }
    }
}

/// Routes of explore.
pub fn routes() -> OpenApiRouter<ExploreState> {
    OpenApiRouter::default()
        .routes(routes!(ask))
        .routes(routes!(customers))
        .routes(routes!(ids))
        .routes(routes!(table))
        .merge(saved::api::routes())
}

/// An answer with the question as it was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExploreAnswered)]
struct AnsweredView {
    /// The question, with the places where numbers are cut.
    question: Question,
    /// The answer.
    #[serde(flatten)]
    answer: Answer,
}

impl From<Answered> for AnsweredView {
    fn from(answered: Answered) -> AnsweredView {
        AnsweredView {
            question: answered.question,
            answer: answered.answer,
        }
    }
}

/// Personal values may be no dimension, and nothing may be asked of them, for callers who are not
/// shown them.
async fn presentable(state: &ExploreState, user: &User, question: &Question) -> Result<()> {
    let Some(withheld) = withheld_from(state.db(), user).await? else {
        return Ok(());
    };
    let named = dimensions(question).into_iter().find_map(|by| match by {
        Dimension::Attribute { name, .. } => withheld.personal(name).then_some(name.clone()),
        Dimension::Property { name, .. } => {
            withheld.personal_property(name).then_some(name.clone())
        }
        Dimension::Count { .. } => None,
    });
    let measured = measured(question).map(str::to_owned);
    let measured = measured.filter(|path| withheld.personal_property(path));
    let asked = || {
        let rule = question.filter.as_ref()?;
        withheld.personal_in(rule).map(str::to_owned)
    };
    let tested = || {
        let patterns = events(question)
            .into_iter()
            .filter_map(|of| of.pattern().ok());
        patterns.into_iter().find_map(|pattern| {
            let name = withheld.personal_in_events(&pattern);
            name.map(str::to_owned)
        })
    };
    match named.or(measured).or_else(asked).or_else(tested) {
        Some(name) => Err(refused(&name)),
        None => Ok(()),
    }
}

/// Answer a question about the customers. With `Accept: application/x-ndjson` lines of progress
/// come first: `{"progress": {"events": …, "ranges_done": …, "ranges": …}}`, then the answer or
/// `{"problem": …}`. Closing the connection ends the work.
#[utoipa::path(post, path = "/api/explore/answers", tag = "explore", request_body = Question,
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = AnsweredView), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn ask(
    user: User,
    State(state): State<ExploreState>,
    headers: HeaderMap,
    Json(question): Json<Question>,
) -> Result<Response> {
    user.require(Permission::ViewReports)?;
    presentable(&state, &user, &question).await?;
    let least = state.least(&user);
    let progress = Arc::new(Progress::default());
    let watched = progress.clone();
    let answer = async move {
        let engine = Engine::open(state.memory(), progress).await?;
        let answered = engine.answer(&question, least).await?;
        Ok::<_, Problem>(AnsweredView::from(answered))
    };
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    if !accepts.is_some_and(|accept| accept.contains("application/x-ndjson")) {
        return Ok(Json(answer.await?).into_response());
    }
    Ok(told(watched, Box::pin(answer)))
}

type Waiting = std::pin::Pin<Box<dyn Future<Output = Result<AnsweredView>> + Send>>;

/// Lines of progress, then the answer.
fn told(progress: Arc<Progress>, answer: Waiting) -> Response {
    let mut ticks = tokio::time::interval(TOLD_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let lines = unfold(Some((answer, ticks)), move |waiting| {
        let progress = progress.clone();
        async move {
            let (mut answer, mut ticks) = waiting?;
            tokio::select! {
                biased;
                answered = &mut answer => {
                    let line = match answered {
                        Ok(answered) => serde_json::to_value(&answered).unwrap_or_default(),
                        Err(problem) => json!({ "problem": document(problem).await }),
                    };
                    Some((line_of(&line), None))
                }
                _ = ticks.tick() => {
                    let count = |number: &std::sync::atomic::AtomicU64| {
                        number.load(Ordering::Relaxed)
                    };
                    let line = json!({ "progress": {
                        "events": count(&progress.events),
                        "ranges_done": count(&progress.ranges_done),
                        "ranges": count(&progress.ranges),
                    } });
                    Some((line_of(&line), Some((answer, ticks))))
                }
            }
        }
    });
    let kind = HeaderValue::from_static("application/x-ndjson");
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(lines)).into_response()
}

fn line_of(line: &serde_json::Value) -> std::result::Result<Bytes, Infallible> {
    Ok(Bytes::from(format!("{line}\n")))
}

/// A problem as its document, for an answer that has begun already.
async fn document(problem: Problem) -> serde_json::Value {
    const LIMIT_BYTES: usize = 100_000;
    let body = problem.into_response().into_body();
    let bytes = axum::body::to_bytes(body, LIMIT_BYTES)
        .await
        .unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// A cell of an answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExploreCell)]
struct CellWish {
    /// The question, as it stands in the answer.
    question: Question,
    /// The cell, as it stands in the answer.
    cell: Vec<Part>,
    /// Customers after this one; from the first unless given.
    #[serde(default)]
    after: Option<CustomerId>,
    /// How many customers, 1 to 500.
    #[serde(default)]
    limit: Option<usize>,
}

/// The customers of a cell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExploreCustomers)]
pub struct CustomersView {
    /// How many they are.
    pub total: u64,
    /// The rule that exactly they satisfy; absent where criteria cannot say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Criteria>,
    /// The rule as an English sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The rule as a Chinese sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_zh: Option<String>,
    /// Some of them, in order of their ids.
    pub items: Vec<CustomerRow>,
    /// Whether there are more.
    pub more: bool,
}

fn address(cell: &[Part]) -> Result<Address> {
    let address: Result<Address, _> = cell.to_vec().try_into();
    address.map_err(|_| {
        let problem = gate::problem::FieldProblem::new("/cell", "a cell has two parts");
        Problem::invalid(vec![
            problem.hint("send the cell as it stands in the answer"),
        ])
    })
}

/// One page of customers with their rule.
pub async fn page(
    state: &ExploreState,
    user: &User,
    found: Found,
    after: Option<CustomerId>,
    limit: Option<usize>,
) -> Result<CustomersView> {
    let limit = limit.unwrap_or(PAGE).clamp(1, PAGE_LIMIT);
    let start = after.map_or(0, |after| {
        found.customers.partition_point(|id| *id <= after.0)
    });
    let here = found.customers.iter().skip(start).take(limit);
    let ids: Vec<CustomerId> = here.map(|id| CustomerId(*id)).collect();
    Ok(CustomersView {
        total: found.customers.len() as u64,
        text: found.rule.as_ref().map(print),
        text_zh: found.rule.as_ref().map(print_zh),
        rule: found.rule,
        more: start + ids.len() < found.customers.len(),
        items: state.memory.customer_rows(user, &ids).await?,
    })
}

/// The customers of a cell, and the rule that exactly they satisfy.
#[utoipa::path(post, path = "/api/explore/customers", tag = "explore", request_body = CellWish,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = CustomersView), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn customers(
    user: User,
    State(state): State<ExploreState>,
    Json(wish): Json<CellWish>,
) -> Result<Json<CustomersView>> {
    user.require(Permission::ViewCustomers)?;
    presentable(&state, &user, &wish.question).await?;
    let engine = Engine::open(state.memory(), Arc::default()).await?;
    let found = engine
        .customers(&wish.question, &address(&wish.cell)?)
        .await?;
    Ok(Json(
        page(&state, &user, found, wish.after, wish.limit).await?,
    ))
}

/// The ids of the customers of a cell, one a line: for a segment that is a snapshot of them.
#[utoipa::path(post, path = "/api/explore/customers/ids", tag = "explore",
    request_body = CellWish,
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = ProblemDocument)))]
async fn ids(
    user: User,
    State(state): State<ExploreState>,
    Json(wish): Json<CellWish>,
) -> Result<Response> {
    user.require(Permission::ViewCustomers)?;
    presentable(&state, &user, &wish.question).await?;
    let engine = Engine::open(state.memory(), Arc::default()).await?;
    let found = engine
        .customers(&wish.question, &address(&wish.cell)?)
        .await?;
    Ok(ids_file(&found.customers))
}

/// Ids as a file.
pub fn ids_file(customers: &[u64]) -> Response {
    let mut text = String::from("customer_id\r\n");
    for id in customers {
        text.push_str(&format!("{}\r\n", CustomerId(*id)));
    }
    file("customers.csv", text)
}

/// A file of a spreadsheet.
pub fn file(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, text).into_response()
}

/// A question in an address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The question, as JSON.
    question: String,
}

impl Asked {
    /// The question.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.question).map_err(|error| {
            Problem::new(gate::problem::code::INVALID_QUERY).detail(error.to_string())
        })
    }
}

/// An answer as a CSV file.
#[utoipa::path(get, path = "/api/explore/table.csv", tag = "explore", params(Asked),
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
    presentable(&state, &user, &question).await?;
    let engine = Engine::open(state.memory(), Arc::default()).await?;
    let answered = engine.answer(&question, state.least(&user)).await?;
    Ok(file("explore.csv", csv(&answered.answer.shown)))
}
