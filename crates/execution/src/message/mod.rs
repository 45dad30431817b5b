//! A message: one outbound communication to one customer on its way through the outbox.

pub mod db;
pub mod link;
pub mod outbox;
pub mod state;
