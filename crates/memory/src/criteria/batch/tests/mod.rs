//! One meaning everywhere: live, in one pass, as a query, and kept while time passes.

mod agree;
mod cluster;
mod kept;
pub mod tables;
mod tidy;
