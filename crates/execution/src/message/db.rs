//! Messages in the store.

use memory::CustomerId;
use store::{Error, FromRow, Row as StoreRow, Timestamp, Tx, params};

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
         WHERE instance_id = $1 AND state IN ('planned', 'claimed') LIMIT 100{}",
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
