//! Definitions in the store.

use std::collections::BTreeSet;

use super::{Definition, Draft, State, content_hash};
use crate::{Db, Error, FromRow, Row, Timestamp, Tx, Value, params};

const COLUMNS: &str = "d.kind, d.key, d.version, h.latest_version, h.published_version, h.retired,
     d.title, d.body, d.hash, d.author, d.note, d.created_at";

const JOIN: &str =
    "FROM definitions d JOIN definition_heads h ON h.kind = d.kind AND h.key = d.key";

impl FromRow for Definition {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let (kind, key, version) = (row.next()?, row.next()?, row.next()?);
        let (latest_version, published_version) = (row.next()?, row.next::<Option<i64>>()?);
        let retired: bool = row.next()?;
        let state = match (retired, published_version) {
            (true, _) => State::Retired,
            (false, Some(_)) => State::Published,
            (false, None) => State::Draft,
        };
        Ok(Definition {
            kind,
            key,
            version,
            latest_version,
            published_version,
            state,
            title: row.next()?,
            body: row.json()?,
            hash: row.next()?,
            author: row.next()?,
            note: row.next()?,
            created_at: row.next()?,
        })
    }
}

/// The newest version of each definition of a kind, in a state or in any, whose key comes after
/// `after`, by key.
pub async fn list(
    db: &Db,
    (kind, state): (&str, Option<State>),
    after: &str,
    limit: i64,
) -> Result<Vec<Definition>, Error> {
    let only = match state {
        None => "",
        Some(State::Draft) => "AND h.retired = 0 AND h.published_version IS NULL",
        Some(State::Published) => "AND h.retired = 0 AND h.published_version IS NOT NULL",
        Some(State::Retired) => "AND h.retired = 1",
    };
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} {JOIN} AND d.version = h.latest_version
             WHERE d.kind = $1 AND d.key > $2 {only} ORDER BY d.key LIMIT $3"
        ),
        params![kind, after, limit],
    )
    .await
}

/// Every published version of every kind: what the program compiles and serves from.
pub async fn published(db: &Db) -> Result<Vec<Definition>, Error> {
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} {JOIN} AND d.version = h.published_version
             WHERE h.retired = 0 ORDER BY d.kind, d.key"
        ),
        params![],
    )
    .await
}

/// The versions last in use of the retired definitions of a kind, at most `limit`.
pub async fn retired(db: &Db, kind: &str, limit: i64) -> Result<Vec<Definition>, Error> {
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} {JOIN} AND d.version = h.published_version
             WHERE h.retired = 1 AND h.kind = $1 ORDER BY h.updated_at DESC LIMIT $2"
        ),
        params![kind, limit],
    )
    .await
}

/// The newest version of one definition.
pub async fn one(db: &Db, kind: &str, key: &str) -> Result<Option<Definition>, Error> {
    db.fetch_optional(
        &format!(
            "SELECT {COLUMNS} {JOIN} AND d.version = h.latest_version
             WHERE d.kind = $1 AND d.key = $2"
        ),
        params![kind, key],
    )
    .await
}

/// One version of one definition.
pub async fn version(
    db: &Db,
    kind: &str,
    key: &str,
    version: i64,
) -> Result<Option<Definition>, Error> {
    db.fetch_optional(
        &format!("SELECT {COLUMNS} {JOIN} WHERE d.kind = $1 AND d.key = $2 AND d.version = $3"),
        params![kind, key, version],
    )
    .await
}

/// Some versions of some definitions of a kind, by key and version; those that do not exist are
/// left out.
pub async fn versions(
    db: &Db,
    kind: &str,
    wanted: &BTreeSet<(String, i64)>,
) -> Result<Vec<Definition>, Error> {
    /// Versions asked for at once.
    const AT_ONCE: usize = 200;
    let wanted: Vec<&(String, i64)> = wanted.iter().collect();
    let mut found = vec![];
    for some in wanted.chunks(AT_ONCE) {
        let mut values = params![kind];
        let mut any = vec![];
        for (key, version) in some {
            let next = values.len() + 1;
            any.push(format!("(d.key = ${next} AND d.version = ${})", next + 1));
            values.extend([Value::from(key.as_str()), Value::from(*version)]);
        }
        let any = any.join(" OR ");
        let sql = format!("SELECT {COLUMNS} {JOIN} WHERE d.kind = $1 AND ({any})");
        found.extend(db.fetch_all::<Definition>(&sql, values).await?);
    }
    Ok(found)
}

/// All versions of one definition, newest first, at most `limit`, older than `before`.
pub async fn history(
    db: &Db,
    kind: &str,
    key: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Definition>, Error> {
    db.fetch_all(
        &format!(
            "SELECT {COLUMNS} {JOIN} WHERE d.kind = $1 AND d.key = $2 AND d.version < $3
             ORDER BY d.version DESC LIMIT $4"
        ),
        params![kind, key, before, limit],
    )
    .await
}

/// Saves a new version and returns its number.
///
/// `read_hash` is the hash of the newest version the author has seen, `None` for a new definition;
/// when another version has come since, nothing is saved and the error says who saved it. Saving
/// what is already there makes no version.
pub async fn save(db: &Db, draft: Draft<'_>, read_hash: Option<&str>) -> Result<i64, Error> {
    let mut tx = db.begin().await?;
    let version = save_in(&mut tx, db.now(), draft, read_hash).await?;
    tx.commit().await?;
    Ok(version)
}

/// The same in the transaction of what belongs to it.
pub async fn save_in(
    tx: &mut Tx,
    now: Timestamp,
    draft: Draft<'_>,
    read_hash: Option<&str>,
) -> Result<i64, Error> {
    let head: Option<(i64, String, String)> = tx
        .fetch_optional(
            &format!(
                "SELECT h.latest_version, d.hash, d.author {JOIN} AND d.version = h.latest_version
                 WHERE h.kind = $1 AND h.key = $2{}",
                tx.for_update()
            ),
            params![draft.kind, draft.key],
        )
        .await?;
    let hash = content_hash(draft.body);
    let version = match head {
        Some((version, current, _)) if current == hash => return Ok(version),
        Some((version, current, author)) if read_hash != Some(current.as_str()) => {
            let (kind, key) = (draft.kind.to_owned(), draft.key.to_owned());
            return Err(Error::Changed {
                kind,
                key,
                version,
                hash: current,
                author,
            });
        }
        Some((version, _, _)) => version + 1,
        None => 1,
    };
    tx.execute(
        "INSERT INTO definitions (kind, key, version, title, body, hash, author, note, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            draft.kind,
            draft.key,
            version,
            draft.title,
            draft.body.to_string(),
            hash,
            draft.author,
            draft.note,
            now
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO definition_heads
             (kind, key, latest_version, published_version, retired, updated_at)
         VALUES ($1, $2, $3, $4, 0, $5)
         ON CONFLICT (kind, key) DO UPDATE SET latest_version = $3, updated_at = $5",
        params![draft.kind, draft.key, version, Option::<i64>::None, now],
    )
    .await?;
    Ok(version)
}

/// Puts a version into use, also one that was published before or a retired definition's.
pub async fn publish(db: &Db, kind: &str, key: &str, version: i64) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    publish_in(&mut tx, db.now(), (kind, key), version).await?;
    tx.commit().await
}

/// The same in the transaction of what belongs to it.
pub async fn publish_in(
    tx: &mut Tx,
    now: Timestamp,
    (kind, key): (&str, &str),
    version: i64,
) -> Result<(), Error> {
    let changed = tx
        .execute(
            "UPDATE definition_heads SET published_version = $3, retired = 0, updated_at = $4
             WHERE kind = $1 AND key = $2 AND EXISTS (SELECT 1 FROM definitions
                 WHERE kind = $1 AND key = $2 AND version = $3)",
            params![kind, key, version, now],
        )
        .await?;
    moved(tx, changed, kind, key).await
}

/// Takes a definition out of use.
pub async fn retire(db: &Db, kind: &str, key: &str) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let changed = tx
        .execute(
            "UPDATE definition_heads SET retired = 1, updated_at = $3 WHERE kind = $1 AND key = $2",
            params![kind, key, db.now()],
        )
        .await?;
    moved(&mut tx, changed, kind, key).await?;
    tx.commit().await
}

/// Every process sees by the revision that something else is in use.
async fn moved(tx: &mut Tx, changed: u64, kind: &str, key: &str) -> Result<(), Error> {
    if changed == 0 {
        return Err(Error::NoDefinition {
            kind: kind.to_owned(),
            key: key.to_owned(),
        });
    }
    tx.execute(
        "INSERT INTO sequences (name, next_number) VALUES ('definitions_revision', 1)
         ON CONFLICT (name) DO UPDATE SET next_number = sequences.next_number + 1",
        params![],
    )
    .await?;
    Ok(())
}

/// Saves an old version's body again as the newest.
pub async fn restore(
    db: &Db,
    kind: &str,
    key: &str,
    old: i64,
    author: &str,
    read_hash: &str,
) -> Result<i64, Error> {
    let missing = || Error::NoDefinition {
        kind: kind.to_owned(),
        key: key.to_owned(),
    };
    let found = version(db, kind, key, old).await?.ok_or_else(missing)?;
    let note = format!("restored version {old}");
    let (title, body) = (&found.title, &found.body);
    save(
        db,
        Draft {
            kind,
            key,
            title,
            body,
            author,
            note: &note,
        },
        Some(read_hash),
    )
    .await
}

/// A number that grows whenever something is published or retired, on any process.
pub async fn revision(db: &Db) -> Result<i64, Error> {
    let row: Option<(i64,)> = db
        .fetch_optional(
            "SELECT next_number FROM sequences WHERE name = 'definitions_revision'",
            params![],
        )
        .await?;
    Ok(row.map_or(0, |(revision,)| revision))
}
