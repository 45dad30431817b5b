//! Erasure: everything of a customer leaves the store and the files, byte by byte. And the
//! opposite of a secret: everything that is known of a customer, as one document.
//!
//! It goes in four steps, each of which can be repeated after a crash:
//!
//! 1. In one transaction the rows of every table with a `customer_id` go, and their identifiers
//!    are kept in the row of the erasure.
//! 2. Whatever else mentions these identifiers is treated as its [`Trace`] says: quarantine, jobs,
//!    imports with their files and reports, kept answers, the audit log, sessions of touchpoints,
//!    tables of customers, definitions and so on. The list is complete, and a test keeps it so.
//! 3. Rows of other customers lose what nothing else can be taken for (`others`), and files of the
//!    lake are written anew without both.
//! 4. The identifiers leave the row of the erasure, and the store forgets deleted bytes.
//!
//! What stays: our own numbers of those who were erased (in `erasures` and as the object of the
//! entry in the audit log), and hashes of addresses that said no.

pub mod api;
pub mod db;
pub mod mention;
pub(crate) mod others;
#[cfg(test)]
mod tests;
pub mod trace;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::identity::IdentifierKind;
use crate::log::Rewrite;
use crate::{CustomerId, CustomerState, Error, Memory};
use mention::{Known, Mentions};
use trace::Trace;

/// Rows written into one export.
const EXPORT_ROWS: i64 = 100_000;

/// Where customers leave traces besides their own rows.
#[derive(Debug, Clone)]
pub struct Reach {
    /// What becomes of the tables.
    pub traces: Vec<Trace>,
    /// Where uploaded files lie.
    pub data_folder: Option<PathBuf>,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            traces: trace::TRACES.to_vec(),
            data_folder: None,
        }
    }
}

/// What is searched for of a customer and everybody merged into them.
pub(crate) fn known(leaves: &[CustomerId], state: &CustomerState) -> Known {
    let mut known = Known {
        ids: leaves.iter().map(ToString::to_string).collect(),
        ..Known::default()
    };
    for identifier in &state.identifiers {
        let of_kind = match identifier.kind {
            IdentifierKind::Email | IdentifierKind::Phone => &mut known.addresses,
            IdentifierKind::UserId | IdentifierKind::AnonymousId | IdentifierKind::LoyaltyCard => {
                // A customer's own number is their address often enough.
                match identifier.value.contains('@') {
                    true => &mut known.addresses,
                    false => &mut known.names,
                }
            }
        };
        of_kind.push(identifier.value.clone());
    }
    known.addresses.extend(state.email().map(str::to_owned));
    known
}

impl Memory {
    /// Erases a customer and everybody merged into them: the rows of every table, what mentions
    /// them elsewhere, the files, and what the store would otherwise keep of deleted rows. Answers
    /// when it is done; what a crash interrupts is completed by [`Memory::finish_erasures`].
    pub async fn erase(&self, id: CustomerId) -> Result<(), Error> {
        let customer = self.customer(id).await?.ok_or(Error::NoCustomer(id))?;
        let mut leaves = customer.state.members.clone();
        leaves.push(customer.id);
        let erasure = db::begin(self.db(), &leaves).await?;
        self.erase_rows(erasure, customer.id, &leaves).await?;
        let known = db::known(self.db(), erasure).await?;
        fail::fail_point!("erase_before_files", |_| Err(Error::Closed));
        self.erase_rest(erasure, &leaves, known).await
    }

    async fn erase_rows(
        &self,
        erasure: i64,
        customer: CustomerId,
        leaves: &[CustomerId],
    ) -> Result<(), Error> {
        let seqs = db::positions(self.db(), leaves).await?;
        self.rewrite(Rewrite::Erase {
            erasure,
            customer,
            seqs,
            traces: self.reach().traces.clone().into(),
        })
        .await
    }

    async fn erase_rest(
        &self,
        erasure: i64,
        leaves: &[CustomerId],
        known: Known,
    ) -> Result<(), Error> {
        let (reach, mentions) = (self.reach(), Arc::new(Mentions::of(&known)));
        for trace in &reach.traces {
            db::mentions(self.db(), trace, &mentions).await?;
        }
        if let Some(data) = reach.data_folder.clone() {
            let imports = crate::source::import::erase::all(self.db()).await?;
            let masking = move || crate::source::import::erase::files(&data, &imports, &mentions);
            let masked = tokio::task::spawn_blocking(masking).await;
            masked.map_err(|_| Error::Closed)?.map_err(Error::File)?;
        }
        let others = self.erase_among_others(&known).await?;
        self.lake().erase(leaves, &Arc::new(others)).await?;
        db::forget_known(self.db(), erasure).await?;
        self.db().scrub().await?;
        db::end(self.db(), erasure).await?;
        Ok(())
    }

    /// Completes erasures that were interrupted; how many there were.
    pub async fn finish_erasures(&self) -> Result<usize, Error> {
        let unfinished = db::unfinished(self.db()).await?;
        for erasure in &unfinished {
            let leaves = &erasure.leaves;
            let mut left = erasure.known.clone().unwrap_or_default();
            if let Some(customer) = self.customer(leaves[leaves.len() - 1]).await? {
                left = known(leaves, &customer.state);
                self.erase_rows(erasure.id, customer.id, leaves).await?;
            }
            self.erase_rest(erasure.id, leaves, left).await?;
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
