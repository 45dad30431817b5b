//! The outbox from planned to settled, with crashes, races and a recording mail server.
//!
//! Fail points are global: every test of this file holds the scenario, and they run in turn.

extern crate rapport_execution as execution;

mod api;
mod faults;
mod flow;
mod pages;
mod race;
mod world;
