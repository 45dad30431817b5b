//! What to say: offers, contact policy, targeting.

// Handlers of requests are deep futures; optimised builds look through all of them.
#![recursion_limit = "512"]

mod api;
mod body;
pub mod cap;
pub mod catalog;
pub mod channel;
pub mod code;
pub mod conflict;
pub mod coupon;
pub mod customer_table;
pub mod erasure;
mod error;
pub mod experiment;
pub mod learning;
pub mod offer;
pub mod offer_list;
pub mod openfeature;
pub mod placement;
pub mod policy;
pub mod redemption;
pub mod segment;
pub mod session;
pub mod simulation;
pub mod suppression;
pub mod targeting;
#[cfg(test)]
mod test_support;
pub mod worth;

pub use api::routes;
pub use body::{ACROSS, Name, across};
pub use catalog::Catalog;
pub use channel::Channel;
pub use error::Error;
pub use learning::Learner;
pub use simulation::Simulator;
pub use targeting::Decider;
