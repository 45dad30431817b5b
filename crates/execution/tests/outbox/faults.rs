//! Every fail point × error and crash × restart: marketing at most once, nothing lost from sight.

use execution::channel::email::sink::{Fault, Rule, Sink};
use fail::FailScenario;
use memory::interaction::ContactStatus;
use store::Db;

use crate::world::{World, copies, open, sink};

/// Where a round can break off.
const POINTS: [&str; 8] = [
    "outbox_before_claimed",
    "outbox_after_claimed",
    "outbox_before_handing",
    "outbox_after_handing",
    "outbox_before_reported",
    "outbox_before_report_committed",
    "outbox_after_reported",
    "outbox_before_told",
];

store::test! {
    async fn wherever_a_round_fails_nothing_is_sent_twice_or_lost(db: Db) {
        let _scenario = FailScenario::setup();
        for point in POINTS {
            // A report is tried three times before the round gives up.
            for action in ["3*return", "1*panic"] {
                let sink = sink().await;
                let world = open(&db, &sink).await;
                let planned = plan(&world, point, action).await;
                fail::cfg(point, action).unwrap();
                let sender = world.sender.clone();
                let round = tokio::spawn(async move { sender.round().await });
                let broke_off = round.await.map_or(true, |done| done.is_err());
                assert!(broke_off, "{point} {action} was not reached");
                fail::remove(point);
                let world = if action == "1*panic" { crash(world, &db, &sink).await } else { world };
                world.finish().await;
                check(&world, &sink, &planned, &format!("{point} {action}")).await;
                world.memory.close().await.unwrap();
                // The next shop is another process.
                db.clock().advance_ms(10_001);
            }
        }
    }
}

store::test! {
    async fn whatever_the_server_does_nothing_is_sent_twice_or_lost(db: Db) {
        let _scenario = FailScenario::setup();
        let faults = [
            Fault::DropBeforeTaking,
            Fault::DropAfterTaking,
            Fault::DropAfterAnswer,
            Fault::RefuseContent(451, "4.3.0 later".into()),
            Fault::RefuseContent(554, "5.6.0 not like this".into()),
            Fault::RefuseRecipient(450, "4.2.1 busy".into()),
        ];
        for fault in faults {
            let sink = sink().await;
            let world = open(&db, &sink).await;
            let name = format!("{fault:?}");
            sink.fail(Rule { recipient: String::new(), times: Some(3), fault });
            let planned = plan(&world, "server", &name).await;
            world.finish().await;
            check(&world, &sink, &planned, &name).await;
            world.memory.close().await.unwrap();
            db.clock().advance_ms(10_001);
        }
    }
}

/// The process is gone, its lease is not: a new process takes over when it has run out.
async fn crash(world: World, db: &Db, sink: &Sink) -> World {
    drop(world);
    let world = open(db, sink).await;
    assert_eq!(
        world.sender.round().await.unwrap(),
        0,
        "the lease of the dead still stands"
    );
    db.clock().advance_ms(10_001);
    world
}

async fn plan(
    world: &World,
    point: &str,
    action: &str,
) -> Vec<(execution::message::outbox::MessageId, &'static str)> {
    let mut planned = Vec::new();
    for number in 0..3 {
        let name = format!("{point}{}{number}", action.len());
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let customer = world.customer(&name).await;
        for purpose in ["marketing", "service"] {
            planned.push((world.plan(customer, purpose, "reminder").await, purpose));
        }
    }
    planned
}

async fn check(
    world: &World,
    sink: &Sink,
    planned: &[(execution::message::outbox::MessageId, &'static str)],
    place: &str,
) {
    let copies = copies(sink);
    for (id, purpose) in planned {
        let message = world.message(*id).await;
        let state = message.row.state.name();
        let copies = copies.get(&id.to_string()).copied().unwrap_or(0);
        let place = format!("{place}: {purpose} {id} is {state} after {copies} copies");
        match (state, *purpose) {
            ("accepted", "marketing") => assert_eq!(copies, 1, "{place}"),
            ("uncertain", "marketing") => assert!(copies <= 1, "{place}"),
            ("accepted", _) => assert!(copies >= 1, "{place}"),
            ("rejected" | "suppressed", _) => assert_eq!(copies, 0, "{place}"),
            _ => panic!("{place}"),
        }
        let customer = world
            .memory
            .customer(message.customer_id)
            .await
            .unwrap()
            .unwrap();
        let contact = customer
            .state
            .contacts
            .iter()
            .find(|c| Some(c.contact_id) == message.contact_id);
        let told = match state {
            "accepted" | "uncertain" => ContactStatus::Presented,
            _ => ContactStatus::Released,
        };
        assert_eq!(contact.unwrap().status, told, "{place}");
    }
}
