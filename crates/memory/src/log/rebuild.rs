//! The two sides of a merge, rebuilt from the log as if the merge had never happened.

use std::collections::{HashMap, HashSet};

use super::entry::{Entry, LogRow, Merge};
use crate::Error;
use crate::criteria::Slots;
use crate::customer::apply::apply;
use crate::customer::{CustomerId, CustomerState, merge};
use crate::lake::Lake;

const CHUNK: i64 = 5_000;

/// The states of the surviving customer and of the one that leaves, from the rows before a
/// position. `current` is the state they share now.
pub(crate) async fn rebuild(
    lake: &Lake,
    current: &CustomerState,
    made: &Merge,
    before_seq: u64,
    slots: &Slots,
) -> Result<(CustomerState, CustomerState), Error> {
    let apart: HashSet<CustomerId> = made.members.iter().copied().chain([made.merged]).collect();
    let members = current.members.iter().copied();
    let ours: HashSet<CustomerId> = members
        .filter(|leaf| !apart.contains(leaf))
        .chain([made.into])
        .collect();
    let leaves: Vec<CustomerId> = ours.iter().chain(&apart).copied().collect();
    let rows = rows_of(lake, current, &leaves, before_seq).await?;
    let into = replay(&rows, made.into, &ours, slots);
    let merged = replay(&rows, made.merged, &apart, slots);
    Ok((into, merged))
}

/// Every row of some customers before a position, in order.
async fn rows_of(
    lake: &Lake,
    current: &CustomerState,
    leaves: &[CustomerId],
    before_seq: u64,
) -> Result<Vec<LogRow>, Error> {
    let mut rows = vec![];
    if current.rows_count == current.recent.len() as u64 && current.applied_seq + 1 == before_seq {
        rows = lake.of_customers(leaves, &current.recent).await?;
    } else {
        let mut before = before_seq;
        loop {
            let page = lake.older(leaves, before, CHUNK).await?;
            let Some(last) = page.last() else { break };
            before = last.seq;
            rows.extend(page);
        }
    }
    rows.reverse();
    Ok(rows)
}

/// The state of `root` from the rows of its leaves; merges among them that still stand are made
/// again where they happened, so that the stricter consent of each still wins.
fn replay(
    rows: &[LogRow],
    root: CustomerId,
    leaves: &HashSet<CustomerId>,
    slots: &Slots,
) -> CustomerState {
    let standing = standing(rows);
    let mut roots: HashMap<CustomerId, CustomerId> = HashMap::new();
    let mut states: HashMap<CustomerId, CustomerState> = HashMap::new();
    for row in rows.iter().filter(|row| leaves.contains(&row.customer_id)) {
        let at = root_of(&roots, row.customer_id);
        if let Entry::Merge(made) = &row.entry
            && leaves.contains(&made.merged)
            && standing.contains(&row.seq)
        {
            let theirs = root_of(&roots, made.merged);
            if theirs != at {
                let joined = states.remove(&theirs).unwrap_or_default();
                roots.insert(theirs, at);
                let ours = states.entry(at).or_default();
                merge::join(ours, theirs, &joined, row.received_at);
            }
        }
        apply(states.entry(at).or_default(), row, slots);
    }
    // A chain of merges may have ended in another one of the leaves than the one that remains.
    let mut state = states.remove(&root_of(&roots, root)).unwrap_or_default();
    state.members = leaves
        .iter()
        .copied()
        .filter(|leaf| *leaf != root)
        .collect();
    state.members.sort_unstable();
    state
}

fn root_of(roots: &HashMap<CustomerId, CustomerId>, leaf: CustomerId) -> CustomerId {
    let mut at = leaf;
    while let Some(next) = roots.get(&at) {
        at = *next;
    }
    at
}

/// Positions of the merges that were not taken back later.
pub(super) fn standing(rows: &[LogRow]) -> HashSet<u64> {
    let mut open: HashMap<CustomerId, u64> = HashMap::new();
    for row in rows {
        match &row.entry {
            Entry::Merge(made) => {
                open.insert(made.merged, row.seq);
            }
            Entry::Unmerge(made) => {
                open.remove(&made.merged);
            }
            Entry::Event(_)
            | Entry::Identify(_)
            | Entry::Consent(_)
            | Entry::Contact(_)
            | Entry::Response(_)
            | Entry::Decision(_)
            | Entry::ContactMoved(_) => {}
        }
    }
    open.into_values().collect()
}

/// The merge by which a member came to a root, for taking it back; from rows in order.
pub(crate) fn joining(
    rows: &[LogRow],
    root: CustomerId,
    members: &[CustomerId],
    member: CustomerId,
) -> Option<Merge> {
    let standing = standing(rows);
    let made = rows.iter().rev().find_map(|row| match &row.entry {
        Entry::Merge(made) if made.merged == member && standing.contains(&row.seq) => Some(made),
        _ => None,
    })?;
    let mut made = made.clone();
    made.into = root;
    made.members.retain(|leaf| members.contains(leaf));
    Some(made)
}
