//! Counters of caps in the store.

use std::collections::{BTreeMap, BTreeSet};

use store::{Db, Error, Timestamp, Tx, Value, in_list, params};

use super::{Changes, Hold, How};
use crate::interaction::ContactId;

/// Counters per statement.
const CHUNK: usize = 200;

/// What is taken of some counters; those never touched are absent.
pub async fn load(db: &Db, wanted: &[String]) -> Result<Vec<(String, i64)>, Error> {
    let mut found = vec![];
    for chunk in wanted.chunks(CHUNK) {
        let sql = select(chunk.len(), "");
        found.extend(db.fetch_all::<(String, i64)>(&sql, texts(chunk)).await?);
    }
    Ok(found)
}

/// Locks some counters in order and says what is taken of them.
pub(crate) async fn lock(
    tx: &mut Tx,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, i64>, Error> {
    let wanted: Vec<String> = wanted.iter().cloned().collect();
    let mut found = BTreeMap::new();
    for chunk in wanted.chunks(CHUNK) {
        let sql = select(chunk.len(), tx.for_update());
        let mut rows: Vec<(String, i64)> = tx.fetch_all(&sql, texts(chunk)).await?;
        if rows.len() < chunk.len() {
            // Never touched before: made first, so that two processes cannot both be the first.
            let new = chunk.iter().map(|counter| params![counter.as_str(), 0_i64]);
            let columns = ["counter", "taken"];
            let after = "ON CONFLICT (counter) DO NOTHING";
            tx.insert_many("cap_counters", &columns, new.collect(), after)
                .await?;
            rows = tx.fetch_all(&sql, texts(chunk)).await?;
        }
        found.extend(rows);
    }
    Ok(found)
}

fn select(count: usize, lock: &str) -> String {
    format!(
        "SELECT counter, taken FROM cap_counters WHERE counter IN ({}) ORDER BY counter{lock}",
        in_list(count, 1)
    )
}

fn texts(of: &[String]) -> Vec<Value> {
    of.iter().map(|text| Value::Text(text.clone())).collect()
}

/// Writes what a group changes; by how much each counter moved.
pub(crate) async fn save(tx: &mut Tx, changes: Changes) -> Result<BTreeMap<String, i64>, Error> {
    let mut moved = changes.taken;
    let holds = changes.holds.into_iter().map(|hold| {
        params![
            hold.customer_id,
            hold.contact,
            hold.counter,
            hold.amount,
            hold.expires_at
        ]
    });
    let columns = [
        "customer_id",
        "contact_seq",
        "counter",
        "amount",
        "expires_at",
    ];
    tx.insert_many("cap_holds", &columns, holds.collect(), "")
        .await?;
    for settle in changes.settles {
        let held = match settle.how {
            How::Take => false,
            How::Keep | How::GiveBack => drop_hold(tx, settle.contact, &settle.counter).await?,
        };
        let by = match settle.how {
            How::Keep if held => 0,
            How::Keep | How::Take => settle.amount,
            How::GiveBack if held => -settle.amount,
            How::GiveBack => 0,
        };
        *moved.entry(settle.counter).or_default() += by;
    }
    add(tx, &moved).await?;
    Ok(moved)
}

async fn drop_hold(tx: &mut Tx, contact: ContactId, counter: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM cap_holds WHERE contact_seq = $1 AND counter = $2";
    Ok(tx.execute(sql, params![contact, counter]).await? > 0)
}

async fn add(tx: &mut Tx, moved: &BTreeMap<String, i64>) -> Result<(), Error> {
    for (counter, by) in moved.iter().filter(|(_, by)| **by != 0) {
        tx.execute(
            "INSERT INTO cap_counters (counter, taken) VALUES ($1, $2)
             ON CONFLICT (counter) DO UPDATE SET taken = cap_counters.taken + excluded.taken",
            params![counter.as_str(), *by],
        )
        .await?;
    }
    Ok(())
}

/// Holds that have expired, at most so many.
pub(crate) async fn expired(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Hold>, Error> {
    type Columns = (crate::CustomerId, ContactId, String, i64, Timestamp);
    let rows: Vec<Columns> = db
        .fetch_all(
            "SELECT customer_id, contact_seq, counter, amount, expires_at FROM cap_holds
             WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
            params![now, limit],
        )
        .await?;
    let hold = |(customer_id, contact, counter, amount, expires_at)| Hold {
        customer_id,
        contact,
        counter,
        amount,
        expires_at,
    };
    Ok(rows.into_iter().map(hold).collect())
}

/// Gives expired holds back, each once whoever else does the same; by how much counters moved.
/// The counters must be locked.
pub(crate) async fn give_back(tx: &mut Tx, holds: &[Hold]) -> Result<BTreeMap<String, i64>, Error> {
    let mut moved = BTreeMap::new();
    for hold in holds {
        if drop_hold(tx, hold.contact, &hold.counter).await? {
            *moved.entry(hold.counter.clone()).or_default() -= hold.amount;
        }
    }
    add(tx, &moved).await?;
    Ok(moved)
}

/// What a cap has taken in its newest periods, by period, newest first.
pub async fn periods(db: &Db, cap: &str, limit: i64) -> Result<Vec<(String, i64)>, Error> {
    let prefix = format!("{cap}@");
    db.fetch_all(
        "SELECT counter, taken FROM cap_counters WHERE SUBSTR(counter, 1, CAST($1 AS INTEGER)) = $2
         ORDER BY counter DESC LIMIT $3",
        params![prefix.len() as i64, prefix, limit],
    )
    .await
}

/// What is held and not yet definite, by counter.
pub async fn held(db: &Db, cap: &str) -> Result<Vec<(String, i64)>, Error> {
    let prefix = format!("{cap}@");
    db.fetch_all(
        "SELECT counter, CAST(SUM(amount) AS BIGINT) FROM cap_holds
         WHERE SUBSTR(counter, 1, CAST($1 AS INTEGER)) = $2
         GROUP BY counter ORDER BY counter LIMIT 1000",
        params![prefix.len() as i64, prefix],
    )
    .await
}
