//! The ground every other crate stands on: database, definitions, jobs, leases, ids, clock.

mod aside;
pub mod clock;
pub mod db;
pub mod definition;
mod error;
pub mod foreign;
pub mod id;
pub mod job;
pub mod lake;
pub mod random;
pub mod test_support;
pub mod time;

pub use aside::aside;
pub use clock::Clock;
pub use db::row::{FromRow, FromValue, Row};
pub use db::value::{Kind as ValueKind, Value};
pub use db::{Alone, Db, Tx, in_list};
pub use error::Error;
pub use random::Random;
pub use time::Timestamp;
