//! Everything of memory over HTTP, and what its handlers need.

use std::path::PathBuf;
use std::sync::Arc;

use gate::{GateState, Key, Permission, Result, User};
use tokio::sync::{Notify, watch};
use utoipa_axum::router::OpenApiRouter;

use crate::attribute::Masking;
use crate::customer::view::{CustomerRow, row};
use crate::source::activity::Activity;
use crate::source::feed::Places;
use crate::{Customer, CustomerId, Error, Memory};

/// What handlers of memory need. Cheap to clone.
#[derive(Clone)]
pub struct MemoryState {
    /// The memory of customers.
    pub memory: Memory,
    /// The entry.
    pub gate: GateState,
    /// Where uploaded files are kept until they are imported.
    pub data_folder: Arc<PathBuf>,
    /// True from the signal to stop on: long answers end.
    pub closing: watch::Receiver<bool>,
    pub(crate) activity: Arc<Activity>,
    /// Wakes whoever runs imports.
    pub(crate) imports: Arc<Notify>,
    /// Wakes whoever works on feeds.
    pub(crate) feeds: Arc<Notify>,
    /// What feeds may reach.
    pub(crate) places: Arc<Places>,
    /// What this process is called where several share the store.
    pub(crate) node: Arc<str>,
}

impl MemoryState {
    /// The state over a memory.
    pub fn new(
        memory: Memory,
        gate: GateState,
        data_folder: PathBuf,
        closing: watch::Receiver<bool>,
    ) -> MemoryState {
        let node = format!("{:016x}", memory.db().random().u64());
        MemoryState {
            memory,
            gate,
            data_folder: Arc::new(data_folder),
            closing,
            activity: Arc::default(),
            imports: Arc::default(),
            feeds: Arc::default(),
            places: Arc::default(),
            node: node.into(),
        }
    }
}

impl MemoryState {
    /// The same with places that feeds may reach.
    pub fn reaching(self, places: Places) -> MemoryState {
        let places = Arc::new(places);
        MemoryState { places, ..self }
    }

    /// The customer that must exist.
    pub(crate) async fn customer(&self, id: CustomerId) -> Result<Customer> {
        let found = self.memory.customer(id).await?;
        found.ok_or_else(|| Error::NoCustomer(id).into())
    }

    /// Customers as a caller is shown them in a list; those that are gone are left out.
    pub async fn customer_rows(&self, user: &User, ids: &[CustomerId]) -> Result<Vec<CustomerRow>> {
        let masking = self.masking(user).await?;
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(customer) = self.memory.customer(*id).await? {
                rows.push(row(&customer, &masking));
            }
        }
        Ok(rows)
    }

    /// What of personal values a caller is shown: people who talk with customers see them,
    /// whoever only counts does not.
    pub(crate) async fn masking(&self, user: &User) -> Result<Masking> {
        masking(&self.memory, user).await
    }
}

/// What a user may see of personal values.
pub async fn masking(memory: &Memory, user: &User) -> Result<Masking> {
    let attributes = crate::attribute::db::all(memory.db()).await?;
    Ok(Masking::new(
        attributes,
        !user.may(Permission::RecordResponses),
    ))
}

/// Every route of memory, except those that take events in.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .merge(crate::criteria::draft::api::routes())
        .merge(crate::vocabulary::api::routes())
        .merge(crate::customer::api::routes())
        .merge(crate::timeline::api::routes())
        .merge(crate::consent::api::routes())
        .merge(crate::interaction::api::routes())
        .merge(crate::attribute::api::routes())
        .merge(crate::source::api::routes())
        .merge(crate::source::import::api::routes())
        .merge(crate::source::feed::api::routes())
        .merge(crate::quarantine::api::routes())
        .merge(crate::erasure::api::routes())
        .merge(crate::lake::api::routes())
        .merge(crate::live::api::routes())
}

/// The source of what a key sends.
pub fn source_of(key: &Key) -> i64 {
    key.source_id.unwrap_or(crate::source::DEFAULT).0 as i64
}
