//! The stored form of a decision: one short JSON text per decision.
//!
//! `{"catalog":"…","channel":"web","degradation":"none","language":"en","context":{…},"placements":[{"placement":
//! "home_banner","reason":"offer","offers":[{"offer":"winter_sale","candidate":3,"contact":1}],
//! "ranked":[3,1],"against":[["not_eligible",[0,2]],["contact_policy",0,[4]]]}]}`
//!
//! Candidates, offers and limits are places in the catalog's record (`catalog::record`), so the
//! whole of a hundred rejected offers takes a few hundred bytes. `expected` are the propensities of
//! `ranked` in millionths, `learned` is the position up to which models had learned. A contact is told by its distance
//! to the decision's row, or by its id when it stood already.

use std::collections::HashMap;
use std::fmt::Write;

use memory::cap::Claim;
use memory::interaction::{Basis, Contact, ContactId, ContactStatus};
use memory::log::{Entry, NewRow};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::Timestamp;

use super::arbitrate::Factors;
use super::control::JourneyRef;
use super::evidence::{ExperimentPart, Thought, parts_of};
use super::pipeline::{Adjusted, Choice, Considered};
use super::reason::Reason;
use super::{AnswerReason, Degradation};
use crate::cap::CapRoom;
use crate::catalog::record::{CatalogRecord, PlacementRecord};
use crate::catalog::{Catalog, PlacementEntry};
use crate::worth::group_keys;

/// What a decision is written down with, besides what was considered.
pub(super) struct Written<'a> {
    pub catalog: &'a Catalog,
    /// The position up to which models had learned.
    pub learned: i64,
    pub degradation: Degradation,
    pub context: &'a Map<String, Value>,
    pub language: Option<&'a str>,
    pub reference: Option<&'a str>,
    pub caps: &'a CapRoom,
    pub journey: Option<&'a JourneyRef>,
    pub now: Timestamp,
    /// What came of considering.
    pub thought: &'a Thought,
}

/// The rows of a decision: its record first, then its new contacts in the order of the choices.
pub(super) fn rows(written: &Written<'_>) -> Result<Vec<NewRow>, serde_json::Error> {
    let mut contacts = vec![];
    let considered = &written.thought.considered;
    let group = group_keys(written.catalog)
        .get(written.thought.group)
        .map(|key| (*key).to_owned());
    for place in considered {
        let placement = &written.catalog.placements[usize::from(place.placement)];
        for choice in place
            .chosen
            .iter()
            .filter(|choice| choice.standing.is_none())
        {
            let offset = contacts.len() as u64 + 1;
            let offer = &written.catalog.offers[usize::from(choice.offer)];
            let creative = offer.creative_of(choice.variant, choice.creative);
            contacts.push(Contact {
                channel: placement.body.channel.word().to_owned(),
                placement: Some(placement.key.clone()),
                message: written.reference.map(str::to_owned),
                offer: Some(offer.key.clone()),
                offer_version: Some(offer.version),
                variant: offer.variant_key(choice.variant).map(str::to_owned),
                category: Some(offer.body.category.clone()),
                status: ContactStatus::Reserved,
                counts: true,
                control: choice.control.is_some(),
                expires_at: Some(choice.expires_at),
                decision_id: None,
                decision_offset: Some(offset),
                language: creative.map(|creative| creative.language.clone()),
                basis: Some(basis(choice)),
                claims: claims(written, placement, choice),
                control_group: choice.control.map(|group| group.word().to_owned()),
                customer_group: group.clone(),
                journey: written.journey.map(|journey| journey.key.clone()),
            });
        }
    }
    let body = RawValue::from_string(body(written, considered)?)?;
    let mut rows = Vec::with_capacity(contacts.len() + 1);
    rows.push(row(written.now, Entry::Decision(body)));
    rows.extend(
        contacts
            .into_iter()
            .map(|contact| row(written.now, Entry::Contact(contact))),
    );
    Ok(rows)
}

/// What a contact keeps of the choice it follows from.
pub(crate) fn basis(choice: &Choice) -> Basis {
    let luck = choice.luck;
    Basis {
        features: choice.noticed.places.clone(),
        unnamed: choice.noticed.unnamed.clone(),
        propensity: rounded(luck.propensity),
        probability: rounded(luck.probability),
        forgone_cents: (luck.forgone_cents * 100.0).round() / 100.0,
    }
}

/// A probability to six places: more would say nothing and take room in every row.
fn rounded(probability: f64) -> f64 {
    (probability * 1e6).round() / 1e6
}

/// What a new contact takes of caps; what is withheld takes nothing.
fn claims(written: &Written<'_>, placement: &PlacementEntry, choice: &Choice) -> Vec<Claim> {
    if choice.control.is_some() {
        return vec![];
    }
    let caps = placement.caps[usize::from(choice.candidate)].iter();
    let claim = |(cap, amount): &(u16, i64)| {
        let body = &written.catalog.caps[usize::from(*cap)].body;
        written.caps.claim(*cap, body, *amount, written.now)
    };
    caps.filter_map(claim).collect()
}

pub(crate) fn row(occurred_at: Timestamp, entry: Entry) -> NewRow {
    NewRow {
        occurred_at,
        source_id: 0,
        message: None,
        entry,
    }
}

/// Writes the record. Keys are plain words (a rule of definitions), so they need no escaping.
fn body(written: &Written<'_>, considered: &[Considered]) -> Result<String, serde_json::Error> {
    let mut text = String::with_capacity(512);
    text.push_str("{\"catalog\":\"");
    text.push_str(&written.catalog.hash);
    text.push_str("\",\"channel\":\"");
    if let Some(first) = considered.first() {
        let first = &written.catalog.placements[usize::from(first.placement)];
        text.push_str(first.body.channel.word());
    }
    text.push_str("\",\"degradation\":");
    text.push_str(&serde_json::to_string(&written.degradation)?);
    if let Some(language) = written.language {
        text.push_str(",\"language\":");
        text.push_str(&serde_json::to_string(language)?);
    }
    if !written.context.is_empty() {
        text.push_str(",\"context\":");
        text.push_str(&serde_json::to_string(written.context)?);
    }
    let thought = written.thought;
    if thought
        .considered
        .iter()
        .any(|place| written.catalog.placements[usize::from(place.placement)].incremental)
    {
        let group = group_keys(written.catalog).get(thought.group).copied();
        let (group, worths) = (group.unwrap_or_default(), &thought.worths.hash);
        push(
            &mut text,
            format_args!(",\"group\":\"{group}\",\"worths\":\"{worths}\""),
        );
    }
    if !thought.met.is_empty() {
        let parts = parts_of(written.catalog, &thought.met);
        text.push_str(",\"experiments\":");
        text.push_str(&serde_json::to_string(&parts)?);
    }
    text.push_str(",\"placements\":[");
    let mut offset = 0;
    for (at, place) in considered.iter().enumerate() {
        separate(&mut text, at);
        placement(&mut text, written.catalog, place, &mut offset);
    }
    push(
        &mut text,
        format_args!("],\"learned\":{}}}", written.learned),
    );
    Ok(text)
}

fn separate(text: &mut String, at: usize) {
    if at > 0 {
        text.push(',');
    }
}

fn placement(text: &mut String, catalog: &Catalog, place: &Considered, offset: &mut u64) {
    let entry = &catalog.placements[usize::from(place.placement)];
    let reason = place.reason().word();
    push(
        text,
        format_args!("{{\"placement\":\"{}\",\"reason\":\"{reason}\"", entry.key),
    );
    if entry.changed {
        push(text, format_args!(",\"entry\":{}", place.placement));
    }
    // Contacts stand in the order of the choices, whether shown or withheld.
    let (mut shown, mut withheld) = (String::new(), String::new());
    for choice in &place.chosen {
        let list = if choice.control.is_some() {
            &mut withheld
        } else {
            &mut shown
        };
        separate(list, list.len());
        chosen(list, catalog, choice, offset);
    }
    push(text, format_args!(",\"offers\":[{shown}]"));
    if !withheld.is_empty() {
        push(text, format_args!(",\"withheld\":[{withheld}]"));
    }
    text.push_str(",\"ranked\":[");
    numbers(text, place.ranked.iter().copied());
    text.push_str("],\"expected\":[");
    for (at, (_, propensity)) in place.propensities.iter().enumerate() {
        separate(text, at);
        push(text, format_args!("{}", (propensity * 1e6).round()));
    }
    text.push_str("],\"against\":[");
    against(text, &place.against);
    text.push(']');
    if !place.adjusted.is_empty() {
        text.push_str(",\"adjusted\":[");
        for (at, changed) in place.adjusted.iter().enumerate() {
            separate(text, at);
            let (candidate, rank) = (changed.candidate, changed.rank);
            let (weight, lever) = (changed.context_weight, changed.lever);
            push(text, format_args!("[{candidate},{weight},{lever},{rank}]"));
        }
        text.push(']');
    }
    text.push('}');
}

fn chosen(text: &mut String, catalog: &Catalog, choice: &Choice, offset: &mut u64) {
    let offer = &catalog.offers[usize::from(choice.offer)].key;
    push(
        text,
        format_args!("{{\"offer\":\"{offer}\",\"candidate\":{}", choice.candidate),
    );
    match choice.standing {
        Some(standing) => {
            push(
                text,
                format_args!(",\"contact_id\":\"{}\"", standing.contact_id),
            );
        }
        None => {
            *offset += 1;
            push(text, format_args!(",\"contact\":{offset}"));
        }
    }
    if let Some(group) = choice.control {
        push(text, format_args!(",\"control\":\"{}\"", group.word()));
    }
    let (creative, expires) = (choice.creative, choice.expires_at.0);
    push(
        text,
        format_args!(",\"creative\":{creative},\"expires\":{expires}"),
    );
    let luck = choice.luck;
    let (propensity, drawn) = (rounded(luck.propensity), rounded(luck.drawn));
    let probability = rounded(luck.probability);
    push(
        text,
        format_args!(
            ",\"propensity\":{propensity},\"drawn\":{drawn},\"probability\":{probability}"
        ),
    );
    if luck.explored {
        text.push_str(",\"explored\":true");
    }
    text.push('}');
}

/// Reasons, each once with all candidates it speaks against.
fn against(text: &mut String, reasons: &[(u16, Reason)]) {
    let mut sorted: Vec<(Reason, u16)> = reasons.iter().map(|(c, reason)| (*reason, *c)).collect();
    sorted.sort_unstable();
    let mut rest = &sorted[..];
    let mut at = 0;
    while let Some((reason, _)) = rest.first() {
        let count = rest.partition_point(|(other, _)| other <= reason);
        separate(text, at);
        push(text, format_args!("[\"{}\"", reason.code()));
        for parameter in reason.parameters().into_iter().flatten() {
            push(text, format_args!(",{parameter}"));
        }
        text.push_str(",[");
        numbers(text, rest[..count].iter().map(|(_, candidate)| *candidate));
        text.push_str("]]");
        rest = &rest[count..];
        at += 1;
    }
}

fn numbers(text: &mut String, numbers: impl Iterator<Item = u16>) {
    for (at, number) in numbers.enumerate() {
        separate(text, at);
        push(text, format_args!("{number}"));
    }
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes all text");
}

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
    #[serde(default)]
    pub learned: Option<i64>,
}

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
        if taken < self.ranked.len() {
            taken.max(1)
        } else {
            placement
        }
    }

    /// Whether an offer was drawn evenly, to learn more about it.
    pub fn explored(&self) -> bool {
        let mut chosen = self.offers.iter().chain(&self.withheld);
        chosen.any(|choice| choice.explored)
    }

    /// What was expected of each offer that nothing spoke against, by key.
    pub fn expected_by_offer<'a>(&self, record: &'a CatalogRecord) -> HashMap<&'a str, f64> {
        let known = self.of(record);
        let Some(known) = known else {
            return HashMap::new();
        };
        let expected = self.propensities().into_iter();
        let by_key = expected.filter_map(|(candidate, propensity)| {
            let (offer, _) = known.candidates.get(usize::from(candidate))?;
            let offer = record.offers.get(usize::from(*offer))?;
            Some((offer.key.as_str(), propensity))
        });
        by_key.collect()
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

impl AnswerReason {
    /// Its word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            AnswerReason::Offer => "offer",
            AnswerReason::ControlGroup => "control_group",
            AnswerReason::NothingEligible => "nothing_eligible",
            AnswerReason::Policy => "policy",
            AnswerReason::Duplicate => "duplicate",
            AnswerReason::Contended => "contended",
            AnswerReason::Timeout => "timeout",
            AnswerReason::Unavailable => "unavailable",
            AnswerReason::UnknownPlacement => "unknown_placement",
        }
    }
}
