//! B3, learn: a simulation in which the best choice is known, against Vowpal Wabbit.
//!
//! In process, through the pipeline and the desk that the program uses; and once over HTTP, through
//! its decide and response calls. Vowpal Wabbit is tuned over [`GRID`] on the first two seeds, and
//! its best setting plays all seeds.

use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use decision::learning::bandit::{Bandit, OFFERS, Outcome, definitions};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Size;
use crate::figure::Setting;
use crate::program::Program;

/// Settings of Vowpal Wabbit, all with `--cb_explore_adf -q ua`.
const GRID: [&str; 8] = [
    "--squarecb --gamma_scale 30 -l 0.5",
    "--squarecb --gamma_scale 100 -l 0.5",
    "--squarecb --gamma_scale 300 -l 0.5",
    "--squarecb --gamma_scale 1000 -l 0.5",
    "--squarecb --gamma_scale 100 -l 2",
    "--bag 5 -l 0.5",
    "--cover 3 -l 0.5",
    "--epsilon 0.02 -l 2",
];
/// Seeds on which the grid is tuned.
const TUNED_ON: u64 = 2;
/// Names a Python that has Vowpal Wabbit 9.11.
const PYTHON: &str = "BENCH_PYTHON";

struct Amount {
    seeds: u64,
    decisions: usize,
    over_http: usize,
}

fn amount(size: Size) -> Amount {
    match size {
        Size::Tiny => Amount {
            seeds: 1,
            decisions: 5_000,
            over_http: 300,
        },
        Size::Small => Amount {
            seeds: 3,
            decisions: 50_000,
            over_http: 3_000,
        },
        Size::Full => Amount {
            seeds: 10,
            decisions: 50_000,
            over_http: 5_000,
        },
    }
}

/// Measures and prints the figures.
pub async fn run(setting: Setting) -> anyhow::Result<()> {
    let Amount {
        seeds,
        decisions,
        over_http,
    } = amount(setting.size);
    let print = |figure: &str, value: f64, unit: &str, goal: Option<f64>| {
        setting.print("B3", figure, value, unit, goal);
    };
    let late = decisions / 10;
    let [at_once, spread, constant, silent] = ours(seeds, decisions, late);
    print(
        "oracle_gain_share",
        mean(&at_once, Outcome::gain),
        "share",
        Some(0.9),
    );
    print(
        "regret",
        mean(&at_once, Outcome::regret),
        "acceptances",
        None,
    );
    print("acceptance_rate", mean(&at_once, rate), "share", None);
    let cost =
        |delayed: &[Outcome]| 1.0 - mean(delayed, Outcome::gain) / mean(&at_once, Outcome::gain);
    print("delay_cost", cost(&spread), "share of the gain", Some(0.1));
    print(
        "constant_delay_cost",
        cost(&constant),
        "share of the gain",
        None,
    );
    let gain = mean(&silent, Outcome::gain);
    print("silent_gain_share", gain, "share", None);
    match vowpal(seeds, decisions)? {
        Some((arguments, regret)) => {
            eprintln!("B3: Vowpal Wabbit's best is {arguments:?}");
            let ratio = mean(&at_once, Outcome::regret) / regret;
            print("vw_regret", regret, "acceptances", None);
            print("regret_ratio_to_vw", ratio, "ratio", Some(0.65));
        }
        None => eprintln!("B3: {PYTHON} names no Python with Vowpal Wabbit; not compared"),
    }
    let program = Program::start(setting.store).await?;
    let outcome = http(&program, over_http).await?;
    let in_process = Bandit::new(1, over_http).play(&Bandit::terms(), 0);
    print("http_gain_share", outcome.gain(), "share", None);
    print(
        "http_in_process_gain_share",
        in_process.gain(),
        "share",
        None,
    );
    Ok(())
}

fn mean(outcomes: &[Outcome], what: fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(what).sum::<f64>() / outcomes.len() as f64
}

fn rate(outcome: &Outcome) -> f64 {
    outcome.shown / outcome.decisions as f64
}

/// Plays all seeds: with outcomes at once, up to `late` decisions late, and all that late; and
/// where only acceptances are told, so that noes are known by waiting.
fn ours(seeds: u64, decisions: usize, late: usize) -> [Vec<Outcome>; 4] {
    let terms = Bandit::terms();
    let mut outcomes = [vec![], vec![], vec![], vec![]];
    for seed in 1..=seeds {
        let delays = Bandit::new(seed, decisions).delays(late);
        let play = |told: &dyn Fn(usize, bool) -> Option<usize>| {
            Bandit::new(seed, decisions).play_with(&terms, told)
        };
        let played = [
            play(&|_, _| Some(0)),
            play(&|decision, _| Some(delays[decision])),
            play(&|_, _| Some(late)),
            play(&|_, accepted| accepted.then_some(0)),
        ];
        let gains = played.map(|outcome| outcome.gain());
        eprintln!(
            "B3 seed {seed}: gain {gains:.4?}, regret {:.0}",
            played[0].regret()
        );
        outcomes
            .iter_mut()
            .zip(played)
            .for_each(|(all, one)| all.push(one));
    }
    outcomes
}

#[derive(Deserialize)]
struct Played {
    seed: u64,
    regret: f64,
    gain: f64,
}

/// The best of the grid and its mean regret over all seeds; `None` without Vowpal Wabbit.
fn vowpal(seeds: u64, decisions: usize) -> anyhow::Result<Option<(&'static str, f64)>> {
    let Some(python) = std::env::var_os(PYTHON) else {
        return Ok(None);
    };
    let play = |arguments: &str, seeds: (u64, u64)| -> anyhow::Result<f64> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/vw.py");
        let output = Command::new(&python)
            .arg(script)
            .arg(format!("{}-{}", seeds.0, seeds.1))
            .args([&decisions.to_string(), "0", "--cb_explore_adf", "-q", "ua"])
            .args(arguments.split(' '))
            .stderr(Stdio::null())
            .output()
            .context("cannot run Python")?;
        ensure!(
            output.status.success(),
            "Vowpal Wabbit failed with {arguments}"
        );
        let mut regrets = vec![];
        for line in String::from_utf8(output.stdout)?.lines() {
            let played: Played = serde_json::from_str(line)?;
            eprintln!(
                "B3 Vowpal Wabbit {arguments}, seed {}: gain {:.4}, regret {:.0}",
                played.seed, played.gain, played.regret
            );
            regrets.push(played.regret);
        }
        ensure!(!regrets.is_empty(), "Vowpal Wabbit played nothing");
        Ok(regrets.iter().sum::<f64>() / regrets.len() as f64)
    };
    let mut best: Option<(&'static str, f64)> = None;
    for arguments in GRID {
        let regret = play(arguments, (1, seeds.min(TUNED_ON)))?;
        if best.is_none_or(|(_, least)| regret < least) {
            best = Some((arguments, regret));
        }
    }
    let (arguments, _) = best.context("the grid has settings")?;
    Ok(Some((arguments, play(arguments, (1, seeds))?)))
}

/// Plays the first seed over HTTP. Every answer, yes or no, is told at once, as at a call centre.
async fn http(program: &Program, decisions: usize) -> anyhow::Result<Outcome> {
    for definition in definitions(&Bandit::terms()) {
        program
            .publish(&definition.kind, &definition.key, definition.body)
            .await?;
    }
    let bandit = Bandit::new(1, decisions);
    let mut outcome = Outcome::default();
    for decision in 0..decisions {
        let user = format!("visitor-{decision}");
        let event = json!({"batch": [{"type": "identify", "userId": user, "traits": {}}]});
        program.send("/v1/batch", event).await?;
        let facts = bandit.facts(decision).into_iter();
        let context: serde_json::Map<String, Value> = facts
            .map(|fact| (format!("fact_{fact}"), json!(true)))
            .collect();
        let asked = json!({"customer": {"user_id": user}, "placements": ["spot"],
            "context": context, "deadline_ms": 5_000});
        let answer = program.send("/v1/decisions", asked).await?;
        let shown = &answer["placements"][0]["offers"][0];
        let key = shown["offer"]
            .as_str()
            .context("a decision shows an offer")?;
        let offer = (0..OFFERS).find(|offer| Bandit::offer(*offer) == key);
        let Some(offer) = offer else {
            bail!("the offer {key} is not of the simulation")
        };
        bandit.count(&mut outcome, decision, offer);
        let kind = if bandit.accepts(decision, offer) {
            "accept"
        } else {
            "reject"
        };
        let told = json!({"contact_id": shown["contact_id"], "kind": kind});
        program.send("/v1/responses", told).await?;
    }
    Ok(outcome)
}
