//! Limits hold under any concurrency (promise P4): many callers on few customers, several
//! processes where the store allows them, and a recount from the log by other means.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use memory::consent::ConsentState;
use memory::interaction::{Contact, ContactId, ContactStatus};
use memory::log::{Entry, LogRow};
use memory::{CustomerId, Memory};
use serde_json::{Map, json};
use store::{Db, Random, Timestamp};

use super::{AnswerReason, Reservation, Wish};
use crate::test_support::{ask, catalog, decider, known, offer, placement, policy, say};
use crate::{Channel, Decider};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Callers at once.
const CALLERS: u64 = 60;
/// How often they all call.
const ROUNDS: u64 = 24;
/// Customers they call about.
const USERS: [&str; 3] = ["ann", "bob", "cy"];

fn definitions() -> Vec<store::definition::Definition> {
    let limits = json!([
        {"key": "hour", "at_most": 4, "window": {"rolling_ms": HOUR}},
        {"key": "mail", "channels": ["email"], "at_most": 2, "window": {"rolling_ms": 2 * HOUR}},
        {"key": "hats", "categories": ["hats"], "at_most": 3, "window": {"calendar": "day"}},
    ]);
    let reserves = json!({"reserves_ms": 30 * MINUTE, "count": 2});
    vec![
        offer("bag", json!({})),
        offer("hat", json!({"category": "hats"})),
        offer(
            "scarf",
            json!({"category": "scarves", "value_cents": 2_000}),
        ),
        placement("home", "web", reserves.clone()),
        placement("cart", "web", reserves.clone()),
        placement("mail", "email", reserves),
        policy(limits, json!({"default_zone": "America/New_York"})),
    ]
}

/// What one caller does: asks a page, a journey or a message for a contact, and perhaps presents
/// or releases it.
async fn one_call(decider: &Decider, customer: CustomerId, user: &str, seed: u64) {
    let random = Random::seeded(seed);
    let reference = format!("step_{}", random.u64() % 40);
    let contact: Option<ContactId> = match random.u64() % 4 {
        0 => {
            let answer = decider.decide(&ask(user, &["home", "cart"])).await;
            let offers = answer
                .placements
                .iter()
                .flat_map(|placement| &placement.offers);
            offers.filter_map(|offer| offer.contact_id).next()
        }
        1 => {
            let wish = Wish {
                customer,
                placement: "mail".into(),
                reference,
                context: Map::new(),
                language: None,
                journey: None,
            };
            let made = decider.decide_in_process(&wish).await;
            made.ok()
                .and_then(|made| made.offer)
                .map(|offer| offer.contact_id)
        }
        _ => {
            let wish = Reservation {
                customer,
                channel: if random.u64().is_multiple_of(2) {
                    Channel::Email
                } else {
                    Channel::Push
                },
                category: random.u64().is_multiple_of(2).then(|| "hats".into()),
                purpose: "marketing".into(),
                message: reference,
                reserve_ms: 3 * HOUR,
                journey: None,
            };
            decider
                .reserve_contact(&wish)
                .await
                .ok()
                .and_then(Result::ok)
        }
    };
    let Some(contact) = contact else { return };
    // Whoever gets the same contact does the same with it: what was released and is presented after
    // all takes room that somebody else was given meanwhile.
    match Random::seeded(contact.0).u64() % 5 {
        0 | 1 => decider.present(customer, contact).await.unwrap(),
        2 => decider.release(customer, contact, "test").await.unwrap(),
        _ => {}
    }
}

store::test! {
    async fn limits_are_never_exceeded_whatever_the_concurrency(db: Db) {
        let first = Memory::open(db.clone()).await.unwrap();
        let mut deciders = vec![decider(&first, &definitions()).await];
        let mut customers = vec![];
        for user in USERS {
            let id = known(&first, user, json!({})).await;
            say(&first, id, "email", ConsentState::Granted).await;
            say(&first, id, "push", ConsentState::Granted).await;
            customers.push(id);
        }
        if !db.exclusive() {
            // A second process, as far as the store can tell.
            let second = Decider::new(Memory::open(db.clone()).await.unwrap());
            second.install(crate::test_support::catalog(&definitions())).await.unwrap();
            deciders.push(second);
        }
        for round in 0..ROUNDS {
            let mut calls = tokio::task::JoinSet::new();
            for caller in 0..CALLERS {
                let decider = deciders[caller as usize % deciders.len()].clone();
                // Half of all calls concern the same customer.
                let which = [0, 0, 0, 1, 1, 2][caller as usize % 6];
                let (customer, user) = (customers[which], USERS[which]);
                let seed = round * CALLERS + caller + 1;
                calls.spawn(async move { one_call(&decider, customer, user, seed).await });
            }
            while let Some(done) = calls.join_next().await {
                done.unwrap();
            }
            db.clock().advance_ms(7 * MINUTE);
        }
        let rows = memory::log::db::after(&db, 0, 100_000).await.unwrap();
        let mut made = 0;
        for customer in customers {
            made += recount(&rows, customer);
        }
        assert!(made > 30, "the test has made only {made} contacts");
    }
}

/// One contact's life, from the log alone.
struct Life {
    contact: Contact,
    made_at: Timestamp,
    presented_at: Option<Timestamp>,
    /// Until when it counts when it is never presented.
    ends_at: Timestamp,
}

fn lives(rows: &[LogRow], customer: CustomerId) -> Vec<Life> {
    let mut lives: BTreeMap<u64, Life> = BTreeMap::new();
    let rows = || rows.iter().filter(|row| row.customer_id == customer);
    for row in rows() {
        if let Entry::Contact(contact) = &row.entry {
            let life = Life {
                contact: contact.clone(),
                made_at: row.occurred_at,
                presented_at: None,
                ends_at: contact.expires_at.unwrap(),
            };
            lives.insert(row.seq, life);
        }
    }
    // Positions of several processes are no order; what happened to a contact is found after all.
    let mut moves: Vec<&LogRow> = rows().collect();
    moves.sort_by_key(|row| row.occurred_at);
    for row in moves {
        let Entry::ContactMoved(moved) = &row.entry else {
            continue;
        };
        let life = lives.get_mut(&moved.contact_id.0).unwrap();
        match moved.status {
            ContactStatus::Presented => {
                life.presented_at.get_or_insert(row.occurred_at);
            }
            ContactStatus::Released if life.presented_at.is_none() => {
                life.ends_at = life.ends_at.min(row.occurred_at);
            }
            ContactStatus::Released | ContactStatus::Reserved => {}
        }
    }
    lives.into_values().collect()
}

/// Counts every window that ends with a presented contact, and returns the number of contacts.
fn recount(rows: &[LogRow], customer: CustomerId) -> usize {
    let lives = lives(rows, customer);
    let zone = TimeZone::get("America/New_York").unwrap();
    let day = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
    let shown: Vec<(&Contact, Timestamp)> = lives
        .iter()
        .filter_map(|life| Some((&life.contact, life.presented_at?)))
        .collect();
    let within = |at: Timestamp, end: Timestamp, ms: i64| at <= end && end.since_ms(at) < ms;
    for (_, end) in &shown {
        let hour = shown
            .iter()
            .filter(|(_, at)| within(*at, *end, HOUR))
            .count();
        assert!(hour <= 4, "{hour} contacts within the hour before {end}");
        let mail = shown
            .iter()
            .filter(|(c, at)| c.channel == "email" && within(*at, *end, 2 * HOUR));
        let mail = mail.count();
        assert!(mail <= 2, "{mail} mails within two hours before {end}");
        let hats = |c: &Contact| c.category.as_deref() == Some("hats");
        let hats = shown
            .iter()
            .filter(|(c, at)| hats(c) && day(*at) == day(*end))
            .count();
        assert!(hats <= 3, "{hats} hats on the day of {end}");
    }
    // Promises count as well: when a contact is made, those open or presented in the hour before
    // leave room for it. What was released in the same millisecond may have gone before.
    for life in &lives {
        let counts = |other: &&Life| {
            other.made_at <= life.made_at
                && match other.presented_at {
                    Some(at) if at <= life.made_at => within(at, life.made_at, HOUR),
                    Some(_) | None => life.made_at < other.ends_at,
                }
        };
        let stand = lives.iter().filter(counts).count();
        assert!(stand <= 4, "{stand} contacts stand at {}", life.made_at);
    }
    lives.len()
}

store::test! {
    async fn who_comes_into_a_control_group_later_does_not_slip_past_a_limit(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        known(&memory, "ann", json!({})).await;
        let all = |share: f64| [
            offer("bag", json!({"control_fraction": share})),
            placement("home", "web", json!({"reserves_ms": HOUR})),
            policy(json!([{"key": "one", "at_most": 1, "window": {"rolling_ms": HOUR}}]), json!({})),
        ];
        let made = decider(&memory, &all(0.0)).await;
        let answer = made.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::Offer);
        // What was made is not withheld; withheld anew it would be a second contact.
        made.install(catalog(&all(1.0))).await.unwrap();
        let answer = made.decide(&ask("ann", &["home"])).await;
        assert_eq!(answer.placements[0].reason, AnswerReason::Policy);
    }
}
