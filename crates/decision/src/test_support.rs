//! What the tests of several features need: definitions, customers, a decider with a catalog.

use memory::consent::{Consent, ConsentState};
use memory::event::prepare;
use memory::event::wire::{Form, Item, parse_item};
use memory::interaction::{ContactId, Response, ResponseKind};
use memory::log::{Entry, Verdict};
use memory::{CustomerId, Lookout, Memory};
use serde_json::{Value, json};
use store::definition::Definition;
pub use store::test_support::published;
use store::{Db, Timestamp};

use crate::targeting::{CustomerRef, DecisionRequest};
use crate::{Catalog, Decider};

/// Puts the fields of `more` over those of `base`, one level deep.
pub fn with(mut base: Value, more: Value) -> Value {
    let fields = base.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    base
}

/// The body of an offer; priority 100 unless changed.
pub fn offer_body(more: Value) -> Value {
    let creative = |channel: &str| json!({"channel": channel, "language": "en", "title": "Sale"});
    let base = json!({
        "name": {"en": "Sale"}, "template": "discount", "category": "bags",
        "value_cents": 1_000, "currency": "GBP", "propensity": 0.1,
        "channels": ["web", "email", "call_center"],
        "creatives": [creative("web"), creative("email"), creative("call_center")],
    });
    with(base, more)
}

/// A published offer.
pub fn offer(key: &str, more: Value) -> Definition {
    published("offer", key, offer_body(more))
}

/// A published placement.
pub fn placement(key: &str, channel: &str, more: Value) -> Definition {
    let base = json!({"name": {"en": key}, "channel": channel,
        "fallback": {"title": "Welcome", "text": "Look around"}});
    published("placement", key, with(base, more))
}

/// A published policy with these limits.
pub fn policy(limits: Value, more: Value) -> Definition {
    let base = json!({"name": {"en": "Rules"}, "limits": limits});
    published("policy", "rules", with(base, more))
}

/// A catalog without problems.
pub fn catalog(definitions: &[Definition]) -> Catalog {
    let (catalog, problems) = Catalog::compile(definitions);
    assert_eq!(problems, []);
    catalog
}

/// Saves a definition as its newest version, over the version of a hash.
pub async fn save(db: &Db, definition: &Definition, over: Option<&str>) {
    let draft = store::definition::Draft {
        kind: &definition.kind,
        key: &definition.key,
        title: &definition.title,
        body: &definition.body,
        author: "test",
        note: "",
    };
    store::definition::save(db, draft, over).await.unwrap();
}

/// A decider over a memory, with these definitions in use.
pub async fn decider(memory: &Memory, definitions: &[Definition]) -> Decider {
    let decider = Decider::new(memory.clone());
    let db = memory.db();
    for definition in definitions {
        save(db, definition, None).await;
        store::definition::publish(db, &definition.kind, &definition.key, 1)
            .await
            .unwrap();
    }
    let catalog = catalog(definitions);
    let parts = catalog.lookout_parts();
    let watches = parts.watches.iter();
    let watches = watches.map(|(event, watch)| ((*event).to_owned(), vec![(*watch).to_owned()]));
    let lookout = Lookout {
        watches: watches.collect(),
        slots: memory::criteria::Slots::new(parts.aggregates),
        response_rules: parts.response_rules,
    };
    memory.look_out_for(lookout).await.unwrap();
    decider.install(catalog).await.unwrap();
    decider
}

/// Takes one event in the Segment form in.
pub async fn send(memory: &Memory, event: Value) -> CustomerId {
    let Item::Event(event) = parse_item(Form::Batch, &event.to_string()) else {
        panic!("not understood: {event}")
    };
    let db = memory.db();
    let incoming = prepare(event, 1, db.now(), db.random()).unwrap();
    match &memory.ingest(vec![incoming]).await.unwrap()[0] {
        Verdict::Accepted { customer_id, .. } => *customer_id,
        other => panic!("{other:?}"),
    }
}

/// A known customer with attributes.
pub async fn known(memory: &Memory, user_id: &str, traits: Value) -> CustomerId {
    send(
        memory,
        json!({"type": "identify", "userId": user_id, "traits": traits}),
    )
    .await
}

/// A customer said yes or no to marketing in a channel.
pub async fn say(memory: &Memory, customer: CustomerId, channel: &str, state: ConsentState) {
    let consent = Consent {
        channel: channel.into(),
        purpose: "marketing".into(),
        state,
        source: "test".into(),
        at: memory.db().now(),
        expires_at: None,
        proof: None,
    };
    memory
        .append_one(customer, Entry::Consent(consent))
        .await
        .unwrap();
}

/// A customer reacts to a contact with an offer.
pub async fn react(
    memory: &Memory,
    customer: CustomerId,
    kind: ResponseKind,
    contact_id: Option<ContactId>,
    offer: &str,
) {
    let response = Response {
        kind,
        name: None,
        contact_id,
        offer: Some(offer.into()),
        category: None,
        channel: None,
        inferred: false,
        in_control: false,
        value_cents: None,
        currency: None,
        credit: None,
        note: None,
    };
    memory
        .append_one(customer, Entry::Response(response))
        .await
        .unwrap();
}

/// A request about a user at some placements, with time enough for a slow machine.
pub fn ask(user_id: &str, placements: &[&str]) -> DecisionRequest {
    DecisionRequest {
        customer: CustomerRef {
            user_id: Some(user_id.into()),
            ..CustomerRef::default()
        },
        placements: placements.iter().map(|key| (*key).to_owned()).collect(),
        deadline_ms: Some(10_000),
        ..DecisionRequest::default()
    }
}

/// Waits until no transaction of anybody on the server can add a row behind the newest.
pub async fn settled(db: &Db) {
    let newest = memory::log::db::place_before(db, Timestamp(i64::MAX))
        .await
        .unwrap();
    loop {
        let mut tx = db.begin_read().await.unwrap();
        if tx
            .settled()
            .await
            .unwrap()
            .is_none_or(|place| place > newest)
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
