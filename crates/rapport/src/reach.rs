//! How commands reach the store: through the running program, or directly when none is running.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use gate::GateState;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Clock, Db, Random};

use crate::KINDS;
use crate::config::Config;

/// Only one process works on a data folder; the lock ends with the process.
pub struct DataLock {
    _file: File,
    folder: PathBuf,
}

impl DataLock {
    /// Takes the folder; `None` when another process has it.
    pub fn take(folder: &Path) -> anyhow::Result<Option<DataLock>> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = options.open(folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(DataLock {
                _file: file,
                folder: folder.to_owned(),
            })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Leaves word where this process listens, and the secret of commands, readable by the owner
    /// of the folder only.
    pub fn announce(&self, running: &Running) -> anyhow::Result<()> {
        let path = self.folder.join("running.json");
        let _ = std::fs::remove_file(&path);
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        Ok(file.write_all(serde_json::to_string(running)?.as_bytes())?)
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.folder.join("running.json"));
    }
}

/// Where the running program listens.
#[derive(Serialize, Deserialize)]
pub struct Running {
    /// The address.
    pub address: SocketAddr,
    /// The secret of commands on this machine.
    pub operator_secret: String,
}

/// The way to the store.
pub enum Reach {
    /// Through a running program.
    Program(Program),
    /// Directly; nobody else works on it, or it is PostgreSQL.
    Store(Box<Direct>),
}

/// The store, opened by a command.
pub struct Direct {
    /// Its gate.
    pub gate: GateState,
    _lock: Option<DataLock>,
}

/// Finds the way. PostgreSQL can be used by several processes, the embedded store by one.
pub async fn reach(config: &Config) -> anyhow::Result<Reach> {
    let embedded = config.store_address().starts_with("sqlite:");
    let mut lock = None;
    if embedded {
        lock = DataLock::take(&config.data)?;
        if lock.is_none() {
            return Ok(Reach::Program(Program::of(&config.data)?));
        }
    }
    let db = Db::open(&config.store_address(), Clock::system(), Random::system()).await?;
    let secret = format!("rpo_{}", db.random().token());
    let gate = GateState::new(db, KINDS, &config.gate(), &secret).await?;
    Ok(Reach::Store(Box::new(Direct { gate, _lock: lock })))
}

/// A running program, reached over HTTP.
pub struct Program {
    base: String,
    secret: String,
    client: reqwest::Client,
}

impl Program {
    /// The program that works on a data folder.
    fn of(folder: &Path) -> anyhow::Result<Program> {
        let text = std::fs::read_to_string(folder.join("running.json")).with_context(|| {
            let folder = folder.display();
            format!("another process works on {folder} and does not answer commands (yet)")
        })?;
        let running: Running = serde_json::from_str(&text)?;
        Program::at(
            &format!("http://{}", running.address),
            running.operator_secret,
        )
    }

    /// A program somewhere else, with an API key.
    pub fn at(base: &str, secret: String) -> anyhow::Result<Program> {
        Ok(Program {
            base: base.trim_end_matches('/').to_owned(),
            secret,
            client: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    /// Calls the program and reads its answer.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let answer = self.send(method, path, body).await?;
        let bytes = answer.bytes().await?;
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Calls the program; problems become errors in words.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<reqwest::Response> {
        let method = method.parse::<reqwest::Method>()?;
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.secret);
        if let Some(body) = body {
            request = request.json(body);
        }
        answered(request).await
    }

    /// Sends a stream of bytes to the program and reads its answer.
    pub async fn upload(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: reqwest::Body,
    ) -> anyhow::Result<Value> {
        let mut address = reqwest::Url::parse(&format!("{}{path}", self.base))?;
        address.query_pairs_mut().extend_pairs(query);
        let request = self
            .client
            .post(address)
            .bearer_auth(&self.secret)
            .header("content-type", "application/octet-stream")
            .body(body);
        Ok(answered(request).await?.json().await?)
    }
}

/// The answer to a call, if it is a success; problems become errors in words.
async fn answered(request: reqwest::RequestBuilder) -> anyhow::Result<reqwest::Response> {
    let answer = request
        .send()
        .await
        .context("the program does not answer")?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status();
    let problem: Value = answer.json().await.unwrap_or_default();
    bail!(
        "{}",
        in_words(&problem).unwrap_or_else(|| status.to_string())
    )
}

/// A problem document for people at a terminal.
pub fn in_words(problem: &Value) -> Option<String> {
    let mut words = problem.get("title")?.as_str()?.to_owned();
    if let Some(detail) = problem.get("detail").and_then(Value::as_str) {
        words.push_str(&format!(": {detail}"));
    }
    for error in problem
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let part = |name: &str| error.get(name).and_then(Value::as_str);
        let (path, message) = (part("path")?, part("message")?);
        words.push_str(&format!("\n  {path}: {message}"));
        if let Some(hint) = part("hint") {
            words.push_str(&format!(" ({hint})"));
        }
    }
    Some(words)
}

/// The same for a problem that was met directly.
pub fn problem_in_words(problem: gate::Problem) -> anyhow::Error {
    let mut words = problem.code().title.to_owned();
    if let Some(detail) = problem.detail_text() {
        words.push_str(&format!(": {detail}"));
    }
    for error in problem.field_problems() {
        words.push_str(&format!("\n  {}: {}", error.path, error.message));
        if let Some(hint) = &error.hint {
            words.push_str(&format!(" ({hint})"));
        }
    }
    anyhow::anyhow!(words)
}
