//! B1, ingest: batches of events over HTTP, durable before they are answered.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::json;

use crate::figure::{Setting, median, median_ratio};
use crate::load::{self, Plan};
use crate::program::{POSTGRES, Program};
use crate::work::{BATCH_EVENTS, Row, Work, rows};
use crate::{Size, append, copy};

const ROUNDS: u64 = 5;
/// Requests under way at once; also how many the raw append makes durable together.
const CONNECTIONS: usize = 16;
/// How long the latency is measured, at half of the load.
const LATENCY_SECONDS: f64 = 10.0;

struct Amount {
    customers: u64,
    /// Batches in a round.
    batches: u64,
}

fn amount(size: Size) -> Amount {
    match size {
        Size::Tiny => Amount {
            customers: 2_000,
            batches: 100,
        },
        Size::Small => Amount {
            customers: 100_000,
            batches: 2_000,
        },
        Size::Full => Amount {
            customers: 1_000_000,
            batches: 10_000,
        },
    }
}

/// Measures and prints the figures.
pub async fn run(setting: Setting) -> anyhow::Result<()> {
    let Amount { customers, batches } = amount(setting.size);
    let program = Program::start(setting.store).await?;
    publish(&program).await?;
    let plan = |work: Work, seed: u64, requests: u64| Plan {
        host: program.host.clone(),
        key: program.key.clone(),
        work,
        seed,
        requests,
        bodies: requests,
        connections: CONNECTIONS,
        rate: None,
    };
    let introductions = customers.div_ceil(BATCH_EVENTS as u64);
    load::run(plan(Work::Introduce { customers }, 0, introductions)).await?;
    program.settle().await?;
    eprintln!("B1: {customers} customers are known");

    let server = std::env::var(POSTGRES).ok();
    let database = server
        .map(|server| copy::Database::create(&server, "copy"))
        .transpose()?;
    if let Some(database) = &database {
        database.create_table()?;
    }
    let work = Work::Browse { customers };
    let (mut ours, mut appended, mut copied) = (vec![], vec![], vec![]);
    for seed in 1..=ROUNDS {
        let report = load::run(plan(work, seed, batches)).await?;
        ours.push(report.requests_per_s * BATCH_EVENTS as f64);
        let bodies: Vec<String> = (0..batches).map(|number| work.body(seed, number)).collect();
        let raw = append::bodies_per_s(program.folder.path(), &bodies, CONNECTIONS)?;
        appended.push(raw * BATCH_EVENTS as f64);
        if let Some(database) = &database {
            let all: Vec<Row> = (0..batches)
                .flat_map(|number| rows(customers, seed, number))
                .collect();
            copied.push(database.rows_per_s(&all)?);
        }
        eprintln!(
            "B1 round {seed}: {:.0} events/s, raw append {:.0}, copy {:.0}",
            ours[ours.len() - 1],
            appended[appended.len() - 1],
            copied.last().copied().unwrap_or(f64::NAN),
        );
    }
    if let Some(database) = &database
        && database.count()? != ROUNDS * batches * BATCH_EVENTS as u64
    {
        bail!("PostgreSQL's table does not hold every row");
    }
    let rate = median(&ours) / BATCH_EVENTS as f64 / 2.0;
    let requests = ((rate * LATENCY_SECONDS) as u64).max(1);
    let half = Plan {
        rate: Some(rate),
        ..plan(work, ROUNDS + 1, requests)
    };
    let latency = load::run(half).await?;
    let again = load::run(plan(work, 1, batches.min(200))).await?;
    eprintln!(
        "B1: the same batches again at {:.0} requests/s",
        again.requests_per_s
    );
    check(&program, customers, batches, requests).await?;

    let print = |figure: &str, value, unit: &str, goal| {
        setting.print("B1", figure, value, unit, goal);
    };
    print("events_per_s", median(&ours), "events/s", Some(60_000.0));
    print(
        "ratio_to_raw_append",
        median_ratio(&ours, &appended),
        "ratio",
        Some(0.1),
    );
    print("raw_append_per_s", median(&appended), "events/s", None);
    if database.is_some() {
        print(
            "ratio_to_pg_copy",
            median_ratio(&ours, &copied),
            "ratio",
            Some(1.5),
        );
        print("pg_copy_per_s", median(&copied), "events/s", None);
    }
    print("ack_p50_ms", latency.p50_ms, "ms", None);
    print("ack_p99_ms", latency.p99_ms, "ms", Some(20.0));
    Ok(())
}

/// Publishes what has to be evaluated for every event: a journey that carts start and orders end.
async fn publish(program: &Program) -> anyhow::Result<()> {
    let journey = json!({
        "name": { "en": "Abandoned cart" },
        "entry": {
            "on": ["Product Added"], "where": null, "key": "cart_id",
            "without": ["Order Completed"], "within_ms": 3_600_000
        },
        "cancel_on": ["Order Completed"],
        "steps": [{ "id": "end", "kind": "end" }]
    });
    program.publish("journey", "bench_cart", journey).await
}

/// Checks for some customers that every event arrived once, although some were sent twice.
async fn check(program: &Program, customers: u64, batches: u64, last: u64) -> anyhow::Result<()> {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for seed in 1..=ROUNDS + 1 {
        let batches = if seed > ROUNDS { last } else { batches };
        for row in (0..batches).flat_map(|number| rows(customers, seed, number)) {
            *counts.entry(row.customer).or_default() += 1;
        }
    }
    let step = (counts.len() / 20).max(1);
    for (customer, expected) in counts.into_iter().step_by(step) {
        let user_id = format!("user-{customer:07}");
        let found = program
            .timeline_length(&user_id)
            .await
            .context("timeline")?;
        if found != expected {
            bail!("{user_id} has {found} events instead of {expected}");
        }
    }
    Ok(())
}
