//! Whether a statement is in a file already: the Bloom filters of the files say no almost always,
//! and a yes is looked up exactly.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::bloom_filter::Sbbf;
use datafusion::prelude::{col, lit};
use datafusion::scalar::ScalarValue;
use store::Timestamp;
use store::lake::db::{self as files_db, File};

use super::Lake;
use super::customers::CUSTOMERS;
use super::table::maybe;
use crate::Error;
use crate::log::MessageMark;

/// The filters of the files that hold rows of the window and have left the log.
#[derive(Default)]
pub(super) struct Seen {
    generation: i64,
    trimmed: i64,
    files: Vec<(File, Arc<Vec<Sbbf>>)>,
}

impl Lake {
    /// Those of some statements that are in files and no longer in the log, with the content they
    /// had. Only where one process writes: others keep the ids in a table.
    pub(crate) async fn known_marks(
        &self,
        marks: &[MessageMark],
        since: Timestamp,
    ) -> Result<Vec<MessageMark>, Error> {
        if marks.is_empty() {
            return Ok(vec![]);
        }
        let head = files_db::head(self.db()).await?;
        if head.trimmed_mark == 0 {
            return Ok(vec![]);
        }
        let mut seen = self.0.seen.lock().await;
        if (seen.generation, seen.trimmed) != (head.generation, head.trimmed_mark) {
            let known = std::mem::take(&mut seen.files);
            let files = self.files().await?;
            for file in files.iter() {
                let holds = file.table != CUSTOMERS
                    && file.span.seqs.0 < head.trimmed_mark
                    && file.span.received_at >= since.0;
                if !holds {
                    continue;
                }
                let filters = match known.iter().find(|(known, _)| known.id == file.id) {
                    Some((_, filters)) => filters.clone(),
                    None => Arc::new(self.filters(file).await?),
                };
                seen.files.push((file.clone(), filters));
            }
            (seen.generation, seen.trimmed) = (head.generation, head.trimmed_mark);
        }
        let mut found = vec![];
        for (file, filters) in &seen.files {
            let maybe: Vec<&MessageMark> = marks
                .iter()
                .filter(|mark| {
                    filters.is_empty() || filters.iter().any(|f| f.check(&mark.digest[..]))
                })
                .collect();
            if !maybe.is_empty() {
                found.extend(self.marks_in(file, &maybe, since).await?);
            }
        }
        Ok(found)
    }

    /// The filters of the groups of rows of a file; none when it was written without.
    async fn filters(&self, file: &File) -> Result<Vec<Sbbf>, Error> {
        let bytes = bytes::Bytes::from(self.0.ground.files.get(&file.path).await?);
        // Whoever asks is about to write: this must not give way.
        let read = tokio::task::spawn_blocking(move || {
            let failed = datafusion::error::DataFusionError::from;
            let builder = ParquetRecordBatchReaderBuilder::try_new(bytes);
            let builder = builder.map_err(failed).map_err(store::Error::from)?;
            let columns = builder.parquet_schema().columns();
            let place = columns
                .iter()
                .position(|column| column.name() == "message_hash");
            let Some(column) = place else {
                return Ok(vec![]);
            };
            let mut filters = vec![];
            for group in 0..builder.metadata().num_row_groups() {
                let filter = builder.get_row_group_column_bloom_filter(group, column);
                match filter.map_err(failed).map_err(store::Error::from)? {
                    Some(filter) => filters.push(filter),
                    None => return Ok(vec![]),
                }
            }
            Ok(filters)
        });
        read.await
            .map_err(std::io::Error::other)
            .map_err(store::Error::from)?
    }

    async fn marks_in(
        &self,
        file: &File,
        marks: &[&MessageMark],
        since: Timestamp,
    ) -> Result<Vec<MessageMark>, Error> {
        let schema = Schema::new(vec![
            Field::new("message_hash", DataType::Binary, true),
            maybe("body_hash"),
            maybe("received_at"),
        ]);
        let ground = self.0.ground.embedding();
        let path = std::slice::from_ref(&file.path);
        let table = ground.table(path, Arc::new(schema))?;
        let frame = ground
            .embedded(1)
            .read_table(table)
            .map_err(store::Error::from)?;
        let wanted = marks
            .iter()
            .map(|mark| lit(ScalarValue::Binary(Some(mark.digest.to_vec()))));
        let filter = col("message_hash").in_list(wanted.collect(), false);
        let filter = filter.and(col("received_at").gt_eq(lit(since.0)));
        let frame = frame.filter(filter).map_err(store::Error::from)?;
        let mut found = vec![];
        for batch in frame.collect().await.map_err(store::Error::from)? {
            let digests = batch.column(0).as_binary::<i32>();
            let hashes = batch.column(1).as_primitive::<Int64Type>();
            for at in 0..batch.num_rows() {
                if let Ok(digest) = digests.value(at).try_into()
                    && hashes.is_valid(at)
                {
                    let body_hash = hashes.value(at);
                    found.push(MessageMark { digest, body_hash });
                }
            }
        }
        Ok(found)
    }
}
