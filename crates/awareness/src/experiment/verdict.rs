//! The verdict: what may be concluded now, and what would still be needed.

use serde::Serialize;
use utoipa::ToSchema;

use super::results::{Comparison, Measured};
use super::{Experiment, Guardrail};
use crate::statistics::{Estimate, sample_ratio};

/// Where a guardrail stands for one variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardrailState {
    /// The measure got worse by more than is bearable.
    Broken,
    /// It did not.
    Kept,
    /// There are too few customers to tell.
    Open,
}

/// What may be concluded.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = ExperimentVerdict)]
pub enum Verdict {
    /// Nobody has met a variant yet.
    Nobody {},
    /// The variants do not have the customers that their shares promise: something is wrong with
    /// the dealing or the counting, and no difference can be trusted.
    SampleRatio {
        /// How likely such counts would be by chance.
        p_value: f64,
    },
    /// The minimum time is not over.
    TooEarly {
        /// Days until it is.
        days_left: u32,
    },
    /// A variant is better than the baseline; the experiment may stop now.
    Better {
        /// Key of the best such variant.
        variant: String,
        /// The relative lift.
        #[schema(inline)]
        relative: Option<Estimate>,
        /// The difference.
        difference: Estimate,
    },
    /// A variant would be better, and breaks a guardrail.
    BrokenGuardrail {
        /// Key of the variant.
        variant: String,
        /// Places of the broken guardrails.
        guardrails: Vec<u32>,
    },
    /// Every variant is worse than the baseline.
    Worse {
        /// Key of the baseline.
        variant: String,
    },
    /// No variant differs from the baseline by as much as is looked for.
    Same {},
    /// No decision yet.
    Undecided {
        /// About how many more customers are needed; absent when nobody can say.
        more_customers: Option<u64>,
    },
    /// A winner was rolled out.
    RolledOut {
        /// Key of the winner.
        variant: String,
    },
}

/// Whether a guardrail holds for a variant.
pub fn guardrail(guardrail: &Guardrail, comparison: Option<&Comparison>) -> GuardrailState {
    let Some(relative) = comparison.and_then(|comparison| comparison.relative) else {
        return GuardrailState::Open;
    };
    // A loss is always below zero, whichever direction is better.
    let gain = if guardrail.less_is_better {
        relative.times(-1.0)
    } else {
        relative
    };
    if gain.high < -guardrail.tolerance {
        GuardrailState::Broken
    } else if gain.low > -guardrail.tolerance {
        GuardrailState::Kept
    } else {
        GuardrailState::Open
    }
}

/// What a verdict is drawn from.
pub struct Evidence<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Customers by variant.
    pub customers: &'a [u64],
    /// Whole days since the first customer met a variant.
    pub days: u32,
    /// The measure that decides.
    pub primary: &'a Measured,
    /// By guardrail, by variant but the baseline.
    pub guardrails: &'a [Vec<GuardrailState>],
}

/// Draws the verdict.
pub fn verdict(evidence: &Evidence<'_>) -> Verdict {
    let experiment = evidence.experiment;
    if let Some(winner) = &experiment.winner {
        let variant = winner.variant.clone();
        return Verdict::RolledOut { variant };
    }
    if evidence.customers.iter().sum::<u64>() == 0 {
        return Verdict::Nobody {};
    }
    let shares: Vec<f64> = experiment.variants.iter().map(|one| one.share).collect();
    let p_value = sample_ratio::p_value(evidence.customers, &shares);
    if p_value < sample_ratio::ALARM {
        return Verdict::SampleRatio { p_value };
    }
    if evidence.days < experiment.minimum_days {
        let days_left = experiment.minimum_days - evidence.days;
        return Verdict::TooEarly { days_left };
    }
    let key = |place: usize| experiment.variants[place + 1].key.clone();
    let mut better: Vec<(usize, &Comparison)> = known(evidence)
        .filter(|(_, comparison)| comparison.difference.low > 0.0)
        .collect();
    better.sort_by(|(_, a), (_, b)| b.difference.value.total_cmp(&a.difference.value));
    for (place, comparison) in &better {
        if broken(evidence, *place).is_empty() {
            return Verdict::Better {
                variant: key(*place),
                relative: comparison.relative,
                difference: comparison.difference,
            };
        }
    }
    if let Some((place, _)) = better.first() {
        return Verdict::BrokenGuardrail {
            variant: key(*place),
            guardrails: broken(evidence, *place),
        };
    }
    settled(evidence).unwrap_or_else(|| {
        let needed = known(evidence).map(|(_, comparison)| comparison.more_customers);
        Verdict::Undecided {
            more_customers: needed.min().flatten(),
        }
    })
}

/// All worse, or all the same; `None` while something is open.
fn settled(evidence: &Evidence<'_>) -> Option<Verdict> {
    let comparisons = &evidence.primary.comparisons;
    if comparisons.iter().any(Option::is_none) {
        return None;
    }
    let all = |holds: &dyn Fn(&Comparison) -> bool| known(evidence).all(|(_, one)| holds(one));
    if all(&|one| one.difference.high < 0.0) {
        let variant = evidence.experiment.variants[0].key.clone();
        return Some(Verdict::Worse { variant });
    }
    let small = evidence.experiment.expected_lift;
    let narrow = |one: &Comparison| {
        one.relative
            .is_some_and(|relative| relative.high < small && relative.low > -small)
    };
    all(&|one| narrow(one) || one.difference.high < 0.0).then_some(Verdict::Same {})
}

fn known<'a>(evidence: &'a Evidence<'_>) -> impl Iterator<Item = (usize, &'a Comparison)> {
    let comparisons = evidence.primary.comparisons.iter().enumerate();
    comparisons.filter_map(|(place, one)| Some((place, one.as_ref()?)))
}

fn broken(evidence: &Evidence<'_>, variant: usize) -> Vec<u32> {
    let states = evidence.guardrails.iter().enumerate();
    states
        .filter(|(_, by_variant)| by_variant.get(variant) == Some(&GuardrailState::Broken))
        .map(|(place, _)| place as u32)
        .collect()
}
