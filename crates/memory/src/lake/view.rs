//! One consistent state of everything, for queries and for sorted single passes.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;
use parking_lot::Mutex;
use store::Timestamp;
use store::lake::{Engine, Ground};
use tokio::sync::OnceCell;

use super::batch::Facts;
use super::column::{AttributeColumn, PropertyColumns};
use super::cut::Cut;
use super::plan::db as plan;
use super::table::{Kept, Table};
use super::{customers, scan};
use crate::Error;

/// One consistent state of everything: committed files and the tail, never torn. Cheap to clone.
#[derive(Clone)]
pub struct View {
    /// The newest row of the log in it.
    pub upto_seq: u64,
    /// When it was taken.
    pub as_of: Timestamp,
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// Made when it is first needed: counts must not wait for a cluster that they do not ask.
    session: OnceCell<SessionContext>,
    pub ground: Ground,
    pub cut: Cut,
    /// Files that exist for this view only.
    scratch: Mutex<Vec<String>>,
    clean: tokio::runtime::Handle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for file in std::mem::take(self.scratch.get_mut()) {
            let files = self.ground.files.clone();
            self.clean.spawn(async move {
                if let Err(error) = files.remove(&file).await {
                    tracing::warn!(%error, "a file of a view could not be removed");
                }
            });
        }
    }
}

/// What a single pass reads.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The table.
    pub table: Table,
    /// The columns wanted, in this order.
    pub columns: Vec<String>,
    /// Only events of these names.
    pub names: Option<Vec<String>>,
    /// Only what happened then or later.
    pub since: Option<Timestamp>,
    /// Only what happened before then.
    pub until: Option<Timestamp>,
    /// Whether events that are not wanted may come too: for who looks at names and times anyway,
    /// which is faster than looking twice.
    pub rough: bool,
}

impl View {
    pub(super) fn new(ground: &Ground, cut: Cut) -> View {
        View {
            upto_seq: cut.upto_seq,
            as_of: cut.as_of,
            inner: Arc::new(Inner {
                session: OnceCell::new(),
                ground: ground.clone(),
                cut,
                scratch: Mutex::default(),
                clean: tokio::runtime::Handle::current(),
            }),
        }
    }

    /// Whether a cluster answers queries.
    pub fn far(&self) -> bool {
        self.inner.ground.engine != Engine::Embedded
    }

    /// A session in which every table is registered. Callers that add tables or change settings
    /// take a copy first: everybody with this view shares it.
    pub async fn session(&self) -> Result<&SessionContext, Error> {
        let make = || async {
            let Inner { ground, cut, .. } = &*self.inner;
            let session = ground.session().await?;
            let mut scratch = vec![];
            let registered = plan::register(&session, ground, cut, &mut scratch).await;
            self.inner.scratch.lock().extend(scratch);
            registered?;
            Ok::<_, Error>(session)
        };
        self.inner.session.get_or_try_init(make).await
    }

    /// A sorted single pass: disjoint ranges of customers, in order, each a stream of rows ordered
    /// by customer, time and position.
    pub async fn scan(&self, scan: &Scan) -> Result<Vec<SendableRecordBatchStream>, Error> {
        scan::scan(self, scan).await
    }

    /// The contacts that were presented then or later, in order, in ranges like those of
    /// [`View::scan`]. When they were promised does not matter.
    pub async fn presented(
        &self,
        columns: &[&str],
        since: Option<Timestamp>,
    ) -> Result<Vec<SendableRecordBatchStream>, Error> {
        scan::presented(self, columns, since).await
    }

    /// Everything that was said of attributes of customers before a moment, by events and without
    /// one: `customer_id`, `occurred_at`, `seq` and `body`, in ranges like those of [`View::scan`].
    pub async fn statements(
        &self,
        until: Timestamp,
    ) -> Result<Vec<SendableRecordBatchStream>, Error> {
        scan::statements(self, until).await
    }

    /// The names of events that state attributes of their customers, in files and the tail.
    pub(super) fn stating(&self) -> Vec<String> {
        let cut = &self.inner.cut;
        let files = cut.files.iter().map(|(_, facts)| facts);
        let all = files.chain(cut.chunks.iter().map(|chunk| &chunk.facts));
        let stating = all.flat_map(|facts| {
            let names = facts.events.keys();
            names.filter(|event| !facts.silent.contains(*event))
        });
        let stating: BTreeSet<&String> = stating.collect();
        stating.into_iter().cloned().collect()
    }

    /// The columns that hold a property of an event. With neither, `properties` (or `context`)
    /// has to be parsed; where there are columns, they hold all that criteria see of it.
    pub fn property(&self, event: &str, path: &str) -> PropertyColumns {
        let path = path.strip_prefix("properties.").unwrap_or(path);
        let cut = &self.inner.cut;
        let whole = |facts: &Facts| match facts.events.get(event) {
            Some(paths) => paths.contains(path),
            None => true,
        };
        let files = cut
            .files
            .iter()
            .filter(|(file, _)| file.table == Kept::Events.word());
        let everywhere = files.map(|(_, facts)| facts).all(whole)
            && cut.chunks.iter().all(|chunk| whole(&chunk.facts));
        match everywhere {
            true => cut.columns.property(path).unwrap_or_default(),
            false => PropertyColumns::default(),
        }
    }

    /// The column that holds an attribute of customers; `None` when `attributes` has to be parsed.
    pub fn attribute(&self, key: &str) -> Option<AttributeColumn> {
        let cut = &self.inner.cut;
        let mut files = cut
            .files
            .iter()
            .filter(|(file, _)| file.table == customers::CUSTOMERS);
        let in_files = files.all(|(_, facts)| facts.keys.contains(key));
        let in_changed = cut
            .changed
            .keys
            .as_ref()
            .is_none_or(|keys| keys.contains(key));
        (in_files && in_changed).then(|| cut.columns.attributes().get(key).cloned())?
    }

    /// All rows that a query answers; only for answers that are small.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, Error> {
        let frame = self
            .session()
            .await?
            .sql(sql)
            .await
            .map_err(store::Error::from)?;
        Ok(frame.collect().await.map_err(store::Error::from)?)
    }
}
