//! A sample of customers: how many have an attribute, and what its values look like.

use std::collections::BTreeMap;

use store::{Db, Error};

use crate::criteria::AttributeValue;
use crate::customer::db::{self as customer_db, Stored};
use crate::customer::search::Place;
use crate::vocabulary::{Frequent, presentable};

/// Customers in the sample: those seen last.
const SAMPLE: i64 = 300;
/// Different values shown.
const EXAMPLES: usize = 3;
/// Longest value shown, in characters.
const EXAMPLE_CHARS: usize = 60;

/// What a sample says of one key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Customers of the sample that have it.
    pub count: usize,
    /// Some of its values, as text.
    pub examples: Vec<String>,
    /// Its short values, counted.
    pub frequent: Frequent,
}

/// A look at some customers.
#[derive(Debug, Default)]
pub struct Sample {
    /// How many customers were looked at.
    pub size: usize,
    /// By key.
    pub facts: BTreeMap<String, Facts>,
}

/// Looks at the customers seen last.
pub async fn sample(db: &Db) -> Result<Sample, Error> {
    let Place(seen, id) = Place::START;
    let page = customer_db::page(db, "", (seen, id), SAMPLE).await?;
    let ids: Vec<_> = page.into_iter().map(|(id, _)| id).collect();
    let mut sample = Sample::default();
    for (_, stored) in customer_db::load(db, &ids).await? {
        let Stored::Root(state) = stored else {
            continue;
        };
        sample.size += 1;
        for (key, attribute) in &state.attributes {
            let facts = sample.facts.entry(key.clone()).or_default();
            facts.count += 1;
            for value in singles(&attribute.value) {
                if presentable(&value) {
                    facts.frequent.note(&value);
                }
            }
            if facts.examples.len() < EXAMPLES {
                let json = attribute.value.to_json();
                let text = json
                    .as_str()
                    .map_or_else(|| json.to_string(), str::to_owned);
                let text: String = text.chars().take(EXAMPLE_CHARS).collect();
                if !facts.examples.contains(&text) {
                    facts.examples.push(text);
                }
            }
        }
    }
    Ok(sample)
}

/// The values that a rule could name: texts, numbers, elements of a list.
fn singles(value: &AttributeValue) -> Vec<String> {
    match value {
        AttributeValue::Text(_) | AttributeValue::Number(_) => vec![value.to_string()],
        AttributeValue::List(texts) => texts.clone(),
        AttributeValue::Bool(_) | AttributeValue::Instant(_) => vec![],
    }
}
