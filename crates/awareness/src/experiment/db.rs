//! What experiments and control groups read from the store.

use memory::CustomerId;
use memory::log::{LogRow, RowKind};
use store::{Db, Error, Value, in_list, params};

const SELECT: &str = "SELECT customer_id, seq, kind, occurred_at, received_at, source_id, body";

/// Rows after a position in order, at most `limit`: events of some names, and all rows of some
/// other kinds.
pub async fn rows(
    db: &Db,
    names: &[String],
    kinds: &[RowKind],
    after: u64,
    limit: i64,
) -> Result<Vec<LogRow>, Error> {
    let mut values: Vec<Value> = vec![after.into(), limit.into()];
    let mut wanted = vec![];
    if !names.is_empty() {
        let mut likes = vec![];
        for name in names {
            values.push(format!("%\"name\":{}%", serde_json::to_string(name)?).into());
            likes.push(format!("body LIKE ${}", values.len()));
        }
        wanted.push(format!(
            "(kind = {} AND ({}))",
            RowKind::Event as i64,
            likes.join(" OR ")
        ));
    }
    if !kinds.is_empty() {
        let first = values.len() + 1;
        values.extend(kinds.iter().map(|kind| Value::from(*kind as i64)));
        wanted.push(format!("kind IN ({})", in_list(kinds.len(), first)));
    }
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let sql = format!(
        "{SELECT} FROM log WHERE seq > $1 AND ({}) ORDER BY seq LIMIT $2",
        wanted.join(" OR ")
    );
    db.fetch_all(&sql, values).await
}

/// Customers that were merged into others, with whom they are now; a page by id.
pub async fn merged(
    db: &Db,
    after: CustomerId,
    limit: i64,
) -> Result<Vec<(CustomerId, CustomerId)>, Error> {
    db.fetch_all(
        "SELECT customer_id, root_id FROM customers
         WHERE customer_id > $1 AND root_id <> customer_id ORDER BY customer_id LIMIT $2",
        params![after, limit],
    )
    .await
}
