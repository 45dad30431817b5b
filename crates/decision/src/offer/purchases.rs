//! Purchases that accepted an offer without a code, the newest first.

use memory::CustomerId;
use memory::log::{Entry, RowKind};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use crate::{Decider, Error};

/// Responses read at once.
const CHUNK: i64 = 500;
/// The most responses looked through.
const LARGEST_SCAN: usize = 20_000;
/// The most purchases that are listed.
const LARGEST: usize = 20;

/// A purchase that accepted an offer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MatchedPurchase {
    /// Position of the response in the log.
    pub seq: u64,
    /// Whose.
    pub customer_id: CustomerId,
    /// How we call the customer.
    pub customer: String,
    /// When.
    pub occurred_at: Timestamp,
    /// What the relevant products were worth.
    pub value_cents: Option<i64>,
    /// Currency of the value.
    pub currency: Option<String>,
    /// True when the offer had been withheld for comparison.
    pub in_control: bool,
}

impl Decider {
    /// The newest purchases that accepted an offer.
    pub async fn purchases(&self, offer: &str) -> Result<Vec<MatchedPurchase>, Error> {
        let (mut found, mut before, mut looked) = (vec![], i64::MAX as u64, 0);
        let lake = self.memory().lake();
        while found.len() < LARGEST && looked < LARGEST_SCAN {
            let rows = lake.of_kind(RowKind::Response, before, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            before = last.seq;
            looked += rows.len();
            for row in &rows {
                let Entry::Response(response) = &row.entry else {
                    continue;
                };
                let mine = response.inferred && response.offer.as_deref() == Some(offer);
                if !mine || found.len() == LARGEST {
                    continue;
                }
                let customer = self.memory().customer(row.customer_id).await?;
                let Some(customer) = customer else { continue };
                found.push(MatchedPurchase {
                    seq: row.seq,
                    customer_id: customer.id,
                    customer: customer.state.label(),
                    occurred_at: row.occurred_at,
                    value_cents: response.value_cents,
                    currency: response.currency.clone(),
                    in_control: response.in_control,
                });
            }
        }
        Ok(found)
    }
}
