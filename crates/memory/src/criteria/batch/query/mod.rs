//! The conditions of a rule as queries: which there are, and reading their answers.

mod db;
mod demand;

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::future::try_join_all;
use roaring::RoaringTreemap;

use super::column::{Result, Wholes};
use super::pass::{Pass, Table};
use super::plan::Plan;
use super::run::{Given, without_rows};
use super::selection::Selection;
use crate::criteria::aggregate::SlotId;

pub use db::queries;

/// How long an engine may take for all conditions of a rule.
const ANSWER_WITHIN: Duration = Duration::from_secs(600);

/// A condition that no query can express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inexpressible(pub &'static str);

/// One query, whose first column is the customer.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its text.
    pub sql: String,
    /// What its other columns answer.
    pub answers: Answers,
}

/// What the columns of a query answer, by the places of conditions in the plan.
#[derive(Debug, Clone)]
pub enum Answers {
    /// Whether each condition holds, and what it says of a customer without rows.
    Verdicts(Vec<(usize, bool)>),
    /// When what each slot of some sequences looks back on happened.
    Sequences {
        /// The sequences.
        places: Vec<usize>,
        /// The slots, a column for each.
        slots: Vec<SlotId>,
    },
}

/// The queries of a plan.
#[derive(Debug, Clone, Default)]
pub struct Queries {
    /// The queries.
    pub queries: Vec<Query>,
    /// The conditions that none of them answers, and why.
    pub refused: Vec<(usize, Inexpressible)>,
}

/// What queries answered of a plan, and what is left to the pass.
#[derive(Debug)]
pub struct Found {
    /// The answers of all conditions; those of the rest are nobody.
    answers: Vec<Selection>,
    /// The conditions that no query answers, as a plan of their own.
    pub rest: Plan,
    /// Their places in the plan that was asked for.
    places: Vec<usize>,
}

impl Found {
    /// All answers, with those of the rest.
    #[must_use]
    pub fn with(mut self, rest: Vec<Selection>) -> Vec<Selection> {
        for (place, selection) in self.places.into_iter().zip(rest) {
            self.answers[place] = selection;
        }
        self.answers
    }
}

/// Asks every query of a plan at once.
pub async fn ask(
    session: &SessionContext,
    plan: &Plan,
    asked: &Queries,
    given: &Given<'_>,
) -> Result<Found> {
    let each = asked.queries.iter();
    let all = try_join_all(each.map(|query| one(session, plan, query, given)));
    let found = tokio::time::timeout(ANSWER_WITHIN, all)
        .await
        .map_err(|_| {
            let waited = ANSWER_WITHIN.as_secs();
            DataFusionError::Execution(format!("no answer within {waited} seconds"))
        })??;
    let mut answers = without_rows(plan, given);
    for (place, selection) in found.into_iter().flatten() {
        answers[place] = selection;
    }
    let mut places: Vec<usize> = asked.refused.iter().map(|(place, _)| *place).collect();
    places.sort_unstable();
    Ok(Found {
        answers,
        rest: plan.part(&places),
        places,
    })
}

async fn one(
    session: &SessionContext,
    plan: &Plan,
    query: &Query,
    given: &Given<'_>,
) -> Result<Vec<(usize, Selection)>> {
    let frame = session.sql(&query.sql).await?;
    let mut rows = frame.execute_stream().await?;
    match &query.answers {
        Answers::Verdicts(verdicts) => {
            let mut differ = vec![RoaringTreemap::new(); verdicts.len()];
            while let Some(batch) = rows.next().await {
                differing(&batch?, verdicts, &mut differ)?;
            }
            let answers = verdicts.iter().zip(differ);
            let answers = answers.map(|((place, base), differ)| match base {
                true => (*place, Selection::except(differ)),
                false => (*place, Selection::only(differ)),
            });
            Ok(answers.collect())
        }
        Answers::Sequences { places, slots } => {
            let leaves = places.iter().map(|place| plan.leaves[*place].0.clone());
            let table = Table::Times(slots.clone());
            let zones = Arc::clone(&given.zones);
            let mut pass = Pass::new(table, leaves.collect(), zones, given.now_ms);
            while let Some(batch) = rows.next().await {
                pass.feed(&batch?)?;
            }
            Ok(places.iter().copied().zip(pass.finish()).collect())
        }
    }
}

/// Notes who differs from a customer without rows, condition by condition.
fn differing(
    batch: &RecordBatch,
    verdicts: &[(usize, bool)],
    differ: &mut [RoaringTreemap],
) -> Result<()> {
    let customers = Wholes::of(batch, "customer_id")?;
    for (column, ((_, base), differ)) in verdicts.iter().zip(differ).enumerate() {
        let held = batch.column(column + 1).as_boolean_opt();
        let held = held.ok_or_else(|| {
            DataFusionError::Plan(format!("the column {} holds no truths", column + 1))
        })?;
        for row in 0..batch.num_rows() {
            let holds = held.is_valid(row) && held.value(row);
            if let Some(customer) = customers.get(row).filter(|_| holds != *base) {
                differ.insert(customer as u64);
            }
        }
    }
    Ok(())
}
