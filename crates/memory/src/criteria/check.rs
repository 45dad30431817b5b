//! Checking a draft, in text or JSON, for those who are writing it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use store::definition::{Problem, ProblemCode};

use super::text::{TextProblem, parse, print, print_zh};
use super::tree::Criteria;
use super::validate::{notices, read_checked};
use super::vocabulary::Vocabulary;

/// A rule as somebody writes it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged, try_from = "Written")]
pub enum Draft {
    /// As a sentence.
    Text {
        /// The sentence.
        text: String,
    },
    /// As JSON.
    Tree {
        /// The tree, perhaps with mistakes.
        #[schema(value_type = serde_json::Value)]
        criteria: Value,
    },
}

/// A draft as it is written: one of both, whatever its form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    text: Option<String>,
    /// `null` is a tree, too: one with a mistake.
    #[serde(default, deserialize_with = "some")]
    criteria: Option<Value>,
}

fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<Written> for Draft {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Draft, &'static str> {
        match (written.text, written.criteria) {
            (Some(text), None) => Ok(Draft::Text { text }),
            (None, Some(criteria)) => Ok(Draft::Tree { criteria }),
            (None, None) => Err("missing field `criteria`, or `text` for a rule as a sentence"),
            (Some(_), Some(_)) => Err("unknown field `text` beside `criteria`: send one of both"),
        }
    }
}

/// What became of a draft.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// The rule; absent if there are problems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// The rule as an English sentence, which parses back to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The rule as a Chinese sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_zh: Option<String>,
    /// What must be mended.
    #[schema(value_type = Vec<RemarkForm>)]
    pub problems: Vec<Remark>,
    /// Names that do not exist yet.
    pub notices: Vec<Problem>,
}

/// A problem of a draft, with its place in the text or its pointer into the JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Remark {
    /// A place in the text.
    InText(TextProblem),
    /// A pointer into the JSON.
    InTree(Problem),
}

/// How a [`Remark`] looks on the wire: with a place in the text, or a pointer into the JSON.
#[derive(utoipa::ToSchema)]
#[schema(as = CriteriaRemark)]
#[expect(dead_code, reason = "describes the wire form only")]
struct RemarkForm {
    /// Line in the text, from 1.
    line: Option<usize>,
    /// Column in the line, from 1.
    column: Option<usize>,
    /// How many characters are wrong.
    length: Option<usize>,
    /// Pointer into the JSON.
    path: Option<String>,
    /// What is wrong.
    message: String,
    /// What to do about it.
    hint: Option<String>,
    /// The same as a stable word.
    code: Option<ProblemCode>,
    /// The particulars that belong to the code.
    #[schema(value_type = Option<Object>)]
    values: Option<serde_json::Map<String, Value>>,
}

/// Checks a draft against the names that exist.
#[must_use]
pub fn check(draft: &Draft, vocabulary: &Vocabulary) -> Checked {
    let result = match draft {
        Draft::Text { text } => parse(text, vocabulary)
            .map_err(|problems| problems.into_iter().map(Remark::InText).collect()),
        Draft::Tree { criteria } => read_checked(criteria, vocabulary)
            .map_err(|problems| problems.into_iter().map(Remark::InTree).collect()),
    };
    match result {
        Ok(criteria) => Checked {
            text: Some(print(&criteria)),
            text_zh: Some(print_zh(&criteria)),
            problems: Vec::new(),
            notices: notices(&criteria, vocabulary),
            criteria: Some(criteria),
        },
        Err(problems) => Checked {
            criteria: None,
            text: None,
            text_zh: None,
            problems,
            notices: Vec::new(),
        },
    }
}
