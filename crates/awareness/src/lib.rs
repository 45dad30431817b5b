//! What it means: questions about many customers, experiments, and what contacts earn.

// Handlers of requests are deep futures; optimised builds look through all of them.
#![recursion_limit = "512"]

pub mod erasure;
mod error;
pub mod experiment;
pub mod explore;
pub mod increment;
pub mod sql;
pub mod statistics;
pub mod web;

pub use error::Error;
