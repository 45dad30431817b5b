//! Journeys in the store.

use memory::CustomerId;
use store::{Db, Error, FromRow, Row, Timestamp, Tx, Value, in_list, params};

use super::{Instance, InstanceId, State};

const COLUMNS: &str = "id, customer_id, journey, version, instance_key, state, step, due_at,
     attempts, reason, body, entered_at, updated_at";

impl FromRow for Instance {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(Instance {
            id: row.next()?,
            customer_id: row.next()?,
            journey: row.next()?,
            version: row.next()?,
            key: row.next()?,
            state: State::named(&row.next::<String>()?).unwrap_or(State::Failed),
            step: row.next()?,
            due_at: row.next()?,
            attempts: row.next()?,
            reason: row.next()?,
            luggage: row.json()?,
            entered_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

impl Instance {
    fn live_key(&self) -> Option<String> {
        match self.state {
            State::Pending | State::Inside => Some(self.key.clone()),
            State::Done | State::Cancelled | State::Failed => None,
        }
    }
}

/// Writes an instance, new or moved.
pub async fn save(tx: &mut Tx, instance: &Instance) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO journey_instances (customer_id, id, journey, version, live_key, instance_key,
             state, step, due_at, attempts, reason, body, entered_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (customer_id, id) DO UPDATE SET live_key = $5, state = $7, step = $8,
             due_at = $9, attempts = $10, reason = $11, body = $12, updated_at = $14",
        params![
            instance.customer_id,
            instance.id,
            instance.journey.as_str(),
            instance.version,
            instance.live_key(),
            instance.key.as_str(),
            instance.state.word(),
            instance.step.clone(),
            instance.due_at,
            instance.attempts,
            instance.reason.clone(),
            serde_json::to_string(&instance.luggage)?,
            instance.entered_at,
            instance.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// The newest instances of some customers (one person before and after a merge) in a journey.
pub async fn of_customers(
    tx: &mut Tx,
    customers: &[CustomerId],
    journey: &str,
) -> Result<Vec<Instance>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_instances WHERE journey = $1 AND customer_id IN ({})
         ORDER BY id DESC LIMIT 200",
        in_list(customers.len(), 2)
    );
    let mut values = params![journey];
    values.extend(customers.iter().map(|id| Value::from(*id)));
    tx.fetch_all(&sql, values).await
}

/// Instances that should go on, oldest first.
pub async fn due(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Instance>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_instances
         WHERE state IN ('pending', 'inside') AND due_at <= $1 ORDER BY due_at LIMIT $2"
    );
    db.fetch_all(&sql, params![now, limit]).await
}

/// One instance, locked until the transaction ends.
pub async fn locked(
    tx: &mut Tx,
    customer: CustomerId,
    id: InstanceId,
) -> Result<Option<Instance>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_instances WHERE customer_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.fetch_optional(&sql, params![customer, id]).await
}

/// Instances of a journey, newest first, optionally in one state or at one step.
pub async fn page(
    db: &Db,
    journey: &str,
    state: Option<State>,
    step: Option<&str>,
    before: i64,
    limit: i64,
) -> Result<Vec<Instance>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_instances
         WHERE journey = $1 AND id < $2 AND ($3 = '' OR state = $3) AND ($4 = '' OR step = $4)
         ORDER BY id DESC LIMIT $5"
    );
    let state = state.map_or("", State::word);
    db.fetch_all(
        &sql,
        params![journey, before, state, step.unwrap_or(""), limit],
    )
    .await
}

/// Instances of one customer, newest first.
pub async fn of_customer(db: &Db, customers: &[CustomerId]) -> Result<Vec<Instance>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_instances WHERE customer_id IN ({})
         ORDER BY id DESC LIMIT 100",
        in_list(customers.len(), 1)
    );
    db.fetch_all(&sql, customers.iter().map(|id| Value::from(*id)).collect())
        .await
}

/// Counts how many have entered steps, in the transaction that moves them.
pub async fn count_entered(
    tx: &mut Tx,
    journey: &str,
    version: i64,
    steps: &[String],
) -> Result<(), Error> {
    for step in steps {
        tx.execute(
            "INSERT INTO journey_steps (journey, version, step, entered_count)
             VALUES ($1, $2, $3, 1)
             ON CONFLICT (journey, version, step)
             DO UPDATE SET entered_count = journey_steps.entered_count + 1",
            params![journey, version, step.as_str()],
        )
        .await?;
    }
    Ok(())
}

/// How many have entered each step, over all versions.
pub async fn entered(db: &Db, journey: &str) -> Result<Vec<(String, i64)>, Error> {
    db.fetch_all(
        "SELECT step, CAST(SUM(entered_count) AS BIGINT) FROM journey_steps
         WHERE journey = $1 GROUP BY step",
        params![journey],
    )
    .await
}

/// How many instances stand in each state and at each step now.
pub async fn standing(db: &Db, journey: &str) -> Result<Vec<(String, Option<String>, i64)>, Error> {
    db.fetch_all(
        "SELECT state, step, COUNT(*) FROM journey_instances WHERE journey = $1
         GROUP BY state, step",
        params![journey],
    )
    .await
}
