//! Stored decisions: the form in which records are read, and what was answered then.

use std::collections::HashMap;
use std::sync::Arc;

use awareness::experiment::{Experiment, Subject, patched};
use memory::interaction::{ContactId, DecisionId};
use memory::log::LogRow;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{Db, Timestamp, definition};

use super::adjust::Adjusted;
use super::arbitrate::Factors;
use super::evidence::{Evidence, ExperimentPart};
use super::honoured::Honoured;
use super::pipeline::Choice;
use super::reason::Reason;
use super::{
    AnswerReason, DecisionAnswer, Degradation, OfferAnswer, PlacementAnswer, treatment_code,
};
use crate::Error;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::experiment;
use crate::offer::{self, Offer, placeholder};
use crate::placement::{self, Fallback, Placement};

/// A stored decision, as it is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Stored {
    pub catalog: String,
    pub degradation: Degradation,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default)]
    pub context: Map<String, Value>,
    #[serde(default)]
    pub experiments: Vec<ExperimentPart>,
    /// The customer's group, when values were incremental.
    #[serde(default)]
    pub group: Option<String>,
    /// What acceptances were worth.
    #[serde(default)]
    pub worths: Option<String>,
    pub placements: Vec<StoredPlacement>,
    /// Whether nothing was tried out, because the budget for it was used up.
    #[serde(default)]
    pub thrifty: bool,
    #[serde(default)]
    pub learned: Option<i64>,
}

/// What was expected, by key of offer and variant.
pub(crate) type Expectations<'a> = HashMap<(&'a str, Option<&'a str>), f64>;

/// One placement of a stored decision.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredPlacement {
    pub placement: String,
    /// Its place, when it was decided as a variant changes it.
    #[serde(default)]
    pub entry: Option<usize>,
    pub reason: AnswerReason,
    pub offers: Vec<StoredChoice>,
    #[serde(default)]
    pub withheld: Vec<StoredChoice>,
    /// What was made before and stood, although it was no candidate any more.
    #[serde(default)]
    pub honoured: Vec<Honoured>,
    pub ranked: Vec<u16>,
    /// Propensities of `ranked`, in millionths.
    #[serde(default)]
    pub expected: Vec<f64>,
    pub against: Vec<Vec<Value>>,
    /// Candidate, context weight, lever and assigned rank, where they differ from the catalog's.
    #[serde(default)]
    pub adjusted: Vec<(u16, f64, f64, u32)>,
}

/// One chosen offer of a stored decision.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredChoice {
    pub offer: String,
    pub candidate: u16,
    #[serde(default)]
    pub contact: Option<u64>,
    #[serde(default)]
    pub contact_id: Option<ContactId>,
    /// The version that was made, when it stood already and another one was in use.
    #[serde(default)]
    pub version: Option<i64>,
    #[serde(default)]
    pub creative: usize,
    #[serde(default)]
    pub expires: Option<i64>,
    #[serde(default)]
    pub propensity: Option<f64>,
    #[serde(default)]
    pub drawn: Option<f64>,
    #[serde(default)]
    pub probability: Option<f64>,
    #[serde(default)]
    pub explored: bool,
}

/// One chosen candidate, in the form that stored and new decisions share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    pub candidate: u16,
    pub withheld: bool,
    /// How it was drawn; `None` in records from before anything was drawn.
    pub drawn: Option<f64>,
    pub probability: Option<f64>,
    pub explored: bool,
}

impl StoredChoice {
    fn chosen(&self, withheld: bool) -> Chosen {
        Chosen {
            candidate: self.candidate,
            withheld,
            drawn: self.drawn,
            probability: self.probability,
            explored: self.explored,
        }
    }
}

impl From<&Choice> for Chosen {
    fn from(choice: &Choice) -> Chosen {
        Chosen {
            candidate: choice.candidate,
            withheld: choice.control.is_some(),
            drawn: Some(choice.luck.drawn),
            probability: Some(choice.luck.probability),
            explored: choice.luck.explored,
        }
    }
}

impl StoredChoice {
    /// The probability with which it was chosen.
    pub fn probability(&self) -> f64 {
        self.probability.unwrap_or(1.0)
    }
}

impl StoredPlacement {
    /// The placement as it was then.
    pub fn of<'a>(&self, record: &'a CatalogRecord) -> Option<&'a PlacementRecord> {
        match self.entry {
            Some(entry) => record.placements.get(entry),
            None => record
                .placements
                .iter()
                .find(|known| known.key == self.placement),
        }
    }

    /// The chosen candidates.
    pub fn chosen(&self) -> impl Iterator<Item = Chosen> {
        let shown = self.offers.iter().map(|choice| choice.chosen(false));
        shown.chain(self.withheld.iter().map(|choice| choice.chosen(true)))
    }

    /// The propensities of the candidates that nothing spoke against.
    pub fn propensities(&self) -> Vec<(u16, f64)> {
        let ranked = self.ranked.iter().copied();
        let expected = self.expected.iter().map(|millionths| millionths / 1e6);
        ranked.zip(expected).collect()
    }

    /// How many offers were asked for: fewer than the placement shows where fewer were taken than
    /// stood there.
    pub fn wanted(&self, placement: usize) -> usize {
        let taken = self.offers.len() + self.withheld.len();
        if taken >= self.ranked.len() {
            placement.saturating_sub(self.honoured.len())
        } else if self.honoured.is_empty() {
            taken.max(1)
        } else {
            taken
        }
    }

    /// Whether an offer was drawn evenly, to learn more about it.
    pub fn explored(&self) -> bool {
        let mut chosen = self.offers.iter().chain(&self.withheld);
        chosen.any(|choice| choice.explored)
    }

    /// What was expected of each offer and variant that nothing spoke against, by their keys.
    pub fn expected_by_offer<'a>(&self, record: &'a CatalogRecord) -> Expectations<'a> {
        let known = self.of(record);
        let Some(known) = known else {
            return HashMap::new();
        };
        let expected = self.propensities().into_iter();
        let by_key = expected.filter_map(|(candidate, propensity)| {
            let (offer, _) = known.candidates.get(usize::from(candidate))?;
            let offer = record.offers.get(usize::from(*offer))?;
            let variant = record.variant(known, candidate);
            Some(((offer.key.as_str(), variant), propensity))
        });
        by_key.collect()
    }

    /// The factors of a candidate's priority as they counted at that time, with what
    /// circumstances, tables and evidence made of them, and its rank among what was assigned.
    pub fn factors_then(
        &self,
        record: &CatalogRecord,
        placement: &PlacementRecord,
        candidate: u16,
        evidence: &Evidence,
    ) -> (Factors, u32) {
        let (offer, _) = placement.candidates[usize::from(candidate)];
        let offer = record.offers.get(usize::from(offer));
        let key = offer.map_or("", |offer| offer.key.as_str());
        let (factors, _) = evidence.factors(placement, key, self.factors(placement, candidate));
        let changed = self
            .adjusted()
            .into_iter()
            .find(|c| c.candidate == candidate);
        match changed {
            Some(changed) => (changed.factors(factors), changed.rank),
            None => (factors, 0),
        }
    }

    /// The factors of a candidate's priority at that time.
    pub fn factors(&self, placement: &PlacementRecord, candidate: u16) -> Factors {
        let mut factors = placement.candidates[usize::from(candidate)].1;
        let ranked = self.ranked.iter().position(|known| *known == candidate);
        if let Some(millionths) = ranked.and_then(|rank| self.expected.get(rank)) {
            factors.propensity = millionths / 1e6;
        }
        factors
    }

    /// What circumstances and tables made of candidates.
    pub fn adjusted(&self) -> Vec<Adjusted> {
        let read = |(candidate, context_weight, lever, rank): &(u16, f64, f64, u32)| Adjusted {
            candidate: *candidate,
            context_weight: *context_weight,
            lever: *lever,
            rank: *rank,
        };
        self.adjusted.iter().map(read).collect()
    }

    /// Every reason against a candidate.
    pub fn against(&self) -> Vec<(u16, Reason)> {
        let mut reasons = vec![];
        for entry in &self.against {
            let Some((Value::String(code), rest)) = entry.split_first() else {
                continue;
            };
            let Some((Value::Array(candidates), parameters)) = rest.split_last() else {
                continue;
            };
            let parameter = |place: usize| parameters.get(place).and_then(Value::as_i64);
            let Some(reason) = Reason::stored(code, [parameter(0), parameter(1)]) else {
                continue;
            };
            let numbers = candidates.iter().filter_map(Value::as_u64);
            reasons.extend(numbers.map(|candidate| (candidate as u16, reason)));
        }
        reasons
    }
}

/// What a stored decision answered; creatives come from the versions of that time.
pub(super) async fn stored_answer(
    db: &Db,
    row: &LogRow,
    stored: &Stored,
    record: &CatalogRecord,
    evidence: &Evidence,
) -> Result<DecisionAnswer, Error> {
    let mut placements = vec![];
    for place in &stored.placements {
        let known = place.of(record);
        let mut offers = vec![];
        for one in &place.honoured {
            if let Some(known) = known {
                let language = stored.language.as_deref();
                offers.extend(one.stored_answer(db, known.channel, language).await?);
            }
        }
        for choice in &place.offers {
            let Some(known) = known else { continue };
            let adjusted = place.adjusted();
            let changed = adjusted.iter().find(|c| c.candidate == choice.candidate);
            let language = stored.language.as_deref();
            let here = (known, language);
            let mut offer = stored_offer(db, row, here, record, choice, changed).await?;
            if let Some(offer) = &mut offer {
                evidence.correct(offer, known, choice.candidate, changed);
            }
            offers.extend(offer);
        }
        let fallback = match known {
            Some(known) if offers.is_empty() => stored_fallback(db, stored, place, known).await?,
            Some(_) | None => None,
        };
        placements.push(PlacementAnswer {
            placement: place.placement.clone(),
            offers,
            fallback,
            spare: None,
            reason: place.reason,
        });
    }
    Ok(DecisionAnswer {
        decision_id: Some(DecisionId(row.seq)),
        customer_id: Some(row.customer_id),
        degradation: stored.degradation,
        placements,
    })
}

/// What a placement showed without an offer, by its version of that time and the variant that the
/// customer was dealt.
async fn stored_fallback(
    db: &Db,
    stored: &Stored,
    place: &StoredPlacement,
    known: &PlacementRecord,
) -> Result<Option<Arc<Fallback>>, Error> {
    let found = definition::version(db, placement::KIND.name, &known.key, known.version).await?;
    let Some(mut body) = found.map(|found| found.body) else {
        return Ok(None);
    };
    for part in stored.experiments.iter().filter(|_| place.entry.is_some()) {
        let kind = experiment::KIND.name;
        let found = definition::version(db, kind, &part.experiment, part.version).await?;
        let experiment = found.and_then(|d| crate::body::read::<Experiment>(&d.body).ok());
        let subject = Subject::Placement {
            key: known.key.clone(),
        };
        let of_placement = experiment.as_ref().filter(|one| one.subject == subject);
        let change = of_placement.and_then(|experiment| {
            let variant = experiment.variant(&part.variant)?;
            experiment::change_in(experiment, variant, part.phase)
        });
        if let Some(change) = change {
            (body, _) = patched(&body, change);
        }
    }
    let body = crate::body::read::<Placement>(&body).ok();
    Ok(body.and_then(|body| body.fallback).map(Arc::new))
}

async fn stored_offer(
    db: &Db,
    row: &LogRow,
    (placement, language): (&PlacementRecord, Option<&str>),
    record: &CatalogRecord,
    choice: &StoredChoice,
    changed: Option<&Adjusted>,
) -> Result<Option<OfferAnswer>, Error> {
    let candidate = placement.candidates.get(usize::from(choice.candidate));
    let known = record.offers.iter().find(|offer| offer.key == choice.offer);
    let (Some((_, factors)), Some(known)) = (candidate, known) else {
        return Ok(None);
    };
    let factors = changed.map_or(*factors, |changed| changed.factors(*factors));
    let kind = offer::KIND.name;
    let version = choice.version.unwrap_or(known.version);
    let found = definition::version(db, kind, &known.key, version).await?;
    let body = found.and_then(|d| crate::body::read::<Offer>(&d.body).ok());
    let Some(body) = body else { return Ok(None) };
    let variant = record.variant(placement, choice.candidate);
    let place = body.variant_place(variant);
    let attributes = body.attributes_of(place);
    // The number of a creative is one of the version that was in use.
    let creative = match choice.version {
        None => Some(choice.creative),
        Some(_) => body.creative_of(place, placement.channel, language),
    };
    let Some(creative) = creative.and_then(|place| body.creative_at(place)) else {
        return Ok(None);
    };
    let creative = placeholder::with_attributes(creative, &attributes);
    let distance = choice.contact.map(|distance| ContactId(row.seq + distance));
    let contact_id = choice.contact_id.or(distance);
    let propensity = choice.propensity.unwrap_or(factors.propensity);
    Ok(Some(OfferAnswer {
        offer: known.key.clone(),
        version,
        variant: variant.map(str::to_owned),
        code: None,
        contact_id,
        treatment_code: contact_id.map(treatment_code),
        priority: propensity * factors.weight(),
        propensity: Some(propensity),
        creative: Arc::new(creative),
        attributes: Arc::new(attributes),
        expires_at: choice.expires.map(Timestamp),
    }))
}
