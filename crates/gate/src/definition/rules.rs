//! Saving and publishing with everything that belongs to it: who may, is it valid, who did it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{self, Definition, Draft, State, content_hash, key_problem, title_of};
use utoipa::ToSchema;

use super::{DefinitionUse, ManagedKind};
use crate::GateState;
use crate::audit::{self, Entry};
use crate::problem::{FieldProblem, Problem, Result, code};
use crate::user::{Permission, User};

/// Uses that a refusal lists: more would not be read.
const LISTED_USES: usize = 100;

/// What is saved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveWish {
    /// The body, as its kind defines it.
    #[schema(value_type = Object)]
    pub body: Value,
    /// Why, for the history.
    #[serde(default)]
    pub note: String,
}

/// Which version is put into use.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The version; the newest unless given.
    pub version: Option<i64>,
}

/// What came of saving.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Saved {
    /// The definition as it is now.
    #[serde(flatten)]
    pub definition: Definition,
    /// False when the body was there already, so that no version was made.
    pub changed: bool,
}

/// The kind of a word, when the program offers it.
pub(super) fn kind_of(gate: &GateState, name: &str) -> Result<ManagedKind> {
    let found = gate.kinds.iter().find(|managed| managed.kind.name == name);
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = gate.kinds.iter().map(|managed| managed.kind.name).collect();
        Problem::not_found(format!("there is no kind of definition {name:?}"))
            .hint(format!("the kinds are {}", names.join(", ")))
    })
}

/// One definition in its newest version.
pub(super) async fn newest(gate: &GateState, kind: &str, key: &str) -> Result<Definition> {
    let found = definition::one(&gate.db, kind, key).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no {kind} {key}")))
}

/// One version of a definition.
pub(super) async fn at_version(
    gate: &GateState,
    kind: &str,
    key: &str,
    version: i64,
) -> Result<Definition> {
    let found = definition::version(&gate.db, kind, key, version).await?;
    if let Some(found) = found {
        return Ok(found);
    }
    let newest = newest(gate, kind, key).await?.version;
    let detail = format!("there is no version {version} of {kind} {key}");
    Err(Problem::not_found(detail).hint(format!(
        "the newest is version {newest}; /api/definitions/{kind}/{key}/versions lists them"
    )))
}

/// Everything that is wrong with a key and a body.
pub(super) fn problems(managed: &ManagedKind, key: &str, body: &Value) -> Vec<FieldProblem> {
    let mut problems: Vec<FieldProblem> = key_problem(key).into_iter().collect();
    problems.extend((managed.kind.validate)(body));
    problems
}

/// Everything that is wrong with a body on its own and among others.
pub(super) async fn all_problems(
    gate: &GateState,
    managed: &ManagedKind,
    key: &str,
    body: &Value,
) -> Result<Vec<FieldProblem>> {
    let problems = problems(managed, key, body);
    let kind = managed.kind.name;
    let Some(across) = gate.across().filter(|_| problems.is_empty()) else {
        return Ok(problems);
    };
    let mut checked = across.kinds.iter();
    let Some((_, among)) = checked.find(|(checked, _)| *checked == kind) else {
        return Ok(problems);
    };
    let others = others(gate, among).await?;
    Ok((across.validate)(kind, key, body, &others))
}

/// Everything of a kind that is not retired, in its newest version.
pub(super) async fn others(gate: &GateState, kind: &str) -> Result<Vec<Definition>> {
    let mut others = vec![];
    let mut after = String::new();
    loop {
        let page = definition::list(&gate.db, (kind, None), &after, 500).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.key);
        others.extend(page);
    }
    others.retain(|other| other.state != State::Retired);
    Ok(others)
}

/// Saves a body. `if_match` is the hash of the version that was read; a definition that exists
/// cannot be changed without it.
pub async fn save(
    gate: &GateState,
    user: &User,
    kind: &str,
    key: &str,
    wish: SaveWish,
    if_match: Option<&str>,
) -> Result<Saved> {
    let managed = kind_of(gate, kind)?;
    user.require(managed.edit)?;
    let problems = all_problems(gate, &managed, key, &wish.body).await?;
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let before = definition::one(&gate.db, kind, key).await?;
    if let (Some(before), None) = (&before, if_match) {
        return Err(Problem::new(code::IF_MATCH_REQUIRED)
            .detail(format!(
                "{kind}/{key} exists, at version {}",
                before.version
            ))
            .hint("read it, then send its hash in If-Match")
            .with("version", before.version));
    }
    if before.is_none() && if_match.is_some() {
        return Err(Problem::not_found(format!(
            "there is no {kind} {key} to change"
        )));
    }
    let draft = Draft {
        kind,
        key,
        title: &title_of(key, &wish.body),
        body: &wish.body,
        author: &user.name,
        note: &wish.note,
    };
    let version = definition::save(&gate.db, draft, if_match).await?;
    let changed = before
        .as_ref()
        .is_none_or(|before| before.version != version);
    let definition = at_version(gate, kind, key, version).await?;
    if changed {
        let mut entry = Entry::new("save", kind, key).after(&definition.body);
        if let Some(before) = &before {
            entry = entry.before(&before.body);
        }
        audit::record(&gate.db, user, entry).await?;
    }
    Ok(Saved {
        definition,
        changed,
    })
}

/// Where definitions in use name one.
pub(super) async fn uses(gate: &GateState, kind: &str, key: &str) -> Result<Vec<DefinitionUse>> {
    let Some(across) = gate.across() else {
        return Ok(vec![]);
    };
    let published = definition::published(&gate.db).await?;
    Ok((across.uses)(kind, key, &published))
}

/// Takes a definition out of use; one that others in use name only when that is said.
pub(super) async fn retire(
    gate: &GateState,
    user: &User,
    (kind, key): (&str, &str),
    although_used: bool,
) -> Result<Definition> {
    let managed = kind_of(gate, kind)?;
    user.require(Permission::Publish)?;
    user.require(managed.edit)?;
    newest(gate, kind, key).await?;
    let uses = match although_used {
        true => vec![],
        false => uses(gate, kind, key).await?,
    };
    if !uses.is_empty() {
        return Err(in_use(kind, key, &uses));
    }
    definition::retire(&gate.db, kind, key).await?;
    audit::record(&gate.db, user, Entry::new("retire", kind, key)).await?;
    gate.published.refresh(&gate.db).await?;
    newest(gate, kind, key).await
}

fn in_use(kind: &str, key: &str, uses: &[DefinitionUse]) -> Problem {
    let places = uses.iter().take(LISTED_USES);
    let places = places.map(|one| {
        let path = format!("/{}/{}{}", one.kind, one.key, one.path);
        let message = format!("{:?} names it", one.title);
        FieldProblem::new(path, message).hint("name another one there, or nothing")
    });
    Problem::new(code::IN_USE)
        .detail(format!("{kind}/{key} is named at {} places", uses.len()))
        .hint("change these first, or say although_used=true to retire it nevertheless")
        .errors(places.collect())
}

/// Puts a version into use. The body is validated again, because rules may have become stricter.
pub async fn publish(
    gate: &GateState,
    user: &User,
    kind: &str,
    key: &str,
    publication: Publication,
) -> Result<Definition> {
    let managed = kind_of(gate, kind)?;
    user.require(managed.edit)?;
    user.require(Permission::Publish)?;
    let head = newest(gate, kind, key).await?;
    let version = publication.version.unwrap_or(head.version);
    let wanted = at_version(gate, kind, key, version).await?;
    let problems = all_problems(gate, &managed, key, &wanted.body).await?;
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let in_use = head.published_version == Some(version) && head.state == State::Published;
    if in_use {
        return Ok(wanted);
    }
    definition::publish(&gate.db, kind, key, version).await?;
    let was = serde_json::json!({ "version": head.published_version, "state": head.state });
    let is = serde_json::json!({ "version": version, "hash": content_hash(&wanted.body) });
    let entry = Entry::new("publish", kind, key).before(&was).after(&is);
    audit::record(&gate.db, user, entry).await?;
    gate.published.refresh(&gate.db).await?;
    at_version(gate, kind, key, version).await
}
