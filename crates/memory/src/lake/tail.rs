//! The tail: rows of the log that are in no file yet, as columns in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray, Int64Array};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;

use super::batch::{Facts, batch};
use super::column::Columns;
use super::db::{Ordered, merge_of};
use super::table::Kept;
use crate::Error;
use crate::log::Merge;

/// Rows that were read together, by table, with their places in the order.
#[derive(Clone)]
pub(super) struct Chunk {
    pub tables: BTreeMap<Kept, (RecordBatch, Int64Array)>,
    pub facts: Facts,
    /// The first and last place.
    pub places: (i64, i64),
    pub rows: usize,
}

/// What rows tell besides their columns.
#[derive(Default)]
pub(super) struct Told {
    pub leaves: HashSet<i64>,
    pub merges: Vec<(bool, Merge)>,
    pub newest_seq: i64,
}

impl Told {
    pub(super) fn note(&mut self, rows: &[Ordered]) {
        for row in rows {
            let log_row = &row.placed.row;
            self.leaves.insert(log_row.customer_id.0 as i64);
            self.newest_seq = self.newest_seq.max(log_row.seq as i64);
            if let Some((made, merge)) = merge_of(log_row) {
                self.merges.push((made, merge.clone()));
            }
        }
    }
}

impl Chunk {
    /// Rows as columns; `None` when there are none.
    pub(super) fn of(rows: Vec<Ordered>, columns: &Columns) -> Result<Option<Chunk>, Error> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(None);
        };
        let (places, count) = ((first.order, last.order), rows.len());
        let mut split: BTreeMap<Kept, (Vec<_>, Vec<i64>)> = BTreeMap::new();
        for row in rows {
            if let Some(kept) = Kept::of(row.placed.row.entry.kind()) {
                let (rows, orders) = split.entry(kept).or_default();
                rows.push(row.placed);
                orders.push(row.order);
            }
        }
        let mut tables = BTreeMap::new();
        let mut facts = Facts::default();
        for (kept, (rows, orders)) in split {
            let (batch, known) = batch(kept, &rows, columns)?;
            facts.join(&known);
            tables.insert(kept, (batch, Int64Array::from(orders)));
        }
        Ok(Some(Chunk {
            tables,
            facts,
            places,
            rows: count,
        }))
    }

    /// What is left of it from a place on.
    pub(super) fn since(&self, mark: i64) -> Result<Option<Chunk>, Error> {
        if self.places.1 < mark {
            return Ok(None);
        }
        let mut left = self.clone();
        if self.places.0 >= mark {
            return Ok(Some(left));
        }
        left.places.0 = mark;
        for (batch, orders) in left.tables.values_mut() {
            let keep: BooleanArray = orders
                .iter()
                .map(|order| order.map(|o| o >= mark))
                .collect();
            *batch = filter_record_batch(batch, &keep).map_err(store::Error::from)?;
            let kept = orders
                .values()
                .iter()
                .copied()
                .filter(|order| *order >= mark);
            *orders = kept.collect::<Vec<i64>>().into();
        }
        left.rows = left
            .tables
            .values()
            .map(|(batch, _)| batch.num_rows())
            .sum();
        Ok(Some(left))
    }
}

/// Where leaves belong after merges and splits, in order; for all of them that these speak of.
pub(super) fn fold(merges: &[(bool, Merge)]) -> HashMap<i64, i64> {
    let mut roots = HashMap::new();
    for (made, merge) in merges {
        let merged = merge.merged.0 as i64;
        let root = if *made { merge.into.0 as i64 } else { merged };
        roots.insert(merged, root);
        for member in &merge.members {
            roots.insert(member.0 as i64, root);
        }
        roots
            .entry(merge.into.0 as i64)
            .or_insert(merge.into.0 as i64);
    }
    roots
}

/// The rows of a table with the customers they belong to now.
pub(super) fn rooted(
    chunks: &[Arc<Chunk>],
    kept: Kept,
    roots: &HashMap<i64, i64>,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, Error> {
    let mut batches = vec![];
    for chunk in chunks {
        if let Some((batch, _)) = chunk.tables.get(&kept)
            && batch.num_rows() > 0
        {
            batches.push(with_roots(batch, roots, schema)?);
        }
    }
    Ok(batches)
}

/// The same rows with `customer_id` set by where `leaf_id` belongs.
pub(super) fn with_roots(
    batch: &RecordBatch,
    roots: &HashMap<i64, i64>,
    schema: &SchemaRef,
) -> Result<RecordBatch, Error> {
    let leaves = batch.column(1).as_primitive::<Int64Type>();
    let root = |leaf: &i64| roots.get(leaf).copied().unwrap_or(*leaf);
    let customers: Int64Array = leaves.values().iter().map(root).collect();
    let mut arrays = batch.columns().to_vec();
    arrays[0] = Arc::new(customers);
    // The registry of columns may have grown since the rows were read.
    let have = batch.schema();
    for field in schema.fields().iter().skip(arrays.len()) {
        debug_assert!(have.column_with_name(field.name()).is_none());
        arrays.push(datafusion::arrow::array::new_null_array(
            field.data_type(),
            batch.num_rows(),
        ));
    }
    RecordBatch::try_new(schema.clone(), arrays).map_err(|error| store::Error::from(error).into())
}
