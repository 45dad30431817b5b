//! What becomes of a message when everything works, and when there is a reason not to send it.

use decision::offer::recall::{self, Recall};
use execution::channel::email::sink::{Fault, Rule};
use execution::message::outbox::NewMessage;
use execution::message::report::{Pause, STREAM_PAUSE};
use fail::FailScenario;
use gate::setting::{self, OUTBOUND_HOLD};
use memory::consent::ConsentState;
use memory::interaction::{Contact, ContactId, ContactStatus, DecisionId, Response, ResponseKind};
use memory::log::Entry;
use store::{Db, Timestamp};

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

store::test! {
    async fn the_contact_policy_and_quiet_hours_hold_for_marketing_only(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let ann = world.customer("ann").await;
        let mut planned = Vec::new();
        for _ in 0..3 {
            planned.push(world.plan(ann, "marketing", "reminder").await);
        }
        let service = world.plan(ann, "service", "reminder").await;
        while world.sender.round().await.unwrap() > 0 {}
        let mut ends = Vec::new();
        for id in planned {
            let message = world.message(id).await;
            ends.push(message.row.state.reason().unwrap_or(message.row.state.name()));
        }
        ends.sort_unstable();
        assert_eq!(ends, ["accepted", "accepted", "contact_policy"]);
        assert_eq!(world.state_of(service).await, "accepted");

        // 23:30 in London.
        db.clock().advance_ms(14 * 3_600_000 + 30 * 60_000);
        let night = world.plan(ann, "marketing", "reminder").await;
        let urgent = world.plan(ann, "service", "reminder").await;
        while world.sender.round().await.unwrap() > 0 {}
        let message = world.message(night).await;
        assert_eq!(message.row.state.name(), "planned");
        assert_eq!(Timestamp(message.row.due_ms).to_string(), "2026-03-03T07:00:00.000Z");
        assert_eq!(message.history.last().unwrap().detail.as_deref(), Some("quiet hours"));
        assert_eq!(world.state_of(urgent).await, "accepted");
        world.finish().await;
        assert_eq!(world.state_of(night).await, "accepted", "another day has room again");
    }
}

store::test! {
    async fn an_offer_goes_out_with_its_contact_and_not_when_it_was_answered_or_is_over(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        let world = open(&db, &sink).await;
        let ann = world.customer("ann").await;
        let offering = async |minutes: i64| {
            let contact = Contact {
                channel: "email".into(),
                placement: Some("email_cart".into()),
                message: None,
                offer: Some("winter".into()),
                offer_version: Some(1),
                variant: None,
                category: Some("season".into()),
                status: ContactStatus::Reserved,
                counts: true,
                control: false,
                expires_at: Some(db.now().plus_ms(minutes * 60_000)),
                decision_id: None,
                decision_offset: None,
                language: None,
                basis: None,
                claims: vec![],
                control_group: None,
                customer_group: None,
                journey: None,
            };
            let appended = world.memory.append_one(ann, Entry::Contact(contact)).await.unwrap();
            let contact_id = ContactId(appended.seqs[0]);
            let special = |message: &mut NewMessage| {
                message.offer = Some(("winter".into(), 1));
                message.contact = Some((contact_id, DecisionId(1)));
                message.category = Some("season".into());
            };
            (contact_id, world.plan_with(ann, "marketing", "offering", special).await)
        };
        let (contact_id, sent) = offering(30).await;
        world.finish().await;
        assert_eq!(world.state_of(sent).await, "accepted");
        assert_eq!(world.message(sent).await.contact_id, Some(contact_id));
        let mail = String::from_utf8_lossy(&sink.receipts()[0].data).into_owned();
        assert!(mail.contains("Winter sale: BRR"), "{mail}");

        // The reservation has run out while the message waited: the policy is asked again.
        let (old, late) = offering(-1).await;
        world.finish().await;
        let message = world.message(late).await;
        assert_eq!(message.row.state.name(), "accepted");
        assert_ne!(message.contact_id, Some(old));

        // Recalled while it waits; told in one transaction, heard in the other.
        let (_, recalled) = offering(30).await;
        let recall = Recall {
            offer: "winter".into(),
            reason: "wrong price".into(),
            honours: true,
            author: "test".into(),
            recalled_at: db.now(),
        };
        let mut tx = db.begin().await.unwrap();
        recall::db::put(&mut tx, &recall).await.unwrap();
        tx.commit().await.unwrap();
        world.finish().await;
        let message = world.message(recalled).await;
        assert_eq!(message.row.state.reason(), Some("recalled"));
        let detail = message.detail.as_deref();
        assert_eq!(detail, Some("the offer was recalled: wrong price"));
        let mut tx = db.begin().await.unwrap();
        recall::db::remove(&mut tx, "winter").await.unwrap();
        tx.commit().await.unwrap();

        let (answered_contact, answered) = offering(30).await;
        let accept = Response {
            kind: ResponseKind::Accept,
            name: None,
            contact_id: None,
            offer: Some("winter".into()),
            category: None,
            channel: Some("web".into()),
            inferred: false,
            in_control: false,
            value_cents: None,
            currency: None,
            credit: None,
            note: None,
        };
        world.memory.append_one(ann, Entry::Response(accept)).await.unwrap();
        world.finish().await;
        assert_eq!(world.message(answered).await.row.state.reason(), Some("cancelled"));
        let customer = world.memory.customer(ann).await.unwrap().unwrap();
        let mut contacts = customer.state.contacts.iter();
        let contact = contacts.find(|c| c.contact_id == answered_contact).unwrap();
        assert_eq!(contact.status, ContactStatus::Released);

        db.clock().advance_ms(20 * 86_400_000);
        let (_, over) = offering(30).await;
        world.finish().await;
        assert_eq!(world.message(over).await.row.state.reason(), Some("expired"));
    }
}
