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

use super::asked::{Asked, CameOut};
use super::known::{self, WorthsThen};
use super::past;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
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

use change::{edited, of_offer};

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
    /// What acceptances were worth.
    worths: std::sync::Arc<WorthBook>,
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
        let stored: Stored = serde_json::from_str(body)?;
        let Some(record) = self.record(&stored.catalog).await? else {
            return Ok(None);
        };
        let place = stored
            .placements
            .iter()
            .position(|p| p.placement == placement);
        let known = place.and_then(|place| stored.placements[place].of(&record));
        let (Some(place), Some(known)) = (place, known) else {
            return Ok(None);
        };
        let placed = &stored.placements[place];
        let Some(candidate) = closest(placed, of_key(&record, known, offer)) else {
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
        let worths = WorthsThen::default().of(self, &stored).await?;
        let mut around = self.around(row.occurred_at, false);
        around.thrifty = stored.thrifty;
        let mut past = Past {
            at: row.occurred_at,
            stored,
            place,
            candidate,
            record,
            definitions,
            again,
            learned: self.learned(),
            around,
            worths,
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
            record: &self.record,
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
        let came_out = came_out.filter(|all| all.placements[self.place].is_some());
        if let Some(came_out) = &came_out
            && self.wins(&rules, came_out, &answer.offer)
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
            came_out.is_some_and(|came_out| self.wins(&rules, &came_out, &answer.offer))
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
    fn wins(&self, rules: &Catalog, came_out: &CameOut, offer: &str) -> bool {
        let Some(considered) = &came_out.placements[self.place] else {
            return false;
        };
        if rules.strategy.learning.algorithm == Algorithm::Fixed {
            let mut chosen = considered.chosen.iter();
            return chosen.any(|choice| rules.offers[usize::from(choice.offer)].key == offer);
        }
        let mut priorities = self.priorities(rules, came_out, considered);
        priorities.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let count = considered.chosen.len();
        priorities.iter().take(count).any(|(key, _)| *key == offer)
    }

    /// The priority of every open offer, by what was expected of it at that time.
    fn priorities<'a>(
        &self,
        rules: &'a Catalog,
        came_out: &CameOut,
        considered: &Considered,
    ) -> Vec<(&'a str, f64)> {
        let entry = &rules.placements[usize::from(considered.placement)];
        let then = self.placement().expected_by_offer(&self.record);
        let priority = |(at, now): &(u16, f64)| {
            let candidate = &entry.candidates[usize::from(*at)];
            let offer = &rules.offers[usize::from(candidate.offer)];
            let key = (offer.key.as_str(), offer.variant_key(candidate.variant));
            let propensity = then.get(&key).copied().unwrap_or(*now);
            let (factors, _) = came_out.factors(rules, considered, *at);
            (key.0, propensity * factors.weight())
        };
        considered.propensities.iter().map(priority).collect()
    }

    /// By which factor the offer's priority would have had to be higher.
    fn gap<'a>(
        &self,
        rules: &'a Catalog,
        came_out: Option<&CameOut>,
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
        let evidence = known::evidence(&self.stored, &self.worths);
        let recorded = |key: &str| {
            let of_variant = |at| {
                let (factors, _) = place.factors_then(&self.record, known?, at, &evidence);
                Some(factors.priority())
            };
            of_key(&self.record, known?, key)
                .filter_map(of_variant)
                .reduce(f64::max)
        };
        let here = came_out.and_then(|all| Some((all, all.placements[self.place].as_ref()?)));
        let (lowest, own) = match here {
            Some((came_out, considered)) => {
                let mut priorities = self.priorities(rules, came_out, considered);
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

/// The candidates of a recorded placement that are an offer: one, or one for each variant.
fn of_key<'a>(
    record: &'a CatalogRecord,
    placement: &'a PlacementRecord,
    key: &'a str,
) -> impl Iterator<Item = u16> + 'a {
    let candidates = placement.candidates.iter().enumerate();
    candidates.filter_map(move |(at, (offer, _))| {
        let offer = record.offers.get(usize::from(*offer))?;
        (offer.key == key).then_some(at as u16)
    })
}

/// Of several variants the one that won, or came closest to it.
fn closest(place: &StoredPlacement, variants: impl Iterator<Item = u16>) -> Option<u16> {
    let against = place.against();
    variants.min_by_key(|variant| {
        let lost = !place.chosen().any(|chosen| chosen.candidate == *variant);
        let mine = against.iter().filter(|(candidate, _)| candidate == variant);
        let passed_over = |(_, reason): &(u16, Reason)| {
            matches!(reason, Reason::OtherVariant | Reason::Experiment(_))
        };
        (lost, mine.clone().any(passed_over), mine.count())
    })
}
