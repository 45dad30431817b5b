//! What we know of each customer: one log, and everything else follows from it.

pub mod api;
pub mod attribute;
pub mod cap;
pub mod consent;
pub mod criteria;
pub mod customer;
pub mod erasure;
mod error;
pub mod event;
pub mod identity;
pub mod interaction;
mod keep;
pub mod lake;
pub mod live;
pub mod log;
pub mod lookout;
mod map;
mod memory;
pub mod quarantine;
pub mod source;
#[cfg(test)]
mod tests;
pub mod timeline;
pub mod vocabulary;

pub use api::{MemoryState, masking, routes};
pub use customer::{Customer, CustomerId, CustomerState};
pub use error::Error;
pub use keep::keep;
pub use lookout::Lookout;
pub use memory::Memory;
