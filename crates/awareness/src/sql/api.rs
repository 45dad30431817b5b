//! Questions in SQL over HTTP.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use gate::{FieldProblem, Json, Permission, Problem, ProblemDocument, Result, User};
use memory::Memory;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::ProblemCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Column, Wrong, ask, columns, csv_line, rows};

/// Rows shown on a page.
const SHOWN: usize = 1_000;
/// Rows of a download.
const DOWNLOADED: usize = 1_000_000;
/// Longest question, in bytes.
const LONGEST: usize = 100_000;

/// Routes of questions in SQL.
pub fn routes() -> OpenApiRouter<Memory> {
    OpenApiRouter::default()
        .routes(routes!(question))
        .routes(routes!(download))
}

/// A question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SqlQuestion)]
struct Question {
    /// One query, in SQL.
    #[schema(example = "TABLE events")]
    sql: String,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SqlAnswer)]
struct Answer {
    /// Its columns.
    columns: Vec<Column>,
    /// The first rows, in the order of the columns.
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<Vec<Value>>,
    /// True when there are more than are shown.
    more: bool,
    /// The state that was asked.
    as_of: Timestamp,
    /// How long it took.
    took_ms: i64,
}

/// Ask a question in SQL about everything that ever happened. The tables are `events`,
/// `contacts`, `responses`, `consents`, `identifies`, `decisions` and `customers`; times are
/// milliseconds since 1970 in UTC.
#[utoipa::path(post, path = "/api/sql", tag = "sql", request_body = Question,
    extensions(("x-permission" = json!("query_data"))),
    responses((status = 200, body = Answer), (status = 422, body = ProblemDocument),
        (status = 403, body = ProblemDocument)))]
async fn question(
    user: User,
    State(memory): State<Memory>,
    Json(question): Json<Question>,
) -> Result<Json<Answer>> {
    user.require(Permission::QueryData)?;
    let begun = memory.db().now();
    let (view, mut stream) = begin(&memory, &question).await?;
    let columns = columns(&stream);
    let (mut shown, mut more) = (vec![], false);
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| wrong(Wrong(super::words(&error.to_string()))))?;
        let room = SHOWN - shown.len();
        more |= batch.num_rows() > room;
        shown.extend(rows(&batch.slice(0, batch.num_rows().min(room))));
        if more {
            break;
        }
    }
    Ok(Json(Answer {
        columns,
        rows: shown,
        more,
        as_of: view.as_of,
        took_ms: memory.db().now().since_ms(begun),
    }))
}

/// The answer to a question in SQL as a CSV file, at most a million rows.
#[utoipa::path(post, path = "/api/sql/csv", tag = "sql", request_body = Question,
    extensions(("x-permission" = json!("query_data"))),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 422, body = ProblemDocument), (status = 403, body = ProblemDocument)))]
async fn download(
    user: User,
    State(memory): State<Memory>,
    Json(question): Json<Question>,
) -> Result<Response> {
    user.require(Permission::QueryData)?;
    let (view, answers) = begin(&memory, &question).await?;
    let names: Vec<Value> = columns(&answers)
        .into_iter()
        .map(|c| c.name.into())
        .collect();
    let head = stream::iter([Ok(csv_line(names.iter()))]);
    let mut left = DOWNLOADED;
    let body = answers.map(move |batch| {
        // The view's files stay as long as the answer is being sent.
        let _kept = &view;
        let batch = batch?;
        let batch = batch.slice(0, batch.num_rows().min(left));
        left -= batch.num_rows();
        let lines = rows(&batch).into_iter().map(|row| csv_line(row.iter()));
        Ok::<String, datafusion::error::DataFusionError>(lines.collect())
    });
    let kind = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"answer.csv\"",
        ),
    ];
    Ok((kind, Body::from_stream(head.chain(body))).into_response())
}

async fn begin(
    memory: &Memory,
    question: &Question,
) -> Result<(
    memory::lake::View,
    datafusion::execution::SendableRecordBatchStream,
)> {
    let sql = question.sql.trim();
    if sql.is_empty() || sql.len() > LONGEST {
        return Err(wrong(Wrong(format!("a question has 1 to {LONGEST} bytes"))));
    }
    let view = memory.lake().view().await?;
    let stream = ask(&view, sql).await.map_err(wrong)?;
    Ok((view, stream))
}

fn wrong(wrong: Wrong) -> Problem {
    let said = (ProblemCode::NotAnswerable, wrong.0.clone());
    let field = FieldProblem::new("/sql", said).with("said", wrong.0).hint(
        "ask the tables events, contacts, responses, consents, identifies, decisions or customers",
    );
    Problem::invalid(vec![field])
}
