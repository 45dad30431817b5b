//! Deciding again: the proposals of a recorded decision, put in order by other rules.
//!
//! What the record says of a customer stands, for example that they were not eligible, what tables
//! said of them, and what circumstances made of the weights. What can be told from the rules alone
//! (dates, levers, weights, values, control groups, saying nothing twice) is told anew. Where other
//! rules would have asked the customer's state something else, the choice is marked as unsure.

use std::collections::HashMap;

use memory::CustomerId;
use store::Timestamp;
use store::definition::Definition;

use super::choice::{Open, Ranked};
use super::turn::{Keys, Position};
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::catalog::{Candidate, Catalog, OfferEntry};
use crate::learning::settings::Learning;
use crate::offer::{Offer, Variant};
use crate::targeting::adjust::Adjusted;
use crate::targeting::arbitrate::Factors;
use crate::targeting::evidence::Evidence;
use crate::targeting::reason::Reason;
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::targeting::strategy::{self, Strategy};
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

/// What the rules of a time were, beside their record.
pub struct Then {
    offers: HashMap<String, Offer>,
    strategies: HashMap<String, Strategy>,
}

impl Then {
    /// Reads it from the definitions of that time.
    pub fn of(definitions: &[Definition]) -> Then {
        Then {
            offers: bodies(definitions, crate::offer::KIND.name),
            strategies: bodies(definitions, strategy::KIND.name),
        }
    }
}

fn bodies<T: serde::de::DeserializeOwned>(
    definitions: &[Definition],
    kind: &str,
) -> HashMap<String, T> {
    let of_kind = definitions.iter().filter(|d| d.kind == kind);
    of_kind
        .filter_map(|d| Some((d.key.clone(), crate::body::read(&d.body).ok()?)))
        .collect()
}

/// One candidate of a record, in other rules.
#[derive(Debug, Clone, Copy)]
struct Proposed {
    candidate: u16,
    offer: u16,
    /// Whether they ask the customer's state something else.
    rewritten: bool,
    /// Whether they choose another variant, take another part of caps, or need another code.
    other_terms: bool,
    /// Whether circumstances count otherwise.
    reweighed: bool,
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

impl Bridge {
    /// Compares the rules of a record with others.
    pub fn new(record: &CatalogRecord, then: &Then, other: &Catalog) -> Bridge {
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
                .map(|place| bridge.crossing(record, then, other, placement, place));
            bridge.placements.push(crossing);
        }
        bridge.unknown.sort();
        bridge.unknown.dedup();
        bridge
    }

    fn crossing(
        &mut self,
        record: &CatalogRecord,
        then: &Then,
        other: &Catalog,
        recorded: &PlacementRecord,
        placement: u16,
    ) -> Crossing {
        let candidates = &recorded.candidates;
        let entry = &other.placements[usize::from(placement)];
        let strategy = recorded.strategy.as_ref();
        let strategy = strategy.and_then(|(key, _)| then.strategies.get(key));
        let weights_then = strategy.map_or(&[][..], |s| s.context_weights.as_slice());
        let strategy = entry.strategy.map(|at| &other.strategies[usize::from(at)]);
        let weights_now = strategy.map_or(&[][..], |s| s.body.context_weights.as_slice());
        let reweighed = |offer: &OfferEntry| {
            let mut all = weights_then.iter().chain(weights_now);
            weights_then != weights_now && all.any(|one| one.concerns(offer, entry.body.channel))
        };
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
        let proposed = |(at, (place, _)): (usize, &(u16, Factors))| {
            let key = key_then(*place)?;
            let variant = record.variant(recorded, u16::try_from(at).ok()?);
            let variant_now =
                |c: &Candidate| other.offers[usize::from(c.offer)].variant_key(c.variant);
            let at = entry
                .candidates
                .iter()
                .position(|c| key_now(c.offer) == key && variant_now(c) == variant)?;
            let offer = entry.candidates[at].offer;
            let offer_now = &other.offers[usize::from(offer)];
            let now = &offer_now.body;
            let before = then.offers.get(key);
            Some(Proposed {
                candidate: u16::try_from(at).ok()?,
                offer,
                rewritten: before.is_none_or(|before| {
                    before.eligibility != now.eligibility || before.suppress != now.suppress
                }),
                other_terms: before.is_none_or(|before| other_terms(before, now)),
                reweighed: reweighed(offer_now),
                own_propensity: before.is_some_and(|b| b.propensity != now.propensity),
            })
        };
        Crossing {
            placement,
            candidates: candidates.iter().enumerate().map(proposed).collect(),
        }
    }

    /// What speaks against a candidate still, and whether that is sure.
    fn still_against(&self, reasons: &[Reason], proposed: &Proposed) -> Standing {
        let rewritten = proposed.rewritten;
        let (mut stands, mut unsure) = (false, self.new_limits || rewritten);
        for reason in reasons {
            let (holds, sure) = match reason {
                // Told anew from the rules alone.
                Reason::NotValidYet
                | Reason::Expired
                | Reason::LeverZero
                | Reason::EarnsNothing
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
                | Reason::Ignored(_)
                | Reason::Related(..) => (true, !rewritten),
                Reason::OtherVariant
                | Reason::Cap(_)
                | Reason::Paced(_)
                | Reason::NoCode
                | Reason::NoHolder => (true, !proposed.other_terms),
                // Everything else is the customer's word, somebody's order or of that moment.
                Reason::Recalled
                | Reason::Denied
                | Reason::Experiment(_)
                | Reason::ConsentMissing
                | Reason::ConsentDenied
                | Reason::ConsentExpired
                | Reason::Suppressed
                | Reason::Quiet(_)
                | Reason::Contended => (true, true),
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

/// Whether an offer chooses its variants otherwise, takes another part of caps, or needs another
/// code.
fn other_terms(before: &Offer, now: &Offer) -> bool {
    let variant = |v: &Variant| {
        let (channels, languages) = (v.channels.clone(), v.languages.clone());
        (
            v.key.clone(),
            v.cost_cents,
            channels,
            languages,
            v.when.clone(),
        )
    };
    let variants = |offer: &Offer| offer.variants.iter().map(variant).collect::<Vec<_>>();
    before.cost_cents != now.cost_cents
        || before.category != now.category
        || before.code != now.code
        || before.variant_choice != now.variant_choice
        || variants(before) != variants(now)
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
    /// What was known of acceptances' worth.
    pub evidence: &'a Evidence,
    /// The customer.
    pub customer: CustomerId,
    /// When it was decided.
    pub at: Timestamp,
}

impl Again<'_> {
    /// What the other rules choose, per placement of the record and position.
    pub fn choose(&self, stored: &Stored, keys: &mut Keys) -> Vec<Vec<Position>> {
        let (learned, customer) = (self.learned_then, self.customer);
        let mut open = Open::new(self.rules, self.record, learned, self.evidence, customer);
        let mut chosen = Vec::with_capacity(stored.placements.len());
        for place in &stored.placements {
            let ranked = self.ranked(place, keys);
            chosen.push(open.positions(place, ranked, keys));
        }
        chosen
    }

    fn ranked(&self, place: &StoredPlacement, keys: &mut Keys) -> Vec<Ranked> {
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
        let adjusted = place.adjusted();
        let mut ranked = vec![];
        for (candidate, proposed) in crossing.candidates.iter().enumerate() {
            let (candidate, Some(proposed)) = (candidate as u16, proposed) else {
                continue;
            };
            let reasons = against.get(&candidate).map_or(&[][..], Vec::as_slice);
            let standing = self.bridge.still_against(reasons, proposed);
            let offer = &self.rules.offers[usize::from(proposed.offer)];
            let proposal = &entry.candidates[usize::from(proposed.candidate)];
            let group = self.evidence.group.as_deref().filter(|_| entry.incremental);
            let known = group.and_then(|group| self.evidence.effects.get(&offer.key)?.get(group));
            let worth = worth(known);
            let stated = placements[at].candidates[usize::from(candidate)].1;
            let changed = adjusted
                .iter()
                .find(|changed| changed.candidate == candidate);
            let (mut factors, assigned) = again(worth.of(proposal).factors, stated, changed);
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
                key: keys.of_variant(&offer.key, offer.variant_key(proposal.variant)),
                whole: keys.number(&offer.key),
                offer: proposed.offer,
                assigned,
                weight: factors.weight(),
                propensity: factors.propensity,
                rank: rank.unwrap_or(usize::MAX),
                unsure: standing == Standing::PerhapsOut || proposed.reweighed,
            });
        }
        ranked
    }
}

/// Factors as other rules state them, with what circumstances and tables made of those of that time
/// made of them too, and the rank at which a table assigned the offer.
fn again(now: Factors, stated: Factors, changed: Option<&Adjusted>) -> (Factors, u32) {
    let Some(changed) = changed else {
        return (now, 0);
    };
    let share = |changed: f64, stated: f64| if stated > 0.0 { changed / stated } else { 1.0 };
    let factors = Factors {
        context_weight: now.context_weight * share(changed.context_weight, stated.context_weight),
        lever: now.lever * share(changed.lever, stated.lever),
        ..now
    };
    (factors, changed.rank)
}
