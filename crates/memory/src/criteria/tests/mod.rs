//! Tests of criteria.

mod customer;
mod errors;
mod generate;
mod guide;
mod live;
mod reference;
mod round_trip;
mod rules;
