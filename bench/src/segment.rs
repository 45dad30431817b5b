//! B4, segment: ten nested rules over customers and their events, beside DuckDB on the same files.
//!
//! Both read the same Parquet, sorted by customer and time, with as many threads. The answers are
//! compared before anything is timed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use memory::criteria::batch::{Given, Plan, Promoted, Sources, Zones, answer};
use memory::criteria::{Criteria, Kind, read};
use roaring::RoaringTreemap;

use crate::Size;
use crate::duckdb::Opponent;
use crate::figure::{Setting, median, median_ratio};
use crate::segment_data::{NOW_MS, write};
use crate::segment_rules::rules;

const ROUNDS: usize = 5;

/// Customers and events of a live count, at full size.
const LIVE: (u64, u64) = (1_000_000, 20_000_000);

/// How many customers and events.
fn amount(size: Size) -> (u64, u64) {
    match size {
        Size::Tiny => (2_000, 40_000),
        Size::Small => (100_000, 2_000_000),
        Size::Full => (1_000_000, 50_000_000),
    }
}

/// Measures and prints the figures.
pub async fn run(setting: Setting) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (customers, events) = amount(setting.size);
    let files = write(folder.path(), customers, events, threads * 2)?;
    let mut opponent = Opponent::start(include_str!("segment_duckdb.py"), folder.path(), threads)?;
    let rules = rules(NOW_MS);
    let mut parsed = vec![];
    for rule in &rules {
        let criteria = read(&rule.criteria);
        parsed.push(criteria.map_err(|problems| anyhow::anyhow!("{problems:?}"))?);
    }
    let session = session();
    for (rule, criteria) in rules.iter().zip(&parsed) {
        let ours = count(&session, &files, criteria, customers).await?;
        let (theirs, _) = opponent.ask(&rule.sql)?;
        eprintln!("B4 {}: {ours}", rule.name);
        if ours != theirs {
            bail!("{}: {ours} by us, {theirs} by DuckDB", rule.name);
        }
    }
    let (mut ours, mut theirs, mut slowest) = (vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let (mut us, mut them, mut worst) = (0.0, 0.0, 0.0_f64);
        for (rule, criteria) in rules.iter().zip(&parsed) {
            let started = Instant::now();
            count(&session, &files, criteria, customers).await?;
            let ms = started.elapsed().as_secs_f64() * 1e3;
            us += ms;
            worst = worst.max(ms);
            let (_, ms) = opponent.ask(&rule.sql)?;
            them += ms;
            eprintln!("B4 {}: DuckDB {ms:.0} ms", rule.name);
        }
        eprintln!("B4 round: {us:.0} ms, DuckDB {them:.0} ms");
        ours.push(us);
        theirs.push(them);
        slowest.push(worst);
    }
    let ratio = median_ratio(&ours, &theirs);
    setting.print("B4", "time_ratio_to_duckdb", ratio, "ratio", Some(1.0));
    setting.print("B4", "slowest_count_ms", median(&slowest), "ms", None);
    setting.print("B4", "ten_rules_ms", median(&ours), "ms", None);
    drop(opponent);
    let live = match setting.size {
        Size::Tiny | Size::Small => median(&slowest),
        Size::Full => live_count_ms(&parsed, threads).await?,
    };
    setting.print("B4", "live_count_ms", live, "ms", Some(1_000.0));
    Ok(())
}

/// The slowest of the ten counts, over as many events as a live count should manage in a second.
async fn live_count_ms(rules: &[Criteria], threads: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let (customers, events) = LIVE;
    let files = write(folder.path(), customers, events, threads * 2)?;
    let (session, mut slowest) = (session(), 0.0_f64);
    for criteria in rules {
        let mut times = vec![];
        for _ in 0..ROUNDS {
            let started = Instant::now();
            count(&session, &files, criteria, customers).await?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        slowest = slowest.max(median(&times));
    }
    Ok(slowest)
}

/// How many customers satisfy a rule.
async fn count(
    session: &SessionContext,
    files: &[PathBuf],
    criteria: &Criteria,
    customers: u64,
) -> anyhow::Result<u64> {
    let plan = Plan::new(criteria);
    let needs = plan.needs();
    let promoted = |_: &str, path: &str| match path {
        "total" => Promoted {
            text: None,
            number: Some("total".to_owned()),
        },
        _ => Promoted {
            text: Some("category".to_owned()),
            number: None,
        },
    };
    let attribute = |key: &str| {
        let kind = match key {
            "age" => Kind::Number,
            "vip" => Kind::Boolean,
            _ => Kind::Text,
        };
        Some((key.to_owned(), kind))
    };
    let mut sources = Sources::default();
    let columns = memory::criteria::batch::event_columns(&plan, &promoted);
    for file in files {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with("events") && !needs.events.is_empty() {
            let mut wanted = vec!["customer_id", "occurred_at", "name"];
            wanted.extend(columns.iter().map(String::as_str));
            sources.events.push(stream(session, file, &wanted).await?);
        } else if name.starts_with("customers") && !needs.attributes.is_empty() {
            let mut wanted = vec!["customer_id"];
            wanted.extend(needs.attributes.iter().map(String::as_str));
            sources
                .customers
                .push(stream(session, file, &wanted).await?);
        }
    }
    let given = Given {
        now_ms: NOW_MS,
        zones: Arc::new(Zones::new(jiff::tz::TimeZone::UTC)),
        segment: &|_| None,
        promoted: &promoted,
        attribute: &attribute,
    };
    let answers = answer(&plan, sources, &given).await?;
    let mut population = RoaringTreemap::new();
    population.insert_range(1..=customers);
    Ok(plan.count(&answers, &population).customers.len())
}

/// A session that reads a file from its beginning to its end, as the product's does.
fn session() -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(1);
    SessionContext::new_with_config(config.with_batch_size(16_384))
}

async fn stream(
    session: &SessionContext,
    file: &Path,
    columns: &[&str],
) -> anyhow::Result<SendableRecordBatchStream> {
    let path = file.to_str().context("a path is text")?;
    let frame = session
        .read_parquet(path, ParquetReadOptions::default())
        .await?;
    Ok(frame.select_columns(columns)?.execute_stream().await?)
}
