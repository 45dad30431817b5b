//! Mappings that somebody saved for the next file of the same kind.

pub mod api;
