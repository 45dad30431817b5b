//! What to say: offers, contact policy, targeting.

mod body;
pub mod catalog;
pub mod channel;
mod error;
pub mod offer;
pub mod placement;
pub mod policy;
pub mod targeting;
#[cfg(test)]
mod test_support;

pub use body::Name;
pub use catalog::Catalog;
pub use channel::Channel;
pub use error::Error;
pub use targeting::Decider;

/// Every route of decisions.
pub fn routes() -> utoipa_axum::router::OpenApiRouter<Decider> {
    targeting::api::routes().merge(offer::api::routes())
}
