//! What it means: questions about many customers.

pub mod erasure;
pub mod explore;
pub mod sql;
pub mod web;
