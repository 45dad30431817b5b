//! The step from which the provider may have a message: the last check and the new state are one
//! transaction.
//!
//! Whatever was committed before this transaction began binds it: a consent that was denied, an
//! address that bounced, a journey that was cancelled. Whoever answers a customer's "no" asks
//! [`super::settled`] first, which waits for the transactions that began before.

use decision::offer::recall;
use decision::suppression;
use gate::setting::{self, OUTBOUND_HOLD};
use memory::Customer;
use store::Tx;
use store::job::{self, Lease};

use super::check::{Circumstances, Verdict, verdict};
use super::db;
use super::outbox::Message;
use super::prepare::{NotReady, Prepared};
use super::state::Event;
use crate::{Error, ExecutionState};

/// Moves what is ready and allowed to `handing`, and everything else to where it belongs. Returns
/// what must be handed over now.
pub async fn hand_over(
    state: &ExecutionState,
    lease: &Lease,
    mut all: Vec<Result<Prepared, NotReady>>,
) -> Result<Vec<Prepared>, Error> {
    if all.is_empty() {
        return Ok(vec![]);
    }
    // Rows are locked in one order by everybody.
    all.sort_by_key(|one| match one {
        Ok(prepared) => prepared.message.id,
        Err(other) => other.0.id,
    });
    let mut handing = Vec::new();
    let mut tx = state.db.begin().await?;
    job::still_held(&mut tx, lease).await?;
    let hold: Option<serde_json::Value> = setting::db::get_in(&mut tx, OUTBOUND_HOLD).await?;
    for one in all {
        match one {
            Ok(mut prepared) => {
                let fence = lease.fence as u64;
                let Some(current) = locked(&mut tx, &prepared.message, fence).await? else {
                    continue;
                };
                let verdict = look(state, &mut tx, &prepared, hold.is_some()).await?;
                prepared.message = follow(state, &mut tx, current, &verdict, fence).await?;
                if verdict == Verdict::HandOver {
                    handing.push(prepared);
                }
            }
            Err(other) => {
                let (message, verdict) = *other;
                let fence = lease.fence as u64;
                if let Some(current) = locked(&mut tx, &message, fence).await? {
                    follow(state, &mut tx, current, &verdict, fence).await?;
                }
            }
        }
    }
    fail::fail_point!("outbox_before_handing", |_| Err(Error::FailPoint));
    tx.commit().await?;
    fail::fail_point!("outbox_after_handing", |_| Err(Error::FailPoint));
    Ok(handing)
}

/// The row as it stands now, with what was found out while it was prepared; `None` when somebody
/// has cancelled it meanwhile.
async fn locked(tx: &mut Tx, ready: &Message, fence: u64) -> Result<Option<Message>, Error> {
    let Some(current) = db::locked(tx, ready.customer_id, ready.id).await? else {
        return Ok(None);
    };
    let ours = current.row.next(Event::HandOver { fence }).is_ok();
    Ok(ours.then(|| Message {
        row: current.row,
        history: current.history,
        ..ready.clone()
    }))
}

/// Looks at everything that may speak against the message, on the primary.
async fn look(
    state: &ExecutionState,
    tx: &mut Tx,
    prepared: &Prepared,
    held: bool,
) -> Result<Verdict, Error> {
    let message = &prepared.message;
    let customer = state.memory.customer(message.customer_id).await?;
    let customer = customer.ok_or(Error::NoCustomer(message.customer_id))?;
    let mut everyone = customer.state.members.clone();
    everyone.push(customer.id);
    let cancelled = match message.instance_id {
        Some(instance_id) => db::instance_cancelled(tx, &everyone, instance_id).await?,
        None => false,
    };
    let recall = match &message.offer {
        Some(offer) => recall::db::in_tx(tx, offer).await?,
        None => None,
    };
    let listed = listed(state, tx, message, &customer).await?;
    let address = &prepared.mail.to.address;
    let around = Circumstances {
        customer: &customer.state,
        now: state.db.now(),
        held,
        listed: listed.as_deref(),
        address_suppressed: db::address_suppressed(tx, &message.channel, address).await?,
        cancelled,
        offer_until: prepared.offer_until,
        recalled: recall.as_ref().map(|recall| recall.reason.as_str()),
    };
    Ok(verdict(message, &around))
}

/// The suppression list that holds the customer at this moment, read on the primary.
async fn listed(
    state: &ExecutionState,
    tx: &mut Tx,
    message: &Message,
    customer: &Customer,
) -> Result<Option<String>, Error> {
    let catalog = state.decider.catalog();
    let now = state.db.now();
    let lists = catalog.suppression_lists.iter();
    let concerning = lists.filter(|(_, l)| l.concerns(&message.channel, &message.purpose, now));
    let concerning: Vec<&String> = concerning.map(|(key, _)| key).collect();
    if concerning.is_empty() {
        return Ok(None);
    }
    let digests = suppression::digests(customer.id, &customer.state);
    let holding = suppression::db::holding(tx, &digests).await?;
    let standing = holding
        .into_iter()
        .filter(|(key, end)| concerning.contains(&key) && end.is_none_or(|end| now < end));
    Ok(standing.map(|(key, _)| key).next())
}

async fn follow(
    state: &ExecutionState,
    tx: &mut Tx,
    mut message: Message,
    verdict: &Verdict,
    fence: u64,
) -> Result<Message, Error> {
    let now = state.db.now();
    let (event, detail) = match verdict {
        Verdict::HandOver => (Event::HandOver { fence }, None),
        Verdict::Wait { until, what } => (
            Event::Release {
                fence,
                due_ms: until.0,
            },
            Some((*what).to_owned()),
        ),
        Verdict::Reserve => {
            message.contact_id = None;
            let detail = "the reserved contact has run out".to_owned();
            (
                Event::Release {
                    fence,
                    due_ms: now.0,
                },
                Some(detail),
            )
        }
        Verdict::Suppress { reason, detail } => {
            (Event::Suppress { reason: *reason }, detail.clone())
        }
    };
    message.happen(event, detail, now)?;
    db::save(tx, &message).await?;
    Ok(message)
}
