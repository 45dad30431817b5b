//! PostgreSQL's COPY: the fastest way into a table whose message ids are unique.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::work::Row;

/// A database of our own on the server for tests; it is removed with this value.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Makes an empty database.
    pub fn create(server: &str, name: &str) -> anyhow::Result<Database> {
        let name = format!("rapport_bench_{name}_{}", std::process::id());
        psql(server, &format!("CREATE DATABASE {name}"), None)?;
        Ok(Database {
            server: server.to_owned(),
            name,
        })
    }

    /// Its address.
    pub fn url(&self) -> String {
        let server = self
            .server
            .rsplit_once('/')
            .map_or(self.server.as_str(), |(server, _)| server);
        format!("{server}/{}", self.name)
    }

    /// The table for [`Database::rows_per_s`].
    pub fn create_table(&self) -> anyhow::Result<()> {
        let table = "CREATE TABLE events \
                     (message_id TEXT PRIMARY KEY, customer_id BIGINT, body TEXT)";
        psql(&self.url(), table, None)
    }

    /// Copies rows into the table and returns rows per second.
    pub fn rows_per_s(&self, rows: &[Row]) -> anyhow::Result<f64> {
        let mut lines = String::new();
        for row in rows {
            lines.push_str(&format!(
                "{}\t{}\t{}\n",
                row.message_id,
                row.customer,
                row.json()
            ));
        }
        let start = Instant::now();
        psql(&self.url(), "COPY events FROM STDIN", Some(&lines))?;
        Ok(rows.len() as f64 / start.elapsed().as_secs_f64())
    }

    /// How many rows the table has.
    pub fn count(&self) -> anyhow::Result<u64> {
        let mut command = Command::new(program()?);
        command.args([self.url().as_str(), "-qtAc", "SELECT count(*) FROM events"]);
        let output = command.output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = psql(&self.server, &drop, None) {
            eprintln!("the database {} was not removed: {error}", self.name);
        }
    }
}

/// The client of PostgreSQL, from the path or from where Debian puts it.
fn program() -> anyhow::Result<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    for version in std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
    {
        folders.push(version.path().join("bin"));
    }
    let mut programs = folders.into_iter().map(|folder| folder.join("psql"));
    programs
        .find(|program| program.is_file())
        .context("psql is not installed")
}

fn psql(url: &str, statement: &str, input: Option<&str>) -> anyhow::Result<()> {
    let mut command = Command::new(program()?);
    command.args([url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement]);
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn()?;
    let mut pipe = child.stdin.take().context("psql has no input")?;
    pipe.write_all(input.unwrap_or_default().as_bytes())?;
    drop(pipe);
    if !child.wait()?.success() {
        bail!("psql failed: {statement}");
    }
    Ok(())
}
