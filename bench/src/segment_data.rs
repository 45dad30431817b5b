//! Customers and events for B4, as sorted Parquet.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, RecordBatch,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;

/// The moment of the questions: 2026-03-02, 09:00 UTC.
pub const NOW_MS: i64 = 1_772_442_000_000;
const DAY_MS: i64 = 86_400_000;
/// How far back events reach.
const DAYS: u64 = 400;
const ROWS_AT_ONCE: usize = 200_000;

const NAMES: [&str; 4] = [
    "Product Viewed",
    "Product Added",
    "Order Completed",
    "Page Viewed",
];
const CATEGORIES: [&str; 8] = [
    "garden",
    "toys",
    "kitchen",
    "lighting",
    "gifts",
    "stationery",
    "christmas",
    "bags",
];
const COUNTRIES: [&str; 6] = [
    "United Kingdom",
    "France",
    "Germany",
    "EIRE",
    "Spain",
    "Norway",
];

/// Numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
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
        if range.is_empty() {
            continue;
        }
        let mut numbers = Numbers(part + 1);
        let file = folder.join(format!("customers-{part}.parquet"));
        write_file(&file, &[customer_batch(range.clone(), &mut numbers)?])?;
        files.push(file);
        let file = folder.join(format!("events-{part}.parquet"));
        write_events(&file, range, events / customers, &mut numbers)?;
        files.push(file);
    }
    Ok(files)
}

fn words<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<DictionaryArray<Int32Type>>())
}

fn customer_batch(
    range: std::ops::RangeInclusive<u64>,
    numbers: &mut Numbers,
) -> anyhow::Result<RecordBatch> {
    let ids: Vec<i64> = range.map(|id| id as i64).collect();
    let countries: Vec<&str> = ids
        .iter()
        .map(|_| COUNTRIES[numbers.below(6) as usize])
        .collect();
    let ages = ids
        .iter()
        .map(|_| (numbers.below(10) > 0).then(|| 18.0 + numbers.below(60) as f64));
    let ages: ArrayRef = Arc::new(ages.collect::<Float64Array>());
    let vips: Vec<bool> = ids.iter().map(|_| numbers.below(20) == 0).collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        (
            "customer_id",
            Arc::new(Int64Array::from(ids)) as ArrayRef,
            false,
        ),
        ("country", words(countries.into_iter().map(Some)), true),
        ("age", ages, true),
        ("vip", Arc::new(BooleanArray::from(vips)), true),
    ])?)
}

#[derive(Default)]
struct Rows {
    ids: Vec<i64>,
    times: Vec<i64>,
    names: Vec<&'static str>,
    totals: Vec<Option<f64>>,
    categories: Vec<Option<&'static str>>,
}

impl Rows {
    fn batch(&mut self) -> anyhow::Result<RecordBatch> {
        let rows = std::mem::take(self);
        Ok(RecordBatch::try_from_iter_with_nullable([
            (
                "customer_id",
                Arc::new(Int64Array::from(rows.ids)) as ArrayRef,
                false,
            ),
            (
                "occurred_at",
                Arc::new(Int64Array::from(rows.times)) as ArrayRef,
                false,
            ),
            ("name", words(rows.names.into_iter().map(Some)), true),
            (
                "total",
                Arc::new(Float64Array::from(rows.totals)) as ArrayRef,
                true,
            ),
            ("category", words(rows.categories.into_iter()), true),
        ])?)
    }
}

fn write_events(
    file: &Path,
    range: std::ops::RangeInclusive<u64>,
    average: u64,
    numbers: &mut Numbers,
) -> anyhow::Result<()> {
    let mut rows = Rows::default();
    let mut writer = None;
    for id in range {
        // Some customers do much, most do little.
        let count = numbers.below(average * 2 + 1);
        let mut times: Vec<i64> = (0..count)
            .map(|_| NOW_MS - (numbers.below(DAYS * DAY_MS as u64) as i64))
            .collect();
        times.sort_unstable();
        for at in times {
            let kind = match numbers.below(10) {
                0..=5 => 0,
                6..=7 => 1,
                8 => 2,
                _ => 3,
            };
            rows.ids.push(id as i64);
            rows.times.push(at);
            rows.names.push(NAMES[kind]);
            let pounds = (numbers.below(20_000) as f64) / 100.0;
            rows.totals.push((kind == 2).then_some(pounds));
            let category = CATEGORIES[numbers.below(8) as usize];
            rows.categories.push((kind < 2).then_some(category));
        }
        if rows.ids.len() >= ROWS_AT_ONCE {
            put(&mut writer, file, &rows.batch()?)?;
        }
    }
    put(&mut writer, file, &rows.batch()?)?;
    writer.context("a file has rows")?.close()?;
    Ok(())
}

fn write_file(file: &Path, batches: &[RecordBatch]) -> anyhow::Result<()> {
    let mut writer = None;
    for batch in batches {
        put(&mut writer, file, batch)?;
    }
    writer.context("a file has rows")?.close()?;
    Ok(())
}

fn put(
    writer: &mut Option<ArrowWriter<File>>,
    file: &Path,
    batch: &RecordBatch,
) -> anyhow::Result<()> {
    if writer.is_none() {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let properties = properties.build();
        let file = File::create(file)?;
        *writer = Some(ArrowWriter::try_new(
            file,
            batch.schema(),
            Some(properties),
        )?);
    }
    writer.as_mut().context("a writer")?.write(batch)?;
    Ok(())
}
