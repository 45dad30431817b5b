//! The program under measurement: a fresh one, set up by its commands, driven by its API.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Store;
use crate::copy::Database;

/// The variable that names the program.
const PROGRAM: &str = "RAPPORT_BIN";
/// The variable with the address of a PostgreSQL server for tests.
pub const POSTGRES: &str = "RAPPORT_TEST_POSTGRES";

/// A running program with data of its own; it stops and forgets with this value.
pub struct Program {
    /// Host and port.
    pub host: String,
    /// Takes events and asks for decisions.
    pub key: String,
    manage: String,
    client: reqwest::Client,
    child: Child,
    database: Option<Database>,
    /// Where its data is.
    pub folder: TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let stopped = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = stopped {
            eprintln!("the program was not stopped: {error}");
        }
        drop(self.database.take());
    }
}

impl Program {
    /// Sets up and starts a fresh program, the one that `RAPPORT_BIN` names.
    pub async fn start(store: Store) -> anyhow::Result<Program> {
        Program::start_build(&binary()?, store).await
    }

    /// Sets up and starts a fresh program of some build.
    pub async fn start_build(binary: &Path, store: Store) -> anyhow::Result<Program> {
        let folder = tempfile::tempdir()?;
        let database = match store {
            Store::Sqlite => None,
            Store::Postgres => {
                let server = std::env::var(POSTGRES)
                    .with_context(|| format!("{POSTGRES} must name a PostgreSQL server"))?;
                Some(Database::create(&server, "program")?)
            }
        };
        let mut options = vec![
            "--data".to_owned(),
            folder.path().join("data").display().to_string(),
        ];
        if let Some(database) = &database {
            options.extend(["--store".to_owned(), database.url()]);
        }
        let person = ["--name", "Bench", "--email", "bench@example.com"];
        command(binary, &["setup"], &options, &person, "measure-me-twice\n")?;
        let key = ["--name", "bench", "--scopes", "ingest,decide"];
        let key = command(binary, &["key", "create"], &options, &key, "")?;
        let manage = ["--name", "manage", "--scopes", "manage"];
        let manage = command(binary, &["key", "create"], &options, &manage, "")?;
        let host = format!("127.0.0.1:{}", free_port()?);
        let log = std::fs::File::create(folder.path().join("log"))?;
        let mut serve = Command::new(binary);
        serve.arg("serve").args(&options).args(["--listen", &host]);
        // As the guide advises for machines that do not give large pages by themselves.
        serve.env("MIMALLOC_ALLOW_LARGE_OS_PAGES", "1");
        let child = serve.stdout(log.try_clone()?).stderr(log).spawn()?;
        let client = reqwest::Client::new();
        let mut program = Program {
            host,
            key,
            manage,
            client,
            child,
            database,
            folder,
        };
        program.wait().await?;
        Ok(program)
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let url = format!("http://{}/readyz", self.host);
        for _ in 0..300 {
            let answer = self.client.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                let log = std::fs::read_to_string(self.folder.path().join("log"))?;
                bail!("the program ended with {status}: {log}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the program is not ready after 30 s")
    }

    /// The processor time that the program has taken so far, in seconds, on all cores together.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        /// Ticks a second in what the kernel tells, everywhere.
        const TICKS: f64 = 100.0;
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name, which may hold anything: 12th and 13th are user and system ticks.
        let fields = text.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: Vec<f64> = ticks.filter_map(|field| field.parse().ok()).collect();
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }

    /// Waits until the program has written behind what the set-up left, so that it is not measured
    /// with the work: until it writes less than a megabyte a second for three seconds.
    pub async fn settle(&self) -> anyhow::Result<()> {
        const QUIET: u64 = 1 << 20;
        let path = format!("/proc/{}/io", self.child.id());
        let written = || -> anyhow::Result<u64> {
            let text = std::fs::read_to_string(&path)?;
            let line = text.lines().find_map(|l| l.strip_prefix("write_bytes: "));
            Ok(line.context("no count of bytes")?.parse()?)
        };
        let (mut before, mut quiet) = (written()?, 0);
        for _ in 0..900 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = written()?;
            quiet = if now - before < QUIET { quiet + 1 } else { 0 };
            if quiet == 15 {
                return Ok(());
            }
            before = now;
        }
        bail!("the program still writes after a quarter of an hour")
    }

    /// Reads from the management API.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(self.client.get(self.url(path)), path).await
    }

    /// Publishes a definition.
    pub async fn publish(&self, kind: &str, key: &str, body: Value) -> anyhow::Result<()> {
        let path = format!("/api/definitions/{kind}/{key}");
        let draft = json!({ "body": body });
        self.call(self.client.put(self.url(&path)).json(&draft), &path)
            .await?;
        let path = format!("{path}/publish");
        self.call(self.client.post(self.url(&path)).json(&json!({})), &path)
            .await?;
        Ok(())
    }

    /// How many items the timeline of the customer with a user id has.
    pub async fn timeline_length(&self, user_id: &str) -> anyhow::Result<u64> {
        let found = self
            .get(&format!("/api/customers?q={user_id}&limit=20"))
            .await?;
        let found = found["items"].as_array().context("a list of customers")?;
        let mut length = 0;
        for customer in found {
            let id = customer["customer_id"]
                .as_str()
                .context("a customer has an id")?;
            let exact = self.get(&format!("/api/customers/{id}")).await?;
            let identifiers = exact["identifiers"]
                .as_array()
                .context("a customer's identifiers")?;
            if identifiers
                .iter()
                .any(|identifier| identifier["value"] == user_id)
            {
                length += self.events_of(id).await?;
            }
        }
        Ok(length)
    }

    async fn events_of(&self, id: &str) -> anyhow::Result<u64> {
        let mut count = 0;
        let mut cursor = String::new();
        loop {
            let path = format!("/api/customers/{id}/timeline?limit=100{cursor}");
            let page = self.get(&path).await?;
            let items = page["items"].as_array().context("a timeline's items")?;
            count += items.iter().filter(|item| item["kind"] == "event").count() as u64;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(count),
            }
        }
    }

    /// Sends what a touchpoint sends, with the key for events and decisions.
    pub async fn send(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self.client.post(self.url(path)).bearer_auth(&self.key);
        let answer = request.json(&body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    async fn call(&self, request: reqwest::RequestBuilder, path: &str) -> anyhow::Result<Value> {
        let answer = request.bearer_auth(&self.manage).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path} answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

fn binary() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os(PROGRAM)
        .with_context(|| format!("{PROGRAM} must name the program; `cargo xtask bench` does"))?;
    Ok(PathBuf::from(named))
}

/// Runs a command of the program and returns what it prints.
fn command(
    binary: &Path,
    words: &[&str],
    options: &[String],
    more: &[&str],
    input: &str,
) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    command.args(words).args(options).args(more);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start the program")?;
    let mut pipe = child.stdin.take().context("the program has no input")?;
    pipe.write_all(input.as_bytes())?;
    drop(pipe);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("rapport {} failed", words.join(" "));
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
