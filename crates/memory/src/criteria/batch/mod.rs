//! Criteria over all customers at once.
//!
//! A rule is taken apart into its conditions. Each condition is answered for every customer in
//! one pass over rows that are sorted by customer, with the very code that answers it live; what
//! a customer without rows answers is known beforehand, so only those who differ are noted. The
//! answers are sets, and the rule joins them. Counts of every condition fall out on the way.
//!
//! Where a cluster answers queries, the conditions that SQL can say exactly are asked of it, and
//! only the others are passes over files that this process reads.

mod column;
mod customers;
mod lake;
mod pass;
mod plan;
mod query;
mod reader;
mod rows;
mod run;
mod selection;
#[cfg(test)]
mod tests;

pub use customers::AttributeSource;
pub use lake::{Request, events_of, over_lake};
pub use plan::{Needs, Plan};
pub use reader::Promoted;
pub use rows::{Sources, Zones};
pub use run::{ConditionCount, Counted, Given, answer, attribute_sources, event_columns};
pub use selection::Selection;
