//! Measures: what of a customer's log counts for an experiment, and how much.

use memory::criteria::{Criteria, EventView, Occurrence, Pattern, matches_pattern, read};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::money::{Amounts, ORDER, REFUND};

/// What is measured per customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ExperimentMetric)]
pub enum Metric {
    /// The share of customers who reacted to a contact.
    Response {
        /// How: `accept` unless given.
        #[serde(default = "accept")]
        response: String,
        /// To which offer; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<String>,
    },
    /// The share of customers who did something.
    Conversion {
        /// The event.
        event: String,
        /// Tests on its properties, as in criteria.
        #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Vec<Object>>)]
        tests: Option<Value>,
    },
    /// Revenue per customer, returns taken off.
    Revenue {},
    /// Margin per customer, returns taken off.
    Margin {},
    /// How often something happened per customer, or the sum of a property of it.
    Measure {
        /// The event.
        event: String,
        /// Tests on its properties, as in criteria.
        #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Vec<Object>>)]
        tests: Option<Value>,
        /// The property that is summed up; events are counted when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        property: Option<String>,
    },
    /// The average of a property over events, such as the total per order.
    Ratio {
        /// The event.
        event: String,
        /// The property.
        property: String,
        /// Tests on its properties, as in criteria.
        #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<Vec<Object>>)]
        tests: Option<Value>,
    },
}

fn accept() -> String {
    "accept".to_owned()
}

/// How the numbers of customers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The share of customers with anything at all.
    Rate,
    /// The mean over customers.
    Mean,
    /// The ratio of two sums.
    Ratio,
}

/// A measure, ready to be asked about rows of the log.
#[derive(Debug, Clone)]
pub struct Ready {
    /// How the numbers of customers become one.
    pub form: Form,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Response {
        kind: String,
        offer: Option<String>,
    },
    Revenue,
    Margin {
        share: Option<f64>,
    },
    Events {
        pattern: Pattern,
        property: Option<String>,
    },
}

/// What one row adds to a customer: a number, and a second one for ratios.
pub type Amount = (f64, f64);

impl Metric {
    /// Whether its numbers are money in cents.
    pub fn money(&self) -> bool {
        matches!(self, Metric::Revenue {} | Metric::Margin {})
    }

    /// How the numbers of customers become one.
    pub fn form(&self) -> Form {
        match self {
            Metric::Response { .. } | Metric::Conversion { .. } => Form::Rate,
            Metric::Revenue {} | Metric::Margin {} | Metric::Measure { .. } => Form::Mean,
            Metric::Ratio { .. } => Form::Ratio,
        }
    }

    /// The events it looks at; empty when it looks at responses.
    pub fn events(&self) -> Vec<&str> {
        match self {
            Metric::Response { .. } => vec![],
            Metric::Revenue {} | Metric::Margin {} => vec![ORDER, REFUND],
            Metric::Conversion { event, .. }
            | Metric::Measure { event, .. }
            | Metric::Ratio { event, .. } => vec![event],
        }
    }

    /// The measure, ready to be asked; `margin_share` is the share of revenue that is margin where
    /// orders do not tell their margin.
    pub fn ready(&self, margin_share: Option<f64>) -> Result<Ready, String> {
        let what = match self {
            Metric::Response { response, offer } => What::Response {
                kind: response.clone(),
                offer: offer.clone(),
            },
            Metric::Revenue {} => What::Revenue,
            Metric::Margin {} => What::Margin {
                share: margin_share,
            },
            Metric::Conversion { event, tests } => What::Events {
                pattern: pattern(event, tests.as_ref())?,
                property: None,
            },
            Metric::Measure {
                event,
                tests,
                property,
            } => What::Events {
                pattern: pattern(event, tests.as_ref())?,
                property: property.clone(),
            },
            Metric::Ratio {
                event,
                property,
                tests,
            } => What::Events {
                pattern: pattern(event, tests.as_ref())?,
                property: Some(property.clone()),
            },
        };
        let form = self.form();
        Ok(Ready { form, what })
    }
}

/// The events that a criterion of the same words would look at.
fn pattern(event: &str, tests: Option<&Value>) -> Result<Pattern, String> {
    let mut json = serde_json::json!({ "event": event });
    if let (Some(tests), Some(object)) = (tests, json.as_object_mut()) {
        object.insert("where".to_owned(), tests.clone());
    }
    let first = |problems: Vec<store::definition::Problem>| {
        problems
            .into_iter()
            .next()
            .map(|p| p.message)
            .unwrap_or_default()
    };
    match read(&json).map_err(first)? {
        Criteria::Aggregate(aggregate) => match aggregate.of {
            Occurrence::Events(pattern) => Ok(pattern),
            Occurrence::Contacts(_) | Occurrence::Responses(_) => Err("name an event".to_owned()),
        },
        _ => Err("name an event".to_owned()),
    }
}

/// A response, as measures look at it.
#[derive(Debug, Clone, Copy)]
pub struct ResponseView<'a> {
    /// How, or the company's own name of it.
    pub kind: &'a str,
    /// The offer.
    pub offer: Option<&'a str>,
}

impl Ready {
    /// What an event adds.
    pub fn of_event(&self, event: &EventView<'_>) -> Option<Amount> {
        match &self.what {
            What::Response { .. } => None,
            What::Revenue => Some((Amounts::of(event)?.revenue_cents, 1.0)),
            What::Margin { share } => Some((Amounts::of(event)?.margin(*share)?, 1.0)),
            What::Events { pattern, property } => {
                if !matches_pattern(pattern, event) {
                    return None;
                }
                let number = match property {
                    None => 1.0,
                    Some(path) => super::money::number(event.properties, path)?,
                };
                Some((number, 1.0))
            }
        }
    }

    /// What a response adds.
    pub fn of_response(&self, response: ResponseView<'_>) -> Option<Amount> {
        match &self.what {
            What::Response { kind, offer } => {
                let same = offer
                    .as_deref()
                    .is_none_or(|key| response.offer == Some(key));
                (same && response.kind == kind).then_some((1.0, 1.0))
            }
            What::Revenue | What::Margin { .. } | What::Events { .. } => None,
        }
    }
}
