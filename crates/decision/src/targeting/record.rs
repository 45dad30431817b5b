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

use std::fmt::Write;

use memory::cap::Claim;
use memory::interaction::{Basis, Contact, ContactStatus};
use memory::log::{Entry, NewRow};
use serde_json::{Map, Value};
use store::Timestamp;

use super::control::JourneyRef;
use super::evidence::{Thought, parts_of};
use super::pipeline::{Choice, Considered};
use super::reason::Reason;
use super::{AnswerReason, Degradation};
use crate::cap::CapRoom;
use crate::catalog::{Catalog, PlacementEntry};
use crate::worth::group_key;

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
    /// Whether nothing was tried out, because the budget for it was used up.
    pub thrifty: bool,
    pub now: Timestamp,
    /// What came of considering.
    pub thought: &'a Thought,
}

/// The rows of a decision: its record first, then its new contacts in the order of the choices.
pub(super) fn rows(written: &Written<'_>) -> Result<Vec<NewRow>, serde_json::Error> {
    let mut contacts = vec![];
    let considered = &written.thought.considered;
    let group = group_key(written.catalog, written.thought.group);
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
                customer_group: Some(group.to_owned()),
                journey: written.journey.map(|journey| journey.key.clone()),
            });
        }
    }
    let body = body(written, considered)?;
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
    let mut text = String::with_capacity(1_024);
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
    if written.thrifty {
        text.push_str(",\"thrifty\":true");
    }
    let thought = written.thought;
    if thought
        .considered
        .iter()
        .any(|place| written.catalog.placements[usize::from(place.placement)].incremental)
    {
        let group = group_key(written.catalog, thought.group);
        let worths = &thought.worths.hash;
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
    if !place.honoured.is_empty() {
        text.push_str(",\"honoured\":");
        let honoured = serde_json::to_string(&place.honoured);
        text.push_str(&honoured.expect("keys and numbers are JSON"));
    }
    text.push_str(",\"ranked\":[");
    numbers(text, place.ranked.iter().copied());
    text.push_str("],\"expected\":[");
    for (at, (_, propensity)) in place.propensities.iter().enumerate() {
        separate(text, at);
        number(text, (propensity * 1e6).round() as u64);
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
    let entry = &catalog.offers[usize::from(choice.offer)];
    let offer = &entry.key;
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
            if let Some(made) = standing.version.filter(|made| *made != entry.version) {
                push(text, format_args!(",\"version\":{made}"));
            }
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
        self::number(text, u64::from(number));
    }
}

/// Writes digits without the detour over formatting: a record has a hundred such numbers.
fn number(text: &mut String, number: u64) {
    text.push_str(itoa::Buffer::new().format(number));
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes all text");
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
