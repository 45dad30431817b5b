//! Answers: what was decided, as callers get it; fallback content where nothing was.

use std::sync::LazyLock;

use memory::CustomerId;
use memory::interaction::{ContactId, DecisionId};
use memory::log::Appended;
use metrics::{Counter, Histogram};
use tokio::time::Instant;

use super::decider::Decided;
use super::pipeline::{Choice, Considered};
use super::reason::{Reason, Stage};
use super::wish::MadeOffer;
use super::{
    AnswerReason, DecisionAnswer, DecisionRequest, Degradation, OfferAnswer, PlacementAnswer,
    treatment_code,
};
use crate::catalog::{Catalog, OfferEntry, PlacementEntry};

/// The contacts of a decision, in the order of the choices: new ones stand in the rows after the
/// decision's.
pub(super) struct Contacts {
    pub decision: DecisionId,
    rest: std::vec::IntoIter<u64>,
}

impl Contacts {
    pub fn of(appended: &Appended) -> Contacts {
        let mut rest = appended.seqs.clone().into_iter();
        let decision = DecisionId(rest.next().unwrap_or_default());
        Contacts { decision, rest }
    }

    pub fn contact(&mut self, choice: &Choice) -> Option<ContactId> {
        match choice.standing {
            Some(standing) => Some(standing.contact_id),
            None => self.rest.next().map(ContactId),
        }
    }
}

pub(super) fn answer(
    catalog: &Catalog,
    request: &DecisionRequest,
    decided: Decided,
) -> DecisionAnswer {
    let mut contacts = Contacts::of(&decided.appended);
    let decision_id = Some(contacts.decision);
    let mut contact = |choice: &Choice| contacts.contact(choice);
    DecisionAnswer {
        decision_id,
        customer_id: Some(decided.appended.customer_id),
        degradation: decided.degradation,
        placements: placements(catalog, request, &decided.considered, &mut contact),
    }
}

/// The answers of all placements, in the order of the request.
pub(super) fn placements(
    catalog: &Catalog,
    request: &DecisionRequest,
    considered: &[Considered],
    contact: &mut impl FnMut(&Choice) -> Option<ContactId>,
) -> Vec<PlacementAnswer> {
    let mut considered = considered.iter();
    let mut answers = Vec::with_capacity(request.placements.len());
    for key in &request.placements {
        let place = catalog.placement_place(key);
        let Some(place) = place.and_then(|_| considered.next()) else {
            answers.push(PlacementAnswer {
                placement: key.clone(),
                offers: vec![],
                fallback: None,
                spare: None,
                reason: AnswerReason::UnknownPlacement,
            });
            continue;
        };
        let entry = &catalog.placements[usize::from(place.placement)];
        let mut offers = Vec::with_capacity(place.honoured.len() + place.chosen.len());
        let channel = entry.body.channel;
        offers.extend(place.honoured.iter().map(|one| one.answer(channel)));
        for choice in &place.chosen {
            let contact_id = contact(choice);
            let entry = &catalog.offers[usize::from(choice.offer)];
            let Some(creative) = entry.creative_of(choice.variant, choice.creative) else {
                continue;
            };
            if choice.control.is_none() {
                offers.push(OfferAnswer {
                    offer: entry.key.clone(),
                    version: version(choice, entry),
                    variant: entry.variant_key(choice.variant).map(str::to_owned),
                    code: None,
                    contact_id,
                    treatment_code: contact_id.map(treatment_code),
                    priority: choice.priority,
                    propensity: Some(choice.luck.propensity),
                    creative: creative.clone(),
                    attributes: entry.attributes_of(choice.variant).clone(),
                    expires_at: Some(choice.expires_at),
                });
            }
        }
        let (fallback, spare) = match offers.is_empty() {
            true => (entry.fallback.clone(), None),
            false => (None, entry.fallback.clone()),
        };
        answers.push(PlacementAnswer {
            placement: key.clone(),
            fallback,
            spare,
            offers,
            reason: place.reason(),
        });
    }
    answers
}

/// The version that was made: of what stands already, that of its contact.
fn version(choice: &Choice, entry: &OfferEntry) -> i64 {
    let made = choice.standing.and_then(|standing| standing.version);
    made.unwrap_or(entry.version)
}

pub(super) fn fallback(
    catalog: &Catalog,
    request: &DecisionRequest,
    customer_id: Option<CustomerId>,
    reason: AnswerReason,
) -> DecisionAnswer {
    let mut placements = placements(catalog, request, &[], &mut |_| None);
    for answer in &mut placements {
        if let Some(place) = catalog.placement_place(&answer.placement) {
            answer.fallback = catalog.placements[usize::from(place)].fallback.clone();
            answer.reason = reason;
        }
    }
    DecisionAnswer {
        decision_id: None,
        customer_id,
        degradation: Degradation::Fallback,
        placements,
    }
}

pub(super) fn made(
    catalog: &Catalog,
    entry: &PlacementEntry,
    place: &Considered,
    contacts: &mut Contacts,
) -> Option<MadeOffer> {
    let choice = place.chosen.first()?;
    let contact_id = contacts.contact(choice)?;
    let offer = &catalog.offers[usize::from(choice.offer)];
    if choice.control.is_some() {
        return None;
    }
    Some(MadeOffer {
        contact_id,
        treatment_code: treatment_code(contact_id),
        offer: offer.key.clone(),
        version: version(choice, offer),
        variant: offer.variant_key(choice.variant).map(str::to_owned),
        code: None,
        category: offer.body.category.clone(),
        channel: entry.body.channel,
        creative: offer.creative_of(choice.variant, choice.creative)?.clone(),
        attributes: offer.attributes_of(choice.variant).clone(),
        expires_at: choice.expires_at,
    })
}

/// The figures of all decisions, looked up once.
struct Figures {
    /// How many, by degradation.
    decisions: [Counter; 4],
    seconds: Histogram,
}

static FIGURES: LazyLock<Figures> = LazyLock::new(|| {
    let words = ["none", "cached_state", "anonymous", "fallback"];
    Figures {
        decisions: words
            .map(|word| metrics::counter!("rapport_decisions_total", "degradation" => word)),
        seconds: metrics::histogram!("rapport_decision_seconds"),
    }
});

pub(super) fn measure(answer: &DecisionAnswer, started: Instant) {
    let place = match answer.degradation {
        Degradation::None => 0,
        Degradation::CachedState => 1,
        Degradation::Anonymous => 2,
        Degradation::Fallback => 3,
    };
    FIGURES.decisions[place].increment(1);
    FIGURES.seconds.record(started.elapsed().as_secs_f64());
}

impl Considered {
    /// Why the placement shows what it shows.
    pub fn reason(&self) -> AnswerReason {
        let shown = |choice: &Choice| choice.control.is_none();
        if !self.honoured.is_empty() || self.chosen.iter().any(shown) {
            return AnswerReason::Offer;
        }
        if !self.chosen.is_empty() {
            return AnswerReason::ControlGroup;
        }
        // The reasons against a candidate stand together.
        let by_candidate = self.against.chunk_by(|(a, _), (b, _)| a == b);
        let first_failed = |reasons: &[(u16, Reason)]| {
            let stages = reasons.iter().map(|(_, reason)| (reason.stage(), *reason));
            stages.min_by_key(|(stage, _)| *stage)
        };
        let furthest = by_candidate.filter_map(first_failed).max();
        match furthest {
            Some((Stage::Chosen, _)) => AnswerReason::Duplicate,
            Some((Stage::Policy, Reason::Contended)) => AnswerReason::Contended,
            Some((Stage::Policy, _)) => AnswerReason::Policy,
            Some((Stage::Fits | Stage::Eligible | Stage::Allowed | Stage::Control, _)) | None => {
                AnswerReason::NothingEligible
            }
        }
    }
}
