//! Reading decisions back: the stored form, with the catalog it refers to, becomes the record that
//! people and programs read.

use std::sync::Arc;
use std::time::Duration;

use awareness::increment::effect::GroupEffect;
use memory::CustomerId;
use memory::interaction::DecisionId;
use memory::log::{Entry, LogRow};
use serde::Serialize;
use serde_json::{Map, Value};
use store::Timestamp;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::adjust::Adjusted;
use super::evidence::{Evidence, ExperimentPart, parts_of};
use super::pipeline::Considered;
use super::reason::{Names, Reason, ReasonText};
use super::stored::{Chosen, Stored, stored_answer};
use super::{Decider, DecisionAnswer, DecisionRequest, Degradation};
use crate::catalog::Catalog;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::learning::Learning;
use crate::worth::{ValueFrom, group_key};
use crate::{Channel, Error};

/// How long a preview waits for the words of what was made before.
const PREVIEW_WITHIN: Duration = Duration::from_secs(2);

/// A decision with everything that led to it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DecisionRecord {
    /// What was answered.
    #[serde(flatten)]
    pub answer: DecisionAnswer,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Channel of the first placement.
    pub channel: Option<Channel>,
    /// Language of the creatives.
    pub language: Option<String>,
    /// Every offer that was considered, and what spoke against it.
    pub proposals: Vec<ProposalRecord>,
    /// How many proposals were left after each step.
    pub funnel: Funnel,
    /// Version of the first contact policy in use.
    pub policy_version: Option<i64>,
    /// Contact policies in use, as `key@version`.
    pub policies: Vec<String>,
    /// Strategy in use, as `key@version`.
    pub strategy: Option<String>,
    /// The formula of priorities.
    pub formula: String,
    /// How propensities were learned.
    pub learning: Learning,
    /// The position up to which models had learned; null in records from before.
    pub learned: Option<i64>,
    /// True when nothing was tried out, because the budget for it was used up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub thrifty: bool,
    /// Currency of the values.
    pub currency: Option<String>,
    /// The circumstances of the request.
    #[schema(value_type = Object)]
    pub context: Map<String, Value>,
    /// What the customer met of experiments.
    pub experiments: Vec<ExperimentPart>,
    /// The customer's group, where values are incremental.
    pub customer_group: Option<String>,
}

/// One offer that was considered at one placement.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProposalRecord {
    /// Key of the placement.
    pub placement: String,
    /// Key of the offer.
    pub offer: String,
    /// Its version.
    pub version: i64,
    /// Which of its variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// What became of it.
    pub state: ProposalState,
    /// Its place in the order of arbitration, from 1; absent when something spoke against it.
    pub rank: Option<u32>,
    /// Predicted probability that the customer accepts.
    pub propensity: f64,
    /// How well it fits the placement.
    pub context_weight: f64,
    /// What an acceptance is worth in arbitration.
    pub value_cents: i64,
    /// Where the value comes from.
    pub value_from: ValueFrom,
    /// What the offer states an acceptance is worth.
    pub stated_value_cents: i64,
    /// The evidence for an incremental value: what contacting customers of the group earns.
    pub effect: Option<GroupEffect>,
    /// What marketers add or take away.
    pub lever: f64,
    /// The product of the four.
    pub priority: f64,
    /// The probability of an acceptance as it was drawn from what the model believed; absent
    /// unless the offer was chosen.
    pub drawn: Option<f64>,
    /// The probability with which the offer was chosen; absent unless it was.
    pub probability: Option<f64>,
    /// True when it was drawn evenly among all, for the sake of learning.
    pub explored: bool,
    /// Its rank among the offers that a table assigns to the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_rank: Option<u32>,
    /// Everything that spoke against it.
    pub reasons: Vec<ReasonText>,
    /// True when it won and is withheld for comparison.
    pub control_group: bool,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// It won.
    Chosen,
    /// Nothing spoke against it, and another had a higher priority.
    Eligible,
    /// Something spoke against it.
    Rejected,
}

/// How many proposals were left after each step, over all placements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Funnel {
    /// Offers for these placements.
    pub considered: u32,
    /// Valid at that moment.
    pub fits: u32,
    /// The customer is eligible.
    pub eligible: u32,
    /// Consent is there, and no rest after a reaction.
    pub allowed: u32,
    /// Within the contact policy.
    pub policy: u32,
    /// Chosen and not withheld.
    pub chosen: u32,
}

/// A decision in lists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DecisionRow {
    /// Its id.
    pub decision_id: DecisionId,
    /// The customer.
    pub customer_id: CustomerId,
    /// How we call them; hidden from whoever may not see personal data, empty when they are gone.
    pub customer_label: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// Channel of the first placement.
    pub channel: Option<Channel>,
    /// How good the answer was.
    pub degradation: Degradation,
    /// What came of each placement.
    pub placements: Vec<PlacementRow>,
}

/// One placement of a decision in lists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PlacementRow {
    /// Key of the placement.
    pub placement: String,
    /// Why it showed what it showed.
    pub reason: super::AnswerReason,
    /// Keys of the offers it showed.
    pub offers: Vec<String>,
    /// Keys of the offers it would have shown, withheld for comparison.
    pub withheld: Vec<String>,
    /// True when an offer was chosen to learn more about it.
    pub explored: bool,
}

/// One placement's part, in the form that stored and new decisions share.
pub(super) struct Part<'a> {
    pub placement: &'a PlacementRecord,
    pub chosen: Vec<Chosen>,
    pub propensities: Vec<(u16, f64)>,
    pub ranked: &'a [u16],
    pub against: Vec<(u16, Reason)>,
    pub adjusted: Vec<Adjusted>,
}

impl Decider {
    /// A decision with everything that led to it.
    pub async fn decision(&self, id: DecisionId) -> Result<Option<DecisionRecord>, Error> {
        let db = self.memory().db();
        let Some(row) = self.memory().lake().at(id.0).await? else {
            return Ok(None);
        };
        let Entry::Decision(body) = &row.entry else {
            return Ok(None);
        };
        let stored: Stored = serde_json::from_str(body)?;
        let record = self.record(&stored.catalog).await?.unwrap_or_default();
        let evidence = self.evidence(&stored).await?;
        let answer = stored_answer(db, &row, &stored, &record, &evidence).await?;
        let mut parts = vec![];
        for place in &stored.placements {
            if let Some(placement) = place.of(&record) {
                parts.push(Part {
                    placement,
                    chosen: place.chosen().collect(),
                    propensities: place.propensities(),
                    ranked: &place.ranked,
                    against: place.against(),
                    adjusted: place.adjusted(),
                });
            }
        }
        let told = Told {
            answer,
            requested_at: row.occurred_at,
            language: stored.language.clone(),
            context: stored.context.clone(),
            learned: stored.learned,
            thrifty: stored.thrifty,
            experiments: stored.experiments,
            evidence,
        };
        Ok(Some(full_record(&record, told, &parts)))
    }

    /// What would be decided for a customer now, without deciding it.
    pub async fn preview(&self, request: &DecisionRequest) -> Result<DecisionRecord, Error> {
        let id = self.resolve(&request.customer).await?;
        let id = id.ok_or(Error::NoCustomer(CustomerId(0)))?;
        let customer = self
            .memory()
            .customer(id)
            .await?
            .ok_or(Error::NoCustomer(id))?;
        let catalog = self.catalog();
        let now = self.memory().db().now();
        let thought = self.dry_run(&catalog, self.worths(), &customer, request, now);
        let considered = &thought.considered;
        let placements = super::answer::placements(&catalog, request, considered, &mut |choice| {
            choice.standing.map(|standing| standing.contact_id)
        });
        let answer = DecisionAnswer {
            decision_id: None,
            customer_id: Some(customer.id),
            degradation: Degradation::None,
            placements,
        };
        let deadline = Instant::now() + PREVIEW_WITHIN;
        let answer = self.as_made(&catalog, answer, deadline).await;
        let parts: Vec<Part<'_>> = considered.iter().map(|c| part(&catalog, c)).collect();
        let told = Told {
            answer,
            requested_at: now,
            language: request.language.clone().or(customer.state.language.clone()),
            context: request.context.clone(),
            learned: Some(self.learned().position),
            thrifty: self.thrifty(now),
            experiments: parts_of(&catalog, &thought.met),
            evidence: Evidence {
                group: Some(group_key(&catalog, thought.group).to_owned()),
                effects: thought.worths.effects.clone(),
            },
        };
        Ok(full_record(&catalog.record, told, &parts))
    }

    /// A log row as it stands in lists.
    pub async fn listed(&self, row: &LogRow) -> Result<Option<DecisionRow>, Error> {
        let stored = self.stored(row).await?;
        Ok(stored.map(|(stored, record)| DecisionRow::of(row, &stored, &record)))
    }

    /// The stored form of a decision's row, with what it refers to; `None` for other rows.
    pub(super) async fn stored(
        &self,
        row: &LogRow,
    ) -> Result<Option<(Stored, Arc<CatalogRecord>)>, Error> {
        let Entry::Decision(body) = &row.entry else {
            return Ok(None);
        };
        let stored: Stored = serde_json::from_str(body)?;
        let record = self.record(&stored.catalog).await?.unwrap_or_default();
        Ok(Some((stored, record)))
    }
}

impl DecisionRow {
    pub(super) fn of(row: &LogRow, stored: &Stored, record: &CatalogRecord) -> DecisionRow {
        let first = stored.placements.first();
        let first = first.and_then(|first| first.of(record));
        let keys = |choices: &[super::stored::StoredChoice]| -> Vec<String> {
            choices.iter().map(|c| c.offer.clone()).collect()
        };
        let placements = stored.placements.iter().map(|place| PlacementRow {
            placement: place.placement.clone(),
            reason: place.reason,
            offers: {
                let honoured = place.honoured.iter().map(|one| one.offer.clone());
                honoured.chain(keys(&place.offers)).collect()
            },
            withheld: keys(&place.withheld),
            explored: place.explored(),
        });
        DecisionRow {
            decision_id: DecisionId(row.seq),
            customer_id: row.customer_id,
            customer_label: String::new(),
            requested_at: row.occurred_at,
            channel: first.map(|placement| placement.channel),
            degradation: stored.degradation,
            placements: placements.collect(),
        }
    }
}

fn part<'a>(catalog: &'a Catalog, considered: &'a Considered) -> Part<'a> {
    Part {
        placement: &catalog.record.placements[usize::from(considered.placement)],
        chosen: considered.chosen.iter().map(Chosen::from).collect(),
        propensities: considered.propensities.clone(),
        ranked: &considered.ranked,
        against: considered.against.clone(),
        adjusted: considered.adjusted.clone(),
    }
}

/// What a record tells besides its proposals.
struct Told {
    answer: DecisionAnswer,
    requested_at: Timestamp,
    language: Option<String>,
    context: Map<String, Value>,
    learned: Option<i64>,
    thrifty: bool,
    experiments: Vec<ExperimentPart>,
    evidence: Evidence,
}

fn full_record(record: &CatalogRecord, told: Told, parts: &[Part<'_>]) -> DecisionRecord {
    let mut proposals = vec![];
    let mut funnel = Funnel::default();
    for part in parts {
        super::proposals::proposals(record, part, &told.evidence, &mut proposals, &mut funnel);
    }
    let offers = told
        .answer
        .placements
        .iter()
        .flat_map(|placement| &placement.offers);
    let shown = offers.map(|offer| offer.offer.as_str()).next();
    let first = shown.or(proposals.first().map(|p| p.offer.as_str()));
    let currency = record
        .offers
        .iter()
        .find(|offer| Some(offer.key.as_str()) == first);
    let named = |(key, version): &(String, i64)| format!("{key}@{version}");
    DecisionRecord {
        requested_at: told.requested_at,
        channel: parts.first().map(|part| part.placement.channel),
        language: told.language,
        funnel,
        policy_version: record.policies.first().map(|(_, version)| *version),
        policies: record.policies.iter().map(named).collect(),
        strategy: parts
            .first()
            .and_then(|part| part.placement.strategy.as_ref())
            .or(record.strategy.as_ref())
            .map(named),
        formula: record.formula.clone(),
        learning: record.learning.clone(),
        learned: told.learned,
        thrifty: told.thrifty,
        currency: currency.map(|offer| offer.currency.clone()),
        context: told.context,
        experiments: told.experiments,
        customer_group: told
            .evidence
            .group
            .filter(|_| parts.iter().any(|part| part.placement.incremental)),
        answer: told.answer,
        proposals,
    }
}

impl Names for Arc<CatalogRecord> {
    fn limit(&self, place: u16) -> Option<(&str, &str, u32)> {
        CatalogRecord::limit(self, place)
    }

    fn cap(&self, place: u16) -> Option<(&str, i64)> {
        CatalogRecord::cap(self, place)
    }

    fn offer(&self, place: u16) -> Option<&str> {
        CatalogRecord::offer(self, place)
    }

    fn experiment(&self, place: u16) -> Option<&str> {
        CatalogRecord::experiment(self, place)
    }
}
