//! Writing Parquet so that it is read fast: small row groups in order, statistics of pages, and
//! Bloom filters where single values are looked up.

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::file::metadata::SortingColumn;
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;

use crate::Error;

/// Rows of a row group: enough for a vectorised pass, few enough to skip.
const GROUP_ROWS: usize = 131_072;
/// Rows of a page: what one customer's look-up has to decode.
const PAGE_ROWS: usize = 4_096;
/// How often a Bloom filter may say yes for nothing; a yes costs a look into the file.
const FALSE_YES: f64 = 1e-6;

/// How the columns of a table are written.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The first columns, by which rows are sorted, by position in the schema.
    pub sorted_by: Vec<usize>,
    /// Columns of long texts: packed harder, no dictionary, no statistics.
    pub long: Vec<String>,
    /// Columns of numbers that mostly rise.
    pub rising: Vec<String>,
    /// Columns in which single values are looked up.
    pub looked_up: Vec<String>,
}

/// One file's bytes from batches that are sorted already. Takes CPU: call it where that blocks
/// nobody.
pub fn encode(batches: &[RecordBatch], shape: &Shape) -> Result<Vec<u8>, Error> {
    let Some(first) = batches.first() else {
        return Ok(vec![]);
    };
    let mut bytes = vec![];
    let properties = properties(shape, batches.iter().map(RecordBatch::num_rows).sum());
    let mut writer = ArrowWriter::try_new(&mut bytes, first.schema(), Some(properties))
        .map_err(datafusion::error::DataFusionError::from)?;
    for batch in batches {
        writer
            .write(batch)
            .map_err(datafusion::error::DataFusionError::from)?;
    }
    writer
        .close()
        .map_err(datafusion::error::DataFusionError::from)?;
    Ok(bytes)
}

fn properties(shape: &Shape, rows: usize) -> WriterProperties {
    let sorting = |column: &usize| SortingColumn {
        column_idx: *column as i32,
        descending: false,
        nulls_first: false,
    };
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(shape.sorted_by.iter().map(sorting).collect()));
    for name in &shape.long {
        let column = ColumnPath::from(name.as_str());
        builder = builder
            .set_column_compression(column.clone(), Compression::ZSTD(ZstdLevel::default()))
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    for name in &shape.rising {
        let column = ColumnPath::from(name.as_str());
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    for name in &shape.looked_up {
        let column = ColumnPath::from(name.as_str());
        builder = builder
            .set_column_bloom_filter_enabled(column.clone(), true)
            .set_column_bloom_filter_fpp(column.clone(), FALSE_YES)
            .set_column_bloom_filter_max_ndv(column.clone(), rows.clamp(1, GROUP_ROWS) as u64)
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    builder.build()
}
