//! Reading MySQL and MariaDB: cells come as text and become JSON by the type of their column.

use std::str::FromStr;

use futures::TryStreamExt;
use serde_json::{Map, Value};
use sqlx::mysql::{MySqlConnectOptions, MySqlRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row, TypeInfo};

use super::{Failure, Question, Told, WORK_SECONDS, connected, failure};

pub(super) async fn read(
    url: &str,
    question: Question<'_>,
    each: &mut impl FnMut(Told) -> std::io::Result<()>,
) -> Result<u64, Failure> {
    let options = MySqlConnectOptions::from_str(url).map_err(|_| Failure::Address)?;
    let mut connection = connected(options.disable_statement_logging().connect()).await?;
    // MySQL knows the first, MariaDB the second.
    for limit in [
        format!("SET SESSION max_execution_time = {}", WORK_SECONDS * 1_000),
        format!("SET SESSION max_statement_time = {WORK_SECONDS}"),
    ] {
        let set = sqlx::raw_sql(AssertSqlSafe(limit));
        let _ = set.execute(&mut connection).await;
    }
    let begun = sqlx::raw_sql("START TRANSACTION READ ONLY").execute(&mut connection);
    begun.await.map_err(failure)?;
    let mut count = 0;
    {
        let query = sqlx::raw_sql(AssertSqlSafe(statement(question)));
        let mut rows = query.fetch(&mut connection);
        while let Some(row) = rows.try_next().await.map_err(failure)? {
            each(told(&row, question.cursor.is_some()).map_err(failure)?)?;
            count += 1;
        }
    }
    // Whether the other side hears the farewell does not matter.
    let _ = connection.close().await;
    Ok(count)
}

/// The query with its order and its beginning around it; the cursor as text is the last column.
pub(super) fn statement(question: Question<'_>) -> String {
    let Question {
        sql, cursor, since, ..
    } = question;
    let limit = question.limit;
    let Some(cursor) = cursor else {
        return format!("SELECT q.* FROM (\n{sql}\n) q LIMIT {limit}");
    };
    let column = format!("q.`{}`", cursor.replace('`', "``"));
    let since = since.map(|value| format!(" AND {column} >= {}", literal(value)));
    format!(
        "SELECT q.*, CAST({column} AS CHAR) FROM (\n{sql}\n) q
         WHERE {column} IS NOT NULL{} ORDER BY {column} LIMIT {limit}",
        since.unwrap_or_default()
    )
}

/// A value as a literal: digits as they are, so that large numbers are compared exactly; text in
/// hexadecimal, which needs no escaping in any mode of the server.
fn literal(value: &str) -> String {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if !digits.is_empty() && digits.len() < 20 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return value.to_owned();
    }
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("_utf8mb4 x'{hex}'")
}

fn told(row: &MySqlRow, with_cursor: bool) -> Result<Told, sqlx::Error> {
    let mut object = Map::new();
    let own = row.columns().len() - usize::from(with_cursor);
    for (at, column) in row.columns().iter().take(own).enumerate() {
        let cell: Option<Vec<u8>> = row.try_get_unchecked(at)?;
        let value = cell.map(|bytes| json(column.type_info().name(), &bytes));
        object.insert(column.name().to_owned(), value.unwrap_or_default());
    }
    let cursor: Option<Vec<u8>> = match with_cursor {
        true => row.try_get_unchecked(own)?,
        false => None,
    };
    Ok(Told {
        json: Value::Object(object).to_string(),
        cursor: cursor.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    })
}

/// A cell as JSON, by the name of its type.
pub(super) fn json(kind: &str, bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let kind = kind.trim_end_matches(" UNSIGNED");
    let read = match kind {
        "BOOLEAN" => Some((text != "0").into()),
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "FLOAT" | "DOUBLE"
        | "DECIMAL" | "YEAR" | "JSON" => serde_json::from_str(&text).ok(),
        _ => None,
    };
    read.unwrap_or_else(|| Value::String(text.into_owned()))
}
