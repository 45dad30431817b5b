//! Web analytics: visits, where they come from, what they look at and what comes of them.
//!
//! Visits are sessions of events that show pages. They are not stored: one pass over the sorted
//! events makes them anew, with whatever rule one asks for, and counts them by every dimension.

pub mod agent;
pub mod answer;
pub mod api;
pub mod cart;
mod db;
pub mod engine;
pub mod form;
pub mod goal;
pub mod interest;
pub mod live;
pub mod question;
pub mod report;
pub mod session;
pub mod source;
#[cfg(test)]
mod tests;
pub mod visit;
