//! Where the tables of this crate mention customers besides their own rows.

use memory::CustomerId;
use memory::erasure::mention::Wanted::{Addresses, Everything, Identifiers};
use memory::erasure::trace::{
    Remedy::{Beside, Nothing, Remove, Replace, Step},
    Trace,
};
use store::{Error, Tx};

use crate::{simulation, suppression};

/// Tables of this crate.
pub const TRACES: &[Trace] = &[
    Trace::new("decision_catalogs", Replace(&["body"], Addresses)),
    Trace::new(
        "decision_worths",
        Nothing("sums of offers and groups of customers"),
    ),
    Trace::new("segment_states", Nothing("how fresh segments are")),
    Trace::new("segment_days", Nothing("sizes of segments")),
    Trace::new("suppression_entries", Replace(&["reason"], Addresses)),
    Trace::new(
        "suppression_entries",
        Step("hints of identifiers go; hashes protect"),
    ),
    Trace::new("suppression_states", Nothing("revisions of lists")),
    Trace::new("learning_batches", Replace(&["steps"], Identifiers)),
    Trace::new("learning_progress", Nothing("how far the log was read")),
    Trace::new("learning_states", Replace(&["body"], Identifiers)),
    Trace::new("learning_models", Nothing("numbers of offers and channels")),
    Trace::new("learning_hours", Nothing("sums of offers and channels")),
    Trace::new("learning_wishes", Nothing("numbers of models")),
    Trace::new(
        "touchpoint_sessions",
        Remove(&["customer", "context"], Everything),
    ),
    Trace::new("customer_tables", Nothing("titles and owners of tables")),
    Trace::new("customer_table_uploads", Replace(&["name"], Identifiers)),
    Trace::new("customer_table_rejects", Replace(&["detail"], Everything)),
    Trace::new("offer_recalls", Replace(&["reason"], Addresses)),
    Trace::new(
        "double_redemptions",
        Beside {
            column: "code",
            of: "redemptions",
        },
    ),
    Trace::new("coupon_keys", Nothing("keys that sign coupons")),
    Trace::new("simulations", Replace(&["request", "result"], Everything)),
    Trace::new(
        "simulation_groups",
        Step("they leave the sets of customers"),
    ),
];

/// What no search finds: hints of their identifiers on suppression lists, and their numbers in
/// what simulations were about.
pub async fn forget(
    tx: &mut Tx,
    customer: &memory::Customer,
    leaves: &[CustomerId],
) -> Result<(), Error> {
    let digests = suppression::digests(customer.id, &customer.state);
    suppression::db::forget_hints(tx, &digests).await?;
    simulation::db::forget(tx, leaves).await
}
