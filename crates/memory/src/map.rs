//! Maps and sets for what every event and decision looks up: the hash is cheap and keyed at random.

use ahash::RandomState;

/// A map with that hash.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
/// A set with that hash.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;
