//! What follows from the log again: after a crash, after a new aggregate, after a split.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::Rewrite;
use super::db;
use super::entry::{Entry, LogRow, Merge};
use super::flush::{Kept, flush_once};
use super::group::addresses;
use super::rebuild::rebuild;
use crate::criteria::{Match, SlotId, Slots};
use crate::customer::apply::apply;
use crate::customer::db::Stored;
use crate::customer::{CustomerId, CustomerState, merge};
use crate::identity::db::Binding;
use crate::identity::resolve::Named;
use crate::identity::{Digest, IDENTIFIERS_LIMIT, IdentifierKind, db as identity_db, digest};
use crate::lake::Lake;
use crate::lookout::Lookout;
use crate::{Error, Memory};

/// Rows applied at once.
const CHUNK: i64 = 5_000;

/// Applies the rows that the log has and the tables beside it do not.
pub(crate) async fn catch_up(kept: &Kept, lake: &Lake, slots: &Slots) -> Result<(), Error> {
    let mut seq = db::flushed_seq(&kept.db).await?;
    loop {
        let rows = db::after(&kept.db, seq, CHUNK).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        seq = last.seq;
        replay((kept, lake), rows, slots).await?;
        flush_once(kept).await?;
    }
}

async fn replay(
    (kept, lake): (&Kept, &Lake),
    rows: Vec<LogRow>,
    slots: &Slots,
) -> Result<(), Error> {
    let mut wanted: HashSet<CustomerId> = rows.iter().map(|row| row.customer_id).collect();
    for row in &rows {
        if let Entry::Merge(merge) | Entry::Unmerge(merge) = &row.entry {
            wanted.extend([merge.into, merge.merged]);
        }
    }
    kept.load_missing(&wanted).await?;
    let further: HashSet<CustomerId> = wanted
        .iter()
        .filter_map(|id| match kept.stored(*id) {
            Some(Stored::MergedInto(root)) => Some(root),
            Some(Stored::Root(_)) | None => None,
        })
        .collect();
    kept.load_missing(&further).await?;
    load_identifiers(kept, &rows).await?;
    for row in rows {
        let seq = row.seq;
        let bindings = bindings_of(kept, &row);
        let (states, merged) = replay_row((kept, lake), row, slots).await?;
        kept.publish(0, states, merged, bindings, seq);
    }
    Ok(())
}

type Changes = (
    Vec<(CustomerId, Arc<CustomerState>)>,
    Vec<(CustomerId, CustomerId)>,
);

async fn replay_row(
    (kept, lake): (&Kept, &Lake),
    row: LogRow,
    slots: &Slots,
) -> Result<Changes, Error> {
    if let Entry::Unmerge(merge) = &row.entry {
        return split((kept, lake), merge, row.seq, slots).await;
    }
    let (root, mut state) = root_of(kept, row.customer_id);
    let mut merged = vec![];
    if let Entry::Merge(made) = &row.entry {
        let leaves = made.members.iter().chain([&made.merged]);
        if state.applied_seq >= row.seq {
            // The state was written with the merge in it; its leaves perhaps were not.
            let joined = leaves.filter(|leaf| state.members.contains(leaf));
            return Ok((vec![], joined.map(|leaf| (*leaf, root)).collect()));
        }
        merged.extend(leaves.map(|leaf| (*leaf, root)));
        let (theirs_id, theirs) = root_of(kept, made.merged);
        if theirs_id != root {
            let ours = Arc::make_mut(&mut state);
            merge::join(ours, made.merged, &theirs, row.received_at);
        }
    }
    if state.applied_seq >= row.seq {
        return Ok((vec![], vec![]));
    }
    apply(Arc::make_mut(&mut state), &row, slots);
    Ok((vec![(root, state)], merged))
}

/// Both sides of a split, rebuilt from their rows up to it.
async fn split(
    (kept, lake): (&Kept, &Lake),
    made: &Merge,
    seq: u64,
    slots: &Slots,
) -> Result<Changes, Error> {
    let (_, current) = root_of(kept, made.into);
    if current.applied_seq >= seq {
        return Ok((vec![], vec![]));
    }
    let (into, merged) = rebuild(lake, &current, made, seq + 1, slots).await?;
    let states = vec![(made.into, Arc::new(into)), (made.merged, Arc::new(merged))];
    let members = made.members.iter().map(|member| (*member, made.merged));
    Ok((states, members.collect()))
}

fn root_of(kept: &Kept, leaf: CustomerId) -> (CustomerId, Arc<CustomerState>) {
    match kept.stored(leaf) {
        Some(Stored::Root(state)) => (leaf, state),
        Some(Stored::MergedInto(root)) => match kept.stored(root) {
            Some(Stored::Root(state)) => (root, state),
            Some(Stored::MergedInto(_)) | None => (root, Arc::default()),
        },
        None => (leaf, Arc::default()),
    }
}

/// Whom an event names, and the addresses it tells.
struct Told {
    named: Named,
    addresses: Vec<(IdentifierKind, Digest, String)>,
}

fn told(row: &LogRow) -> Option<Told> {
    let (Entry::Event(body) | Entry::Identify(body)) = &row.entry else {
        return None;
    };
    let (user, anonymous) = (body.user_id.as_deref(), body.anonymous_id.as_deref());
    let named = Named::new(user, anonymous, body.previous_id.as_deref());
    let traits = body.traits.iter().chain(match row.entry {
        Entry::Identify(_) => Some(&body.properties),
        _ => None,
    });
    let found = traits.flat_map(|json| addresses(json));
    let addresses = found.map(|(kind, value)| (kind, digest(kind, &value), value));
    let addresses = addresses.collect();
    Some(Told { named, addresses })
}

/// Reads where the identifiers of some rows point: one that is in the table was bound by somebody
/// before, and stays theirs.
async fn load_identifiers(kept: &Kept, rows: &[LogRow]) -> Result<(), Error> {
    let mut wanted: HashSet<Digest> = HashSet::new();
    for told in rows.iter().filter_map(told) {
        wanted.extend(told.named.digests());
        wanted.extend(told.addresses.iter().map(|(_, digest, _)| *digest));
    }
    let missing = wanted.into_iter().filter(|id| kept.leaf(id).is_none());
    let missing: Vec<Digest> = missing.collect();
    for (digest, leaf) in identity_db::load(&kept.db, &missing).await? {
        kept.identities.put_absent(digest, leaf);
    }
    Ok(())
}

/// What a row bound when it was appended, as far as nothing points from it yet.
fn bindings_of(kept: &Kept, row: &LogRow) -> Vec<Binding> {
    let Some(Told { named, addresses }) = told(row) else {
        return vec![];
    };
    let (_, state) = root_of(kept, row.customer_id);
    if state.identifiers.len() >= IDENTIFIERS_LIMIT {
        return vec![];
    }
    let known = named.user.is_some();
    let user = named.user.map(|(id, v)| (IdentifierKind::UserId, id, v));
    let anonymous = named.anonymous;
    let anonymous = anonymous.map(|(id, v)| (IdentifierKind::AnonymousId, id, v));
    // The other identifier of an alias was bound only if nobody else had it: half of it may have
    // reached the table before the crash.
    let ours = |id: &Digest| kept.leaf(id).is_none_or(|leaf| leaf == row.customer_id);
    let previous = named
        .previous
        .filter(|p| ours(&p.as_user) && ours(&p.as_anonymous));
    let (mut as_user, mut as_anonymous) = (None, None);
    if let Some(previous) = previous {
        let value = previous.value;
        as_user = known.then(|| (IdentifierKind::UserId, previous.as_user, value.clone()));
        as_anonymous = Some((IdentifierKind::AnonymousId, previous.as_anonymous, value));
    }
    let ids = [user, anonymous, as_user, as_anonymous]
        .into_iter()
        .flatten();
    ids.chain(addresses)
        .filter(|(_, digest, _)| kept.leaf(digest).is_none())
        .map(|(kind, digest, value)| Binding {
            digest,
            kind,
            value,
            customer_id: row.customer_id,
            since_at: row.received_at,
        })
        .collect()
}

/// Fills the aggregates that `memory` looks out for now and did not before.
pub(crate) async fn backfill(memory: &Memory, before: &Lookout) -> Result<(), Error> {
    let lookout = memory.lookout();
    let new: Vec<_> = lookout
        .slots
        .iter()
        .filter(|spec| {
            before
                .slots
                .get(spec.id)
                .is_none_or(|old| !old.keep.covers(spec.keep))
        })
        .cloned()
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let slots = Slots::new(new);
    let (found, upto_seq) = gather(memory, &slots).await?;
    for ((customer, slot), matches) in found {
        memory
            .rewrite(Rewrite::Matches {
                customer,
                slot,
                matches,
                upto_seq,
            })
            .await?;
    }
    Ok(())
}

/// What events up to now add to some aggregates, by customer (root): for questions about
/// aggregates that nobody looks out for.
pub async fn matches_of(memory: &Memory, slots: &Slots) -> Result<Matches, Error> {
    let (mut found, _) = gather(memory, slots).await?;
    // Late events come out of order.
    let each = found.values_mut();
    each.for_each(|matches| matches.sort_unstable());
    Ok(found)
}

/// Matches by customer and aggregate.
pub type Matches = BTreeMap<(CustomerId, SlotId), Vec<Match>>;

/// What events add to some aggregates, and up to which position.
async fn gather(memory: &Memory, slots: &Slots) -> Result<(Matches, u64), Error> {
    let view = memory.lake().view().await?;
    let upto_seq = view.upto_seq;
    let mut names: Vec<String> = slots
        .iter()
        .map(|spec| spec.pattern.event.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut found = Matches::new();
    view.each_event(names, None, &mut |customer, event| {
        slots.measure(event, &mut |slot, matched| {
            found.entry((customer, slot)).or_default().push(matched);
        });
    })
    .await?;
    Ok((found, upto_seq))
}
