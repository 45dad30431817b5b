//! memory

pub mod criteria;
