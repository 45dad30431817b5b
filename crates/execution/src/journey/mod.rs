//! Journeys: a conversation with one customer over time.

pub mod calendar;
