//! One meaning everywhere: live, in one pass, as a query, and kept while time passes.

mod agree;
mod cluster;
mod kept;
mod past;
pub mod tables;
mod tidy;
