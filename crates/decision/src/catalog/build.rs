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
use super::{
    Candidate, CapEntry, Catalog, ContextRule, OfferEntry, PlacementEntry, StrategyEntry,
    VariantEntry,
};
use crate::Channel;
use crate::cap::{self, Cap};
use crate::experiment::prepare::Ground as ExperimentGround;
use crate::experiment::{self, Experiments};
use crate::learning::learned::{family_key, model_key};
use crate::offer::{self, Creative, Offer, placeholder};
use crate::offer_list::{self, OfferList};
use crate::placement::{self, Placement};
use crate::policy::limits::Ready;
use crate::policy::quiet::Quiet;
use crate::policy::{self, Policy};
use crate::segment::{self, Book};
use crate::suppression;
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
        let caps = read::<Cap>(definitions, cap::KIND, &mut problems);
        let caps: Vec<CapEntry> = caps.into_iter().map(CapEntry::from).collect();
        let strategies: Vec<StrategyEntry> =
            strategies.into_iter().map(StrategyEntry::from).collect();
        let strategy = strategies.iter().find(|entry| entry.body.is_general());
        let in_use = policies
            .iter()
            .map(|p| (p.key.clone(), p.version))
            .collect();
        let strategy_in_use = strategy.as_ref().map(|s| (s.key.clone(), s.version));
        let strategy = strategy.map(|s| s.body.clone()).unwrap_or_default();
        let limits: Vec<Ready> = policies
            .iter()
            .flat_map(|p| p.body.limits.iter().map(|limit| Ready::new(&p.key, limit)))
            .collect();
        let hours = policies.iter().filter_map(|p| p.body.quiet_hours.as_ref());
        let quiet = hours.filter_map(Quiet::new).collect();
        let zone = policies.iter().find_map(|p| p.body.default_zone.as_deref());
        let default_zone = zone.and_then(|name| TimeZone::get(name).ok());
        let (segments, wrong) = Book::compile(definitions);
        problems.extend(wrong);
        let mut rules = Rules::new(&segments);
        let (offers, categories) = entries(offers, &lists, &mut rules);
        let ground = Ground {
            offers: &offers,
            categories: &categories,
            limits: &limits,
            caps: &caps,
            strategies: &strategies,
        };
        let mut placements: Vec<PlacementEntry> = placements
            .into_iter()
            .map(|read| placement_entry(read, &ground, None, &mut rules))
            .collect();
        let offer_places = places(&offers, |offer| &offer.key);
        let placement_places = places(&placements, |placement| &placement.key);
        let mut experiments = experiments(definitions, &mut problems, &mut rules, &offer_places);
        let mut builder = Builder {
            strategies: &strategies,
            build: &mut |entry, body, strategy| {
                let (key, version) = (entry.key.clone(), entry.version);
                placement_entry(Read { key, version, body }, &ground, strategy, &mut rules)
            },
        };
        vary(&mut experiments, &mut placements, &mut builder);
        let groups = strategy.groups.iter().map(|group| rules.place(&group.when));
        let groups = groups.collect();
        let criteria = CriteriaSet::compile(&rules.all);
        let mut catalog = Catalog {
            hash: String::new(),
            offer_places,
            placement_places,
            offers,
            placements,
            limits,
            quiet,
            default_zone: default_zone.unwrap_or(TimeZone::UTC),
            caps,
            strategy,
            strategies,
            criteria,
            groups,
            experiments,
            segments,
            suppression_lists: suppression::lists(definitions).into_iter().collect(),
            record: CatalogRecord::default(),
        };
        catalog.record = CatalogRecord::of(&catalog, in_use, strategy_in_use);
        catalog.record.also = also(definitions);
        catalog.hash = catalog.record.hash();
        (catalog, problems)
    }
}

/// What is compiled in beside offers, placements, policies, caps and experiments.
fn also(definitions: &[Definition]) -> Vec<(String, String, i64)> {
    let kinds = [
        offer_list::KIND,
        segment::KIND,
        strategy::KIND,
        suppression::KIND,
    ];
    let named = definitions.iter();
    let named = named.filter(|d| kinds.iter().any(|kind| kind.name == d.kind));
    let mut also: Vec<_> = named
        .map(|d| (d.kind.clone(), d.key.clone(), d.version))
        .collect();
    also.sort();
    also
}

fn places<T>(entries: &[T], key: impl Fn(&T) -> &str) -> HashMap<String, u16> {
    let entries = entries.iter().enumerate();
    entries
        .filter_map(|(place, entry)| Some((key(entry).to_owned(), u16::try_from(place).ok()?)))
        .collect()
}

/// Criteria that are compiled together; their places are known before.
struct Rules<'a> {
    all: Vec<Criteria>,
    segments: &'a Book,
}

impl Rules<'_> {
    fn new(segments: &Book) -> Rules<'_> {
        Rules {
            all: vec![],
            segments,
        }
    }

    /// The place of a rule, with what it says of segments; `None` when it cannot be read.
    fn place(&mut self, json: &serde_json::Value) -> Option<usize> {
        let rule = criteria::read(json).ok()?;
        self.all.push(self.segments.resolved(&rule));
        Some(self.all.len() - 1)
    }
}

/// What placements are built on.
struct Ground<'a> {
    offers: &'a [OfferEntry],
    categories: &'a [String],
    limits: &'a [Ready],
    caps: &'a [CapEntry],
    strategies: &'a [StrategyEntry],
}

impl From<Read<Cap>> for CapEntry {
    fn from(read: Read<Cap>) -> CapEntry {
        let Read { key, version, body } = read;
        CapEntry { key, version, body }
    }
}

impl From<Read<Strategy>> for StrategyEntry {
    fn from(read: Read<Strategy>) -> StrategyEntry {
        let Read { key, version, body } = read;
        StrategyEntry { key, version, body }
    }
}

/// The published experiments, prepared.
fn experiments(
    definitions: &[Definition],
    problems: &mut Vec<Problem>,
    rules: &mut Rules<'_>,
    offers: &HashMap<String, u16>,
) -> Experiments {
    let read = read::<Experiment>(definitions, experiment::KIND, problems);
    let bodies = read
        .into_iter()
        .map(|read| (read.key, read.version, read.body));
    let mut ground = ExperimentGround {
        rule: &mut |json| rules.place(json),
        offer: &|key| offers.get(key).copied(),
    };
    Experiments::prepare(bodies.collect(), &mut ground)
}

/// The offers with their criteria, and all categories in order.
fn entries(
    offers: Vec<Read<Offer>>,
    lists: &[Read<OfferList>],
    rules: &mut Rules<'_>,
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
            eligibility: offer.eligibility,
            category: offer.category,
            plain: false,
            factors,
        }
    })
}

/// Builds a placement, by the strategy that fits it best or as `changed` changes that.
fn placement_entry(
    read: Read<Placement>,
    ground: &Ground<'_>,
    changed: Option<&Strategy>,
    rules: &mut Rules<'_>,
) -> PlacementEntry {
    let Read { key, version, body } = read;
    let (channel, offers) = (body.channel, ground.offers);
    let fitting = ground.strategies.iter().enumerate();
    let fitting = fitting.filter_map(|(at, s)| Some((s.body.fits(&key, channel)?, at)));
    // The best fit, and of equal ones the first.
    let place = fitting.max_by_key(|(fit, at)| (*fit, std::cmp::Reverse(*at)));
    let own = place.map(|(_, at)| &ground.strategies[at].body);
    let strategy = changed.or(own);
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
        let (own, category) = (offer.body.lever, &offer.body.category);
        let lever = |s: &Strategy| {
            s.lever(own, &offer.key, category, channel) * s.lists_lever(&offer.lists)
        };
        let lever = strategy.map_or(own, lever);
        candidates.extend(self::candidates(place, offer, &body, lever));
    }
    candidates.sort_by(|a, b| b.priority.total_cmp(&a.priority));
    let concerning = |category: &String| {
        let concerns = |limit: &Ready| limit.concerns(channel.word(), Some(category));
        let limits = ground.limits.iter().enumerate();
        let limits = limits.filter(|(_, limit)| concerns(limit));
        limits
            .filter_map(|(place, _)| u16::try_from(place).ok())
            .collect()
    };
    let caps_of = |candidate: &Candidate| {
        let offer = &offers[usize::from(candidate.offer)];
        let concerns = |cap: &Cap| cap.concerns(&offer.key, &offer.body, &key, channel);
        let variant = candidate.variant.map(usize::from);
        let caps = ground.caps.iter().enumerate();
        let caps = caps.filter(|(_, cap)| concerns(&cap.body));
        let taken = caps.filter_map(|(at, cap)| {
            let amount = cap.body.amount(&offer.body, variant);
            Some((u16::try_from(at).ok()?, amount))
        });
        taken.filter(|(_, amount)| *amount > 0).collect()
    };
    let incremental = strategy.is_some_and(|s| s.value == ValueFrom::Incremental);
    let caps: Vec<Vec<(u16, i64)>> = candidates.iter().map(caps_of).collect();
    for (candidate, caps) in candidates.iter_mut().zip(&caps) {
        let alike = offers[usize::from(candidate.offer)].is_alike_for_all();
        let one = candidate.variant.is_none() && candidate.factors.lever != 0.0;
        candidate.plain = one && alike && !incremental && caps.is_empty();
    }
    PlacementEntry {
        version,
        fallback: body.fallback.clone().map(Arc::new),
        limits: ground.categories.iter().map(concerning).collect(),
        caps,
        strategy: place.and_then(|(_, at)| u16::try_from(at).ok()),
        context_rules: context_rules(strategy, &candidates, offers, channel, rules),
        candidates,
        incremental,
        changed: false,
        key,
        body,
    }
}

/// The factors that a strategy gives candidates while criteria hold.
fn context_rules(
    strategy: Option<&Strategy>,
    candidates: &[Candidate],
    offers: &[OfferEntry],
    channel: Channel,
    rules: &mut Rules<'_>,
) -> Vec<ContextRule> {
    let mut ready = vec![];
    for given in strategy.iter().flat_map(|s| &s.context_weights) {
        let concerns =
            |candidate: &Candidate| given.concerns(&offers[usize::from(candidate.offer)], channel);
        let places = candidates.iter().enumerate();
        let places = places.filter(|(_, candidate)| concerns(candidate));
        let places: Vec<u16> = places.map(|(at, _)| at as u16).collect();
        if !places.is_empty()
            && let Some(rule) = rules.place(&given.when)
        {
            ready.push(ContextRule {
                rule,
                weight: given.weight,
                candidates: places,
            });
        }
    }
    ready
}
