//! B2, decide: one customer, one placement, many offers, and a durable record of why.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::Size;
use crate::constant::Constant;
use crate::figure::{Setting, median, median_ratio};
use crate::load::{self, Plan};
use crate::program::Program;
use crate::teach::teach;
use crate::work::{BATCH_EVENTS, Work};

const ROUNDS: u64 = 5;
const CONNECTIONS: usize = 128;
const ROUND_SECONDS: f64 = 4.0;
/// How long the latency is measured, at 70 % of the load.
const LATENCY_SECONDS: f64 = 10.0;
/// Different requests; more would only fill memory.
const BODIES: u64 = 50_000;

struct Amount {
    customers: u64,
    offers: u64,
    /// Batches of events that give the customers a past.
    batches: u64,
    /// Customers who react before anything is timed, so that models have learned something.
    lessons: u64,
}

fn amount(size: Size) -> Amount {
    match size {
        Size::Tiny => Amount {
            customers: 2_000,
            offers: 20,
            batches: 50,
            lessons: 200,
        },
        Size::Small => Amount {
            customers: 100_000,
            offers: 100,
            batches: 2_000,
            lessons: 5_000,
        },
        Size::Full => Amount {
            customers: 1_000_000,
            offers: 200,
            batches: 10_000,
            lessons: 20_000,
        },
    }
}

/// A program that decides for customers with a past and has learned, and what is asked of it.
pub struct Ready {
    pub program: Program,
    work: Work,
    /// An answer of a first trial, and how many it gave a second.
    answer: String,
    per_s: f64,
}

impl Ready {
    /// Publishes, introduces customers, teaches, and tries.
    pub async fn with(program: Program, size: Size) -> anyhow::Result<Ready> {
        let Amount {
            customers,
            offers,
            batches,
            lessons,
        } = amount(size);
        publish(&program, offers).await?;
        let mut ready = Ready {
            program,
            work: Work::Decide { customers },
            answer: String::new(),
            per_s: 0.0,
        };
        let introductions = customers.div_ceil(BATCH_EVENTS as u64);
        for (work, seed, requests) in [
            (Work::Introduce { customers }, 0, introductions),
            (Work::Browse { customers }, 1, batches),
        ] {
            let plan = ready.plan(&ready.program.host, seed, requests);
            let bodies = requests;
            load::run(Plan {
                work,
                bodies,
                ..plan
            })
            .await?;
        }
        let learned = teach(&ready.program, customers, lessons).await?;
        ready.program.settle().await?;
        eprintln!(
            "B2: {customers} customers with a past, {offers} offers, {learned} reactions learned"
        );
        let trial = load::run(ready.plan(&ready.program.host, 2, 2_000)).await?;
        let answer = trial.examples.get(&200);
        ready.answer = answer.context("the trial has an answer")?.clone();
        check(&ready.program, &ready.answer, offers).await?;
        ready.per_s = trial.requests_per_s;
        Ok(ready)
    }

    fn plan(&self, host: &str, seed: u64, requests: u64) -> Plan {
        Plan {
            host: host.to_owned(),
            key: self.program.key.clone(),
            work: self.work,
            seed,
            requests,
            bodies: BODIES,
            connections: CONNECTIONS,
            rate: None,
        }
    }

    /// Asks for about so many seconds: what the client saw, and the program's processor time for
    /// each decision in microseconds.
    pub async fn round(&self, seed: u64, seconds: f64) -> anyhow::Result<(load::Report, f64)> {
        let requests = requests(self.per_s, seconds);
        let before = self.program.cpu_seconds()?;
        let report = load::run(self.plan(&self.program.host, seed, requests)).await?;
        let cpu = (self.program.cpu_seconds()? - before) * 1e6 / requests as f64;
        Ok((report, cpu))
    }
}

fn requests(rate: f64, seconds: f64) -> u64 {
    ((rate * seconds) as u64).max(100)
}

/// Measures and prints the figures.
pub async fn run(setting: Setting) -> anyhow::Result<()> {
    let program = Program::start(setting.store).await?;
    let ready = Ready::with(program, setting.size).await?;
    let constant = Constant::start(&ready.answer)?;
    let constant_trial = load::run(ready.plan(&constant.host, 2, 5_000)).await?;
    let their_requests = requests(constant_trial.requests_per_s, ROUND_SECONDS);
    let (mut ours, mut theirs, mut cpu_us) = (vec![], vec![], vec![]);
    for round in 1..=ROUNDS {
        let seed = 10 + round;
        let (mine, cpu) = ready.round(seed, ROUND_SECONDS).await?;
        ours.push(mine.requests_per_s);
        cpu_us.push(cpu);
        let other = load::run(ready.plan(&constant.host, seed, their_requests)).await?;
        theirs.push(other.requests_per_s);
        eprintln!(
            "B2 round {round}: {:.0} decisions/s (p99 {:.1} ms, {cpu:.0} us of processor each), \
             constant {:.0}",
            mine.requests_per_s, mine.p99_ms, other.requests_per_s
        );
    }
    let steady = async |host: &str, speeds: &[f64]| {
        let rate = median(speeds) * 0.7;
        let plan = ready.plan(host, 30, requests(rate, LATENCY_SECONDS));
        let rate = Some(rate);
        load::run(Plan { rate, ..plan }).await
    };
    let latency = steady(&ready.program.host, &ours).await?;
    let constant_latency = steady(&constant.host, &theirs).await?;
    let answer = latency.examples.get(&200).context("an answer")?;
    check(&ready.program, answer, amount(setting.size).offers).await?;

    let goal = match setting.store {
        crate::Store::Sqlite => 0.5,
        crate::Store::Postgres => 0.25,
    };
    let print = |figure: &str, value, unit: &str, goal| {
        setting.print("B2", figure, value, unit, goal);
    };
    print("decisions_per_s", median(&ours), "decisions/s", None);
    print(
        "ratio_to_constant",
        median_ratio(&ours, &theirs),
        "ratio",
        Some(goal),
    );
    print("cpu_us", median(&cpu_us), "us/decision", None);
    print("constant_per_s", median(&theirs), "answers/s", None);
    print("p50_ms_at_70", latency.p50_ms, "ms", None);
    print("p99_ms_at_70", latency.p99_ms, "ms", Some(5.0));
    let theirs = constant_latency.p99_ms;
    print("constant_p99_ms_at_70", theirs, "ms", None);
    Ok(())
}

/// Publishes offers with different eligibility, one placement, a policy and a strategy.
async fn publish(program: &Program, offers: u64) -> anyhow::Result<()> {
    let template = json!({
        "name": { "en": "Discount" },
        "attributes": [{
            "key": "percent", "kind": "percent", "required": true, "description": "How much less"
        }]
    });
    program
        .publish("offer_template", "bench_discount", template)
        .await?;
    let placement = json!({
        "name": { "en": "Banner" }, "channel": "web", "touchpoint": "shop", "count": 1,
        "fallback": { "title": "Welcome", "text": "Look around", "link_url": "/", "image_url": null },
        "reserves_ms": 60_000, "context_weights": {}
    });
    program
        .publish("placement", "bench_banner", placement)
        .await?;
    let limit = json!({
        "key": "web_daily", "channels": ["web"], "categories": null, "at_most": 1000,
        "window": { "rolling_ms": 86_400_000 }
    });
    let policy = json!({
        "name": { "en": "Calm" }, "limits": [limit], "quiet_hours": null,
        "default_zone": "Europe/London"
    });
    program.publish("policy", "bench_policy", policy).await?;
    let strategy = json!({
        "name": { "en": "Value" }, "formula": "propensity * context * value * lever", "levers": {},
        "universal_control_fraction": 0.02
    });
    program
        .publish("strategy", "bench_strategy", strategy)
        .await?;
    for number in 0..offers {
        program
            .publish("offer", &format!("bench_offer_{number}"), offer(number))
            .await?;
    }
    Ok(())
}

fn category(number: u64) -> &'static str {
    ["kitchen", "garden", "toys", "lights"][(number % 4) as usize]
}

/// The category of the offer with a key.
pub fn category_of(key: &str) -> anyhow::Result<&'static str> {
    let number = key.strip_prefix("bench_offer_").context("an offer of B2")?;
    Ok(category(number.parse()?))
}

fn offer(number: u64) -> Value {
    let category = category(number);
    let tier = json!({ "attribute": "tier", "at_least": number % 4 });
    let visits = json!({
        "event": "Product Viewed", "where": [{ "property": "category", "equals": category }],
        "within": { "rolling_days": 30 }, "at_least": number % 3
    });
    let eligibility = json!({ "all": [tier, visits] });
    json!({
        "name": { "en": format!("Offer {number}") },
        "template": "bench_discount",
        "attributes": { "percent": 0.1 },
        "category": category,
        "value_cents": 500 + number * 7, "cost_cents": 100, "currency": "GBP",
        "propensity": 0.02 + (number % 10) as f64 / 100.0, "lever": 1.0, "channels": ["web"],
        "creatives": [{
            "channel": "web", "language": "en", "title": format!("Offer {number}"),
            "text": "Ten per cent less today", "link_url": "https://shop.example/sale"
        }],
        "eligibility": eligibility,
        "relevant": { "products": [], "categories": [category], "any_purchase": false, "window_days": 7 },
        "suppress": {
            "after_accept_days": 30, "after_reject_days": 14, "after_views": 50, "views_days": 7,
            "related": []
        },
        "control_fraction": 0.05,
        "placements": ["bench_banner"]
    })
}

/// Checks that an answer has an offer for the placement and a record that explains every offer.
async fn check(program: &Program, answer: &str, offers: u64) -> anyhow::Result<()> {
    let answer: Value = serde_json::from_str(answer).context("an answer is JSON")?;
    let id = answer["decision_id"]
        .as_str()
        .context("an answer has a decision_id")?;
    if answer["degradation"] != "none" {
        bail!("the decision was not made in full: {answer}");
    }
    let record = program.get(&format!("/api/decisions/{id}")).await?;
    let proposals = record["proposals"]
        .as_array()
        .context("a record has proposals")?;
    if (proposals.len() as u64) < offers {
        bail!(
            "the record of {id} explains {} of {offers} offers",
            proposals.len()
        );
    }
    if record["learned"].as_i64().unwrap_or_default() == 0 {
        bail!("the decision {id} rests on nothing that was learned");
    }
    Ok(())
}
