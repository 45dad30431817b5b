//! Building the catalog from published definitions. A bad one is left out and never stops the rest.

use std::collections::HashMap;
use std::sync::Arc;

use awareness::experiment::Experiment;
use jiff::tz::TimeZone;
use memory::criteria::{self, Criteria, CriteriaSet, DAY_MS};
use serde::de::DeserializeOwned;
use store::definition::{Definition, Kind, Problem};

use super::record::CatalogRecord;
use super::vary::{Builder, vary};
use super::{Candidate, Catalog, OfferEntry, PlacementEntry, VariantEntry};
use crate::experiment::prepare::Ground;
use crate::experiment::{self, Experiments};
use crate::learning::learned::{family_key, model_key};
use crate::offer::{self, Creative, Offer, placeholder};
use crate::offer_list::{self, OfferList};
use crate::placement::{self, Placement};
use crate::policy::limits::Ready;
use crate::policy::quiet::Quiet;
use crate::policy::{self, Policy};
use crate::targeting::arbitrate::Factors;
use crate::targeting::strategy::{self, Strategy};
use crate::worth::ValueFrom;

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
        let lists = read::<OfferList>(definitions, offer_list::KIND, &mut problems);
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
        let mut rules = Rules::default();
        let (offers, categories) = entries(offers, &lists, &mut rules);
        let build = |read: Read<Placement>, strategy: &Strategy| {
            placement_entry(read, &offers, &categories, &limits, strategy)
        };
        let placements = placements.into_iter().map(|read| build(read, &strategy));
        let mut placements: Vec<PlacementEntry> = placements.collect();
        let offer_places = places(&offers, |offer| &offer.key);
        let placement_places = places(&placements, |placement| &placement.key);
        let mut experiments = experiments(definitions, &mut problems, &mut rules, &offer_places);
        let mut builder = Builder {
            strategy_of: &|_| Some((strategy_in_use.as_ref()?.0.clone(), strategy.clone())),
            build: &mut |entry, body, other| {
                let (key, version) = (entry.key.clone(), entry.version);
                build(Read { key, version, body }, other.unwrap_or(&strategy))
            },
        };
        vary(&mut experiments, &mut placements, &mut builder);
        let groups = strategy.groups.iter().map(|group| rules.place(&group.when));
        let groups = groups.collect();
        let criteria = CriteriaSet::compile(&rules.0);
        let mut catalog = Catalog {
            hash: String::new(),
            offer_places,
            placement_places,
            offers,
            placements,
            limits,
            quiet,
            default_zone: default_zone.unwrap_or(TimeZone::UTC),
            strategy,
            criteria,
            groups,
            experiments,
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

/// Criteria that are compiled together; their places are known before.
#[derive(Default)]
struct Rules(Vec<Criteria>);

impl Rules {
    /// The place of a rule; `None` when it cannot be read.
    fn place(&mut self, json: &serde_json::Value) -> Option<usize> {
        self.0.push(criteria::read(json).ok()?);
        Some(self.0.len() - 1)
    }
}

/// The published experiments, prepared.
fn experiments(
    definitions: &[Definition],
    problems: &mut Vec<Problem>,
    rules: &mut Rules,
    offers: &HashMap<String, u16>,
) -> Experiments {
    let read = read::<Experiment>(definitions, experiment::KIND, problems);
    let bodies = read
        .into_iter()
        .map(|read| (read.key, read.version, read.body));
    let mut ground = Ground {
        rule: &mut |json| rules.place(json),
        offer: &|key| offers.get(key).copied(),
    };
    Experiments::prepare(bodies.collect(), &mut ground)
}

/// The offers with their criteria, and all categories in order.
fn entries(
    offers: Vec<Read<Offer>>,
    lists: &[Read<OfferList>],
    rules: &mut Rules,
) -> (Vec<OfferEntry>, Vec<String>) {
    let mut categories: Vec<String> = offers.iter().map(|o| o.body.category.clone()).collect();
    categories.sort();
    categories.dedup();
    let members = members(&offers, lists);
    let related: Vec<(String, Vec<String>)> = offers
        .iter()
        .map(|read| {
            let suppress = &read.body.suppress;
            let of_lists = suppress.related_lists.iter().filter_map(|l| members.get(l));
            let named = suppress.related.iter().chain(of_lists.flatten());
            (read.key.clone(), named.cloned().collect())
        })
        .collect();
    let rests_with = |key: &str| -> Vec<u16> {
        let named = related.iter().enumerate();
        named
            .filter(|(_, (other, related))| other != key && related.iter().any(|r| r == key))
            .filter_map(|(place, _)| u16::try_from(place).ok())
            .collect()
    };
    let days = |days: Option<u32>| days.map(|days| i64::from(days) * DAY_MS);
    let mut compiled = |json: &Option<serde_json::Value>| rules.place(json.as_ref()?);
    let mut entries = Vec::with_capacity(offers.len());
    for Read { key, version, body } in offers {
        let category = categories.binary_search(&body.category).unwrap_or_default();
        let variants = body.variants.iter().enumerate();
        let variants = variants.map(|(place, variant)| VariantEntry {
            attributes: Arc::new(body.attributes_of(Some(place))),
            when: compiled(&variant.when),
        });
        let variants: Vec<VariantEntry> = variants.collect();
        let mut lists: Vec<String> = members
            .iter()
            .filter(|(_, offers)| offers.contains(&key))
            .map(|(list, _)| list.clone())
            .collect();
        lists.sort();
        entries.push(OfferEntry {
            version,
            attributes: Arc::new(body.attributes.clone()),
            creatives: creatives(&body, &variants),
            variants,
            lists,
            category: u16::try_from(category).unwrap_or(u16::MAX),
            eligibility: compiled(&body.eligibility),
            accept_rest_ms: days(body.suppress.after_accept_days),
            reject_rest_ms: days(body.suppress.after_reject_days),
            rests_with: rests_with(&key),
            control_salt: format!("offer:{key}"),
            key,
            body,
        });
    }
    (entries, categories)
}

/// The keys of the offers of each list.
fn members(offers: &[Read<Offer>], lists: &[Read<OfferList>]) -> HashMap<String, Vec<String>> {
    let known: Vec<(&str, &Offer)> = offers.iter().map(|o| (o.key.as_str(), &o.body)).collect();
    let of = |list: &Read<OfferList>| -> Vec<String> {
        let members = list.body.members(&known).into_iter();
        members.map(str::to_owned).collect()
    };
    lists
        .iter()
        .map(|list| (list.key.clone(), of(list)))
        .collect()
}

/// All creatives with the attributes of the offer in them, then once more for each variant.
fn creatives(offer: &Offer, variants: &[VariantEntry]) -> Vec<Arc<Creative>> {
    let filled = |attributes| {
        let all = offer.all_creatives().map(|(_, creative)| creative);
        let filled = all.map(move |c| Arc::new(placeholder::with_attributes(c, attributes)));
        filled.collect::<Vec<_>>()
    };
    let mut all = filled(&offer.attributes);
    for variant in variants {
        all.extend(filled(&*variant.attributes));
    }
    all
}

/// An offer at a placement: once, or once for each variant that is for its channel.
fn candidates(
    place: u16,
    offer: &OfferEntry,
    placement: &Placement,
    lever: f64,
) -> impl Iterator<Item = Candidate> {
    let body = &offer.body;
    let weight = placement.context_weights.get(&body.category).copied();
    let variants = body.variants.iter().enumerate();
    let variants = variants.filter(|(_, v)| v.is_for_channel(placement.channel));
    let forms = variants.map(|(at, variant)| (u16::try_from(at).ok(), Some(variant)));
    let bare = body.variants.is_empty().then_some((None, None));
    bare.into_iter().chain(forms).map(move |(variant, form)| {
        let factors = Factors {
            propensity: form.and_then(|v| v.propensity).unwrap_or(body.propensity),
            context_weight: weight.unwrap_or(1.0),
            value_cents: form.and_then(|v| v.value_cents).unwrap_or(body.value_cents),
            lever,
        };
        Candidate {
            offer: place,
            variant,
            priority: factors.priority(),
            model: model_key(&offer.key, placement.channel),
            family: family_key(&body.category, placement.channel),
            factors,
        }
    })
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
        let listed = |list| body.lists.contains(list);
        let shown_here = named.is_none_or(|named| named.contains(&key))
            && (body.lists.is_empty() || offer.lists.iter().any(listed));
        if !shown_here || !offer.body.channels.contains(&channel) {
            continue;
        }
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        let lever = strategy.lever(offer.body.lever, &offer.key, &offer.body.category, channel)
            * strategy.lists_lever(&offer.lists);
        candidates.extend(self::candidates(place, offer, &body, lever));
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
        incremental: strategy.value == ValueFrom::Incremental,
        changed: false,
        body,
    }
}
