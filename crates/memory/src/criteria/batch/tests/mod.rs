//! One meaning everywhere: live, in one pass, as a query, and kept while time passes.

mod agree;
mod kept;
pub mod tables;
