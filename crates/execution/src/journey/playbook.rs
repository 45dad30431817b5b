//! The published journeys, compiled: an immutable snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use memory::criteria::{AggregateSpec, Criteria, aggregates};
use store::definition::{Definition, Problem};

use super::{Action, Journey};
use crate::template::{self, Template};

/// The prefix of the watches that journeys put out.
pub const WATCH_PREFIX: &str = "journey:";

/// A journey in use.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its key.
    pub key: String,
    /// The version in use.
    pub version: i64,
    /// What it says.
    pub journey: Arc<Journey>,
}

/// A template in use.
#[derive(Clone)]
pub struct PublishedTemplate {
    /// The version in use.
    pub version: i64,
    /// The template, ready to render.
    pub template: Arc<template::Compiled>,
}

/// Everything execution needs of the published definitions.
#[derive(Default, Clone)]
pub struct Playbook {
    /// Journeys by key.
    pub journeys: HashMap<String, Published>,
    /// Templates by key.
    pub templates: HashMap<String, PublishedTemplate>,
}

impl Playbook {
    /// Compiles definitions; one that cannot be read is left out with its problems.
    pub fn compile(definitions: &[Definition]) -> (Playbook, Vec<(String, Problem)>) {
        let mut playbook = Playbook::default();
        let mut problems = vec![];
        // What is wrong with segments is said where decisions are compiled.
        let (segments, _) = decision::segment::Book::compile(definitions);
        for definition in definitions {
            let place = format!("{}/{}", definition.kind, definition.key);
            if definition.kind == super::KIND.name {
                match serde_json::from_value::<Journey>(definition.body.clone()) {
                    Ok(mut journey) => {
                        resolve(&mut journey, &segments);
                        playbook.add_journey(definition, journey);
                    }
                    Err(error) => problems.push((place, Problem::new("", error.to_string()))),
                }
            } else if definition.kind == template::KIND.name {
                match compile_template(definition) {
                    Ok(published) => {
                        playbook.templates.insert(definition.key.clone(), published);
                    }
                    Err(problem) => problems.push((place, problem)),
                }
            }
        }
        (playbook, problems)
    }

    fn add_journey(&mut self, definition: &Definition, journey: Journey) {
        let (key, version) = (definition.key.clone(), definition.version);
        let journey = Arc::new(journey);
        self.journeys.insert(
            key.clone(),
            Published {
                key,
                version,
                journey,
            },
        );
    }

    /// Which events every journey wants to hear of: event name → watches.
    pub fn watches(&self) -> HashMap<String, Vec<String>> {
        let mut watches: HashMap<String, Vec<String>> = HashMap::new();
        for published in self.journeys.values() {
            let journey = &published.journey;
            let lists = [
                &journey.entry.on,
                &journey.entry.without,
                &journey.cancel_on,
            ];
            for event in lists.into_iter().flatten() {
                let watch = format!("{WATCH_PREFIX}{}", published.key);
                let listed = watches.entry(event.clone()).or_default();
                if !listed.contains(&watch) {
                    listed.push(watch);
                }
            }
        }
        watches
    }

    /// Every criterion that journeys ask.
    pub fn criteria(&self) -> Vec<&Criteria> {
        let mut all = vec![];
        for published in self.journeys.values() {
            all.extend(&published.journey.entry.condition);
            for step in &published.journey.steps {
                if let Action::Split { branches, .. } = &step.action {
                    all.extend(branches.iter().map(|branch| &branch.when));
                }
            }
        }
        all
    }

    /// The aggregates that those criteria look back on.
    pub fn aggregates(&self) -> Vec<AggregateSpec> {
        self.criteria().into_iter().flat_map(aggregates).collect()
    }
}

/// Puts the rules of live segments in the place of their names.
fn resolve(journey: &mut Journey, segments: &decision::segment::Book) {
    if let Some(condition) = &mut journey.entry.condition {
        *condition = segments.resolved(condition);
    }
    for step in &mut journey.steps {
        if let Action::Split { branches, .. } = &mut step.action {
            for branch in branches {
                branch.when = segments.resolved(&branch.when);
            }
        }
    }
}

fn compile_template(definition: &Definition) -> Result<PublishedTemplate, Problem> {
    let template: Template = serde_json::from_value(definition.body.clone())
        .map_err(|error| Problem::new("", error.to_string()))?;
    let compiled = template::Compiled::compile(&template).map_err(|flaws| {
        let first = flaws
            .first()
            .map(|(place, flaw)| format!("{place:?}: {flaw:?}"));
        Problem::new(
            "",
            first.unwrap_or_else(|| "the template cannot be compiled".to_owned()),
        )
    })?;
    Ok(PublishedTemplate {
        version: definition.version,
        template: Arc::new(compiled),
    })
}
