//! SQL stands in files named `db.rs`.

use super::source::{Source, line_of};
use super::{Finding, crate_of, file_name, holds_tests};

/// How a statement, or the part of one that is glued on, begins.
const BEGINNINGS: [&str; 13] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "CREATE UNIQUE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
    "PRAGMA ",
    "WHERE ",
    "ORDER BY ",
    "ON CONFLICT ",
];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let free = matches!(crate_of(path), None | Some("store"));
    if free || !path.ends_with(".rs") || file_name(path) == "db.rs" || holds_tests(path) {
        return Vec::new();
    }
    let literals = Source::without_tests(text).literals;
    let sql = literals.iter().filter(|literal| is_sql(&literal.text));
    sql.map(|literal| {
        let line = line_of(text, literal.offset);
        Finding::new(
            path,
            line,
            "SQL outside `db.rs`; give it a function in the feature's `db.rs`",
        )
    })
    .collect()
}

fn is_sql(literal: &str) -> bool {
    let words = literal.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
    let begins = BEGINNINGS
        .iter()
        .any(|beginning| words.starts_with(beginning));
    let with = words.starts_with("WITH ") && words.contains(" AS (");
    let update = words.starts_with("UPDATE ") && words.contains(" SET ");
    begins || with || update
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_outside_db_is_found() {
        for statement in [
            "SELECT 1",
            "\\n   SELECT id FROM a",
            "UPDATE a SET b = 1",
            "DELETE FROM a",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "WHERE a = $1",
        ] {
            let text = format!(
                "//! A.\nfn a() {{ b(\"{}\") }}\n",
                statement.replace("\\n", "\n")
            );
            let findings = check("crates/decision/src/offer/mod.rs", &text);
            assert_eq!(findings.len(), 1, "{statement}");
            assert_eq!(findings[0].line, 2);
        }
    }

    #[test]
    fn db_files_tests_and_the_store_are_free() {
        let text = "//! A.\nconst A: &str = \"SELECT 1\";\n";
        assert_eq!(check("crates/decision/src/offer/db.rs", text), []);
        assert_eq!(check("crates/decision/src/offer/tests.rs", text), []);
        assert_eq!(check("crates/decision/tests/offers.rs", text), []);
        assert_eq!(check("crates/store/src/dialect.rs", text), []);
        assert_eq!(check("bench/src/main.rs", text), []);
        let within = "//! A.\n#[cfg(test)]\nmod tests {\n const A: &str = \"SELECT 1\";\n}\n";
        assert_eq!(check("crates/decision/src/offer/mod.rs", within), []);
    }

    #[test]
    fn ordinary_words_are_not_sql() {
        let text =
            "//! SELECT 1\nfn a() { b(\"Select an offer\", \"UPDATE needed\", \"WITHOUT\") }\n";
        assert_eq!(check("crates/decision/src/offer/mod.rs", text), []);
    }
}
