//! Choosing: what models expect of each proposal, and which of them is taken.
//!
//! One draw per place to fill, each with numbers of its own: so the probability of every choice,
//! given the choices before it, is known exactly and stands in the record.

use memory::customer::CustomerFacts;
use store::Timestamp;

use super::adjust::Adjusted;
use super::arbitrate::{Descending, Proposal};
use super::control::{ControlGroup, withheld};
use super::pipeline::{Choice, Considered, Luck, Place, Question, Run, limits_against};
use super::plan::Plan;
use super::reason::Reason;
use super::suppress::{Known, Standing};
use super::variant::Stands;
use crate::Channel;
use crate::catalog::{Candidate, PlacementEntry};
use crate::learning::Algorithm;
use crate::learning::columns::Answer;
use crate::learning::draw::{self, Drawn, Expected};
use crate::learning::features::{Noticed, Subject};
use crate::learning::learned::DAY_MS;
use jiff::tz::TimeZone;

/// What counts for an offer that is promised at this moment, in deviations above what is expected:
/// it is not drawn anew, so that every channel carries the same unless another is clearly better.
const PROMISED: f64 = 2.0;

/// What is noticed of the customer, whatever the offer.
pub(super) fn notice(
    question: &Question<'_>,
    facts: &CustomerFacts<'_>,
    zone: &TimeZone,
) -> Noticed {
    let learning = &question.catalog.strategy.learning;
    if learning.algorithm == Algorithm::Fixed {
        return Noticed::nothing();
    }
    let subject = Subject {
        state: question.state,
        facts,
        context: question.context,
        zone,
        now: question.now,
    };
    Noticed::of(&learning.features, &question.learned.book, &subject)
}

/// The key of a request's draws: the customer and this moment, or the moment of the oldest promise
/// that is still open, so that a page that is loaded again shows the same.
pub(super) fn seed(question: &Question<'_>) -> Option<u64> {
    if question.catalog.strategy.learning.algorithm == Algorithm::Fixed {
        return None;
    }
    let customer = question.customer?;
    let now = question.now;
    let contacts = question.state.contacts.iter();
    let open = contacts.filter(|mark| !mark.control && mark.holds(now));
    let since: Timestamp = open.map(|mark| mark.at).min().unwrap_or(now);
    Some(draw::key(customer.0, since.0.cast_unsigned()))
}

impl Run<'_> {
    /// A candidate that nothing speaks against, with what is expected of it.
    pub(super) fn proposal(
        &mut self,
        (place, channel): (u16, Channel),
        candidate: &Candidate,
        changed: Option<&Adjusted>,
    ) -> Proposal {
        let Question {
            catalog, learned, ..
        } = *self.question;
        let learning = &catalog.strategy.learning;
        let known = self.history.offer(candidate.offer);
        let (own, of_variant) = self.own(candidate, &known);
        let start = candidate.factors.propensity;
        let answer = own.places.is_empty().then(|| self.among_others(candidate));
        let answer = answer.flatten();
        // Nothing more is asked of a model that is proven.
        let done = |answer: Answer| of_variant.is_none() && learning.proven(answer.settled);
        let model = match answer.is_some_and(done) {
            true => None,
            false => learned.models.get(&candidate.model).map(|model| &**model),
        };
        let mut estimate = match answer {
            Some(answer) => answer.estimate,
            None => {
                let x = self.noticed.with(&own);
                learned.estimate(learning, model, (candidate.family, channel), start, &x)
            }
        };
        if let Some(place) = of_variant {
            let offer = &catalog.offers[usize::from(candidate.offer)];
            let rates = (offer.body.propensity, start);
            estimate = learned.of_variant(learning, model, estimate, rates, place);
        }
        let spread = match self.seed {
            Some(_) if !self.question.care.thrifty => learning.sampling * estimate.deviation,
            Some(_) | None => 0.0,
        };
        let promised = known.held && spread > 0.0;
        let today = self.question.now.0 / DAY_MS;
        let factors = changed.map_or(candidate.factors, |c| c.factors(candidate.factors));
        let weight = factors.weight();
        Proposal {
            candidate: place,
            priority: estimate.propensity * weight,
            propensity: estimate.propensity,
            expected: Expected {
                mean: estimate.mean + if promised { PROMISED * spread } else { 0.0 },
                spread: if promised { 0.0 } else { spread },
                weight,
                // Variants of one offer are drawn by themselves.
                salt: candidate
                    .model
                    .wrapping_add(candidate.variant.map_or(0, |v| u64::from(v) + 1)),
                held_back: model.is_some_and(|model| model.held_back(learning, today)),
            },
            drawn: estimate.propensity,
            rank: changed.map_or(0, |changed| changed.rank),
            held: known.held,
            shown_at: known.shown_at,
        }
    }

    /// What a model expects of the customer alone, read together with what others do.
    fn among_others(&mut self, candidate: &Candidate) -> Option<Answer> {
        let Question {
            catalog, learned, ..
        } = *self.question;
        if catalog.strategy.learning.algorithm != Algorithm::Bayesian {
            return None;
        }
        let (x, answers) = (&self.noticed.places, &mut self.answers);
        learned.columns()?.estimate(candidate.model, x, answers)
    }

    /// What is noticed of an offer and this customer besides the customer alone, and where in the
    /// book its variant stands, when it has one.
    fn own(&self, candidate: &Candidate, known: &Known) -> (Noticed, Option<Option<u16>>) {
        let Question {
            catalog, learned, ..
        } = *self.question;
        let learning = &catalog.strategy.learning;
        let mut own = Noticed::default();
        if learning.algorithm == Algorithm::Fixed {
            return (own, None);
        }
        if learning.features.history {
            let reacted = known.clicked_at.max(known.accepted_at).is_some();
            own = Noticed::of_offer(&learned.book, known.shown_count, reacted);
        }
        if candidate.variant.is_none() {
            return (own, None);
        }
        let offer = &catalog.offers[usize::from(candidate.offer)];
        let place = offer.variant_key(candidate.variant).map(|variant| {
            let before = own.places.len();
            own.note_variant(&learned.book, variant);
            own.places.get(before).copied()
        });
        (own, place)
    }

    /// Fills a placement of the planned page, without saying the same thing twice.
    pub(super) fn fill(&mut self, at: usize, place: Place<'_>, plan: &Plan) -> Considered {
        let Place {
            entry,
            standing,
            proposals: mut open,
            mut considered,
            ..
        } = place;
        considered.ranked.reserve(open.len());
        considered.propensities.reserve(open.len());
        while considered.chosen.len() < plan.count(at) {
            // Before anything is chosen, planned or made, all of it was looked at a moment ago.
            if !(self.offers.is_empty() && plan.alone() && standing.is_empty()) {
                self.rule_out(at, plan, entry, &standing, &mut open, &mut considered);
            }
            let Some(drawn) = self.assigned_or_drawn(&mut open) else {
                break;
            };
            let best = open.iter().map(|one| one.priority).fold(0.0, f64::max);
            let proposal = open.remove(drawn.place);
            let candidate = &entry.candidates[usize::from(proposal.candidate)];
            let offer = candidate.offer;
            let control = self.control(offer);
            let stands = stands(&standing, candidate, control);
            self.offers.push(offer);
            if stands.is_none() && control.is_none() {
                self.take(entry, proposal.candidate, offer);
            }
            considered.rank(&proposal);
            let luck = Luck {
                propensity: proposal.propensity,
                drawn: proposal.drawn,
                probability: drawn.probability,
                explored: drawn.explored,
                forgone_cents: (best - proposal.priority).max(0.0),
            };
            considered
                .chosen
                .push(self.choice(entry, &proposal, control, stands, luck));
        }
        self.rule_out(at, plan, entry, &standing, &mut open, &mut considered);
        let drawn = |one: &Proposal| Descending(one.expected.weight * one.drawn);
        // Keys are sorted, and of equal ones the first stays first.
        let keys = open.iter().enumerate().map(|(at, one)| (drawn(one), at));
        let mut ranked: Vec<_> = keys.collect();
        ranked.sort_unstable();
        let ranked = ranked.iter().map(|(_, at)| &open[*at]);
        ranked.for_each(|proposal| considered.rank(proposal));
        let catalog = self.question.catalog;
        let categories = considered.chosen.iter();
        let categories = categories.map(|c| catalog.offers[usize::from(c.offer)].category);
        self.categories.extend(categories);
        considered
    }

    /// Uses up what a new contact takes of limits and caps.
    fn take(&mut self, entry: &PlacementEntry, candidate: u16, offer: u16) {
        let catalog = self.question.catalog;
        let category = catalog.offers[usize::from(offer)].category;
        for limit in &entry.limits[usize::from(category)] {
            self.room.take(usize::from(*limit));
        }
        for (cap, amount) in &entry.caps[usize::from(candidate)] {
            if catalog.caps[usize::from(*cap)].body.takes_at_once() {
                self.caps_left[usize::from(*cap)] -= amount;
            }
        }
    }

    /// Leaves out what this page says elsewhere, and what it has no room for any more.
    fn rule_out(
        &self,
        at: usize,
        plan: &Plan,
        entry: &PlacementEntry,
        standing: &[Stands],
        open: &mut Vec<Proposal>,
        considered: &mut Considered,
    ) {
        open.retain(|proposal| {
            let candidate = &entry.candidates[usize::from(proposal.candidate)];
            let offer = candidate.offer;
            let category = self.question.catalog.offers[usize::from(offer)].category;
            let before = considered.against.len();
            let mut speak = |reason| considered.against.push((proposal.candidate, reason));
            if self.offers.contains(&offer) || plan.offer_elsewhere(at, offer) {
                speak(Reason::DuplicateOffer);
            } else if self.categories.contains(&category) || plan.category_elsewhere(at, category) {
                speak(Reason::DuplicateCategory);
            }
            let held = standing.iter().any(|stands| stands.offer == offer);
            if !(held && stands(standing, candidate, self.control(offer)).is_some()) {
                // What this request has chosen meanwhile counts too.
                let limits = &entry.limits[usize::from(category)];
                limits_against(&self.room, limits, false, &mut speak);
                self.caps_against(entry, proposal.candidate, &mut speak);
            }
            considered.against.len() == before
        });
    }

    fn caps_against(&self, entry: &PlacementEntry, candidate: u16, speak: &mut impl FnMut(Reason)) {
        let Question { catalog, caps, .. } = *self.question;
        for (cap, amount) in &entry.caps[usize::from(candidate)] {
            let held = catalog.caps[usize::from(*cap)].body.takes_at_once();
            if held && self.caps_left[usize::from(*cap)] < *amount {
                speak(caps.reason(*cap));
            }
        }
    }

    /// What a table assigns to the customer is taken by its rank; all else is drawn.
    fn assigned_or_drawn(&mut self, open: &mut [Proposal]) -> Option<Drawn> {
        let ranks = open.iter().enumerate().filter(|(_, one)| one.rank > 0);
        match ranks.min_by_key(|(_, one)| one.rank) {
            Some((place, _)) => Some(Drawn {
                place,
                probability: 1.0,
                explored: false,
            }),
            None => self.draw(open),
        }
    }

    /// Draws one of what is open.
    fn draw(&mut self, open: &mut [Proposal]) -> Option<Drawn> {
        let expected: Vec<Expected> = open.iter().map(|proposal| proposal.expected).collect();
        let Question { catalog, care, .. } = self.question;
        let floor = if care.thrifty {
            0.0
        } else {
            catalog.strategy.learning.floor()
        };
        let (seed, floor) = self.seed.map_or((0, 0.0), |seed| (seed, floor));
        let mut drawn = Vec::with_capacity(open.len());
        let one = draw::draw(&expected, draw::key(seed, self.draws), floor, &mut drawn);
        self.draws += 1;
        for (proposal, drawn) in open.iter_mut().zip(drawn) {
            proposal.drawn = drawn;
        }
        one
    }

    fn choice(
        &self,
        entry: &PlacementEntry,
        proposal: &Proposal,
        control: Option<ControlGroup>,
        standing: Option<Standing>,
        luck: Luck,
    ) -> Choice {
        let Question {
            catalog,
            state,
            now,
            ..
        } = *self.question;
        let language = self.question.language.or(state.language.as_deref());
        let candidate = &entry.candidates[usize::from(proposal.candidate)];
        let Candidate { offer, variant, .. } = *candidate;
        let (own, _) = self.own(candidate, &self.history.offer(offer));
        let body = &catalog.offers[usize::from(offer)].body;
        let creative = body.creative_of(variant.map(usize::from), entry.body.channel, language);
        let reserved_until = now.plus_ms(entry.body.reserves_ms);
        let expires_at = standing
            .and_then(|s| s.expires_at)
            .unwrap_or(reserved_until);
        let mut unnamed = self.noticed.unnamed.clone();
        unnamed.extend(own.unnamed.iter().cloned());
        Choice {
            candidate: proposal.candidate,
            offer,
            variant,
            creative: creative.unwrap_or_default(),
            control,
            standing,
            expires_at: body
                .valid_until
                .filter(|_| standing.is_none())
                .map_or(expires_at, |until| until.min(expires_at)),
            priority: proposal.priority,
            luck,
            noticed: Noticed {
                places: self.noticed.with(&own).into_owned(),
                unnamed,
            },
        }
    }

    pub(super) fn control(&self, offer: u16) -> Option<ControlGroup> {
        let offer = &self.question.catalog.offers[usize::from(offer)];
        let fraction = offer.body.control_fraction;
        let customer = self.question.customer?;
        let journey = self.question.care.journey;
        if self.universal {
            Some(ControlGroup::Universal)
        } else if journey.is_some_and(|journey| journey.withholds_from(customer)) {
            Some(ControlGroup::Journey)
        } else if withheld(&offer.control_salt, customer, fraction) {
            Some(ControlGroup::Offer)
        } else {
            None
        }
    }
}

/// The contact that stands for an offer, or a variant of it, at the placement already.
pub(super) fn stands(
    standing: &[Stands],
    candidate: &Candidate,
    control: Option<ControlGroup>,
) -> Option<Standing> {
    let same = |s: &&Stands| {
        s.offer == candidate.offer
            && s.variant == candidate.variant
            && s.withheld == control.is_some()
    };
    standing.iter().find(same).map(|stands| stands.standing)
}

impl Considered {
    fn rank(&mut self, proposal: &Proposal) {
        self.ranked.push(proposal.candidate);
        self.propensities
            .push((proposal.candidate, proposal.propensity));
    }
}
