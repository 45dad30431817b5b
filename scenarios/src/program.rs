//! The program under test: started, called, killed and started again.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Random, Timestamp};
use tempfile::TempDir;

/// Which store a story is told on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The embedded one.
    Sqlite,
    /// A database of its own on the server for tests.
    Postgres,
}

/// When the clock of stories starts: a Monday, 09:00 UTC.
const START: &str = "2026-03-02T09:00:00Z";

/// A running program with an administrator and a key for everything.
pub struct Program {
    folder: TempDir,
    store_address: Option<String>,
    /// Where the clock of the next start stands, when the story moves it.
    manual_clock: Option<Timestamp>,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    /// How its addresses begin.
    pub base: String,
    /// A key with every scope.
    pub key: String,
    http: reqwest::Client,
}

impl Program {
    /// Starts on an empty store with a clock that the story moves.
    pub async fn start(store: Store) -> anyhow::Result<Program> {
        Program::start_with(store, true, vec![]).await
    }

    /// Starts on an empty store; with `environment` for its configuration.
    pub async fn start_with(
        store: Store,
        manual_clock: bool,
        environment: Vec<(String, String)>,
    ) -> anyhow::Result<Program> {
        let store_address = match store {
            Store::Sqlite => None,
            Store::Postgres => Some(new_database().await?),
        };
        let mut program = Program {
            folder: TempDir::new()?,
            store_address,
            manual_clock: manual_clock.then(|| Timestamp::parse(START).expect("an instant")),
            environment,
            child: None,
            base: String::new(),
            key: String::new(),
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()?,
        };
        program.run()?;
        program.command(
            &["setup", "--name", "Ann", "--email", "ann@example.com"],
            "a long password for tests\n",
        )?;
        let scopes = [
            "key",
            "create",
            "--name",
            "story",
            "--scopes",
            "ingest,decide,redeem,manage",
        ];
        program.key = program.command(&scopes, "")?.trim().to_owned();
        Ok(program)
    }

    /// A second process on the same store, as on another machine.
    pub fn another_node(&self) -> anyhow::Result<Program> {
        let mut node = Program {
            folder: TempDir::new()?,
            store_address: self.store_address.clone(),
            manual_clock: self.manual_clock,
            environment: self.environment.clone(),
            child: None,
            base: String::new(),
            key: self.key.clone(),
            http: self.http.clone(),
        };
        ensure!(
            node.store_address.is_some(),
            "the embedded store belongs to one process"
        );
        node.run()?;
        Ok(node)
    }

    fn binary() -> PathBuf {
        if let Some(path) = std::env::var_os("RAPPORT_BIN") {
            return path.into();
        }
        let test = std::env::current_exe().expect("a running test has a path");
        test.ancestors()
            .nth(2)
            .expect("target/debug/deps")
            .join("rapport")
    }

    fn command_line(&self, words: &[&str]) -> Command {
        let mut command = Command::new(Program::binary());
        command
            .args(words)
            .arg("--data")
            .arg(self.folder.path().join("data"));
        if let Some(address) = &self.store_address {
            command.args(["--store", address]);
        }
        command.envs(self.environment.iter().cloned());
        command
    }

    /// Starts the process (again) and waits until it listens.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let mut words = vec!["serve", "--listen", "127.0.0.1:0"];
        let clock = self.manual_clock.map(|at| format!("manual:{at}"));
        if let Some(clock) = &clock {
            words.extend(["--clock", clock]);
        }
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("stderr.log"))?;
        let mut child = self
            .command_line(&words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", Program::binary().display()))?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let Some(base) = line.trim().strip_prefix("Rapport listens on ") else {
            let _ = child.wait();
            bail!("the program did not start: {}", self.log());
        };
        self.base = base.to_owned();
        self.child = Some(child);
        // Whatever it prints later must not block it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(())
    }

    /// What the program has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }

    /// The folder of the story, for files of its own.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Runs another command of the program on the same data; its output.
    pub fn command(&self, words: &[&str], input: &str) -> anyhow::Result<String> {
        let mut child = self
            .command_line(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        child
            .stdin
            .take()
            .context("no input")?
            .write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "rapport {}: {errors}",
            words.join(" ")
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Ends the process as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The clock of the next start stands this much later.
    pub fn starts_later(&mut self, by: Duration) {
        let by = i64::try_from(by.as_millis()).expect("a time within a story");
        self.manual_clock = self.manual_clock.map(|at| at.plus_ms(by));
    }

    /// Moves the clock of the program.
    pub async fn advance(&self, by: Duration) -> anyhow::Result<()> {
        let by = i64::try_from(by.as_millis())?;
        self.call(Method::POST, "/test/clock", Some(json!({"advance_ms": by})))
            .await?;
        Ok(())
    }

    /// Calls the program with the story's key; an answer that is not 2xx is an error.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let (status, answer) = self.try_call(method, path, body).await?;
        ensure!(
            status < 300,
            "{path} answered {status}: {answer}\n{}",
            self.log()
        );
        Ok(answer)
    }

    /// The same with the status, whatever it is.
    pub async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await?;
        Ok((
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        ))
    }

    /// GET.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// GET of something that is no JSON.
    pub async fn get_text(&self, path: &str) -> anyhow::Result<String> {
        let url = format!("{}{path}", self.base);
        let answer = self.http.get(url).bearer_auth(&self.key).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answered {status}: {text}");
        Ok(text)
    }

    /// POST.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Waits until the program decides with everything that is published.
    pub async fn until_in_use(&self) -> anyhow::Result<()> {
        let in_use = |system: &Value| {
            let (published, used) = (
                &system["definitions_published"],
                &system["definitions_in_use"],
            );
            (published.is_i64() && published == used).then_some(())
        };
        self.until("the publication", "/api/system", in_use).await
    }

    /// Asks again and again until `good` finds what it looks for; the program's workers run by
    /// themselves, so that a story has to wait for what they do.
    pub async fn until<T>(
        &self,
        what: &str,
        path: &str,
        good: impl Fn(&Value) -> Option<T>,
    ) -> anyhow::Result<T> {
        let mut last = Value::Null;
        for _ in 0..150 {
            last = self.get(path).await?;
            if let Some(found) = good(&last) {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!(
            "{what} did not happen; {path} says {last:#}\n{}",
            self.log()
        )
    }

    /// The address of the store, for oracles that look into it.
    pub fn store_address(&self) -> String {
        self.store_address.clone().unwrap_or_else(|| {
            format!(
                "sqlite:{}",
                self.folder.path().join("data/rapport.db").display()
            )
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An empty database on the server for tests.
async fn new_database() -> anyhow::Result<String> {
    let address = std::env::var(store::test_support::POSTGRES_VARIABLE)
        .context("run `cargo xtask test`, which starts PostgreSQL")?;
    let name = format!("story_{:016x}", Random::system().u64());
    let pool = sqlx::PgPool::connect(&address).await?;
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&pool).await?;
    pool.close().await;
    let (server, _) = address
        .rsplit_once('/')
        .context("an address with a database")?;
    Ok(format!("{server}/{name}"))
}
