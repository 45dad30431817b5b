//! `rapport import FILE`: brings a file in through the running program, as the user interface does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use futures::stream;
use gate::SourceId;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::config::Config;
use crate::reach::{Program, Reach, reach};

/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// How often progress is asked for.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// Results shown before an import starts.
const SHOWN: usize = 10;

/// Bring a file in: CSV, JSONL or Parquet, packed with gzip or not.
#[derive(clap::Args)]
pub struct Import {
    /// The file
    file: PathBuf,
    /// What its rows are
    #[arg(long = "as", value_parser = ["customers", "events"])]
    target: Option<String>,
    /// A mapping as JSON; a guess from the names of the columns unless given
    #[arg(long)]
    map: Option<PathBuf>,
    /// Keep the mapping under this name, for files with the same columns
    #[arg(long)]
    save_map: Option<String>,
    /// Source the events belong to, for example src_2; a source `import` unless given
    #[arg(long)]
    source: Option<SourceId>,
    /// Only show the mapping and what the first rows become
    #[arg(long)]
    preview: bool,
    /// Where to write the rows that were rejected, with why
    #[arg(long)]
    rejected: Option<PathBuf>,
    /// Address of a server elsewhere
    #[arg(long)]
    server: Option<String>,
    /// A key with the scope manage, for a server elsewhere
    #[arg(long, env = "RAPPORT_KEY", hide_env_values = true)]
    key: Option<String>,
}

impl Import {
    /// Uploads, starts, and tells how far it is until the end.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let program = self.program(config).await?;
        let uploaded = upload(&program, &self.file).await?;
        let id = uploaded["id"].as_str().context("the answer has no id")?;
        let looked = self.look(&program, id).await?;
        if self.preview {
            println!("{}", serde_json::to_string_pretty(&looked)?);
            let path = format!("/api/imports/{id}");
            program.send("DELETE", &path, None).await?;
            return Ok(());
        }
        show(&looked, self.map.is_none())?;
        let body = json!({
            "mapping": looked["mapping"],
            "source_id": self.source,
            "save_mapping_as": self.save_map,
        });
        let path = format!("/api/imports/{id}/start");
        let _: Value = program.call("POST", &path, Some(&body)).await?;
        let done = follow(&program, id).await?;
        self.tell(&program, id, &done).await
    }

    async fn program(&self, config: &Config) -> anyhow::Result<Program> {
        if let Some(server) = &self.server {
            let key = self.key.clone();
            let key = key.context("give --key or RAPPORT_KEY, a key with the scope manage")?;
            return Program::at(server, key);
        }
        match reach(config).await? {
            Reach::Program(program) => Ok(program),
            Reach::Store(_) => bail!(
                "no program is running here; start `rapport serve`, or give --server and --key"
            ),
        }
    }

    /// The mapping and the first results.
    async fn look(&self, program: &Program, id: &str) -> anyhow::Result<Value> {
        let mapping = match &self.map {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("{} cannot be read", path.display()))?;
                let mapping: Value = serde_json::from_str(&text)
                    .with_context(|| format!("{} is no JSON", path.display()))?;
                Some(mapping)
            }
        };
        let body = json!({"mapping": mapping, "as": self.target});
        let path = format!("/api/imports/{id}/preview");
        let looked: Value = program.call("POST", &path, Some(&body)).await?;
        let errors = looked["errors"].as_array().map_or(&[][..], Vec::as_slice);
        if errors.is_empty() {
            return Ok(looked);
        }
        let mut words = "the mapping does not fit the file".to_owned();
        for error in errors {
            let part = |name: &str| error[name].as_str().unwrap_or_default();
            words.push_str(&format!("\n  {}: {}", part("path"), part("message")));
            if let Some(hint) = error["hint"].as_str() {
                words.push_str(&format!(" ({hint})"));
            }
        }
        bail!(words)
    }

    /// Says what came of it.
    async fn tell(&self, program: &Program, id: &str, done: &Value) -> anyhow::Result<()> {
        let progress = &done["progress"];
        let count = |name: &str| progress[name].as_u64().unwrap_or(0);
        if let Some(same) = progress["same_as"].as_str() {
            println!("nothing to do: {same} brought in the same content already");
        } else {
            println!(
                "{} taken in from {} rows ({} were there already), {} rows rejected, {} left out",
                count("accepted"),
                count("accepted_rows"),
                count("duplicates"),
                count("rejected_rows"),
                count("skipped_rows"),
            );
        }
        if count("rejected_rows") > 0 {
            let path = format!("/api/imports/{id}/rejected.csv");
            match &self.rejected {
                None => println!("see why with --rejected FILE, or at {path}"),
                Some(file) => {
                    let report = program.send("GET", &path, None).await?.bytes().await?;
                    std::fs::write(file, report)
                        .with_context(|| format!("{} cannot be written", file.display()))?;
                    println!("see why in {}", file.display());
                }
            }
        }
        match done["state"].as_str() {
            Some("done") => Ok(()),
            Some("cancelled") => bail!("somebody has cancelled the import"),
            Some(_) | None => bail!(
                "the import failed: {}",
                done["error"].as_str().unwrap_or("no reason was given")
            ),
        }
    }
}

/// Streams a file to the program.
async fn upload(program: &Program, path: &Path) -> anyhow::Result<Value> {
    let opened = tokio::fs::File::open(path).await;
    let file = opened.with_context(|| format!("{} cannot be read", path.display()))?;
    let size = file.metadata().await?.len();
    let chunks = stream::try_unfold((file, 0u64), move |(mut file, sent)| async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        let count = file.read(&mut chunk).await?;
        if count == 0 {
            return Ok::<_, std::io::Error>(None);
        }
        chunk.truncate(count);
        let sent = sent + count as u64;
        progress(&format!("uploaded {} of {} kB", sent / 1024, size / 1024));
        Ok(Some((chunk, (file, sent))))
    });
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_else(|| "file".to_owned());
    let body = reqwest::Body::wrap_stream(chunks);
    let answer = program
        .upload("/api/imports", &[("name", &name)], body)
        .await;
    end_progress();
    answer
}

/// Shows what the first rows become.
fn show(looked: &Value, guessed: bool) -> anyhow::Result<()> {
    if guessed {
        let how = match looked["saved_as"].as_str() {
            Some(name) => format!("with the saved mapping {name:?}"),
            None => "with this guess of a mapping (give another one with --map)".to_owned(),
        };
        eprintln!(
            "{how}:\n{}",
            serde_json::to_string_pretty(&looked["mapping"])?
        );
    }
    let items = looked["preview"]["items"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let events = items
        .iter()
        .map(|item| &item["event"])
        .filter(|event| !event.is_null());
    for event in events.take(SHOWN) {
        eprintln!("{event}");
    }
    Ok(())
}

/// Asks how far the import is until it has ended.
async fn follow(program: &Program, id: &str) -> anyhow::Result<Value> {
    loop {
        let import: Value = program
            .call("GET", &format!("/api/imports/{id}"), None)
            .await?;
        let at = &import["progress"];
        let rows = |name: &str| at[name].as_u64().unwrap_or(0);
        match import["state"].as_str() {
            Some("done" | "failed" | "cancelled") => {
                end_progress();
                return Ok(import);
            }
            Some("queued") => progress("waiting for its turn"),
            Some(_) | None if at["phase"] == "survey" => {
                progress(&format!("counted {} rows", rows("rows_done")));
            }
            Some(_) | None => {
                let (done, total) = (rows("rows_done"), rows("rows_total"));
                let percent = done * 100 / total.max(1);
                progress(&format!("{done} of {total} rows ({percent} %)"));
            }
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

/// One line on standard error that is written over and over.
fn progress(text: &str) {
    let mut error = std::io::stderr();
    let _ = write!(error, "\r\x1b[K{text}");
    let _ = error.flush();
}

fn end_progress() {
    eprintln!();
}
