//! The outbox, the mailbox and previews as the user interface calls them.

use std::sync::Arc;

use axum::Router;
use execution::channel::email::sink::{Fault, Rule};
use execution::message::mailbox::DevelopmentMailbox;
use execution::message::report::{Pause, STREAM_PAUSE};
use fail::FailScenario;
use gate::setting;
use gate::test_support::{call, gate, sign_in};
use gate::{Role, enter};
use serde_json::json;
use store::Db;

use crate::world::{World, open, open_with, sink};

async fn router(world: &World) -> Router {
    let (routes, _) = execution::api::routes().split_for_parts();
    enter(
        routes.with_state(world.state.clone()),
        gate(&world.db, &[]).await,
    )
}

store::test! {
    async fn the_mailbox_keeps_what_would_have_left(db: Db) {
        let _scenario = FailScenario::setup();
        let world = open_with(&db, Arc::new(DevelopmentMailbox::new(db.clone()))).await;
        let (ann, ben) = (world.customer("ann").await, world.customer("ben").await);
        let id = world.plan(ann, "marketing", "reminder").await;
        world.plan(ben, "marketing", "reminder").await;
        world.finish().await;
        let router = router(&world).await;
        let ulla = sign_in(&db, Role::Marketer).await;
        let list = call(&router, &ulla, "GET /api/mailbox?unread=true&limit=1", &[], None).await;
        assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
        let next = list.body["next_cursor"].as_str().unwrap();
        let line = format!("GET /api/mailbox?unread=true&limit=1&cursor={next}");
        let list = call(&router, &ulla, &line, &[], None).await;
        assert_eq!(list.body["next_cursor"], json!(null));
        let line = format!("GET /api/mailbox?customer_id={ann}");
        let list = call(&router, &ulla, &line, &[], None).await;
        let letter = &list.body["items"][0];
        assert_eq!(letter["subject"], "Hello ann");
        assert_eq!(letter["message_id"], id.to_string());
        let line = format!("/api/mailbox/{}", letter["id"].as_str().unwrap());
        let open = call(&router, &ulla, &format!("GET {line}"), &[], None).await;
        assert!(open.body["html"].as_str().unwrap().contains("https://rapport.example/t/"));
        assert!(open.body["raw"].as_str().unwrap().contains("List-Unsubscribe"));
        let read = call(&router, &ulla, &format!("POST {line}/read"), &[], None).await;
        assert_eq!(read.status, 204);
        let open = call(&router, &ulla, &format!("GET {line}"), &[], None).await;
        assert!(open.body["read_at"].is_string());
        let agent = sign_in(&db, Role::Agent).await;
        assert_eq!(call(&router, &agent, "GET /api/mailbox", &[], None).await.status, 403);
    }
}

store::test! {
    async fn messages_are_listed_cancelled_and_settled_by_hand(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let ann = world.customer("ann").await;
        sink.fail(Rule { recipient: String::new(), times: Some(1), fault: Fault::DropAfterTaking });
        let doubtful = world.plan(ann, "marketing", "reminder").await;
        let broken = world.plan(ann, "marketing", "needy").await;
        world.finish().await;
        let waiting = world.plan(ann, "marketing", "reminder").await;
        let router = router(&world).await;
        let ulla = sign_in(&db, Role::Marketer).await;
        let get = async |line: String| call(&router, &ulla, &format!("GET {line}"), &[], None).await;
        let list = get("/api/messages?state=uncertain".to_owned()).await;
        assert_eq!(list.body["items"][0]["id"], doubtful.to_string());
        assert_eq!(list.body["items"][0]["customer_label"], "ann");
        assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
        let one = get(format!("/api/messages/{broken}")).await.body;
        assert_eq!((&one["state"], &one["reason"]), (&json!("suppressed"), &json!("not_renderable")));
        assert!(one["detail"].as_str().unwrap().contains("customer.shoe_size has no value"));
        assert_eq!(one["preview_problem"]["path"], "/variants/en/mjml");
        assert_eq!(one["history"][2]["state"], "suppressed");

        let cancel = format!("POST /api/messages/{waiting}/cancel");
        let cancelled = call(&router, &ulla, &cancel, &[], None).await;
        assert_eq!(cancelled.body["reason"], "cancelled");
        assert_eq!(call(&router, &ulla, &cancel, &[], None).await.status, 409);
        let resolve = format!("POST /api/messages/{doubtful}/resolve");
        let sent = call(&router, &ulla, &resolve, &[], Some(json!({"outcome": "sent"}))).await;
        assert_eq!(sent.body["state"], "accepted");
        let again = call(&router, &ulla, &resolve, &[], Some(json!({"outcome": "sent"}))).await;
        assert_eq!((again.status, &again.body["state"]), (409, &json!("accepted")));
        let audit = gate::audit::db::after(&db, 0, 10).await;
        assert_eq!(audit.unwrap().len(), 2);
    }
}

store::test! {
    async fn a_stopped_stream_is_visible_and_can_be_let_go_on(db: Db) {
        let _scenario = FailScenario::setup();
        let world = open(&db, &sink().await).await;
        let router = router(&world).await;
        let boss = sign_in(&db, Role::Administrator).await;
        let outbox = call(&router, &boss, "GET /api/outbox", &[], None).await;
        assert_eq!(outbox.body["state"], "running");
        let pause = Pause {
            since: db.now(),
            reason: "550 5.7.1".into(),
            message_id: execution::message::outbox::MessageId(1),
        };
        setting::db::put(&db, STREAM_PAUSE, &pause).await.unwrap();
        let outbox = call(&router, &boss, "GET /api/outbox", &[], None).await;
        assert_eq!(outbox.body["state"], "paused");
        assert_eq!(outbox.body["pause"]["reason"], "550 5.7.1");
        let resumed = call(&router, &boss, "POST /api/outbox/resume", &[], None).await;
        assert_eq!(resumed.body["state"], "running");
    }
}

store::test! {
    async fn a_preview_is_written_or_names_the_place_that_is_wrong(db: Db) {
        let _scenario = FailScenario::setup();
        let world = open(&db, &sink().await).await;
        let ann = world.customer("ann").await;
        let router = router(&world).await;
        let ulla = sign_in(&db, Role::Marketer).await;
        let mjml = |words: &str| {
            format!(
                "<mjml><mj-body><mj-section><mj-column>\n<mj-text>{words}</mj-text>\n\
                 </mj-column></mj-section></mj-body></mjml>"
            )
        };
        let preview = async |words: &str, customer: bool| {
            let variant = json!({"subject": "Hi {{ customer.name }}", "mjml": mjml(words)});
            let template =
                json!({"name": {"en": "T"}, "channel": "email", "variants": {"en": variant}});
            let mut wish = json!({ "template": template });
            if customer {
                wish["customer_id"] = json!(ann);
            }
            call(&router, &ulla, "POST /api/templates/preview", &[], Some(wish)).await
        };
        let invented = preview("{{ cart.products[0].name }}", false).await;
        assert_eq!(invented.body["subject"], "Hi Robin Example");
        assert_eq!(invented.body["text"], "Teacup");
        assert_eq!(preview("Dear", true).await.body["subject"], "Hi ann");
        let wrong = preview("\n{{ customer.frist_name }}", true).await.body;
        assert_eq!(wrong["code"], "template_field_missing");
        assert_eq!(wrong["field"], "customer.frist_name");
        assert_eq!((&wrong["part"], &wrong["line"]), (&json!("mjml"), &json!(3)));
        assert_eq!(wrong["errors"][0]["path"], "/variants/en/mjml");
        let broken = preview("{% if %}", false).await;
        assert_eq!(broken.status, 422);
        assert!(broken.body["errors"][0]["path"].as_str().unwrap().starts_with("/variants/en"));
        let nothing = call(&router, &ulla, "POST /api/templates/preview", &[], Some(json!({}))).await;
        assert_eq!(nothing.error_paths(), ["/key"]);
        let viewer = sign_in(&db, Role::Viewer).await;
        let wish = json!({"key": "reminder", "customer_id": ann});
        let refused = call(&router, &viewer, "POST /api/templates/preview", &[], Some(wish)).await;
        assert_eq!(refused.status, 403);
    }
}

#[test]
fn every_code_has_a_page() {
    for code in execution::template::api::CODES {
        let path = format!(
            "{}/../../docs/errors/{}.md",
            env!("CARGO_MANIFEST_DIR"),
            code.name
        );
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(page.starts_with(&format!("# {}\n", code.name)), "{path}");
    }
}
