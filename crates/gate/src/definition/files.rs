//! Definitions as files for version control: `<kind>/<key>.json`, the body and nothing else.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::definition::{self, Definition, Draft, State, content_hash, title_of};
use store::{Db, Tx};
use utoipa::ToSchema;

use super::{ManagedKind, rules};
use crate::GateState;
use crate::audit::{self, Entry};
use crate::problem::{FieldProblem, Problem, Result};
use crate::user::{Permission, User};

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

/// The newest versions of every definition of the kinds that is not retired.
pub async fn export(db: &Db, kinds: &[ManagedKind]) -> Result<Vec<DefinitionFile>> {
    let mut files = Vec::new();
    for managed in kinds {
        let mut after = String::new();
        loop {
            let chunk = definition::list(db, (managed.kind.name, None), &after, CHUNK).await?;
            let used = chunk.iter().filter(|one| one.state != State::Retired);
            files.extend(used.map(DefinitionFile::of));
            let Some(last) = chunk.last().filter(|_| chunk.len() as i64 == CHUNK) else {
                break;
            };
            after.clone_from(&last.key);
        }
    }
    Ok(files)
}

/// A file whose place is known, and what stands there.
struct Placed<'a> {
    file: &'a DefinitionFile,
    managed: ManagedKind,
    key: &'a str,
    head: Option<Definition>,
}

/// Saves files as definitions: all of them, or none. Everything is checked before anything is
/// written, each file also among the others, and what is written is one transaction.
pub async fn import(
    gate: &GateState,
    user: &User,
    files: Vec<DefinitionFile>,
    note: &str,
    publish_too: bool,
) -> Result<Imported> {
    let placed = placed(gate, &files).await?;
    if publish_too {
        user.require(Permission::Publish)?;
    }
    for one in &placed {
        user.require(one.managed.edit)?;
    }
    let problems = problems_across(gate, &placed).await?;
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let mut imported = Imported::default();
    let mut tx = gate.db.begin().await?;
    for one in &placed {
        write(gate, user, &mut tx, one, (note, publish_too), &mut imported).await?;
    }
    tx.commit().await?;
    if !imported.published.is_empty() {
        gate.published.refresh(&gate.db).await?;
    }
    Ok(imported)
}

async fn write(
    gate: &GateState,
    user: &User,
    tx: &mut Tx,
    one: &Placed<'_>,
    (note, publish_too): (&str, bool),
    imported: &mut Imported,
) -> Result<()> {
    let (kind, key, body) = (one.managed.kind.name, one.key, &one.file.body);
    let now = gate.db.now();
    let head = one.head.as_ref();
    let draft = Draft {
        kind,
        key,
        title: &title_of(key, body),
        body,
        author: &user.name,
        note,
    };
    let version = definition::save_in(tx, now, draft, head.map(|head| head.hash.as_str())).await?;
    let path = one.file.path.clone();
    if head.is_none_or(|head| head.version != version) {
        let mut entry = Entry::new("save", kind, key).after(body);
        if let Some(head) = head {
            entry = entry.before(&head.body);
        }
        audit::append(tx, now, user, entry).await?;
        imported.saved.push(path.clone());
    } else {
        imported.unchanged.push(path.clone());
    }
    let in_use = head.is_some_and(|head| {
        head.state == State::Published && head.published_version == Some(version)
    });
    if publish_too && !in_use {
        definition::publish_in(tx, now, (kind, key), version).await?;
        let is = json!({"version": version, "hash": content_hash(body)});
        let mut entry = Entry::new("publish", kind, key).after(&is);
        if let Some(head) = head {
            let was = json!({"version": head.published_version, "state": head.state});
            entry = entry.before(&was);
        }
        audit::append(tx, now, user, entry).await?;
        imported.published.push(path);
    }
    Ok(())
}

/// A problem of a file: the path begins with its number, the words with its name.
fn problem_of((at, file): (usize, &DefinitionFile), mut problem: FieldProblem) -> FieldProblem {
    problem.message = format!("{}: {}", file.path, problem.message);
    problem.path = format!("/files/{at}/body{}", problem.path);
    problem
}

/// Where each file belongs, with everything that is wrong with one alone.
async fn placed<'a>(gate: &GateState, files: &'a [DefinitionFile]) -> Result<Vec<Placed<'a>>> {
    let mut problems = Vec::new();
    let mut placed = Vec::new();
    let mut seen = HashSet::new();
    for (at, file) in files.iter().enumerate() {
        let wrong_path = |message: String| FieldProblem::new(format!("/files/{at}/path"), message);
        let Some((kind, key)) = file.place() else {
            let message = format!("{:?} is not a path of a definition", file.path);
            problems.push(wrong_path(message).hint("write <kind>/<key>.json"));
            continue;
        };
        if !seen.insert(&file.path) {
            let message = format!("{:?} is there twice", file.path);
            problems.push(wrong_path(message).hint("keep one of them"));
        }
        let Ok(managed) = rules::kind_of(gate, kind) else {
            let message = format!("{}: there is no kind of definition {kind:?}", file.path);
            let hint = "GET /api/definitions names the kinds";
            problems.push(wrong_path(message).hint(hint));
            continue;
        };
        let wrong = rules::problems(&managed, key, &file.body);
        problems.extend(
            wrong
                .into_iter()
                .map(|problem| problem_of((at, file), problem)),
        );
        placed.push(Placed {
            file,
            managed,
            key,
            head: definition::one(&gate.db, kind, key).await?,
        });
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    Ok(placed)
}

/// Everything that is wrong with files among each other and among what is there.
async fn problems_across(gate: &GateState, placed: &[Placed<'_>]) -> Result<Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let Some(across) = gate.across() else {
        return Ok(problems);
    };
    for (kind, among) in across.kinds {
        if !placed.iter().any(|one| one.managed.kind.name == *kind) {
            continue;
        }
        let of_kind = |one: &&Placed<'_>| one.managed.kind.name == *among;
        let mut all = rules::others(gate, among).await?;
        all.retain(|other| {
            !placed
                .iter()
                .filter(of_kind)
                .any(|one| one.key == other.key)
        });
        all.extend(placed.iter().filter(of_kind).map(|one| one.wanted(gate)));
        for (at, one) in placed.iter().enumerate() {
            if one.managed.kind.name == *kind {
                let wrong = (across.validate)(kind, one.key, &one.file.body, &all);
                let named = |problem| problem_of((at, one.file), problem);
                problems.extend(wrong.into_iter().map(named));
            }
        }
    }
    Ok(problems)
}

impl Placed<'_> {
    /// The definition as the file wants it, for a check among others.
    fn wanted(&self, gate: &GateState) -> Definition {
        let version = self.head.as_ref().map_or(1, |head| head.version + 1);
        Definition {
            kind: self.managed.kind.name.to_owned(),
            key: self.key.to_owned(),
            version,
            latest_version: version,
            published_version: None,
            state: State::Draft,
            title: title_of(self.key, &self.file.body),
            body: self.file.body.clone(),
            hash: content_hash(&self.file.body),
            author: String::new(),
            note: String::new(),
            created_at: gate.db.now(),
        }
    }
}
