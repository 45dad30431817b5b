//! Erasure: everything of a customer leaves the store and the files, byte by byte. And the
//! opposite of a secret: everything that is known of a customer, as one document.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::log::Rewrite;
use crate::{CustomerId, Error, Memory};

/// Rows written into one export.
const EXPORT_ROWS: i64 = 100_000;

impl Memory {
    /// Erases a customer and everybody merged into them: the rows of every table, the files, and
    /// what the store would otherwise keep of deleted rows. Answers when it is done; what a crash
    /// interrupts is completed by [`Memory::finish_erasures`].
    pub async fn erase(&self, id: CustomerId) -> Result<(), Error> {
        let customer = self.customer(id).await?.ok_or(Error::NoCustomer(id))?;
        let mut leaves = customer.state.members.clone();
        leaves.push(customer.id);
        let erasure = db::begin(self.db(), &leaves).await?;
        let seqs = db::positions(self.db(), &leaves).await?;
        let customer = customer.id;
        self.rewrite(Rewrite::Erase { customer, seqs }).await?;
        fail::fail_point!("erase_before_files", |_| Err(Error::Closed));
        self.erase_files(erasure, &leaves).await
    }

    async fn erase_files(&self, erasure: i64, leaves: &[CustomerId]) -> Result<(), Error> {
        self.lake().erase(leaves).await?;
        self.db().scrub().await?;
        db::end(self.db(), erasure).await?;
        Ok(())
    }

    /// Completes erasures that were interrupted; how many there were.
    pub async fn finish_erasures(&self) -> Result<usize, Error> {
        let unfinished = db::unfinished(self.db()).await?;
        for (erasure, leaves) in &unfinished {
            let leaves: Vec<u64> = serde_json::from_str(leaves)?;
            let leaves: Vec<CustomerId> = leaves.into_iter().map(CustomerId).collect();
            let roots = self.customer(leaves[leaves.len() - 1]).await?;
            if let Some(customer) = roots {
                let seqs = db::positions(self.db(), &leaves).await?;
                let customer = customer.id;
                self.rewrite(Rewrite::Erase { customer, seqs }).await?;
            }
            self.erase_files(*erasure, &leaves).await?;
        }
        Ok(unfinished.len())
    }

    /// Everything that is known of a customer, as one document.
    pub async fn export(&self, id: CustomerId) -> Result<Value, Error> {
        let customer = self.customer(id).await?.ok_or(Error::NoCustomer(id))?;
        let mut leaves = customer.state.members.clone();
        leaves.push(customer.id);
        let rows = self.lake().older(&leaves, u64::MAX, EXPORT_ROWS).await?;
        let mut history = vec![];
        for row in rows.iter().rev() {
            let body: Value = serde_json::from_str(&row.entry.to_json()?)?;
            history.push(json!({
                "kind": row.entry.kind(),
                "occurred_at": row.occurred_at,
                "received_at": row.received_at,
                "customer_id": row.customer_id,
                "body": body,
            }));
        }
        let state = &customer.state;
        let attributes: serde_json::Map<String, Value> = state
            .attributes
            .iter()
            .map(|(key, known)| {
                (
                    key.clone(),
                    json!({"value": known.value, "stated_at": known.at}),
                )
            })
            .collect();
        Ok(json!({
            "customer_id": customer.id,
            "merged": state.members,
            "exported_at": self.db().now(),
            "identifiers": state.identifiers,
            "attributes": attributes,
            "consents": state.consents,
            "contacts": state.contacts,
            "responses": state.responses,
            "history": history,
            "complete": (rows.len() as i64) < EXPORT_ROWS,
        }))
    }
}
