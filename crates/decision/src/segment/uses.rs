//! Who uses a segment: every definition whose newest or published version names it.

use serde::Serialize;
use serde_json::Value;
use store::definition::Definition;
use utoipa::ToSchema;

/// A definition that names a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SegmentUse {
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
}

/// The definitions that name a segment in a rule or as the segment whose entry starts them.
pub(super) fn uses(segment: &str, definitions: &[Definition]) -> Vec<SegmentUse> {
    let using = definitions.iter().filter(|definition| {
        let itself = definition.kind == super::KIND.name && definition.key == segment;
        !itself && names(&definition.body, segment)
    });
    using
        .map(|definition| SegmentUse {
            kind: definition.kind.clone(),
            key: definition.key.clone(),
            title: definition.title.clone(),
        })
        .collect()
}

fn names(json: &Value, segment: &str) -> bool {
    match json {
        Value::Object(entries) => entries.iter().any(|(key, value)| {
            let named = key == "segment" && value.as_str() == Some(segment);
            let listed = key == "segments"
                && value
                    .as_array()
                    .is_some_and(|list| list.iter().any(|one| one.as_str() == Some(segment)));
            named || listed || names(value, segment)
        }),
        Value::Array(items) => items.iter().any(|item| names(item, segment)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[test]
fn a_rule_deep_in_a_definition_is_found() {
    let body = serde_json::json!({ "eligibility": { "all": [{ "not": { "segment": "vip" } }] } });
    assert!(names(&body, "vip"));
    assert!(!names(&body, "vi"));
    assert!(names(
        &serde_json::json!({ "entry": { "segments": ["vip"] } }),
        "vip"
    ));
}
