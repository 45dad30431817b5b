//! Experiments: which of several ways is better, found out on customers who are dealt by chance.
//!
//! An experiment is a definition. Publishing it starts it, retiring it stops it. Its first variant
//! is the baseline. What a variant changes is applied by the decision, which also writes down who
//! met what: the event [`EXPOSURE`] in the customer's own log, so that rules, timelines and
//! results speak of the same thing.

pub mod api;
#[cfg(test)]
mod api_tests;
pub mod assign;
pub mod gather;
pub mod metric;
pub mod money;
pub mod report;
pub mod results;
mod roll_out;
#[cfg(test)]
mod tests;
pub mod validate;
pub mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::Timestamp;
use utoipa::ToSchema;

pub use metric::Metric;
pub use roll_out::patched;

/// The word of the kind of definition.
pub const KIND_NAME: &str = "experiment";

/// The event that says a customer met a variant for the first time (Segment's name for it; sites
/// that test by themselves report the same event).
pub const EXPOSURE: &str = "Experiment Viewed";
/// Its property with the experiment's key.
pub const EXPOSURE_EXPERIMENT: &str = "experiment_id";
/// Its property with the variant's key.
pub const EXPOSURE_VARIANT: &str = "variation_id";
/// Its property that says when in the experiment's life: `test` or `holdout`.
pub const EXPOSURE_PHASE: &str = "phase";

/// The shares of customers who deliberately keep the baseline after the winner was rolled out are
/// at most this.
pub const LARGEST_HOLDOUT: f64 = 0.5;

/// A question to be answered by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What it is called, by language.
    pub name: BTreeMap<String, String>,
    /// What is expected and why, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hypothesis: BTreeMap<String, String>,
    /// What is varied.
    pub subject: Subject,
    /// Who may take part, as criteria; everyone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<memory::criteria::Criteria>)]
    pub audience: Option<Value>,
    /// Share of the audience, 0 to 1, that takes part. Raising it keeps everybody where they are.
    #[serde(default = "one")]
    pub share: f64,
    /// The variants; the first is the baseline.
    pub variants: Vec<Variant>,
    /// The part of a group of experiments that exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<Slice>,
    /// The measure that decides.
    pub metric: Metric,
    /// Measures that must not get worse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<Guardrail>,
    /// The relative change that is worth finding: 0.1 looks for one of about a tenth.
    #[serde(default = "tenth")]
    pub expected_lift: f64,
    /// For how many days no verdict is given, so that whole weeks are compared.
    #[serde(default = "week")]
    pub minimum_days: u32,
    /// For how many days after meeting the variant outcomes count; 30 unless given.
    #[serde(default = "month")]
    pub window_days: u32,
    /// From when customers take part; from publication on when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// Until when customers take part (exclusive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Share of the participants, 0 to 0.5, who keep the baseline after the winner was rolled out.
    #[serde(default)]
    pub holdout: f64,
    /// The variant that was rolled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<Winner>,
}

/// What an experiment varies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ExperimentSubject)]
pub enum Subject {
    /// What a placement shows without an offer, and how many offers it shows.
    Placement {
        /// Key of the placement.
        key: String,
    },
    /// Which variant of an offer is shown.
    Offer {
        /// Key of the offer.
        key: String,
    },
    /// Which offers may be shown.
    Offers {},
    /// How proposals are put in order.
    Strategy {
        /// Key of the strategy.
        key: String,
    },
    /// Which way customers go in a journey, at a split by this experiment.
    Journey {
        /// Key of the journey.
        key: String,
    },
    /// Something a touchpoint does by itself, when it asks for the variant.
    Touchpoint {},
}

impl Subject {
    /// Its word on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            Subject::Placement { .. } => "placement",
            Subject::Offer { .. } => "offer",
            Subject::Offers {} => "offers",
            Subject::Strategy { .. } => "strategy",
            Subject::Journey { .. } => "journey",
            Subject::Touchpoint {} => "touchpoint",
        }
    }

    /// Whether the winner is written into another definition; otherwise the experiment itself
    /// keeps giving it to everybody.
    pub fn in_definition(&self) -> bool {
        match self {
            Subject::Placement { .. } | Subject::Strategy { .. } => true,
            Subject::Offer { .. }
            | Subject::Offers {}
            | Subject::Journey { .. }
            | Subject::Touchpoint {} => false,
        }
    }
}

/// One of the ways that are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExperimentVariant)]
pub struct Variant {
    /// Its key within the experiment, for example `b`.
    pub key: String,
    /// What it is called, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub name: BTreeMap<String, String>,
    /// Its share of the participants; together the shares are 1.
    pub share: f64,
    /// What it changes: of a placement `fallback` and `count`, of an offer `variant`, of offers
    /// the list `offers` that may be shown, of a strategy any of its fields but the control group,
    /// of a touchpoint a `value`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub change: Map<String, Value>,
}

/// A part of a group of experiments that exclude each other: nobody is in two of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The name of the group.
    pub group: String,
    /// Where its part of all customers begins, 0 to 1.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

/// A measure that must not get worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// What is measured.
    pub metric: Metric,
    /// The relative loss that is still bearable, 0 to 1.
    #[serde(default = "twentieth")]
    pub tolerance: f64,
    /// Whether less of it is better, as for returns and complaints.
    #[serde(default)]
    pub less_is_better: bool,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Winner {
    /// The variant that everybody gets.
    pub variant: String,
    /// When it was rolled out.
    pub decided_at: Timestamp,
    /// The definitions that were changed for it, with the versions that were in use before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<Replaced>,
}

/// A definition that the roll-out of a winner has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replaced {
    /// Kind.
    pub kind: String,
    /// Key.
    pub key: String,
    /// The version that was in use before.
    pub version: i64,
}

/// Where in its life an experiment is, for the customers it assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExperimentPhase)]
pub enum Phase {
    /// The variants are compared.
    Test,
    /// A winner is in use; some keep the baseline to see whether the effect lasts.
    Holdout,
}

impl Phase {
    /// Its word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Test => "test",
            Phase::Holdout => "holdout",
        }
    }
}

impl Experiment {
    /// The phase of its assignments; `None` while it assigns nobody.
    pub fn phase(&self, now: Timestamp) -> Option<Phase> {
        if self.winner.is_some() {
            let stands_for_it = !self.subject.in_definition() || self.holdout > 0.0;
            return stands_for_it.then_some(Phase::Holdout);
        }
        let begun = self.starts_at.is_none_or(|from| from <= now);
        let over = self.ends_at.is_some_and(|until| until <= now);
        (begun && !over).then_some(Phase::Test)
    }

    /// The place of a variant.
    pub fn variant(&self, key: &str) -> Option<usize> {
        self.variants.iter().position(|variant| variant.key == key)
    }

    /// The place of the winner.
    pub fn winner_place(&self) -> Option<usize> {
        self.variant(&self.winner.as_ref()?.variant)
    }
}

fn one() -> f64 {
    1.0
}

fn tenth() -> f64 {
    0.1
}

fn twentieth() -> f64 {
    0.05
}

fn week() -> u32 {
    7
}

fn month() -> u32 {
    30
}
