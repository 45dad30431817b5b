//! Tests of suppression lists.

use std::collections::HashMap;

use memory::identity::{Identifier, IdentifierKind, digest};
use memory::{CustomerId, CustomerState};
use serde_json::json;
use store::Timestamp;

use super::{KIND, SuppressionList, Suppressions, hint, of_customer};
use crate::body::read;

fn list(more: serde_json::Value) -> SuppressionList {
    let base = json!({ "name": {"en": "Bereaved"}, "owner": "Care", "reason": "on request" });
    read(&crate::test_support::with(base, more)).unwrap()
}

fn customer(email: &str, members: &[u64]) -> CustomerState {
    CustomerState {
        identifiers: vec![Identifier {
            kind: IdentifierKind::Email,
            value: email.to_owned(),
            since: Timestamp(0),
        }]
        .into(),
        members: members.iter().copied().map(CustomerId).collect(),
        ..CustomerState::default()
    }
}

fn listed(list: SuppressionList, end: Option<i64>, now: i64, channel: &str, purpose: &str) -> bool {
    let mut suppressions = Suppressions::default();
    let digest = digest(IdentifierKind::Email, "Ada@Example.org");
    suppressions.put(
        "bereaved",
        list,
        HashMap::from([(digest, end.map(Timestamp))]),
    );
    let state = customer("ada@example.org", &[]);
    let found = suppressions.listed(CustomerId(1), &state, channel, purpose, Timestamp(now));
    found.is_some()
}

#[test]
fn a_list_closes_its_channels_until_it_ends() {
    assert!(listed(list(json!({})), None, 5, "email", "marketing"));
    assert!(!listed(list(json!({})), None, 5, "email", "service"));
    assert!(listed(
        list(json!({"everything": true})),
        None,
        5,
        "email",
        "service"
    ));
    let letters = json!({"channels": ["direct_mail"]});
    assert!(!listed(list(letters), None, 5, "email", "marketing"));
    assert!(!listed(list(json!({})), Some(5), 5, "email", "marketing"));
    let ended = json!({"expires_at": "1970-01-01T00:00:00.005Z"});
    assert!(!listed(list(ended), None, 5, "email", "marketing"));
}

#[test]
fn whoever_is_merged_into_a_customer_protects_them_too() {
    let mut suppressions = Suppressions::default();
    let entries = HashMap::from([(of_customer(CustomerId(2)), None)]);
    suppressions.put("bereaved", list(json!({})), entries);
    let find = |members: &[u64]| {
        let state = customer("a@b.org", members);
        suppressions.listed(CustomerId(1), &state, "web", "marketing", Timestamp(5))
    };
    assert!(find(&[]).is_none());
    assert_eq!(find(&[2]).unwrap().list, "bereaved");
}

#[test]
fn a_list_has_an_owner_and_a_reason() {
    let body = json!({ "name": {"en": "x"}, "owner": " ", "reason": "", "channels": [] });
    let places: Vec<String> = (KIND.validate)(&body).into_iter().map(|p| p.path).collect();
    assert_eq!(places, ["/owner", "/reason", "/channels"]);
}

#[test]
fn a_hint_does_not_tell_the_value() {
    assert_eq!(
        hint(IdentifierKind::Email, "ada@example.org"),
        "a…@example.org"
    );
    assert_eq!(hint(IdentifierKind::Phone, "+4912345"), "…345");
}
