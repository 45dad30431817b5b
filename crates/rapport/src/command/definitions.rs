//! `rapport definitions pull|push`: definitions as files in a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gate::User;
use gate::definition::history::api::{Files, Import};
use gate::definition::{self, DefinitionFile, Imported};

use crate::KINDS;
use crate::config::Config;
use crate::reach::{Program, Reach, problem_in_words, reach};

/// Definitions as files for version control.
#[derive(clap::Subcommand)]
pub enum Definitions {
    /// Write every definition to <folder>/<kind>/<key>.json
    Pull(Place),
    /// Save every file of the folder as a definition: all of them, or none
    Push(Push),
}

/// Where the files are, and where the definitions.
#[derive(clap::Args)]
pub struct Place {
    /// The folder
    folder: PathBuf,
    /// Address of a server elsewhere; RAPPORT_KEY holds a key with the scope manage
    #[arg(long)]
    server: Option<String>,
}

/// Save files.
#[derive(clap::Args)]
pub struct Push {
    #[command(flatten)]
    place: Place,
    /// Put the newest versions into use at once
    #[arg(long)]
    publish: bool,
    /// Why, for the history
    #[arg(long, default_value = "pushed from files")]
    note: String,
}

impl Definitions {
    /// Reads or writes the folder.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self {
            Definitions::Pull(place) => pull(&place, config).await,
            Definitions::Push(wanted) => push(wanted, config).await,
        }
    }
}

async fn way(place: &Place, config: &Config) -> anyhow::Result<Reach> {
    let Some(server) = &place.server else {
        return reach(config).await;
    };
    let key = std::env::var("RAPPORT_KEY").context("RAPPORT_KEY must hold an API key")?;
    Ok(Reach::Program(Program::at(server, key)?))
}

async fn pull(place: &Place, config: &Config) -> anyhow::Result<()> {
    let files = match way(place, config).await? {
        Reach::Program(program) => {
            let files: Files = program.call("GET", "/api/definitions/export", None).await?;
            files.files
        }
        Reach::Store(direct) => definition::export(&direct.gate.db, KINDS)
            .await
            .map_err(problem_in_words)?,
    };
    for file in &files {
        let path = place.folder.join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, serde_json::to_string_pretty(&file.body)? + "\n")?;
    }
    println!(
        "wrote {} definitions to {}",
        files.len(),
        place.folder.display()
    );
    Ok(())
}

async fn push(wanted: Push, config: &Config) -> anyhow::Result<()> {
    let import = Import {
        files: read(&wanted.place.folder)?,
        publish: wanted.publish,
        note: wanted.note,
    };
    let imported: Imported = match way(&wanted.place, config).await? {
        Reach::Program(program) => {
            let body = serde_json::to_value(&import)?;
            program
                .call("POST", "/api/definitions/import", Some(&body))
                .await?
        }
        Reach::Store(direct) => {
            let Import {
                files,
                publish,
                note,
            } = import;
            definition::import(&direct.gate, &User::command(), files, &note, publish)
                .await
                .map_err(problem_in_words)?
        }
    };
    let (saved, same) = (imported.saved.len(), imported.unchanged.len());
    println!(
        "{saved} saved, {same} unchanged, {} published",
        imported.published.len()
    );
    Ok(())
}

/// Every `<kind>/<key>.json` of a folder, in order.
fn read(folder: &Path) -> anyhow::Result<Vec<DefinitionFile>> {
    let mut files = Vec::new();
    let kinds = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    for kind in kinds {
        let kind = kind?;
        if !kind.file_type()?.is_dir() || kind.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        for file in std::fs::read_dir(kind.path())? {
            let path = file?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let text = std::fs::read_to_string(&path)?;
            let body = serde_json::from_str(&text);
            let name = path
                .strip_prefix(folder)?
                .to_string_lossy()
                .replace('\\', "/");
            files.push(DefinitionFile {
                body: body.with_context(|| format!("{name} is not JSON"))?,
                path: name,
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    ensure!(
        !files.is_empty(),
        "there are no definitions in {}",
        folder.display()
    );
    Ok(files)
}
