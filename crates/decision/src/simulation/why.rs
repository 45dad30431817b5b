//! Why not that one: the smallest change of rules by which another offer would have won, found by
//! asking the rules of that time again on the customer as they were.

use memory::CustomerState;
use memory::criteria::{Explanation, Language};
use memory::interaction::DecisionId;
use memory::log::Entry;
use memory::log::as_of::customer_before;
use serde::Serialize;
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;
use utoipa::ToSchema;

use super::asked::Asked;
use super::past;
use crate::catalog::record::CatalogRecord;
use crate::catalog::{Catalog, OfferEntry};
use crate::learning::learned::Learned;
use crate::learning::settings::Algorithm;
use crate::targeting::around::Around;
use crate::targeting::pipeline::Considered;
use crate::targeting::read::ProposalState;
use crate::targeting::reason::{Reason, ReasonText};
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::worth::WorthBook;
use crate::{Decider, Error};

mod change;

const DAY_MS: i64 = 86_400_000;
/// The most by which a limit is raised to find out what would be enough.
const LARGEST_RAISE: u32 = 100;

/// What would have made an offer win.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WhyNot {
    /// The placement.
    pub placement: String,
    /// The offer.
    pub offer: String,
    /// What became of it.
    pub state: ProposalState,
    /// The offers that won.
    pub winners: Vec<String>,
    /// Whether anything the department can change would have made it win.
    pub possible: bool,
    /// Changes that are all needed.
    pub changes: Vec<NeededChange>,
    /// When its priority was too low besides: changes of which any single one is enough.
    pub one_of: Vec<NeededChange>,
    /// Reasons that no change of rules takes away.
    pub unchangeable: Vec<ReasonText>,
    /// Why the customer was not eligible, condition by condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligibility: Option<Explanation>,
    /// True when the decision was made again with the changes and the offer won.
    pub exact: bool,
    /// Why it is only an estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate_because: Option<Approximate>,
}

/// Why the answer is an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhyNotApproximate)]
pub enum Approximate {
    /// The rules of that time cannot be put together any more.
    RulesGone,
    /// The customer's state of that time cannot be made again.
    StateGone,
    /// Asked again, the rules of that time decide otherwise than recorded.
    NotReproduced,
    /// With these changes it still would not have won.
    NotEnough,
    /// The strategy draws among what it expects much of: with the changes it would have been the
    /// likeliest.
    Drawn,
}

/// One change of a definition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NeededChange {
    /// What is changed.
    pub what: ChangedField,
    /// Kind of the definition.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Where in it, as a JSON pointer.
    pub field: String,
    /// What stood there.
    pub from: Value,
    /// What would have to stand there.
    pub to: Value,
    /// The condition that would be dropped, as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangedField {
    /// A lever.
    Lever,
    /// The value of an acceptance.
    Value,
    /// Conditions of eligibility.
    Eligibility,
    /// How many contacts a limit allows.
    Limit,
    /// Days of rest after an acceptance.
    RestAfterAccept,
    /// Days of rest after a rejection.
    RestAfterReject,
    /// Views without a reaction.
    Views,
    /// Offers that rest together.
    Related,
    /// From when it may be made.
    ValidFrom,
    /// Until when it may be made.
    ValidUntil,
}

/// A recorded decision with everything that is needed to make it again.
struct Past {
    at: Timestamp,
    stored: Stored,
    place: usize,
    candidate: u16,
    record: std::sync::Arc<CatalogRecord>,
    definitions: Vec<Definition>,
    /// The rules of that time and the customer as they were.
    again: Result<(Catalog, memory::CustomerId, CustomerState), Approximate>,
    /// What was learned, for offers of which the record tells no expectation.
    learned: std::sync::Arc<Learned>,
    around: Around,
    worths: WorthBook,
    decider: Decider,
    language: Language,
}

impl Decider {
    /// What would have made an offer win at a placement of a recorded decision; `None` when there
    /// is no such decision, or the offer was no candidate there.
    pub async fn why_not(
        &self,
        id: DecisionId,
        placement: &str,
        offer: &str,
        language: Language,
    ) -> Result<Option<WhyNot>, Error> {
        let past = self.past(id, placement, offer, language).await?;
        Ok(past.map(|past| past.why_not(placement, offer)))
    }

    async fn past(
        &self,
        id: DecisionId,
        placement: &str,
        offer: &str,
        language: Language,
    ) -> Result<Option<Past>, Error> {
        let db = self.memory().db();
        let Some(row) = self.memory().lake().at(id.0).await? else {
            return Ok(None);
        };
        let Entry::Decision(body) = &row.entry else {
            return Ok(None);
        };
        let stored: Stored = serde_json::from_str(body.get())?;
        let Some(record) = self.record(&stored.catalog).await? else {
            return Ok(None);
        };
        let place = stored
            .placements
            .iter()
            .position(|p| p.placement == placement);
        let known = place.and_then(|place| stored.placements[place].of(&record));
        let candidate = known.and_then(|known| {
            known.candidates.iter().position(|(place, _)| {
                record
                    .offers
                    .get(usize::from(*place))
                    .is_some_and(|o| o.key == offer)
            })
        });
        let (Some(place), Some(candidate)) = (place, candidate) else {
            return Ok(None);
        };
        let definitions = past::definitions(db, &record).await?;
        let again = match past::catalog(db, &stored.catalog, &record).await? {
            None => Err(Approximate::RulesGone),
            Some(catalog) => {
                let slots = memory::criteria::Slots::new(catalog.criteria.slots().iter().cloned());
                let state = customer_before(self.memory(), row.customer_id, row.seq, slots).await?;
                match state {
                    None => Err(Approximate::StateGone),
                    Some((customer, state)) => Ok((catalog, customer, state)),
                }
            }
        };
        let mut past = Past {
            at: row.occurred_at,
            stored,
            place,
            candidate: candidate as u16,
            record,
            definitions,
            again,
            learned: self.learned(),
            around: self.around(row.occurred_at, false),
            worths: self.worth_book(),
            decider: self.clone(),
            language,
        };
        if let Ok((catalog, ..)) = &past.again
            && !past
                .asked()
                .is_some_and(|asked| asked.same(&asked.consider(catalog)))
        {
            past.again = Err(Approximate::NotReproduced);
        }
        Ok(Some(past))
    }
}

impl Past {
    fn asked(&self) -> Option<Asked<'_>> {
        let (_, id, state) = self.again.as_ref().ok()?;
        Some(Asked {
            learned: &self.learned,
            around: &self.around,
            tables: self.decider.tables(),
            worths: &self.worths,
            id: *id,
            state,
            at: self.at,
            stored: &self.stored,
        })
    }

    fn placement(&self) -> &StoredPlacement {
        &self.stored.placements[self.place]
    }

    fn why_not(&self, placement: &str, offer: &str) -> WhyNot {
        let place = self.placement();
        let mine =
            |(candidate, reason): (u16, Reason)| (candidate == self.candidate).then_some(reason);
        let reasons: Vec<Reason> = place.against().into_iter().filter_map(mine).collect();
        let won = place
            .chosen()
            .any(|chosen| chosen.candidate == self.candidate);
        let winners = place.offers.iter().chain(&place.withheld);
        let mut answer = WhyNot {
            placement: placement.to_owned(),
            offer: offer.to_owned(),
            state: match (won, reasons.is_empty()) {
                (true, _) => ProposalState::Chosen,
                (false, true) => ProposalState::Eligible,
                (false, false) => ProposalState::Rejected,
            },
            winners: winners.map(|choice| choice.offer.clone()).collect(),
            possible: true,
            changes: vec![],
            one_of: vec![],
            unchangeable: vec![],
            eligibility: None,
            exact: false,
            approximate_because: self.again.as_ref().err().copied(),
        };
        if won {
            answer.exact = true;
            answer.approximate_because = None;
            return answer;
        }
        let catalog = Catalog::compile(&self.definitions).0;
        let Some(entry) = catalog.offer(offer) else {
            answer.possible = false;
            return answer;
        };
        for reason in reasons {
            match self.change(reason, entry, &catalog) {
                Some(changes) => answer.changes.extend(changes),
                None => answer.unchangeable.push(reason.text(&self.record)),
            }
            if reason == Reason::NotEligible {
                answer.eligibility = self.explained(entry, &catalog);
            }
        }
        answer.possible = answer.unchangeable.is_empty();
        if answer.possible {
            self.settle(&mut answer);
        }
        answer
    }

    /// Finds out whether the changes are enough, and what is needed besides.
    fn settle(&self, answer: &mut WhyNot) {
        let changed = edited(&self.definitions, &answer.changes);
        let rules = Catalog::compile(&changed).0;
        let came_out = self.asked().map(|asked| asked.consider(&rules));
        let came_out = came_out.and_then(|mut all| all.get_mut(self.place)?.take());
        if let Some(considered) = &came_out
            && self.wins(&rules, considered, &answer.offer)
        {
            self.seal(answer, &rules);
            return;
        }
        let Some((needed, offer)) = self.gap(&rules, came_out.as_ref(), answer) else {
            answer.possible = false;
            return;
        };
        // The record alone tells that its priority was high enough.
        if came_out.is_none() && needed < 1.0 {
            return;
        }
        let own = offer.body.lever;
        if own > 0.0 {
            let to = ((own * needed * 100.0).floor() + 1.0) / 100.0;
            answer.one_of.push(of_offer(
                ChangedField::Lever,
                &answer.offer,
                "/lever",
                json!(own),
                json!(to),
            ));
        }
        let value = offer.body.value_cents;
        if value > 0 {
            let to = (value as f64 * needed).floor() as i64 + 1;
            answer.one_of.push(of_offer(
                ChangedField::Value,
                &answer.offer,
                "/value_cents",
                json!(value),
                json!(to),
            ));
        }
        answer.possible = !answer.one_of.is_empty();
        let enough = |change: &NeededChange| {
            let changed = edited(&changed, std::slice::from_ref(change));
            let rules = Catalog::compile(&changed).0;
            let came_out = self.asked().map(|asked| asked.consider(&rules));
            let came_out = came_out.and_then(|mut all| all.get_mut(self.place)?.take());
            came_out.is_some_and(|considered| self.wins(&rules, &considered, &answer.offer))
        };
        let all_enough = answer.possible && answer.one_of.iter().all(enough);
        if self.again.is_err() {
            return;
        }
        match all_enough {
            true => self.seal(answer, &rules),
            false => answer.approximate_because = Some(Approximate::NotEnough),
        }
    }

    /// Says that the decision was made again with the changes, and the offer won.
    fn seal(&self, answer: &mut WhyNot, rules: &Catalog) {
        let draws = rules.strategy.learning.algorithm != Algorithm::Fixed;
        answer.exact = !draws;
        answer.approximate_because = draws.then_some(Approximate::Drawn);
    }

    /// Whether an offer is chosen; where choices are drawn, whether it is the likeliest.
    fn wins(&self, rules: &Catalog, considered: &Considered, offer: &str) -> bool {
        if rules.strategy.learning.algorithm == Algorithm::Fixed {
            let mut chosen = considered.chosen.iter();
            return chosen.any(|choice| rules.offers[usize::from(choice.offer)].key == offer);
        }
        let mut priorities = self.priorities(rules, considered);
        priorities.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let count = considered.chosen.len();
        priorities.iter().take(count).any(|(key, _)| *key == offer)
    }

    /// The priority of every open offer, by what was expected of it at that time.
    fn priorities<'a>(&self, rules: &'a Catalog, considered: &Considered) -> Vec<(&'a str, f64)> {
        let entry = &rules.placements[usize::from(considered.placement)];
        let then = self.placement().expected_by_offer(&self.record);
        let priority = |(candidate, now): &(u16, f64)| {
            let candidate = &entry.candidates[usize::from(*candidate)];
            let key = rules.offers[usize::from(candidate.offer)].key.as_str();
            let propensity = then.get(key).copied().unwrap_or(*now);
            (key, propensity * candidate.factors.weight())
        };
        considered.propensities.iter().map(priority).collect()
    }

    /// By which factor the offer's priority would have had to be higher.
    fn gap<'a>(
        &self,
        rules: &'a Catalog,
        came_out: Option<&Considered>,
        answer: &WhyNot,
    ) -> Option<(f64, &'a OfferEntry)> {
        let place = rules.placement_place(&answer.placement)?;
        let entry = &rules.placements[usize::from(place)];
        let candidate = entry
            .candidates
            .iter()
            .find(|candidate| rules.offers[usize::from(candidate.offer)].key == answer.offer)?;
        let place = self.placement();
        let known = place.of(&self.record);
        let recorded = |key: &str| {
            let offer = self
                .record
                .offers
                .iter()
                .position(|offer| offer.key == key)?;
            let mut candidates = known?.candidates.iter();
            let at = candidates.position(|(place, _)| usize::from(*place) == offer)?;
            Some(place.factors(known?, at as u16).priority())
        };
        let (lowest, own) = match came_out {
            Some(considered) => {
                let mut priorities = self.priorities(rules, considered);
                let own = priorities.iter().find(|(key, _)| *key == answer.offer);
                let own = own.map(|(_, priority)| *priority);
                priorities.sort_by(|(_, a), (_, b)| b.total_cmp(a));
                let last = considered.chosen.len().checked_sub(1);
                (last.and_then(|last| Some(priorities.get(last)?.1)), own)
            }
            None => {
                let winners = answer.winners.iter().filter_map(|key| recorded(key));
                (winners.reduce(f64::min), recorded(&answer.offer))
            }
        };
        let own = own.filter(|own| *own > 0.0)?;
        Some((lowest? / own, &rules.offers[usize::from(candidate.offer)]))
    }
}

fn of_offer(what: ChangedField, key: &str, field: &str, from: Value, to: Value) -> NeededChange {
    NeededChange {
        what,
        kind: crate::offer::KIND.name.to_owned(),
        key: key.to_owned(),
        field: field.to_owned(),
        from,
        to,
        condition: None,
    }
}

/// Definitions with changes made.
fn edited(definitions: &[Definition], changes: &[NeededChange]) -> Vec<Definition> {
    let mut definitions = definitions.to_vec();
    for change in changes {
        let found = definitions
            .iter_mut()
            .find(|d| d.kind == change.kind && d.key == change.key);
        let Some(definition) = found else { continue };
        let Some((parent, field)) = change.field.rsplit_once('/') else {
            continue;
        };
        match definition.body.pointer_mut(parent) {
            Some(Value::Object(fields)) if change.to.is_null() => {
                fields.remove(field);
            }
            Some(Value::Object(fields)) => {
                fields.insert(field.to_owned(), change.to.clone());
            }
            _ => {}
        }
    }
    definitions
}
