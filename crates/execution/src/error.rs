//! What can go wrong when we say something.

use memory::CustomerId;

/// A failure, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The memory of customers failed.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// The decision failed.
    #[error(transparent)]
    Decision(#[from] decision::Error),
    /// There is no such customer.
    #[error("there is no customer {0}")]
    NoCustomer(CustomerId),
    /// A version of a journey is gone.
    #[error("journey {0} has no version {1}")]
    NoVersion(String, i64),
    /// Stored JSON is not readable.
    #[error("stored JSON is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// Somebody else has moved the message on, or it is not where it would have to be.
    #[error(transparent)]
    Illegal(#[from] crate::message::state::Illegal),
    /// A task of ours broke off.
    #[error("a task broke off: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// A step broke off.
    #[error("a step broke off")]
    BrokeOff,
    /// A fail point of the tests has fired.
    #[error("a fail point has fired")]
    FailPoint,
}
