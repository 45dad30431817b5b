//! The sorted single pass: ranges of customers, each read in order from every file and merged.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{DataFrame, Expr, SessionContext, col, ident, lit};
use futures::StreamExt;
use store::Timestamp;

use super::compact::moved_rows;
use super::order::{ORDER, merged, sorted, stays};
use super::plan::db as plan;
use super::table::{Kept, Table};
use super::tail;
use super::view::{Scan, View};
use crate::Error;

/// Rows below which one range is enough.
const SMALL_ROWS: i64 = 50_000;
/// Ranges for each thread, so that none waits long for the last.
const RANGES_PER_THREAD: i64 = 4;

pub(super) async fn scan(
    view: &View,
    scan: &Scan,
) -> Result<Vec<SendableRecordBatchStream>, Error> {
    let ranges = ranges(view);
    let mut streams = Vec::with_capacity(ranges.len());
    match scan.table {
        Table::Events => {
            let moved = moved_events(view, scan).await?;
            for range in ranges {
                streams.push(events(view, scan, range, &moved).await?);
            }
        }
        _ => {
            let session = plan::local(view).await?;
            for range in ranges {
                streams.push(others(&session, scan, range, None).await?);
            }
        }
    }
    Ok(streams)
}

/// Contacts that were presented then or later, whenever they were promised.
pub(super) async fn presented(
    view: &View,
    columns: &[&str],
    since: Option<Timestamp>,
) -> Result<Vec<SendableRecordBatchStream>, Error> {
    let scan = Scan {
        table: Table::Contacts,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        names: None,
        since: None,
        until: None,
        rough: false,
    };
    let presented = match since {
        Some(since) => col("presented_at").gt_eq(lit(since.0)),
        None => col("presented_at").is_not_null(),
    };
    let session = plan::local(view).await?;
    let mut streams = vec![];
    for range in ranges(view) {
        let only = Some(presented.clone());
        streams.push(others(&session, &scan, range, only).await?);
    }
    Ok(streams)
}

/// Statements of attributes: those that are nothing else, and those that events make.
pub(super) async fn statements(
    view: &View,
    until: Timestamp,
) -> Result<Vec<SendableRecordBatchStream>, Error> {
    let columns = ["customer_id", "occurred_at", "seq", "body"].map(str::to_owned);
    let alone = Scan {
        table: Table::Identifies,
        columns: columns.to_vec(),
        names: None,
        since: None,
        until: Some(until),
        rough: false,
    };
    let told = view.stating();
    let with_events = Scan {
        table: Table::Events,
        names: Some(told.clone()),
        ..alone.clone()
    };
    let alone = scan(view, &alone).await?;
    if told.is_empty() {
        return Ok(alone);
    }
    let with_events = scan(view, &with_events).await?;
    let session = view.inner.ground.in_order();
    let mut streams = vec![];
    for (one, other) in alone.into_iter().zip(with_events) {
        streams.extend(merged(session, vec![one, other], &columns)?);
    }
    Ok(streams)
}

/// Ranges of customers, about equally many in each: from, and before which.
fn ranges(view: &View) -> Vec<(i64, i64)> {
    let cut = &view.inner.cut;
    let rows: i64 = cut.files.iter().map(|(file, _)| file.rows).sum();
    let tail: usize = cut.chunks.iter().map(|chunk| chunk.rows).sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as i64;
    let wanted = ((rows + tail as i64) / SMALL_ROWS + 1).min(threads * RANGES_PER_THREAD);
    let spans = cut.files.iter().map(|(file, _)| file.span.customers);
    let (low, high) = spans.fold((i64::MAX, 0), |(low, high), (min, max)| {
        (low.min(min), high.max(max))
    });
    if wanted == 1 || low >= high {
        return vec![(i64::MIN, i64::MAX)];
    }
    let step = ((high - low) / wanted + 1).max(1);
    let mut ranges = vec![];
    let mut from = i64::MIN;
    for number in 1..wanted {
        let until = low + step * number;
        ranges.push((from, until));
        from = until;
    }
    ranges.push((from, i64::MAX));
    ranges
}

fn within(scan: &Scan, (from, until): (i64, i64)) -> Option<Expr> {
    let mut all = vec![];
    if from > i64::MIN {
        all.push(col("customer_id").gt_eq(lit(from)));
    }
    if until < i64::MAX {
        all.push(col("customer_id").lt(lit(until)));
    }
    if !(scan.rough && scan.table == Table::Events) {
        all.extend(rows_wanted(scan));
    }
    all.into_iter().reduce(Expr::and)
}

/// Which rows are wanted, whoever's they are.
fn rows_wanted(scan: &Scan) -> Option<Expr> {
    let mut all = vec![];
    all.extend(
        scan.since
            .map(|since| col("occurred_at").gt_eq(lit(since.0))),
    );
    all.extend(scan.until.map(|until| col("occurred_at").lt(lit(until.0))));
    if let Some(names) = &scan.names
        && scan.table == Table::Events
    {
        let name = |name: &String| {
            let value = ScalarValue::Utf8(Some(name.clone()));
            let kind = datafusion::arrow::datatypes::DataType::Int32;
            lit(ScalarValue::Dictionary(Box::new(kind), Box::new(value)))
        };
        all.push(col("name").in_list(names.iter().map(name).collect(), false));
    }
    all.into_iter().reduce(Expr::and)
}

/// The columns wanted, and those that merging and moving need behind them.
fn read_columns(scan: &Scan, with_leaf: bool) -> Vec<String> {
    let mut columns = scan.columns.clone();
    let needed = ORDER.into_iter().chain(with_leaf.then_some("leaf_id"));
    for name in needed {
        if !columns.iter().any(|column| column == name) {
            columns.push(name.to_owned());
        }
    }
    columns
}

fn selected(frame: DataFrame, columns: &[String]) -> Result<DataFrame, Error> {
    let columns: Vec<Expr> = columns.iter().map(|name| ident(name.as_str())).collect();
    Ok(frame.select(columns).map_err(store::Error::from)?)
}

fn filtered(frame: DataFrame, filter: Option<Expr>) -> Result<DataFrame, Error> {
    match filter {
        Some(filter) => Ok(frame.filter(filter).map_err(store::Error::from)?),
        None => Ok(frame),
    }
}

/// The events in files that belong to other customers than the files say, in one batch each.
async fn moved_events(view: &View, scan: &Scan) -> Result<Vec<RecordBatch>, Error> {
    let cut = &view.inner.cut;
    if cut.moved.is_empty() {
        return Ok(vec![]);
    }
    let schema = Kept::Events.schema(&cut.columns);
    let files = files(view, scan, (i64::MIN, i64::MAX));
    if files.is_empty() {
        return Ok(vec![]);
    }
    let session = view.inner.ground.embedded(2);
    let table = view.inner.ground.table(&files, schema.clone())?;
    let frame = session.read_table(table).map_err(store::Error::from)?;
    let mut frame = filtered(frame, rows_wanted(scan))?;
    const FEW: usize = 2_000;
    if cut.moved.len() <= FEW {
        let leaves = cut.moved.keys().map(|leaf| lit(*leaf)).collect();
        frame = filtered(frame, Some(col("leaf_id").in_list(leaves, false)))?;
    }
    let stream = frame.execute_stream().await.map_err(store::Error::from)?;
    moved_rows(stream, &cut.moved, &schema).await
}

/// The files of events that may hold what is wanted.
fn files(view: &View, scan: &Scan, (from, until): (i64, i64)) -> Vec<String> {
    let cut = &view.inner.cut;
    let wanted = cut.files.iter().filter(|(file, facts)| {
        let (least, greatest) = file.span.customers;
        let (first, last) = file.span.occurred_at;
        file.table == Kept::Events.word()
            && greatest >= from
            && least < until
            && scan.since.is_none_or(|since| last >= since.0)
            && scan.until.is_none_or(|until| first < until.0)
            && scan
                .names
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| facts.events.contains_key(name)))
    });
    wanted.map(|(file, _)| file.path.clone()).collect()
}

/// The events of a range of customers, in order.
async fn events(
    view: &View,
    scan: &Scan,
    range: (i64, i64),
    moved: &[RecordBatch],
) -> Result<SendableRecordBatchStream, Error> {
    let cut = &view.inner.cut;
    let ground = &view.inner.ground;
    let schema = Kept::Events.schema(&cut.columns);
    let columns = read_columns(scan, !cut.moved.is_empty());
    let session = ground.in_order();
    let filter = within(scan, range);
    let mut streams = vec![];
    for file in files(view, scan, range) {
        let table = ground.table(&[file], schema.clone())?;
        let frame = session.read_table(table).map_err(store::Error::from)?;
        let frame = selected(filtered(frame, filter.clone())?, &columns)?;
        let stream = frame.execute_stream().await.map_err(store::Error::from)?;
        streams.push(stays(stream, cut.moved.clone()));
    }
    let mut loose = tail::rooted(&cut.chunks, Kept::Events, &cut.roots, &schema)?;
    loose.extend_from_slice(moved);
    if !loose.is_empty() {
        let table = MemTable::try_new(schema, vec![loose]).map_err(store::Error::from)?;
        let frame = session
            .read_table(Arc::new(table))
            .map_err(store::Error::from)?;
        let frame = selected(filtered(frame, filter)?, &columns)?;
        let frame = sorted(frame)?;
        streams.push(frame.execute_stream().await.map_err(store::Error::from)?);
    }
    let merged = merged(session, streams, &columns)?;
    match merged {
        Some(stream) if columns.len() > scan.columns.len() => Ok(first(stream, scan.columns.len())),
        Some(stream) => Ok(stream),
        None => others_empty(session, scan, view).await,
    }
}

/// Only the first columns.
fn first(stream: SendableRecordBatchStream, count: usize) -> SendableRecordBatchStream {
    let wanted: Vec<usize> = (0..count).collect();
    let schema: SchemaRef = match stream.schema().project(&wanted) {
        Ok(schema) => Arc::new(schema),
        Err(_) => return stream,
    };
    let narrow = stream.map(move |batch| Ok(batch?.project(&wanted)?));
    Box::pin(RecordBatchStreamAdapter::new(schema, narrow))
}

/// The rows of a smaller table, sorted as they are asked for.
async fn others(
    session: &SessionContext,
    scan: &Scan,
    range: (i64, i64),
    only: Option<Expr>,
) -> Result<SendableRecordBatchStream, Error> {
    let frame = session
        .table(scan.table.word())
        .await
        .map_err(store::Error::from)?;
    let timed = scan.table != Table::Customers;
    let filter = match timed {
        true => within(scan, range),
        false => within(
            &Scan {
                since: None,
                until: None,
                rough: false,
                ..scan.clone()
            },
            range,
        ),
    };
    let frame = filtered(filtered(frame, filter)?, only)?;
    let frame = match timed {
        true => sorted(frame)?,
        false => frame
            .sort(vec![col("customer_id").sort(true, false)])
            .map_err(store::Error::from)?,
    };
    let frame = selected(frame, &scan.columns)?;
    Ok(frame.execute_stream().await.map_err(store::Error::from)?)
}

/// A stream without rows and with the wanted columns.
async fn others_empty(
    session: &SessionContext,
    scan: &Scan,
    view: &View,
) -> Result<SendableRecordBatchStream, Error> {
    let schema = Kept::Events.schema(&view.inner.cut.columns);
    let table = MemTable::try_new(schema, vec![vec![]]).map_err(store::Error::from)?;
    let frame = session
        .read_table(Arc::new(table))
        .map_err(store::Error::from)?;
    let frame = selected(frame, &scan.columns)?;
    Ok(frame.execute_stream().await.map_err(store::Error::from)?)
}
