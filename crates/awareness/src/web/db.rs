//! What web analytics asks of the lake in SQL.

use memory::CustomerId;

use super::interest::WEIGHTS;

/// Events of a customer that are looked at for interests.
const SIGNS_LIMIT: usize = 2_000;

/// The newest events of a customer that show interest: name, moment and properties.
pub fn signs(customer: CustomerId) -> String {
    let names: Vec<String> = WEIGHTS
        .iter()
        .map(|(name, _)| format!("'{name}'"))
        .collect();
    format!(
        "SELECT name, occurred_at, properties FROM events
         WHERE customer_id = {} AND name IN ({}) ORDER BY occurred_at DESC LIMIT {SIGNS_LIMIT}",
        customer.0,
        names.join(", ")
    )
}
