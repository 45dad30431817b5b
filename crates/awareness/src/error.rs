//! What can go wrong with understanding.

/// A failure, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The memory of customers failed.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A measure cannot be read.
    #[error("a measure is not readable: {0}")]
    Metric(String),
    /// Counting was stopped.
    #[error("counting was stopped: {0}")]
    Stopped(String),
}

impl From<Error> for gate::Problem {
    fn from(error: Error) -> gate::Problem {
        match error {
            Error::Memory(error) => error.into(),
            Error::Store(error) => error.into(),
            Error::Metric(_) | Error::Stopped(_) => gate::Problem::internal(error),
        }
    }
}
