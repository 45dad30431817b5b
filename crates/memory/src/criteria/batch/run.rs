//! Running a plan over streams, and joining the answers of its conditions.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use roaring::RoaringTreemap;
use serde::Serialize;
use tokio::task::JoinSet;
use utoipa::ToSchema;

use super::super::leaf::Leaf;
use super::super::text::{print, print_zh};
use super::super::tree::Criteria;
use super::super::value::Kind;
use super::column::Result;
use super::customers::{AttributeSource, CustomerPass};
use super::pass::{Pass, Table};
use super::plan::{Place, Plan};
use super::reader::{EventReader, Promoted};
use super::rows::{Sources, Zones};
use super::selection::Selection;

/// What a plan is answered with besides rows.
pub struct Given<'a> {
    /// The moment that is asked about.
    pub now_ms: i64,
    /// The zones of customers.
    pub zones: Arc<Zones>,
    /// The members of a segment; `None` for one that does not exist.
    pub segment: &'a (dyn Fn(&str) -> Option<RoaringTreemap> + Sync),
    /// The columns of a property of an event.
    pub promoted: &'a (dyn Fn(&str, &str) -> Promoted + Sync),
    /// The column of an attribute, if one holds all its values.
    pub attribute: &'a (dyn Fn(&str) -> Option<(String, Kind)> + Sync),
}

/// The answer to a rule.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Who satisfies it.
    pub customers: RoaringTreemap,
    /// How many customers there are.
    pub population: u64,
    /// How many satisfy each of its conditions.
    pub conditions: ConditionCount,
}

/// How many customers satisfy one condition or group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConditionCount {
    /// Pointer into the JSON form of the rule.
    pub path: String,
    /// The condition as an English sentence.
    pub text: String,
    /// The condition as a Chinese sentence.
    pub text_zh: String,
    /// How many satisfy it alone.
    pub count: u64,
    /// Within a group of which all must hold: how many are left after it and those before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// The parts of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub parts: Vec<ConditionCount>,
}

impl ConditionCount {
    /// The same with every number changed.
    #[must_use]
    pub fn map(self, told: &impl Fn(u64) -> u64) -> ConditionCount {
        ConditionCount {
            count: told(self.count),
            left: self.left.map(told),
            parts: self.parts.into_iter().map(|part| part.map(told)).collect(),
            ..self
        }
    }
}

/// The columns of events that a plan reads besides customer, time and name.
#[must_use]
pub fn event_columns(plan: &Plan, promoted: &dyn Fn(&str, &str) -> Promoted) -> Vec<String> {
    EventReader::new(&plan.slots, promoted).columns()
}

/// Where the attributes of a plan are read.
#[must_use]
pub fn attribute_sources(
    plan: &Plan,
    attribute: &dyn Fn(&str) -> Option<(String, Kind)>,
) -> Vec<AttributeSource> {
    let keys = plan.needs().attributes.into_iter();
    keys.map(|key| AttributeSource {
        column: attribute(&key),
        key,
    })
    .collect()
}

/// Answers every condition of a plan. Dropping the future stops the work.
pub async fn answer(plan: &Plan, sources: Sources, given: &Given<'_>) -> Result<Vec<Selection>> {
    let mut answers = without_rows(plan, given);
    let keep = plan.needs().events_keep;
    let floor = keep.map_or(i64::MIN, |keep| keep.floor(given.now_ms));
    let reader = EventReader::new(&plan.slots, given.promoted).between(floor, given.now_ms);
    let tables = [
        (Place::Events, sources.events),
        (Place::Contacts, sources.contacts),
        (Place::Responses, sources.responses),
        (Place::Consents, sources.consents),
        (Place::Statements, sources.statements),
    ];
    let mut running: JoinSet<Result<(Place, Vec<Selection>)>> = JoinSet::new();
    for (place, streams) in tables {
        let leaves = owned(plan, place);
        if leaves.is_empty() {
            continue;
        }
        // Without a single stream, everybody answers as a customer without rows.
        let streams = streams.into_iter().map(Some).chain([None]);
        for stream in streams {
            let table = match place {
                Place::Events => Table::Events(Box::new(reader.clone())),
                Place::Contacts => Table::Contacts,
                Place::Responses => Table::Responses,
                Place::Statements => Table::Statements(plan.needs().attributes),
                Place::Consents | Place::Customers | Place::Segments | Place::Nowhere => {
                    Table::Consents
                }
            };
            let pass = Pass::new(table, leaves.clone(), given.zones.clone(), given.now_ms);
            running.spawn(read(place, pass, stream));
        }
    }
    customers(plan, sources.customers, given, &mut running);
    let mut seen = vec![false; plan.leaves.len()];
    while let Some(done) = running.join_next().await {
        let (place, selections) = done.map_err(|error| {
            datafusion::error::DataFusionError::Execution(format!("a pass stopped: {error}"))
        })??;
        for ((index, _), selection) in plan.leaves_at(place).into_iter().zip(selections) {
            answers[index] = match seen[index] {
                true => answers[index].clone().differing(&selection),
                false => selection,
            };
            seen[index] = true;
        }
    }
    Ok(answers)
}

/// The answers of conditions that look at no rows; nobody for all others.
pub(super) fn without_rows(plan: &Plan, given: &Given<'_>) -> Vec<Selection> {
    let mut answers = vec![Selection::default(); plan.leaves.len()];
    for (index, leaf) in plan.leaves_at(Place::Nowhere) {
        answers[index] = Selection::whole(holds_of_nothing(leaf, given.now_ms));
    }
    for (index, leaf) in plan.leaves_at(Place::Segments) {
        if let Leaf::Segment(key) = leaf {
            answers[index] = Selection::only((given.segment)(key).unwrap_or_default());
        }
    }
    answers
}

fn owned(plan: &Plan, place: Place) -> Vec<Leaf> {
    let leaves = plan.leaves_at(place).into_iter();
    leaves.map(|(_, leaf)| leaf.clone()).collect()
}

/// What a condition says of a customer of whom there are no rows.
pub(super) fn holds_of_nothing(leaf: &Leaf, now_ms: i64) -> bool {
    CustomerPass::new(vec![], vec![leaf.clone()], now_ms)
        .finish()
        .first()
        .is_some_and(|selection| selection.contains(0))
}

async fn read(
    place: Place,
    mut pass: Pass,
    stream: Option<SendableRecordBatchStream>,
) -> Result<(Place, Vec<Selection>)> {
    if let Some(mut stream) = stream {
        while let Some(batch) = stream.next().await {
            pass.feed(&batch?)?;
            tokio::task::consume_budget().await;
        }
    }
    Ok((place, pass.finish()))
}

fn customers(
    plan: &Plan,
    streams: Vec<SendableRecordBatchStream>,
    given: &Given<'_>,
    running: &mut JoinSet<Result<(Place, Vec<Selection>)>>,
) {
    let leaves = owned(plan, Place::Customers);
    if leaves.is_empty() {
        return;
    }
    let sources = attribute_sources(plan, given.attribute);
    for stream in streams.into_iter().map(Some).chain([None]) {
        let mut pass = CustomerPass::new(sources.clone(), leaves.clone(), given.now_ms);
        running.spawn(async move {
            if let Some(mut stream) = stream {
                while let Some(batch) = stream.next().await {
                    pass.feed(&batch?)?;
                    tokio::task::consume_budget().await;
                }
            }
            Ok((Place::Customers, pass.finish()))
        });
    }
}

impl Plan {
    /// Joins the answers of the conditions for a population.
    #[must_use]
    pub fn count(&self, answers: &[Selection], population: &RoaringTreemap) -> Counted {
        let mut join = Join {
            plan: self,
            answers,
            population,
            next: 0,
        };
        let (selection, conditions) = join.node(&self.criteria, "");
        Counted {
            customers: selection.within(population),
            population: population.len(),
            conditions,
        }
    }
}

#[cfg(test)]
impl Plan {
    /// Who satisfies each part of a rule that is a group.
    pub(super) fn each(
        &self,
        answers: &[Selection],
        population: &RoaringTreemap,
    ) -> Vec<RoaringTreemap> {
        let (Criteria::All(parts) | Criteria::Any(parts)) = &self.criteria else {
            return vec![];
        };
        let mut join = Join {
            plan: self,
            answers,
            population,
            next: 0,
        };
        let parts = parts.iter();
        parts
            .map(|part| join.node(part, "").0.within(population))
            .collect()
    }
}

struct Join<'a> {
    plan: &'a Plan,
    answers: &'a [Selection],
    population: &'a RoaringTreemap,
    next: usize,
}

impl<'a> Join<'a> {
    fn node(&mut self, criteria: &Criteria, path: &str) -> (Cow<'a, Selection>, ConditionCount) {
        let mut parts = vec![];
        let selection = match criteria {
            Criteria::All(inner) | Criteria::Any(inner) => {
                let all = matches!(criteria, Criteria::All(_));
                let word = if all { "all" } else { "any" };
                let mut found: Vec<Cow<'a, Selection>> = vec![];
                for (place, part) in inner.iter().enumerate() {
                    let (selection, mut count) = self.node(part, &format!("{path}/{word}/{place}"));
                    found.push(selection);
                    if all {
                        let left = Selection::fold(found.iter().cloned(), true);
                        count.left = Some(left.count(self.population));
                    }
                    parts.push(count);
                }
                Cow::Owned(Selection::fold(found, all))
            }
            Criteria::Not(part) => {
                let (selection, count) = self.node(part, &format!("{path}/not"));
                parts.push(count);
                Cow::Owned(selection.into_owned().others())
            }
            Criteria::Attribute(_)
            | Criteria::Context(_)
            | Criteria::Score(_)
            | Criteria::Segment(_)
            | Criteria::Consent(_)
            | Criteria::Aggregate(_)
            | Criteria::Sequence(_) => {
                let place = self.plan.order[self.next];
                self.next += 1;
                Cow::Borrowed(&self.answers[place])
            }
        };
        let count = ConditionCount {
            path: path.to_owned(),
            text: print(criteria),
            text_zh: print_zh(criteria),
            count: selection.count(self.population),
            left: None,
            parts,
        };
        (selection, count)
    }
}
