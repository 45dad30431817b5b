//! Saying it: templates, messages, journeys and the channels they leave through.

pub mod channel;
pub mod journey;
pub mod message;
pub mod template;
