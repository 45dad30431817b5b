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
        let shown = store.display();
        ensure!(
            self.force || !store.exists(),
            "{shown} exists; --force replaces it and keeps the old one"
        );
        let folder = config.lake.folder(&config.data)?;
        // Under its own name it appears only when it holds back what would go out.
        let prepared = beside(&store, ".restoring");
        for end in ["", "-wal", "-shm"] {
            let left = beside(&prepared, end);
            if left.exists() {
                std::fs::remove_file(left)?;
            }
        }
        std::fs::copy(&self.file, &prepared)?;
        self.prepare(&prepared, folder.is_some()).await?;
        let lake = folder
            .as_deref()
            .map(|folder| lake::prepare(&self.file, folder));
        let lake = lake.transpose()?;
        set_aside(&store)?;
        if let (Some(folder), Some(lake)) = (folder, lake) {
            lake::put_in_place(&lake, &folder)?;
        }
        std::fs::rename(&prepared, &store)?;
        if let Some(parent) = store.parent().filter(|parent| parent.exists()) {
            std::fs::File::open(parent)?.sync_all()?;
        }
        println!("restored; nothing goes out until `rapport release`");
        Ok(())
    }

    /// Brings the copy up to date and holds back what would go out.
    async fn prepare(&self, prepared: &Path, with_lake: bool) -> anyhow::Result<()> {
        let address = format!("sqlite:{}", prepared.display());
        let db = Db::open(&address, Clock::system(), Random::system()).await?;
        if with_lake {
            lake::check(&db, &self.file).await?;
        }
        fail::fail_point!("restore_before_hold", |_| bail!("broken off by a test"));
        let hold = Hold {
            since: db.now(),
            reason: "restored from a backup".to_owned(),
        };
        setting::db::put(&db, OUTBOUND_HOLD, &hold).await?;
        session::db::end_all(&db).await?;
        let entry = Entry::new("restore", "system", "store").after(&hold);
        audit::record(&db, &User::command(), entry).await?;
        db.close().await;
        let journal = beside(prepared, "-wal");
        ensure!(!journal.exists(), "{} is still in use", journal.display());
        std::fs::File::open(prepared)?.sync_all()?;
        Ok(())
    }
}

/// The same name with something at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
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

/// Renames the files of the old store, if there is one; a left-over journal must never meet a
/// restored file.
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
