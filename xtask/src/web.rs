//! The user interface: installing, checking, building.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::project;

/// The folder of the user interface, once there is one.
pub fn folder() -> Option<PathBuf> {
    let folder = project::root().join("web");
    folder.join("package.json").is_file().then_some(folder)
}

/// Installs the libraries of the lock file, unless that very lock file is installed already.
pub fn install() -> anyhow::Result<()> {
    let Some(folder) = folder() else {
        return Ok(());
    };
    let lock = std::fs::read(folder.join("package-lock.json"))
        .context("web/package-lock.json is missing")?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        eprintln!("the libraries of web/package-lock.json are installed");
        return Ok(());
    }
    if project::find("npm").is_none() {
        bail!(
            "Node 20 or newer with npm is missing; install it (https://nodejs.org) and try again"
        );
    }
    project::run(npm(&folder, &["ci", "--no-audit", "--no-fund"]).env("CI", "1"))?;
    Ok(std::fs::write(stamp, lock)?)
}

/// Whether `package.json` has a script of this name.
pub fn has_script(name: &str) -> bool {
    let manifest = folder().map(|folder| std::fs::read(folder.join("package.json")));
    let Some(Ok(manifest)) = manifest else {
        return false;
    };
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    manifest
        .get("scripts")
        .is_some_and(|scripts| scripts.get(name).is_some())
}

/// A command that runs a script of `package.json`.
pub fn script(name: &str) -> Command {
    npm(&project::root().join("web"), &["run", "--silent", name])
}

/// Builds what the program embeds, if a source is newer than the last build.
pub fn build_if_stale() -> anyhow::Result<()> {
    let Some(folder) = folder() else {
        return Ok(());
    };
    let built = modified(&folder.join("dist/index.html"));
    let mut newest = None;
    newest_source(&folder, &mut newest)?;
    if built.is_some() && newest <= built {
        return Ok(());
    }
    eprintln!("building the user interface");
    install()?;
    project::run(&mut script("build"))
}

fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut npm = project::command("npm");
    // Standard output belongs to what the task itself has to say: figures, for example.
    npm.current_dir(folder)
        .args(arguments)
        .stdout(std::io::stderr());
    npm
}

fn newest_source(folder: &Path, newest: &mut Option<SystemTime>) -> anyhow::Result<()> {
    const NO_SOURCES: [&str; 4] = ["node_modules", "dist", "test-results", "e2e"];
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if NO_SOURCES.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            newest_source(&entry.path(), newest)?;
        } else {
            *newest = (*newest).max(modified(&entry.path()));
        }
    }
    Ok(())
}

fn modified(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).ok()?.modified().ok()
}
