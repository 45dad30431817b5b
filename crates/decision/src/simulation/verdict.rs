//! The verdict on an evaluation, or why there is none: figures nobody should act upon are not
//! summed up in a word.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::estimate::{Evaluation, LEAST_EFFECTIVE};

/// Rewarded choices below which no verdict is given.
const LEAST_REWARDED: u64 = 10;
/// The largest share of choices that the record cannot know.
const LARGEST_UNSUPPORTED: f64 = 0.05;
/// The largest part of all change that the record cannot know.
const LARGEST_UNSUPPORTED_OF_CHANGE: f64 = 0.5;

/// What can be said of rules that were tried on the record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReplayVerdict)]
pub struct Verdict {
    /// The word.
    pub word: VerdictWord,
    /// Why no verdict is given; empty when one is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused_because: Vec<Refusal>,
}

/// The word of a verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// The record carries no verdict.
    #[default]
    Refused,
    /// Every decision would have been the same.
    Unchanged,
    /// More would have been earned.
    Better,
    /// Less would have been earned.
    Worse,
    /// The interval contains both.
    Undecided,
}

/// One reason why no verdict is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    /// A stable word.
    pub code: String,
    /// The reason in English.
    pub message: String,
    /// Its figures.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// The verdict on an evaluation.
pub(super) fn verdict(of: &Evaluation) -> Verdict {
    if of.observations > 0 && of.changed == 0.0 && of.unsupported == 0.0 {
        return Verdict {
            word: VerdictWord::Unchanged,
            refused_because: vec![],
        };
    }
    let refused_because = refusals(of);
    let word = if !refused_because.is_empty() {
        VerdictWord::Refused
    } else if of.difference.low > 0.0 {
        VerdictWord::Better
    } else if of.difference.high < 0.0 {
        VerdictWord::Worse
    } else {
        VerdictWord::Undecided
    };
    Verdict {
        word,
        refused_because,
    }
}

fn refusals(of: &Evaluation) -> Vec<Refusal> {
    let refuse = |code: &str, message: String, detail: Value| Refusal {
        code: code.to_owned(),
        message,
        detail,
    };
    if of.observations == 0 {
        let message = "no decision of this period can be replayed".to_owned();
        return vec![refuse("nothing_recorded", message, json!({}))];
    }
    let mut refusals = vec![];
    let (all, needed) = (of.effective, LEAST_EFFECTIVE);
    if all < needed {
        let message = format!(
            "the record is worth only {all:.0} decisions by the tried rules, fewer than {needed:.0}"
        );
        let detail = json!({ "effective": all, "needed": needed });
        refusals.push(refuse("small_effective_sample", message, detail));
    }
    let changed = of.effective_changed;
    if all >= needed && of.changed > 0.0 && changed < needed {
        let message = format!(
            "where the choice changes, the record is worth only {changed:.0} decisions by the \
             tried rules, fewer than {needed:.0}"
        );
        let detail = json!({ "effective": changed, "needed": needed });
        refusals.push(refuse("small_effective_change", message, detail));
    }
    let unknown = of.unsupported;
    if unknown > LARGEST_UNSUPPORTED || unknown > LARGEST_UNSUPPORTED_OF_CHANGE * of.changed {
        let message = format!(
            "{:.1} % of the choices could never have been made at that time, so nothing is known \
             of what they earn",
            unknown * 100.0
        );
        refusals.push(refuse("unsupported", message, json!({ "share": unknown })));
    }
    if of.rewarded < LEAST_REWARDED {
        let (count, needed) = (of.rewarded, LEAST_REWARDED);
        let message = format!("only {count} of the decisions were rewarded, fewer than {needed}");
        let detail = json!({ "count": count, "needed": needed });
        refusals.push(refuse("few_rewards", message, detail));
    }
    refusals
}
