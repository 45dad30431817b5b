//! Events: what customers did, as sources report it.

pub mod wire;
