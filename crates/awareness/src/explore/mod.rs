//! Explore: any question about the customers, answered so that one can act on the answer.
//!
//! A question names a view (distribution, cross-tab, grid of recency and frequency, cohorts,
//! funnel, paths, time series), what is measured, a filter and a period. Events are read once,
//! sorted by customer; a *lens* looks at one customer's timeline and says which cells of the view
//! the customer adds to. The same lens counts all cells or lists the customers of one, so a
//! number and the people behind it never disagree. Where criteria can say what a cell holds, the
//! cell has a rule that exactly its customers satisfy.

pub mod answer;
pub mod api;
pub mod attributes;
pub mod attribution;
pub mod calendar;
pub mod cohort;
pub mod csv;
mod customers;
mod db;
pub mod dimension;
pub mod engine;
mod error;
pub mod funnel;
pub mod pass;
pub mod paths;
pub mod plan;
pub mod protect;
pub mod question;
pub mod read;
pub mod rfm;
pub mod run;
pub mod saved;
pub mod series;
mod shape;
mod shape_more;
pub mod spread;
pub mod tally;
#[cfg(test)]
pub(crate) mod tests;
pub mod timeline;
pub mod when;

pub use error::Error;
