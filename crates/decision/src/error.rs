//! What can go wrong with decisions.

use memory::CustomerId;
use memory::interaction::DecisionId;

use crate::simulation::SimulationId;

/// A failure, in words that carry ids and not prose.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The memory of customers failed.
    #[error(transparent)]
    Memory(#[from] memory::Error),
    /// Understanding what customers did failed.
    #[error(transparent)]
    Awareness(#[from] awareness::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no such customer.
    #[error("there is no customer {0}")]
    NoCustomer(CustomerId),
    /// There is no such published placement.
    #[error("there is no published placement {0:?}")]
    NoPlacement(String),
    /// There is no such decision.
    #[error("there is no decision {0}")]
    NoDecision(DecisionId),
    /// There is no such model.
    #[error("nothing is learned about the offer {0:?} in the channel {1}")]
    NoModel(String, crate::Channel),
    /// The program stops.
    #[error("the program stops")]
    Stopped,
    /// The customer's contacts moved faster than we could decide; try again.
    #[error("customer {0} is being contacted at this very moment")]
    Contended(CustomerId),
    /// There is no such simulation.
    #[error("there is no simulation {0}")]
    NoSimulation(SimulationId),
    /// A record could not be read or written as JSON.
    #[error("a decision record is not readable: {0}")]
    Record(#[from] serde_json::Error),
}

impl From<Error> for gate::Problem {
    fn from(error: Error) -> gate::Problem {
        use gate::problem::code;
        match error {
            Error::Memory(error) => error.into(),
            Error::Awareness(error) => error.into(),
            Error::Store(error) => error.into(),
            Error::NoCustomer(_)
            | Error::NoPlacement(_)
            | Error::NoDecision(_)
            | Error::NoSimulation(_)
            | Error::NoModel(..) => gate::Problem::not_found(error.to_string()),
            error @ Error::Stopped => gate::Problem::internal(error),
            Error::Contended(_) => gate::Problem::new(code::CONFLICT)
                .detail(error.to_string())
                .hint("try again"),
            Error::Record(error) => gate::Problem::internal(error),
        }
    }
}
