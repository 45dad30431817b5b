//! Taking customers out of every file.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::{col, lit};
use futures::StreamExt;
use store::job::Lease;
use store::lake::db::{self as files_db, Change, File};

use super::archive::Written;
use super::batch::Facts;
use super::compact::Without;
use super::customers;
use super::table::{Kept, whole};
use super::{Lake, column::Columns, mention};
use crate::erasure::others::Others;
use crate::{CustomerId, Error};

/// How long somebody else's work on the lake is waited for.
const WAIT_MS: i64 = 300_000;
/// How often it is looked whether they have finished.
const LOOK_EVERY_MS: u64 = 200;

impl Lake {
    /// Replaces every file that holds rows of some customers, or mentions them in rows of others,
    /// by one that does not, and removes the old ones, together with whatever else lies around and
    /// may hold such rows.
    pub(crate) async fn erase(
        &self,
        leaves: &[CustomerId],
        others: &Arc<Others>,
    ) -> Result<(), Error> {
        let node = format!("erasure-{:016x}", self.db().random().u64());
        let lease = self.wait_for_lease(&node).await?;
        let done = self.erase_under(&node, &lease, leaves, others).await;
        store::job::release(self.db(), &lease).await?;
        done
    }

    async fn erase_under(
        &self,
        node: &str,
        lease: &Lease,
        leaves: &[CustomerId],
        others: &Arc<Others>,
    ) -> Result<(), Error> {
        let columns = Columns::load(self.db()).await?;
        let gone: HashSet<i64> = leaves.iter().map(|leaf| leaf.0 as i64).collect();
        for kept in Kept::ALL {
            let schema = kept.schema(&columns);
            let mut holding = vec![];
            for file in self.files().await?.iter() {
                if file.table == kept.word()
                    && (self.holds(file, "leaf_id", &gone).await?
                        || self.mentions(file, &schema, "leaf_id", others).await?)
                {
                    holding.push(file.clone());
                }
                self.renew(node).await?;
            }
            for file in holding {
                let without = Without {
                    before: None,
                    leaves: gone.clone(),
                    others: others.clone(),
                };
                self.rewrite(lease, kept, vec![file], &without).await?;
                self.renew(node).await?;
            }
        }
        self.erase_customers(lease, &gone, others).await?;
        self.clean(-1).await?;
        *self.0.last.lock().await = Default::default();
        Ok(())
    }

    async fn wait_for_lease(&self, node: &str) -> Result<Lease, Error> {
        let until = self.db().now().plus_ms(WAIT_MS);
        loop {
            if let Some(lease) = self.lease(node).await? {
                return Ok(lease);
            }
            if self.db().now() >= until {
                return Err(store::Error::LeaseLost("lake".to_owned()).into());
            }
            tokio::time::sleep(std::time::Duration::from_millis(LOOK_EVERY_MS)).await;
        }
    }

    /// Whether a file has rows of any of some customers.
    async fn holds(&self, file: &File, column: &str, gone: &HashSet<i64>) -> Result<bool, Error> {
        let schema = datafusion::arrow::datatypes::Schema::new(vec![whole(column)]);
        let path = std::slice::from_ref(&file.path);
        let ground = self.0.ground.embedding();
        let table = ground.table(path, std::sync::Arc::new(schema))?;
        let session = ground.embedded(1);
        let frame = session.read_table(table).map_err(store::Error::from)?;
        let ids = gone.iter().map(|leaf| lit(*leaf)).collect();
        let frame = frame
            .filter(col(column).in_list(ids, false))
            .map_err(store::Error::from)?;
        let frame = frame.limit(0, Some(1)).map_err(store::Error::from)?;
        let mut rows = frame.execute_stream().await.map_err(store::Error::from)?;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(store::Error::from)?;
            if !batch.column(0).as_primitive::<Int64Type>().is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn erase_customers(
        &self,
        lease: &Lease,
        gone: &HashSet<i64>,
        others: &Arc<Others>,
    ) -> Result<(), Error> {
        let schema = customers::schema(&Columns::load(self.db()).await?);
        const OWNER: &str = "customer_id";
        for file in self.files().await?.iter() {
            if file.table != customers::CUSTOMERS
                || !(self.holds(file, OWNER, gone).await?
                    || self.mentions(file, &schema, OWNER, others).await?)
            {
                continue;
            }
            let ground = self.0.ground.embedding();
            let table = ground.table(std::slice::from_ref(&file.path), schema.clone())?;
            let frame = ground
                .embedded(1)
                .read_table(table)
                .map_err(store::Error::from)?;
            let mut rows = frame.execute_stream().await.map_err(store::Error::from)?;
            let mut batches = vec![];
            while let Some(batch) = rows.next().await {
                let batch = customers::without(&batch.map_err(store::Error::from)?, gone)?;
                if batch.num_rows() > 0 {
                    let rest = mention::without(&batch, OWNER, others)?;
                    batches.push(rest.unwrap_or(batch));
                }
            }
            let mut files = vec![];
            if !batches.is_empty() {
                files.push(Written {
                    table: customers::CUSTOMERS,
                    batches,
                    facts: serde_json::from_str::<Facts>(&file.facts)?,
                    roots_mark: file.roots_mark,
                    shape: customers::shape(),
                });
            }
            let change = Change {
                added: self.write(files).await?,
                dropped: vec![file.id],
            };
            let mut tx = self.db().begin().await?;
            if !files_db::change(&mut tx, lease, &change, self.db().now()).await? {
                return Err(store::Error::LeaseLost(lease.name.clone()).into());
            }
            tx.commit().await?;
        }
        Ok(())
    }
}
