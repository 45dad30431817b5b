//! Learning: the probability that a customer accepts an offer in a channel, learned from every
//! response, and how much is tried out on the way.

pub mod api;
pub mod bandit;
pub mod book;
pub mod budget;
#[cfg(test)]
mod budget_tests;
pub mod calibration;
pub mod columns;
pub mod db;
pub mod desk;
pub mod draw;
pub mod features;
pub mod gaussian;
#[cfg(test)]
mod gaussian_tests;
pub mod habits;
pub mod job;
#[cfg(test)]
pub(crate) mod job_tests;
pub mod keep;
pub mod learned;
pub mod model;
pub mod rebuild;
#[cfg(test)]
mod rebuild_tests;
pub mod settings;
#[cfg(test)]
mod tests;
pub mod view;

pub use job::Learner;
pub use learned::Learned;
pub use settings::{Algorithm, Learning};
