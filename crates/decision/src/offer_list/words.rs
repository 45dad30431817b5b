//! What a rule of an offer list can speak of: what offers say about themselves.

use std::collections::{BTreeMap, BTreeSet};

use memory::criteria::{AttributeValue, Checked, Draft, Kind, Remark, Vocabulary, check};
use serde::Serialize;
use store::definition::Problem;
use utoipa::ToSchema;

use super::{OfferFacts, foreign};
use crate::body::Check;
use crate::offer::Offer;

/// Values of an attribute that are told at most.
const MOST_VALUES: usize = 100;

/// What every offer has, or may have.
const EVERY: [(&str, Kind); 15] = [
    ("category", Kind::Text),
    ("tags", Kind::List),
    ("key", Kind::Text),
    ("channels", Kind::List),
    ("placements", Kind::List),
    ("languages", Kind::List),
    ("value_cents", Kind::Number),
    ("cost_cents", Kind::Number),
    ("margin_cents", Kind::Number),
    ("propensity", Kind::Number),
    ("currency", Kind::Text),
    ("valid_from", Kind::Instant),
    ("valid_until", Kind::Instant),
    ("owner", Kind::Text),
    ("template", Kind::Text),
];

/// An attribute of offers that a rule can ask for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = OfferAttribute)]
pub struct Word {
    /// What it is called in rules.
    pub attribute: String,
    /// The kind of its values.
    pub kind: Kind,
    /// Whether it comes from the templates of offers; the others every offer has.
    pub own: bool,
    /// Texts that offers have there now, in their order; at most 100.
    pub values: Vec<String>,
}

/// The attributes that offers have: first what every offer has, then their own by name.
pub fn words(offers: &[(&str, &Offer)]) -> Vec<Word> {
    let mut own: BTreeMap<String, Kind> = BTreeMap::new();
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, offer) in offers {
        for (attribute, value) in OfferFacts::of(key, offer).attributes {
            let texts = match &value {
                AttributeValue::Text(text) => vec![text.clone()],
                AttributeValue::List(texts) => texts.clone(),
                AttributeValue::Bool(_)
                | AttributeValue::Number(_)
                | AttributeValue::Instant(_) => vec![],
            };
            let texts = texts.into_iter().filter(|text| !text.is_empty());
            values.entry(attribute.clone()).or_default().extend(texts);
            own.entry(attribute).or_insert(value.kind());
        }
    }
    for (attribute, _) in EVERY {
        own.remove(attribute);
    }
    let every = EVERY.map(|(attribute, kind)| (attribute.to_owned(), kind, false));
    let own = own
        .into_iter()
        .map(|(attribute, kind)| (attribute, kind, true));
    let word = |(attribute, kind, own): (String, Kind, bool)| {
        let values = values.remove(&attribute).into_iter().flatten();
        Word {
            values: values.take(MOST_VALUES).collect(),
            attribute,
            kind,
            own,
        }
    };
    every.into_iter().chain(own).map(word).collect()
}

/// Checks the draft of a rule against what offers have.
pub fn checked(draft: &Draft, offers: &[(&str, &Offer)]) -> Checked {
    let words = words(offers).into_iter();
    let vocabulary = Vocabulary {
        attributes: words.map(|word| (word.attribute, word.kind)).collect(),
        ..Vocabulary::default()
    };
    let checked = check(draft, &vocabulary);
    let mut strange = Check::default();
    if let Some(rule) = &checked.criteria {
        foreign(rule, &mut strange);
    }
    strange.0.dedup();
    if strange.0.is_empty() {
        return checked;
    }
    let whole = |problem: Problem| {
        Remark::InTree(Problem {
            path: String::new(),
            ..problem
        })
    };
    Checked {
        criteria: None,
        text: None,
        text_zh: None,
        problems: strange.0.into_iter().map(whole).collect(),
        notices: vec![],
    }
}
