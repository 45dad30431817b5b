//! Erasing a customer from the store.

use gate::audit::REDACT;
use store::{Db, Error, Tx, Value, in_list, params};

use super::mention::{Known, Mentions, Wanted};
use super::others::Others;
use super::trace::{Remedy, Trace};
use crate::CustomerId;

/// Positions in one statement.
const CHUNK: usize = 500;
/// Texts that are searched for in one statement.
const NEEDLES: usize = 40;
/// Texts of one page that may mention somebody.
const TEXTS: usize = 200;

/// Positions of all rows of some customers in the log.
pub(super) async fn positions(db: &Db, leaves: &[CustomerId]) -> Result<Vec<u64>, Error> {
    let sql = format!(
        "SELECT seq FROM log WHERE customer_id IN ({}) LIMIT 100000000",
        in_list(leaves.len(), 1)
    );
    let ids = leaves.iter().map(|id| Value::from(*id)).collect();
    let rows: Vec<(u64,)> = db.fetch_all(&sql, ids).await?;
    Ok(rows.into_iter().map(|(seq,)| seq).collect())
}

/// Takes the rows of some customers out of every table that has customers, and what belongs to
/// them. Those of the log are named by position, so that the log need not be searched while nobody
/// can write.
pub(crate) async fn rows(
    tx: &mut Tx,
    db: &Db,
    leaves: &[CustomerId],
    seqs: Vec<u64>,
    traces: &[Trace],
) -> Result<(), Error> {
    let ids: Vec<Value> = leaves.iter().map(|id| Value::from(*id)).collect();
    let mine = in_list(leaves.len(), 1);
    for chunk in seqs.chunks(CHUNK) {
        let sql = format!(
            "DELETE FROM log WHERE customer_id IN ({mine}) AND seq IN ({})",
            in_list(chunk.len(), leaves.len() + 1)
        );
        let mut values = ids.clone();
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        tx.execute(&sql, values).await?;
    }
    for Trace { table, remedy } in traces {
        if let Remedy::Beside { column, of } = remedy {
            let sql = format!(
                "DELETE FROM {table} WHERE {column} IN
                     (SELECT {column} FROM {of} WHERE customer_id IN ({mine}))"
            );
            tx.execute(&sql, ids.clone()).await?;
        }
    }
    for table in db.tables_with("customer_id").await? {
        let giving_back = traces
            .iter()
            .any(|trace| trace.table == table && trace.remedy == Remedy::GiveBack);
        let sql = match table.as_str() {
            "log" => continue,
            // Expired and nobody's: the next round gives back what was held.
            _ if giving_back => format!(
                "UPDATE {table} SET customer_id = 0, expires_at = 0 WHERE customer_id IN ({mine})"
            ),
            _ => format!("DELETE FROM {table} WHERE customer_id IN ({mine})"),
        };
        tx.execute(&sql, ids.clone()).await?;
    }
    Ok(())
}

/// Keeps what is still to be searched for, in the transaction that takes the rows away.
pub(crate) async fn keep_known(tx: &mut Tx, id: i64, known: &Known) -> Result<(), Error> {
    let sql = "UPDATE erasures SET known = $2 WHERE id = $1";
    tx.execute(sql, params![id, serde_json::to_string(known)?])
        .await?;
    Ok(())
}

/// What is still to be searched for.
pub(super) async fn known(db: &Db, id: i64) -> Result<Known, Error> {
    let sql = "SELECT COALESCE(known, '{}') FROM erasures WHERE id = $1";
    let (text,): (String,) = db.fetch_one(sql, params![id]).await?;
    Ok(serde_json::from_str(&text)?)
}

/// Takes out what mentions somebody in one table.
pub(super) async fn mentions(db: &Db, trace: &Trace, mentions: &Mentions) -> Result<(), Error> {
    let Trace { table, remedy } = trace;
    match remedy {
        Remedy::Remove(columns, wanted) => {
            let sql = |column: &str| format!("DELETE FROM {table} WHERE {column} = $1");
            for column in *columns {
                for text in mentioning(db, (table, column), mentions, *wanted).await? {
                    db.execute(&sql(column), params![text]).await?;
                }
            }
        }
        Remedy::Replace(columns, wanted) => {
            let rest = |text: &str| mentions.replaced(text, *wanted);
            replace(db, table, columns, (mentions, *wanted, &rest)).await?;
        }
        Remedy::Restart(column, with) => {
            let sql = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
            for text in mentioning(db, (table, column), mentions, Wanted::Identifiers).await? {
                db.execute(&sql, params![text, *with]).await?;
            }
        }
        Remedy::RemoveBytes(column) => {
            let mut tx = db.begin().await?;
            let sql = format!("DELETE FROM {table} WHERE {}", tx.contains(column, 1));
            for bytes in mentions.plain() {
                tx.execute(&sql, params![bytes]).await?;
            }
            tx.commit().await?;
        }
        Remedy::Redact => redact(db, mentions).await?,
        Remedy::Others(_)
        | Remedy::Beside { .. }
        | Remedy::GiveBack
        | Remedy::Step(_)
        | Remedy::Nothing(_) => {}
    }
    Ok(())
}

/// What is searched for, and what a text is without it.
pub(super) type Search<'a> = (
    &'a Mentions,
    Wanted,
    &'a (dyn Fn(&str) -> Option<String> + Sync),
);

/// Replaces mentions in some columns of a table.
pub(super) async fn replace(
    db: &Db,
    table: &str,
    columns: &[&str],
    (mentions, wanted, rest): Search<'_>,
) -> Result<(), Error> {
    for column in columns {
        let sql = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
        for text in mentioning(db, (table, column), mentions, wanted).await? {
            let Some(rest) = rest(&text) else { continue };
            match db.execute(&sql, params![text.as_str(), rest]).await {
                // Another row has been left with the same words: one of them is enough.
                Err(error) if error.is_unique_violation() => {
                    let sql = format!("DELETE FROM {table} WHERE {column} = $1");
                    db.execute(&sql, params![text]).await?;
                }
                done => drop(done?),
            }
        }
    }
    Ok(())
}

/// Customers (roots) whose states mention somebody.
// cross-customer: whoever speaks of somebody who is erased
pub(super) async fn states_mentioning(
    db: &Db,
    mentions: &Mentions,
) -> Result<Vec<CustomerId>, Error> {
    let mut found = vec![];
    for needles in mentions.needles(Wanted::Identifiers).chunks(NEEDLES) {
        let mut last = CustomerId(0);
        loop {
            let (condition, mut values) = containing(&["state"], needles, 2);
            values.insert(0, Value::from(last));
            let sql = format!(
                "SELECT customer_id FROM customers
                 WHERE customer_id > $1 AND root_id = customer_id AND ({condition})
                 ORDER BY customer_id LIMIT {TEXTS}"
            );
            let rows: Vec<(CustomerId,)> = db.fetch_all(&sql, values).await?;
            let whole = rows.len() < TEXTS;
            found.extend(rows.iter().map(|(id,)| *id));
            match rows.last() {
                Some((id,)) if !whole => last = *id,
                Some(_) | None => break,
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Replaces what rows of the log mention.
// cross-customer: whoever speaks of somebody who is erased
pub(super) async fn log_mentions(db: &Db, others: &Others) -> Result<(), Error> {
    for needles in others.needles().chunks(NEEDLES) {
        let mut last = 0_i64;
        loop {
            let (condition, mut values) = containing(&["body"], needles, 2);
            values.insert(0, Value::from(last));
            let sql = format!(
                "SELECT customer_id, seq, body FROM log WHERE seq > $1 AND ({condition})
                 ORDER BY seq LIMIT {TEXTS}"
            );
            let rows: Vec<(CustomerId, i64, String)> = db.fetch_all(&sql, values).await?;
            let whole = rows.len() < TEXTS;
            for (customer, seq, body) in rows {
                last = seq;
                if let Some(rest) = others.replaced(customer, &body) {
                    let sql = "UPDATE log SET body = $3 WHERE customer_id = $1 AND seq = $2";
                    db.execute(sql, params![customer, seq, rest]).await?;
                }
            }
            if whole {
                break;
            }
        }
    }
    Ok(())
}

/// The different texts of a column that mention somebody.
async fn mentioning(
    db: &Db,
    (table, column): (&str, &str),
    mentions: &Mentions,
    wanted: Wanted,
) -> Result<Vec<String>, Error> {
    let mut found = vec![];
    for needles in mentions.needles(wanted).chunks(NEEDLES) {
        let mut last = String::new();
        loop {
            let (condition, mut values) = containing(&[column], needles, 2);
            values.insert(0, Value::from(last.as_str()));
            let sql = format!(
                "SELECT DISTINCT {column} FROM {table} WHERE {column} > $1 AND ({condition})
                 ORDER BY {column} LIMIT {TEXTS}"
            );
            let texts: Vec<(String,)> = db.fetch_all(&sql, values).await?;
            let whole = texts.len() < TEXTS;
            if let Some((text,)) = texts.last() {
                last.clone_from(text);
            }
            let texts = texts.into_iter().map(|(text,)| text);
            found.extend(texts.filter(|text| !mentions.places(text.as_bytes(), wanted).is_empty()));
            if whole {
                break;
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// A condition that one of some columns contains one of some texts in small letters.
fn containing(columns: &[&str], needles: &[String], from: usize) -> (String, Vec<Value>) {
    let (mut all, mut values) = (vec![], vec![]);
    for (place, needle) in needles.iter().enumerate() {
        let escaped = needle
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        values.push(Value::Text(format!("%{escaped}%")));
        let parameter = from + place;
        let each = columns.iter();
        all.extend(each.map(|column| format!("LOWER({column}) LIKE ${parameter} ESCAPE '\\'")));
    }
    (all.join(" OR "), values)
}

/// Takes the bodies of the audit log out that mention somebody.
async fn redact(db: &Db, mentions: &Mentions) -> Result<(), Error> {
    let mut rows = vec![];
    for needles in mentions.needles(Wanted::Identifiers).chunks(NEEDLES) {
        let mut last = 0;
        loop {
            let columns = ["before_body", "after_body"];
            let (condition, mut values) = containing(&columns, needles, 2);
            values.insert(0, Value::from(last));
            let sql = format!(
                "SELECT seq, COALESCE(before_body, ''), COALESCE(after_body, '') FROM audit_log
                 WHERE seq > $1 AND action <> '{REDACT}' AND ({condition})
                 ORDER BY seq LIMIT {TEXTS}"
            );
            let found: Vec<(i64, String, String)> = db.fetch_all(&sql, values).await?;
            let whole = found.len() < TEXTS;
            for (seq, before, after) in found {
                last = seq;
                let bodies = [before, after];
                let mentioned = |body: &String| {
                    !mentions
                        .places(body.as_bytes(), Wanted::Identifiers)
                        .is_empty()
                };
                if bodies.iter().any(mentioned) {
                    rows.push(seq);
                }
            }
            if whole {
                break;
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    gate::audit::redact(&mut tx, db.now(), &gate::User::command(), &rows).await?;
    tx.commit().await
}

/// An erasure that a crash interrupted.
pub(super) struct Unfinished {
    pub id: i64,
    pub leaves: Vec<CustomerId>,
    /// What is still searched for; `None` before the rows went, or when only the files are left.
    pub known: Option<Known>,
}

/// Erasures that were interrupted, the oldest first.
pub(super) async fn unfinished(db: &Db) -> Result<Vec<Unfinished>, Error> {
    let sql = "SELECT id, leaves, known FROM erasures WHERE done_at IS NULL ORDER BY id LIMIT 1000";
    let rows: Vec<(i64, String, Option<String>)> = db.fetch_all(sql, params![]).await?;
    let mut unfinished = Vec::with_capacity(rows.len());
    for (id, leaves, known) in rows {
        let leaves: Vec<u64> = serde_json::from_str(&leaves)?;
        unfinished.push(Unfinished {
            id,
            leaves: leaves.into_iter().map(CustomerId).collect(),
            known: known.map(|text| serde_json::from_str(&text)).transpose()?,
        });
    }
    Ok(unfinished)
}

/// Notes that a customer is to be erased, before anything is.
pub(super) async fn begin(db: &Db, leaves: &[CustomerId]) -> Result<i64, Error> {
    let id = db.take_numbers("erasures", 1).await?;
    let leaves: Vec<u64> = leaves.iter().map(|leaf| leaf.0).collect();
    db.execute(
        "INSERT INTO erasures (id, leaves, begun_at) VALUES ($1, $2, $3)",
        params![id, serde_json::to_string(&leaves)?, db.now()],
    )
    .await?;
    Ok(id)
}

/// Forgets what was searched for.
pub(super) async fn forget_known(db: &Db, id: i64) -> Result<(), Error> {
    let sql = "UPDATE erasures SET known = NULL WHERE id = $1";
    db.execute(sql, params![id]).await?;
    Ok(())
}

/// Notes that an erasure is complete.
pub(super) async fn end(db: &Db, id: i64) -> Result<(), Error> {
    let sql = "UPDATE erasures SET done_at = $2 WHERE id = $1";
    db.execute(sql, params![id, db.now()]).await?;
    Ok(())
}
