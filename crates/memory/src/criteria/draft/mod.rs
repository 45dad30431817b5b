//! Drafts of criteria, checked while they are written, against the names of this installation.

pub mod api;
