//! Reading PostgreSQL and MySQL for real.

use super::*;
use crate::test_support::{POSTGRES_VARIABLE, mysql};

fn question<'a>(sql: &'a str, since: Option<&'a str>) -> Question<'a> {
    Question {
        sql,
        cursor: Some("id"),
        since,
        limit: 100,
    }
}

async fn rows(foreign: &Foreign, question: Question<'_>) -> Result<Vec<Told>, Failure> {
    let mut rows = vec![];
    foreign
        .read(question, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
    Ok(rows)
}

#[test]
fn the_cursor_cannot_leave_its_quotes() {
    let evil = "1' OR '1'='1";
    let asked = question("SELECT 1 AS id", Some(evil));
    assert!(postgres::statement(asked).contains(">= '1'' OR ''1''=''1'"));
    assert!(mysql::statement(asked).contains(">= _utf8mb4 x'3127204f52"));
    let asked = Question {
        cursor: Some("a\"b`c"),
        ..asked
    };
    assert!(postgres::statement(asked).contains("q.\"a\"\"b`c\""));
    assert!(mysql::statement(asked).contains("q.`a\"b``c`"));
}

#[test]
fn an_address_is_never_printed() {
    let foreign = Foreign::new("mariadb://reader:hush@db/shop").unwrap();
    assert_eq!(format!("{foreign:?}"), "Mysql (secret)");
    assert!(matches!(
        Foreign::new("sqlite://here"),
        Err(Failure::Address)
    ));
}

#[test]
fn cells_of_mysql_become_json_by_their_type() {
    let table = [
        (
            "BIGINT UNSIGNED",
            "18446744073709551615",
            "18446744073709551615",
        ),
        ("DECIMAL", "12.50", "12.5"),
        ("BOOLEAN", "1", "true"),
        ("VARCHAR", "1", "\"1\""),
        ("JSON", "{\"a\":[1]}", "{\"a\":[1]}"),
        ("DATETIME", "2026-03-01 10:00:00", "\"2026-03-01 10:00:00\""),
    ];
    for (kind, text, expected) in table {
        assert_eq!(
            mysql::json(kind, text.as_bytes()).to_string(),
            expected,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn postgres_is_read_in_order_and_cannot_be_written() {
    let address = std::env::var(POSTGRES_VARIABLE).expect("cargo xtask test starts PostgreSQL");
    let foreign = Foreign::new(&address).unwrap();
    let sql = "SELECT n AS id, 'é' || n AS name, n * 1.5 AS price,
               timestamptz '2026-03-01 10:00+00' AS \"at\" FROM generate_series(5, 1, -1) n";
    let told = rows(&foreign, question(sql, Some("3"))).await.unwrap();
    let cursors: Vec<&str> = told
        .iter()
        .filter_map(|row| row.cursor.as_deref())
        .collect();
    assert_eq!(cursors, ["3", "4", "5"]);
    let first: serde_json::Value = serde_json::from_str(&told[0].json).unwrap();
    let expected = serde_json::json!({"id": 3, "name": "é3", "price": 4.5,
        "at": "2026-03-01T10:00:00+00:00"});
    assert_eq!(first, expected);
    let refused = rows(
        &foreign,
        question("SELECT 1 AS id) q; DROP TABLE x --", None),
    )
    .await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    let writes = "SELECT setval('x', 1) AS id FROM (SELECT nextval('x')) n";
    assert!(rows(&foreign, question(writes, None)).await.is_err());
    let wrong = Foreign::new("postgres://nobody@127.0.0.1:9/none").unwrap();
    let gone = rows(&wrong, question(sql, None))
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(gone, "the database cannot be reached: connection refused");
}

#[tokio::test]
async fn mysql_is_read_in_order_and_cannot_be_written() {
    let Some(address) = mysql() else { return };
    let foreign = Foreign::new(&address).unwrap();
    let sql = "SELECT 2 AS id, 'b' AS name, CAST(1.5 AS DECIMAL(5,2)) AS price
               UNION ALL SELECT 1, 'a', NULL UNION ALL SELECT 9007199254740993, 'é', 3";
    let told = rows(&foreign, question(sql, Some("2"))).await.unwrap();
    let cursors: Vec<&str> = told
        .iter()
        .filter_map(|row| row.cursor.as_deref())
        .collect();
    assert_eq!(cursors, ["2", "9007199254740993"]);
    let first: serde_json::Value = serde_json::from_str(&told[0].json).unwrap();
    assert_eq!(
        first,
        serde_json::json!({"id": 2, "name": "b", "price": 1.5})
    );
    let exact = rows(&foreign, question(sql, Some("9007199254740993")))
        .await
        .unwrap();
    assert_eq!(exact.len(), 1);
    let times = "SELECT TIMESTAMP'2026-03-01 10:00:00' AS id UNION ALL
                 SELECT TIMESTAMP'2026-03-01 11:00:00'";
    let later = rows(&foreign, question(times, Some("2026-03-01 10:30:00")))
        .await
        .unwrap();
    assert_eq!(later.len(), 1);
    let refused = rows(&foreign, question("SELECT nothing AS id", None)).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
}
