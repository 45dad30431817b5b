//! The history of definitions, and definitions as files.

pub mod api;
