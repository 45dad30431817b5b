//! What is known of attributes, in the store.

use std::collections::HashMap;

use store::{Db, Error, FromRow, Row, Tx, Value, params};

use super::learn::Seen;
use super::{Attributes, DEFINITIONS_LIMIT, Definition, personal_by_default};
use crate::criteria::Kind;

const COLUMNS: &str =
    "key, kind, description, personal, fixed, seen_count, first_seen_at, updated_at";

/// The word of a kind in the store.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Instant => "instant",
        Kind::List => "list",
    }
}

/// The kind of a stored word; text where it is unknown.
pub(crate) fn kind_of_word(word: &str) -> Kind {
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
            kind: kind_of_word(&row.next::<String>()?),
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

/// One definition.
pub async fn get(db: &Db, key: &str) -> Result<Option<Definition>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM attribute_definitions WHERE key = $1");
    db.fetch_optional(&sql, params![key]).await
}

/// Adds what was seen of keys. Where somebody fixed the kind it stays.
pub async fn learn(db: &Db, seen: &HashMap<String, Seen>) -> Result<(), Error> {
    let now = db.now();
    let mut rows: Vec<Vec<Value>> = vec![];
    let mut keys: Vec<&String> = seen.keys().collect();
    keys.sort_unstable();
    for key in keys {
        let found = seen[key];
        rows.push(params![
            key,
            kind_word(found.kind),
            "",
            personal_by_default(key),
            false,
            found.count,
            found.first_at,
            now
        ]);
    }
    let columns = [
        "key",
        "kind",
        "description",
        "personal",
        "fixed",
        "seen_count",
        "first_seen_at",
        "updated_at",
    ];
    let mut tx = db.begin().await?;
    tx.insert_many(
        "attribute_definitions",
        &columns,
        rows,
        "ON CONFLICT (key) DO UPDATE SET
             seen_count = attribute_definitions.seen_count + excluded.seen_count,
             updated_at = excluded.updated_at,
             kind = CASE WHEN attribute_definitions.fixed = 1
                           OR attribute_definitions.kind = excluded.kind
                         THEN attribute_definitions.kind ELSE 'text' END",
    )
    .await?;
    tx.commit().await
}

/// Writes what somebody said of a key.
pub async fn describe(tx: &mut Tx, definition: &Definition) -> Result<(), Error> {
    tx.execute(
        "UPDATE attribute_definitions
         SET kind = $2, description = $3, personal = $4, fixed = $5, updated_at = $6
         WHERE key = $1",
        params![
            definition.key.as_str(),
            kind_word(definition.kind),
            definition.description.as_str(),
            definition.personal,
            definition.fixed,
            definition.updated_at
        ],
    )
    .await?;
    Ok(())
}
