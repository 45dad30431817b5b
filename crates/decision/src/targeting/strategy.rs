//! Strategy: the formula of arbitration, its levers, and the universal control group.

use std::collections::BTreeMap;

use memory::criteria::{Vocabulary, read_checked};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::body::{Check, read};
use crate::catalog::OfferEntry;
use crate::learning::Learning;
use crate::worth::{CustomerGroup, ValueFrom};
use crate::{Channel, Name};

/// Strategies as definitions. A placement uses the one that names it, else one that names its
/// channel, else one that names neither; of several the first by key.
pub const KIND: Kind = Kind {
    name: "strategy",
    validate,
};

/// The most factors for circumstances of one strategy.
const LARGEST_CONTEXT_WEIGHTS: usize = 200;

/// The formula by which proposals are put in order.
pub const FORMULA: &str = "propensity * context * value * lever";

/// How proposals are put in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// What it is called, by language.
    pub name: Name,
    /// The formula, shown to everybody: `propensity * context * value * lever`.
    #[serde(default = "formula")]
    pub formula: String,
    /// Placements where it is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placements: Option<Vec<String>>,
    /// Channels where it is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// Factors by what they concern: `offer:<key>`, `list:<key>`,
    /// `category:<category>`, `channel:<channel>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levers: BTreeMap<String, f64>,
    /// Factors for certain circumstances: weather, device, an agent's skill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_weights: Vec<ContextWeight>,
    /// Share of customers, 0 to 1, who deliberately get no offer at all, for comparison. That of
    /// the strategy that is in use where no other one is.
    #[serde(default)]
    pub universal_control_fraction: f64,
    /// How propensities are learned and how much is tried out.
    #[serde(default)]
    pub learning: Learning,
    /// What an acceptance is worth: as the offer states, or the margin that would not have come
    /// without the contact.
    #[serde(default)]
    pub value: ValueFrom,
    /// Groups of customers whose reaction to offers is judged together; the first that fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<CustomerGroup>,
    /// Share of revenue, 0 to 1, that is margin where orders do not tell their margin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_share: Option<f64>,
}

/// A factor that counts while its criteria hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextWeight {
    /// When it counts, as criteria: `{"context": "weather", "equals": "rain"}`.
    #[schema(value_type = memory::criteria::Criteria)]
    pub when: Value,
    /// What it concerns: `offer:<key>`, `category:<category>`, `channel:<channel>`.
    pub concerns: String,
    /// The factor.
    pub weight: f64,
}

impl ContextWeight {
    /// Whether it concerns an offer in a channel.
    pub fn concerns(&self, offer: &OfferEntry, channel: Channel) -> bool {
        match self.concerns.split_once(':') {
            Some(("offer", key)) => key == offer.key,
            Some(("list", list)) => offer.lists.iter().any(|known| known == list),
            Some(("category", category)) => category == offer.body.category,
            Some(("channel", word)) => word == channel.word(),
            Some(_) | None => false,
        }
    }
}

impl Default for Strategy {
    fn default() -> Strategy {
        Strategy {
            name: Name::default(),
            formula: formula(),
            placements: None,
            channels: None,
            context_weights: vec![],
            levers: BTreeMap::new(),
            universal_control_fraction: 0.0,
            // Without a strategy nobody has asked for anything to be tried out.
            learning: Learning::fixed(),
            value: ValueFrom::Stated,
            groups: vec![],
            margin_share: None,
        }
    }
}

fn formula() -> String {
    FORMULA.to_owned()
}

fn validate(body: &Value) -> Vec<Problem> {
    let strategy: Strategy = match read(body) {
        Ok(strategy) => strategy,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&strategy.name);
    let known = strategy
        .formula
        .split_whitespace()
        .eq(FORMULA.split_whitespace());
    let hint = format!("use {FORMULA:?}");
    check.demand(known, "/formula", "this formula is not known", &hint);
    let share = strategy.universal_control_fraction;
    check.within(share, 0.0, 1.0, "/universal_control_fraction");
    strategy.learning.check(&mut check);
    crate::worth::validate(&strategy.groups, strategy.margin_share, &mut check);
    for (what, lever) in &strategy.levers {
        let path = format!("/levers/{}", what.replace('~', "~0").replace('/', "~1"));
        check.within(*lever, 0.0, 1_000.0, path.clone());
        check.demand(
            concerns(what),
            path,
            (ProblemCode::NoLever, "this is nothing that has a lever"),
            CONCERNS,
        );
    }
    circumstances(&strategy, &mut check);
    check.0
}

const CONCERNS: &str = "use offer:<key>, list:<key>, category:<category> or channel:<channel>";

fn concerns(what: &str) -> bool {
    match what.split_once(':') {
        Some(("offer" | "list" | "category", name)) => !name.is_empty(),
        Some(("channel", name)) => Channel::of_word(name).is_some(),
        Some(_) | None => false,
    }
}

fn circumstances(strategy: &Strategy, check: &mut Check) {
    let given = (strategy.context_weights.len(), LARGEST_CONTEXT_WEIGHTS);
    let said = (ProblemCode::TooMany, "too many factors");
    check.at_most(given, "/context_weights", said, "use at most 200");
    for (place, given) in strategy.context_weights.iter().enumerate() {
        let path = format!("/context_weights/{place}");
        check.within(given.weight, 0.0, 1_000.0, format!("{path}/weight"));
        let known = concerns(&given.concerns);
        let message = (ProblemCode::NoLever, "this is nothing that has a factor");
        check.demand(known, format!("{path}/concerns"), message, CONCERNS);
        if let Err(problems) = read_checked(&given.when, &Vocabulary::default()) {
            check.0.extend(problems.into_iter().map(|problem| Problem {
                path: format!("{path}/when{}", problem.path),
                ..problem
            }));
        }
    }
    for (name, empty) in [
        (
            "placements",
            strategy.placements.as_ref().is_some_and(Vec::is_empty),
        ),
        (
            "channels",
            strategy.channels.as_ref().is_some_and(Vec::is_empty),
        ),
    ] {
        let hint = "name some, or leave it out so that it is in use everywhere";
        let message = (
            ProblemCode::ConcernsNothing,
            "the strategy is in use nowhere",
        );
        check.demand(!empty, format!("/{name}"), message, hint);
    }
}

impl Strategy {
    /// The product of the levers of offer lists.
    pub fn lists_lever(&self, lists: &[String]) -> f64 {
        let of = |list: &String| self.levers.get(&format!("list:{list}")).copied();
        lists.iter().map(|list| of(list).unwrap_or(1.0)).product()
    }

    /// Whether it is for every place. The first such strategy says how is learned, which customers
    /// belong together, what margin is and from whom everything is withheld.
    pub fn is_general(&self) -> bool {
        self.placements.is_none() && self.channels.is_none()
    }

    /// How well it fits a placement; `None` when it is not in use there.
    pub fn fits(&self, placement: &str, channel: Channel) -> Option<u8> {
        let named = match &self.placements {
            Some(named) if !named.iter().any(|key| key == placement) => return None,
            Some(_) => 2,
            None => 0,
        };
        match &self.channels {
            Some(channels) if !channels.contains(&channel) => None,
            Some(_) => Some(named + 1),
            None => Some(named),
        }
    }
    /// The product of all levers that concern an offer in a channel, its own included.
    pub fn lever(&self, own: f64, offer: &str, category: &str, channel: Channel) -> f64 {
        let of = |what: &str, name: &str| {
            let lever = self.levers.get(&format!("{what}:{name}"));
            lever.copied().unwrap_or(1.0)
        };
        own * of("offer", offer) * of("category", category) * of("channel", channel.word())
    }
}

#[test]
fn levers_multiply() {
    let strategy: Strategy = serde_json::from_value(serde_json::json!({
        "name": {"en": "Default"},
        "levers": {"offer:sale": 2.0, "category:bags": 1.5, "channel:web": 0.5},
    }))
    .unwrap();
    assert_eq!(strategy.lever(2.0, "sale", "bags", Channel::Web), 3.0);
    assert_eq!(strategy.lever(1.0, "other", "hats", Channel::Email), 1.0);
}

#[test]
fn what_is_wrong_with_a_strategy_is_named_with_its_place() {
    let body = serde_json::json!({
        "name": {"en": "Default"}, "formula": "value", "universal_control_fraction": 2,
        "levers": {"offer:sale": -1, "brand:x": 1, "channel:wep": 1},
    });
    let problems = validate(&body);
    let places: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        places,
        [
            "/formula",
            "/universal_control_fraction",
            "/levers/brand:x",
            "/levers/channel:wep",
            "/levers/offer:sale"
        ]
    );
}
