//! Keys of customer data begin with `customer_id`, so that the data can be spread over machines.

use super::source::closing;
use super::{File, Finding};

const MIGRATIONS: &str = "crates/store/src/migrations/";
const OPT_OUT: &str = "cross-customer:";

pub fn check(files: &[File]) -> Vec<Finding> {
    let migrations = files
        .iter()
        .filter(|file| file.path.starts_with(MIGRATIONS) && file.path.ends_with(".sql"));
    let mut tables = Vec::new();
    let mut findings = Vec::new();
    for file in migrations {
        for statement in statements(&file.text) {
            if statement
                .comments
                .iter()
                .any(|comment| gives_reason(comment))
            {
                continue;
            }
            for key in keys(&statement.code, &mut tables) {
                if key.first_column != "customer_id" {
                    let message = format!(
                        "the key {} of `{}` must begin with `customer_id`, \
                         or a comment `-- {OPT_OUT} reason` must say why not",
                        key.shown, key.table
                    );
                    findings.push(Finding::new(&file.path, statement.line, message));
                }
            }
        }
    }
    findings
}

fn gives_reason(comment: &str) -> bool {
    comment
        .trim()
        .strip_prefix(OPT_OUT)
        .is_some_and(|reason| !reason.trim().is_empty())
}

struct Statement {
    line: usize,
    /// On one line, without comments, in lower case.
    code: String,
    comments: Vec<String>,
}

/// Cuts a migration at its semicolons; a comment belongs to the statement that follows or holds it.
fn statements(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut current = Statement {
        line: 0,
        code: String::new(),
        comments: Vec::new(),
    };
    for (number, line) in text.lines().enumerate() {
        let (code, comment) = line.split_once("--").unwrap_or((line, ""));
        if !comment.is_empty() {
            current.comments.push(comment.to_owned());
        }
        let mut parts = code.split(';');
        add(&mut current, number + 1, parts.next().unwrap_or_default());
        for part in parts {
            let next = Statement {
                line: 0,
                code: String::new(),
                comments: Vec::new(),
            };
            statements.push(std::mem::replace(&mut current, next));
            add(&mut current, number + 1, part);
        }
    }
    statements.push(current);
    statements
}

fn add(statement: &mut Statement, line: usize, code: &str) {
    for word in code.split_whitespace() {
        if statement.line == 0 {
            statement.line = line;
        }
        statement.code.push_str(&word.to_lowercase());
        statement.code.push(' ');
    }
}

struct Key {
    table: String,
    first_column: String,
    shown: String,
}

/// The keys that a statement gives to tables with a `customer_id`; new such tables are remembered.
fn keys(statement: &str, tables: &mut Vec<String>) -> Vec<Key> {
    let words = statement.replace("if not exists ", "");
    if let Some(rest) = words.strip_prefix("create table ") {
        let Some((table, items)) = name_and_list(rest) else {
            return Vec::new();
        };
        if !items.iter().any(|item| item.starts_with("customer_id ")) {
            return Vec::new();
        }
        tables.push(table.clone());
        items
            .iter()
            .filter_map(|item| key_of_item(&table, item))
            .collect()
    } else if let Some(rest) = words.strip_prefix("create unique index ") {
        let Some((table, columns)) = rest
            .split_once(" on ")
            .and_then(|(_, on)| name_and_list(on))
        else {
            return Vec::new();
        };
        let known = tables.contains(&table);
        if known {
            vec![key(&table, "unique index", &columns)]
        } else {
            Vec::new()
        }
    } else if let Some((table, added)) = words
        .strip_prefix("alter table ")
        .and_then(|rest| rest.split_once(" add "))
    {
        let known = tables.iter().any(|name| name == table);
        if known {
            key_of_item(table, added).into_iter().collect()
        } else {
            Vec::new()
        }
    } else {
        Vec::new()
    }
}

fn key_of_item(table: &str, item: &str) -> Option<Key> {
    let constraint = match item.strip_prefix("constraint ") {
        Some(named) => named.split_once(' ').map_or(named, |(_, rest)| rest),
        None => item,
    };
    for kind in ["primary key", "unique"] {
        if let Some(rest) = constraint.strip_prefix(kind) {
            let (_, columns) = name_and_list(rest)?;
            return Some(key(table, kind, &columns));
        }
        if constraint.contains(&format!(" {kind}")) {
            let column = constraint.split(' ').next().unwrap_or_default();
            return Some(key(table, kind, &[column.to_owned()]));
        }
    }
    None
}

fn key(table: &str, kind: &str, columns: &[String]) -> Key {
    let first_column = columns.first().cloned().unwrap_or_default();
    let shown = format!("`{kind} ({})`", columns.join(", "));
    Key {
        table: table.to_owned(),
        first_column,
        shown,
    }
}

/// Splits `name (a, b (c), d) …` into the name and the items of its outermost list.
fn name_and_list(text: &str) -> Option<(String, Vec<String>)> {
    let open = text.find('(')?;
    let inner = &text[open + 1..closing(text, open).saturating_sub(1)];
    let mut items = vec![String::new()];
    let mut depth = 0;
    for letter in inner.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        items.last_mut()?.push(letter);
    }
    let items = items.iter().map(|item| item.trim().to_owned()).collect();
    Some((text[..open].trim().to_owned(), items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<Finding> {
        let path = format!("{MIGRATIONS}0001_log.sql");
        check(&[File {
            path,
            text: text.to_owned(),
        }])
    }

    #[test]
    fn a_key_that_begins_otherwise_is_found() {
        for text in [
            "CREATE TABLE a (\n id BIGINT PRIMARY KEY,\n customer_id BIGINT NOT NULL\n);",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT, PRIMARY KEY (id, customer_id));",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT, UNIQUE (id));",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT, CONSTRAINT b UNIQUE (id, customer_id));",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT);\nCREATE UNIQUE INDEX b ON a (id);",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT);\nALTER TABLE a ADD PRIMARY KEY (id);",
            "CREATE TABLE a (customer_id BIGINT, id BIGINT PRIMARY KEY); -- cross-customer:\n",
        ] {
            assert_eq!(findings(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_key_that_begins_with_the_customer_is_fine() {
        let text = "
            CREATE TABLE IF NOT EXISTS a (
                customer_id BIGINT NOT NULL, -- whose; it is
                amount NUMERIC(10, 2) NOT NULL,
                id BIGINT NOT NULL,
                PRIMARY KEY (customer_id, id),
                UNIQUE (customer_id, amount)
            );
            CREATE INDEX b ON a (id);
            CREATE UNIQUE INDEX c ON a (customer_id, id);
            CREATE TABLE d (id BIGINT PRIMARY KEY, name TEXT UNIQUE);
        ";
        assert_eq!(findings(text), []);
    }

    #[test]
    fn a_reason_opts_out_one_statement_only() {
        let table = "CREATE TABLE a (seq BIGINT PRIMARY KEY, customer_id BIGINT);\n";
        assert_eq!(
            findings(&format!(
                "-- cross-customer: the log is one sequence\n{table}"
            )),
            []
        );
        let two = format!(
            "-- cross-customer: one sequence\n{table}{}",
            table.replace(" a ", " b ")
        );
        assert_eq!(findings(&two).len(), 1);
    }
}
