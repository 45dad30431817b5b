//! `rapport learning rebuild`: learns everything anew from the log, in the running program.

use std::io::Write;
use std::time::Duration;

use anyhow::bail;
use serde_json::Value;

use crate::config::Config;
use crate::reach::{Program, Reach, reach};

/// How often progress is asked for.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// What was learned from responses.
#[derive(clap::Subcommand)]
pub enum Learning {
    /// Learn everything anew from the log; decisions go on with what is known meanwhile
    Rebuild,
}

impl Learning {
    /// Starts the work and follows it to its end.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Learning::Rebuild = self;
        let Reach::Program(program) = reach(config).await? else {
            bail!(
                "learning is rebuilt by the running program: start it with `rapport serve`, then \
                 repeat this command (on PostgreSQL use the button on the learning page, or POST \
                 /api/learning/rebuild)"
            );
        };
        let _: Value = program.call("POST", PATH, None).await?;
        follow(&program).await
    }
}

const PATH: &str = "/api/learning/rebuild";

async fn follow(program: &Program) -> anyhow::Result<()> {
    loop {
        let told: Value = program.call("GET", PATH, None).await?;
        let rebuild = &told["newest"];
        let count = |name: &str| rebuild[name].as_i64().unwrap_or(0);
        let (done, total) = (count("done_count"), count("total_count"));
        let mut error = std::io::stderr();
        match rebuild["state"].as_str() {
            Some("done") => {
                eprintln!();
                println!("learned anew from {total} positions of the log");
                return Ok(());
            }
            Some("failed") => {
                let why = rebuild["error"].as_str().unwrap_or("without a word");
                bail!("learning anew failed: {why}; what was known before is in use");
            }
            Some("cancelled") => bail!("somebody has stopped it; what was known before is in use"),
            Some(_) | None => {
                let percent = done * 100 / total.max(1);
                let _ = write!(error, "\r\x1b[K{done} of {total} positions ({percent} %)");
                let _ = error.flush();
            }
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}
