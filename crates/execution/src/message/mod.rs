//! A message: one outbound communication to one customer on its way through the outbox.

pub mod link;
pub mod state;
