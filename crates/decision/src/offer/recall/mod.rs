//! Recall: one act that stops an offer everywhere, within a second, on every node.
//!
//! A recall is a row of its own and no version of the offer: it takes effect without compiling
//! anything, and undoing it leaves the offer as it was. Every process looks several times a
//! second whether there is a newer recall; outbound messages look in the transaction in which
//! they are handed over.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::Timestamp;
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::targeting::reason::Reason;
use crate::{Decider, Error};

/// How often a process looks for newer recalls: a quarter of what is promised.
const EVERY: Duration = Duration::from_millis(250);
/// The longest reason, in characters.
pub const LARGEST_REASON: usize = 500;

/// An offer that was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recall {
    /// Key of the offer.
    pub offer: String,
    /// Why.
    pub reason: String,
    /// Whether codes and coupons that customers have already are still honoured.
    pub honours: bool,
    /// Who recalled it.
    pub author: String,
    /// When.
    pub recalled_at: Timestamp,
}

/// Offers that may not be made, whatever the catalog says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stopped {
    /// Grows with every recall and every undoing.
    pub revision: i64,
    /// Recalled offers, by key.
    pub recalled: HashMap<String, Recall>,
    /// Keys of offers that come with a code, and no code is left.
    pub no_code: HashSet<String>,
}

impl Stopped {
    /// Whether anything is stopped at all.
    pub fn any(&self) -> bool {
        !self.recalled.is_empty() || !self.no_code.is_empty()
    }

    /// Why an offer may not be made.
    pub fn against(&self, offer: &str) -> Option<Reason> {
        if self.recalled.contains_key(offer) {
            Some(Reason::Recalled)
        } else if self.no_code.contains(offer) {
            Some(Reason::NoCode)
        } else {
            None
        }
    }
}

impl Decider {
    /// The recall of an offer, as this process knows it.
    pub fn recall_of(&self, offer: &str) -> Option<Recall> {
        self.stopped().recalled.get(offer).cloned()
    }

    /// Looks for recalls and for offers without codes that other processes know of.
    pub async fn refresh_stopped(&self) -> Result<(), Error> {
        let db = self.memory().db();
        let known = self.stopped();
        // The revision is read first: a recall in between leads to one more look.
        let revision = db::revision(db).await?;
        let recalled = if revision == known.revision {
            known.recalled.clone()
        } else {
            let all = db::all(db).await?.into_iter();
            all.map(|recall| (recall.offer.clone(), recall)).collect()
        };
        let no_code = self.offers_without_code().await?;
        let stopped = Stopped {
            revision,
            recalled,
            no_code,
        };
        if stopped != *known {
            self.stop_offers(stopped);
        }
        Ok(())
    }

    /// Follows recalls and what is left of codes until `stop` is true.
    pub async fn follow_stopped(self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.refresh_stopped().await {
                tracing::warn!(%error, "recalls could not be read");
            }
        }
    }
}
