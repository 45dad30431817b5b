//! Caps: counters that contacts and acceptances take from, exact under any concurrency.
//!
//! What a contact takes is written into the contact itself, so that every counter follows from the
//! log. The counter is read, compared and changed in the transaction of the append: in memory under
//! the one writer of the embedded store, with the rows locked in order on PostgreSQL. What a
//! contact holds is given back when it is released or expires before it became definite.

pub mod db;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::{Db, Timestamp};
use utoipa::ToSchema;

use crate::Error;
use crate::interaction::{Contact, ContactId, ContactStatus, ResponseKind};
use crate::log::{Entry, LogRow};

/// What makes a claim definite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimBy {
    /// The contact was presented.
    Presented,
    /// The customer accepted.
    Accepted,
}

/// What a contact takes of one counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Claim {
    /// The counter: the cap and its period, for example `sale_stock@2026-03-02`.
    pub counter: String,
    /// How much.
    pub amount: i64,
    /// What makes it definite.
    pub by: ClaimBy,
    /// True when it is taken with the contact and given back unless it becomes definite; false
    /// when it is only taken once it is definite.
    pub held: bool,
    /// Up to where the counter may go at this moment; only for the append.
    #[serde(skip)]
    #[schema(ignore)]
    pub limit: i64,
}

impl Claim {
    /// Whether it fits, with so much taken already.
    pub fn fits(&self, taken: i64) -> bool {
        taken < self.limit && (!self.held || taken.saturating_add(self.amount) <= self.limit)
    }
}

/// One contact's life, as far as its claims are concerned.
#[derive(Debug, Default)]
struct Life {
    contact: Option<Contact>,
    presented: bool,
    released: bool,
    accepted: bool,
    refused: bool,
}

impl Life {
    fn takes(&self, claim: &Claim, expires_at: Option<Timestamp>, now: Timestamp) -> bool {
        let open = !self.released && expires_at.is_none_or(|end| now < end);
        match claim.by {
            ClaimBy::Presented => self.presented || (claim.held && open),
            ClaimBy::Accepted => self.accepted || (claim.held && open && !self.refused),
        }
    }
}

/// What every counter must say at `now`, told from the log alone. Reads the whole log: for tests
/// and for checks, not for decisions.
pub async fn recount(db: &Db, now: Timestamp) -> Result<BTreeMap<String, i64>, Error> {
    let mut lives: BTreeMap<ContactId, Life> = BTreeMap::new();
    let mut after = 0;
    loop {
        let rows = crate::log::db::after(db, after, 5_000).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in rows {
            note(&mut lives, row);
        }
    }
    let mut counted = BTreeMap::new();
    for life in lives.values() {
        let Some(contact) = &life.contact else {
            continue;
        };
        for claim in &contact.claims {
            if life.takes(claim, contact.expires_at, now) {
                *counted.entry(claim.counter.clone()).or_default() += claim.amount;
            }
        }
    }
    Ok(counted)
}

fn note(lives: &mut BTreeMap<ContactId, Life>, row: LogRow) {
    match row.entry {
        Entry::Contact(contact) if !contact.claims.is_empty() => {
            lives.entry(ContactId(row.seq)).or_default().contact = Some(contact);
        }
        Entry::ContactMoved(moved) => {
            let life = lives.entry(moved.contact_id).or_default();
            match moved.status {
                ContactStatus::Presented => life.presented = true,
                ContactStatus::Released => life.released |= !life.presented,
                ContactStatus::Reserved => {}
            }
        }
        Entry::Response(response) => {
            let Some(contact) = response.contact_id else {
                return;
            };
            let life = lives.entry(contact).or_default();
            life.presented |= !response.inferred;
            match response.kind {
                ResponseKind::Accept => life.accepted = true,
                ResponseKind::Reject => life.refused = true,
                ResponseKind::View
                | ResponseKind::Click
                | ResponseKind::Ignored
                | ResponseKind::Custom => {}
            }
        }
        Entry::Contact(_)
        | Entry::Event(_)
        | Entry::Identify(_)
        | Entry::Consent(_)
        | Entry::Decision(_)
        | Entry::Merge(_)
        | Entry::Unmerge(_) => {}
    }
}

/// A claim that a contact holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub customer_id: crate::CustomerId,
    pub contact: ContactId,
    pub counter: String,
    pub amount: i64,
    pub expires_at: Timestamp,
}

/// What becomes of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settle {
    pub contact: ContactId,
    pub counter: String,
    pub amount: i64,
    pub how: How,
}

/// How a claim is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// It is definite: what was held stays taken; what was given back already is taken again.
    Keep,
    /// It is given back.
    GiveBack,
    /// It is taken now.
    Take,
}

/// What a group of appends changes in counters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// What new contacts take.
    pub taken: BTreeMap<String, i64>,
    /// What they hold.
    pub holds: Vec<Hold>,
    /// What became of earlier claims.
    pub settles: Vec<Settle>,
}

impl Changes {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty() && self.holds.is_empty() && self.settles.is_empty()
    }

    /// Adds what was changed after it.
    pub fn join(&mut self, later: Changes) {
        for (counter, taken) in later.taken {
            *self.taken.entry(counter).or_default() += taken;
        }
        self.holds.extend(later.holds);
        self.settles.extend(later.settles);
    }
}

/// The counters of some claims, each once.
pub(crate) fn counters<'a>(claims: impl Iterator<Item = &'a Claim>) -> BTreeSet<String> {
    claims.map(|claim| claim.counter.clone()).collect()
}

#[test]
fn a_claim_fits_while_there_is_room_for_all_of_it() {
    let claim = |held, amount, limit| Claim {
        counter: "sale@total".to_owned(),
        amount,
        by: ClaimBy::Accepted,
        held,
        limit,
    };
    assert!(claim(true, 3, 10).fits(7));
    assert!(!claim(true, 3, 10).fits(8));
    // What is only taken once it is definite needs some room, not all.
    assert!(claim(false, 3, 10).fits(9));
    assert!(!claim(false, 3, 10).fits(10));
}
