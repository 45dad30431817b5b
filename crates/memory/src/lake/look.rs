//! Single rows, wherever they stand: in the log, or in files once they have left it.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::prelude::{Expr, col, lit};
use store::Timestamp;
use store::lake::db::{self as files_db, File};

use super::Lake;
use super::batch;
use super::column::Columns;
use super::table::Kept;
use crate::log::{Entry, LogRow, RowKind, db as log_db};
use crate::{CustomerId, Error};

impl Lake {
    /// The row at a position, whoever's it is.
    pub async fn at(&self, seq: u64) -> Result<Option<LogRow>, Error> {
        if let Some(row) = log_db::at(self.db(), seq).await? {
            return Ok(Some(row));
        }
        let filter = col("seq").eq(lit(seq as i64));
        for kept in Kept::ALL {
            let spans =
                |file: &File| file.span.seqs.0 <= seq as i64 && seq as i64 <= file.span.seqs.1;
            let rows = self.found(kept, &spans, filter.clone(), 1).await?;
            if let Some(row) = rows.into_iter().next() {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Rows at some positions of some customers, newest first.
    pub async fn of_customers(
        &self,
        customers: &[CustomerId],
        seqs: &[u64],
    ) -> Result<Vec<LogRow>, Error> {
        let mut rows = log_db::of_customers(self.db(), customers, seqs).await?;
        if rows.len() == seqs.len() {
            return Ok(rows);
        }
        let found: HashSet<u64> = rows.iter().map(|row| row.seq).collect();
        let missing: Vec<i64> = seqs
            .iter()
            .filter(|seq| !found.contains(seq))
            .map(|seq| *seq as i64)
            .collect();
        let (Some(least), Some(greatest)) = (missing.iter().min(), missing.iter().max()) else {
            return Ok(rows);
        };
        let (least, greatest) = (*least, *greatest);
        let spans = |file: &File| file.span.seqs.0 <= greatest && least <= file.span.seqs.1;
        let between = col("seq").between(lit(least), lit(greatest));
        let filter = of(customers).and(between);
        let wanted: HashSet<u64> = missing.iter().map(|seq| *seq as u64).collect();
        for kept in Kept::ALL {
            let more = self.found(kept, &spans, filter.clone(), usize::MAX).await?;
            rows.extend(more.into_iter().filter(|row| wanted.contains(&row.seq)));
        }
        Ok(newest_first(rows, usize::MAX))
    }

    /// Rows of some customers before a position, newest first.
    pub async fn older(
        &self,
        customers: &[CustomerId],
        before: u64,
        limit: i64,
    ) -> Result<Vec<LogRow>, Error> {
        let rows = log_db::older(self.db(), customers, before, limit).await?;
        let filter = of(customers);
        self.further(rows, &Kept::ALL, filter, before, limit).await
    }

    /// Rows of a kind before a position, newest first.
    pub async fn of_kind(
        &self,
        kind: RowKind,
        before: u64,
        limit: i64,
    ) -> Result<Vec<LogRow>, Error> {
        let rows = log_db::of_kind(self.db(), kind, before, limit).await?;
        let kept: Vec<Kept> = Kept::of(kind).into_iter().collect();
        self.further(rows, &kept, lit(true), before, limit).await
    }

    /// Rows of some kinds that stand in files, at positions from `from` and before `before`,
    /// oldest first. Some of them may stand in the log, too.
    pub async fn in_files(
        &self,
        kinds: &[RowKind],
        from: u64,
        before: u64,
    ) -> Result<Vec<LogRow>, Error> {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let spans = |file: &File| file.span.seqs.0 < before && from <= file.span.seqs.1;
        let filter = col("seq").gt_eq(lit(from)).and(col("seq").lt(lit(before)));
        let mut rows = vec![];
        for kept in kinds.iter().filter_map(|kind| Kept::of(*kind)) {
            rows.extend(self.found(kept, &spans, filter.clone(), usize::MAX).await?);
        }
        rows.sort_by_key(|row| row.seq);
        Ok(rows)
    }

    /// The position behind the last row of some kinds that stands in a file.
    pub async fn files_end(&self, kinds: &[RowKind]) -> Result<u64, Error> {
        let kept = kinds.iter().filter_map(|kind| Kept::of(*kind));
        let tables: Vec<&str> = kept.map(Kept::word).collect();
        let files = self.files().await?;
        let files = files.iter();
        let mine = files.filter(|file| tables.contains(&file.table.as_str()));
        let last = mine.map(|file| file.span.seqs.1.cast_unsigned() + 1).max();
        Ok(last.unwrap_or_default())
    }

    /// A position above every row of a kind that was taken in before an instant: where reading
    /// them newest first begins. It may be higher than needed, never lower.
    pub async fn above(&self, kind: RowKind, instant: Timestamp) -> Result<u64, Error> {
        let in_log = log_db::before(self.db(), instant).await?.saturating_add(1);
        let files = self.files().await?;
        let tables: Vec<&str> = Kept::of(kind).iter().map(|kept| kept.word()).collect();
        let older = files.iter().filter(|file| {
            tables.contains(&file.table.as_str()) && file.span.occurred_at.0 < instant.0
        });
        let in_files = older.map(|file| file.span.seqs.1.cast_unsigned() + 1).max();
        Ok(in_log.max(in_files.unwrap_or_default()))
    }

    /// Adds what has left the log to a page of what stands in it.
    async fn further(
        &self,
        mut rows: Vec<LogRow>,
        kept: &[Kept],
        filter: Expr,
        before: u64,
        limit: i64,
    ) -> Result<Vec<LogRow>, Error> {
        let head = files_db::head(self.db()).await?;
        let full = rows.len() as i64 >= limit;
        let oldest = rows.last().map_or(0, |row| row.seq as i64);
        // Where one process writes, what has left the log is older than all that has not.
        let above = full && self.db().exclusive() && oldest >= head.trimmed_mark;
        if head.trimmed_mark == 0 || above {
            return Ok(rows);
        }
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let floor = if full { oldest } else { i64::MIN };
        let spans = |file: &File| file.span.seqs.0 < before && file.span.seqs.1 > floor;
        let between = col("seq").lt(lit(before)).and(col("seq").gt(lit(floor)));
        let limit = usize::try_from(limit).unwrap_or_default();
        for kept in kept {
            let filter = filter.clone().and(between.clone());
            rows.extend(self.found(*kept, &spans, filter, limit).await?);
        }
        Ok(newest_first(rows, limit))
    }

    /// Rows of files that satisfy a filter, newest first. Files may be replaced meanwhile; then
    /// the new list is asked.
    async fn found(
        &self,
        kept: Kept,
        may_hold: &(dyn Fn(&File) -> bool + Sync),
        filter: Expr,
        limit: usize,
    ) -> Result<Vec<LogRow>, Error> {
        const TRIES: usize = 3;
        for _ in 1..TRIES {
            match self.ask_files(kept, may_hold, filter.clone(), limit).await {
                Err(error) if replaced(&error) => {}
                done => return done,
            }
        }
        self.ask_files(kept, may_hold, filter, limit).await
    }

    async fn ask_files(
        &self,
        kept: Kept,
        may_hold: &(dyn Fn(&File) -> bool + Sync),
        filter: Expr,
        limit: usize,
    ) -> Result<Vec<LogRow>, Error> {
        let files = self.files().await?;
        let files = files
            .iter()
            .filter(|file| file.table == kept.word() && may_hold(file));
        let paths: Vec<String> = files.map(|file| file.path.clone()).collect();
        if paths.is_empty() {
            return Ok(vec![]);
        }
        // No columns of properties: rows are made of what they were.
        let schema = kept.schema(&Columns::default());
        let ground = self.0.ground.embedding();
        let session = ground.embedded(1);
        let table = ground.table(&paths, schema)?;
        let frame = session.read_table(table).map_err(store::Error::from)?;
        let mut frame = frame.filter(filter).map_err(store::Error::from)?;
        if limit < usize::MAX {
            let newest = vec![col("seq").sort(false, false)];
            frame = frame.sort(newest).map_err(store::Error::from)?;
            frame = frame.limit(0, Some(limit)).map_err(store::Error::from)?;
        }
        let batches = frame.collect().await.map_err(store::Error::from)?;
        let mut rows = vec![];
        for batch in &batches {
            restore(kept, batch, &mut rows)?;
        }
        Ok(newest_first(rows, limit))
    }

    /// The live files, read again when the list has changed.
    pub(super) async fn files(&self) -> Result<Arc<Vec<File>>, Error> {
        let head = files_db::head(self.db()).await?;
        if let Some((generation, files)) = &*self.0.files.lock()
            && *generation == head.generation
        {
            return Ok(files.clone());
        }
        let mut tx = self.db().begin_read().await?;
        let head = files_db::head_in(&mut tx).await?;
        let files = Arc::new(files_db::live(&mut tx).await?);
        *self.0.files.lock() = Some((head.generation, files.clone()));
        Ok(files)
    }
}

fn of(customers: &[CustomerId]) -> Expr {
    let ids = customers.iter().map(|id| lit(id.0 as i64)).collect();
    col("leaf_id").in_list(ids, false)
}

/// Rows may stand in the log and in a file for a while; each counts once.
fn newest_first(mut rows: Vec<LogRow>, limit: usize) -> Vec<LogRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
    rows.dedup_by_key(|row| row.seq);
    rows.truncate(limit);
    rows
}

/// Whether a query failed because a file was replaced and removed.
fn replaced(error: &Error) -> bool {
    let text = error.to_string();
    text.contains("not found") || text.contains("NotFound") || text.contains("No such file")
}

/// Makes rows of the log from columns.
pub(super) fn restore(
    kept: Kept,
    batch: &RecordBatch,
    rows: &mut Vec<LogRow>,
) -> Result<(), Error> {
    let whole = |name: &str| -> Result<Int64Array, Error> {
        let column = batch.column_by_name(name).ok_or(store::Error::NoRow)?;
        Ok(column.as_primitive::<Int64Type>().clone())
    };
    let text = |name: &str| -> Result<StringArray, Error> {
        let column = batch.column_by_name(name).ok_or(store::Error::NoRow)?;
        let plain = cast(column, &DataType::Utf8).map_err(store::Error::from)?;
        Ok(plain.as_string::<i32>().clone())
    };
    let (leaves, seqs, bodies) = (whole("leaf_id")?, whole("seq")?, text("body")?);
    let (occurred, received) = (whole("occurred_at")?, whole("received_at")?);
    let sources = whole("source_id")?;
    let events = match kept {
        Kept::Events => Some((text("name")?, text("properties")?, text("context")?)),
        _ => None,
    };
    for at in 0..batch.num_rows() {
        let body = bodies.value(at);
        let entry = match &events {
            Some((names, properties, contexts)) => {
                let context = contexts.is_valid(at).then(|| contexts.value(at).to_owned());
                let name = names.value(at).to_owned();
                let properties = properties.value(at).to_owned();
                Entry::Event(batch::event(name, properties, context, body)?)
            }
            None => Entry::from_json(kept.kind(), body)?,
        };
        rows.push(LogRow {
            seq: seqs.value(at) as u64,
            customer_id: CustomerId(leaves.value(at) as u64),
            occurred_at: Timestamp(occurred.value(at)),
            received_at: Timestamp(received.value(at)),
            source_id: sources.value(at),
            entry,
        });
    }
    Ok(())
}
