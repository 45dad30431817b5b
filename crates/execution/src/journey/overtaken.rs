//! Whether what ends a journey happened after the event that would start it, and arrived before it.

use memory::log::db::Signal;
use memory::log::{Entry, EventBody, LogRow};
use memory::{Customer, Memory};

use super::Journey;
use super::engine::everyone;
use crate::Error;

/// Rows looked at together, newest first. All whose positions the customer's state keeps are
/// looked at if need be: several hundred.
const PAGE: usize = 50;
/// By how much the clock of a source may be ahead of ours. What was received longer before an
/// event than this did not happen after it.
const AHEAD_MS: i64 = 3_600_000;

/// Whether a journey has been ended already when its signal comes.
pub(super) async fn overtaken(
    memory: &Memory,
    journey: &Journey,
    event: &EventBody,
    (customer, signal): (&Customer, &Signal),
) -> Result<bool, Error> {
    if !journey.entry.on.contains(&event.name) {
        return Ok(false);
    }
    let recent = customer.state.recent.iter().rev();
    let earlier: Vec<u64> = recent.copied().filter(|seq| *seq < signal.seq).collect();
    let ends = |row: &LogRow| match &row.entry {
        Entry::Event(other) => {
            let ends = journey.entry.without.contains(&other.name)
                || journey.cancel_on.contains(&other.name);
            ends && row.occurred_at >= signal.occurred_at
        }
        _ => false,
    };
    let everyone = everyone(customer);
    for page in earlier.chunks(PAGE) {
        let rows = memory.lake().of_customers(&everyone, page).await?;
        if rows.iter().any(ends) {
            return Ok(true);
        }
        let oldest = rows.iter().map(|row| row.received_at).min();
        if oldest.is_some_and(|oldest| signal.occurred_at.since_ms(oldest) > AHEAD_MS) {
            return Ok(false);
        }
    }
    Ok(false)
}
