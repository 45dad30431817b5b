//! The files of the lake beside a copy of the store: `shop.db` and the folder `shop.db.lake`.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use store::lake::db::live;
use store::{Clock, Db, Random};

/// The folder beside a copy.
fn beside(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".lake");
    PathBuf::from(name)
}

/// Copies the files that a copy of the store speaks of. Files that were replaced since are kept
/// for half an hour, so they are still there.
pub async fn copy(store: &Path, folder: &Path) -> anyhow::Result<()> {
    let target = beside(store);
    ensure!(!target.exists(), "{} exists already", target.display());
    let address = format!("sqlite:{}", store.display());
    let db = Db::open(&address, Clock::system(), Random::system()).await?;
    let mut tx = db.begin_read().await?;
    let files = live(&mut tx).await?;
    drop(tx);
    db.close().await;
    if files.is_empty() {
        return Ok(());
    }
    for file in &files {
        let (from, to) = (folder.join(&file.path), target.join(&file.path));
        std::fs::create_dir_all(to.parent().unwrap_or(&target))?;
        std::fs::copy(&from, &to)
            .with_context(|| format!("{} cannot be copied; try again", from.display()))?;
    }
    println!("wrote {} ({} files)", target.display(), files.len());
    Ok(())
}

/// Fails if a file that a copy of the store speaks of is not beside it.
pub async fn check(db: &Db, copy: &Path) -> anyhow::Result<()> {
    let mut tx = db.begin_read().await?;
    let folder = beside(copy);
    for file in live(&mut tx).await? {
        let path = folder.join(&file.path);
        ensure!(
            path.exists(),
            "{} is missing: the copy is not whole",
            path.display()
        );
    }
    Ok(())
}

/// Copies the files of a copy to a folder beside the one that they are for, and returns it.
pub fn prepare(store: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut name = folder.as_os_str().to_owned();
    name.push(".restoring");
    let prepared = PathBuf::from(name);
    if prepared.exists() {
        std::fs::remove_dir_all(&prepared)?;
    }
    let from = beside(store);
    if from.exists() {
        copy_folder(&from, &prepared)?;
    }
    Ok(prepared)
}

/// Puts prepared files in place; those that are there are kept beside them.
pub fn put_in_place(prepared: &Path, folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        let mut number = 1;
        let aside = |number: i32| {
            let mut name = folder.as_os_str().to_owned();
            name.push(format!(".before-restore-{number}"));
            PathBuf::from(name)
        };
        while aside(number).exists() {
            number += 1;
        }
        std::fs::rename(folder, aside(number))?;
    }
    if prepared.exists() {
        std::fs::rename(prepared, folder)?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
