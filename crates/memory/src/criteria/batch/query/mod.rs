//! A rule as one query.

mod db;
mod demand;

pub use db::{Inexpressible, SqlGiven, sql};
