//! Messages in the store.

use memory::CustomerId;
use store::{Db, Error, FromRow, Row as StoreRow, Timestamp, Tx, Value, in_list, params};

use super::outbox::{Message, MessageId, Moment, NewMessage};
use super::state::{Event, Guarantee, Row, State, Suppression};
use crate::journey::InstanceId;

const COLUMNS: &str = "id, customer_id, state, reason, provider_id, guarantee, fence, attempts,
     due_at, doubtful, detail, channel, purpose, category, template, template_version, offer,
     offer_version, contact_id, decision_id, journey, instance_id, step, language, address,
     subject, body, links, history, told, created_at, updated_at";

impl FromRow for Message {
    fn from_row(row: &mut StoreRow) -> Result<Self, Error> {
        Ok(Message {
            id: row.next()?,
            customer_id: row.next()?,
            row: fate(row)?,
            detail: row.next()?,
            channel: row.next()?,
            purpose: row.next()?,
            category: row.next()?,
            template: row.next()?,
            template_version: row.next()?,
            offer: row.next()?,
            offer_version: row.next()?,
            contact_id: row.next()?,
            decision_id: row.next()?,
            journey: row.next()?,
            instance_id: row.next()?,
            step: row.next()?,
            language: row.next()?,
            address: row.next()?,
            subject: row.next()?,
            data: row.json()?,
            links: row.json()?,
            history: row.json()?,
            told: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
        })
    }
}

fn fate(row: &mut StoreRow) -> Result<Row, Error> {
    let name: String = row.next()?;
    let reason: Option<String> = row.next()?;
    let provider_id: Option<String> = row.next()?;
    let guarantee = Guarantee::named(&row.next::<String>()?);
    let fence: u64 = row.next()?;
    let attempts: i64 = row.next()?;
    let due_at: Timestamp = row.next()?;
    // A word that a newer program wrote: nobody here touches such a message.
    let state =
        State::named(&name, reason.as_deref(), fence, provider_id).unwrap_or(State::Uncertain);
    Ok(Row {
        guarantee,
        state,
        fence,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        due_ms: due_at.0,
        doubtful: row.next()?,
    })
}

/// Plans a message in the transaction of whatever is the reason for it; false when the same
/// message is planned already.
pub async fn plan(tx: &mut Tx, new: &NewMessage, now: Timestamp) -> Result<bool, Error> {
    let (journey, instance_id, step) = match &new.journey {
        Some((journey, instance_id, step)) => (
            Some(journey.as_str()),
            Some(*instance_id),
            Some(step.as_str()),
        ),
        None => (None, None, None),
    };
    let begun = [Moment {
        at: now,
        state: State::Planned.name().to_owned(),
        reason: None,
        detail: None,
    }];
    let planned = tx
        .execute(
            "INSERT INTO messages (customer_id, id, once_key, state, guarantee, fence, attempts,
                 due_at, doubtful, channel, purpose, category, template, offer, offer_version,
                 contact_id, decision_id, journey, instance_id, step, body, links, history, told,
                 created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15,
                 $16, $17, $18, '[]', $19, 0, $20, $20)
             ON CONFLICT (customer_id, once_key) DO NOTHING",
            params![
                new.customer_id,
                new.id,
                new.once_key.as_str(),
                State::Planned.name(),
                new.guarantee.word(),
                new.due_at,
                new.channel.as_str(),
                new.purpose.as_str(),
                new.category.clone(),
                new.template.as_str(),
                new.offer.as_ref().map(|(key, _)| key.clone()),
                new.offer.as_ref().map(|(_, version)| *version),
                new.contact.map(|(contact, _)| contact),
                new.contact.map(|(_, decision)| decision),
                journey,
                instance_id,
                step,
                new.data.to_string(),
                serde_json::to_string(&begun)?,
                now,
            ],
        )
        .await?;
    Ok(planned > 0)
}

/// Suppresses what a journey instance that has just ended has planned and not yet handed over.
pub async fn cancel(
    tx: &mut Tx,
    customer_id: CustomerId,
    instance_id: InstanceId,
) -> Result<(), Error> {
    let ended: Option<(Timestamp,)> = tx
        .fetch_optional(
            "SELECT updated_at FROM journey_instances WHERE customer_id = $1 AND id = $2",
            params![customer_id, instance_id],
        )
        .await?;
    // By instance alone: after a merge its messages may stand under another customer.
    let sql = format!(
        "SELECT {COLUMNS} FROM messages
         WHERE instance_id = $1 AND state IN ('planned', 'claimed') ORDER BY id LIMIT 100{}",
        tx.for_update()
    );
    let waiting: Vec<Message> = tx.fetch_all(&sql, params![instance_id]).await?;
    for mut message in waiting {
        let event = Event::Suppress {
            reason: Suppression::Cancelled,
        };
        let at = ended.map_or(message.updated_at, |(at,)| at);
        if message.happen(event, None, at).is_ok() {
            save(tx, &message).await?;
        }
    }
    Ok(())
}

/// One message, locked until the transaction ends.
pub async fn locked(
    tx: &mut Tx,
    customer_id: CustomerId,
    id: MessageId,
) -> Result<Option<Message>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE customer_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.fetch_optional(&sql, params![customer_id, id]).await
}

/// Writes what may change of a message.
pub async fn save(tx: &mut Tx, message: &Message) -> Result<(), Error> {
    let provider_id = match &message.row.state {
        State::Accepted { provider_id } => provider_id.clone(),
        State::Planned
        | State::Claimed { .. }
        | State::Handing { .. }
        | State::Rejected { .. }
        | State::Uncertain
        | State::Suppressed { .. } => None,
    };
    tx.execute(
        "UPDATE messages SET state = $3, reason = $4, provider_id = $5, fence = $6, attempts = $7,
             due_at = $8, doubtful = $9, detail = $10, template_version = $11, contact_id = $12,
             language = $13, address = $14, subject = $15, links = $16, history = $17, told = $18,
             updated_at = $19
         WHERE customer_id = $1 AND id = $2",
        params![
            message.customer_id,
            message.id,
            message.row.state.name(),
            message.row.state.reason(),
            provider_id,
            message.row.fence,
            message.row.attempts,
            message.row.due_ms,
            message.row.doubtful,
            message.detail.clone(),
            message.template_version,
            message.contact_id,
            message.language.clone(),
            message.address.clone(),
            message.subject.clone(),
            serde_json::to_string(&message.links)?,
            serde_json::to_string(&message.history)?,
            message.told,
            message.updated_at,
        ],
    )
    .await?;
    Ok(())
}

/// Whether there is anything to do: due, left behind, or not told yet.
pub async fn any_work(db: &Db, now: Timestamp) -> Result<bool, Error> {
    let row: Option<(i64,)> = db
        .fetch_optional(
            "SELECT 1 FROM messages WHERE state = 'planned' AND due_at <= $1
             UNION ALL SELECT 1 FROM messages WHERE state IN ('claimed', 'handing')
             UNION ALL SELECT 1 FROM messages WHERE told = 0
                 AND state IN ('accepted', 'rejected', 'uncertain', 'suppressed')
             LIMIT 1",
            params![now],
        )
        .await?;
    Ok(row.is_some())
}

/// What is planned and due, oldest first, locked until the transaction ends.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Message>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE state = 'planned' AND due_at <= $1
         ORDER BY due_at, id LIMIT $2{}",
        tx.for_update()
    );
    tx.fetch_all(&sql, params![now, limit]).await
}

/// What a worker with an older lease has left behind, locked until the transaction ends.
pub async fn orphans(tx: &mut Tx, fence: i64, limit: i64) -> Result<Vec<Message>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE state IN ('claimed', 'handing') AND fence < $1
         ORDER BY id LIMIT $2{}",
        tx.for_update()
    );
    tx.fetch_all(&sql, params![fence, limit]).await
}

/// Settled messages whose customer's log does not know yet how they ended.
pub async fn untold(db: &Db, limit: i64) -> Result<Vec<Message>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM messages
         WHERE told = 0 AND state IN ('accepted', 'rejected', 'uncertain', 'suppressed')
         ORDER BY id LIMIT $1"
    );
    db.fetch_all(&sql, params![limit]).await
}

/// Notes that the customer's log knows how messages ended, unless they have moved on since.
pub async fn told(db: &Db, messages: &[Message]) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for message in messages {
        tx.execute(
            "UPDATE messages SET told = 1 WHERE customer_id = $1 AND id = $2 AND state = $3",
            params![message.customer_id, message.id, message.row.state.name()],
        )
        .await?;
    }
    tx.commit().await
}

/// How many messages of some customers (one person before and after a merge) are being handed
/// over. Waits for hand-overs that are being decided at this moment: whatever is committed before
/// this call binds every hand-over that this call does not count.
pub async fn handing(db: &Db, customers: &[CustomerId]) -> Result<usize, Error> {
    let mut tx = db.begin().await?;
    let sql = format!(
        "SELECT state FROM messages WHERE customer_id IN ({}) AND state IN ('claimed', 'handing')
         ORDER BY id{}",
        in_list(customers.len(), 1),
        tx.for_update()
    );
    let ids = customers.iter().map(|id| Value::from(*id)).collect();
    let states: Vec<(String,)> = tx.fetch_all(&sql, ids).await?;
    tx.commit().await?;
    Ok(states.iter().filter(|(state,)| state == "handing").count())
}

/// Whether the journey instance of a message was cancelled, whoever of a merged customer it
/// belongs to.
pub async fn instance_cancelled(
    tx: &mut Tx,
    customers: &[CustomerId],
    instance_id: InstanceId,
) -> Result<bool, Error> {
    let sql = format!(
        "SELECT state FROM journey_instances WHERE id = $1 AND customer_id IN ({})",
        in_list(customers.len(), 2)
    );
    let mut values = params![instance_id];
    values.extend(customers.iter().map(|id| Value::from(*id)));
    let row: Option<(String,)> = tx.fetch_optional(&sql, values).await?;
    Ok(row.is_some_and(|(state,)| state == "cancelled"))
}

/// The digest under which an address is suppressed.
fn address_digest(address: &str) -> Vec<u8> {
    blake3::hash(address.trim().to_lowercase().as_bytes())
        .as_bytes()
        .to_vec()
}

/// Whether nothing may be sent to an address any more.
pub async fn address_suppressed(tx: &mut Tx, channel: &str, address: &str) -> Result<bool, Error> {
    let row: Option<(i64,)> = tx
        .fetch_optional(
            "SELECT since_at FROM suppressed_addresses WHERE digest = $1 AND channel = $2",
            params![address_digest(address), channel],
        )
        .await?;
    Ok(row.is_some())
}

/// Suppresses an address from now on.
pub async fn suppress_address(
    tx: &mut Tx,
    channel: &str,
    address: &str,
    reason: &str,
    detail: &str,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO suppressed_addresses (digest, channel, reason, detail, since_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest, channel) DO NOTHING",
        params![address_digest(address), channel, reason, detail, now],
    )
    .await?;
    Ok(())
}

/// One message, whoever's it is.
pub async fn one(db: &Db, id: MessageId) -> Result<Option<Message>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = $1");
    db.fetch_optional(&sql, params![id]).await
}

/// One message of a customer.
pub async fn of_customer(
    db: &Db,
    customer_id: CustomerId,
    id: MessageId,
) -> Result<Option<Message>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE customer_id = $1 AND id = $2");
    db.fetch_optional(&sql, params![customer_id, id]).await
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<String>,
    /// Only of this journey.
    pub journey: Option<String>,
    /// Only with this template.
    pub template: Option<String>,
    /// Only of these customers.
    pub customers: Vec<CustomerId>,
}

/// Messages, newest first, older than `before`.
pub async fn page(
    db: &Db,
    filter: &Filter,
    before: i64,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    let mut values = params![before, limit];
    let mut conditions = String::new();
    let words = [
        ("state", &filter.state),
        ("journey", &filter.journey),
        ("template", &filter.template),
    ];
    for (column, wanted) in words {
        if let Some(wanted) = wanted {
            values.push(Value::from(wanted));
            conditions.push_str(&format!(" AND {column} = ${}", values.len()));
        }
    }
    if !filter.customers.is_empty() {
        let list = in_list(filter.customers.len(), values.len() + 1);
        conditions.push_str(&format!(" AND customer_id IN ({list})"));
        values.extend(filter.customers.iter().map(|id| Value::from(*id)));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE id < $1{conditions} ORDER BY id DESC LIMIT $2"
    );
    db.fetch_all(&sql, values).await
}

/// How many messages stand in each state.
pub async fn counts(db: &Db) -> Result<Vec<(String, i64)>, Error> {
    db.fetch_all(
        "SELECT state, COUNT(*) FROM messages GROUP BY state",
        params![],
    )
    .await
}
