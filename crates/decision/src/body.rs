//! Reading the bodies of definitions, with the place of every mistake.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::Problem;
use utoipa::ToSchema;

/// What something is called, by language: `{"en": "Winter sale", "zh": "冬季促销"}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = std::collections::HashMap<String, String>)]
pub struct Name(pub BTreeMap<String, String>);

/// Reads a body; an unknown or mistyped field is named with its place.
pub(crate) fn read<T: DeserializeOwned>(body: &Value) -> Result<T, Vec<Problem>> {
    serde_path_to_error::deserialize(body).map_err(|error| {
        let path = gate::pointer(error.path());
        vec![Problem::new(path, error.into_inner().to_string())]
    })
}

/// Collects what is wrong with a body.
#[derive(Debug, Default)]
pub(crate) struct Check(pub Vec<Problem>);

impl Check {
    /// Notes a problem unless `good`.
    pub fn demand(&mut self, good: bool, path: impl Into<String>, message: &str, hint: &str) {
        if !good {
            self.0.push(Problem::new(path, message).hint(hint));
        }
    }

    /// Demands a name in some language.
    pub fn name(&mut self, name: &Name) {
        let named = name.0.values().any(|text| !text.trim().is_empty());
        let hint = "give a name in at least one language, for example {\"en\": \"Winter sale\"}";
        self.demand(named, "/name", "the name is empty", hint);
        for (language, text) in &name.0 {
            let path = format!("/name/{language}");
            let short = text.chars().count() <= 200;
            self.demand(
                short,
                path,
                "the name is too long",
                "use at most 200 characters",
            );
        }
    }

    /// Demands a number within bounds.
    pub fn within(&mut self, value: f64, low: f64, high: f64, path: impl Into<String>) {
        let message = format!("{value} is not between {low} and {high}");
        let hint = format!("use a number from {low} to {high}");
        self.demand(value >= low && value <= high, path, &message, &hint);
    }

    /// Demands a key of a definition.
    pub fn key(&mut self, key: &str, path: impl Into<String>) {
        if let Some(problem) = store::definition::key_problem(key) {
            let path = path.into();
            self.0.push(Problem { path, ..problem });
        }
    }
}
