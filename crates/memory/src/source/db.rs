//! Sources in the store.

use gate::SourceId;
use store::{Db, Error, FromRow, Row, Tx, params};

use super::activity::Unwritten;
use super::{Names, Source, SourceKind};

/// Sources there may be.
const SOURCES_LIMIT: i64 = 1_000;

/// The key of the source that imports belong to unless another one is chosen.
const OF_IMPORTS: &str = "import";

const COLUMNS: &str = "id, key, title, kind, events_count, last_event_at, created_at, updated_at";

impl FromRow for Source {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Source {
            id: row.next()?,
            key: row.next()?,
            title: row.next()?,
            kind: SourceKind::of_word(&row.next::<String>()?),
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

/// One source, locked until the transaction ends.
pub async fn locked(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, Error> {
    let lock = tx.for_update();
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE id = $1{lock}");
    tx.fetch_optional(&sql, params![id]).await
}

/// Writes a new source; a key that exists is a unique violation.
pub async fn insert(tx: &mut Tx, source: &Source) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO sources (id, key, title, kind, events_count, created_at, updated_at)
         VALUES ($1, $2, $3, $4, 0, $5, $5)",
        params![
            source.id,
            source.key.as_str(),
            source.title.as_str(),
            source.kind.word(),
            source.created_at
        ],
    )
    .await?;
    Ok(())
}

/// The source of imports and feeds that name no other one; made when it is needed first.
pub async fn of_imports(db: &Db) -> Result<SourceId, Error> {
    let sql = "SELECT id FROM sources WHERE key = $1";
    let known: Option<(SourceId,)> = db.fetch_optional(sql, params![OF_IMPORTS]).await?;
    if let Some((id,)) = known {
        return Ok(id);
    }
    let number = db.take_numbers("sources", 1).await?;
    db.execute(
        "INSERT INTO sources (id, key, title, kind, events_count, created_at, updated_at)
         VALUES ($1, $2, 'Imports', $3, 0, $4, $4) ON CONFLICT (key) DO NOTHING",
        params![number, OF_IMPORTS, SourceKind::Import.word(), db.now()],
    )
    .await?;
    let (id,) = db
        .fetch_one::<(SourceId,)>(sql, params![OF_IMPORTS])
        .await?;
    Ok(id)
}

/// Writes what changed of a source.
pub async fn update(tx: &mut Tx, source: &Source) -> Result<(), Error> {
    tx.execute(
        "UPDATE sources SET title = $2, kind = $3, updated_at = $4 WHERE id = $1",
        params![
            source.id,
            source.title.as_str(),
            source.kind.word(),
            source.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Adds what sources have sent.
pub async fn count(db: &Db, activity: &[Unwritten]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    for one in activity {
        tx.execute(
            "UPDATE sources SET events_count = events_count + $2, last_event_at = $3 WHERE id = $1",
            params![one.source_id, one.count, one.last_at],
        )
        .await?;
    }
    tx.commit().await
}
