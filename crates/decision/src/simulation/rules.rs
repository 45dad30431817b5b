//! Rules to try: what is published, with some definitions in another version or taken out.

use serde::{Deserialize, Serialize};
use store::Db;
use store::definition::{self, Definition, Problem, ProblemCode, State};
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::{offer, placement, policy, targeting};

/// The most definitions one set of rules replaces.
const LARGEST_CHANGES: usize = 50;

/// Rules to try.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TriedRules)]
pub struct Rules {
    /// What they are called, for example `A`.
    pub name: String,
    /// In what they differ from what is published.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// One definition in another version than the published one, or taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TriedChange)]
pub struct Change {
    /// Kind: `offer`, `placement`, `policy` or `strategy`.
    pub kind: String,
    /// Key.
    pub key: String,
    /// The version to try; the newest unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// True to try without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without: bool,
}

/// The kinds that can be tried.
pub fn triable(kind: &str) -> bool {
    [
        offer::KIND.name,
        placement::KIND.name,
        policy::KIND.name,
        targeting::strategy::KIND.name,
    ]
    .contains(&kind)
}

impl Change {
    /// That the definition is not there, or not in the version wanted.
    async fn unknown(&self, db: &Db, path: &str) -> Result<Problem, store::Error> {
        let (kind, key) = (self.kind.as_str(), self.key.as_str());
        let newest = definition::one(db, kind, key).await?;
        if let (Some(version), Some(newest)) = (self.version, newest) {
            let message = format!("there is no version {version} of {kind} {key}");
            let newest = newest.version;
            let problem = Problem::new(format!("{path}/version"), message);
            return Ok(problem.hint(format!(
                "the newest is version {newest}; /api/definitions/{kind}/{key}/versions lists them"
            )));
        }
        let said = (
            ProblemCode::NoSuchDefinition,
            format!("there is no {kind} {key}"),
        );
        let problem = Problem::new(format!("{path}/key"), said);
        let problem = problem.with("kind", kind).with("key", key);
        Ok(problem.hint("name a definition that was saved"))
    }
}

impl Rules {
    /// What is wrong with the rules, as far as that can be said without the store.
    pub fn problems(&self, path: &str) -> Vec<Problem> {
        let mut problems = vec![];
        if self.name.chars().count() > 100 {
            let said = (ProblemCode::TooLong, "the name is too long");
            let problem = Problem::new(format!("{path}/name"), said).with("most", 100);
            problems.push(problem.hint("use at most 100 characters"));
        }
        if self.changes.len() > LARGEST_CHANGES {
            let message = format!("{} definitions", self.changes.len());
            let said = (ProblemCode::TooMany, message);
            let problem = Problem::new(format!("{path}/changes"), said);
            let problem = problem.with("most", LARGEST_CHANGES);
            problems.push(problem.hint(format!("change at most {LARGEST_CHANGES} at once")));
        }
        for (place, change) in self.changes.iter().enumerate() {
            let path = format!("{path}/changes/{place}");
            if !triable(&change.kind) {
                let message = format!("{:?} cannot be tried", change.kind);
                let problem = Problem::new(format!("{path}/kind"), message);
                problems.push(problem.hint("use offer, placement, policy or strategy"));
            }
            let same = |other: &Change| other.kind == change.kind && other.key == change.key;
            if self.changes[..place].iter().any(same) {
                let said = (ProblemCode::Twice, "the definition is there twice");
                let problem = Problem::new(format!("{path}/key"), said);
                problems.push(problem.hint("name each definition once"));
            }
        }
        problems
    }

    /// What is published with the changes made, and the versions they were made to.
    pub async fn over(
        &self,
        db: &Db,
        published: &[Definition],
        path: &str,
    ) -> Result<Result<Tried, Vec<Problem>>, store::Error> {
        let (mut definitions, mut problems) = (published.to_vec(), vec![]);
        let mut changes = vec![];
        for (place, change) in self.changes.iter().enumerate() {
            let path = format!("{path}/changes/{place}");
            let known = match change.version {
                Some(version) => {
                    definition::version(db, &change.kind, &change.key, version).await?
                }
                None => definition::one(db, &change.kind, &change.key).await?,
            };
            let Some(mut found) = known else {
                problems.push(change.unknown(db, &path).await?);
                continue;
            };
            definitions.retain(|d| d.kind != change.kind || d.key != change.key);
            changes.push(Change {
                version: Some(found.version),
                ..change.clone()
            });
            if !change.without {
                found.state = State::Published;
                definitions.push(found);
            }
        }
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        Ok(Ok(Tried {
            rules: Rules {
                name: self.name.clone(),
                changes,
            },
            definitions,
        }))
    }
}

/// Rules with the definitions they consist of.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The rules, every version named.
    pub rules: Rules,
    /// Everything that would be published.
    pub definitions: Vec<Definition>,
}

impl Tried {
    /// The catalog they make; a definition that cannot be read is a problem here, because the
    /// question would not be answered without it.
    pub fn catalog(&self, path: &str) -> Result<Catalog, Vec<Problem>> {
        let (catalog, problems) = Catalog::compile(&self.definitions);
        let tried = |problem: &Problem| {
            self.rules.changes.iter().any(|change| {
                let root = format!("/{}/{}", change.kind, change.key);
                problem.path == root || problem.path.starts_with(&format!("{root}/"))
            })
        };
        let wrong: Vec<Problem> = problems.into_iter().filter(tried).collect();
        if wrong.is_empty() {
            return Ok(catalog);
        }
        let place = |problem: Problem| Problem {
            path: format!("{path}{}", problem.path),
            ..problem
        };
        Err(wrong.into_iter().map(place).collect())
    }
}
