//! What changed between two bodies, place by place.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the newer one has it.
    Added,
    /// Only the older one has it.
    Removed,
    /// Both have it, with other values.
    Replaced,
}

/// One place at which two bodies differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// JSON pointer to the place.
    pub path: String,
    /// What happened there.
    pub kind: ChangeKind,
    /// The older value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The newer value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Every place at which two bodies differ, in the order of the document. Items of lists are
/// compared by position.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    match (before, after) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let step = key.replace('~', "~0").replace('/', "~1");
                compare(&format!("{path}/{step}"), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for at in 0..old.len().max(new.len()) {
                compare(&format!("{path}/{at}"), old.get(at), new.get(at), found);
            }
        }
        (None, None) => {}
        (before, after) => found.push(Change {
            path: path.to_owned(),
            kind: match (before, after) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                (Some(_), Some(_)) => ChangeKind::Replaced,
            },
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

#[test]
fn each_place_that_differs_is_named() {
    let before = serde_json::json!({"name": {"en": "Sale"}, "channels": ["web"], "cost": 1});
    let after =
        serde_json::json!({"name": {"en": "Sale!"}, "channels": ["web", "email"], "a/b": 2});
    let shown: Vec<(String, ChangeKind)> = changes(&before, &after)
        .into_iter()
        .map(|change| (change.path, change.kind))
        .collect();
    let place = |path: &str, kind| (path.to_owned(), kind);
    assert_eq!(
        shown,
        [
            place("/channels/1", ChangeKind::Added),
            place("/cost", ChangeKind::Removed),
            place("/name/en", ChangeKind::Replaced),
            place("/a~1b", ChangeKind::Added),
        ]
    );
}
