//! Criteria: the one rule language of the product.
//!
//! A rule is a tree ([`Criteria`]) with a JSON form and a text form that reads as a sentence.
//! It is two-valued: a test on a missing value is false. [`Compiled`] asks one customer
//! through the trait [`Facts`]; [`aggregates`] says what must be kept of incoming events so
//! that it can be answered. Nothing here reads a store or a clock.

mod aggregate;
mod api;
pub mod batch;
mod change;
mod check;
mod check_test;
mod compile;
pub(crate) mod draft;
mod expand;
mod explain;
mod facts;
mod leaf;
mod measure;
mod operator;
mod property;
mod read;
mod read_occurrence;
mod read_test;
mod sequence;
mod suggest;
mod text;
mod tree;
mod validate;
mod value;
mod vocabulary;
mod window;
mod write;

pub use aggregate::{
    AggregateSpec, EventView, Lookback, Match, SlotId, Slots, aggregates, insert, lookback, prune,
};
pub use change::Passing;
pub use check::{Checked, Draft, Remark, check};
pub use compile::{Compiled, CriteriaSet, Memo};
pub use expand::{MAX_EXPANDED, Tangle, expand, segments};
pub use explain::{Explanation, Joint, Language, explain};
pub use facts::{ContactView, Facts, ResponseView};
pub use operator::Test;
pub use property::matches_pattern;
pub(crate) use property::visit_property;
pub use read::{MAX_DEPTH, read};
pub use suggest::{did_you_mean, nearest};
pub use text::{Place, TextProblem, parse, print, print_zh};
pub use tree::{
    Aggregate, Answer, Consent, ContactFilter, Criteria, Measure, Named, Occurrence, Pattern,
    ResponseFilter, Sequence,
};
pub use validate::{MAX_NODES, notices, read_checked, validate};
pub use value::{
    AttributeValue, DAY_MS, Kind, ValueView, instant_text, number_json, number_text,
    recognise_instant,
};
pub use vocabulary::Vocabulary;
pub use window::{CalendarUnit, Keep, Moment, Range, Window};
pub use write::write;

#[cfg(test)]
mod tests;
