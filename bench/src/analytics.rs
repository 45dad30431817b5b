//! B10, analytics: sessions, a funnel of six steps, retention and the attribution of conversions
//! over all events, beside DuckDB on the same files.
//!
//! Both read the same Parquet, sorted by customer and time, with as many threads. The answers are
//! compared before anything is timed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use awareness::explore::attribution::Chain;
use awareness::explore::calendar::Calendar;
use awareness::explore::cohort::Cohorts;
use awareness::explore::funnel::{Steps, Way};
use awareness::explore::pass::{Crowd, Fold, Looking, over};
use awareness::explore::plan::Plan;
use awareness::explore::question::{Counted, Unit};
use awareness::explore::read::{Promoted, Reader};
use awareness::explore::tally::{Collected, Lens, Part, Wish};
use awareness::explore::timeline::{Cell, Names, Timeline};
use awareness::web::session::{GAP_MS, Rules};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext, col, lit};
use memory::criteria::{Pattern, Range};

use crate::Size;
use crate::analytics_data::{STEPS, write};
use crate::duckdb::Opponent;
use crate::figure::{Setting, median, median_ratio};

const ROUNDS: usize = 5;

/// How many customers and events.
fn amount(size: Size) -> (u64, u64) {
    match size {
        Size::Tiny => (2_000, 100_000),
        Size::Small => (50_000, 3_000_000),
        Size::Full => (1_000_000, 100_000_000),
    }
}

const QUESTIONS: [(&str, &str); 4] = [
    ("sessions", include_str!("analytics_sessions.sql")),
    ("funnel", include_str!("analytics_funnel.sql")),
    ("retention", include_str!("analytics_retention.sql")),
    ("attribution", include_str!("analytics_attribution.sql")),
];

/// Measures and prints the figures.
pub async fn run(setting: Setting) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (customers, events) = amount(setting.size);
    let files = write(folder.path(), customers, events, threads * 2)?;
    let mut opponent =
        Opponent::start(include_str!("analytics_duckdb.py"), folder.path(), threads)?;
    for (name, sql) in QUESTIONS {
        let ours = answer(name, &files).await?;
        let (theirs, _) = opponent.ask(sql)?;
        eprintln!("B10 {name}: {ours}");
        if ours != theirs {
            bail!("{name}: {ours} by us, {theirs} by DuckDB");
        }
    }
    let (mut ours, mut theirs) = (vec![], vec![]);
    let mut each = vec![(vec![], vec![]); QUESTIONS.len()];
    for _ in 0..ROUNDS {
        let (mut us, mut them) = (0.0, 0.0);
        for ((name, sql), each) in QUESTIONS.into_iter().zip(&mut each) {
            let started = Instant::now();
            answer(name, &files).await?;
            let ms = started.elapsed().as_secs_f64() * 1e3;
            let (_, duckdb_ms) = opponent.ask(sql)?;
            us += ms;
            them += duckdb_ms;
            each.0.push(ms);
            each.1.push(duckdb_ms);
        }
        eprintln!("B10 round: {us:.0} ms, DuckDB {them:.0} ms");
        ours.push(us);
        theirs.push(them);
    }
    let speedup = median_ratio(&theirs, &ours);
    setting.print("B10", "speedup_to_duckdb", speedup, "ratio", Some(1.5));
    for ((name, _), (ours, theirs)) in QUESTIONS.into_iter().zip(&each) {
        let figure = format!("{name}_speedup");
        setting.print("B10", &figure, median_ratio(theirs, ours), "ratio", None);
    }
    setting.print("B10", "four_answers_ms", median(&ours), "ms", None);
    Ok(())
}

/// One number that stands for the whole answer.
async fn answer(name: &str, files: &[PathBuf]) -> anyhow::Result<u64> {
    match name {
        "sessions" => sessions(files).await,
        "funnel" => funnel(files).await,
        "retention" => retention(files).await,
        _ => attribution(files).await,
    }
}

fn plain(event: &str) -> Pattern {
    Pattern {
        event: event.to_owned(),
        tests: vec![],
    }
}

/// Counts sessions.
struct Sessions {
    rules: Rules,
    count: u64,
}

impl Fold for Sessions {
    fn see(&mut self, timeline: &Timeline<'_>, _: &mut Names) {
        let mut before: Option<i64> = None;
        for event in timeline.events {
            let parts = before.is_none_or(|before| self.rules.parts((before, 0), (event.at_ms, 0)));
            self.count += u64::from(parts);
            before = Some(event.at_ms);
        }
    }
}

async fn sessions(files: &[PathBuf]) -> anyhow::Result<u64> {
    let plan = Plan {
        others: Some(vec![]),
        ..Plan::default()
    };
    let make = |_: &mut Names| Sessions {
        rules: Rules::gap(GAP_MS),
        count: 0,
    };
    let folds = passed(files, plan, make).await?;
    Ok(folds.iter().map(|(fold, _)| fold.count).sum())
}

async fn looked(files: &[PathBuf], plan: Plan, lens: Arc<dyn Lens>) -> anyhow::Result<Collected> {
    let make = |names: &mut Names| Looking::new(lens.clone(), &Wish::Cells, names);
    let mut collected = Collected::default();
    for (fold, names) in passed(files, plan, make).await? {
        collected.join(fold.finish(&names));
    }
    Ok(collected)
}

async fn funnel(files: &[PathBuf]) -> anyhow::Result<u64> {
    let mut plan = Plan::default();
    let steps: Vec<usize> = STEPS.iter().map(|step| plan.known(plain(step))).collect();
    let way = Way {
        patterns: plan.patterns.clone(),
        steps: Steps {
            steps,
            without: None,
            within_ms: None,
            strictly: true,
        },
        by: None,
        count: Counted::Customers,
        sessions: Rules::default(),
        without: None,
    };
    let found = looked(files, plan, Arc::new(way)).await?;
    let reached = |step: u64| {
        let cell = [Part::Position(step as u32), Part::Value("ltotal".into())];
        found.tally(&cell).customers * (step + 1)
    };
    Ok((0..STEPS.len() as u64).map(reached).sum())
}

async fn retention(files: &[PathBuf]) -> anyhow::Result<u64> {
    let mut plan = Plan::default();
    let order = plan.known(plain(STEPS[5]));
    let cohorts = Cohorts {
        first: (order, plain(STEPS[5])),
        again: (order, plain(STEPS[5])),
        calendar: Calendar::new(Unit::Month, jiff::tz::TimeZone::UTC),
        range: Range {
            from: i64::MIN,
            until: i64::MAX,
        },
    };
    let found = looked(files, plan, Arc::new(cohorts)).await?;
    let cell = |(address, tally): (&[Part; 2], &awareness::explore::tally::Tally)| match address {
        [_, Part::Position(0)] => 0,
        [_, Part::Position(unit)] => tally.customers * u64::from(*unit),
        _ => 0,
    };
    Ok(found.cells.iter().map(cell).sum())
}

/// Routes of channels to orders.
struct Routes {
    order: usize,
    chain: Chain,
    route: Vec<u32>,
}

impl Fold for Routes {
    fn see(&mut self, timeline: &Timeline<'_>, _: &mut Names) {
        self.route.clear();
        for (place, event) in timeline.events.iter().enumerate() {
            if event.is(self.order) {
                if !self.route.is_empty() {
                    self.chain.add(&self.route, true, 1);
                }
                self.route.clear();
            } else if let Cell::Text(channel) = timeline.cell(place, 0) {
                self.route.push(*channel);
            }
        }
        if !self.route.is_empty() {
            self.chain.add(&self.route, false, 1);
        }
    }
}

async fn attribution(files: &[PathBuf]) -> anyhow::Result<u64> {
    let mut plan = Plan::default();
    let order = plan.known(plain(STEPS[5]));
    let page = plan.known(plain(STEPS[0]));
    plan.column(Some(page), "channel");
    let make = |_: &mut Names| Routes {
        order,
        chain: Chain::default(),
        route: vec![],
    };
    let mut all = Names::default();
    let mut chain = Chain::default();
    for (fold, names) in passed(files, plan, make).await? {
        let mut known = std::collections::HashMap::new();
        for channel in 0..names.count() {
            known.insert(channel, all.number(names.text(channel)));
        }
        chain.join(&fold.chain, |channel| known[&channel]);
    }
    let removal = chain.removal();
    if !(removal.probability > 0.0 && removal.effects.values().all(|effect| *effect > 0.0)) {
        bail!("no effects: {removal:?}");
    }
    Ok(chain.counts().map(|count| count * count % 1_000_003).sum())
}

async fn passed<F: Fold>(
    files: &[PathBuf],
    plan: Plan,
    make: impl Fn(&mut Names) -> F,
) -> anyhow::Result<Vec<(F, Names)>> {
    let reader = Arc::new(Reader::new(plan, &[], |_, path| Promoted {
        text: Some(path.to_owned()),
        number: None,
    }));
    let mut streams = vec![];
    for file in files {
        streams.push(stream(file, &reader).await?);
    }
    let (crowd, names) = (Crowd::default(), Names::default());
    Ok(over(streams, &reader, &crowd, &names, &Arc::default(), make).await?)
}

async fn stream(file: &Path, reader: &Reader) -> anyhow::Result<SendableRecordBatchStream> {
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(16_384);
    let config = config.set_bool("datafusion.execution.parquet.pushdown_filters", true);
    let session = SessionContext::new_with_config(config);
    let path = file.to_str().context("a path is text")?;
    let mut frame = session
        .read_parquet(path, ParquetReadOptions::default())
        .await?;
    if let Some(names) = reader.plan().names() {
        let names = names.iter().map(|name| lit(name.as_str())).collect();
        frame = frame.filter(col("name").in_list(names, false))?;
    }
    let columns = reader.columns();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    Ok(frame.select_columns(&columns)?.execute_stream().await?)
}
