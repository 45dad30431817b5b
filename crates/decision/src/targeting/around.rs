//! What a decision is made on beside the state of the customer and what is published.

use std::sync::Arc;

use memory::customer::Memberships;
use memory::{CustomerId, CustomerState};
use store::Timestamp;

use super::Decider;
use super::pipeline::MARKETING;
use crate::suppression::Suppressions;
use crate::{Channel, Error};

/// What is known at the moment of a decision.
#[derive(Clone)]
pub(crate) struct Around {
    pub memberships: Arc<Memberships>,
    suppressions: Arc<Suppressions>,
    pub now: Timestamp,
    pub contended: bool,
    /// True when nothing is tried out, because the budget for it is used up.
    pub thrifty: bool,
}

impl Around {
    /// Whether a suppression list closes a channel for a customer.
    pub(crate) fn closed(
        &self,
        customer: Option<CustomerId>,
        state: &CustomerState,
        channel: Channel,
    ) -> bool {
        let (word, now) = (channel.word(), self.now);
        customer.is_some_and(|customer| {
            let listed = self
                .suppressions
                .listed(customer, state, word, MARKETING, now);
            listed.is_some()
        })
    }
}

impl Decider {
    /// What is known now; `contended` when the customer's contacts move faster than we decide.
    pub(crate) fn around(&self, now: Timestamp, contended: bool) -> Around {
        Around {
            memberships: self.memory().memberships(),
            suppressions: self.suppressions(),
            now,
            contended,
            thrifty: self.thrifty(now),
        }
    }

    /// Whom suppression lists hold.
    pub fn suppressions(&self) -> Arc<Suppressions> {
        self.kept_suppressions().now()
    }

    /// Reads the suppression lists that changed.
    pub async fn read_suppressions(&self) -> Result<(), Error> {
        let lists = &self.catalog().suppression_lists;
        let kept = self.kept_suppressions();
        kept.read_again(self.memory().db(), lists).await
    }
}
