//! Simulated visitors, who keep browsing and buying in the shop at a speed one can watch.

pub mod past;
mod telling;
mod visit;
mod way;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::{Value, json};
use store::{Random, Timestamp};

use super::client::{Client, Error};
use super::orders::History;
use visit::{Call, Shown, Visit, Visitors};

const ARRIVAL_MS: u64 = 6_000;
const VISITS_AT_ONCE: usize = 60;
const RETURN_MS: u64 = 90_000;
const TROUBLE_MS: u64 = 2_000;
/// Visits at the beginning that surely leave a cart.
const HESITANT_VISITS: u64 = 3;

/// How the visitors behave as a crowd.
#[derive(Debug, Clone)]
pub struct Options {
    /// 1 is a new visitor about every six seconds; 10 is ten times as fast.
    pub speed: f64,
    /// The same seed brings the same visitors with the same decisions.
    pub seed: u64,
    /// Ends by itself after so many visits; `None` goes on until dropped.
    pub visits: Option<u64>,
}

enum Next {
    Arrival,
    Step(Box<Visit>),
}

/// What is due when; ties go by number, so that a run can be repeated.
struct Due {
    at: Timestamp,
    number: u64,
    next: Next,
}

/// Lets visitors come, look around, buy or leave their carts, until dropped.
pub async fn run(client: &Client, history: &History, options: &Options) {
    let mut crowd = Crowd::new(client, history, options);
    while let Some(Reverse(due)) = crowd.due.pop() {
        let wait_ms = due.at.since_ms(client.now()).max(0);
        client.wait_ms(wait_ms.unsigned_abs()).await;
        match due.next {
            Next::Arrival => crowd.welcome(),
            Next::Step(visit) => crowd.step(*visit).await,
        }
    }
}

struct Crowd<'a> {
    client: &'a Client,
    options: &'a Options,
    visitors: Visitors<'a>,
    random: Random,
    due: BinaryHeap<Reverse<Due>>,
    arrived: u64,
    numbers: u64,
}

impl<'a> Crowd<'a> {
    fn new(client: &'a Client, history: &'a History, options: &'a Options) -> Crowd<'a> {
        let mut crowd = Crowd {
            client,
            options,
            visitors: Visitors::of(history),
            random: Random::seeded(options.seed),
            due: BinaryHeap::new(),
            arrived: 0,
            numbers: 0,
        };
        crowd.later(0, Next::Arrival);
        crowd
    }

    fn later(&mut self, in_ms: u64, next: Next) {
        self.numbers += 1;
        let wait_ms = in_ms as f64 / self.options.speed.max(0.01);
        self.due.push(Reverse(Due {
            at: self.client.now().plus_ms(wait_ms as i64),
            number: self.numbers,
            next,
        }));
    }

    fn welcome(&mut self) {
        if self
            .options
            .visits
            .is_some_and(|limit| self.arrived >= limit)
        {
            return;
        }
        self.arrived += 1;
        if self.due.len() < VISITS_AT_ONCE {
            let seed = self.random.u64();
            let visit = match self.arrived {
                ..=HESITANT_VISITS => self.visitors.hesitate(seed),
                _ => self.visitors.arrive(seed),
            };
            self.later(0, Next::Step(Box::new(visit)));
        }
        let wait = 0.5 + self.random.fraction();
        self.later((ARRIVAL_MS as f64 * wait) as u64, Next::Arrival);
    }

    async fn step(&mut self, mut visit: Visit) {
        let mut calls = visit.step(&self.visitors, self.client.now());
        while !calls.is_empty() {
            let mut answers = Vec::new();
            for call in calls {
                match self.send(call).await {
                    Ok(shown) => answers.extend(shown),
                    Err(error) => {
                        tracing::warn!(%error, "a simulated visitor could not be served");
                        self.client.wait_ms(TROUBLE_MS).await;
                    }
                }
            }
            calls = visit.see(&answers);
        }
        if !visit.over() {
            self.later(visit.pause_ms(), Next::Step(Box::new(visit)));
        } else if let Some(back) = visit.back_later() {
            self.later(RETURN_MS, Next::Step(Box::new(back)));
        }
    }

    /// Makes the call; what a decision placed on the page comes back.
    async fn send(&self, call: Call) -> Result<Vec<Shown>, Error> {
        let decides = matches!(call, Call::Decide(_));
        let (path, body) = match call {
            Call::Tell(events) => (
                "/v1/batch",
                json!({ "batch": events, "sentAt": self.client.now() }),
            ),
            Call::Decide(body) => ("/v1/decisions", body),
            Call::Respond(body) => ("/v1/responses", body),
            Call::Consent(body) => ("/v1/consents", body),
        };
        let answer = self.client.post(path, &body).await?;
        let placements = answer["placements"].as_array().filter(|_| decides);
        Ok(placements.into_iter().flatten().filter_map(shown).collect())
    }
}

fn shown(placement: &Value) -> Option<Shown> {
    let offer = placement["offers"].get(0)?;
    Some(Shown {
        contact_id: offer["contact_id"].as_str()?.to_owned(),
        link: offer["creative"]["link_url"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    })
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.number == other.number
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Due) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[cfg(test)]
mod tests;
