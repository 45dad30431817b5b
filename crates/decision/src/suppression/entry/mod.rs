//! Entries of suppression lists.

pub(super) mod api;
