//! Small facts about this installation, by name.

pub mod db;

/// While this one is there, nothing goes out: no message, no webhook. A restored store starts so.
pub const OUTBOUND_HOLD: &str = "outbound_hold";
