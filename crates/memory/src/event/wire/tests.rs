//! Tests of the wire: recorded requests of stock clients, and everything that can be wrong.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::event::wire::{
    BATCH_LIMIT_BYTES, BODY_LIMIT_BYTES, EVENT_LIMIT_BYTES, EventKind, Form, Item, Reason,
    Rejected, Request, WireBatch, WireError, WireEvent, key_of, parse, parse_item,
};

/// One recorded request.
struct Fixture {
    value: Value,
    body: Vec<u8>,
}

impl Fixture {
    fn parse(&self) -> WireBatch {
        let header = |name: &str| self.value["headers"][name].as_str();
        let path = self.value["path"].as_str().unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            form: Form::of_path(path).unwrap(),
            authorization: header("authorization"),
            write_key: header("x-write-key"),
            query,
            body: &self.body,
        };
        parse(&request).unwrap()
    }
}

macro_rules! fixture {
    ($name:literal) => {
        recorded(include_str!(concat!("../fixtures/", $name, ".json")))
    };
}

fn recorded(text: &str) -> Fixture {
    let value: Value = serde_json::from_str(text).unwrap();
    let body = match (value["body"].as_str(), value["body_base64"].as_str()) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, packed) => STANDARD.decode(packed.unwrap()).unwrap(),
    };
    Fixture { value, body }
}

fn request(form: Form, body: &[u8]) -> Request<'_> {
    Request {
        form,
        authorization: None,
        write_key: None,
        query: "",
        body,
    }
}

fn events(batch: WireBatch) -> Vec<WireEvent> {
    let events = batch.items.into_iter().map(|item| match item {
        Item::Event(event) => event,
        Item::Rejected(rejected) => panic!("rejected: {rejected:?}"),
    });
    events.collect()
}

fn single(form: Form, item: Value) -> Item {
    let body = item.to_string();
    parse(&request(form, body.as_bytes()))
        .unwrap()
        .items
        .pop()
        .unwrap()
}

fn event(form: Form, item: Value) -> WireEvent {
    match single(form, item) {
        Item::Event(event) => event,
        Item::Rejected(rejected) => panic!("rejected: {rejected:?}"),
    }
}

fn rejected(item: Value) -> Rejected {
    let body = json!({ "batch": [item] }).to_string();
    match parse(&request(Form::Batch, body.as_bytes()))
        .unwrap()
        .items
        .pop()
        .unwrap()
    {
        Item::Event(event) => panic!("accepted: {event:?}"),
        Item::Rejected(rejected) => rejected,
    }
}

fn refused(form: Form, body: &[u8]) -> WireError {
    parse(&request(form, body)).unwrap_err()
}

fn field(object: &serde_json::value::RawValue, name: &str) -> Value {
    serde_json::from_str::<Value>(object.get()).unwrap()[name].clone()
}

#[test]
fn every_stock_client_is_understood_completely() {
    let fixtures = [
        fixture!("segment_node"),
        fixture!("segment_python"),
        fixture!("segment_browser_short"),
        fixture!("rudder_node"),
        fixture!("rudder_python"),
        fixture!("posthog_node"),
        fixture!("posthog_python"),
        fixture!("posthog_single"),
        fixture!("posthog_browser_gzip"),
        fixture!("posthog_browser_form"),
        fixture!("jitsu_track"),
    ];
    for fixture in fixtures {
        let name = &fixture.value["client"];
        let batch = fixture.parse();
        assert_eq!(batch.key.as_deref(), Some("write-key"), "{name}");
        let events = events(batch);
        assert_eq!(json!(events.len()), fixture.value["events"], "{name}");
        let complete = events.iter().all(|event| event.message_id.is_some());
        assert!(complete || name == "posthog_single", "{name}");
        assert!(
            events.iter().all(|event| event.timestamp.is_some()),
            "{name}"
        );
    }
}

#[test]
fn segment_clients_tell_all_six_kinds() {
    for fixture in [
        fixture!("segment_node"),
        fixture!("segment_python"),
        fixture!("rudder_python"),
    ] {
        let events = events(fixture.parse());
        let kinds: Vec<EventKind> = events.iter().take(6).map(|event| event.kind).collect();
        use EventKind::*;
        assert_eq!(kinds, [Identify, Track, Page, Screen, Group, Alias]);
        assert_eq!(field(&events[0].properties, "marker"), "ana#0");
        assert_eq!(events[1].name, "Product Viewed");
        assert_eq!(events[1].anonymous_id.as_deref(), Some("ana-żółw-1-cookie"));
        assert_eq!(events[2].anonymous_id, None);
        assert!(events[2].name.contains("你好 🎁"));
        assert_eq!(field(&events[2].properties, "category"), "Shop");
        assert_eq!(events[4].group_id.as_deref(), Some("group-1"));
        assert_eq!(events[5].previous_id.as_deref(), Some("ana-before-5"));
        assert!(events[0].sent_at.unwrap() >= events[0].timestamp.unwrap());
    }
}

#[test]
fn posthog_clients_are_told_in_our_words() {
    let python = events(fixture!("posthog_python").parse());
    let kinds: Vec<EventKind> = python.iter().take(7).map(|event| event.kind).collect();
    use EventKind::*;
    assert_eq!(
        kinds,
        [Identify, Identify, Track, Page, Screen, Group, Alias]
    );
    assert_eq!(field(&python[0].properties, "age"), 0);
    assert_eq!(python[1].properties.get(), "{}");
    assert_eq!(
        field(python[1].attributes_once.as_ref().unwrap(), "marker"),
        "ana#1"
    );
    assert_eq!(python[3].name, "https://shop.example/3");
    assert_eq!(
        field(python[3].context.as_ref().unwrap(), "library")["name"],
        "posthog-python"
    );
    assert_eq!(python[4].name, "Basket");
    assert_eq!(python[5].group_id.as_deref(), Some("group-1"));
    assert_eq!(field(&python[5].properties, "marker"), "ana#5");
    assert_eq!(python[6].user_id.as_deref(), Some("ana-before-6"));
    assert_eq!(python[6].previous_id.as_deref(), Some("ana-żółw-6"));
}

#[test]
fn a_posthog_browser_is_anonymous_until_it_identifies() {
    let events = events(fixture!("posthog_browser_gzip").parse());
    assert_eq!(events[0].anonymous_id.as_deref(), Some("0190-device"));
    assert_eq!(
        (&events[0].user_id, events[0].name.as_str()),
        (&None, "你好")
    );
    let login = &events[1];
    assert_eq!(login.user_id.as_deref(), Some("ana"));
    assert_eq!(login.anonymous_id.as_deref(), Some("0190-device"));
    assert_eq!(field(&login.properties, "email"), "ana@example.com");
}

#[test]
fn posthog_offsets_count_back_from_the_sending() {
    let body = br#"[{"event":"a","distinct_id":"x","offset":1500}]"#;
    let mut asked = request(Form::PostHog, body);
    asked.query = "ip=1&_=1772359200000";
    let event = &events(parse(&asked).unwrap())[0];
    assert_eq!(event.timestamp, Some(1_772_359_198_500));
    assert_eq!(event.sent_at, Some(1_772_359_200_000));
}

#[test]
fn one_bad_item_does_not_stop_the_rest() {
    let batch = fixture!("segment_batch_context").parse();
    assert_eq!(batch.key.as_deref(), Some("write-key"));
    let reasons = batch.items.iter().map(|item| match item {
        Item::Event(_) => "accepted",
        Item::Rejected(rejected) => rejected.reason.code(),
    });
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        [
            "accepted",
            "accepted",
            "not_an_object",
            "missing_type",
            "no_identifiers",
            "bad_timestamp"
        ]
    );
}

#[test]
fn the_batch_context_fills_what_the_items_leave_open() {
    let batch = fixture!("segment_batch_context").parse();
    let contexts: Vec<Value> = batch
        .items
        .iter()
        .take(2)
        .map(|item| match item {
            Item::Event(event) => {
                serde_json::from_str(event.context.as_ref().unwrap().get()).unwrap()
            }
            Item::Rejected(rejected) => panic!("{rejected:?}"),
        })
        .collect();
    assert_eq!(
        contexts[0],
        json!({ "ip": "203.0.113.9", "locale": "en-GB" })
    );
    assert_eq!(
        contexts[1],
        json!({ "ip": "203.0.113.1", "locale": "en-GB" })
    );
}

#[test]
fn every_bad_item_has_a_reason() {
    let long = "x".repeat(600);
    let deep = (0..80).fold(json!(1), |inner, _| json!([inner]));
    let table = [
        (json!(null), Reason::NotAnObject),
        (json!("text"), Reason::NotAnObject),
        (json!([]), Reason::NotAnObject),
        (json!({ "userId": "a" }), Reason::MissingType),
        (json!({ "type": {}, "userId": "a" }), Reason::MissingType),
        (json!({ "type": "buy", "userId": "a" }), Reason::UnknownType),
        (
            json!({ "type": "track", "userId": "a" }),
            Reason::MissingEvent,
        ),
        (json!({ "type": "page" }), Reason::NoIdentifiers),
        (
            json!({ "type": "page", "userId": "", "anonymousId": null }),
            Reason::NoIdentifiers,
        ),
        (
            json!({ "type": "page", "userId": { "id": 1 } }),
            Reason::BadIdentifier,
        ),
        (
            json!({ "type": "page", "userId": long }),
            Reason::BadIdentifier,
        ),
        (
            json!({ "type": "alias", "userId": "a" }),
            Reason::MissingTarget,
        ),
        (
            json!({ "type": "group", "userId": "a" }),
            Reason::MissingTarget,
        ),
        (
            json!({ "type": "page", "userId": "a", "timestamp": "soon" }),
            Reason::BadTimestamp,
        ),
        (
            json!({ "type": "page", "userId": "a", "timestamp": true }),
            Reason::BadTimestamp,
        ),
        (
            json!({ "type": "page", "userId": "a", "properties": [1] }),
            Reason::BadProperties,
        ),
        (
            json!({ "type": "page", "userId": "a", "properties": { "a": deep } }),
            Reason::BadProperties,
        ),
        (
            json!({ "type": "identify", "userId": "a", "traits": 7 }),
            Reason::BadProperties,
        ),
        (
            json!({ "type": "page", "userId": "a", "messageId": "x".repeat(101) }),
            Reason::MessageIdTooLong,
        ),
        (
            json!({ "type": "page", "userId": "a", "name": "x".repeat(40_000) }),
            Reason::EventTooLarge,
        ),
    ];
    for (item, reason) in table {
        let rejected = rejected(item.clone());
        assert_eq!(rejected.reason, reason, "{}", rejected.message);
        assert!(rejected.raw.len() <= EVENT_LIMIT_BYTES);
        assert!(item.to_string().starts_with(&rejected.raw));
    }
}

#[test]
fn fields_given_twice_and_numbers_too_large_are_bad_items() {
    let twice = r#"{"batch":[{"type":"page","userId":"a","userId":"b","messageId":"m"}]}"#;
    let huge = r#"{"batch":[{"type":"page","userId":"a","properties":{"n":1e999}}]}"#;
    for (body, reason) in [(twice, Reason::InvalidItem), (huge, Reason::BadProperties)] {
        let item = parse(&request(Form::Batch, body.as_bytes()))
            .unwrap()
            .items
            .pop()
            .unwrap();
        assert!(
            matches!(&item, Item::Rejected(rejected) if rejected.reason == reason),
            "{item:?}"
        );
    }
}

#[test]
fn every_refused_request_says_why() {
    let large = json!({ "batch": [{ "type": "page", "name": "x".repeat(600_000) }] }).to_string();
    let small = json!({ "type": "page", "userId": "a", "name": "x".repeat(1000) });
    let wide = json!({ "batch": vec![small; 600] }).to_string();
    assert!(wide.len() > BATCH_LIMIT_BYTES);
    let many = json!({ "batch": vec![json!({}); 2501] }).to_string();
    let table: [(Form, &[u8], &str); 12] = [
        (Form::Batch, b"", "empty_body"),
        (Form::Batch, b" \n", "empty_body"),
        (Form::Batch, b"{\"batch\":[", "invalid_json"),
        (Form::Batch, b"hello", "invalid_json"),
        (Form::Batch, b"7", "invalid_json"),
        (Form::Batch, b"\xff\xfe", "invalid_utf8"),
        (Form::Batch, b"\x1f\x8bnot gzip", "invalid_gzip"),
        (Form::Batch, b"{}", "missing_batch"),
        (Form::Batch, b"{\"batch\":{}}", "invalid_json"),
        (Form::Batch, large.as_bytes(), "event_too_large"),
        (Form::Batch, wide.as_bytes(), "batch_too_large"),
        (Form::Batch, many.as_bytes(), "too_many_events"),
    ];
    for (form, body, code) in table {
        assert_eq!(refused(form, body).code, code);
    }
}

#[test]
fn a_single_event_that_is_too_large_is_refused() {
    let body = json!({ "event": "a", "userId": "a", "properties": { "x": "y".repeat(33_000) } });
    let error = refused(Form::One(EventKind::Track), body.to_string().as_bytes());
    assert_eq!(error.code, "event_too_large");
    assert!(
        error.message.contains("at most 32768 fit"),
        "{}",
        error.message
    );
}

#[test]
fn a_decompression_bomb_is_refused() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![b' '; BODY_LIMIT_BYTES + 1]).unwrap();
    assert_eq!(
        refused(Form::Batch, &packer.finish().unwrap()).code,
        "body_too_large"
    );
}

#[test]
fn keys_are_found_wherever_clients_put_them() {
    let basic = |plain: &str| format!("Basic {}", STANDARD.encode(plain));
    let table = [
        (Some(basic("key:")), None, "", Some("key")),
        (Some(basic("key")), None, "", Some("key")),
        (Some("bearer key".to_owned()), None, "", Some("key")),
        (
            Some("Basic !!".to_owned()),
            None,
            "writeKey=a%2Bb",
            Some("a+b"),
        ),
        (Some(basic(":")), None, "api_key=key", Some("key")),
        (Some(basic("other:")), Some("key"), "", Some("key")),
        (None, None, "ip=1&token=key", Some("key")),
        (None, None, "", None),
    ];
    for (authorization, write_key, query, key) in table {
        let mut asked = request(Form::Batch, b"");
        (asked.authorization, asked.write_key) = (authorization.as_deref(), write_key);
        asked.query = query;
        assert_eq!(key_of(&asked).as_deref(), key);
    }
}

#[test]
fn paths_are_known_with_and_without_a_slash() {
    let table = [
        ("/v1/batch", Some(Form::Batch)),
        ("/v1/b", Some(Form::Batch)),
        ("/v1/t", Some(Form::One(EventKind::Track))),
        ("/v1/identify/", Some(Form::One(EventKind::Identify))),
        ("/v1/decisions", None),
        ("/batch/", Some(Form::PostHog)),
        ("/i/v0/e/", Some(Form::PostHog)),
        ("/api/s/page", Some(Form::Jitsu(Some(EventKind::Page)))),
        ("/api/s/s2s/event", Some(Form::Jitsu(None))),
        ("/api/session", None),
    ];
    for (path, form) in table {
        assert_eq!(Form::of_path(path), form, "{path}");
    }
}

#[test]
fn times_are_read_in_all_usual_spellings() {
    let at = 1_772_359_200_000_i64;
    let spellings = [
        json!("2026-03-01T10:00:00.000Z"),
        json!("2026-03-01T11:00:00+01:00"),
        json!("2026-03-01T10:00:00"),
        json!("2026-03-01 10:00:00.000000+00:00"),
        json!(at),
        json!(at / 1000),
        json!("1772359200"),
    ];
    for timestamp in spellings {
        let item = json!({ "userId": 42, "event": "a", "timestamp": timestamp });
        let event = event(Form::One(EventKind::Track), item);
        assert_eq!(event.timestamp, Some(at), "{timestamp}");
        assert_eq!(event.user_id.as_deref(), Some("42"));
    }
}

#[test]
fn half_characters_and_nul_are_replaced() {
    let body = br#"{
        "event": "a\u0000b", "userId": "\ud83d",
        "properties": { "x": "\\u0000 \ud83c\udf81 \udf81" }
    }"#;
    let item = parse(&request(Form::One(EventKind::Track), body)).unwrap();
    let event = &events(item)[0];
    assert_eq!(event.name, "a\u{fffd}b");
    assert_eq!(event.user_id.as_deref(), Some("\u{fffd}"));
    assert_eq!(field(&event.properties, "x"), "\\u0000 🎁 \u{fffd}");
}

#[test]
fn a_group_of_posthog_without_a_customer_is_about_nobody() {
    let item = json!({ "event": "$groupidentify", "distinct_id": "$company_7",
        "properties": { "$group_type": "company", "$group_key": "7", "$group_set": {} } });
    let item = parse_item(Form::PostHog, &item.to_string());
    assert!(matches!(item, Item::Rejected(rejected) if rejected.reason == Reason::NoIdentifiers));
}

#[test]
fn the_same_event_sent_again_has_the_same_content() {
    let content = |item: Value| {
        let mut bytes = Vec::new();
        event(Form::Jitsu(None), item).feed(|part| bytes.extend_from_slice(part));
        bytes
    };
    let first = json!({ "type": "page", "userId": "a", "sentAt": "2026-03-01T10:00:00Z" });
    let again = json!({ "type": "page", "userId": "a", "sentAt": "2026-03-01T10:00:09Z" });
    let other = json!({ "type": "page", "userId": "a", "properties": { "a": 1 } });
    assert_eq!(content(first.clone()), content(again));
    assert_ne!(content(first), content(other));
}
