//! DuckDB as the opponent, in a Python process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// DuckDB in a process of its own.
pub struct Opponent {
    process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(Serialize)]
struct Ask<'a> {
    sql: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    count: u64,
    ms: f64,
}

impl Opponent {
    /// Python is `python3` unless BENCH_PYTHON names another; it needs `duckdb` 2.0.
    pub fn start(script: &str, folder: &Path, threads: usize) -> anyhow::Result<Opponent> {
        let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut process = Command::new(&python)
            .args(["-c", script])
            .arg(folder)
            .arg(threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{python} does not start"))?;
        let asks = process.stdin.take().context("a pipe")?;
        let answers = BufReader::new(process.stdout.take().context("a pipe")?);
        Ok(Opponent {
            process,
            asks,
            answers,
        })
    }

    /// The count that a query answers, and how many milliseconds it took.
    pub fn ask(&mut self, sql: &str) -> anyhow::Result<(u64, f64)> {
        let mut line = serde_json::to_string(&Ask { sql })?;
        line.push('\n');
        self.asks.write_all(line.as_bytes())?;
        self.asks.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let reply: Reply = serde_json::from_str(&answer)
            .context("DuckDB gave no answer; is the package duckdb 2.0 installed?")?;
        Ok((reply.count, reply.ms))
    }
}

impl Drop for Opponent {
    fn drop(&mut self) {
        // The process may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
