//! What we know of each customer: one log, and everything else follows from it.

pub mod criteria;
pub mod event;
