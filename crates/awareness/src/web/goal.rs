//! Goals: what a visit is wanted for, as a definition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Definition, Kind, Problem};
use utoipa::ToSchema;

use crate::explore::question::Events;

/// Goals as definitions.
pub const KIND: Kind = Kind {
    name: "goal",
    validate,
};

/// Goals that are counted at once; each takes a bit.
pub const GOALS_LIMIT: usize = 40;

/// What a visit is wanted for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebGoal)]
pub struct Goal {
    /// What it is called, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub name: BTreeMap<String, String>,
    /// What reaches it.
    pub of: Events,
}

fn validate(body: &Value) -> Vec<Problem> {
    let goal: Goal = match serde_json::from_value(body.clone()) {
        Ok(goal) => goal,
        Err(error) => return vec![Problem::new("", error.to_string())],
    };
    let mut problems = Vec::new();
    if !goal.name.values().any(|name| !name.trim().is_empty()) {
        let hint = "give a name in at least one language, for example {\"en\": \"Signed up\"}";
        problems.push(Problem::new("/name", "the name is empty").hint(hint));
    }
    if goal.of.event.trim().is_empty() {
        let problem = Problem::new("/of/event", "the event is missing");
        problems.push(problem.hint("name the event that reaches the goal"));
    } else if let Err(found) = goal.of.pattern() {
        problems.extend(found.into_iter().map(|problem| Problem {
            path: format!("/of{}", problem.path),
            ..problem
        }));
    }
    problems
}

/// The published goals, by key.
pub fn published<'a>(definitions: impl Iterator<Item = &'a Definition>) -> Vec<(String, Goal)> {
    let goal = |definition: &Definition| {
        let goal = serde_json::from_value(definition.body.clone()).ok()?;
        Some((definition.key.clone(), goal))
    };
    definitions.filter_map(goal).take(GOALS_LIMIT).collect()
}

#[test]
fn what_is_wrong_with_a_goal_is_named_with_its_place() {
    let good = serde_json::json!({
        "name": { "en": "Ordered" },
        "of": { "event": "Order Completed", "where": [{ "property": "total", "at_least": 50 }] },
    });
    assert_eq!(validate(&good), []);
    let bad = serde_json::json!({ "name": {}, "of": { "event": " " } });
    let places: Vec<String> = validate(&bad)
        .into_iter()
        .map(|problem| problem.path)
        .collect();
    assert_eq!(places, ["/name", "/of/event"]);
    let wrong = serde_json::json!({
        "name": { "en": "Ordered" },
        "of": { "event": "Order Completed", "where": [{ "property": "total" }] },
    });
    assert!(validate(&wrong)[0].path.starts_with("/of/where"));
}
