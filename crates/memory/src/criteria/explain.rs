//! Explaining: why a customer satisfies a rule or does not, node by node.

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::leaf::{Leaf, answer};
use super::measure::Measured;
use super::text::{print, print_zh};
use super::tree::Criteria;
use super::value::{instant_text, number_text};

/// The language of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// The sentence of a rule in this language.
    #[must_use]
    pub fn sentence(self, criteria: &Criteria) -> String {
        match self {
            Self::English => print(criteria),
            Self::Chinese => print_zh(criteria),
        }
    }
}

/// The verdict on one condition or group, and on its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Explanation {
    /// The condition as a sentence.
    pub text: String,
    /// How the parts of a group are joined; absent for a single condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_by: Option<Joint>,
    /// Whether it holds.
    pub holds: bool,
    /// What was found at the customer, for single conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// The parts of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub parts: Vec<Explanation>,
}

/// How the parts of a group are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Joint {
    /// All parts must hold.
    All,
    /// One part must hold.
    Any,
    /// The part must not hold.
    Not,
}

/// Explains the verdict on a customer at `now_ms`. Every part is evaluated, also those that
/// the live predicate would not need.
#[must_use]
pub fn explain<F: Facts + ?Sized>(
    criteria: &Criteria,
    facts: &F,
    now_ms: i64,
    language: Language,
) -> Explanation {
    let text = language.sentence(criteria);
    let parts: Vec<Explanation> = criteria
        .children()
        .iter()
        .map(|part| explain(part, facts, now_ms, language))
        .collect();
    let (joint, holds) = match criteria {
        Criteria::All(_) => (Joint::All, parts.iter().all(|part| part.holds)),
        Criteria::Any(_) => (Joint::Any, parts.iter().any(|part| part.holds)),
        Criteria::Not(_) => (Joint::Not, !parts.iter().any(|part| part.holds)),
        Criteria::Attribute(_)
        | Criteria::Context(_)
        | Criteria::Score(_)
        | Criteria::Segment(_)
        | Criteria::Consent(_)
        | Criteria::Aggregate(_)
        | Criteria::Sequence(_) => {
            let leaf = Leaf::prepare(criteria).expect("a test is a leaf");
            let holds = leaf.holds(facts, now_ms);
            let observed = observed(&leaf, facts, now_ms, holds, Words::of(language));
            return Explanation {
                text,
                joined_by: None,
                holds,
                observed: Some(observed),
                parts,
            };
        }
    };
    Explanation {
        text,
        joined_by: Some(joint),
        holds,
        observed: None,
        parts,
    }
}

/// The few words of observations.
struct Words {
    nothing: &'static str,
    yes: &'static str,
    no: &'static str,
    other_value: &'static str,
    that_value: &'static str,
    answers: [&'static str; 3],
}

impl Words {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &Self {
                nothing: "nothing",
                yes: "yes",
                no: "no",
                other_value: "another value",
                that_value: "such a value",
                answers: ["granted", "denied", "no valid answer"],
            },
            Language::Chinese => &Self {
                nothing: "无",
                yes: "是",
                no: "否",
                other_value: "其他值",
                that_value: "符合的值",
                answers: ["已同意", "已拒绝", "未表态"],
            },
        }
    }
}

fn observed<F: Facts + ?Sized>(
    leaf: &Leaf,
    facts: &F,
    now_ms: i64,
    holds: bool,
    words: &Words,
) -> String {
    let yes_or_no = |truth: bool| if truth { words.yes } else { words.no }.to_owned();
    match leaf {
        Leaf::Attribute(named) => facts
            .attribute(&named.name)
            .map_or_else(|| words.nothing.to_owned(), ToString::to_string),
        Leaf::Context(named) => facts
            .context(&named.name)
            .map_or_else(|| words.nothing.to_owned(), ToString::to_string),
        Leaf::Score(named) => facts
            .score(&named.name)
            .map_or_else(|| words.nothing.to_owned(), number_text),
        Leaf::Segment(key) => yes_or_no(facts.segment(key)),
        Leaf::Consent(consent) => words.answers[answer(consent, facts, now_ms) as usize].to_owned(),
        Leaf::Sequence(_) => yes_or_no(holds),
        Leaf::Aggregate { .. } => match leaf.measured(facts, now_ms) {
            Some(Measured::Number(number)) => number_text(number),
            Some(Measured::Instant(ms)) => instant_text(ms),
            Some(Measured::Value {
                number: Some(number),
                ..
            }) => number_text(number),
            Some(Measured::Value { number: None, .. }) => if holds {
                words.that_value
            } else {
                words.other_value
            }
            .to_owned(),
            Some(Measured::Missing) | None => words.nothing.to_owned(),
        },
    }
}
