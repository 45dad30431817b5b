//! Conditions on attributes and consents, answered from the table of customers.

use datafusion::arrow::array::{Array, BooleanArray, RecordBatch};
use datafusion::error::DataFusionError;
use jiff::tz::TimeZone;
use roaring::RoaringTreemap;

use super::super::aggregate::{Match, SlotId};
use super::super::facts::{ContactView, Facts, ResponseView};
use super::super::leaf::Leaf;
use super::super::value::{AttributeValue, Kind};
use super::column::{Numbers, Result, Texts, Wholes, has};
use super::selection::Selection;
use crate::consent::{Consent, standing};

/// The attributes of the customer that is being read.
struct Attributes<'n> {
    names: &'n [String],
    values: Vec<Option<AttributeValue>>,
    consents: Vec<Consent>,
}

impl Facts for Attributes<'_> {
    fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        let place = self.names.iter().position(|name| name == key)?;
        self.values[place].as_ref()
    }

    fn matches(&self, _slot: SlotId) -> &[Match] {
        &[]
    }

    fn contacts(&self, _visit: &mut dyn FnMut(ContactView<'_>)) {}

    fn responses(&self, _visit: &mut dyn FnMut(ResponseView<'_>)) {}

    fn consent(&self, channel: &str, purpose: &str, now_ms: i64) -> Option<bool> {
        standing(&self.consents, channel, purpose, store::Timestamp(now_ms))
    }

    fn segment(&self, _key: &str) -> bool {
        false
    }

    fn context(&self, _key: &str) -> Option<&AttributeValue> {
        None
    }

    fn zone(&self) -> &TimeZone {
        const UTC: &TimeZone = &TimeZone::UTC;
        UTC
    }
}

/// Where an attribute of customers is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeSource {
    /// Its key.
    pub key: String,
    /// The column that holds all its values, and their kind; without one the JSON is read.
    pub column: Option<(String, Kind)>,
}

/// A column of an attribute in one batch.
enum Column<'b> {
    Texts(Texts<'b>),
    Numbers(Numbers<'b>),
    Truths(&'b BooleanArray),
    Instants(Wholes<'b>),
    Json,
}

impl<'b> Column<'b> {
    fn of(batch: &'b RecordBatch, source: &AttributeSource) -> Result<Self> {
        let Some((name, kind)) = &source.column else {
            return Ok(Self::Json);
        };
        Ok(match kind {
            Kind::Text => Self::Texts(Texts::of(batch, name)?),
            Kind::Number => Self::Numbers(Numbers::of(batch, name)?),
            Kind::Boolean => Self::Truths(truths(batch, name)?),
            Kind::Instant => Self::Instants(Wholes::of(batch, name)?),
            Kind::List => Self::Json,
        })
    }

    fn value(&self, row: usize) -> Option<AttributeValue> {
        match self {
            Self::Texts(texts) => texts
                .get(row)
                .map(|text| AttributeValue::Text(text.to_owned())),
            Self::Numbers(numbers) => numbers.get(row).map(AttributeValue::Number),
            Self::Truths(array) => {
                let known = array.is_valid(row);
                known.then(|| AttributeValue::Bool(array.value(row)))
            }
            Self::Instants(wholes) => wholes.get(row).map(AttributeValue::Instant),
            Self::Json => None,
        }
    }

    fn json(&self) -> bool {
        matches!(self, Self::Json)
    }
}

/// Reads customers and notes who differs from one without attributes.
pub(super) struct CustomerPass {
    sources: Vec<AttributeSource>,
    names: Vec<String>,
    leaves: Vec<Leaf>,
    base: Vec<bool>,
    differ: Vec<RoaringTreemap>,
    now_ms: i64,
}

impl CustomerPass {
    pub(super) fn new(sources: Vec<AttributeSource>, leaves: Vec<Leaf>, now_ms: i64) -> Self {
        let names: Vec<String> = sources.iter().map(|source| source.key.clone()).collect();
        let nothing = Attributes {
            names: &names,
            values: vec![None; names.len()],
            consents: vec![],
        };
        let holds = |leaf: &Leaf| leaf.holds(&nothing, now_ms);
        Self {
            base: leaves.iter().map(holds).collect(),
            differ: vec![RoaringTreemap::new(); leaves.len()],
            sources,
            names,
            leaves,
            now_ms,
        }
    }

    /// Reads a batch with `customer_id` and, as far as they are needed, the columns of attributes,
    /// `attributes` (an object in JSON) and `consents` (a list).
    pub(super) fn feed(&mut self, batch: &RecordBatch) -> Result<()> {
        let customers = Wholes::of(batch, "customer_id")?;
        let optional = |name: &str| has(batch, name).then(|| Texts::of(batch, name)).transpose();
        let texts = optional("attributes")?;
        let consents = optional("consents")?;
        let columns = self.sources.iter().map(|source| Column::of(batch, source));
        let columns = columns.collect::<Result<Vec<Column<'_>>>>()?;
        let mut facts = Attributes {
            names: &self.names,
            values: vec![None; self.names.len()],
            consents: vec![],
        };
        for row in 0..batch.num_rows() {
            let Some(customer) = customers.get(row) else {
                continue;
            };
            let json = cell(&texts, row).and_then(|text| self.parse(text, &columns));
            for (place, column) in columns.iter().enumerate() {
                facts.values[place] = match (column.json(), &json) {
                    (true, Some(json)) => json
                        .get(&self.names[place])
                        .and_then(AttributeValue::from_json),
                    (true, None) => None,
                    (false, _) => column.value(row),
                };
            }
            facts.consents = match cell(&consents, row) {
                Some("[]") | None => vec![],
                Some(said) => serde_json::from_str(said).unwrap_or_default(),
            };
            for (place, leaf) in self.leaves.iter().enumerate() {
                if leaf.holds(&facts, self.now_ms) != self.base[place] {
                    self.differ[place].insert(customer as u64);
                }
            }
        }
        Ok(())
    }

    /// The attributes of a customer, if any is read from JSON and may be there.
    fn parse(&self, text: &str, columns: &[Column<'_>]) -> Option<serde_json::Value> {
        let mut wanted = self
            .names
            .iter()
            .zip(columns)
            .filter(|(_, column)| column.json());
        let any = wanted.any(|(name, _)| text.contains(name.as_str()));
        any.then(|| serde_json::from_str(text).ok())?
    }

    /// The selections of the conditions, in their order.
    pub(super) fn finish(self) -> Vec<Selection> {
        let base = self.base.into_iter();
        base.zip(self.differ)
            .map(|(base, differ)| match base {
                true => Selection::except(differ),
                false => Selection::only(differ),
            })
            .collect()
    }
}

fn cell<'b>(texts: &Option<Texts<'b>>, row: usize) -> Option<&'b str> {
    texts.as_ref().and_then(|texts| texts.get(row))
}

fn truths<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b BooleanArray> {
    let column = batch.column_by_name(name);
    let array = column.and_then(|column| column.as_any().downcast_ref::<BooleanArray>());
    array.ok_or_else(|| DataFusionError::Plan(format!("the column {name} holds no truths")))
}
