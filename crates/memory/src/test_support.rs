//! What the tests of several features need.

use serde_json::{Value, json};

use crate::event::prepare;
use crate::event::wire::{Form, Item, parse_item};
use crate::identity::IdentifierKind;
use crate::log::Verdict;
use crate::{Customer, CustomerId, Memory};

/// Takes events in the Segment form in, from source 1.
pub async fn send(memory: &Memory, events: Vec<Value>) -> Vec<Verdict> {
    let db = memory.db();
    let read = |json: Value| match parse_item(Form::Batch, &json.to_string()) {
        Item::Event(event) => prepare(event, 1, db.now(), db.random()).unwrap(),
        Item::Rejected(rejected) => panic!("{rejected:?}"),
    };
    memory
        .ingest(events.into_iter().map(read).collect())
        .await
        .unwrap()
}

/// A track event of somebody.
pub fn track(name: &str, who: Value, properties: Value) -> Value {
    let mut event = json!({"type": "track", "event": name, "properties": properties});
    let fields = event.as_object_mut().unwrap();
    fields.extend(who.as_object().unwrap().clone());
    event
}

/// The customer with a user id.
pub async fn user(memory: &Memory, value: &str) -> Customer {
    let id = memory.find(IdentifierKind::UserId, value).await.unwrap();
    memory.customer(id.unwrap()).await.unwrap().unwrap()
}

/// The customer of the first verdict.
pub fn whose(verdicts: &[Verdict]) -> CustomerId {
    match &verdicts[0] {
        Verdict::Accepted { customer_id, .. } => *customer_id,
        other => panic!("{other:?}"),
    }
}
