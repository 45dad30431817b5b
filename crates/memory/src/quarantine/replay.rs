//! Replay: an item from quarantine is read again, perhaps corrected, and taken in.

use store::Error as StoreError;

use super::{Quarantined, State, db};
use crate::event::wire::{Form, Item, parse_item};
use crate::event::{BLOCKED_IDENTIFIER, prepare};
use crate::log::Verdict;
use crate::{CustomerId, Error, Memory};

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It stands in the log now, or stood there already.
    Taken {
        /// Whose it is, when it is new.
        customer_id: Option<CustomerId>,
        /// True when it stood there already.
        duplicate: bool,
    },
    /// It still cannot be taken in.
    Refused {
        /// Why, for programs.
        reason: String,
        /// Why and what to do, for people.
        detail: String,
    },
    /// Somebody else has decided about it meanwhile.
    Settled,
}

fn refused(reason: &str, detail: impl Into<String>) -> Outcome {
    let (reason, detail) = (reason.to_owned(), detail.into());
    Outcome::Refused { reason, detail }
}

/// Reads an item again, with `body` in place of its own when given, and takes it in.
pub async fn replay(
    memory: &Memory,
    item: &Quarantined,
    body: Option<&str>,
) -> Result<Outcome, Error> {
    if item.state != State::Waiting {
        return Ok(Outcome::Settled);
    }
    let form = Form::named(&item.form).unwrap_or(Form::Batch);
    let mut event = match parse_item(form, body.unwrap_or(&item.body)) {
        Item::Event(event) => event,
        Item::Rejected(still) => return Ok(refused(still.reason.code(), still.message)),
    };
    // An item without an id gets one of its place here, so that two replays count once.
    event.message_id.get_or_insert_with(|| item.id.to_string());
    let random = memory.db().random();
    let Ok(incoming) = prepare(event, item.source_id, item.received_at, random) else {
        let detail = "the identifiers mean nobody (null, guest, 0 …)";
        return Ok(refused(BLOCKED_IDENTIFIER, detail));
    };
    let verdict = memory.ingest(vec![incoming]).await?.into_iter().next();
    let outcome = match verdict {
        Some(Verdict::Accepted { customer_id, .. }) => Outcome::Taken {
            customer_id: Some(customer_id),
            duplicate: false,
        },
        Some(Verdict::Duplicate) => Outcome::Taken {
            customer_id: None,
            duplicate: true,
        },
        Some(Verdict::Conflicting { .. }) => {
            let detail = "this message id came before with other content; give it another one";
            return Ok(refused("conflicting_message_id", detail));
        }
        None => return Err(Error::Closed),
    };
    settle(memory, item, &outcome).await?;
    Ok(outcome)
}

async fn settle(memory: &Memory, item: &Quarantined, outcome: &Outcome) -> Result<(), StoreError> {
    let word = match outcome {
        Outcome::Taken {
            duplicate: true, ..
        } => "duplicate",
        Outcome::Taken {
            duplicate: false, ..
        }
        | Outcome::Refused { .. }
        | Outcome::Settled => "accepted",
    };
    let now = memory.db().now();
    let mut tx = memory.db().begin().await?;
    db::settle(&mut tx, item.id, State::Replayed, Some(word), now).await?;
    tx.commit().await
}
