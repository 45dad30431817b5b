//! Checks across definitions: what refers to something that is not there. Warnings, because the
//! other definition may come later.

use std::collections::{BTreeSet, HashMap};

use awareness::experiment::{Experiment, Subject};
use memory::criteria::{did_you_mean, nearest, read, segments};
use serde_json::{Map, Value};
use store::definition::{Definition, Problem, ProblemCode};

use crate::cap::{self, Cap};
use crate::experiment;
use crate::offer::{self, Offer, OfferTemplate, template};
use crate::offer_list::{self, OfferList};
use crate::placement::{self, Placement};
use crate::policy::{self, Policy};
use crate::segment;
use crate::targeting::strategy::{self, Strategy};

/// A remark on definitions that do not go together.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// What it is about.
    pub mismatch: Mismatch,
    /// Its place, which begins with kind and key: `/offer/winter_sale/template`.
    pub problem: Problem,
}

/// How definitions do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// One refers to something that is not there.
    Missing,
    /// One does not fit what it refers to.
    Misfit,
    /// Another strategy is in use at the same places.
    StrategyTwice {
        /// Its key.
        other: String,
    },
    /// A strategy for some places says what only the one for all places can say.
    OnlyInGeneral,
    /// Another experiment has customers of the same group.
    ExperimentsOverlap {
        /// Its key.
        other: String,
    },
}

/// Everything that refers to something that is not among the definitions, or does not fit it.
pub fn check(definitions: &[Definition]) -> Vec<Warning> {
    let mut checker = Checker {
        definitions,
        warnings: vec![],
    };
    let offers: Vec<(&str, Offer)> = checker.of_kind(offer::KIND.name);
    let categories: BTreeSet<&str> = offers.iter().map(|(_, o)| o.category.as_str()).collect();
    for (key, offer) in &offers {
        checker.offer(key, offer);
    }
    for (key, placement) in checker.of_kind::<Placement>(placement::KIND.name) {
        for (place, list) in placement.lists.iter().enumerate() {
            let path = format!("/placement/{key}/lists/{place}");
            checker.refers(path, offer_list::KIND.name, list);
        }
        for category in placement.context_weights.keys() {
            let path = format!("/placement/{key}/context_weights/{category}");
            checker.category(category, &categories, path);
        }
    }
    for (key, policy) in checker.of_kind::<Policy>(policy::KIND.name) {
        for (place, limit) in policy.limits.iter().enumerate() {
            for category in limit.categories.iter().flatten() {
                let path = format!("/policy/{key}/limits/{place}/categories");
                checker.category(category, &categories, path);
            }
        }
    }
    for (key, list) in checker.of_kind::<OfferList>(offer_list::KIND.name) {
        for (place, named) in list.offers.iter().flatten().enumerate() {
            let path = format!("/offer_list/{key}/offers/{place}");
            checker.refers(path, offer::KIND.name, named);
        }
    }
    for (key, cap) in checker.of_kind::<Cap>(cap::KIND.name) {
        checker.cap(key, &cap, &categories);
    }
    checker.strategies(&categories);
    checker.experiments(&categories);
    checker.warnings
}

struct Checker<'a> {
    definitions: &'a [Definition],
    warnings: Vec<Warning>,
}

impl<'a> Checker<'a> {
    fn of_kind<T: serde::de::DeserializeOwned>(&self, kind: &str) -> Vec<(&'a str, T)> {
        let of_kind = self.definitions.iter().filter(|d| d.kind == kind);
        of_kind
            .filter_map(|d| Some((d.key.as_str(), crate::body::read(&d.body).ok()?)))
            .collect()
    }

    fn keys(&self, kind: &str) -> Vec<&'a str> {
        let of_kind = self.definitions.iter().filter(|d| d.kind == kind);
        of_kind.map(|d| d.key.as_str()).collect()
    }

    fn warn(&mut self, mismatch: Mismatch, problem: Problem) {
        self.warnings.push(Warning { mismatch, problem });
    }

    /// Warns when there is no definition of a kind and key; whether there is one.
    fn refers(&mut self, path: String, kind: &str, key: &str) -> bool {
        let keys = self.keys(kind);
        if keys.contains(&key) {
            return true;
        }
        let meant = nearest(key, keys);
        let word = kind.replace('_', " ");
        let hint = did_you_mean(meant)
            .unwrap_or_else(|| format!("make and publish the {word}, or name another"));
        let message = format!("there is no {word} {key:?}");
        let problem = Problem::new(path, (ProblemCode::NoSuchDefinition, message))
            .with("kind", kind)
            .with("key", key)
            .with("meant", meant);
        self.warn(Mismatch::Missing, problem.hint(hint));
        false
    }

    fn category(&mut self, category: &str, known: &BTreeSet<&str>, path: String) {
        if !known.contains(category) {
            let meant = nearest(category, known.iter().copied());
            let hint = did_you_mean(meant);
            let hint = hint.unwrap_or_else(|| "name a category that offers have".to_owned());
            let message = format!("no offer has the category {category:?}");
            let problem = Problem::new(path, (ProblemCode::NoSuchCategory, message))
                .with("category", category)
                .with("meant", meant);
            self.warn(Mismatch::Missing, problem.hint(hint));
        }
    }

    fn offer(&mut self, key: &str, offer: &Offer) {
        let at = |place: &str| format!("/offer/{key}{place}");
        let known = self.refers(at("/template"), template::KIND.name, &offer.template);
        if known {
            let templates: HashMap<&str, OfferTemplate> =
                self.of_kind(template::KIND.name).into_iter().collect();
            let template = templates.get(offer.template.as_str());
            let misfits = template.map(|t| t.problems(&offer.attributes));
            for problem in misfits.into_iter().flatten() {
                let path = at(&problem.path);
                self.warn(Mismatch::Misfit, Problem { path, ..problem });
            }
        }
        for (place, other) in offer.suppress.related.iter().enumerate() {
            self.refers(
                at(&format!("/suppress/related/{place}")),
                offer::KIND.name,
                other,
            );
        }
        for (place, list) in offer.suppress.related_lists.iter().enumerate() {
            let path = at(&format!("/suppress/related_lists/{place}"));
            self.refers(path, offer_list::KIND.name, list);
        }
        for (place, named) in offer.placements.iter().flatten().enumerate() {
            let path = at(&format!("/placements/{place}"));
            if !self.refers(path.clone(), placement::KIND.name, named) {
                continue;
            }
            let bodies = self.of_kind::<Placement>(placement::KIND.name);
            let channel = bodies
                .iter()
                .find(|(key, _)| key == named)
                .map(|(_, p)| p.channel);
            if let Some(channel) = channel.filter(|channel| !offer.channels.contains(channel)) {
                let hint = format!("add the channel {channel}, or remove the placement");
                let message = format!("the offer has no channel {channel}");
                let problem = Problem::new(path, (ProblemCode::NoChannelOfOffer, message))
                    .with("channel", channel.word());
                self.warn(Mismatch::Misfit, problem.hint(hint));
            }
        }
        let rule = offer.eligibility.as_ref();
        for named in rule
            .and_then(|json| read(json).ok())
            .iter()
            .flat_map(segments)
        {
            self.refers(at("/eligibility"), segment::KIND.name, named);
        }
        for (place, creative) in offer.creatives.iter().enumerate() {
            if let Some(template) = &creative.template {
                self.refers(
                    at(&format!("/creatives/{place}/template")),
                    "template",
                    template,
                );
            }
        }
    }

    fn cap(&mut self, key: &str, cap: &Cap, categories: &BTreeSet<&str>) {
        for (place, named) in cap.offers.iter().flatten().enumerate() {
            let path = format!("/cap/{key}/offers/{place}");
            self.refers(path, offer::KIND.name, named);
        }
        for (place, named) in cap.placements.iter().flatten().enumerate() {
            let path = format!("/cap/{key}/placements/{place}");
            self.refers(path, placement::KIND.name, named);
        }
        for (place, category) in cap.categories.iter().flatten().enumerate() {
            let path = format!("/cap/{key}/categories/{place}");
            self.category(category, categories, path);
        }
    }

    fn strategies(&mut self, categories: &BTreeSet<&str>) {
        let strategies = self.of_kind::<Strategy>(strategy::KIND.name);
        for (place, (key, strategy)) in strategies.iter().enumerate() {
            let same = |(_, other): &&(&str, Strategy)| {
                other.placements == strategy.placements && other.channels == strategy.channels
            };
            if let Some((used, _)) = strategies[..place].iter().find(same) {
                let message = format!("the strategy {used:?} is in use at the same places");
                let hint = "retire one of the two, or name other placements or channels";
                let problem = Problem::new(format!("/strategy/{key}"), message).hint(hint);
                let other = (*used).to_owned();
                self.warn(Mismatch::StrategyTwice { other }, problem);
            }
            for (at, named) in strategy.placements.iter().flatten().enumerate() {
                let path = format!("/strategy/{key}/placements/{at}");
                self.refers(path, placement::KIND.name, named);
            }
            self.only_in_general(key, strategy);
            let levers = strategy.levers.keys().map(String::as_str);
            self.levers(&format!("/strategy/{key}/levers"), levers, categories);
        }
    }

    /// What levers speak of.
    fn levers<'b>(
        &mut self,
        at: &str,
        levers: impl Iterator<Item = &'b str>,
        categories: &BTreeSet<&str>,
    ) {
        for what in levers {
            let path = format!("{at}/{what}");
            match what.split_once(':') {
                Some(("offer", offer)) => {
                    self.refers(path, offer::KIND.name, offer);
                }
                Some(("list", list)) => {
                    self.refers(path, offer_list::KIND.name, list);
                }
                Some(("category", category)) => self.category(category, categories, path),
                Some(_) | None => {}
            }
        }
    }

    /// Warns of what only the strategy says that is in use everywhere, said by one for some places.
    fn only_in_general(&mut self, key: &str, strategy: &Strategy) {
        if strategy.is_general() {
            return;
        }
        let plain = Strategy::default();
        let said = [
            (
                "learning",
                strategy.learning != crate::learning::Learning::default(),
            ),
            ("groups", !strategy.groups.is_empty()),
            ("margin_share", strategy.margin_share.is_some()),
            (
                "universal_control_fraction",
                strategy.universal_control_fraction != plain.universal_control_fraction,
            ),
        ];
        for (field, _) in said.into_iter().filter(|(_, said)| *said) {
            let message = "this is not used: the strategy is for some places only";
            let hint = "say it in the strategy without placements and channels";
            let problem = Problem::new(format!("/strategy/{key}/{field}"), message);
            self.warn(Mismatch::OnlyInGeneral, problem.hint(hint));
        }
    }

    /// What a variant of an experiment speaks of.
    fn change(
        &mut self,
        at: &str,
        subject: &Subject,
        change: &Map<String, Value>,
        categories: &BTreeSet<&str>,
    ) {
        match subject {
            Subject::Offer { key } => {
                let bodies = self.of_kind::<Offer>(offer::KIND.name);
                let offer = bodies.iter().find(|(known, _)| known == key);
                let named = change.get("variant").and_then(Value::as_str);
                if let Some(((_, offer), named)) = offer.zip(named)
                    && offer.variant_place(Some(named)).is_none()
                {
                    let meant = nearest(named, offer.variants.iter().map(|v| v.key.as_str()));
                    let hint = did_you_mean(meant);
                    let hint = hint.unwrap_or_else(|| "name a variant that the offer has".into());
                    let message = format!("the offer {key} has no variant {named:?}");
                    let said = (ProblemCode::NoSuchVariant, message);
                    let problem = Problem::new(format!("{at}/variant"), said);
                    self.warn(Mismatch::Misfit, problem.hint(hint));
                }
            }
            Subject::Offers {} => {
                let named = change.get("offers").and_then(Value::as_array);
                for (place, named) in named.into_iter().flatten().enumerate() {
                    let path = format!("{at}/offers/{place}");
                    self.refers(path, offer::KIND.name, named.as_str().unwrap_or_default());
                }
            }
            Subject::Strategy { .. } => {
                let levers = change.get("levers").and_then(Value::as_object);
                // A null takes the lever away.
                let levers = levers
                    .into_iter()
                    .flatten()
                    .filter(|(_, lever)| !lever.is_null());
                let levers = levers.map(|(what, _)| what.as_str());
                self.levers(&format!("{at}/levers"), levers, categories);
            }
            Subject::Placement { .. } | Subject::Journey { .. } | Subject::Touchpoint {} => {}
        }
    }

    /// Experiments on something that is not there, and parts of a group that overlap.
    fn experiments(&mut self, categories: &BTreeSet<&str>) {
        let experiments = self.of_kind::<Experiment>(experiment::KIND.name);
        for (place, (key, body)) in experiments.iter().enumerate() {
            let path = format!("/experiment/{key}/subject/key");
            match &body.subject {
                Subject::Placement { key } => self.refers(path, placement::KIND.name, key),
                Subject::Offer { key } => self.refers(path, offer::KIND.name, key),
                Subject::Strategy { key } => self.refers(path, strategy::KIND.name, key),
                Subject::Journey { key } => self.refers(path, "journey", key),
                Subject::Offers {} | Subject::Touchpoint {} => true,
            };
            for (at, variant) in body.variants.iter().enumerate() {
                let path = format!("/experiment/{key}/variants/{at}/change");
                self.change(&path, &body.subject, &variant.change, categories);
            }
            let Some(slice) = &body.exclusion else {
                continue;
            };
            let overlaps = |(_, other): &&(&str, Experiment)| {
                other.exclusion.as_ref().is_some_and(|other| {
                    other.group == slice.group && other.from < slice.to && slice.from < other.to
                })
            };
            if let Some((other, _)) = experiments[..place].iter().find(overlaps) {
                let message = format!("its part of the group overlaps with that of {other:?}");
                let hint = "give each experiment of a group a part of its own";
                let problem = Problem::new(format!("/experiment/{key}/exclusion"), message);
                let other = (*other).to_owned();
                self.warn(Mismatch::ExperimentsOverlap { other }, problem.hint(hint));
            }
        }
    }
}
