//! What execution needs while it runs: memory, playbook, link keys, sender.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use decision::Decider;
use decision::offer::made::as_made;
use gate::setting;
use memory::Memory;
use parking_lot::Mutex;
use serde_json::Value;
use store::{Db, definition};

use crate::Error;
use crate::channel::email::Mailbox;
use crate::journey::playbook::Playbook;
use crate::message::link::{Key, Keys};
use crate::message::outbox::Message;

/// The setting with the secret that signs links; made once, at first use.
const LINK_SECRET: &str = "link_secret";
/// Versions of offers kept at hand.
const OFFERS_LIMIT: usize = 1_000;

/// What an installation has decided about its messages.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How links to this installation begin, without a slash at the end.
    pub base_url: String,
    /// The sender that customers see.
    pub from: Mailbox,
    /// Where bounces go, when not to the sender.
    pub bounces_to: Option<String>,
}

/// What handlers and workers of execution need. Cheap to clone.
#[derive(Clone)]
pub struct ExecutionState(Arc<Inner>);

/// The inside of [`ExecutionState`].
pub struct Inner {
    /// The store.
    pub db: Db,
    /// The memory of customers.
    pub memory: Memory,
    /// The contact policy.
    pub decider: Decider,
    /// The published journeys and templates.
    pub playbook: Arc<ArcSwap<Playbook>>,
    /// Sign the links in messages.
    pub keys: Keys,
    /// What the installation has decided.
    pub settings: Settings,
    offers: Mutex<HashMap<(String, i64), Arc<Value>>>,
}

impl std::ops::Deref for ExecutionState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl ExecutionState {
    /// Opens execution over the memory of customers.
    pub async fn open(
        memory: Memory,
        decider: Decider,
        playbook: Arc<ArcSwap<Playbook>>,
        settings: Settings,
    ) -> Result<ExecutionState, Error> {
        let db = memory.db().clone();
        let secret = db.random().token();
        let secret = setting::db::get_or_put(&db, LINK_SECRET, secret).await?;
        Ok(ExecutionState(Arc::new(Inner {
            keys: Keys::new(Key::new(1, secret.as_bytes()), Vec::new()),
            playbook,
            offers: Mutex::default(),
            db,
            memory,
            decider,
            settings,
        })))
    }

    /// The offer that a message carries, as it was made to the customer: its variant, and the code
    /// of its contact.
    pub async fn offer_as_made(&self, message: &Message) -> Result<Option<Arc<Value>>, Error> {
        let (Some(key), Some(version)) = (&message.offer, message.offer_version) else {
            return Ok(None);
        };
        let Some(body) = self.offer(key, version).await? else {
            return Ok(None);
        };
        let plain = body.get("variants").is_none() && body["code"].is_null();
        let contact = match message.contact_id.filter(|_| !plain) {
            Some(contact) => contact,
            None => return Ok(Some(body)),
        };
        let code = self.decider.code_of(contact).await?;
        let made = self.memory.contact(contact).await?;
        let variant = made.and_then(|made| made.contact.variant);
        let made = as_made(&body, variant.as_deref(), code.as_deref());
        Ok(Some(Arc::new(made)))
    }

    /// The body of one version of an offer; versions never change. One without variants is kept
    /// with its attributes in its texts.
    async fn offer(&self, key: &str, version: i64) -> Result<Option<Arc<Value>>, Error> {
        let place = (key.to_owned(), version);
        if let Some(known) = self.offers.lock().get(&place) {
            return Ok(Some(known.clone()));
        }
        let found = definition::version(&self.db, "offer", key, version).await?;
        let Some(found) = found else { return Ok(None) };
        let plain = found.body.get("variants").is_none() && found.body["code"].is_null();
        let body = Arc::new(match plain {
            true => as_made(&found.body, None, None),
            false => found.body,
        });
        let mut offers = self.offers.lock();
        if offers.len() >= OFFERS_LIMIT {
            offers.clear();
        }
        offers.insert(place, body.clone());
        Ok(Some(body))
    }
}
