//! Imports in the store.

use gate::SourceId;
use store::job::JobId;
use store::{Db, Error, FromRow, Row, Timestamp, params};

use super::mapping::Mapping;
use super::{Import, ImportId};

/// Mappings that are kept.
const MAPPINGS_LIMIT: i64 = 500;

const COLUMNS: &str = "id, name, source_id, facts, mapping, job_id, author, feed,
    created_at, updated_at";

impl FromRow for Import {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Import {
            id: row.next()?,
            name: row.next()?,
            source_id: row.next()?,
            facts: row.json()?,
            mapping: row
                .next::<Option<String>>()?
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            job_id: row.next()?,
            author: row.next()?,
            feed: row
                .next::<Option<String>>()?
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Writes a new import.
pub async fn insert(db: &Db, import: &Import) -> Result<(), Error> {
    db.execute(
        "INSERT INTO imports (id, name, facts, author, created_at, updated_at, feed)
         VALUES ($1, $2, $3, $4, $5, $5, $6)",
        params![
            import.id,
            import.name.as_str(),
            serde_json::to_string(&import.facts)?,
            import.author.as_str(),
            import.created_at,
            import
                .feed
                .as_ref()
                .map(serde_json::to_string)
                .transpose()?
        ],
    )
    .await?;
    Ok(())
}

/// One import.
pub async fn get(db: &Db, id: ImportId) -> Result<Option<Import>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// Imports that people started, newest first, older than `before`.
pub async fn list(db: &Db, before: ImportId, limit: i64) -> Result<Vec<Import>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM imports WHERE id < $1 AND feed IS NULL ORDER BY id DESC LIMIT $2"
    );
    let before = i64::try_from(before.0).unwrap_or(i64::MAX);
    db.fetch_all(&sql, params![before, limit]).await
}

/// Writes how a file is read and which job does it; false when another start was faster.
pub async fn start(
    db: &Db,
    id: ImportId,
    (source, mapping): (SourceId, &Mapping),
    (job, before): (JobId, Option<JobId>),
) -> Result<bool, Error> {
    let changed = db
        .execute(
            "UPDATE imports SET source_id = $2, mapping = $3, job_id = $4, updated_at = $5
             WHERE id = $1 AND COALESCE(job_id, -1) = $6",
            params![
                id,
                source,
                serde_json::to_string(mapping)?,
                job,
                db.now(),
                before.map_or(-1, |job| job.0 as i64)
            ],
        )
        .await?;
    Ok(changed > 0)
}

/// Remembers what was brought in, so that the same content is recognised however late it comes.
pub async fn done(
    db: &Db,
    id: ImportId,
    content_hash: &str,
    mapping_hash: &str,
) -> Result<(), Error> {
    db.execute(
        "UPDATE imports SET content_hash = $2, mapping_hash = $3, updated_at = $4 WHERE id = $1",
        params![id, content_hash, mapping_hash, db.now()],
    )
    .await?;
    Ok(())
}

/// An import of the same content in the same way into the same source.
pub async fn same(
    db: &Db,
    content_hash: &str,
    mapping_hash: &str,
    source: SourceId,
) -> Result<Option<ImportId>, Error> {
    let row: Option<(ImportId,)> = db
        .fetch_optional(
            "SELECT id FROM imports
             WHERE content_hash = $1 AND mapping_hash = $2 AND source_id = $3
             ORDER BY id LIMIT 1",
            params![content_hash, mapping_hash, source],
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Forgets an import.
pub async fn delete(db: &Db, id: ImportId) -> Result<(), Error> {
    db.execute("DELETE FROM imports WHERE id = $1", params![id])
        .await?;
    Ok(())
}

/// Imports that nobody has started since an instant.
pub async fn abandoned(db: &Db, before: Timestamp) -> Result<Vec<Import>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM imports WHERE job_id IS NULL AND created_at < $1
         ORDER BY id LIMIT 100"
    );
    db.fetch_all(&sql, params![before]).await
}

/// A mapping that somebody saved.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedMapping {
    /// Its name.
    pub name: String,
    /// The mapping.
    pub mapping: Mapping,
    /// Who saved it.
    pub author: String,
    /// When.
    pub updated_at: Timestamp,
}

impl FromRow for SavedMapping {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(SavedMapping {
            name: row.next()?,
            mapping: row.json()?,
            author: row.next()?,
            updated_at: row.next()?,
        })
    }
}

/// Saves a mapping under a name, for files with the same columns.
pub async fn save_mapping(db: &Db, saved: &SavedMapping, columns_hash: &str) -> Result<(), Error> {
    db.execute(
        "INSERT INTO import_mappings (name, columns_hash, body, author, updated_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET columns_hash = excluded.columns_hash,
             body = excluded.body, author = excluded.author, updated_at = excluded.updated_at",
        params![
            saved.name.as_str(),
            columns_hash,
            serde_json::to_string(&saved.mapping)?,
            saved.author.as_str(),
            saved.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Saved mappings, by name.
pub async fn mappings(db: &Db) -> Result<Vec<SavedMapping>, Error> {
    db.fetch_all(
        "SELECT name, body, author, updated_at FROM import_mappings ORDER BY name LIMIT $1",
        params![MAPPINGS_LIMIT],
    )
    .await
}

/// The mapping saved last for files with these columns.
pub async fn fitting(db: &Db, columns_hash: &str) -> Result<Option<SavedMapping>, Error> {
    db.fetch_optional(
        "SELECT name, body, author, updated_at FROM import_mappings
         WHERE columns_hash = $1 ORDER BY updated_at DESC, name LIMIT 1",
        params![columns_hash],
    )
    .await
}

/// Forgets a saved mapping; false when there is none.
pub async fn forget_mapping(db: &Db, name: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM import_mappings WHERE name = $1";
    Ok(db.execute(sql, params![name]).await? > 0)
}
