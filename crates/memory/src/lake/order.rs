//! Rows in order: of one file, of several, and with those that belong elsewhere taken out.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BooleanArray};
use datafusion::arrow::compute::{SortOptions, filter_record_batch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{DataFrame, SessionContext, col};
use futures::StreamExt;

use crate::Error;

/// By what rows are ordered.
pub(super) const ORDER: [&str; 3] = ["customer_id", "occurred_at", "seq"];

/// The same rows in order.
pub(super) fn sorted(frame: DataFrame) -> Result<DataFrame, Error> {
    let order = ORDER.iter().map(|name| col(*name).sort(true, false));
    Ok(frame.sort(order.collect()).map_err(store::Error::from)?)
}

/// Which rows are of customers that belong elsewhere now (or, with `keep` false, are not).
pub(super) fn of_moved(
    batch: &RecordBatch,
    leaf: usize,
    moved: &HashMap<i64, i64>,
    keep: bool,
) -> BooleanArray {
    let leaves = batch.column(leaf).as_primitive::<Int64Type>();
    let each = leaves.values().iter();
    each.map(|leaf| Some(moved.contains_key(leaf) == keep))
        .collect()
}

/// The rows of a file without those that belong elsewhere now.
pub(super) fn stays(
    stream: SendableRecordBatchStream,
    moved: Arc<HashMap<i64, i64>>,
) -> SendableRecordBatchStream {
    if moved.is_empty() {
        return stream;
    }
    let schema = stream.schema();
    let Ok(leaf) = schema.index_of("leaf_id") else {
        return stream;
    };
    let kept = stream.map(move |batch| {
        let batch = batch?;
        let keep = of_moved(&batch, leaf, &moved, false);
        Ok(filter_record_batch(&batch, &keep)?)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, kept))
}

/// Streams that are in order each, as one; `None` when there is none.
pub(super) fn merged(
    session: &SessionContext,
    mut streams: Vec<SendableRecordBatchStream>,
    columns: &[String],
) -> Result<Option<SendableRecordBatchStream>, Error> {
    if streams.len() < 2 {
        return Ok(streams.pop());
    }
    let schema = streams[0].schema();
    let order = ORDER.iter().map(|name| {
        let at = columns.iter().position(|column| column == name);
        let column = Column::new(name, at.unwrap_or_default());
        let options = SortOptions::new(false, false);
        PhysicalSortExpr::new(Arc::new(column), options)
    });
    let Some(order) = LexOrdering::new(order) else {
        return Ok(None);
    };
    let pool = session.runtime_env().memory_pool.clone();
    let metrics = ExecutionPlanMetricsSet::new();
    let stream = StreamingMergeBuilder::new()
        .with_streams(streams)
        .with_schema(schema)
        .with_expressions(&order)
        .with_metrics(BaselineMetrics::new(&metrics, 0))
        .with_batch_size(session.copied_config().batch_size())
        .with_reservation(MemoryConsumer::new("lake scan").register(&pool))
        .build()
        .map_err(store::Error::from)?;
    Ok(Some(stream))
}
