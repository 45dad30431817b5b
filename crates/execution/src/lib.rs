//! Saying it: templates, messages, journeys and the channels they leave through.

pub mod channel;
mod error;
pub mod journey;
pub mod message;
pub mod template;

pub use error::Error;
