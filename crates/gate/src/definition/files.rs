//! Definitions as files for version control: `<kind>/<key>.json`, the body and nothing else.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Db;
use store::definition::{self, Definition};
use utoipa::ToSchema;

use super::rules::{self, Publication, SaveWish};
use super::{ManagedKind, publish, save};
use crate::GateState;
use crate::problem::{FieldProblem, Problem, Result};
use crate::user::User;

/// Definitions read at once while exporting.
const CHUNK: i64 = 200;

/// One definition as a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionFile {
    /// `<kind>/<key>.json`.
    #[schema(example = "offer/winter_sale.json")]
    pub path: String,
    /// The body.
    #[schema(value_type = Object)]
    pub body: Value,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// Paths that got a new version.
    pub saved: Vec<String>,
    /// Paths that were there already.
    pub unchanged: Vec<String>,
    /// Paths whose newest version was put into use.
    pub published: Vec<String>,
}

impl DefinitionFile {
    /// The file of a definition.
    pub fn of(definition: &Definition) -> DefinitionFile {
        DefinitionFile {
            path: format!("{}/{}.json", definition.kind, definition.key),
            body: definition.body.clone(),
        }
    }

    /// Kind and key of the file.
    fn place(&self) -> Option<(&str, &str)> {
        self.path.strip_suffix(".json")?.split_once('/')
    }
}

/// The newest versions of every definition of the kinds, retired ones too.
pub async fn export(db: &Db, kinds: &[ManagedKind]) -> Result<Vec<DefinitionFile>> {
    let mut files = Vec::new();
    for managed in kinds {
        let mut after = String::new();
        loop {
            let chunk = definition::list(db, (managed.kind.name, None), &after, CHUNK).await?;
            files.extend(chunk.iter().map(DefinitionFile::of));
            let Some(last) = chunk.last().filter(|_| chunk.len() as i64 == CHUNK) else {
                break;
            };
            after.clone_from(&last.key);
        }
    }
    Ok(files)
}

/// Saves files as definitions: all of them, or none when one is not valid.
pub async fn import(
    gate: &GateState,
    user: &User,
    files: Vec<DefinitionFile>,
    note: &str,
    publish_too: bool,
) -> Result<Imported> {
    let problems = problems(gate, &files);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let mut imported = Imported::default();
    for file in files {
        let Some((kind, key)) = file.place() else {
            continue;
        };
        let head = definition::one(&gate.db, kind, key).await?;
        let wish = SaveWish {
            body: file.body.clone(),
            note: note.to_owned(),
        };
        let read = head.as_ref().map(|head| head.hash.as_str());
        let saved = save(gate, user, kind, key, wish, read).await?;
        let in_use = saved.definition.published_version == Some(saved.definition.version);
        if publish_too && !in_use {
            publish(gate, user, kind, key, Publication::default()).await?;
            imported.published.push(file.path.clone());
        }
        if saved.changed {
            imported.saved.push(file.path);
        } else {
            imported.unchanged.push(file.path);
        }
    }
    Ok(imported)
}

/// Everything that is wrong with files; paths start with the number of the file.
fn problems(gate: &GateState, files: &[DefinitionFile]) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let Some((kind, key)) = file.place() else {
            let message = format!("{:?} is not a path of a definition", file.path);
            let problem = FieldProblem::new(format!("/files/{at}/path"), message);
            problems.push(problem.hint("write <kind>/<key>.json"));
            continue;
        };
        match rules::kind_of(gate, kind) {
            Ok(managed) => {
                for mut problem in rules::problems(&managed, key, &file.body) {
                    problem.message = format!("{}: {}", file.path, problem.message);
                    problem.path = format!("/files/{at}/body{}", problem.path);
                    problems.push(problem);
                }
            }
            Err(_) => {
                let message = format!("there is no kind of definition {kind:?}");
                problems.push(FieldProblem::new(format!("/files/{at}/path"), message));
            }
        }
    }
    problems
}
