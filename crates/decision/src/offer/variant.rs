//! Variants: one offer in several forms, chosen by rule, by language and channel, or by arbitration.

use memory::criteria::{Vocabulary, read_checked};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::definition::{Problem, ProblemCode};
use utoipa::ToSchema;

use super::{Creative, Offer, pick_language};
use crate::body::Check;
use crate::{Channel, Name};

/// The most variants of one offer.
const LARGEST_VARIANTS: usize = 20;

/// One form of an offer: what it says differently from the offer itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferVariant)]
pub struct Variant {
    /// Its key within the offer, for example `fifteen`.
    pub key: String,
    /// What it is called, by language.
    #[serde(default)]
    pub name: Name,
    /// Attributes that stand in the place of the offer's.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Creatives that stand in the place of the offer's of the same channel and language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub creatives: Vec<Creative>,
    /// What an acceptance is worth; the offer's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_cents: Option<i64>,
    /// What an acceptance costs; the offer's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_cents: Option<i64>,
    /// The starting estimate that a customer accepts; the offer's unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
    /// Channels it is for; all of the offer's when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Languages it is for, by their base (`en`, `zh`); all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Who gets it, as criteria; everyone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub when: Option<Value>,
}

/// How one of several variants is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VariantChoice {
    /// The first in the list that is for this channel, language and customer.
    #[default]
    FirstFit,
    /// Among those that are, the one with the highest priority.
    Arbitration,
}

impl Variant {
    /// Whether it is for a channel.
    pub fn is_for_channel(&self, channel: Channel) -> bool {
        self.channels.is_empty() || self.channels.contains(&channel)
    }

    /// Whether it is for a language; English stands in for an unknown one.
    pub fn is_for_language(&self, language: Option<&str>) -> bool {
        let base = |tag: &str| {
            let base = tag.split(['-', '_']).next().unwrap_or_default();
            base.to_ascii_lowercase()
        };
        let wish = base(language.unwrap_or("en"));
        self.languages.is_empty() || self.languages.iter().any(|tag| base(tag) == wish)
    }
}

impl Offer {
    /// The creative at a place of the offer's own creatives followed by those of each variant:
    /// the number that decisions are written down with.
    pub fn creative_at(&self, place: usize) -> Option<&Creative> {
        let variants = self.variants.iter().flat_map(|v| &v.creatives);
        self.creatives.iter().chain(variants).nth(place)
    }

    /// All creatives, in the order of [`Offer::creative_at`].
    pub fn all_creatives(&self) -> impl Iterator<Item = (Option<usize>, &Creative)> {
        let own = self.creatives.iter().map(|creative| (None, creative));
        let variants = self.variants.iter().enumerate();
        own.chain(variants.flat_map(|(v, variant)| {
            variant
                .creatives
                .iter()
                .map(move |creative| (Some(v), creative))
        }))
    }

    /// The place of the creative for a channel that fits a language best; a variant's own goes
    /// before the offer's of the same language.
    pub fn creative_of(
        &self,
        variant: Option<usize>,
        channel: Channel,
        language: Option<&str>,
    ) -> Option<usize> {
        let fits = |wanted: Option<usize>| {
            let all = self.all_creatives().enumerate();
            all.filter(move |(_, (owner, creative))| {
                *owner == wanted && creative.channel == channel
            })
            .map(|(place, (_, creative))| (place, creative.language.as_str()))
        };
        match variant {
            Some(_) => pick_language(fits(variant).chain(fits(None)), language),
            None => pick_language(fits(None), language),
        }
    }

    /// Attributes of the offer with those of a variant over them.
    pub fn attributes_of(&self, variant: Option<usize>) -> Map<String, Value> {
        let mut attributes = self.attributes.clone();
        if let Some(variant) = variant.and_then(|v| self.variants.get(v)) {
            attributes.extend(variant.attributes.clone());
        }
        attributes
    }

    /// What an acceptance of a variant is worth.
    pub fn value_of(&self, variant: Option<usize>) -> i64 {
        let variant = variant.and_then(|v| self.variants.get(v));
        let own = variant.and_then(|variant| variant.value_cents);
        own.unwrap_or(self.value_cents)
    }

    /// What an acceptance of a variant costs.
    pub fn cost_of(&self, variant: Option<usize>) -> i64 {
        let variant = variant.and_then(|v| self.variants.get(v));
        let own = variant.and_then(|variant| variant.cost_cents);
        own.unwrap_or(self.cost_cents)
    }

    /// The place of a variant by its key.
    pub fn variant_place(&self, key: Option<&str>) -> Option<usize> {
        let key = key?;
        self.variants.iter().position(|variant| variant.key == key)
    }
}

/// What is wrong with the variants of an offer.
pub(super) fn validate(offer: &Offer, check: &mut Check) {
    let hint = "use at most 20; more are offers of their own";
    let said = (ProblemCode::TooMany, "too many variants");
    check.at_most(
        (offer.variants.len(), LARGEST_VARIANTS),
        "/variants",
        said,
        hint,
    );
    for (place, variant) in offer.variants.iter().enumerate() {
        let path = format!("/variants/{place}");
        check.key(&variant.key, format!("{path}/key"));
        let fresh = offer.variants[..place]
            .iter()
            .all(|other| other.key != variant.key);
        let hint = "give every variant a key of its own";
        check.demand(
            fresh,
            format!("{path}/key"),
            (ProblemCode::Twice, "the key is there twice"),
            hint,
        );
        figures(variant, &path, check);
        for (at, channel) in variant.channels.iter().enumerate() {
            let declared = offer.channels.contains(channel);
            let hint = "add it to the offer's channels, or remove it here";
            check.declared(declared, *channel, format!("{path}/channels/{at}"), hint);
        }
        for (at, creative) in variant.creatives.iter().enumerate() {
            let path = format!("{path}/creatives/{at}");
            let declared = offer.channels.contains(&creative.channel);
            let hint = "add it to the offer's channels, or remove the creative";
            check.declared(declared, creative.channel, format!("{path}/channel"), hint);
            let twice = variant.creatives[..at].iter().any(|other| {
                other.channel == creative.channel && other.language == creative.language
            });
            let hint = "one creative per channel and language";
            let message = (ProblemCode::Twice, "this creative is there twice");
            check.demand(!twice, format!("{path}/language"), message, hint);
            super::validate::creative(creative, &path, check);
        }
        if let Some(json) = &variant.when {
            check.0.extend(criteria(json, &format!("{path}/when")));
        }
    }
}

fn figures(variant: &Variant, path: &str, check: &mut Check) {
    let hint = "use 0 or more";
    for (field, cents) in [
        ("value_cents", variant.value_cents),
        ("cost_cents", variant.cost_cents),
    ] {
        let good = cents.is_none_or(|cents| cents >= 0);
        check.demand(
            good,
            format!("{path}/{field}"),
            (ProblemCode::Negative, "the amount is negative"),
            hint,
        );
    }
    if let Some(propensity) = variant.propensity {
        check.within(propensity, 0.0, 1.0, format!("{path}/propensity"));
    }
}

/// What is wrong with criteria; paths start at the offer.
pub(crate) fn criteria(json: &Value, at: &str) -> Vec<Problem> {
    let problems = match read_checked(json, &Vocabulary::default()) {
        Ok(_) => vec![],
        Err(problems) => problems,
    };
    let at_offer = |problem: Problem| Problem {
        path: format!("{at}{}", problem.path),
        ..problem
    };
    problems.into_iter().map(at_offer).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_support::offer_body;

    fn offer() -> Offer {
        serde_json::from_value(offer_body(json!({
            "attributes": {"percent_off": 0.1, "size": "M"},
            "creatives": [
                {"channel": "web", "language": "en", "title": "Sale"},
                {"channel": "web", "language": "zh", "title": "特价"},
            ],
            "channels": ["web"],
            "variants": [
                {"key": "ten"},
                {"key": "fifteen", "attributes": {"percent_off": 0.15}, "languages": ["zh-CN"],
                 "creatives": [{"channel": "web", "language": "en", "title": "15 % off"}]},
            ],
        })))
        .unwrap()
    }

    #[test]
    fn a_variant_says_what_it_says_differently() {
        let offer = offer();
        let title = |variant, language| {
            let place = offer
                .creative_of(variant, Channel::Web, Some(language))
                .unwrap();
            offer.creative_at(place).unwrap().title.as_str()
        };
        assert_eq!(title(Some(1), "en"), "15 % off");
        assert_eq!(title(Some(1), "zh"), "特价");
        assert_eq!(title(Some(0), "en"), "Sale");
        assert_eq!(title(None, "en"), "Sale");
        assert_eq!(offer.creative_of(Some(1), Channel::Email, None), None);
        let attributes = offer.attributes_of(offer.variant_place(Some("fifteen")));
        assert_eq!(
            Value::Object(attributes),
            json!({"percent_off": 0.15, "size": "M"})
        );
        assert!(offer.variants[1].is_for_language(Some("zh-TW")));
        assert!(!offer.variants[1].is_for_language(None));
    }

    #[test]
    fn what_is_wrong_with_a_variant_is_named_with_its_place() {
        let body = offer_body(json!({"variants": [
            {"key": "ten", "value_cents": -1, "channels": ["sms"], "propensity": 2},
            {"key": "ten", "when": {"event": "Order Completed", "at_leest": 1}},
        ]}));
        let problems = (super::super::KIND.validate)(&body);
        let places: Vec<&str> = problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(
            places,
            [
                "/variants/0/value_cents",
                "/variants/0/propensity",
                "/variants/0/channels/0",
                "/variants/1/key",
                "/variants/1/when/at_leest",
            ]
        );
    }
}
