//! The program: configuration, commands, router, workers, and the embedded user interface.

// Handlers of requests are deep futures; optimised builds look through all of them.
#![recursion_limit = "512"]

mod app;
mod command;
mod config;
mod demo;
mod erasure;
mod feeds;
mod health;
mod kinds;
mod lake;
mod mail;
mod reach;
pub mod router;
mod snapshot;
mod system;
mod test_clock;
mod today;
mod ui;
mod uses;

pub use app::App;
pub use command::run;
pub use config::{Config, Secret};
pub use kinds::KINDS;
