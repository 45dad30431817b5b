//! What a group of requests has to know before it can be worked through, from caches and store.

use std::collections::BTreeMap;
use std::sync::Arc;

use store::Tx;

use crate::Error;
use crate::customer::db::{self as customer_db, Stored};
use crate::customer::{CustomerId, CustomerState};
use crate::identity::{Digest, db as identity_db};
use crate::map::{HashMap, HashSet};

use super::flush::Kept;
use super::writer::Done;

/// Identifiers, merges and states of a group.
#[derive(Default)]
pub(super) struct Ground {
    pub bindings: HashMap<Digest, CustomerId>,
    pub roots: HashMap<CustomerId, CustomerId>,
    pub states: HashMap<CustomerId, Arc<CustomerState>>,
    /// What is taken of the caps' counters that the group may change.
    pub counters: BTreeMap<String, i64>,
}

/// What was worked through and is not yet visible to anybody else.
#[derive(Default)]
pub(super) struct Ahead {
    bindings: HashMap<Digest, CustomerId>,
    stored: HashMap<CustomerId, Stored>,
}

impl Ahead {
    /// Adds what a group has done.
    pub fn note(&mut self, done: &Done) {
        let bindings = done.bindings.iter();
        self.bindings
            .extend(bindings.map(|binding| (binding.digest, binding.customer_id)));
        self.stored.extend(done.stored());
    }
}

/// Loads from caches first: this process alone owns the store. Of what is not yet visible the
/// first that knows counts.
pub(super) async fn exclusive(
    kept: &Kept,
    ahead: [&Ahead; 2],
    digests: &HashSet<Digest>,
    customers: &[CustomerId],
) -> Result<Ground, Error> {
    let leaf = |digest: &Digest| {
        let mut known = ahead.iter().filter_map(|ahead| ahead.bindings.get(digest));
        known.next().copied().or_else(|| kept.leaf(digest))
    };
    let made = |id: &CustomerId| ahead.iter().find_map(|ahead| ahead.stored.get(id)).cloned();
    let stored = |id: CustomerId| made(&id).or_else(|| kept.stored(id));
    let mut ground = Ground::default();
    let mut missing = vec![];
    for digest in digests {
        match leaf(digest) {
            Some(leaf) => {
                ground.bindings.insert(*digest, leaf);
            }
            None => missing.push(*digest),
        }
    }
    for (digest, leaf) in identity_db::load(&kept.db, &missing).await? {
        kept.identities.put(digest, leaf);
        ground.bindings.insert(digest, leaf);
    }
    let leaves: HashSet<CustomerId> = ground.bindings.values().chain(customers).copied().collect();
    kept.load_missing(leaves.iter().filter(|id| made(id).is_none()))
        .await?;
    let mut further = HashSet::default();
    for leaf in leaves {
        match stored(leaf) {
            Some(Stored::Root(state)) => {
                ground.states.insert(leaf, state);
            }
            Some(Stored::MergedInto(root)) => {
                ground.roots.insert(leaf, root);
                further.insert(root);
            }
            None => {}
        }
    }
    kept.load_missing(further.iter().filter(|id| made(id).is_none()))
        .await?;
    for root in further {
        if let Some(Stored::Root(state)) = stored(root) {
            add_members(&mut ground, root, &state);
            ground.states.insert(root, state);
        }
    }
    Ok(ground)
}

/// Loads inside the transaction, rows locked in order: other processes write too.
pub(super) async fn shared(
    tx: &mut Tx,
    kept: &Kept,
    digests: &HashSet<Digest>,
    customers: &[CustomerId],
) -> Result<Ground, Error> {
    let cached = |id| kept.states.get(&id);
    let mut ground = Ground::default();
    let mut wanted: Vec<Digest> = digests.iter().copied().collect();
    wanted.sort_unstable();
    ground
        .bindings
        .extend(identity_db::load_in(tx, &wanted).await?);
    let leaves: HashSet<CustomerId> = ground.bindings.values().chain(customers).copied().collect();
    let mut leaves: Vec<CustomerId> = leaves.into_iter().collect();
    leaves.sort_unstable();
    let mut further = HashSet::default();
    for (id, stored) in customer_db::load_locked(tx, &leaves, cached).await? {
        match stored {
            Stored::Root(state) => {
                ground.states.insert(id, state);
            }
            Stored::MergedInto(root) => {
                ground.roots.insert(id, root);
                further.insert(root);
            }
        }
    }
    let mut further: Vec<CustomerId> = further
        .into_iter()
        .filter(|root| !ground.states.contains_key(root))
        .collect();
    further.sort_unstable();
    for (id, stored) in customer_db::load_locked(tx, &further, cached).await? {
        if let Stored::Root(state) = stored {
            add_members(&mut ground, id, &state);
            ground.states.insert(id, state);
        }
    }
    Ok(ground)
}

fn add_members(ground: &mut Ground, root: CustomerId, state: &CustomerState) {
    ground
        .roots
        .extend(state.members.iter().map(|member| (*member, root)));
}
