//! What it means: questions about many customers.

pub mod sql;
