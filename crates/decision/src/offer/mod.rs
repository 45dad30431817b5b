//! Offers: what we can propose to a customer.

pub mod api;
pub mod made;
pub mod placeholder;
pub mod purchases;
pub mod recall;
pub mod success;
pub mod template;
#[cfg(test)]
mod tests;
mod validate;
pub mod variant;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use store::definition::Kind;
use utoipa::ToSchema;

use crate::code::CodeRule;
use crate::{Channel, Name};

pub use template::OfferTemplate;
pub use variant::{Variant, VariantChoice};

/// Offers as definitions.
pub const KIND: Kind = Kind {
    name: "offer",
    validate: validate::validate,
};

/// What we can propose: attributes, validity, value, cost, eligibility, and how it looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What it is called, by language.
    pub name: Name,
    /// Key of the offer template that says which attributes it has.
    pub template: String,
    /// Attributes, typed by the template.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Category, for contact policies and so that a page does not say the same thing twice.
    pub category: String,
    /// What an acceptance is worth to us.
    pub value_cents: i64,
    /// What an acceptance costs us.
    #[serde(default)]
    pub cost_cents: i64,
    /// Currency of value and cost (ISO 4217).
    pub currency: String,
    /// The marketer's starting estimate that a customer accepts, 0 to 1.
    pub propensity: f64,
    /// A factor to push the offer or hold it back; 0 switches it off.
    #[serde(default = "one")]
    pub lever: f64,
    /// Where it may be made.
    pub channels: Vec<Channel>,
    /// How it looks, by channel and language.
    pub creatives: Vec<Creative>,
    /// From when it may be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// Until when it may be made (exclusive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// Which purchases accept it without a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevant: Option<Relevant>,
    /// Who may get it, as criteria; everyone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub eligibility: Option<Value>,
    /// When it rests after a reaction.
    #[serde(default)]
    pub suppress: Suppress,
    /// Share of customers, 0 to 1, who deliberately do not get it, for comparison.
    #[serde(default)]
    pub control_fraction: f64,
    /// Placements that may show it; all of its channels when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placements: Option<Vec<String>>,
    /// Its forms, when it has several; one of them is made, never the bare offer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// How one of the variants is chosen.
    #[serde(default)]
    pub variant_choice: VariantChoice,
    /// The code or coupon that comes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeRule>,
    /// Words by which it is found and grouped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who looks after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// How an offer looks in one channel and language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Creative {
    /// Channel.
    pub channel: Channel,
    /// Language (BCP 47), for example `en` or `zh-CN`.
    pub language: String,
    /// Heading.
    #[serde(default)]
    pub title: String,
    /// Text.
    #[serde(default)]
    pub text: String,
    /// Picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Where a click leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// Key of the message template, for e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// Which purchases accept an offer without a code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Relevant {
    /// Product ids or SKUs.
    pub products: Vec<String>,
    /// Product categories.
    pub categories: Vec<String>,
    /// Any purchase at all.
    pub any_purchase: bool,
    /// For how many days after the contact a purchase counts; 7 unless given.
    pub window_days: Option<u32>,
}

/// When an offer rests after a reaction; absent numbers never let it rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Suppress {
    /// Days of rest after it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_accept_days: Option<u32>,
    /// Days of rest after it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_reject_days: Option<u32>,
    /// Views without a reaction after which it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_views: Option<u32>,
    /// How far back views count; 7 days unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views_days: Option<u32>,
    /// Times it was seen and ignored after which it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_ignored: Option<u32>,
    /// How far back that counts, and how long it rests then; 30 days unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored_days: Option<u32>,
    /// Other offers that rest with it when it was accepted, rejected or ignored often enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Offer lists whose offers rest with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_lists: Vec<String>,
}

/// Days that a purchase counts unless the offer says otherwise.
pub const DEFAULT_WINDOW_DAYS: u32 = 7;
/// Days that ignoring counts unless the offer says otherwise.
pub const DEFAULT_IGNORED_DAYS: u32 = 30;
/// Days that views count unless the offer says otherwise.
pub const DEFAULT_VIEWS_DAYS: u32 = 7;

fn one() -> f64 {
    1.0
}

impl Offer {
    /// Creatives by channel, for lists.
    pub fn languages(&self) -> BTreeMap<Channel, Vec<&str>> {
        let mut languages = BTreeMap::<Channel, Vec<&str>>::new();
        for creative in &self.creatives {
            let known = languages.entry(creative.channel).or_default();
            known.push(&creative.language);
        }
        languages
    }
}

/// The best of several languages for a wish: the same, its base language, English, any.
pub fn pick_language<'a>(
    given: impl Iterator<Item = (usize, &'a str)>,
    wish: Option<&str>,
) -> Option<usize> {
    let wish = wish.unwrap_or("en");
    let mut best = None;
    for (place, language) in given {
        let rank = language_rank(language, wish);
        if best.is_none_or(|(_, known)| rank < known) {
            best = Some((place, rank));
        }
    }
    best.map(|(place, _)| place)
}

fn language_rank(language: &str, wish: &str) -> u8 {
    let base = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().len();
    if language.eq_ignore_ascii_case(wish) {
        0
    } else if language[..base(language)].eq_ignore_ascii_case(&wish[..base(wish)]) {
        1
    } else if language[..base(language)].eq_ignore_ascii_case("en") {
        2
    } else {
        3
    }
}
