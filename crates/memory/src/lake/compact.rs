//! Joining small files into large ones, so that a pass opens few; what merges have changed since,
//! and columns that were learned since, are worked in on the way.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, StringArray};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SessionContext, col, lit};
use futures::StreamExt;
use store::Timestamp;
use store::job::Lease;
use store::lake::db::{self as files_db, Change, File};

use super::archive::{Written, aside};
use super::batch::{Facts, promote};
use super::column::Columns;
use super::order::{merged, of_moved, sorted, stays};
use super::table::Kept;
use super::{Lake, db, mention, tail};
use crate::Error;
use crate::erasure::others::Others;

/// Rows of a file after which the next one is begun, with the next customer.
const ROWS_A_FILE: usize = 2_000_000;
/// Files of about one size that are joined.
const FILES_TOGETHER: usize = 4;
/// Rows of the smallest size; each further size is four times as large.
const SMALLEST_ROWS: i64 = 200_000;

/// What is left of some files.
struct Joining {
    kept: Kept,
    inputs: Vec<File>,
    columns: Columns,
    moved: Arc<HashMap<i64, i64>>,
    roots_mark: i64,
    /// Whether columns have been learned since the files were written.
    learn: bool,
    facts: Facts,
}

/// Which rows are left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Without {
    /// What happened before.
    pub before: Option<Timestamp>,
    /// Everything of these customers.
    pub leaves: HashSet<i64>,
    /// What the rows of others tell of somebody who is erased.
    pub others: Arc<Others>,
}

impl Lake {
    /// Joins files where there are many small ones, or, with `whole`, all of each table; how many
    /// were joined.
    pub(crate) async fn compact(&self, lease: &Lease, whole: bool) -> Result<usize, Error> {
        let mut joined = 0;
        for kept in Kept::ALL {
            let files = self.files().await?;
            let files = files
                .iter()
                .filter(|file| file.table == kept.word())
                .cloned();
            let chosen = choose(files.collect(), whole);
            if chosen.is_empty() {
                continue;
            }
            joined += chosen.len();
            self.rewrite(lease, kept, chosen, &Without::default())
                .await?;
        }
        Ok(joined)
    }

    /// Forgets what happened before an instant: events, contacts with what became of them,
    /// responses and decisions. What customers and sources said of themselves stays.
    pub(crate) async fn retain(&self, lease: &Lease, before: Timestamp) -> Result<usize, Error> {
        let mut rewritten = 0;
        for kept in [
            Kept::Events,
            Kept::Contacts,
            Kept::Moves,
            Kept::Responses,
            Kept::Decisions,
        ] {
            let files = self.files().await?;
            let old = files
                .iter()
                .filter(|file| file.table == kept.word() && file.span.occurred_at.0 < before.0);
            // A file is rewritten when a day of it is too old, not for every minute.
            const SLACK_MS: i64 = 86_400_000;
            let old = old.filter(|file| {
                let (first, last) = file.span.occurred_at;
                last < before.0 || first < before.0 - SLACK_MS
            });
            let old: Vec<File> = old.cloned().collect();
            if old.is_empty() {
                continue;
            }
            rewritten += old.len();
            let without = Without {
                before: Some(before),
                ..Without::default()
            };
            self.rewrite(lease, kept, old, &without).await?;
        }
        Ok(rewritten)
    }

    /// Replaces files by what is left of them, in one step.
    pub(super) async fn rewrite(
        &self,
        lease: &Lease,
        kept: Kept,
        inputs: Vec<File>,
        without: &Without,
    ) -> Result<(), Error> {
        let dropped = inputs.iter().map(|file| file.id).collect();
        let mut joining = self.joining(kept, inputs).await?;
        let added = self.join(&mut joining, without).await?;
        fail_here!(self, "lake_compacted");
        let now = self.db().now();
        let mut tx = self.db().begin().await?;
        let change = Change { added, dropped };
        if !files_db::change(&mut tx, lease, &change, now).await? {
            return Err(store::Error::LeaseLost(lease.name.clone()).into());
        }
        files_db::compacted(&mut tx, now).await?;
        fail_here!(self, "lake_before_replace");
        tx.commit().await?;
        Ok(())
    }

    async fn joining(&self, kept: Kept, inputs: Vec<File>) -> Result<Joining, Error> {
        let db = self.db();
        let columns = Columns::load(db).await?;
        let mut facts: Option<Facts> = None;
        for file in &inputs {
            let theirs: Facts = serde_json::from_str(&file.facts)?;
            match &mut facts {
                Some(facts) => facts.join(&theirs),
                None => facts = Some(theirs),
            }
        }
        let facts = facts.unwrap_or_default();
        let whole = |(event, paths): (&String, &std::collections::BTreeSet<String>)| {
            columns.paths_of(event).all(|path| paths.contains(path))
        };
        let learn = kept == Kept::Events && !facts.events.iter().all(whole);
        let mut tx = db.begin_read().await?;
        let roots_mark = self.horizon(&mut tx).await?;
        let oldest = inputs
            .iter()
            .map(|file| file.roots_mark)
            .min()
            .unwrap_or(roots_mark);
        let mut moved = tail::fold(&db::merges(&mut tx, db.log_order(), oldest).await?);
        if !db.exclusive() {
            let leaves: HashSet<i64> = moved.keys().copied().collect();
            let roots = db::roots(&mut tx, &leaves).await?;
            for (leaf, root) in &mut moved {
                *root = roots.get(leaf).copied().unwrap_or(*leaf);
            }
        }
        Ok(Joining {
            kept,
            inputs,
            columns,
            moved: Arc::new(moved),
            roots_mark,
            learn,
            facts,
        })
    }

    /// Writes the rows of all files in order.
    async fn join(&self, joining: &mut Joining, without: &Without) -> Result<Vec<File>, Error> {
        let Some(mut rows) = self.ordered(joining, without).await? else {
            return Ok(vec![]);
        };
        let (mut added, mut batches, mut count) = (vec![], vec![], 0);
        let mut facts = Facts::default();
        while let Some(batch) = rows.next().await {
            let mut batch = batch.map_err(store::Error::from)?;
            if batch.num_rows() == 0 {
                continue;
            }
            if !without.others.nothing() {
                let others = without.others.clone();
                let made = move || {
                    let rest = mention::without(&batch, "leaf_id", &others)?;
                    Ok(rest.unwrap_or(batch))
                };
                batch = aside(made).await?;
            }
            if joining.learn {
                let columns = joining.columns.clone();
                let (learned, known) = aside(move || learned(&batch, &columns)).await?;
                batch = learned;
                facts.join(&known);
            }
            if count >= ROWS_A_FILE {
                let at = next_customer(&batches, &batch);
                if at > 0 {
                    batches.push(batch.slice(0, at));
                    batch = batch.slice(at, batch.num_rows() - at);
                }
                if batch.num_rows() == 0 {
                    continue;
                }
                added.extend(self.one(joining, std::mem::take(&mut batches)).await?);
                count = 0;
            }
            count += batch.num_rows();
            batches.push(batch);
        }
        if !batches.is_empty() {
            added.extend(self.one(joining, batches).await?);
        }
        if joining.learn {
            facts.silent = std::mem::take(&mut joining.facts.silent);
            joining.facts = facts;
        }
        let facts = serde_json::to_string(&joining.facts)?;
        for file in &mut added {
            file.facts.clone_from(&facts);
        }
        Ok(added)
    }

    async fn one(&self, joining: &Joining, batches: Vec<RecordBatch>) -> Result<Vec<File>, Error> {
        let file = Written {
            table: joining.kept.word(),
            batches,
            facts: Facts::default(),
            roots_mark: joining.roots_mark,
            shape: joining.kept.shape(),
        };
        self.write(vec![file]).await
    }

    async fn ordered(
        &self,
        joining: &Joining,
        without: &Without,
    ) -> Result<Option<SendableRecordBatchStream>, Error> {
        let schema = joining.kept.schema(&joining.columns);
        let ground = &self.0.ground;
        let session = ground.embedded(1);
        let columns: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let mut streams = vec![];
        for file in &joining.inputs {
            let path = std::slice::from_ref(&file.path);
            let table = ground.table(path, schema.clone())?;
            let stream = read(&session, table, without).await?;
            streams.push(stays(stream, joining.moved.clone()));
        }
        if !joining.moved.is_empty() {
            let paths: Vec<String> = joining
                .inputs
                .iter()
                .map(|file| file.path.clone())
                .collect();
            let table = ground.table(&paths, schema.clone())?;
            let all = read(&session, table, without).await?;
            let moved = moved_rows(all, &joining.moved, &schema).await?;
            if !moved.is_empty() {
                let table = MemTable::try_new(schema, vec![moved]).map_err(store::Error::from)?;
                let frame = session
                    .read_table(Arc::new(table))
                    .map_err(store::Error::from)?;
                let frame = sorted(frame)?;
                streams.push(frame.execute_stream().await.map_err(store::Error::from)?);
            }
        }
        merged(&session, streams, &columns)
    }
}

async fn read(
    session: &SessionContext,
    table: Arc<dyn datafusion::datasource::TableProvider>,
    without: &Without,
) -> Result<SendableRecordBatchStream, Error> {
    let mut frame = session.read_table(table).map_err(store::Error::from)?;
    if let Some(before) = without.before {
        let recent = col("occurred_at").gt_eq(lit(before.0));
        frame = frame.filter(recent).map_err(store::Error::from)?;
    }
    if !without.leaves.is_empty() {
        let leaves = without.leaves.iter().map(|leaf| lit(*leaf)).collect();
        let others = col("leaf_id").in_list(leaves, true);
        frame = frame.filter(others).map_err(store::Error::from)?;
    }
    Ok(frame.execute_stream().await.map_err(store::Error::from)?)
}

/// The rows that belong to other customers than their files say, with those.
pub(super) async fn moved_rows(
    mut rows: SendableRecordBatchStream,
    moved: &HashMap<i64, i64>,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, Error> {
    let mut found = vec![];
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(store::Error::from)?;
        let keep = of_moved(&batch, 1, moved, true);
        let batch = filter_record_batch(&batch, &keep).map_err(store::Error::from)?;
        if batch.num_rows() > 0 {
            found.push(tail::with_roots(&batch, moved, schema)?);
        }
    }
    Ok(found)
}

/// The rows with their columns of properties made anew.
fn learned(batch: &RecordBatch, columns: &Columns) -> Result<(RecordBatch, Facts), Error> {
    let text = |name: &str| -> Result<StringArray, Error> {
        let column = batch.column_by_name(name).ok_or(store::Error::NoRow)?;
        let plain = cast(column, &DataType::Utf8).map_err(store::Error::from)?;
        Ok(plain.as_string::<i32>().clone())
    };
    let (names, properties, contexts) = (text("name")?, text("properties")?, text("context")?);
    let rows = names.iter().zip(properties.iter()).zip(contexts.iter());
    let rows = rows.map(|((name, properties), context)| {
        (
            name.unwrap_or_default(),
            properties.unwrap_or("null"),
            context,
        )
    });
    let (promoted, facts) = promote(rows, columns)?;
    let schema = Kept::Events.schema(columns);
    let mut arrays = batch.columns()[..schema.fields().len() - promoted.len()].to_vec();
    arrays.extend(promoted);
    let batch = RecordBatch::try_new(schema, arrays).map_err(store::Error::from)?;
    Ok((batch, facts))
}

/// Where in a batch the next customer begins after the last row before it.
fn next_customer(before: &[RecordBatch], batch: &RecordBatch) -> usize {
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let last = before.last().and_then(|batch| {
        let ids = batch.column(0).as_primitive::<Int64Type>();
        ids.values().last().copied()
    });
    let same = |id: &i64| Some(*id) == last;
    ids.values().iter().take_while(|id| same(id)).count()
}

/// Which files of a table are joined: several of about one size, with all that are smaller.
fn choose(mut files: Vec<File>, whole: bool) -> Vec<File> {
    if whole {
        return if files.len() > 1 { files } else { vec![] };
    }
    let size = |file: &File| {
        let mut size = 0;
        let mut rows = file.rows;
        while rows > SMALLEST_ROWS {
            rows /= FILES_TOGETHER as i64;
            size += 1;
        }
        size
    };
    files.retain(|file| file.rows < ROWS_A_FILE as i64);
    let largest = files.iter().map(size).max().unwrap_or(0);
    for at_most in 0..=largest {
        let together = files.iter().filter(|file| size(file) <= at_most);
        let together: Vec<File> = together.cloned().collect();
        if together.len() >= FILES_TOGETHER {
            return together;
        }
    }
    vec![]
}
