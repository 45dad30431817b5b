//! The log: everything that happens with a customer is one row; all else follows from it.

pub mod db;
pub mod entry;
mod writer;

pub use entry::{Entry, EventBody, LogRow, NewRow, RowKind};
pub use writer::{Appended, Command, Writer};
