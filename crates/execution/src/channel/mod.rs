//! Channels: the kinds of path on which a message leaves.

pub mod email;
