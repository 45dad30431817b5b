//! Finding decisions: newest first, by customer, offer, placement, channel or outcome.

use memory::CustomerId;
use memory::identity::IdentifierKind;
use memory::log::{LogRow, RowKind};

use super::Decider;
use super::read::DecisionRow;
use crate::{Channel, Error};

/// The most decisions looked through for one page of a filtered list.
const LARGEST_SCAN: usize = 20_000;
/// Decisions read at once.
const CHUNK: i64 = 500;

/// Which decisions are wanted; absent fields admit everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Id or identifier of the customer.
    pub customer: Option<String>,
    /// Key of an offer that was shown or withheld.
    pub offer: Option<String>,
    /// Key of a placement that was asked for.
    pub placement: Option<String>,
    /// Channel of the first placement.
    pub channel: Option<Channel>,
    /// Why a placement showed what it showed.
    pub reason: Option<String>,
}

impl Filter {
    fn admits(&self, row: &DecisionRow) -> bool {
        let channel_fits = self.channel.is_none() || self.channel == row.channel;
        let asks = self.placement.is_some() || self.offer.is_some() || self.reason.is_some();
        // All that is said of a placement must be true of the same one.
        let placement_fits = row.placements.iter().any(|place| {
            let mut offers = place.offers.iter().chain(&place.withheld);
            self.placement
                .as_ref()
                .is_none_or(|key| *key == place.placement)
                && self
                    .offer
                    .as_ref()
                    .is_none_or(|key| offers.any(|offer| offer == key))
                && self
                    .reason
                    .as_ref()
                    .is_none_or(|word| word == place.reason.word())
        });
        channel_fits && (!asks || placement_fits)
    }
}

impl Decider {
    /// At most `limit` decisions from before a position, newest first.
    pub async fn decisions(
        &self,
        filter: &Filter,
        before: u64,
        limit: i64,
    ) -> Result<Vec<DecisionRow>, Error> {
        let limit = usize::try_from(limit).unwrap_or_default();
        if let Some(who) = &filter.customer {
            let rows = self.of_customer(who, before).await?;
            return self.admitted(filter, rows, limit).await;
        }
        let (mut found, mut before, mut looked) = (vec![], before, 0);
        while found.len() < limit && looked < LARGEST_SCAN {
            let lake = self.memory().lake();
            let rows = lake.of_kind(RowKind::Decision, before, CHUNK).await?;
            let Some(last) = rows.last() else { break };
            before = last.seq;
            looked += rows.len();
            let wanted = limit - found.len();
            found.extend(self.admitted(filter, rows, wanted).await?);
        }
        Ok(found)
    }

    async fn admitted(
        &self,
        filter: &Filter,
        rows: Vec<LogRow>,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, Error> {
        let mut found = vec![];
        for row in &rows {
            if found.len() == limit {
                break;
            }
            found.extend(self.listed(row).await?.filter(|row| filter.admits(row)));
        }
        Ok(found)
    }

    /// The decisions among a customer's recent rows, newest first.
    async fn of_customer(&self, who: &str, before: u64) -> Result<Vec<LogRow>, Error> {
        let Some(id) = self.named(who).await? else {
            return Ok(vec![]);
        };
        let Some(customer) = self.memory().customer(id).await? else {
            return Ok(vec![]);
        };
        let mut leaves = customer.state.members.clone();
        leaves.push(customer.id);
        let recent = customer.state.recent.iter().copied();
        let seqs: Vec<u64> = recent.filter(|seq| *seq < before).collect();
        let mut rows = self.memory().lake().of_customers(&leaves, &seqs).await?;
        rows.retain(|row| row.entry.kind() == RowKind::Decision);
        Ok(rows)
    }

    async fn named(&self, who: &str) -> Result<Option<CustomerId>, Error> {
        if let Ok(id) = who.parse() {
            return Ok(Some(id));
        }
        for kind in [
            IdentifierKind::UserId,
            IdentifierKind::Email,
            IdentifierKind::AnonymousId,
            IdentifierKind::LoyaltyCard,
        ] {
            if let Some(id) = self.memory().find(kind, who).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
