//! Measures: the work of `docs/benchmarks.md`, each beside an opponent in the same run.
//!
//! Figures go to standard output, one line of JSON each; everything else goes to standard error.

mod analytics;
mod analytics_data;
mod append;
mod constant;
mod copy;
mod decide;
mod duckdb;
mod figure;
mod ingest;
mod learn;
mod load;
mod program;
mod rival;
mod segment;
mod segment_data;
mod segment_rules;
mod teach;
mod work;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, ValueEnum};

/// The program's own, for what is measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Rapport; `RAPPORT_BIN` names the program.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// What to measure: B1, B2, B3, B4, B10 or all.
    #[arg(default_value = "all", ignore_case = true)]
    benches: Vec<Bench>,
    /// Where the program keeps its data; PostgreSQL's address is in RAPPORT_TEST_POSTGRES.
    #[arg(long, default_value = "sqlite")]
    store: Store,
    /// How much work.
    #[arg(long, default_value = "small")]
    size: Size,
    /// Another build of the program, beside which B2 measures this one instead.
    #[arg(long)]
    rival: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    #[value(name = "B1")]
    B1,
    #[value(name = "B2")]
    B2,
    #[value(name = "B3")]
    B3,
    #[value(name = "B4")]
    B4,
    #[value(name = "B10")]
    B10,
    All,
}

/// Where the program keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// A file of its own.
    Sqlite,
    /// A server.
    Postgres,
}

/// How much work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Size {
    /// Seconds, to see that it works.
    Tiny,
    /// 100,000 customers and 100 offers.
    Small,
    /// 1,000,000 customers and 200 offers.
    Full,
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match std::env::args().nth(1).as_deref() {
        // The parts that run as processes of their own.
        Some("load") => return load::serve(),
        Some("constant") => return runtime.block_on(constant::serve()),
        Some(_) | None => {}
    }
    let arguments = Arguments::parse();
    let all = arguments.benches.contains(&Bench::All);
    let wanted = |bench| all || arguments.benches.contains(&bench);
    if arguments.rival.is_some() && !wanted(Bench::B2) {
        anyhow::bail!("--rival is for B2 alone");
    }
    let setting = figure::Setting {
        store: arguments.store,
        size: arguments.size,
    };
    runtime.block_on(async {
        if wanted(Bench::B1) {
            ingest::run(setting).await.context("B1")?;
        }
        if wanted(Bench::B2) {
            match &arguments.rival {
                None => decide::run(setting).await.context("B2")?,
                Some(rival) => rival::run(setting, rival).await.context("B2")?,
            }
        }
        if wanted(Bench::B3) {
            learn::run(setting).await.context("B3")?;
        }
        if wanted(Bench::B4) {
            segment::run(setting).await.context("B4")?;
        }
        if wanted(Bench::B10) {
            analytics::run(setting).await.context("B10")?;
        }
        Ok(())
    })
}
