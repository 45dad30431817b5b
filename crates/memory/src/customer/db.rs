//! Customers in the store: what can be rebuilt from the log, kept so that it need not be.

use std::sync::Arc;

use store::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

use super::{CustomerId, CustomerState};

/// How exact a customer's place in the list by when they were last seen is: ten minutes. It lies
/// in an index, which would be rewritten with every row.
const SEEN_TO_MS: i64 = 600_000;
/// Places moved at once.
const SEEN_AT_ONCE: usize = 256;

/// A customer's row: the state, or where it has been merged into.
#[derive(Debug, Clone)]
pub enum Stored {
    /// A root with its state.
    Root(Arc<CustomerState>),
    /// Merged into this root.
    MergedInto(CustomerId),
}

struct StoredRow(CustomerId, Stored);

impl FromRow for StoredRow {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        let (id, root): (CustomerId, CustomerId) = (row.next()?, row.next()?);
        let stored = match id == root {
            true => Stored::Root(Arc::new(row.json()?)),
            false => Stored::MergedInto(root),
        };
        Ok(StoredRow(id, stored))
    }
}

/// The rows of some customers, read without locks.
pub async fn load(db: &Db, wanted: &[CustomerId]) -> Result<Vec<(CustomerId, Stored)>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(IDS_AT_ONCE) {
        let rows: Vec<StoredRow> = db.fetch_all(&select("state", chunk), padded(chunk)).await?;
        found.extend(rows.into_iter().map(|StoredRow(id, stored)| (id, stored)));
    }
    Ok(found)
}

/// The rows of some customers, locked in order of id until the transaction ends. States that
/// `cached` knows in the version of their row are not read again.
pub async fn load_locked(
    tx: &mut Tx,
    wanted: &[CustomerId],
    cached: impl Fn(CustomerId) -> Option<Stored>,
) -> Result<Vec<(CustomerId, Stored)>, Error> {
    let (mut found, mut changed) = (vec![], vec![]);
    for chunk in wanted.chunks(IDS_AT_ONCE) {
        let sql = format!(
            "{} ORDER BY customer_id{}",
            select("version", chunk),
            tx.for_update()
        );
        let rows: Vec<Version> = tx.fetch_all(&sql, padded(chunk)).await?;
        for (id, root, version) in rows {
            match cached(id) {
                _ if root != id => found.push((id, Stored::MergedInto(root))),
                Some(Stored::Root(state)) if state.version == version => {
                    found.push((id, Stored::Root(state)));
                }
                Some(_) | None => changed.push(id),
            }
        }
    }
    for chunk in changed.chunks(IDS_AT_ONCE) {
        let rows: Vec<StoredRow> = tx.fetch_all(&select("state", chunk), padded(chunk)).await?;
        found.extend(rows.into_iter().map(|StoredRow(id, stored)| (id, stored)));
    }
    Ok(found)
}

/// Customers asked for in one statement.
pub const IDS_AT_ONCE: usize = 512;

/// A customer, its root and its version.
pub type Version = (CustomerId, CustomerId, i64);

/// Roots and versions of customers.
pub async fn versions(db: &Db, wanted: &[CustomerId]) -> Result<Vec<Version>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(IDS_AT_ONCE) {
        found.extend(
            db.fetch_all::<Version>(&select("version", chunk), padded(chunk))
                .await?,
        );
    }
    Ok(found)
}

fn select(columns: &str, of: &[CustomerId]) -> String {
    let ids = in_list(of.len().next_power_of_two(), 1);
    format!("SELECT customer_id, root_id, {columns} FROM customers WHERE customer_id IN ({ids})")
}

/// Ids, the last one repeated up to a power of two, so that few statements are prepared.
fn padded(of: &[CustomerId]) -> Vec<Value> {
    let mut ids: Vec<Value> = of.iter().map(|id| Value::from(*id)).collect();
    if let Some(last) = ids.last().cloned() {
        ids.resize(of.len().next_power_of_two(), last);
    }
    ids
}

/// Writes states and merges, in order of id.
pub async fn save(tx: &mut Tx, mut rows: Vec<(CustomerId, Stored)>) -> Result<(), Error> {
    rows.sort_by_key(|(id, _)| *id);
    let mut values = Vec::with_capacity(rows.len());
    let mut seen = Vec::with_capacity(rows.len());
    for (id, stored) in rows {
        values.push(match stored {
            Stored::Root(state) => {
                seen.push((id, state.last_seen_at));
                params![
                    id,
                    id,
                    state.version,
                    state.applied_seq,
                    search_text(&state),
                    state.last_seen_at,
                    serde_json::to_string(&*state)?
                ]
            }
            Stored::MergedInto(root) => params![id, root, 0i64, 0i64, "", 0i64, "{}"],
        });
    }
    let columns = [
        "customer_id",
        "root_id",
        "version",
        "applied_seq",
        "label",
        "last_seen_at",
        "state",
    ];
    // PostgreSQL leaves an index alone when its value stays; SQLite only when it is not named.
    let place = match tx.exclusive() {
        true => String::new(),
        false => format!(
            ", last_seen_at = CASE
                 WHEN excluded.last_seen_at - customers.last_seen_at >= {SEEN_TO_MS}
                 THEN excluded.last_seen_at ELSE customers.last_seen_at END"
        ),
    };
    let after = format!(
        "ON CONFLICT (customer_id) DO UPDATE SET root_id = excluded.root_id,
             version = excluded.version, applied_seq = excluded.applied_seq,
             label = excluded.label, state = excluded.state{place}"
    );
    tx.insert_many("customers", &columns, values, &after)
        .await?;
    match tx.exclusive() {
        true => note_seen(tx, &seen).await,
        false => Ok(()),
    }
}

/// Moves those customers in the list by when they were last seen who stand too far behind.
async fn note_seen(tx: &mut Tx, seen: &[(CustomerId, Timestamp)]) -> Result<(), Error> {
    for chunk in seen.chunks(SEEN_AT_ONCE) {
        let pairs: Vec<String> = (0..chunk.len())
            .map(|at| {
                format!(
                    "(CAST(${} AS BIGINT), CAST(${} AS BIGINT))",
                    2 * at + 1,
                    2 * at + 2
                )
            })
            .collect();
        let sql = format!(
            "WITH seen (customer_id, at) AS (VALUES {})
             UPDATE customers SET last_seen_at = seen.at FROM seen
             WHERE customers.customer_id = seen.customer_id
               AND seen.at - customers.last_seen_at >= {SEEN_TO_MS}",
            pairs.join(",")
        );
        let values = chunk
            .iter()
            .flat_map(|(id, at)| params![*id, *at])
            .collect();
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// What a text search looks at: the label and every identifier, lower case.
fn search_text(state: &CustomerState) -> String {
    let mut text = state.label().to_lowercase();
    for identifier in state.identifiers.iter().take(10) {
        let value = identifier.value.to_lowercase();
        if !text.contains(&value) {
            text.push('\n');
            text.push_str(&value);
        }
    }
    text
}

/// A page of customers with when they were last seen, last seen first; with `text`, those whose
/// label or identifiers contain it.
pub async fn page(
    db: &Db,
    text: &str,
    before: (i64, i64),
    limit: i64,
) -> Result<Vec<(CustomerId, i64)>, Error> {
    // A pattern's own signs cannot be looked for; any letter stands in for them.
    let pattern = format!("%{}%", text.to_lowercase().replace(['%', '\\'], "_"));
    let narrow = if text.is_empty() {
        ""
    } else {
        "AND label LIKE $1"
    };
    let sql = format!(
        "SELECT customer_id, last_seen_at FROM customers
         WHERE root_id = customer_id {narrow}
           AND (last_seen_at < $2 OR (last_seen_at = $2 AND customer_id < $3))
           AND $1 <> ''
         ORDER BY last_seen_at DESC, customer_id DESC LIMIT $4"
    );
    db.fetch_all(&sql, params![pattern, before.0, before.1, limit])
        .await
}

/// Customers that are roots, in order of id, after one of them.
pub async fn roots(db: &Db, after: CustomerId, limit: i64) -> Result<Vec<CustomerId>, Error> {
    let sql = "SELECT customer_id FROM customers
               WHERE root_id = customer_id AND customer_id > $1 ORDER BY customer_id LIMIT $2";
    let rows: Vec<(CustomerId,)> = db.fetch_all(sql, params![after, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Customers (roots) with their states as the table has them, in order of id, after one of them.
/// On the embedded store the table is behind until it is flushed.
pub async fn states(
    db: &Db,
    after: CustomerId,
    limit: i64,
) -> Result<Vec<(CustomerId, CustomerState)>, Error> {
    let sql = "SELECT customer_id, root_id, state FROM customers
               WHERE root_id = customer_id AND customer_id > $1 ORDER BY customer_id LIMIT $2";
    let rows: Vec<StoredRow> = db.fetch_all(sql, params![after, limit]).await?;
    let state = |StoredRow(id, stored)| match stored {
        Stored::Root(state) => Some((id, Arc::unwrap_or_clone(state))),
        Stored::MergedInto(_) => None,
    };
    Ok(rows.into_iter().filter_map(state).collect())
}

/// How many customers there are, merged ones counted once.
pub async fn count(db: &Db) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM customers WHERE root_id = customer_id";
    Ok(db.fetch_one::<(i64,)>(sql, params![]).await?.0)
}
