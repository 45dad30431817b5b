//! Strategy: the formula of arbitration, its levers, and the universal control group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Kind, Problem};
use utoipa::ToSchema;

use crate::body::{Check, read};
use crate::learning::Learning;
use crate::worth::{CustomerGroup, ValueFrom};
use crate::{Channel, Name};

/// Strategies as definitions. The first published one, by key, is in use.
pub const KIND: Kind = Kind {
    name: "strategy",
    validate,
};

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
    /// Factors by what they concern: `offer:<key>`, `list:<key>`,
    /// `category:<category>`, `channel:<channel>`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levers: BTreeMap<String, f64>,
    /// Share of customers, 0 to 1, who deliberately get no offer at all, for comparison.
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

impl Default for Strategy {
    fn default() -> Strategy {
        Strategy {
            name: Name::default(),
            formula: formula(),
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
        let known = match what.split_once(':') {
            Some(("offer" | "list" | "category", name)) => !name.is_empty(),
            Some(("channel", name)) => Channel::of_word(name).is_some(),
            Some(_) | None => false,
        };
        let hint = "use offer:<key>, list:<key>, category:<category> or channel:<channel>";
        check.demand(known, path, "this is nothing that has a lever", hint);
    }
    check.0
}

impl Strategy {
    /// The product of the levers of offer lists.
    pub fn lists_lever(&self, lists: &[String]) -> f64 {
        let of = |list: &String| self.levers.get(&format!("list:{list}")).copied();
        lists.iter().map(|list| of(list).unwrap_or(1.0)).product()
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
