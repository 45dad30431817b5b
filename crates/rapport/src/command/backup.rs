//! `rapport backup`, `rapport restore`, `rapport release`.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use futures::StreamExt;
use gate::audit::{self, Entry};
use gate::setting::{self, OUTBOUND_HOLD};
use gate::{User, session};
use serde_json::Value;
use store::{Clock, Db, Random};
use tokio::io::AsyncWriteExt;

use super::backup_lake as lake;
use crate::config::Config;
use crate::reach::{DataLock, Program, Reach, reach};
use crate::system::Hold;

/// How every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Write a copy of the embedded store, and of the lake's files beside it.
#[derive(clap::Args)]
pub struct Backup {
    /// The file to write; must not exist
    file: PathBuf,
}

/// Put a copy of the embedded store in place.
#[derive(clap::Args)]
pub struct Restore {
    /// The file to read
    file: PathBuf,
    /// Replace the store that is there; it is kept beside the new one
    #[arg(long)]
    force: bool,
}

impl Backup {
    /// Writes the copy.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        ensure!(
            config.store_address().starts_with("sqlite:"),
            "the store is PostgreSQL: use pg_dump or the backup of your database service"
        );
        let shown = self.file.display();
        ensure!(!self.file.exists(), "{shown} exists already");
        match reach(config).await? {
            Reach::Program(program) => fetch(&program, &self.file).await?,
            Reach::Store(direct) => direct.gate.db.copy_to(&self.file).await?,
        }
        let bytes = std::fs::metadata(&self.file)?.len();
        println!("wrote {shown} ({bytes} bytes)");
        match config.lake.folder(&config.data)? {
            Some(folder) => lake::copy(&self.file, &folder).await,
            None => {
                println!("the lake is in a bucket: its files there belong to this copy");
                Ok(())
            }
        }
    }
}

/// Reads the copy of a running program into a file that appears only when it is complete.
async fn fetch(program: &Program, target: &Path) -> anyhow::Result<()> {
    let answer = program.send("GET", "/api/system/backup", None).await?;
    let partial = target.with_extension("partial");
    let mut file = tokio::fs::File::create(&partial).await?;
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk?).await?;
    }
    file.sync_all().await?;
    Ok(tokio::fs::rename(&partial, target).await?)
}

impl Restore {
    /// Puts the copy in place and holds back what would go out.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let address = config.store_address();
        let Some(store) = address.strip_prefix("sqlite:").map(PathBuf::from) else {
            bail!("the store is PostgreSQL: restore it there, then start with an outbound hold");
        };
        let Some(_lock) = DataLock::take(&config.data)? else {
            bail!(
                "a program works on {}; stop it first",
                config.data.display()
            );
        };
        check_magic(&self.file)?;
        if store.exists() {
            let shown = store.display();
            ensure!(
                self.force,
                "{shown} exists; --force replaces it and keeps the old one"
            );
            set_aside(&store)?;
        }
        std::fs::copy(&self.file, &store)?;
        if let Some(folder) = config.lake.folder(&config.data)? {
            lake::put_back(&self.file, &folder)?;
        }
        let db = Db::open(&address, Clock::system(), Random::system()).await?;
        let hold = Hold {
            since: db.now(),
            reason: "restored from a backup".to_owned(),
        };
        setting::db::put(&db, OUTBOUND_HOLD, &hold).await?;
        session::db::end_all(&db).await?;
        let entry = Entry::new("restore", "system", "store").after(&hold);
        audit::record(&db, &User::command(), entry).await?;
        db.close().await;
        println!("restored; nothing goes out until `rapport release`");
        Ok(())
    }
}

fn check_magic(file: &Path) -> anyhow::Result<()> {
    let mut start = [0; 16];
    let mut copy =
        std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let read = copy.read_exact(&mut start);
    ensure!(
        read.is_ok() && &start == MAGIC,
        "{} is not a backup of Rapport",
        file.display()
    );
    Ok(())
}

/// Renames the files of the old store; a left-over journal must never meet a restored file.
fn set_aside(store: &Path) -> anyhow::Result<()> {
    let shown = store.display().to_string();
    let mut number = 1;
    while Path::new(&format!("{shown}.before-restore-{number}")).exists() {
        number += 1;
    }
    for end in ["", "-wal", "-shm"] {
        let old = format!("{shown}{end}");
        if Path::new(&old).exists() {
            std::fs::rename(&old, format!("{shown}.before-restore-{number}{end}"))?;
        }
    }
    Ok(())
}

/// Lets out what is held back.
pub async fn release(config: &Config) -> anyhow::Result<()> {
    match reach(config).await? {
        Reach::Program(program) => {
            program
                .call::<Value>("POST", "/api/system/release", None)
                .await?;
        }
        Reach::Store(direct) => {
            let db = &direct.gate.db;
            setting::db::remove(db, OUTBOUND_HOLD).await?;
            let entry = Entry::new("release", "system", "outbound");
            audit::record(db, &User::command(), entry).await?;
        }
    }
    println!("released");
    Ok(())
}
