//! Memberships that no rule can answer from one customer alone: uploaded segments and households.
//!
//! Whoever keeps them hands them in as data; decisions read them without asking the store.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringTreemap;

use super::CustomerId;

/// The members of some segments, by key.
#[derive(Debug, Clone, Default)]
pub struct Memberships(HashMap<String, Arc<RoaringTreemap>>);

impl Memberships {
    /// Replaces the members of a segment; `None` forgets it.
    pub fn put(&mut self, segment: &str, members: Option<Arc<RoaringTreemap>>) {
        match members {
            Some(members) => self.0.insert(segment.to_owned(), members),
            None => self.0.remove(segment),
        };
    }

    /// The members of a segment.
    pub fn of(&self, segment: &str) -> Option<&RoaringTreemap> {
        self.0.get(segment).map(AsRef::as_ref)
    }

    /// The segments that are known.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a customer, or anybody merged into them, is a member.
    pub fn contains(&self, segment: &str, root: CustomerId, merged: &[CustomerId]) -> bool {
        self.0.get(segment).is_some_and(|members| {
            members.contains(root.0) || merged.iter().any(|leaf| members.contains(leaf.0))
        })
    }
}
