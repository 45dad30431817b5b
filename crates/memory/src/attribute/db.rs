//! What is known of attributes, in the store.

use store::{Db, Error, FromRow, Row, params};

use super::{Attributes, DEFINITIONS_LIMIT, Definition};
use crate::criteria::Kind;

const COLUMNS: &str =
    "key, kind, description, personal, fixed, seen_count, first_seen_at, updated_at";

/// The word of a kind in the store.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Instant => "instant",
        Kind::List => "list",
    }
}

fn of_word(word: &str) -> Kind {
    match word {
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "instant" => Kind::Instant,
        "list" => Kind::List,
        _ => Kind::Text,
    }
}

impl FromRow for Definition {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Definition {
            key: row.next()?,
            kind: of_word(&row.next::<String>()?),
            description: row.next()?,
            personal: row.next()?,
            fixed: row.next()?,
            seen_count: row.next()?,
            first_seen_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Every definition, by key.
pub async fn list(db: &Db) -> Result<Vec<Definition>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM attribute_definitions ORDER BY key LIMIT $1");
    db.fetch_all(&sql, params![DEFINITIONS_LIMIT]).await
}

/// What is known of every key.
pub async fn all(db: &Db) -> Result<Attributes, Error> {
    Ok(Attributes::new(list(db).await?))
}
