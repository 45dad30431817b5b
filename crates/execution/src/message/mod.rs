//! A message: one outbound communication to one customer on its way through the outbox.

pub mod api;
pub mod check;
pub mod contact;
pub mod db;
mod hand_over;
pub mod job;
pub mod link;
pub mod mailbox;
pub mod outbox;
pub mod page;
mod prepare;
pub mod render;
pub mod report;
pub mod state;
pub mod view;

use std::time::Duration;

use memory::{CustomerId, Memory};

/// How long an answer to a customer waits for a hand-over that has begun.
const SETTLE: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until no message to a customer is being handed over, at most five seconds; true when none
/// is. To be called between writing a customer's "no" and answering it: nothing is sent after the
/// answer, because every hand-over that begins later reads what was written.
pub async fn settled(memory: &Memory, customer: CustomerId) -> Result<bool, crate::Error> {
    let everyone = match memory.customer(customer).await? {
        Some(found) => found
            .state
            .members
            .iter()
            .copied()
            .chain([found.id])
            .collect(),
        None => vec![customer],
    };
    let waiting = async {
        while db::handing(memory.db(), &everyone).await? > 0 {
            tokio::time::sleep(LOOK).await;
        }
        Ok(true)
    };
    tokio::time::timeout(SETTLE, waiting)
        .await
        .unwrap_or(Ok(false))
}
