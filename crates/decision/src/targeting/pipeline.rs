//! The pipeline: from all offers of some placements to the chosen ones, with every reason.
//!
//! Pure: one catalog, what was learned, one customer's state, one moment. Nothing is allocated per
//! proposal that is ruled out beyond a place in one list.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use memory::consent::ConsentState;
use memory::criteria::{AttributeValue, Memo};
use memory::customer::{CustomerFacts, Memberships};
use memory::interaction::{ContactMark, ContactStatus};
use memory::{CustomerId, CustomerState};
use store::Timestamp;

use super::adjust::Adjusted;
use super::arbitrate::{Proposal, arbitrate};
use super::choose::{notice, seed};
use super::control::{ControlGroup, JourneyRef, UNIVERSAL, withheld};
use super::honoured::{Honoured, fitting};
use super::reason::Reason;
use super::suppress::{History, Standing};
use super::variant::Stands;
use crate::Channel;
use crate::cap::CapRoom;
use crate::catalog::{Catalog, PlacementEntry};
use crate::customer_table::CustomerRows;
use crate::experiment::party::Party;
use crate::learning::Learned;
use crate::learning::columns::Answers;
use crate::learning::features::Noticed;
use crate::offer::recall::Stopped;
use crate::policy::limits::Room;
use crate::worth::{Worth, Worths};

/// The purpose of everything that offers say.
pub const MARKETING: &str = "marketing";

/// One question to the pipeline.
pub struct Question<'a> {
    /// What can be said.
    pub catalog: &'a Catalog,
    /// What was learned from earlier responses.
    pub learned: &'a Learned,
    /// The customer; `None` for one we do not know yet.
    pub customer: Option<CustomerId>,
    /// What we know of them.
    pub state: &'a CustomerState,
    /// The moment.
    pub now: Timestamp,
    /// Places of placements, each with the number of offers wanted.
    pub slots: &'a [(u16, usize)],
    /// The circumstances of the request.
    pub context: &'a HashMap<String, AttributeValue>,
    /// Language of the creatives; the customer's when absent.
    pub language: Option<&'a str>,
    /// How much room caps leave.
    pub caps: &'a CapRoom,
    /// What the department's tables say about the customer.
    pub rows: &'a CustomerRows,
    /// How careful to be.
    pub care: Care<'a>,
    /// Members of segments that no rule on the customer tells.
    pub memberships: &'a Memberships,
    /// True when a suppression list closes a channel for the customer.
    pub closed: &'a dyn Fn(Channel) -> bool,
    /// What the customer takes part in.
    pub party: &'a Party,
    /// The place of the customer's group.
    pub group: usize,
    /// What acceptances are worth.
    pub worths: &'a Worths,
}

/// How careful to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Care<'a> {
    /// True when what is decided waits for the end of quiet hours by itself.
    pub waits: bool,
    /// True when the customer's contacts move faster than we decide: nothing that a limit
    /// concerns may be said.
    pub contended: bool,
    /// True when nothing is tried out: what is expected to be best is chosen.
    pub thrifty: bool,
    /// What an outbound contact is for, so that asking again gives the same contact.
    pub reference: Option<&'a str>,
    /// Offers that may not be made, whatever the catalog says.
    pub stopped: Option<&'a Stopped>,
    /// The journey that asks.
    pub journey: Option<&'a JourneyRef>,
}

/// What came of one placement.
#[derive(Debug, Default)]
pub struct Considered {
    /// The placement's place in the catalog.
    pub placement: u16,
    /// What was chosen, best first.
    pub chosen: Vec<Choice>,
    /// Candidates that nothing spoke against, in the order of arbitration.
    pub ranked: Vec<u16>,
    /// Every reason against a candidate.
    pub against: Vec<(u16, Reason)>,
    /// The expected probability of an acceptance of every candidate in `ranked`.
    pub propensities: Vec<(u16, f64)>,
    /// Candidates whose factors differ from the catalog's in this decision.
    pub adjusted: Vec<Adjusted>,
    /// What was made and stands although it is no candidate any more; shown before the chosen.
    pub honoured: Vec<Honoured>,
}

/// A chosen offer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its place among the candidates.
    pub candidate: u16,
    /// Its place among the offers.
    pub offer: u16,
    /// Which of its variants.
    pub variant: Option<u16>,
    /// The place of its creative.
    pub creative: usize,
    /// The control group for which it is withheld.
    pub control: Option<ControlGroup>,
    /// The contact that stands for it already.
    pub standing: Option<Standing>,
    /// Until when it may be shown.
    pub expires_at: Timestamp,
    /// Its expected priority.
    pub priority: f64,
    /// How it was drawn.
    pub luck: Luck,
    /// What was noticed of the customer, the offer's own history included.
    pub noticed: Noticed,
}

/// How a choice came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Luck {
    /// The expected probability that the customer accepts.
    pub propensity: f64,
    /// That probability as it was drawn from what the model believes.
    pub drawn: f64,
    /// The probability with which the offer was chosen.
    pub probability: f64,
    /// True when it was drawn evenly, for the sake of learning.
    pub explored: bool,
    /// What another offer was expected to bring in more.
    pub forgone_cents: f64,
}

/// The zone of a customer.
pub fn zone_of(state: &CustomerState, default: &TimeZone) -> TimeZone {
    let own = state
        .zone
        .as_deref()
        .and_then(|name| TimeZone::get(name).ok());
    own.unwrap_or_else(|| default.clone())
}

/// Considers every offer for every placement asked about.
pub fn consider(question: &Question<'_>) -> Vec<Considered> {
    let Question {
        catalog,
        state,
        now,
        ..
    } = *question;
    let zone = zone_of(state, &catalog.default_zone);
    let universal = catalog.strategy.universal_control_fraction;
    let facts = CustomerFacts::new(state, question.context, &catalog.default_zone);
    let facts = match question.customer {
        Some(root) => facts.in_segments(question.memberships, root),
        None => facts,
    };
    let mut run = Run {
        question,
        noticed: notice(question, &facts, &zone),
        answers: Answers::default(),
        seed: seed(question),
        draws: 0,
        facts,
        memo: catalog.criteria.memo(),
        history: History::of(catalog, state, now),
        room: Room::of(&catalog.limits, state, now, &zone),
        universal: question
            .customer
            .is_some_and(|id| withheld(UNIVERSAL, id, universal)),
        zone,
        caps_left: (0..catalog.caps.len())
            .map(|cap| question.caps.left(cap as u16))
            .collect(),
        offers: vec![],
        categories: vec![],
    };
    let mut places: Vec<Place<'_>> = Vec::with_capacity(question.slots.len());
    for (placement, count) in question.slots {
        places.push(run.place(*placement, *count));
    }
    let plan = run.plan(&places);
    let mut considered = Vec::with_capacity(places.len());
    for (at, place) in places.into_iter().enumerate() {
        considered.push(run.fill(at, place, &plan));
    }
    considered
}

/// A placement on its way through the pipeline.
pub(super) struct Place<'a> {
    pub entry: &'a PlacementEntry,
    pub count: usize,
    /// Contacts that stand here.
    pub standing: Vec<Stands>,
    /// What nothing speaks against, best first.
    pub proposals: Vec<Proposal>,
    pub considered: Considered,
}

/// What one request knows while it goes through its placements.
pub(super) struct Run<'a> {
    pub question: &'a Question<'a>,
    pub facts: CustomerFacts<'a>,
    pub memo: Memo,
    pub history: History,
    pub room: Room,
    /// What is left of each cap.
    pub caps_left: Vec<i64>,
    pub universal: bool,
    zone: TimeZone,
    /// What models look at, whatever the offer.
    pub noticed: Noticed,
    /// What models expect of these alone, as far as they were asked.
    pub answers: Answers,
    /// The key of all draws; `None` when nothing is drawn.
    pub seed: Option<u64>,
    /// Draws made so far.
    pub draws: u64,
    /// Offers that placements of this request show already.
    pub offers: Vec<u16>,
    /// Categories that other placements of this request show already.
    pub categories: Vec<u16>,
}

impl<'a> Run<'a> {
    fn place(&mut self, placement: u16, count: usize) -> Place<'a> {
        let catalog = self.question.catalog;
        let entry = &catalog.placements[usize::from(placement)];
        let mut considered = Considered {
            placement,
            ..Considered::default()
        };
        let (standing, honoured) = self.standing(entry);
        considered.honoured = fitting(honoured, count);
        let count = count - considered.honoured.len();
        self.adjust(entry, &mut considered.adjusted);
        let mut proposals = self.proposals(entry, &standing, &mut considered);
        arbitrate(&mut proposals);
        Place {
            entry,
            count,
            standing,
            proposals,
            considered,
        }
    }

    /// Contacts that stand at a placement: offers shown there within the time reserved for it.
    fn standing(&self, entry: &PlacementEntry) -> (Vec<Stands>, Vec<Honoured>) {
        let Question {
            catalog,
            state,
            now,
            care,
            ..
        } = *self.question;
        let (mut standing, mut honoured) = (vec![], vec![]);
        for mark in state.contacts.iter().rev() {
            let here = mark.placement.as_deref() == Some(&entry.key);
            if !here || !stands(mark, entry.body.channel, care.reference, now) {
                continue;
            }
            let offer = mark
                .offer
                .as_deref()
                .and_then(|key| catalog.offer_place(key));
            let candidate = |offer: &u16| entry.candidates.iter().any(|c| c.offer == *offer);
            if let Some(offer) = offer.filter(candidate) {
                let body = &catalog.offers[usize::from(offer)].body;
                let variant = body.variant_place(mark.variant.as_deref());
                let variant = variant.and_then(|v| u16::try_from(v).ok());
                // A version with other variants: one of them stands for what was made.
                let mut here = entry.candidates.iter().filter(|c| c.offer == offer);
                let same = here.clone().any(|candidate| candidate.variant == variant);
                standing.push(Stands {
                    offer,
                    variant: if same {
                        variant
                    } else {
                        here.next().and_then(|c| c.variant)
                    },
                    withheld: mark.control,
                    standing: Standing {
                        contact_id: mark.contact_id,
                        expires_at: mark.expires_at,
                        version: mark.offer_version,
                    },
                });
            } else {
                honoured.extend(self.honoured(entry, mark));
            }
        }
        (standing, honoured)
    }

    /// Until when nothing may be said in a channel; nothing when what is said waits by itself.
    pub(super) fn quiet(&self, channel: Channel) -> Option<Timestamp> {
        let Question {
            catalog, care, now, ..
        } = *self.question;
        if care.waits {
            return None;
        }
        let ends = catalog.quiet.iter();
        let ends = ends.map(|quiet| quiet.until(channel, now, &self.zone));
        ends.max().flatten()
    }

    /// The candidates that nothing speaks against; every reason against the others is noted.
    fn proposals(
        &mut self,
        entry: &PlacementEntry,
        standing: &[Stands],
        considered: &mut Considered,
    ) -> Vec<Proposal> {
        let Question {
            catalog,
            state,
            now,
            care,
            caps,
            rows,
            ..
        } = *self.question;
        let Considered {
            against, adjusted, ..
        } = considered;
        let channel = entry.body.channel;
        let alike = self.alike(channel);
        let mut proposals = Vec::with_capacity(entry.candidates.len());
        against.reserve(entry.candidates.len());
        let plain = self.plain(standing, adjusted);
        for (place, candidate) in entry.candidates.iter().enumerate() {
            let (place, before) = (place as u16, against.len());
            if plain && candidate.plain && self.history.of_offer(candidate.offer).is_none() {
                let speak = |reason| against.push((place, reason));
                self.against_plain(entry, candidate, &alike, speak);
                if against.len() == before {
                    proposals.push(self.proposal((place, channel), candidate, None));
                }
                continue;
            }
            let offer = &catalog.offers[usize::from(candidate.offer)];
            // The offer's rule and its variant's may fail alike, which is one reason.
            let mut speak = |reason| {
                if !against[before..].contains(&(place, reason)) {
                    against.push((place, reason));
                }
            };
            let worth = self.worth(entry, candidate.offer);
            if worth == Worth::Nothing {
                speak(Reason::EarnsNothing);
            }
            if offer.body.valid_from.is_some_and(|from| now < from) {
                speak(Reason::NotValidYet);
            }
            if offer.body.valid_until.is_some_and(|until| now >= until) {
                speak(Reason::Expired);
            }
            let changed = adjusted.iter().find(|changed| changed.candidate == place);
            if changed.map_or(candidate.factors.lever, |changed| changed.lever) == 0.0 {
                speak(Reason::LeverZero);
            }
            if let Some(reason) = care.stopped.and_then(|s| s.against(&offer.key)) {
                speak(reason);
            } else if offer.body.needs_holder() && crate::code::holder(state).is_none() {
                speak(Reason::NoHolder);
            }
            if let Some(reason) = self.variant_against(candidate, standing, channel) {
                speak(reason);
            }
            if rows.denied(candidate.offer) {
                speak(Reason::Denied);
            }
            if !self.eligible(candidate) {
                speak(Reason::NotEligible);
            }
            if let Some(reason) = alike.consent {
                speak(reason);
            }
            if alike.closed {
                speak(Reason::Suppressed);
            }
            if let Some(reason) = self.question.party.against(catalog, candidate.offer) {
                speak(reason);
            }
            self.history
                .rests(catalog, candidate.offer, state, now, &mut speak);
            let limits = &entry.limits[usize::from(candidate.category)];
            limits_against(&self.room, limits, care.contended, &mut speak);
            for (cap, amount) in &entry.caps[usize::from(place)] {
                if let Some(reason) = caps.against(catalog, *cap, *amount) {
                    speak(reason);
                }
            }
            if let Some(until) = alike.quiet {
                speak(Reason::Quiet(until));
            }
            let made = |s: &Stands| s.offer == candidate.offer && s.variant == candidate.variant;
            if standing.iter().any(|s| made(s) && !s.withheld) {
                // What was made is honoured as long as it stands.
                let reasons = against.split_off(before);
                let end = |(_, reason): &(u16, Reason)| reason.ends_what_was_made();
                against.extend(reasons.into_iter().filter(end));
            }
            if against.len() == before {
                proposals.push(self.proposal((place, channel), &worth.of(candidate), changed));
            }
        }
        proposals
    }

    /// What an acceptance by this customer is worth.
    fn worth(&self, entry: &PlacementEntry, offer: u16) -> Worth {
        let Question {
            catalog,
            group,
            worths,
            ..
        } = *self.question;
        if entry.incremental {
            worths.of_offer(catalog, offer, group)
        } else {
            Worth::Stated
        }
    }
}

pub(super) fn limits_against(
    room: &Room,
    limits: &[u16],
    contended: bool,
    speak: &mut impl FnMut(Reason),
) {
    for limit in limits {
        if !room.allows(usize::from(*limit)) {
            speak(Reason::Limit(*limit));
        }
    }
    if contended && !limits.is_empty() {
        speak(Reason::Contended);
    }
}

/// Whether a contact still stands for the same offer at the same placement. A page that is loaded
/// again shows the same contact; a message is only the same when it is for the same purpose.
fn stands(mark: &ContactMark, channel: Channel, reference: Option<&str>, now: Timestamp) -> bool {
    let open = mark.status != ContactStatus::Released && mark.expires_at.is_some_and(|e| now < e);
    open && if channel.outbound() {
        reference.is_some() && mark.message.as_deref() == reference
    } else {
        true
    }
}

/// Why a purpose has no consent in a channel; `None` when it has.
pub fn no_consent(
    state: &CustomerState,
    channel: Channel,
    purpose: &str,
    now: Timestamp,
) -> Option<Reason> {
    let asks_first = channel.asks_first() && purpose == MARKETING;
    let said = state
        .consents
        .iter()
        .find(|c| c.channel == channel.word() && c.purpose == purpose);
    match said {
        Some(said) if said.state == ConsentState::Denied => Some(Reason::ConsentDenied),
        Some(said) if said.allows(now) => None,
        Some(_) if asks_first => Some(Reason::ConsentExpired),
        None if asks_first => Some(Reason::ConsentMissing),
        Some(_) | None => None,
    }
}
