//! Events of visits to a shop for B10, as sorted Parquet.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;

/// The steps of the funnel; the first tells the channel.
pub const STEPS: [&str; 6] = [
    "Page Viewed",
    "Product Viewed",
    "Product Added",
    "Cart Viewed",
    "Checkout Started",
    "Order Completed",
];
const CHANNELS: [&str; 6] = ["direct", "search", "email", "paid", "social", "referral"];
/// 2025-01-01, when events begin.
const BEGIN_MS: i64 = 1_735_689_600_000;
const YEAR_MS: u64 = 365 * 86_400_000;
const ROWS_AT_ONCE: usize = 200_000;

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Writes the files, customers in disjoint ranges; their paths.
pub fn write(
    folder: &Path,
    customers: u64,
    events: u64,
    parts: usize,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = vec![];
    let each = customers.div_ceil(parts as u64);
    for part in 0..parts as u64 {
        let range = part * each + 1..=(part * each + each).min(customers);
        let path = folder.join(format!("events-{part}.parquet"));
        write_part(&path, range, events / customers, &mut Numbers(part + 1))?;
        files.push(path);
    }
    Ok(files)
}

#[derive(Default)]
struct Rows {
    ids: Vec<i64>,
    times: Vec<i64>,
    names: Vec<&'static str>,
    channels: Vec<Option<&'static str>>,
}

fn write_part(
    path: &Path,
    customers: std::ops::RangeInclusive<u64>,
    per_customer: u64,
    numbers: &mut Numbers,
) -> anyhow::Result<()> {
    let mut writer: Option<ArrowWriter<File>> = None;
    let mut rows = Rows::default();
    let mut seq = 0;
    for id in customers {
        customer(id as i64, per_customer, numbers, &mut rows);
        if rows.ids.len() >= ROWS_AT_ONCE {
            flush(path, &mut writer, &mut rows, &mut seq)?;
        }
    }
    flush(path, &mut writer, &mut rows, &mut seq)?;
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}

/// Visits of one customer: some pages, and now and then the way to an order.
fn customer(id: i64, events: u64, numbers: &mut Numbers, rows: &mut Rows) {
    let visits = (events / 8).max(1);
    let mut starts: Vec<u64> = (0..visits).map(|_| numbers.below(YEAR_MS)).collect();
    starts.sort_unstable();
    let mut earliest = 0;
    for start in starts {
        let mut at = start.max(earliest) as i64 + BEGIN_MS;
        let channel = CHANNELS[numbers.below(6) as usize];
        let reached = numbers.below(7);
        for number in 0..8 {
            let step = if number < 2 { 0 } else { number.min(reached) };
            let name = STEPS[step.min(5) as usize];
            rows.ids.push(id);
            rows.times.push(at);
            rows.names.push(name);
            rows.channels.push((name == STEPS[0]).then_some(channel));
            at += 1 + numbers.below(120_000) as i64;
        }
        earliest = (at - BEGIN_MS) as u64 + 1;
    }
}

fn flush(
    path: &Path,
    writer: &mut Option<ArrowWriter<File>>,
    rows: &mut Rows,
    seq: &mut i64,
) -> anyhow::Result<()> {
    if rows.ids.is_empty() {
        return Ok(());
    }
    let rows = std::mem::take(rows);
    let first = *seq;
    *seq += rows.ids.len() as i64;
    let words = |texts: Vec<Option<&'static str>>| -> ArrayRef {
        Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>())
    };
    let sources = Int64Array::from_value(1, rows.ids.len());
    let batch = RecordBatch::try_from_iter_with_nullable([
        (
            "customer_id",
            Arc::new(Int64Array::from(rows.ids)) as ArrayRef,
            false,
        ),
        (
            "seq",
            Arc::new(Int64Array::from_iter_values(first..*seq)) as ArrayRef,
            false,
        ),
        (
            "occurred_at",
            Arc::new(Int64Array::from(rows.times)) as ArrayRef,
            false,
        ),
        ("source_id", Arc::new(sources) as ArrayRef, false),
        (
            "name",
            words(rows.names.into_iter().map(Some).collect()),
            true,
        ),
        ("channel", words(rows.channels), true),
    ])?;
    let writer = match writer {
        Some(writer) => writer,
        None => {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
            let file = File::create(path)?;
            let made = ArrowWriter::try_new(file, batch.schema(), Some(properties.build()))?;
            writer.insert(made)
        }
    };
    writer.write(&batch)?;
    Ok(())
}
