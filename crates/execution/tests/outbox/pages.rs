//! What customers do with the links of a message.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use execution::message::link::{Key, Keys, Kind, Payload};
use execution::message::outbox::MessageId;
use fail::FailScenario;
use gate::test_support::{Answer, send};
use memory::CustomerId;
use memory::consent::ConsentState;
use memory::interaction::ResponseKind;
use store::Db;

use crate::world::{BASE_URL, World, open, sink};

fn router(world: &World) -> Router {
    let (routes, _) = execution::api::routes().split_for_parts();
    routes.with_state(world.state.clone())
}

async fn ask(router: &Router, line: &str, language: &str, form: &str) -> Answer {
    let (method, address) = line.split_once(' ').unwrap();
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header("accept-language", language)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    send(router, request).await
}

fn text(answer: &Answer) -> &str {
    answer.body.as_str().unwrap_or_default()
}

fn token(
    world: &World,
    kind: Kind,
    customer: CustomerId,
    message: MessageId,
    index: u16,
) -> String {
    let payload = Payload {
        kind,
        customer_id: customer.0,
        subject_id: message.0,
        index,
    };
    world.state.keys.sign(&payload)
}

async fn sent(db: &Db) -> (World, CustomerId, MessageId, Vec<u8>) {
    let sink = sink().await;
    let world = open(db, &sink).await;
    let ann = world.customer("ann").await;
    let id = world.plan(ann, "marketing", "reminder").await;
    world.finish().await;
    let data = sink.receipts()[0].data.clone();
    (world, ann, id, data)
}

store::test! {
    async fn a_click_leads_on_and_is_counted_once(db: Db) {
        let _scenario = FailScenario::setup();
        let (world, ann, id, _) = sent(&db).await;
        let router = router(&world);
        let address = format!("/t/{}", token(&world, Kind::Click, ann, id, 0));
        for line in ["HEAD", "GET", "GET"] {
            let answer = ask(&router, &format!("{line} {address}"), "", "").await;
            assert_eq!(answer.status, 302);
            assert_eq!(answer.headers["location"], "https://shop.example/cart");
        }
        let open = format!("GET /o/{}", token(&world, Kind::Open, ann, id, 0));
        for _ in 0..2 {
            let answer = ask(&router, &open, "", "").await;
            assert_eq!(answer.headers["content-type"], "image/gif");
        }
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        let kinds: Vec<ResponseKind> = customer.state.responses.iter().map(|r| r.kind).collect();
        assert_eq!(kinds, [ResponseKind::Click, ResponseKind::View]);
        let contact_id = world.message(id).await.contact_id;
        assert!(customer.state.responses.iter().all(|r| r.contact_id == contact_id));
        db.clock().advance_ms(10_000);
        ask(&router, &format!("GET {address}"), "", "").await;
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        assert_eq!(customer.state.responses.len(), 3, "a later click counts again");
    }
}

store::test! {
    async fn one_click_unsubscribes_and_opening_the_page_does_not(db: Db) {
        let _scenario = FailScenario::setup();
        let (world, ann, _, mail) = sent(&db).await;
        let router = router(&world);
        let header = execution::channel::email::mime::header_value(&mail, "List-Unsubscribe");
        let address = header.trim_matches(['<', '>']).strip_prefix(BASE_URL).unwrap().to_owned();
        let page = ask(&router, &format!("GET {address}"), "en", "").await;
        assert_eq!(page.status, 200);
        assert!(text(&page).contains("a•••@kunde.example will get no more offers from Shop."));
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("'none'"));
        let consents = async || {
            world.memory.customer(ann).await.unwrap().unwrap().state.consents.clone()
        };
        assert_eq!(consents().await[0].state, ConsentState::Granted);
        let before = world.memory.customer(ann).await.unwrap().unwrap().state.rows_count;
        for _ in 0..2 {
            let line = format!("POST {address}");
            let answer = ask(&router, &line, "", "List-Unsubscribe=One-Click").await;
            assert_eq!(answer.status, 200);
            assert!(answer.headers.get("location").is_none());
            assert!(answer.headers.get("set-cookie").is_none());
        }
        let said = consents().await;
        assert_eq!((said[0].state, said[0].source.as_str()), (ConsentState::Denied, "one_click_unsubscribe"));
        let after = world.memory.customer(ann).await.unwrap().unwrap().state.rows_count;
        assert_eq!(after, before + 1, "said twice, it stands there once");
        let next = world.plan(ann, "marketing", "reminder").await;
        world.finish().await;
        assert_eq!(world.message(next).await.row.state.reason(), Some("no_consent"));
    }
}

store::test! {
    async fn preferences_are_shown_saved_and_explained_in_two_languages(db: Db) {
        let _scenario = FailScenario::setup();
        let (world, ann, id, _) = sent(&db).await;
        let router = router(&world);
        let address = format!("/p/{}", token(&world, Kind::Preferences, ann, id, 0));
        let page = ask(&router, &format!("GET {address}"), "en-GB,en;q=0.8", "").await;
        assert!(text(&page).contains("name=\"email.marketing\" value=\"yes\" checked"));
        let why = "You got it because you agreed to such messages on 2026-03-02 (checkout).";
        assert!(text(&page).contains(why), "{}", text(&page));
        let saved = ask(&router, &format!("POST {address}"), "zh-CN", "").await;
        assert!(text(&saved).contains("lang=\"zh-CN\""));
        assert!(text(&saved).contains("已保存"));
        assert!(!text(&saved).contains("checked"));
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        assert_eq!(customer.state.consents[0].state, ConsentState::Denied);
        assert_eq!(customer.state.consents[0].source, "preference_page");
        db.clock().advance_ms(1);
        ask(&router, &format!("POST {address}"), "en", "email.marketing=yes").await;
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        assert_eq!(customer.state.consents[0].state, ConsentState::Granted);
    }
}

store::test! {
    async fn a_link_that_is_not_ours_opens_nothing(db: Db) {
        let _scenario = FailScenario::setup();
        let (world, ann, id, _) = sent(&db).await;
        let router = router(&world);
        let good = token(&world, Kind::Unsubscribe, ann, id, 0);
        let mut tampered = good.clone().into_bytes();
        tampered[20] = if tampered[20] == b'a' { b'b' } else { b'a' };
        let tampered = String::from_utf8(tampered).unwrap();
        let strangers = Keys::new(Key::new(1, b"another secret"), vec![]);
        let payload =
            Payload { kind: Kind::Unsubscribe, customer_id: ann.0, subject_id: id.0, index: 0 };
        let click = token(&world, Kind::Click, ann, id, 0);
        for wrong in [tampered, strangers.sign(&payload), click, "x".to_owned()] {
            for method in ["GET", "POST"] {
                let answer = ask(&router, &format!("{method} /u/{wrong}"), "en", "").await;
                assert_eq!(answer.status, 404);
                assert!(text(&answer).contains("This link does not work"));
            }
        }
        let elsewhere = token(&world, Kind::Click, ann, id, 7);
        let answer = ask(&router, &format!("GET /t/{elsewhere}"), "zh", "").await;
        assert_eq!(answer.status, 410);
        let nobody = token(&world, Kind::Unsubscribe, CustomerId(999_999), id, 0);
        let answer = ask(&router, &format!("POST /u/{nobody}"), "en", "").await;
        assert_eq!(answer.status, 410);
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        assert_eq!(customer.state.consents[0].state, ConsentState::Granted);
    }
}
