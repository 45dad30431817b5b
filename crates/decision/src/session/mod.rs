//! Sessions of touchpoints: a call, a visit to a kiosk. A session knows its customer, its channel
//! and the circumstances, so that a call centre or a kiosk says each of them once.
//!
//! A session is a row of the store: any node continues it, and a restart loses nothing. Its changes
//! are conditional on the version that was read, so commands that run at once lose nothing either.

pub mod api;
mod command;
pub mod db;
mod event;
mod race;
#[cfg(test)]
mod tests;

use memory::interaction::ContactId;
use serde::Serialize;
use serde_json::{Map, Value};
use store::Timestamp;
use utoipa::ToSchema;

use crate::Channel;
use crate::targeting::CustomerRef;

pub use command::{Command, Reply};

/// How long a session lives after its last command unless its start says otherwise.
pub const TTL_SECONDS: u32 = 1_800;
/// The longest life after the last command: a day.
pub const LONGEST_TTL_SECONDS: u32 = 86_400;
/// The most commands of one batch.
pub const LARGEST_BATCH: usize = 50;
/// The most entries of a session's circumstances.
pub const LARGEST_CONTEXT: usize = 100;
/// Contacts remembered by a session, so that its end gives unused promises back.
const LARGEST_CONTACTS: usize = 500;
/// How long a session that is over is still known, so that its end can be repeated: a day.
const KEPT_MS: i64 = 86_400_000;

store::id!(
    /// A session of a touchpoint.
    SessionId,
    "ses"
);

/// A session of a touchpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The key that started it.
    pub key_id: u64,
    /// Rises with every change.
    pub version: i64,
    /// The channel of the conversation.
    pub channel: Channel,
    /// Whom it is about.
    pub customer: CustomerRef,
    /// The circumstances.
    pub context: Map<String, Value>,
    /// What was promised in it.
    pub contacts: Vec<ContactId>,
    /// Language of the creatives.
    pub language: Option<String>,
    /// How long it lives after its last command.
    pub ttl_ms: i64,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it is over unless something happens.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// A session, as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TouchpointSession)]
pub struct SessionView {
    /// Its id.
    pub session_id: SessionId,
    /// The customer, when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<memory::CustomerId>,
    /// Whom it is about.
    pub customer: CustomerRef,
    /// The channel of the conversation.
    pub channel: Channel,
    /// The circumstances.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
    /// Language of the creatives; the customer's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it is over unless something happens.
    pub expires_at: Timestamp,
    /// When it was ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it still takes commands.
    pub fn open_at(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }

    /// The circumstances with more of them; `null` removes one.
    pub fn take_context(&mut self, more: Map<String, Value>) {
        for (key, value) in more {
            if value.is_null() {
                self.context.remove(&key);
            } else {
                self.context.insert(key, value);
            }
        }
    }

    /// Remembers what was promised.
    pub fn take_contacts(&mut self, contacts: impl IntoIterator<Item = ContactId>) {
        for contact in contacts {
            if !self.contacts.contains(&contact) {
                self.contacts.push(contact);
            }
        }
        let surplus = self.contacts.len().saturating_sub(LARGEST_CONTACTS);
        self.contacts.drain(..surplus);
    }

    /// As callers see it.
    pub fn view(&self, customer_id: Option<memory::CustomerId>) -> SessionView {
        SessionView {
            session_id: self.id,
            customer_id,
            customer: self.customer.clone(),
            channel: self.channel,
            context: self.context.clone(),
            language: self.language.clone(),
            started_at: self.started_at,
            expires_at: self.expires_at,
            ended_at: self.ended_at,
        }
    }
}
