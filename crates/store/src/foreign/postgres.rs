//! Reading PostgreSQL: the database itself turns rows into JSON.

use std::str::FromStr;

use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use super::{Failure, Question, Told, WORK_SECONDS, connected, failure};

pub(super) async fn read(
    url: &str,
    question: Question<'_>,
    each: &mut impl FnMut(Told) -> std::io::Result<()>,
) -> Result<u64, Failure> {
    let options = PgConnectOptions::from_str(url).map_err(|_| Failure::Address)?;
    let options = options
        .application_name("rapport")
        .disable_statement_logging();
    let mut connection = connected(options.connect()).await?;
    let begin = format!(
        "SET statement_timeout = '{WORK_SECONDS}s'; SET standard_conforming_strings = on; \
         BEGIN READ ONLY"
    );
    let begun = sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection);
    begun.await.map_err(failure)?;
    let mut count = 0;
    {
        let query = sqlx::query(AssertSqlSafe(statement(question))).persistent(false);
        let mut rows = query.fetch(&mut connection);
        while let Some(row) = rows.try_next().await.map_err(failure)? {
            each(told(&row).map_err(failure)?)?;
            count += 1;
        }
    }
    // Whether the other side hears the farewell does not matter.
    let _ = connection.close().await;
    Ok(count)
}

fn told(row: &PgRow) -> Result<Told, sqlx::Error> {
    Ok(Told {
        json: row.try_get(0)?,
        cursor: row.try_get(1)?,
    })
}

/// The query with its order and its beginning around it.
pub(super) fn statement(question: Question<'_>) -> String {
    let Question {
        sql, cursor, since, ..
    } = question;
    let limit = question.limit;
    let Some(cursor) = cursor else {
        return format!("SELECT row_to_json(q)::text, NULL::text FROM (\n{sql}\n) q LIMIT {limit}");
    };
    let column = format!("q.\"{}\"", cursor.replace('"', "\"\""));
    // An unnamed literal takes the type of the column it is compared with.
    let since = since.map(|value| format!(" AND {column} >= '{}'", value.replace('\'', "''")));
    format!(
        "SELECT row_to_json(q)::text, ({column})::text FROM (\n{sql}\n) q
         WHERE {column} IS NOT NULL{} ORDER BY {column} LIMIT {limit}",
        since.unwrap_or_default()
    )
}
