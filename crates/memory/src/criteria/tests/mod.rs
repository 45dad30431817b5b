//! Tests of criteria.

pub(super) mod customer;
mod errors;
pub(super) mod generate;
mod guide;
mod live;
pub(super) mod reference;
mod round_trip;
mod rules;
