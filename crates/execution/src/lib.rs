//! Saying it: templates, messages, journeys and the channels they leave through.

// Handlers of requests are deep futures; optimised builds look through all of them.
#![recursion_limit = "512"]

pub mod api;
pub mod channel;
pub mod erasure;
mod error;
pub mod journey;
pub mod message;
mod running;
pub mod template;

pub use error::Error;
pub use message::job::Sender;
pub use running::{ExecutionState, Settings};
