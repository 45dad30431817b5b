//! P1, P2 and P3: however often the program is killed in the middle of its work, what was answered
//! with 2xx stands once, customers who log in stay one, no message is handed over twice or without
//! a record, and nothing goes out after an unsubscribe was answered.
//!
//! `KILL_ROUNDS` asks for more rounds than the 50 of the test command.

mod oracle;
mod shop;
mod traffic;

use std::sync::Arc;
use std::time::Duration;

use execution::channel::email::sink::{Fault, Rule, Sink};
use scenarios::{Program, Store, story};
use serde_json::Value;
use store::Random;

use crate::traffic::{Counters, Scene, Told};

/// How long the mail server takes for one mail, so that many a kill meets one in its hands.
const MAIL_TAKES: Duration = Duration::from_millis(15);
/// The clock between two lives of the program: longer than the leases of the dead.
const BETWEEN: Duration = Duration::from_secs(30);

fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(50)
}

/// A program that mails through the sink.
async fn started(store: Store, sink: &Sink) -> anyhow::Result<Program> {
    let mail = |name: &str, value: String| (format!("RAPPORT_MAIL__{name}"), value);
    let environment = vec![
        mail("HOST", sink.address().ip().to_string()),
        mail("PORT", sink.address().port().to_string()),
        mail("SECURITY", "plain".to_owned()),
        mail("FROM", "shop@shop.example".to_owned()),
    ];
    let program = Program::start_with(store, true, environment).await?;
    shop::open(&program).await?;
    Ok(program)
}

/// All of what goes on at once until the program is gone; what was answered meanwhile.
async fn one_life(program: &mut Program, scene: Scene, lasts: Duration) -> anyhow::Result<Told> {
    let views: Vec<_> = (0..2)
        .map(|_| tokio::spawn(traffic::browse(scene.clone())))
        .collect();
    let orders = tokio::spawn(traffic::order(scene.clone()));
    let logins = tokio::spawn(traffic::log_in(scene.clone()));
    let noes = tokio::spawn(traffic::unsubscribe(scene));
    tokio::time::sleep(lasts).await;
    program.kill();
    let mut told = Told::default();
    for view in views {
        told.views.extend(view.await?);
    }
    told.orders = orders.await?;
    told.logins = logins.await?;
    told.noes = noes.await?;
    Ok(told)
}

story! {
    async fn what_was_answered_stands_once_and_no_message_goes_twice(store: Store) {
        let sink = Arc::new(Sink::start().await?);
        sink.fail(Rule { recipient: String::new(), times: None, fault: Fault::Delay(MAIL_TAKES) });
        let mut program = started(store, &sink).await?;
        let random = Random::seeded(20_260_302);
        let counters = Arc::new(Counters::default());
        let mut told = Told::default();
        for _ in 0..rounds() {
            let scene = Scene::new(&program, &sink, &counters, &told);
            let lasts = Duration::from_millis(50 + random.u64() % 600);
            told.extend(one_life(&mut program, scene, lasts).await?);
            program.starts_later(BETWEEN);
            program.run()?;
            // A client that got no answer sends again: nothing may double.
            for first in told.views.iter().rev().take(2) {
                program.post("/v1/batch", traffic::views(*first)).await?;
            }
        }
        let done = |counts: &Value| {
            let states = &counts["states"];
            let count = |state: &str| states[state].as_u64().unwrap_or(0);
            (count("pending") + count("inside") == 0
                && count("done") >= told.orders.len() as u64).then_some(())
        };
        program.until("every journey's end", "/api/journeys/thanks/counts", done).await?;
        for state in ["planned", "claimed", "handing"] {
            let none = |page: &Value| page["items"].as_array()?.is_empty().then_some(());
            program.until("every message's end", &format!("/api/messages?state={state}"), none)
                .await?;
        }
        let people = oracle::people(&program, &told.logins).await?;
        program.kill();
        oracle::check(&program.store_address(), &told, &people, &sink.receipts()).await
    }
}
