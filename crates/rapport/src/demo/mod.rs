//! The demo: a small shop with real products, its order history, and visitors who never tire.

pub mod client;
pub mod definitions;
pub mod import;
pub mod orders;
pub mod products;
pub mod shop;
pub mod visitors;
