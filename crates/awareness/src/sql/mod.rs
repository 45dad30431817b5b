//! Questions in SQL, read-only: over HTTP for the page, over the wire of PostgreSQL for tools.

pub mod api;
#[cfg(test)]
mod tests;
pub mod wire;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use memory::lake::View;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SqlColumn)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `number`, `text` or `truth`.
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SqlKind)]
pub enum Kind {
    /// Numbers.
    Number,
    /// Yes or no.
    Truth,
    /// Anything else.
    Text,
}

impl Kind {
    fn of(kind: &DataType) -> Kind {
        if kind.is_numeric() {
            Kind::Number
        } else if *kind == DataType::Boolean {
            Kind::Truth
        } else {
            Kind::Text
        }
    }
}

/// What is wrong with a question, in the words of the one who answers.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// Begins to answer a question. Whatever would change anything is refused.
pub async fn ask(view: &View, sql: &str) -> Result<SendableRecordBatchStream, Wrong> {
    let only_reads = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let session = view.session().await;
    let session = session.map_err(|error| Wrong(words(&error.to_string())))?;
    let frame = session.sql_with_options(sql, only_reads).await;
    let frame = frame.map_err(|error| Wrong(words(&error.to_string())))?;
    let stream = frame.execute_stream().await;
    stream.map_err(|error| Wrong(words(&error.to_string())))
}

/// The message without the names of the engine's parts.
fn words(message: &str) -> String {
    let mut text = message;
    for part in [
        "Error during planning: ",
        "SQL error: ",
        "Schema error: ",
        "Execution error: ",
    ] {
        text = text.strip_prefix(part).unwrap_or(text);
    }
    text.lines().next().unwrap_or_default().to_owned()
}

/// The columns of a stream.
pub fn columns(stream: &SendableRecordBatchStream) -> Vec<Column> {
    let schema = stream.schema();
    let each = schema.fields().iter();
    each.map(|field| Column {
        name: field.name().clone(),
        kind: Kind::of(field.data_type()),
    })
    .collect()
}

/// The rows of a batch as JSON.
pub fn rows(batch: &RecordBatch) -> Vec<Vec<Value>> {
    let options = FormatOptions::default().with_null("");
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        let texts = ArrayFormatter::try_new(column.as_ref(), &options);
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(match (column.is_null(at), column.data_type()) {
                (true, _) => Value::Null,
                (false, DataType::Int64) => column.as_primitive::<Int64Type>().value(at).into(),
                (false, DataType::Float64) => column.as_primitive::<Float64Type>().value(at).into(),
                (false, DataType::Boolean) => column.as_boolean().value(at).into(),
                (false, kind) => {
                    let text = texts.as_ref().map(|texts| texts.value(at).to_string());
                    let text = text.unwrap_or_default();
                    match Kind::of(kind) {
                        Kind::Number => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                        Kind::Truth | Kind::Text => Value::String(text),
                    }
                }
            });
        }
    }
    rows
}

/// One line of a CSV file.
pub fn csv_line<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let cells: Vec<String> = values
        .map(|value| match value {
            Value::Null => String::new(),
            Value::String(text) => cell(text),
            other => other.to_string(),
        })
        .collect();
    let mut line = cells.join(",");
    line.push_str("\r\n");
    line
}

/// A text as a cell. What a spreadsheet would take for a formula is marked as text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    if formula || text.contains([',', '"', '\n', '\r']) {
        return format!("\"{mark}{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
