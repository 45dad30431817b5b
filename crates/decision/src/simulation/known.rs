//! What was known when a decision was made, beside the customer's state: what acceptances were
//! worth, and what the department's tables said.

use std::collections::HashMap;
use std::sync::Arc;

use awareness::increment::effect::Effects;

use crate::catalog::Catalog;
use crate::catalog::record::CatalogRecord;
use crate::customer_table::CustomerRows;
use crate::targeting::evidence::Evidence;
use crate::targeting::reason::Reason;
use crate::targeting::stored::Stored;
use crate::worth::{self, WorthBook};
use crate::{Decider, Error};

/// What acceptances were worth at the times of records.
#[derive(Default)]
pub(super) struct WorthsThen(HashMap<Option<String>, Arc<WorthBook>>);

impl WorthsThen {
    /// What was known when a decision was made; what is known today where its record does not
    /// tell, because nothing asked for it then.
    pub async fn of(
        &mut self,
        decider: &Decider,
        stored: &Stored,
    ) -> Result<Arc<WorthBook>, Error> {
        if let Some(known) = self.0.get(&stored.worths) {
            return Ok(known.clone());
        }
        let today = || decider.worth_book().effects().clone();
        let effects: Arc<Effects> = match stored.worths.as_deref() {
            None => today(),
            Some("") => Arc::default(),
            Some(hash) => {
                let found = worth::db::find(decider.memory().db(), hash).await?;
                found.map_or_else(today, Arc::new)
            }
        };
        let book = Arc::new(WorthBook::new(effects));
        self.0.insert(stored.worths.clone(), book.clone());
        Ok(book)
    }
}

/// The evidence on which a decision rested.
pub(super) fn evidence(stored: &Stored, book: &WorthBook) -> Evidence {
    Evidence {
        group: stored.group.clone(),
        effects: book.effects().clone(),
    }
}

/// What tables said of the customer, by the places of some rules' offers.
pub(super) fn rows(stored: &Stored, record: &CatalogRecord, rules: &Catalog) -> CustomerRows {
    let mut rows = CustomerRows::default();
    for place in &stored.placements {
        let Some(known) = place.of(record) else {
            continue;
        };
        let offer_of = |candidate: u16| {
            let (offer, stated) = known.candidates.get(usize::from(candidate))?;
            let offer = record.offers.get(usize::from(*offer))?;
            Some((rules.offer_place(&offer.key)?, stated))
        };
        for changed in place.adjusted() {
            let Some((offer, stated)) = offer_of(changed.candidate) else {
                continue;
            };
            let scored = stated.lever > 0.0 && changed.lever != stated.lever;
            if scored && rows.score(offer).is_none() {
                rows.scores.push((offer, changed.lever / stated.lever));
            }
            if changed.rank > 0 && rows.rank(offer).is_none() {
                rows.ranks.push((offer, changed.rank));
            }
        }
        for (candidate, reason) in place.against() {
            if reason == Reason::Denied
                && let Some((offer, _)) = offer_of(candidate)
                && !rows.denied.contains(&offer)
            {
                rows.denied.push(offer);
            }
        }
    }
    rows
}
