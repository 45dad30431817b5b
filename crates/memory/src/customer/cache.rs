//! A bounded cache that many readers share: sharded, two generations each.
//!
//! When a shard's young generation is full it becomes the old one and the previous old one is
//! forgotten; an entry read from the old generation is young again. That is nearly as good as
//! exact least-recently-used and costs one hash look-up.

use std::hash::Hash;

use ahash::RandomState;
use parking_lot::RwLock;

use crate::map::HashMap;

const SHARDS: usize = 32;

struct Shard<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

/// See the module.
pub struct Cache<K, V> {
    shards: Vec<RwLock<Shard<K, V>>>,
    hasher: RandomState,
    generation_limit: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// A cache that holds at most `limit` entries, and at least half as many once filled.
    pub fn new(limit: usize) -> Cache<K, V> {
        let shard = || {
            RwLock::new(Shard {
                young: HashMap::default(),
                old: HashMap::default(),
            })
        };
        Cache {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::new(),
            generation_limit: (limit / SHARDS / 2).max(1),
        }
    }

    fn shard(&self, key: &K) -> &RwLock<Shard<K, V>> {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<V> {
        let shard = self.shard(key);
        let read = shard.read();
        if let Some(value) = read.young.get(key) {
            return Some(value.clone());
        }
        let value = read.old.get(key)?.clone();
        drop(read);
        let mut shard = shard.write();
        // Somebody may have set a newer value since.
        if let Some(newer) = shard.young.get(key) {
            return Some(newer.clone());
        }
        if shard.young.len() < self.generation_limit {
            shard.young.insert(key.clone(), value.clone());
        }
        Some(value)
    }

    /// Sets the value of a key.
    pub fn put(&self, key: K, value: V) {
        let mut shard = self.shard(&key).write();
        if shard.young.len() >= self.generation_limit && !shard.young.contains_key(&key) {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(key, value);
    }

    /// Forgets a key.
    pub fn remove(&self, key: &K) {
        let mut shard = self.shard(key).write();
        shard.young.remove(key);
        shard.old.remove(key);
    }

    /// Sets the value of a key unless it has one: what was read from the store may be old by now.
    pub fn put_absent(&self, key: K, value: V) {
        let mut shard = self.shard(&key).write();
        if shard.young.contains_key(&key) || shard.old.contains_key(&key) {
            return;
        }
        if shard.young.len() >= self.generation_limit {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(key, value);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.read())
            .map(|s| s.young.len() + s.old.len())
            .sum()
    }
}

#[test]
fn entries_in_use_survive_and_the_size_is_bounded() {
    let cache = Cache::new(SHARDS * 8);
    cache.put(0u64, 0u64);
    for key in 1..10_000 {
        cache.put(key, key);
        assert_eq!(cache.get(&0), Some(0));
    }
    assert!(cache.len() <= SHARDS * 8);
    cache.remove(&0);
    assert_eq!(cache.get(&0), None);
}
