//! What can go wrong while a question is answered.

use store::definition::Problem;

/// A failure, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Memory failed.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// The lake could not be read.
    #[error("the lake could not be read: {0}")]
    Lake(#[from] datafusion::error::DataFusionError),
    /// The lake holds something else than expected.
    #[error(transparent)]
    Unreadable(#[from] super::read::Unreadable),
    /// Something is wrong with the question.
    #[error("the question cannot be answered: {0:?}")]
    Question(Vec<Problem>),
    /// The work ended without an answer.
    #[error("the work ended early: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl From<Error> for gate::Problem {
    fn from(error: Error) -> gate::Problem {
        match error {
            Error::Store(error) => error.into(),
            Error::Memory(error) => error.into(),
            Error::Question(problems) => gate::Problem::invalid(problems),
            other @ (Error::Lake(_) | Error::Unreadable(_) | Error::Ended(_)) => {
                gate::Problem::internal(other)
            }
        }
    }
}
