//! Deciding again: the proposals of a recorded decision, put in order by other rules.
//!
//! What the record says of a customer stands, for example that they were not eligible. What can be
//! told from the rules alone (dates, levers, weights, values, control groups, saying nothing
//! twice) is told anew. Where other rules would have asked the customer's state something else,
//! the choice is marked as unsure.

use std::collections::HashMap;

use awareness::increment::effect::Effects;
use memory::CustomerId;
use store::Timestamp;

use super::choice::{Open, Ranked};
use super::turn::{Keys, Position};
use crate::catalog::Catalog;
use crate::catalog::record::CatalogRecord;
use crate::learning::settings::Learning;
use crate::targeting::arbitrate::Factors;
use crate::targeting::reason::Reason;
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::worth::{Worth, worth};

/// How the places of a record lead to those of other rules.
#[derive(Debug, Default)]
pub struct Bridge {
    placements: Vec<Option<Crossing>>,
    limits: Vec<Fate>,
    /// Whether the other rules have limits that the record knows nothing of.
    new_limits: bool,
    /// Keys of offers that the other rules would consider and the record never did.
    pub unknown: Vec<String>,
}

/// One placement of a record, in other rules.
#[derive(Debug)]
struct Crossing {
    placement: u16,
    /// By place among the recorded candidates: the place among the others'.
    candidates: Vec<Option<Proposed>>,
}

/// One candidate of a record, in other rules.
#[derive(Debug, Clone, Copy)]
struct Proposed {
    candidate: u16,
    offer: u16,
    /// Whether they ask the customer's state something else.
    rewritten: bool,
    /// Whether they say another chance of acceptance than the rules of that time.
    own_propensity: bool,
}

/// What became of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Same,
    Changed,
    Gone,
}

/// The offers of a record as they were, by key: what a bridge compares with.
pub type OffersThen = HashMap<String, crate::offer::Offer>;

impl Bridge {
    /// Compares the rules of a record with others.
    pub fn new(record: &CatalogRecord, then: &OffersThen, other: &Catalog) -> Bridge {
        let policies = &other.record.policies;
        let fate = |limit: &crate::catalog::record::LimitRecord| {
            let same =
                |l: &&crate::policy::limits::Ready| l.policy == limit.policy && l.key == limit.key;
            let version = record.policies.iter().find(|(key, _)| *key == limit.policy);
            match other.limits.iter().find(same) {
                None => Fate::Gone,
                Some(_) if version.is_some_and(|known| policies.contains(known)) => Fate::Same,
                Some(_) => Fate::Changed,
            }
        };
        let known = |limit: &crate::policy::limits::Ready| {
            let same = |l: &crate::catalog::record::LimitRecord| {
                l.policy == limit.policy && l.key == limit.key
            };
            record.limits.iter().any(same)
        };
        let mut bridge = Bridge {
            placements: vec![],
            limits: record.limits.iter().map(fate).collect(),
            new_limits: !other.limits.iter().all(known),
            unknown: vec![],
        };
        for placement in &record.placements {
            let crossing = other
                .placement_place(&placement.key)
                .map(|place| bridge.crossing(record, then, other, &placement.candidates, place));
            bridge.placements.push(crossing);
        }
        bridge.unknown.sort();
        bridge.unknown.dedup();
        bridge
    }

    fn crossing(
        &mut self,
        record: &CatalogRecord,
        then: &OffersThen,
        other: &Catalog,
        candidates: &[(u16, Factors)],
        placement: u16,
    ) -> Crossing {
        let entry = &other.placements[usize::from(placement)];
        let key_then = |place: u16| {
            record
                .offers
                .get(usize::from(place))
                .map(|o| o.key.as_str())
        };
        let key_now = |place: u16| other.offers[usize::from(place)].key.as_str();
        for candidate in &entry.candidates {
            let key = key_now(candidate.offer);
            if !candidates
                .iter()
                .any(|(place, _)| key_then(*place) == Some(key))
            {
                self.unknown.push(key.to_owned());
            }
        }
        let proposed = |(place, _): &(u16, Factors)| {
            let key = key_then(*place)?;
            let at = entry
                .candidates
                .iter()
                .position(|c| key_now(c.offer) == key)?;
            let offer = entry.candidates[at].offer;
            let now = &other.offers[usize::from(offer)].body;
            let before = then.get(key);
            Some(Proposed {
                candidate: u16::try_from(at).ok()?,
                offer,
                rewritten: before.is_none_or(|before| {
                    before.eligibility != now.eligibility || before.suppress != now.suppress
                }),
                own_propensity: before.is_some_and(|b| b.propensity != now.propensity),
            })
        };
        Crossing {
            placement,
            candidates: candidates.iter().map(proposed).collect(),
        }
    }

    /// What speaks against a candidate still, and whether that is sure.
    fn still_against(&self, reasons: &[Reason], rewritten: bool) -> Standing {
        let (mut stands, mut unsure) = (false, self.new_limits || rewritten);
        for reason in reasons {
            let (holds, sure) = match reason {
                // Told anew from the rules alone.
                Reason::NotValidYet
                | Reason::Expired
                | Reason::LeverZero
                | Reason::DuplicateOffer
                | Reason::DuplicateCategory
                | Reason::ControlGroup => (false, true),
                Reason::Limit(place) => match self.limits.get(usize::from(*place)) {
                    Some(Fate::Gone) => (false, true),
                    Some(Fate::Changed) => (true, false),
                    Some(Fate::Same) | None => (true, true),
                },
                Reason::NotEligible
                | Reason::Accepted(_)
                | Reason::Rejected(_)
                | Reason::Viewed(_)
                | Reason::Related(..) => (true, !rewritten),
                // Everything else is the customer's word or of that moment.
                _ => (true, true),
            };
            if holds && sure {
                return Standing::Out;
            }
            stands |= holds;
            unsure |= !sure;
        }
        match (stands, unsure) {
            (true, _) => Standing::PerhapsIn,
            (false, true) => Standing::PerhapsOut,
            (false, false) => Standing::In,
        }
    }
}

/// Whether a candidate is still one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    In,
    /// In by the record; the other rules ask something that is not in it.
    PerhapsOut,
    /// Out by the record, for reasons that the other rules see differently.
    PerhapsIn,
    Out,
}

/// Everything that a recorded decision is decided again with.
pub(crate) struct Again<'a> {
    /// What the record refers to.
    pub record: &'a CatalogRecord,
    /// How it leads to the other rules.
    pub bridge: &'a Bridge,
    /// The other rules.
    pub rules: &'a Catalog,
    /// How the rules of that time learned, when that is known.
    pub learned_then: Option<&'a Learning>,
    /// What acceptances are known to be worth.
    pub effects: &'a Effects,
    /// The customer.
    pub customer: CustomerId,
    /// When it was decided.
    pub at: Timestamp,
}

impl Again<'_> {
    /// What the other rules choose, per placement of the record and position.
    pub fn choose(&self, stored: &Stored, keys: &mut Keys) -> Vec<Vec<Position>> {
        let mut open = Open::new(self.rules, self.record, self.learned_then, self.customer);
        let mut chosen = Vec::with_capacity(stored.placements.len());
        for place in &stored.placements {
            let ranked = self.ranked(place, stored.group.as_deref(), keys);
            chosen.push(open.positions(place, ranked, keys));
        }
        chosen
    }

    fn ranked(&self, place: &StoredPlacement, group: Option<&str>, keys: &mut Keys) -> Vec<Ranked> {
        let placements = &self.record.placements;
        let plain = || placements.iter().position(|p| p.key == place.placement);
        let Some(at) = place.entry.or_else(plain) else {
            return vec![];
        };
        let Some(Some(crossing)) = self.bridge.placements.get(at) else {
            return vec![];
        };
        let entry = &self.rules.placements[usize::from(crossing.placement)];
        let mut against: HashMap<u16, Vec<Reason>> = HashMap::new();
        for (candidate, reason) in place.against() {
            against.entry(candidate).or_default().push(reason);
        }
        let mut ranked = vec![];
        for (candidate, proposed) in crossing.candidates.iter().enumerate() {
            let (candidate, Some(proposed)) = (candidate as u16, proposed) else {
                continue;
            };
            let reasons = against.get(&candidate).map_or(&[][..], Vec::as_slice);
            let standing = self.bridge.still_against(reasons, proposed.rewritten);
            let offer = &self.rules.offers[usize::from(proposed.offer)];
            let proposal = &entry.candidates[usize::from(proposed.candidate)];
            let known = group.filter(|_| entry.incremental);
            let known = known.and_then(|group| self.effects.get(&offer.key)?.get(group));
            let worth = worth(known);
            let mut factors = worth.of(proposal).factors;
            let began = offer.body.valid_from.is_none_or(|from| from <= self.at);
            let ended = offer.body.valid_until.is_some_and(|until| until <= self.at);
            let out =
                matches!(standing, Standing::Out | Standing::PerhapsIn) || worth == Worth::Nothing;
            if out || !began || ended || factors.lever == 0.0 {
                continue;
            }
            if !proposed.own_propensity {
                factors.propensity = place.factors(&placements[at], candidate).propensity;
            }
            let rank = place.ranked.iter().position(|known| *known == candidate);
            ranked.push(Ranked {
                key: keys.number(&offer.key),
                offer: proposed.offer,
                weight: factors.weight(),
                propensity: factors.propensity,
                rank: rank.unwrap_or(usize::MAX),
                unsure: standing == Standing::PerhapsOut,
            });
        }
        ranked
    }
}
