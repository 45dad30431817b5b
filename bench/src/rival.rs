//! Two builds of the program, asked for decisions in turn: what is faster on a machine whose speed
//! changes from minute to minute.

use std::path::Path;

use crate::decide::Ready;
use crate::figure::{Setting, median, median_ratio};
use crate::program::Program;

/// Rounds of both, each short enough that the machine is much the same in it.
const ROUNDS: u64 = 30;
const ROUND_SECONDS: f64 = 1.5;

/// Measures and prints the figures.
pub async fn run(setting: Setting, rival: &Path) -> anyhow::Result<()> {
    let ours = Program::start(setting.store).await?;
    let ours = Ready::with(ours, setting.size).await?;
    let theirs = Program::start_build(rival, setting.store).await?;
    let theirs = Ready::with(theirs, setting.size).await?;
    let mut speed = [vec![], vec![]];
    let mut cpu_us = [vec![], vec![]];
    for round in 0..ROUNDS {
        let mut both = [(0, "ours", &ours), (1, "the rival", &theirs)];
        // Neither is always the first.
        if round % 2 == 1 {
            both.reverse();
        }
        for (at, name, ready) in both {
            let (report, cpu) = ready.round(10 + round, ROUND_SECONDS).await?;
            let per_s = report.requests_per_s;
            eprintln!("B2 round {round}: {name} {per_s:.0} decisions/s, {cpu:.0} us each");
            speed[at].push(per_s);
            cpu_us[at].push(cpu);
        }
    }
    let print = |figure: &str, value, unit: &str| setting.print("B2", figure, value, unit, None);
    let [ours, theirs] = &cpu_us;
    print("cpu_us", median(ours), "us/decision");
    print("cpu_ratio_to_rival", median_ratio(ours, theirs), "ratio");
    let [ours, theirs] = &speed;
    print("speed_ratio_to_rival", median_ratio(ours, theirs), "ratio");
    Ok(())
}
