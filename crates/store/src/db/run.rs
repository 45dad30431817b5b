//! Runs statements on either database and turns rows into our own.

use futures::TryStreamExt;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Column, Executor, Postgres, Row as _, Sqlite, TypeInfo, ValueRef,
};

use super::value::{Kind, Value};
use crate::{Error, FromRow, Row};

fn sqlite_arguments(params: Vec<Value>) -> Result<SqliteArguments, Error> {
    let mut arguments = SqliteArguments::default();
    for value in params {
        match value {
            Value::Null(_) => arguments.add(Option::<i64>::None),
            Value::Int(n) => arguments.add(n),
            Value::Float(n) => arguments.add(n),
            Value::Text(text) => arguments.add(text),
            Value::Blob(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// From how many parameters on a statement is worth rewriting.
const MANY: usize = 16;

/// The statement with `?` instead of `$1, $2, …` where those come once each and in order.
///
/// SQLite finds the name of a numbered parameter by a search through all of them, so that binding
/// many rows would take quadratic time, several times as long as storing them.
fn positional(sql: &str, params: usize) -> String {
    if params < MANY {
        return sql.to_owned();
    }
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut expected = 1;
    while let Some(at) = rest.find(['$', '\'']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(quoted) = from.strip_prefix('\'') {
            let Some(end) = quoted.find('\'') else {
                return sql.to_owned();
            };
            plain.push_str(&from[..end + 2]);
            rest = &from[end + 2..];
            continue;
        }
        let digits = from[1..].bytes().take_while(u8::is_ascii_digit).count();
        if from[1..=digits].parse() != Ok(expected) {
            return sql.to_owned();
        }
        expected += 1;
        plain.push('?');
        rest = &from[digits + 1..];
    }
    plain.push_str(rest);
    plain
}

fn postgres_arguments(params: Vec<Value>) -> Result<PgArguments, Error> {
    let mut arguments = PgArguments::default();
    for value in params {
        match value {
            Value::Null(Kind::Int) => arguments.add(Option::<i64>::None),
            Value::Null(Kind::Float) => arguments.add(Option::<f64>::None),
            Value::Null(Kind::Text) => arguments.add(Option::<String>::None),
            Value::Null(Kind::Blob) => arguments.add(Option::<Vec<u8>>::None),
            Value::Int(n) => arguments.add(n),
            Value::Float(n) => arguments.add(n),
            Value::Text(text) => arguments.add(clean(text)),
            Value::Blob(bytes) => arguments.add(bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Runs a statement whose parameters are arrays, each of values of one kind.
pub(super) async fn postgres_arrays<'c>(
    on: impl Executor<'c, Database = Postgres>,
    sql: &str,
    arrays: impl Iterator<Item = (Vec<Value>, Kind)>,
) -> Result<u64, Error> {
    let mut arguments = PgArguments::default();
    for (values, kind) in arrays {
        let values = values.into_iter();
        match kind {
            Kind::Int => arguments.add(array(values, |value| match value {
                Value::Int(n) => Some(n),
                _ => None,
            })?),
            Kind::Float => arguments.add(array(values, |value| match value {
                Value::Float(n) => Some(n),
                _ => None,
            })?),
            Kind::Text => arguments.add(array(values, |value| match value {
                Value::Text(text) => Some(clean(text)),
                _ => None,
            })?),
            Kind::Blob => arguments.add(array(values, |value| match value {
                Value::Blob(bytes) => Some(bytes),
                _ => None,
            })?),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments);
    Ok(on.execute(query).await?.rows_affected())
}

/// The values of a column; all must be of one kind, or NULL.
fn array<T>(
    values: impl Iterator<Item = Value>,
    take: impl Fn(Value) -> Option<T>,
) -> Result<Vec<Option<T>>, Error> {
    let taken = values.map(|value| match value {
        Value::Null(_) => Ok(None),
        value => take(value).map(Some).ok_or_else(|| {
            sqlx::Error::Encode("a column was given values of several kinds".into())
        }),
    });
    Ok(taken.collect::<Result<_, sqlx::Error>>()?)
}

/// PostgreSQL text cannot hold U+0000; SQLite's would be cut there by some readers.
fn clean(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// Rows are read one by one as they come, so that none is held in two forms.
pub(super) async fn sqlite_rows<'c, T: FromRow>(
    on: impl Executor<'c, Database = Sqlite>,
    sql: &str,
    params: Vec<Value>,
) -> Result<Vec<T>, Error> {
    let sql = positional(sql, params.len());
    let query = sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(params)?);
    let (mut stream, mut rows) = (on.fetch(query), vec![]);
    while let Some(row) = stream.try_next().await? {
        rows.push(T::from_row(&mut sqlite_row(&row)?)?);
    }
    Ok(rows)
}

pub(super) async fn postgres_rows<'c, T: FromRow>(
    on: impl Executor<'c, Database = Postgres>,
    sql: &str,
    params: Vec<Value>,
) -> Result<Vec<T>, Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), postgres_arguments(params)?);
    let (mut stream, mut rows) = (on.fetch(query), vec![]);
    while let Some(row) = stream.try_next().await? {
        rows.push(T::from_row(&mut postgres_row(&row)?)?);
    }
    Ok(rows)
}

pub(super) async fn sqlite_execute<'c>(
    on: impl Executor<'c, Database = Sqlite>,
    sql: &str,
    params: Vec<Value>,
) -> Result<u64, Error> {
    let sql = positional(sql, params.len());
    let query = sqlx::query_with(AssertSqlSafe(sql), sqlite_arguments(params)?);
    Ok(on.execute(query).await?.rows_affected())
}

pub(super) async fn postgres_execute<'c>(
    on: impl Executor<'c, Database = Postgres>,
    sql: &str,
    params: Vec<Value>,
) -> Result<u64, Error> {
    let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), postgres_arguments(params)?);
    Ok(on.execute(query).await?.rows_affected())
}

fn sqlite_row(row: &SqliteRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let raw = row.try_get_raw(column)?;
        let value = if raw.is_null() {
            Value::Null(Kind::Text)
        } else {
            match raw.type_info().name() {
                "INTEGER" | "BOOLEAN" => Value::Int(row.try_get_unchecked(column)?),
                "REAL" => Value::Float(row.try_get_unchecked(column)?),
                "BLOB" => Value::Blob(row.try_get_unchecked(column)?),
                _ => Value::Text(row.try_get_unchecked(column)?),
            }
        };
        values.push(value);
    }
    Ok(Row::new(values))
}

fn postgres_row(row: &PgRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        if row.try_get_raw(at)?.is_null() {
            values.push(Value::Null(Kind::Text));
            continue;
        }
        values.push(match column.type_info().name() {
            "INT8" => Value::Int(row.try_get(at)?),
            "INT4" => Value::Int(row.try_get::<i32, _>(at)?.into()),
            "BOOL" => Value::Int(row.try_get::<bool, _>(at)?.into()),
            "FLOAT8" => Value::Float(row.try_get(at)?),
            "BYTEA" => Value::Blob(row.try_get(at)?),
            _ => Value::Text(row.try_get_unchecked(at)?),
        });
    }
    Ok(Row::new(values))
}

#[test]
fn many_parameters_in_order_are_not_numbered() {
    let table = [
        ("VALUES ($1,$2),($3,$4)", "VALUES (?,?),(?,?)"),
        (
            "a = '$9 it''s' AND b IN ($1)",
            "a = '$9 it''s' AND b IN (?)",
        ),
        ("a = $1 OR b = $1", "a = $1 OR b = $1"),
        ("a = $2 AND b = $1", "a = $2 AND b = $1"),
        ("a = $ AND b = $1", "a = $ AND b = $1"),
    ];
    for (sql, expected) in table {
        assert_eq!(positional(sql, MANY), expected);
        assert_eq!(positional(sql, MANY - 1), sql);
    }
}
