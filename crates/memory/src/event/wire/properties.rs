//! What holds for every request, however strange: no panic, and what is accepted can be read.

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_oneof, proptest};
use serde_json::Value;

use crate::event::wire::{EVENT_LIMIT_BYTES, EventKind, Form, Item, Request, parse};

fn form() -> impl Strategy<Value = Form> {
    prop_oneof![
        Just(Form::Batch),
        Just(Form::PostHog),
        Just(Form::Jitsu(None)),
        Just(Form::One(EventKind::Track)),
        Just(Form::One(EventKind::Identify)),
    ]
}

/// JSON text of a value, with escapes and numbers that serializers would not write.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("false".to_owned()),
        Just("1e999".to_owned()),
        Just("-0.0".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just(r#""\ud83d""#.to_owned()),
        Just(r#""\\\udf81\u0000""#.to_owned()),
        Just(r#""2026-03-01T10:00:00Z""#.to_owned()),
        Just(r#""track""#.to_owned()),
        any::<String>().prop_map(|text| Value::String(text).to_string()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        let object = prop::collection::vec((name(), inner), 0..6);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            object.prop_map(written)
        ]
    })
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "type",
        "event",
        "name",
        "category",
        "userId",
        "anonymousId",
        "previousId",
        "groupId",
        "messageId",
        "timestamp",
        "sentAt",
        "properties",
        "traits",
        "context",
        "batch",
        "data",
        "distinct_id",
        "uuid",
        "offset",
        "$set",
        "$set_once",
        "$anon_distinct_id",
        "alias",
        "$group_key",
        "$device_id",
        "token",
        "api_key",
        "writeKey",
    ])
}

fn written(fields: Vec<(&str, String)>) -> String {
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// An item that is nearly right: all that it must have, and then anything.
fn item() -> impl Strategy<Value = String> {
    prop::collection::vec((name(), value()), 0..6).prop_map(|mut fields| {
        fields.retain(|(name, _)| !["type", "event", "userId", "distinct_id"].contains(name));
        let right = ["type", "event", "userId", "distinct_id"];
        fields.extend(right.map(|name| (name, "\"track\"".to_owned())));
        fields.sort_by_key(|(name, _)| *name);
        fields.dedup_by_key(|(name, _)| *name);
        written(fields)
    })
}

fn request(form: Form, body: &[u8]) -> Request<'_> {
    Request {
        form,
        authorization: Some("Basic a2V5"),
        write_key: None,
        query: "",
        body,
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(form in form(), body in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(parse(&request(form, &body)));
        let mut packed = vec![0x1f, 0x8b];
        packed.extend_from_slice(&body);
        drop(parse(&request(form, &packed)));
    }

    #[test]
    fn what_is_accepted_can_be_read(
        form in form(),
        items in prop::collection::vec(prop_oneof![item(), value()], 1..5),
    ) {
        let body = match form.takes_batches() {
            true => format!("{{\"batch\":[{}]}}", items.join(",")),
            false => items[0].clone(),
        };
        let Ok(batch) = parse(&request(form, body.as_bytes())) else { return Ok(()) };
        for item in batch.items {
            let event = match item {
                Item::Rejected(rejected) => {
                    prop_assert!(rejected.raw.len() <= EVENT_LIMIT_BYTES);
                    continue;
                }
                Item::Event(event) => event,
            };
            let values = [Some(&event.properties), event.context.as_ref(),
                event.attributes.as_ref(), event.attributes_once.as_ref()];
            for value in values.into_iter().flatten() {
                let read: Result<Value, _> = serde_json::from_str(value.get());
                prop_assert!(read.is_ok_and(|read| read.is_object()), "{}", value.get());
            }
            let ids = [&event.message_id, &event.user_id, &event.anonymous_id, &event.previous_id];
            prop_assert!(ids.into_iter().flatten().all(|id| !id.contains('\0')));
            prop_assert!(event.user_id.is_some() || event.anonymous_id.is_some());
        }
    }
}
