//! Offer templates: which attributes an offer has, and of which type.

use std::collections::HashSet;

use memory::criteria::{did_you_mean, nearest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::{Definition, Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::Name;
use crate::body::{Check, read};

/// Offer templates as definitions.
pub const KIND: Kind = Kind {
    name: "offer_template",
    validate,
};

/// Which attributes an offer of this kind has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferTemplate {
    /// What it is called, by language.
    pub name: Name,
    /// The attributes, in the order of the form.
    #[serde(default)]
    pub attributes: Vec<TemplateAttribute>,
}

/// One attribute of offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateAttribute {
    /// Key.
    pub key: String,
    /// Type.
    pub kind: AttributeKind,
    /// Whether every offer must have it.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen, for the type `choice`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What it means.
    #[serde(default)]
    pub description: String,
}

/// The type of an attribute of offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OfferAttributeKind)]
pub enum AttributeKind {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// A fraction, 0 to 1.
    Percent,
    /// An amount in minor units (cents).
    Money,
    /// A date (2026-03-01) or an instant.
    Date,
    /// A web address.
    Url,
    /// One of the choices.
    Choice,
}

fn validate(body: &Value) -> Vec<Problem> {
    let template: OfferTemplate = match read(body) {
        Ok(template) => template,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&template.name);
    let mut keys = HashSet::new();
    for (place, attribute) in template.attributes.iter().enumerate() {
        let path = format!("/attributes/{place}");
        check.key(&attribute.key, format!("{path}/key"));
        let hint = "give every attribute a key of its own";
        let fresh = keys.insert(&attribute.key);
        check.demand(
            fresh,
            format!("{path}/key"),
            (ProblemCode::Twice, "the key is there twice"),
            hint,
        );
        let choice = attribute.kind == AttributeKind::Choice;
        let given = !attribute.choices.is_empty();
        let path = format!("{path}/choices");
        if choice {
            check.demand(
                given,
                path,
                (ProblemCode::NoChoices, "there is nothing to choose from"),
                "add choices",
            );
        } else {
            let hint = "remove them, or use the type choice";
            check.demand(
                !given,
                path,
                (ProblemCode::OnlyChoices, "only the type choice has choices"),
                hint,
            );
        }
    }
    check.0
}

impl OfferTemplate {
    /// Everything in which attributes do not fit this template; paths start at the offer.
    pub fn problems(&self, attributes: &Map<String, Value>) -> Vec<Problem> {
        let mut problems = vec![];
        for (key, value) in attributes {
            let path = format!("/attributes/{key}");
            let Some(known) = self.attributes.iter().find(|a| a.key == *key) else {
                let keys: Vec<&str> = self.attributes.iter().map(|a| a.key.as_str()).collect();
                let meant = nearest(key, keys.iter().copied());
                let hint =
                    did_you_mean(meant).unwrap_or_else(|| format!("it has {}", keys.join(", ")));
                let message = format!("the template has no attribute {key:?}");
                let problem = Problem::new(path, (ProblemCode::UnknownAttribute, message));
                problems.push(
                    problem
                        .with("attribute", &**key)
                        .with("meant", meant)
                        .hint(hint),
                );
                continue;
            };
            if let Some((message, hint)) = known.misfit(value) {
                let problem = Problem::new(path, (ProblemCode::AttributeMisfit, message));
                problems.push(problem.with("attribute", &**key).hint(hint));
            }
        }
        problems.extend(self.missing(attributes));
        problems
    }

    /// Every attribute that an offer must have and that is not there, or an empty text.
    pub fn missing(&self, attributes: &Map<String, Value>) -> Vec<Problem> {
        let given = |key: &str| match attributes.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(_) => true,
        };
        let required = self.attributes.iter().filter(|a| a.required);
        let missing = required.filter(|attribute| !given(&attribute.key));
        let problem = |attribute: &TemplateAttribute| {
            let key = &attribute.key;
            let message = format!("the template demands the attribute {key:?}");
            let said = (ProblemCode::AttributeMissing, message);
            let problem = Problem::new(format!("/attributes/{key}"), said);
            problem.with("attribute", &**key).hint("give it a value")
        };
        missing.map(problem).collect()
    }
}

/// What is wrong with an offer among templates: what its own demands and it does not have. A
/// template of which a newer draft is written demands nothing of anybody yet.
pub fn across(kind: &str, body: &Value, templates: &[Definition]) -> Vec<Problem> {
    let named = |one: &&Definition| {
        let settled = one.published_version.is_none_or(|live| live == one.version);
        settled && body["template"] == *one.key
    };
    let template = templates
        .iter()
        .filter(|_| kind == super::KIND.name)
        .find(named);
    let template = template.and_then(|one| read::<OfferTemplate>(&one.body).ok());
    let nothing = Map::new();
    let attributes = body["attributes"].as_object().unwrap_or(&nothing);
    template.map_or(vec![], |template| template.missing(attributes))
}

impl TemplateAttribute {
    /// Why a value does not fit, and what would; `None` when it fits.
    fn misfit(&self, value: &Value) -> Option<(String, String)> {
        let (fits, want) = match self.kind {
            AttributeKind::Text => (value.is_string(), "a text".to_owned()),
            AttributeKind::Number => (value.is_number(), "a number".to_owned()),
            AttributeKind::Percent => {
                let fits = value.as_f64().is_some_and(|n| (0.0..=1.0).contains(&n));
                (fits, "a fraction from 0 to 1, for example 0.2".to_owned())
            }
            AttributeKind::Money => (
                value.is_i64(),
                "an amount in minor units, for example 1200".to_owned(),
            ),
            AttributeKind::Date => {
                let text = value.as_str().unwrap_or_default();
                let fits = text.parse::<jiff::civil::Date>().is_ok();
                let fits = fits || Timestamp::parse(text).is_some();
                (fits, "a date like 2026-03-01".to_owned())
            }
            AttributeKind::Url => {
                let fits = value.as_str().is_some_and(web_address);
                (fits, "a web address that starts with https://".to_owned())
            }
            AttributeKind::Choice => {
                let fits = value
                    .as_str()
                    .is_some_and(|v| self.choices.iter().any(|c| c == v));
                (fits, format!("one of {}", self.choices.join(", ")))
            }
        };
        let message = || format!("{value} does not fit the attribute {:?}", self.key);
        (!fits).then(|| (message(), format!("use {want}")))
    }
}

/// Whether a text can stand in a link: `https:`, `http:` or a path of the own site.
pub(crate) fn web_address(text: &str) -> bool {
    let schemes = ["https://", "http://"];
    let whole = schemes
        .iter()
        .any(|s| text.len() > s.len() && text.starts_with(s));
    let path = text.starts_with('/') && !text.starts_with("//");
    (whole || path) && !text.contains(char::is_whitespace) && text.len() <= 2_000
}
