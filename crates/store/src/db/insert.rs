//! Inserts of many rows: as few statements as a store allows, of few forms, so that they stay
//! prepared.

use sqlx::{PgConnection, SqliteConnection};

use super::run;
use super::value::{Kind, Value};
use crate::Error;

/// Rows of one statement on SQLite, at most: 16 columns × 512 stay below its limit of parameters.
const MOST_ROWS: usize = 512;
/// So many rows and fewer are one statement: each is a way to the store's thread and back.
const EXACT_ROWS: usize = 128;
/// Statements that stay prepared: all numbers of rows of the log, and what else is written.
pub(super) const STATEMENTS: usize = 2 * EXACT_ROWS;

/// On SQLite: by few statements, which stay prepared.
pub(super) async fn sqlite(
    on: &mut SqliteConnection,
    table: &str,
    columns: &[&str],
    rows: Vec<Vec<Value>>,
    after: &str,
) -> Result<u64, Error> {
    let mut rows = rows.into_iter();
    let mut touched = 0;
    while let Some(size) = portion(rows.len()) {
        let mut values = Vec::with_capacity(size * columns.len());
        values.extend(rows.by_ref().take(size).flatten());
        let sql = values_sql(table, columns, size, after);
        touched += run::sqlite_execute(&mut *on, &sql, values).await?;
    }
    Ok(touched)
}

/// On PostgreSQL: all rows by one statement, each column as an array.
pub(super) async fn postgres(
    on: &mut PgConnection,
    table: &str,
    columns: &[&str],
    rows: Vec<Vec<Value>>,
    after: &str,
) -> Result<u64, Error> {
    if rows.is_empty() {
        return Ok(0);
    }
    let mut arrays: Vec<Vec<Value>> = vec![Vec::with_capacity(rows.len()); columns.len()];
    for row in rows {
        for (array, value) in arrays.iter_mut().zip(row) {
            array.push(value);
        }
    }
    let kinds: Vec<Kind> = arrays.iter().map(|array| array[0].kind()).collect();
    let sql = arrays_sql(table, columns, &kinds, after);
    run::postgres_arrays(on, &sql, arrays.into_iter().zip(kinds)).await
}

/// Whether so many rows are one statement on SQLite.
pub(super) fn at_once(rows: usize) -> bool {
    portion(rows) == Some(rows)
}

/// How many of so many rows are inserted next.
fn portion(rows: usize) -> Option<usize> {
    match rows {
        0 => None,
        1..=EXACT_ROWS => Some(rows),
        _ => Some(MOST_ROWS.min(1 << rows.ilog2())),
    }
}

fn values_sql(table: &str, columns: &[&str], rows: usize, after: &str) -> String {
    let tuple = format!("({})", vec!["?"; columns.len()].join(","));
    format!(
        "INSERT INTO {table} ({}) VALUES {} {after}",
        columns.join(","),
        vec![tuple.as_str(); rows].join(",")
    )
}

fn arrays_sql(table: &str, columns: &[&str], kinds: &[Kind], after: &str) -> String {
    let array = |(at, kind): (usize, &Kind)| {
        let word = match kind {
            Kind::Int => "BIGINT",
            Kind::Float => "DOUBLE PRECISION",
            Kind::Text => "TEXT",
            Kind::Blob => "BYTEA",
        };
        format!("CAST(${} AS {word}[])", at + 1)
    };
    let arrays: Vec<String> = kinds.iter().enumerate().map(array).collect();
    format!(
        "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) {after}",
        columns.join(","),
        arrays.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_rows_are_inserted_by_powers_of_two() {
        let portions = |mut rows: usize| {
            let next = std::iter::from_fn(|| {
                let size = portion(rows)?;
                rows -= size;
                Some(size)
            });
            next.collect::<Vec<usize>>()
        };
        assert!(portions(0).is_empty());
        assert_eq!(portions(60), [60]);
        assert_eq!(portions(300), [256, 44]);
        assert_eq!(portions(1_025), [512, 512, 1]);
    }

    #[test]
    fn statements_for_both_stores() {
        assert_eq!(
            values_sql("t", &["a", "b"], 2, "ON CONFLICT DO NOTHING"),
            "INSERT INTO t (a,b) VALUES (?,?),(?,?) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            arrays_sql("t", &["a", "b"], &[Kind::Int, Kind::Blob], ""),
            "INSERT INTO t (a,b) SELECT * FROM UNNEST(CAST($1 AS BIGINT[]),CAST($2 AS BYTEA[])) "
        );
    }

    crate::test! {
        async fn many_rows_are_inserted_once(db: crate::Db) {
            let columns = ["name", "next_number"];
            let row = |name: &str, number: i64| crate::params![name, number];
            let mut tx = db.begin().await.unwrap();
            let rows = (1..=1_027).map(|n| row(&format!("row {n}"), n)).collect();
            let inserted = tx.insert_many("sequences", &columns, rows, "").await.unwrap();
            assert_eq!(inserted, 1_027);
            let again = vec![row("row 1", 9), row("new", 9)];
            let after = "ON CONFLICT (name) DO NOTHING";
            let inserted = tx.insert_many("sequences", &columns, again, after).await.unwrap();
            assert_eq!(inserted, 1);
            let inserted = tx.insert_many("sequences", &columns, vec![], "").await.unwrap();
            assert_eq!(inserted, 0);
            let sql = "SELECT CAST(SUM(next_number) AS BIGINT) FROM sequences WHERE name LIKE 'row %'";
            let (sum,): (i64,) = tx.fetch_one(sql, vec![]).await.unwrap();
            assert_eq!(sum, 1_027 * 1_028 / 2);
            tx.commit().await.unwrap();
        }
    }
}
