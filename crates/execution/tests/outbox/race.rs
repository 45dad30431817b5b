//! 64 customers say no while a send runs: nothing arrives after the answer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use execution::channel::email::sink::{Fault, Rule};
use execution::message::settled;
use fail::FailScenario;
use memory::consent::ConsentState;
use store::Db;

use crate::world::{open, sink};

store::test! {
    async fn nothing_arrives_after_an_unsubscribe_was_answered(db: Db) {
        let _scenario = FailScenario::setup();
        let sink = sink().await;
        sink.fail(Rule {
            recipient: String::new(),
            times: None,
            fault: Fault::Delay(Duration::from_millis(15)),
        });
        let world = open(&db, &sink).await;
        let mut customers = Vec::new();
        for number in 0..64 {
            let customer = world.customer(&format!("c{number}")).await;
            world.plan(customer, "marketing", "reminder").await;
            customers.push(customer);
        }
        let sender = world.sender.clone();
        let sending = tokio::spawn(async move { while sender.round().await.unwrap() > 0 {} });
        while sink.receipts().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let unsubscribing = customers.iter().enumerate().map(async |(number, customer)| {
            // Those whose turn is last say no first: some before, some during, some after it.
            tokio::time::sleep(Duration::from_millis((63 - number as u64) * 3)).await;
            world.consent(*customer, ConsentState::Denied).await;
            assert!(settled(&world.memory, *customer).await.unwrap());
            (format!("c{number}@kunde.example"), Instant::now())
        });
        let answered: HashMap<String, Instant> =
            futures::future::join_all(unsubscribing).await.into_iter().collect();
        sending.await.unwrap();
        world.finish().await;
        let receipts = sink.receipts();
        for receipt in &receipts {
            assert!(
                receipt.received_at <= answered[&receipt.recipient],
                "{} was sent after the answer",
                receipt.recipient
            );
        }
        let counts = execution::message::db::counts(&db).await.unwrap();
        let count = |state: &str| counts.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n);
        assert_eq!(count("accepted") + count("suppressed"), 64, "{counts:?}");
        assert_eq!(count("accepted"), receipts.len() as i64);
        assert!(!receipts.is_empty() && receipts.len() < 64, "{}: no race", receipts.len());
    }
}
