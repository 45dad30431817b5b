//! What can go wrong with the memory of customers.

use crate::customer::CustomerId;

/// A failure, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed; nothing was taken in.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no such customer.
    #[error("there is no customer {0}")]
    NoCustomer(CustomerId),
    /// The customer's state moved since it was read; read it again and decide again.
    #[error("customer {0} changed meanwhile")]
    Conflict(CustomerId),
    /// These counters have no room for what was asked; nothing was taken in.
    #[error("no room is left in {}", .0.join(", "))]
    Full(Vec<String>),
    /// Another node reads this stream now, or it was started over; nothing was taken in.
    #[error("the stream is read elsewhere now")]
    Superseded,
    /// Too much work is waiting; nothing was taken in.
    #[error("too many events are waiting")]
    Overloaded,
    /// The writer has stopped after a failure of the disk; nothing is acknowledged any more.
    #[error("the log is closed")]
    Closed,
    /// A row could not be written as JSON.
    #[error("a row is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file in the data folder could not be changed.
    #[error("a file in the data folder could not be changed: {0}")]
    File(std::io::Error),
    /// These customers cannot be merged or parted.
    #[error("{0}")]
    Merge(&'static str),
}

impl From<Error> for gate::Problem {
    fn from(error: Error) -> gate::Problem {
        use gate::problem::code;
        match error {
            Error::Store(error) => error.into(),
            Error::NoCustomer(_) => gate::Problem::not_found(error.to_string()),
            Error::Conflict(_) | Error::Merge(_) | Error::Full(_) | Error::Superseded => {
                gate::Problem::new(code::CONFLICT).detail(error.to_string())
            }
            Error::Overloaded => gate::Problem::new(code::TOO_MANY_REQUESTS)
                .detail("too much work is waiting; nothing was taken in")
                .retry_after(1),
            Error::Closed => gate::Problem::new(code::UNAVAILABLE).retry_after(10),
            Error::Json(error) => gate::Problem::internal(error),
            Error::File(error) => gate::Problem::internal(error),
        }
    }
}
