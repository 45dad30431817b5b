//! Experiments in decisions: what a variant changes here, who gets which, and who has met it.

pub mod meet;
pub mod party;
pub(crate) mod prepare;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use awareness::experiment::assign::Salts;
use awareness::experiment::{Experiment, KIND_NAME, Phase, Subject, validate as structure};
use serde_json::{Map, Value};
use store::definition::{Kind, Problem, ProblemCode};

use crate::body::read;
use crate::placement::{Fallback, LARGEST_COUNT};
use crate::targeting::strategy::{self, Strategy};

/// Experiments as definitions.
pub const KIND: Kind = Kind {
    name: KIND_NAME,
    validate,
};

/// Everything published experiments ask of decisions.
#[derive(Debug, Default)]
pub struct Experiments {
    /// The experiments, by key.
    pub entries: Vec<ExperimentEntry>,
    /// Where a placement stands as variants change it: its place in the catalog, the variant of
    /// its strategy and its own.
    pub(crate) changed: HashMap<Changed, u16>,
}

/// A placement under variants: its own place, then experiment and variant of the strategy, then of
/// the placement.
pub(crate) type Changed = (u16, Option<(u16, u16)>, Option<(u16, u16)>);

/// An experiment in the catalog.
#[derive(Debug)]
pub struct ExperimentEntry {
    /// Its key.
    pub key: String,
    /// The published version.
    pub version: i64,
    /// What it is.
    pub body: Experiment,
    /// What customers are dealt by.
    pub salts: Salts,
    /// The place of its audience among the criteria.
    pub audience: Option<usize>,
    /// By variant: the places of the criteria that say the customer has met it before, in the test
    /// and after a roll-out.
    pub met: Vec<[Option<usize>; 2]>,
    /// By variant: the places of the offers it may show, of an experiment on offers.
    pub offers: Vec<Vec<u16>>,
    /// The offers that some variant may show, and the others not.
    pub contested: Vec<u16>,
}

impl Experiments {
    /// The place of an experiment.
    pub fn place(&self, key: &str) -> Option<u16> {
        let place = self
            .entries
            .binary_search_by(|entry| entry.key.as_str().cmp(key));
        u16::try_from(place.ok()?).ok()
    }
}

/// Everything that is wrong with a body: its structure, and what its variants change.
fn validate(body: &Value) -> Vec<Problem> {
    let mut problems = structure::validate(body);
    if !problems.is_empty() {
        return problems;
    }
    let experiment: Experiment = match read(body) {
        Ok(experiment) => experiment,
        Err(problems) => return problems,
    };
    for (at, variant) in experiment.variants.iter().enumerate() {
        let wrong = match &experiment.subject {
            Subject::Placement { .. } => placement_change(&variant.change),
            Subject::Strategy { .. } => strategy_change(&variant.change),
            Subject::Offers {} => offers_change(&variant.change),
            Subject::Offer { .. } => offer_change(&variant.change),
            Subject::Journey { .. } | Subject::Touchpoint {} => vec![],
        };
        problems.extend(wrong.into_iter().map(|problem| Problem {
            path: format!("/variants/{at}/change{}", problem.path),
            ..problem
        }));
    }
    problems
}

fn placement_change(change: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = vec![];
    if let Some(fallback) = change
        .get("fallback")
        .filter(|fallback| !fallback.is_null())
        && let Err(wrong) = read::<Fallback>(fallback)
    {
        problems.extend(wrong.into_iter().map(|problem| Problem {
            path: format!("/fallback{}", problem.path),
            ..problem
        }));
    }
    let count = change
        .get("count")
        .map(|count| count.as_u64().unwrap_or_default());
    if count.is_some_and(|count| !(1..=u64::from(LARGEST_COUNT)).contains(&count)) {
        let hint = format!("use 1 to {LARGEST_COUNT}");
        problems.push(Problem::new("/count", "this is no number of offers").hint(hint));
    }
    problems
}

/// What is wrong with a change of a strategy: what would be wrong with a strategy of these fields.
fn strategy_change(change: &Map<String, Value>) -> Vec<Problem> {
    let mut body = Map::new();
    body.insert("name".to_owned(), serde_json::json!({ "en": "variant" }));
    body.extend(without_nulls(change));
    (strategy::KIND.validate)(&Value::Object(body))
}

fn without_nulls(fields: &Map<String, Value>) -> Map<String, Value> {
    let kept = fields.iter().filter(|(_, value)| !value.is_null());
    let kept = kept.map(|(field, value)| {
        let value = match value {
            Value::Object(inner) => Value::Object(without_nulls(inner)),
            other => other.clone(),
        };
        (field.clone(), value)
    });
    kept.collect()
}

fn offers_change(change: &Map<String, Value>) -> Vec<Problem> {
    let listed = change.get("offers").and_then(Value::as_array);
    let keys = listed.is_some_and(|list| list.iter().all(Value::is_string));
    if keys {
        return vec![];
    }
    let hint = "list the keys of the offers that this variant may show; an empty list shows none";
    vec![
        Problem::new(
            "/offers",
            (ProblemCode::Empty, "the variant does not say what it shows"),
        )
        .hint(hint),
    ]
}

fn offer_change(change: &Map<String, Value>) -> Vec<Problem> {
    match change.get("variant") {
        None | Some(Value::String(_) | Value::Null) => vec![],
        Some(_) => {
            let hint = "name a variant of the offer, or leave it out for the offer as it is";
            vec![Problem::new("/variant", "this is no key").hint(hint)]
        }
    }
}

/// What a variant changes of the definition in use: nothing when it is the winner, which stands in
/// the definition itself.
pub(crate) fn change_in(
    experiment: &Experiment,
    variant: usize,
    phase: Phase,
) -> Option<&Map<String, Value>> {
    let in_definition = phase == Phase::Holdout && experiment.winner_place() == Some(variant);
    let change = &experiment.variants[variant].change;
    (!in_definition && !change.is_empty()).then_some(change)
}

/// A strategy with a variant's change over it; `None` when the result cannot be read.
pub(crate) fn changed_strategy(
    strategy: &Strategy,
    change: &Map<String, Value>,
) -> Option<Strategy> {
    let body = serde_json::to_value(strategy).ok()?;
    let (changed, _) = awareness::experiment::patched(&body, change);
    serde_json::from_value(changed).ok()
}
