//! Building the catalog from published definitions. A bad one is left out and never stops the rest.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use memory::criteria::{self, Criteria, CriteriaSet, DAY_MS};
use serde::de::DeserializeOwned;
use store::definition::{Definition, Kind, Problem};

use super::record::CatalogRecord;
use super::{Candidate, Catalog, OfferEntry, PlacementEntry};
use crate::learning::learned::{family_key, model_key};
use crate::offer::{self, Offer};
use crate::placement::{self, Placement};
use crate::policy::limits::Ready;
use crate::policy::quiet::Quiet;
use crate::policy::{self, Policy};
use crate::targeting::arbitrate::Factors;
use crate::targeting::strategy::{self, Strategy};

/// A definition that was read.
struct Read<T> {
    key: String,
    version: i64,
    body: T,
}

/// Reads the definitions of a kind; a bad one becomes problems, and is left out.
fn read<T: DeserializeOwned>(
    definitions: &[Definition],
    kind: Kind,
    problems: &mut Vec<Problem>,
) -> Vec<Read<T>> {
    let mut found = vec![];
    for definition in definitions.iter().filter(|d| d.kind == kind.name) {
        let mut wrong = (kind.validate)(&definition.body);
        if wrong.is_empty() {
            match crate::body::read(&definition.body) {
                Ok(body) => found.push(Read {
                    key: definition.key.clone(),
                    version: definition.version,
                    body,
                }),
                Err(more) => wrong = more,
            }
        }
        problems.extend(wrong.into_iter().map(|problem| Problem {
            path: format!("/{}/{}{}", kind.name, definition.key, problem.path),
            ..problem
        }));
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    // Candidates and reasons refer to places by 16-bit numbers.
    for surplus in found.drain(found.len().min(usize::from(u16::MAX))..) {
        let path = format!("/{}/{}", kind.name, surplus.key);
        problems.push(Problem::new(path, "there are too many of this kind").hint("retire some"));
    }
    found
}

/// Reads the policies. Where one cannot be read nothing may be said: in doubt, refuse.
fn read_policies(definitions: &[Definition], problems: &mut Vec<Problem>) -> Vec<Read<Policy>> {
    let mut policies = read::<Policy>(definitions, policy::KIND, problems);
    for definition in definitions.iter().filter(|d| d.kind == policy::KIND.name) {
        if policies.iter().any(|known| known.key == definition.key) {
            continue;
        }
        let path = format!("/policy/{}", definition.key);
        let message = "the policy cannot be read, so nothing is offered until it is mended";
        problems.push(Problem::new(path, message).hint("correct it and publish it again"));
        let nothing = serde_json::json!({ "name": {}, "limits": [
            { "key": "unreadable", "at_most": 0, "window": { "calendar": "day" } } ] });
        let body = crate::body::read(&definition.body).or_else(|_| crate::body::read(&nothing));
        policies.push(Read {
            key: definition.key.clone(),
            version: definition.version,
            body: body.expect("the stand-in is a policy"),
        });
    }
    policies
}

impl Catalog {
    /// Compiles published definitions; problems name what was left out.
    pub fn compile(definitions: &[Definition]) -> (Catalog, Vec<Problem>) {
        let mut problems = vec![];
        let strategies = read::<Strategy>(definitions, strategy::KIND, &mut problems);
        let policies = read_policies(definitions, &mut problems);
        let placements = read::<Placement>(definitions, placement::KIND, &mut problems);
        let offers = read::<Offer>(definitions, offer::KIND, &mut problems);
        let strategy = strategies.into_iter().next();
        let in_use = policies
            .iter()
            .map(|p| (p.key.clone(), p.version))
            .collect();
        let strategy_in_use = strategy.as_ref().map(|s| (s.key.clone(), s.version));
        let strategy = strategy.map(|s| s.body).unwrap_or_default();
        let limits: Vec<Ready> = policies
            .iter()
            .flat_map(|p| p.body.limits.iter().map(|limit| Ready::new(&p.key, limit)))
            .collect();
        let hours = policies.iter().filter_map(|p| p.body.quiet_hours.as_ref());
        let quiet = hours.filter_map(Quiet::new).collect();
        let zone = policies.iter().find_map(|p| p.body.default_zone.as_deref());
        let default_zone = zone.and_then(|name| TimeZone::get(name).ok());
        let (offers, criteria, categories) = entries(offers);
        let placements: Vec<PlacementEntry> = placements
            .into_iter()
            .map(|read| placement_entry(read, &offers, &categories, &limits, &strategy))
            .collect();
        let mut catalog = Catalog {
            hash: String::new(),
            offer_places: places(&offers, |offer| &offer.key),
            placement_places: places(&placements, |placement| &placement.key),
            offers,
            placements,
            limits,
            quiet,
            default_zone: default_zone.unwrap_or(TimeZone::UTC),
            strategy,
            criteria,
            record: CatalogRecord::default(),
        };
        catalog.record = CatalogRecord::of(&catalog, in_use, strategy_in_use);
        catalog.hash = catalog.record.hash();
        (catalog, problems)
    }
}

fn places<T>(entries: &[T], key: impl Fn(&T) -> &str) -> HashMap<String, u16> {
    let entries = entries.iter().enumerate();
    entries
        .filter_map(|(place, entry)| Some((key(entry).to_owned(), u16::try_from(place).ok()?)))
        .collect()
}

/// The offers with their criteria compiled together, and all categories in order.
fn entries(offers: Vec<Read<Offer>>) -> (Vec<OfferEntry>, CriteriaSet, Vec<String>) {
    let mut rules: Vec<Criteria> = vec![];
    let mut categories: Vec<String> = offers.iter().map(|o| o.body.category.clone()).collect();
    categories.sort();
    categories.dedup();
    let related: Vec<(String, Vec<String>)> = offers
        .iter()
        .map(|read| (read.key.clone(), read.body.suppress.related.clone()))
        .collect();
    let rests_with = |key: &str| -> Vec<u16> {
        let named = related.iter().enumerate();
        named
            .filter(|(_, (other, related))| other != key && related.iter().any(|r| r == key))
            .filter_map(|(place, _)| u16::try_from(place).ok())
            .collect()
    };
    let days = |days: Option<u32>| days.map(|days| i64::from(days) * DAY_MS);
    let mut entries = Vec::with_capacity(offers.len());
    for Read { key, version, body } in offers {
        let rule = body
            .eligibility
            .as_ref()
            .and_then(|json| criteria::read(json).ok());
        let eligibility = rule.map(|rule| {
            rules.push(rule);
            rules.len() - 1
        });
        let category = categories.binary_search(&body.category).unwrap_or_default();
        entries.push(OfferEntry {
            version,
            attributes: Arc::new(body.attributes.clone()),
            creatives: body.creatives.iter().cloned().map(Arc::new).collect(),
            category: u16::try_from(category).unwrap_or(u16::MAX),
            eligibility,
            accept_rest_ms: days(body.suppress.after_accept_days),
            reject_rest_ms: days(body.suppress.after_reject_days),
            rests_with: rests_with(&key),
            control_salt: format!("offer:{key}"),
            key,
            body,
        });
    }
    let criteria = CriteriaSet::compile(&rules);
    (entries, criteria, categories)
}

fn placement_entry(
    read: Read<Placement>,
    offers: &[OfferEntry],
    categories: &[String],
    limits: &[Ready],
    strategy: &Strategy,
) -> PlacementEntry {
    let Read { key, version, body } = read;
    let channel = body.channel;
    let mut candidates: Vec<Candidate> = vec![];
    for (place, offer) in offers.iter().enumerate() {
        let named = offer.body.placements.as_ref();
        let shown_here = named.is_none_or(|named| named.contains(&key));
        if !shown_here || !offer.body.channels.contains(&channel) {
            continue;
        }
        let (category, own) = (&offer.body.category, offer.body.lever);
        let factors = Factors {
            propensity: offer.body.propensity,
            context_weight: body.context_weights.get(category).copied().unwrap_or(1.0),
            value_cents: offer.body.value_cents,
            lever: strategy.lever(own, &offer.key, category, channel),
        };
        candidates.push(Candidate {
            offer: u16::try_from(place).unwrap_or(u16::MAX),
            priority: factors.priority(),
            model: model_key(&offer.key, channel),
            family: family_key(category, channel),
            factors,
        });
    }
    candidates.sort_by(|a, b| b.priority.total_cmp(&a.priority));
    let concerning = |category: &String| {
        let concerns = |limit: &Ready| limit.concerns(channel.word(), Some(category));
        let limits = limits
            .iter()
            .enumerate()
            .filter(|(_, limit)| concerns(limit));
        limits
            .filter_map(|(place, _)| u16::try_from(place).ok())
            .collect()
    };
    PlacementEntry {
        key,
        version,
        fallback: body.fallback.clone().map(Arc::new),
        candidates,
        limits: categories.iter().map(concerning).collect(),
        body,
    }
}
