//! What marketers choose about learning, as part of a strategy.

use std::collections::BTreeMap;

use memory::interaction::ResponseKind;
use serde::{Deserialize, Serialize};
use store::definition::ProblemCode;
use utoipa::ToSchema;

use super::budget::Budget;
use crate::Channel;
use crate::body::Check;

/// How the probability of an acceptance is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Bayesian logistic regression: knows how sure it is, and how features work together.
    #[default]
    Bayesian,
    /// Naive Bayes: counts per feature; easy to follow, blind to how features work together.
    NaiveBayes,
    /// The marketer's estimate, as it stands in the offer.
    Fixed,
}

/// How propensities are learned and how much is tried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Learning {
    /// How the probability of an acceptance is found.
    pub algorithm: Algorithm,
    /// How far draws stray from what is expected, in standard deviations: 0 never tries an offer
    /// out, 1 tries as much as it is unsure.
    pub sampling: f64,
    /// Share of choices drawn evenly among all eligible offers, so that nothing is ever ruled out
    /// for good.
    pub exploration: f64,
    /// As many presentations as the starting estimate of an offer is worth.
    pub prior_presentations: f64,
    /// After so many days without news half of what was learned is forgotten.
    pub half_life_days: f64,
    /// How much trying out may cost; any amount unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// How much an unproven offer may be shown.
    pub new_offers: NewOffers,
    /// What reactions are worth.
    pub rewards: Rewards,
    /// By channel: after so many hours without a response a contact counts as a no for good.
    /// 24 for touchpoints, 168 for what is sent, unless given.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, f64>)]
    pub response_hours: BTreeMap<Channel, f64>,
    /// What the model looks at.
    pub features: Features,
}

/// How much an unproven offer may be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewOffers {
    /// An offer is proven in a channel after so many presentations there.
    pub proven_after: u32,
    /// Until then it is shown at most so many times a day in that channel, unless nothing proven
    /// fits; 0 sets no bound.
    pub per_day: u32,
}

/// What reactions are worth, 0 to 1, where 1 is an acceptance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rewards {
    /// A click.
    pub click: f64,
    /// A view.
    pub view: f64,
    /// Reactions that the company named itself.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, f64>,
    /// How much of a no it is to see an offer and do nothing, 0 to 1.
    pub ignored: f64,
}

/// What the model looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Keys of customer attributes; everything but names, addresses and numbers of people when
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// Attributes and context entries to leave out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Keys of segments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// The circumstances of the request: device, page, weather.
    pub context: bool,
    /// Hour and day of the week, by the customer's clock.
    pub time: bool,
    /// How often and how lately the customer was contacted and reacted.
    pub history: bool,
    /// Which categories the customer has clicked or accepted.
    pub interests: bool,
}

impl Default for Learning {
    fn default() -> Learning {
        Learning {
            algorithm: Algorithm::Bayesian,
            sampling: 0.5,
            exploration: 0.02,
            prior_presentations: 50.0,
            half_life_days: 60.0,
            budget: None,
            new_offers: NewOffers::default(),
            rewards: Rewards::default(),
            response_hours: BTreeMap::new(),
            features: Features::default(),
        }
    }
}

impl Default for NewOffers {
    fn default() -> NewOffers {
        NewOffers {
            proven_after: 200,
            per_day: 1_000,
        }
    }
}

impl Default for Rewards {
    fn default() -> Rewards {
        Rewards {
            click: 0.2,
            view: 0.0,
            custom: BTreeMap::new(),
            ignored: 0.5,
        }
    }
}

impl Default for Features {
    fn default() -> Features {
        Features {
            attributes: None,
            except: vec![],
            segments: vec![],
            context: true,
            time: true,
            history: true,
            interests: true,
        }
    }
}

/// What a response says about an offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// A yes of some worth, above 0.
    Yes(f64),
    /// A no of some weight, above 0.
    No(f64),
    /// It was seen; nothing more.
    Seen,
}

impl Learning {
    /// Whether enough outcomes are known for propensities to be relied on.
    pub fn proven(&self, settled: f64) -> bool {
        settled >= f64::from(self.new_offers.proven_after)
    }

    /// The marketer's estimates as they are: what is in use without a strategy.
    pub fn fixed() -> Learning {
        Learning {
            algorithm: Algorithm::Fixed,
            ..Learning::default()
        }
    }

    /// The share of choices drawn evenly.
    pub fn floor(&self) -> f64 {
        match self.algorithm {
            Algorithm::Bayesian | Algorithm::NaiveBayes => self.exploration,
            Algorithm::Fixed => 0.0,
        }
    }

    /// After how long a contact without a response is a no for good.
    pub fn response_ms(&self, channel: Channel) -> i64 {
        let usual = if channel.outbound() { 168.0 } else { 24.0 };
        let hours = self.response_hours.get(&channel).copied().unwrap_or(usual);
        (hours * 3_600_000.0) as i64
    }

    /// What a response says.
    pub fn outcome(&self, kind: ResponseKind, name: Option<&str>) -> Outcome {
        let rewards = &self.rewards;
        let worth = match kind {
            ResponseKind::Accept => 1.0,
            ResponseKind::Click => rewards.click,
            ResponseKind::View => rewards.view,
            ResponseKind::Custom => {
                let named = name.and_then(|name| rewards.custom.get(name));
                named.copied().unwrap_or(0.0)
            }
            ResponseKind::Reject => return Outcome::No(1.0),
            ResponseKind::Ignored if rewards.ignored > 0.0 => {
                return Outcome::No(rewards.ignored);
            }
            ResponseKind::Ignored => 0.0,
        };
        if worth > 0.0 {
            Outcome::Yes(worth)
        } else {
            Outcome::Seen
        }
    }

    /// Notes what is wrong, below `/learning`.
    pub(crate) fn check(&self, check: &mut Check) {
        let at = |field: &str| format!("/learning/{field}");
        check.within(self.sampling, 0.0, 2.0, at("sampling"));
        check.within(self.exploration, 0.0, 0.5, at("exploration"));
        check.within(
            self.prior_presentations,
            1.0,
            100_000.0,
            at("prior_presentations"),
        );
        if let Some(budget) = &self.budget {
            let hint = "write an amount in minor units, 5000 for 50.00";
            let wrong = (ProblemCode::Negative, "the budget is no amount of money");
            check.demand(budget.holds(), at("budget/cents"), wrong, hint);
        }
        check.within(self.half_life_days, 1.0, 3_650.0, at("half_life_days"));
        check.within(self.rewards.click, 0.0, 1.0, at("rewards/click"));
        check.within(self.rewards.view, 0.0, 1.0, at("rewards/view"));
        check.within(self.rewards.ignored, 0.0, 1.0, at("rewards/ignored"));
        for (name, worth) in &self.rewards.custom {
            let name = name.replace('~', "~0").replace('/', "~1");
            check.within(*worth, 0.0, 1.0, at(&format!("rewards/custom/{name}")));
        }
        for (channel, hours) in &self.response_hours {
            let path = at(&format!("response_hours/{}", channel.word()));
            check.within(*hours, 0.01, 2_160.0, path);
        }
        let features = &self.features;
        for (place, key) in features.segments.iter().enumerate() {
            check.key(key, at(&format!("features/segments/{place}")));
        }
        let lists = [
            ("segments", features.segments.len(), 20),
            ("except", features.except.len(), 100),
            (
                "attributes",
                features.attributes.as_ref().map_or(0, Vec::len),
                50,
            ),
        ];
        for (list, length, most) in lists {
            let hint = format!("name at most {most}");
            let path = at(&format!("features/{list}"));
            let said = (ProblemCode::TooMany, "the list is too long");
            check.at_most((length, most), path, said, &hint);
        }
    }
}
