//! What codes need from time to time: promises that ran out are settled, redemptions are told.

use std::time::Duration;

use memory::interaction::ContactStatus;
use tokio::sync::watch;

use super::db;
use crate::{Channel, Decider, Error};

/// How often promises that ran out are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// Promises settled at once.
const CHUNK: i64 = 500;

impl Decider {
    /// Settles promises that have run out: a code that was shown stays with its customer, another
    /// goes back to the end of its pool. It counts as shown when any of its contacts was. In a
    /// channel that does not tell what was seen, a code that was answered may stand on somebody's
    /// screen or paper, so it counts as shown. Any number of processes may do it at once.
    pub async fn sweep_codes(&self) -> Result<u64, Error> {
        let memory = self.memory();
        let db = memory.db();
        let mut given_back = 0;
        let codes = db::run_out(db, db.now(), CHUNK).await?;
        if codes.is_empty() {
            return Ok(0);
        }
        let first = db
            .take_numbers("code_positions", codes.len() as i64)
            .await?;
        for (at, code) in codes.iter().enumerate() {
            let (Some(customer), Some(contact)) = (code.customer_id, code.contact_id) else {
                continue;
            };
            let customer = memory.customer(customer).await?;
            let having = self.having_same_code(contact).await?;
            let seen = having.iter().any(|contact| {
                let mark = customer.as_ref().and_then(|customer| {
                    let mut contacts = customer.state.contacts.iter().rev();
                    contacts.find(|mark| mark.contact_id == *contact)
                });
                // A contact that is no longer known may have been shown: in doubt the code stays.
                mark.is_none_or(|mark| match mark.status {
                    ContactStatus::Presented => true,
                    ContactStatus::Reserved => self.answered_unseen(&mark.channel),
                    ContactStatus::Released => false,
                })
            });
            if seen {
                db::shown(db, code).await?;
            } else {
                let position = first + at as i64;
                given_back += u64::from(db::give_back(db, code, position).await?);
            }
        }
        Ok(given_back)
    }

    /// Whether what is answered in a channel may have been shown without anybody telling us.
    fn answered_unseen(&self, channel: &str) -> bool {
        let channel = Channel::of_word(channel).filter(|channel| !channel.outbound());
        channel.is_some_and(|channel| !self.learned().reports_views(channel))
    }

    /// Keeps codes and redemptions in order until `stop` is true.
    pub async fn keep_codes(self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.sweep_codes().await {
                tracing::warn!(%error, "codes could not be given back");
            }
            if let Err(error) = self.tell_redemptions().await {
                tracing::warn!(%error, "redemptions could not be told");
            }
        }
    }
}
