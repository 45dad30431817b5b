//! Control groups and the profit statement over HTTP.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gate::{
    FieldProblem, GateState, Json, Permission, Problem, ProblemDocument, Query, Result, User,
    spreadsheet,
};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::compare::{Comparison, compare};
use super::earnings::Earnings;
use super::gather::Gathered;
use super::statement::{By, COLUMNS, Months, Statement, cells, statement, within};
use super::{Basis, Subject, Terms, month_named, month_of};

/// Months of a statement unless others are named: this one and the two before.
const MONTHS: i32 = 3;

/// Routes of control groups and the profit statement.
pub fn routes() -> OpenApiRouter<Earnings> {
    OpenApiRouter::default()
        .routes(routes!(control_group))
        .routes(routes!(profit_statement))
        .routes(routes!(raw_data))
}

async fn gathered(gate: &GateState, earnings: &Earnings) -> Result<Arc<Gathered>> {
    let terms = Terms::of(&gate.published.now().definitions);
    Ok(earnings.now(&terms).await?)
}

/// What a control group is of.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Of {
    /// Of everything.
    #[default]
    Everything,
    /// Of one offer.
    Offer,
    /// Of one journey.
    Journey,
}

/// Which control group.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GroupQuery {
    /// What it is of; everything unless given.
    #[serde(default)]
    #[param(inline)]
    of: Of,
    /// Key of the offer or journey.
    key: Option<String>,
}

/// Contacted customers against their control group, over the last year.
#[derive(Debug, Serialize, ToSchema)]
struct ControlGroupReport {
    /// Until when everything is counted.
    as_of: Timestamp,
    /// What earnings are counted in.
    basis: Basis,
    /// The currency; null when there are no orders.
    currency: Option<String>,
    /// The comparison.
    #[serde(flatten)]
    comparison: Comparison,
}

/// Compare customers who were contacted with those who were deliberately not: response, revenue
/// and earnings, with intervals.
#[utoipa::path(get, path = "/api/control_group", tag = "incremental_value", params(GroupQuery),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = ControlGroupReport), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn control_group(
    user: User,
    gate: GateState,
    State(earnings): State<Earnings>,
    Query(query): Query<GroupQuery>,
) -> Result<Json<ControlGroupReport>> {
    user.require(Permission::ViewReports)?;
    let missing = || {
        let problem = FieldProblem::new("/key", "say of what the control group is");
        Problem::invalid(vec![problem.hint("give the key of the offer or journey")])
    };
    let key = query.key.filter(|key| !key.is_empty());
    let subject = match query.of {
        Of::Everything => Subject::Everything {},
        Of::Offer => Subject::Offer {
            key: key.ok_or_else(missing)?,
        },
        Of::Journey => Subject::Journey {
            key: key.ok_or_else(missing)?,
        },
    };
    let gathered = gathered(&gate, &earnings).await?;
    let report = tokio::task::spawn_blocking(move || {
        let units = gathered.units.iter().filter(|unit| unit.subject == subject);
        ControlGroupReport {
            as_of: gathered.as_of,
            basis: gathered.basis(),
            currency: gathered.currency.clone(),
            comparison: compare(&subject, units, gathered.basis()),
        }
    });
    Ok(Json(report.await.map_err(Problem::internal)?))
}

/// Which statement.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatementQuery {
    /// The first month, like `2026-01`; two months before the last unless given.
    from: Option<String>,
    /// The last month; this one unless given.
    to: Option<String>,
    /// What the lines are about; offers unless given.
    #[serde(default)]
    #[param(inline)]
    by: By,
}

impl StatementQuery {
    fn months(&self, now: Timestamp) -> Result<Months> {
        let mut problems = vec![];
        let mut read = |path: &str, text: &Option<String>| {
            let text = text.as_deref().filter(|text| !text.is_empty())?;
            let month = month_named(text);
            if month.is_none() {
                let problem = FieldProblem::new(path, format!("{text:?} is no month"));
                problems.push(problem.hint("write it as 2026-03"));
            }
            month
        };
        let (from, to) = (read("/from", &self.from), read("/to", &self.to));
        let to = to.unwrap_or_else(|| month_of(now));
        let from = from.unwrap_or(to - MONTHS + 1);
        if problems.is_empty() && from > to {
            let problem = FieldProblem::new("/from", "it begins after its end");
            problems.push(problem.hint("let it begin before it ends"));
        }
        if problems.is_empty() {
            return Ok(Months { from, to });
        }
        Err(Problem::invalid(problems))
    }
}

/// Read the profit statement: the money earned by contacts, per offer, journey, channel or month,
/// from control groups.
#[utoipa::path(get, path = "/api/profit_statement", tag = "incremental_value",
    params(StatementQuery), extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Statement), (status = 403, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn profit_statement(
    user: User,
    gate: GateState,
    State(earnings): State<Earnings>,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Statement>> {
    user.require(Permission::ViewReports)?;
    let months = query.months(gate.db.now())?;
    let gathered = gathered(&gate, &earnings).await?;
    let made = tokio::task::spawn_blocking(move || statement(&gathered, months, query.by));
    Ok(Json(made.await.map_err(Problem::internal)?))
}

/// Download the rows that the profit statement counts: one per customer, subject and month. Summed
/// up by side, they give every number of the statement.
#[utoipa::path(get, path = "/api/profit_statement/rows.csv", tag = "incremental_value",
    params(StatementQuery), extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 403, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn raw_data(
    user: User,
    gate: GateState,
    State(earnings): State<Earnings>,
    Query(query): Query<StatementQuery>,
) -> Result<Response> {
    user.require(Permission::ViewCustomers)?;
    let months = query.months(gate.db.now())?;
    let gathered = gathered(&gate, &earnings).await?;
    let text = tokio::task::spawn_blocking(move || {
        let mut text = spreadsheet::line(&COLUMNS);
        for unit in within(&gathered, months) {
            let cells = cells(unit, gathered.basis());
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            text.push_str(&spreadsheet::line(&cells));
        }
        text
    });
    let text = text.await.map_err(Problem::internal)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let name = HeaderValue::from_static("attachment; filename=\"profit_statement_rows.csv\"");
    Ok((
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response())
}
