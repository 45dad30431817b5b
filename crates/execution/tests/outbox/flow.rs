//! What becomes of a message when everything works, and when there is a reason not to send it.

use execution::channel::email::sink::{Fault, Rule};
use execution::message::report::{Pause, STREAM_PAUSE};
use fail::FailScenario;
use gate::setting::{self, OUTBOUND_HOLD};
use memory::consent::ConsentState;
use memory::interaction::ContactStatus;
use store::Db;

use crate::world::{copies, open, sink};

store::test! {
    async fn a_planned_message_is_accepted_and_its_contact_presented(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let ann = world.customer("ann").await;
        let id = world.plan(ann, "marketing", "reminder").await;
        world.finish().await;
        let message = world.message(id).await;
        assert_eq!(message.row.state.name(), "accepted");
        assert_eq!(message.links, ["https://shop.example/cart"]);
        let states: Vec<&str> = message.history.iter().map(|m| m.state.as_str()).collect();
        assert_eq!(states, ["planned", "claimed", "handing", "accepted"]);
        let receipt = &sink.receipts()[0];
        assert_eq!(receipt.recipient, "ann@kunde.example");
        assert_eq!(receipt.message_key, id.to_string());
        let mail = String::from_utf8_lossy(&receipt.data);
        assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        let contact = &customer.state.contacts[0];
        assert_eq!(Some(contact.contact_id), message.contact_id);
        assert_eq!(contact.status, ContactStatus::Presented);
        assert!(contact.counts);
        assert_eq!(world.sender.round().await.unwrap(), 0, "nothing is left to do");
    }
}

store::test! {
    async fn each_reason_not_to_send_is_kept_and_releases_the_contact(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let (ann, ben) = (world.customer("ann").await, world.customer("ben").await);
        world.consent(ben, ConsentState::Denied).await;
        let denied = world.plan(ben, "marketing", "reminder").await;
        let service = world.plan(ben, "service", "reminder").await;
        let needy = world.plan(ann, "marketing", "needy").await;
        let unknown = world.plan(ann, "marketing", "nowhere").await;
        world.finish().await;
        let reason = async |id| {
            let message = world.message(id).await;
            let reason = message.row.state.reason().unwrap_or_default();
            (reason, message.detail.clone().unwrap_or_default())
        };
        assert_eq!(reason(denied).await.0, "no_consent");
        assert_eq!(world.state_of(service).await, "accepted");
        let (word, detail) = reason(needy).await;
        assert_eq!(word, "not_renderable");
        assert!(detail.starts_with("customer.shoe_size has no value (variant en"), "{detail}");
        assert_eq!(
            reason(unknown).await,
            ("not_renderable", "the template nowhere is not published".to_owned())
        );
        assert_eq!(sink.receipts().len(), 1);
    }
}

store::test! {
    async fn a_hard_bounce_suppresses_the_address_and_a_policy_refusal_stops_the_stream(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let (ann, ben) = (world.customer("ann").await, world.customer("ben").await);
        let refuse = |recipient: &str, code, words: &str| Rule {
            recipient: recipient.to_owned(),
            times: Some(1),
            fault: Fault::RefuseRecipient(code, words.to_owned()),
        };
        sink.fail(refuse("ann@", 550, "5.1.1 no such user"));
        let bounced = world.plan(ann, "marketing", "reminder").await;
        world.finish().await;
        assert_eq!(world.message(bounced).await.row.state.reason(), Some("hard"));
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        assert_eq!(customer.state.contacts[0].status, ContactStatus::Released);
        let again = world.plan(ann, "marketing", "reminder").await;
        world.finish().await;
        assert_eq!(world.message(again).await.row.state.reason(), Some("no_address"));

        sink.fail(refuse("ben@", 550, "5.7.1 we do not like you"));
        let refused = world.plan(ben, "marketing", "reminder").await;
        world.finish().await;
        assert_eq!(world.message(refused).await.row.state.reason(), Some("policy"));
        let pause: Option<Pause> = setting::db::get(&db, STREAM_PAUSE).await.unwrap();
        assert_eq!(pause.unwrap().reason, "550 5.7.1 we do not like you");
        let waiting = world.plan(ben, "marketing", "reminder").await;
        while world.sender.round().await.unwrap() > 0 {}
        assert_eq!(world.state_of(waiting).await, "planned");
        setting::db::remove(&db, STREAM_PAUSE).await.unwrap();
        world.finish().await;
        assert_eq!(world.state_of(waiting).await, "accepted", "the address is still good");
    }
}

store::test! {
    async fn held_messages_wait_and_temporary_refusals_are_repeated(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let ann = world.customer("ann").await;
        let hold = serde_json::json!({"reason": "restored"});
        setting::db::put(&db, OUTBOUND_HOLD, &hold).await.unwrap();
        let id = world.plan(ann, "marketing", "reminder").await;
        while world.sender.round().await.unwrap() > 0 {}
        assert_eq!(world.state_of(id).await, "planned");
        setting::db::remove(&db, OUTBOUND_HOLD).await.unwrap();
        sink.fail(Rule {
            recipient: String::new(),
            times: Some(2),
            fault: Fault::RefuseContent(451, "4.3.0 later".into()),
        });
        world.finish().await;
        let message = world.message(id).await;
        assert_eq!((message.row.state.name(), message.row.attempts), ("accepted", 3));
        assert_eq!(copies(&sink)[&id.to_string()], 1);
    }
}
