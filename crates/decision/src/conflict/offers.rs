//! Conflicts of offers, placements and lists.

use std::collections::HashSet;

use memory::criteria::read;
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;

use super::never::{Verdict, lists_needed, verdict};
use super::{Conflict, ConflictCode, Spent, caps};
use crate::catalog::{Catalog, OfferEntry};
use crate::code::CodeKind;
use crate::offer::VariantChoice;
use crate::{offer, offer_list, placement};

const KIND: &str = offer::KIND.name;

/// What is wrong with each offer; the places of those that can never be made.
pub(super) fn offers(catalog: &Catalog, now: Timestamp, found: &mut Vec<Conflict>) -> HashSet<u16> {
    let mut never = HashSet::new();
    for (place, entry) in catalog.offers.iter().enumerate() {
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        let before = found.len();
        dates(entry, now, found);
        eligibility(entry, found);
        control(catalog, entry, found);
        let levers: Vec<f64> = catalog
            .placements
            .iter()
            .flat_map(|p| p.candidates.iter())
            .filter(|candidate| candidate.offer == place)
            .map(|candidate| candidate.factors.lever)
            .collect();
        if !levers.is_empty() && levers.iter().all(|lever| *lever == 0.0) {
            let message = "the levers of the offer multiply to 0 everywhere, so it is never made";
            let conflict = Conflict::new(
                ConflictCode::OfferLeverZero,
                (KIND, &entry.key, "/lever"),
                message,
            );
            found.push(conflict.remedy("raise its lever, or those of the strategy in use"));
        }
        if found[before..].iter().any(fatal) {
            never.insert(place);
        }
        channels(catalog, entry, place, found);
        variants(entry, found);
    }
    never
}

/// Whether an offer with this conflict can never be made.
fn fatal(conflict: &Conflict) -> bool {
    match conflict.code {
        ConflictCode::OfferOver
        | ConflictCode::OfferNeverEligible
        | ConflictCode::OfferLeverZero
        | ConflictCode::PoolEmpty
        | ConflictCode::OfferWithoutPlacement => true,
        // Somebody whom we do not know yet is in no control group.
        ConflictCode::OfferAllControl
        | ConflictCode::OfferEligibleByListsOnly
        | ConflictCode::ChannelWithoutPlacement
        | ConflictCode::VariantNever
        | ConflictCode::VariantBehindAnother
        | ConflictCode::PlacementEmpty
        | ConflictCode::PlacementStarved
        | ConflictCode::LimitZero
        | ConflictCode::LimitUnreachable
        | ConflictCode::QuietAllDay
        | ConflictCode::CapSpent
        | ConflictCode::CapBelowCost
        | ConflictCode::ListEmpty
        | ConflictCode::MissingReference
        | ConflictCode::ReferenceMisfit
        | ConflictCode::StrategyTwice
        | ConflictCode::StrategySettingUnused
        | ConflictCode::ExperimentsOverlap
        | ConflictCode::ExperimentsTogether => false,
    }
}

fn dates(entry: &OfferEntry, now: Timestamp, found: &mut Vec<Conflict>) {
    if let Some(until) = entry.body.valid_until.filter(|until| *until <= now) {
        let place = (KIND, entry.key.as_str(), "/valid_until");
        let message = format!("its validity ended at {until}");
        let conflict = Conflict::new(ConflictCode::OfferOver, place, message);
        let remedy = "retire it, or give it a later end";
        found.push(conflict.remedy(remedy).detail(json!({ "until": until })));
    }
}

fn eligibility(entry: &OfferEntry, found: &mut Vec<Conflict>) {
    let Some(rule) = entry
        .body
        .eligibility
        .as_ref()
        .and_then(|json| read(json).ok())
    else {
        return;
    };
    let place = (KIND, entry.key.as_str(), "/eligibility");
    match verdict(&rule) {
        Verdict::Never => {
            let message = "no customer can meet its criteria: they contradict each other";
            let conflict = Conflict::new(ConflictCode::OfferNeverEligible, place, message);
            found.push(conflict.remedy("loosen one of the conditions, or join them with or"));
        }
        Verdict::OnlyLists => {
            let attributes = lists_needed(&rule);
            let which = match attributes.as_slice() {
                [] => "an attribute".to_owned(),
                [one] => format!("the attribute {one:?}"),
                several => format!("each of the attributes {}", several.join(", ")),
            };
            let message = format!(
                "hardly any customer can meet its criteria: {which} would have to have two \
                 different values at once"
            );
            let conflict = Conflict::new(ConflictCode::OfferEligibleByListsOnly, place, message);
            let remedy = "if it has one value only, join the two conditions with or";
            let detail = json!({ "attributes": attributes });
            found.push(conflict.remedy(remedy).detail(detail));
        }
        Verdict::Depends | Verdict::Always => {}
    }
}

fn control(catalog: &Catalog, entry: &OfferEntry, found: &mut Vec<Conflict>) {
    let all =
        entry.body.control_fraction >= 1.0 || catalog.strategy.universal_control_fraction >= 1.0;
    if all {
        let place = (KIND, entry.key.as_str(), "/control_fraction");
        let message = "every customer we know is in a control group, so none of them is shown it";
        let conflict = Conflict::new(ConflictCode::OfferAllControl, place, message);
        found.push(conflict.remedy("make the control group smaller, for example 0.1"));
    }
}

fn channels(catalog: &Catalog, entry: &OfferEntry, place: u16, found: &mut Vec<Conflict>) {
    let shows = |channel| {
        catalog.placements_of(channel).any(|placement| {
            placement
                .candidates
                .iter()
                .any(|candidate| candidate.offer == place)
        })
    };
    let lost: Vec<_> = entry.body.channels.iter().enumerate().collect();
    let lost: Vec<_> = lost
        .into_iter()
        .filter(|(_, channel)| !shows(**channel))
        .collect();
    if lost.len() == entry.body.channels.len() {
        let message = "no published placement may show it";
        let at = (KIND, entry.key.as_str(), "/channels");
        let conflict = Conflict::new(ConflictCode::OfferWithoutPlacement, at, message);
        found.push(conflict.remedy("publish a placement in one of its channels"));
        return;
    }
    for (at, channel) in lost {
        let path = format!("/channels/{at}");
        let message = format!("no published placement of the channel {channel} may show it");
        let conflict = Conflict::new(
            ConflictCode::ChannelWithoutPlacement,
            (KIND, &entry.key, &path),
            message,
        );
        let remedy = "publish a placement in this channel, or remove the channel";
        found.push(
            conflict
                .remedy(remedy)
                .detail(json!({ "channel": channel })),
        );
    }
}

fn variants(entry: &OfferEntry, found: &mut Vec<Conflict>) {
    let mut all_before: Option<usize> = None;
    for (at, variant) in entry.body.variants.iter().enumerate() {
        let rule = variant.when.as_ref().and_then(|json| read(json).ok());
        let rule = rule.as_ref().map(verdict);
        let detail = json!({ "variant": variant.key });
        if rule == Some(Verdict::Never) {
            let path = format!("/variants/{at}/when");
            let message = format!(
                "no customer can meet the rule of the variant {}",
                variant.key
            );
            let place = (KIND, entry.key.as_str(), path.as_str());
            let conflict = Conflict::new(ConflictCode::VariantNever, place, message);
            let remedy = "loosen one of the conditions, or remove the variant";
            found.push(conflict.remedy(remedy).detail(detail));
        } else if let Some(before) = all_before {
            let path = format!("/variants/{at}");
            let first = &entry.body.variants[before].key;
            let message = format!(
                "the variant {} is never chosen: {first} before it is for everybody",
                variant.key
            );
            let place = (KIND, entry.key.as_str(), path.as_str());
            let conflict = Conflict::new(ConflictCode::VariantBehindAnother, place, message);
            let detail = json!({ "variant": variant.key, "first": first });
            let remedy = "put the variant that is for everybody last";
            found.push(conflict.remedy(remedy).detail(detail));
        }
        let everybody = matches!(rule, None | Some(Verdict::Always))
            && variant.channels.is_empty()
            && variant.languages.is_empty();
        if everybody && entry.body.variant_choice == VariantChoice::FirstFit {
            all_before = all_before.or(Some(at));
        }
    }
}

/// Offers that come with a code when none is left; their places.
pub(super) fn pools(catalog: &Catalog, spent: &Spent, found: &mut Vec<Conflict>) -> Vec<u16> {
    let mut empty = vec![];
    for (place, entry) in catalog.offers.iter().enumerate() {
        let rule = entry.body.code.as_ref();
        let pooled = rule.is_some_and(|rule| rule.kind == CodeKind::Pool);
        if pooled && spent.pools.contains(&entry.key) {
            empty.extend(u16::try_from(place).ok());
            let message = "no code is left for it, so it is not made";
            let at = (KIND, entry.key.as_str(), "/code");
            let conflict = Conflict::new(ConflictCode::PoolEmpty, at, message);
            found.push(conflict.remedy("add codes to its pool"));
        }
    }
    empty
}

/// Placements that nobody fills, and those that only offers in conflict could fill.
pub(super) fn placements(
    catalog: &Catalog,
    now: Timestamp,
    (never, closed): (&HashSet<u16>, &HashSet<u16>),
    found: &mut Vec<Conflict>,
) {
    for entry in catalog.placements.iter().filter(|entry| !entry.changed) {
        let place = (placement::KIND.name, entry.key.as_str(), "");
        if entry.candidates.is_empty() {
            let message = "no published offer may be shown here";
            let conflict = Conflict::new(ConflictCode::PlacementEmpty, place, message);
            let remedy = "publish an offer with this channel, or loosen its lists";
            found.push(conflict.remedy(remedy));
            continue;
        }
        let stopped = |offer: u16| {
            let category = catalog.offers[usize::from(offer)].category;
            let limits = &entry.limits[usize::from(category)];
            let zero = limits
                .iter()
                .any(|limit| catalog.limits[usize::from(*limit)].at_most == 0);
            zero || never.contains(&offer)
        };
        let capped = |at: usize| {
            let mut caps = entry.caps[at].iter();
            caps.any(|(cap, amount)| {
                closed.contains(cap) || caps::beyond(catalog, *cap, *amount, now)
            })
        };
        let mut candidates = entry.candidates.iter().enumerate();
        let starved = candidates.all(|(at, candidate)| {
            stopped(candidate.offer) || capped(at) || candidate.factors.lever == 0.0
        });
        if starved {
            let message = "none of its offers can ever be shown here";
            let conflict = Conflict::new(ConflictCode::PlacementStarved, place, message);
            let remedy = "see what is wrong with its offers, and which limit or cap is 0";
            found.push(conflict.remedy(remedy));
        }
    }
}

/// Lists without offers.
pub(super) fn lists(definitions: &[Definition], catalog: &Catalog, found: &mut Vec<Conflict>) {
    for list in definitions
        .iter()
        .filter(|d| d.kind == offer_list::KIND.name)
    {
        let filled = catalog
            .offers
            .iter()
            .any(|offer| offer.lists.contains(&list.key));
        if !filled {
            let fixed = list.body.get("offers").is_some_and(Value::is_array);
            let path = if fixed { "/offers" } else { "/rule" };
            let place = (offer_list::KIND.name, list.key.as_str(), path);
            let message = "no published offer is in the list";
            let conflict = Conflict::new(ConflictCode::ListEmpty, place, message);
            found.push(conflict.remedy("name published offers, or loosen the rule"));
        }
    }
}
