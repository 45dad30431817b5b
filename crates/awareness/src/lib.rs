//! What it means: questions about many customers, experiments, and what contacts earn.

pub mod erasure;
mod error;
pub mod experiment;
pub mod explore;
pub mod increment;
pub mod sql;
pub mod statistics;
pub mod web;

pub use error::Error;
