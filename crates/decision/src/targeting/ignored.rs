//! Ignored offers: a view that is not answered within the placement's time counts as a soft no.
//!
//! The append writes a signal for every response. A view is put on the list of open views with the
//! moment at which it is due; when nothing has answered it by then, `ignored` is appended, once
//! whatever crashes: the statement has an id of its own.

use memory::CustomerState;
use memory::interaction::{ContactId, Response, ResponseKind};
use memory::log::db::{self as log_db, Signal};
use memory::log::{Command, Entry, MessageMark, NewRow};

use super::{Decider, db};
use crate::Error;
use crate::catalog::Catalog;

/// What watches for responses.
pub const WATCH: &str = "ignored:views";
/// Signals and views handled at once.
const CHUNK: i64 = 500;

impl Decider {
    /// Puts new views on the list, and notes those that nobody has answered in time. Returns how
    /// many were ignored.
    pub async fn note_ignored(&self) -> Result<usize, Error> {
        let store = self.memory().db();
        loop {
            let signals = log_db::signals(store, WATCH, CHUNK).await?;
            for signal in &signals {
                if let Err(error) = self.open_view(signal).await {
                    let next_try_at = signal.next_try_at(store.now());
                    let given_up = next_try_at.is_none();
                    tracing::warn!(%error, given_up, seq = signal.seq, "a view could not be noted");
                    let mut tx = store.begin().await?;
                    log_db::put_off_signal(&mut tx, signal, next_try_at).await?;
                    tx.commit().await?;
                }
            }
            if (signals.len() as i64) < CHUNK {
                break;
            }
        }
        let mut ignored = 0;
        loop {
            let due = db::due_views(store, store.now(), CHUNK).await?;
            for view in &due {
                ignored += usize::from(self.settle_view(view).await?);
            }
            if (due.len() as i64) < CHUNK {
                return Ok(ignored);
            }
        }
    }

    /// Takes one signal off, and puts a view on the list.
    async fn open_view(&self, signal: &Signal) -> Result<(), Error> {
        let response: Response = serde_json::from_str(&signal.body)?;
        let store = self.memory().db();
        let view = match (response.kind, response.contact_id) {
            (ResponseKind::View, Some(contact)) if !response.in_control => {
                let wait_ms = self.patience(contact, signal).await?;
                wait_ms.map(|ms| (contact, signal.occurred_at.plus_ms(ms)))
            }
            _ => None,
        };
        let mut tx = store.begin().await?;
        if log_db::take_signal(&mut tx, signal).await?
            && let Some((contact, due_at)) = view
        {
            db::open_view(&mut tx, signal.customer_id, contact, due_at).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// How long the placement of a contact waits for an answer; `None` when it does not matter.
    async fn patience(&self, contact: ContactId, signal: &Signal) -> Result<Option<i64>, Error> {
        let customer = self.memory().customer(signal.customer_id).await?;
        let state = customer.as_ref().map(|customer| &customer.state);
        let mark = state.and_then(|s| s.contacts.iter().find(|m| m.contact_id == contact));
        let placement = mark.and_then(|mark| mark.placement.as_deref());
        Ok(patience(&self.catalog(), placement))
    }

    /// Ends one open view; whether it was ignored.
    async fn settle_view(&self, view: &db::OpenView) -> Result<bool, Error> {
        let memory = self.memory();
        let customer = memory.customer(view.customer_id).await?;
        let state = customer.as_ref().map(|customer| &*customer.state);
        let version = state.map(|state| state.contact_version);
        let ignored = state.and_then(|state| ignored(state, view.contact));
        let counts = ignored.is_some();
        drop(customer);
        if let Some(response) = ignored {
            let row = NewRow {
                occurred_at: view.due_at,
                source_id: 0,
                message: Some(mark(view.contact)),
                entry: Entry::Response(response),
            };
            let command = Command {
                customer: view.customer_id,
                rows: vec![row],
                expect: version,
            };
            match memory.append(command).await {
                Ok(_) => {}
                // The customer did something at this very moment: looked at again next time.
                Err(memory::Error::Conflict(_)) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        db::close_view(memory.db(), view).await?;
        Ok(counts)
    }
}

/// How long a placement waits for an answer to a view.
pub fn patience(catalog: &Catalog, placement: Option<&str>) -> Option<i64> {
    let place = catalog.placement_place(placement?)?;
    catalog.placements[usize::from(place)].body.ignored_after_ms
}

/// The response that says a contact was ignored; nothing when something has answered it.
fn ignored(state: &CustomerState, contact: ContactId) -> Option<Response> {
    let mark = state
        .contacts
        .iter()
        .find(|mark| mark.contact_id == contact)?;
    let answers = |kind| match kind {
        ResponseKind::View => false,
        ResponseKind::Click
        | ResponseKind::Accept
        | ResponseKind::Reject
        | ResponseKind::Ignored
        | ResponseKind::Custom => true,
    };
    let answered = state
        .responses
        .iter()
        .any(|known| known.contact_id == Some(contact) && answers(known.kind));
    (!answered).then(|| Response {
        kind: ResponseKind::Ignored,
        name: None,
        contact_id: Some(contact),
        offer: mark.offer.clone(),
        category: mark.category.clone(),
        channel: Some(mark.channel.clone()),
        inferred: true,
        in_control: false,
        value_cents: None,
        currency: None,
        credit: None,
        note: None,
    })
}

/// The same contact is ignored once.
fn mark(contact: ContactId) -> MessageMark {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"ignored\0").update(&contact.0.to_le_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    MessageMark {
        digest,
        body_hash: 0,
    }
}
