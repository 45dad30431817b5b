//! Customers as they were: states made again, row by row, up to any position of the log.

use std::collections::{HashMap, HashSet};

use super::db;
use super::entry::{Entry, LogRow};
use crate::criteria::Slots;
use crate::customer::apply::apply;
use crate::customer::merge::join;
use crate::{CustomerId, CustomerState, Error, Memory};

/// Rows read at once.
const CHUNK: i64 = 5_000;

/// States of some customers at a position of the log that only rises. Give it every row of these
/// customers, in order; between two rows the states are those of that position.
#[derive(Debug, Default)]
pub struct AsOf {
    slots: Slots,
    roots: HashMap<CustomerId, CustomerId>,
    states: HashMap<CustomerId, CustomerState>,
    /// Roots whose merge was taken back: their two sides cannot be told apart any more.
    mixed: HashSet<CustomerId>,
}

impl AsOf {
    /// Nobody yet; `slots` are what criteria will look back on.
    pub fn new(slots: Slots) -> AsOf {
        AsOf {
            slots,
            ..AsOf::default()
        }
    }

    /// Applies one row.
    pub fn apply(&mut self, row: &LogRow) {
        match &row.entry {
            Entry::Merge(made) => {
                let (into, merged) = (self.root(made.into), self.root(made.merged));
                if into != merged {
                    let joined = self.states.remove(&merged).unwrap_or_default();
                    self.roots.insert(merged, into);
                    let ours = self.states.entry(into).or_default();
                    join(ours, merged, &joined, row.received_at);
                    if self.mixed.remove(&merged) {
                        self.mixed.insert(into);
                    }
                }
            }
            Entry::Unmerge(made) => {
                self.mixed.insert(self.root(made.into));
                self.mixed.insert(made.merged);
            }
            Entry::Event(_)
            | Entry::Identify(_)
            | Entry::Consent(_)
            | Entry::Contact(_)
            | Entry::Response(_)
            | Entry::Decision(_)
            | Entry::ContactMoved(_) => {}
        }
        let at = self.root(row.customer_id);
        apply(self.states.entry(at).or_default(), row, &self.slots);
    }

    /// A customer as they are at this position; `None` when that cannot be told. One of whom no
    /// row was given is somebody of whom nothing was known.
    pub fn customer(&self, leaf: CustomerId) -> Option<(CustomerId, &CustomerState)> {
        let root = self.root(leaf);
        if self.mixed.contains(&root) {
            return None;
        }
        self.states.get(&root).map(|state| (root, state))
    }

    fn root(&self, leaf: CustomerId) -> CustomerId {
        let mut at = leaf;
        while let Some(next) = self.roots.get(&at) {
            at = *next;
        }
        at
    }
}

/// Everybody who has ever been one customer with somebody of `wanted`, from merges in any order.
pub fn together(wanted: &HashSet<CustomerId>, merges: &[LogRow]) -> HashSet<CustomerId> {
    let mut pairs: Vec<(CustomerId, CustomerId)> = vec![];
    for row in merges {
        if let Entry::Merge(made) | Entry::Unmerge(made) = &row.entry {
            pairs.push((made.into, made.merged));
            pairs.extend(made.members.iter().map(|member| (made.into, *member)));
        }
    }
    let mut found = wanted.clone();
    loop {
        let before = found.len();
        for (one, other) in &pairs {
            if found.contains(one) || found.contains(other) {
                found.extend([*one, *other]);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Every row of some customers, and of everybody who has ever been one with them, before a
/// position, in order.
pub async fn rows_before(
    memory: &Memory,
    customers: HashSet<CustomerId>,
    seq: u64,
) -> Result<Vec<LogRow>, Error> {
    let store = memory.db();
    let mut known = customers;
    loop {
        let leaves: Vec<CustomerId> = known.iter().copied().collect();
        let found = together(&known, &db::merges(store, &leaves).await?);
        if found.len() == known.len() {
            break;
        }
        known = found;
    }
    let leaves: Vec<CustomerId> = known.into_iter().collect();
    let (mut rows, mut before) = (vec![], seq);
    loop {
        let page = memory.lake().older(&leaves, before, CHUNK).await?;
        let Some(last) = page.last() else { break };
        before = last.seq;
        rows.extend(page);
    }
    rows.reverse();
    Ok(rows)
}

/// One customer as they were before a position of the log; `None` when that cannot be told.
pub async fn customer_before(
    memory: &Memory,
    leaf: CustomerId,
    seq: u64,
    slots: Slots,
) -> Result<Option<(CustomerId, CustomerState)>, Error> {
    let Some(now) = memory.customer(leaf).await? else {
        return Ok(None);
    };
    let members = now.state.members.iter().copied();
    let own: HashSet<CustomerId> = members.chain([now.id, leaf]).collect();
    let merged = own.len() > 1 || !db::merges(memory.db(), &[leaf]).await?.is_empty();
    // The positions of a customer's recent rows are known; those of others are looked for.
    let rows = if !merged && now.state.rows_count == now.state.recent.len() as u64 {
        let before = now.state.recent.iter().copied().filter(|row| *row < seq);
        let before: Vec<u64> = before.collect();
        let mut rows = memory.lake().of_customers(&[leaf], &before).await?;
        rows.reverse();
        rows
    } else {
        rows_before(memory, own, seq).await?
    };
    let mut states = AsOf::new(slots);
    rows.iter().for_each(|row| states.apply(row));
    let known = states.customer(leaf);
    Ok(known.map(|(root, state)| (root, state.clone())))
}
