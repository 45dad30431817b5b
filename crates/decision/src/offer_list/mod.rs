//! Offer lists: named groups of offers, fixed or by rule, for placements, levers and suppression.

pub mod api;
#[cfg(test)]
mod tests;
mod words;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use memory::criteria::{
    AttributeValue, Compiled, ContactView, Criteria, Facts, Match, ResponseView, SlotId, read,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::definition::{Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::Name;
use crate::body::Check;
use crate::offer::{Offer, variant};

/// Offer lists as definitions.
pub const KIND: Kind = Kind {
    name: "offer_list",
    validate,
};

/// The most offers named by one fixed list.
const LARGEST_LIST: usize = 1_000;

/// A named group of offers: either fixed, or by a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferList {
    /// What it is called, by language.
    pub name: Name,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Keys of its offers, in order; for fixed lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Vec<String>>,
    /// Which offers belong to it, as criteria on attributes: `key`, `category`, `template`,
    /// `tags`, `owner`, `channels`, `placements`, `languages`, `value_cents`, `cost_cents`,
    /// `margin_cents`, `propensity`, `currency`, `valid_from`, `valid_until`, and the offer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub rule: Option<Value>,
}

fn validate(body: &Value) -> Vec<Problem> {
    let list: OfferList = match crate::body::read(body) {
        Ok(list) => list,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&list.name);
    let given = (list.description.chars().count(), 2_000);
    let said = (ProblemCode::TooLong, "the description is too long");
    check.at_most(given, "/description", said, "use at most 2000 characters");
    let one = list.offers.is_some() != list.rule.is_some();
    let hint = "name its offers in offers, or give a rule";
    check.demand(
        one,
        "/offers",
        (
            ProblemCode::FixedOrByRule,
            "a list is either fixed or by rule",
        ),
        hint,
    );
    if let Some(offers) = &list.offers {
        let hint = "use at most 1000, or a rule";
        let said = (ProblemCode::TooMany, "the list names too many offers");
        check.at_most((offers.len(), LARGEST_LIST), "/offers", said, hint);
        let mut known = std::collections::HashSet::new();
        for (place, key) in offers.iter().enumerate() {
            let path = format!("/offers/{place}");
            check.key(key, &*path);
            let fresh = known.insert(key);
            check.demand(
                fresh,
                path,
                (ProblemCode::Twice, "the offer is there twice"),
                "remove one of them",
            );
        }
    }
    if let Some(json) = &list.rule {
        check.0.extend(variant::criteria(json, "/rule"));
        if let Ok(rule) = read(json) {
            foreign(&rule, &mut check);
        }
    }
    check.0
}

/// A rule of a list asks attributes of offers only, and nothing that changes with the clock:
/// lists are made up when something is published.
fn foreign(rule: &Criteria, check: &mut Check) {
    rule.walk(&mut |node| match node {
        Criteria::All(_) | Criteria::Any(_) | Criteria::Not(_) => {}
        Criteria::Attribute(named) => {
            let message = format!("{:?} is compared with a date that moves", named.name);
            let hint = "use a fixed date; lists are made up when something is published";
            if named.test.relative() {
                let problem = Problem::new("/rule", (ProblemCode::MovingDate, message));
                check.0.push(problem.with("name", &*named.name).hint(hint));
            }
        }
        Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Segment(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => {
            let message = (
                ProblemCode::NotOfOffers,
                "the rule asks for something that offers do not have",
            );
            let hint = "use attributes of offers, for example category or value_cents";
            check.demand(false, "/rule", message, hint);
        }
    });
}

impl OfferList {
    /// The keys of its offers, in the order of the list; by rule in the order given.
    pub fn members<'a>(&self, offers: &[(&'a str, &Offer)]) -> Vec<&'a str> {
        if let Some(named) = &self.offers {
            let known = |key: &String| offers.iter().find(|(known, _)| known == key);
            return named
                .iter()
                .filter_map(known)
                .map(|(key, _)| *key)
                .collect();
        }
        let Some(rule) = self.rule.as_ref().and_then(|json| read(json).ok()) else {
            return vec![];
        };
        let rule = Compiled::new(&rule);
        let fits = |(key, offer): &&(&str, &Offer)| rule.matches(&OfferFacts::of(key, offer), 0);
        offers.iter().filter(fits).map(|(key, _)| *key).collect()
    }
}

/// An offer as criteria see it: attributes, and nothing else.
pub(crate) struct OfferFacts {
    pub attributes: HashMap<String, AttributeValue>,
    pub zone: TimeZone,
}

impl OfferFacts {
    fn of(key: &str, offer: &Offer) -> OfferFacts {
        let mut languages: Vec<&str> = offer
            .all_creatives()
            .map(|(_, creative)| creative.language.as_str())
            .collect();
        languages.sort_unstable();
        languages.dedup();
        let own = offer.attributes.iter().map(|(k, v)| (k.clone(), v.clone()));
        let facts = json!({
            "key": key, "category": offer.category, "template": offer.template,
            "tags": offer.tags, "owner": offer.owner, "channels": offer.channels,
            "placements": offer.placements, "languages": languages,
            "value_cents": offer.value_cents, "cost_cents": offer.cost_cents,
            "margin_cents": offer.value_cents - offer.cost_cents,
            "propensity": offer.propensity, "currency": offer.currency,
            "valid_from": offer.valid_from, "valid_until": offer.valid_until,
        });
        let Value::Object(facts) = facts else {
            unreachable!("the facts are written as an object");
        };
        // What every offer has goes before what a template calls the same.
        let read = |(key, value): (String, Value)| Some((key, AttributeValue::from_json(&value)?));
        OfferFacts {
            attributes: own.chain(facts).filter_map(read).collect(),
            zone: TimeZone::UTC,
        }
    }
}

impl Facts for OfferFacts {
    fn attribute(&self, key: &str) -> Option<&AttributeValue> {
        self.attributes.get(key)
    }
    fn matches(&self, _: SlotId) -> &[Match] {
        &[]
    }
    fn contacts(&self, _: &mut dyn FnMut(ContactView<'_>)) {}
    fn responses(&self, _: &mut dyn FnMut(ResponseView<'_>)) {}
    fn consent(&self, _: &str, _: &str, _: i64) -> Option<bool> {
        None
    }
    fn segment(&self, _: &str) -> bool {
        false
    }
    fn score(&self, _: &str) -> Option<f64> {
        None
    }
    fn context(&self, _: &str) -> Option<&AttributeValue> {
        None
    }
    fn zone(&self) -> &TimeZone {
        &self.zone
    }
}
