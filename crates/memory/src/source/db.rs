//! Sources in the store.

use store::{Db, Error, FromRow, Row, params};

use super::{Names, Source};

/// Sources there may be.
const SOURCES_LIMIT: i64 = 1_000;

const COLUMNS: &str = "id, key, title, kind, events_count, last_event_at, created_at, updated_at";

impl FromRow for Source {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Source {
            id: row.next()?,
            key: row.next()?,
            title: row.next()?,
            kind: row.next()?,
            events_count: row.next()?,
            last_event_at: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Every source, in the order they were made.
pub async fn list(db: &Db) -> Result<Vec<Source>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM sources ORDER BY id LIMIT $1");
    db.fetch_all(&sql, params![SOURCES_LIMIT]).await
}

/// How sources are called.
pub async fn names(db: &Db) -> Result<Names, Error> {
    Ok(Names::new(&list(db).await?))
}
