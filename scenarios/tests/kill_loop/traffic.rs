//! What goes on in the shop until the program is gone, and what was answered with 2xx.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use execution::channel::email::sink::{Receipt, Sink};
use scenarios::Program;
use serde_json::{Value, json};

use crate::shop::CUSTOMERS;

/// Views per request.
const BATCH: u64 = 20;
/// Orders in one life of the program, so that their mails do not pile up.
const ORDERS: u64 = 12;

/// Numbers that are given out once in the whole story.
#[derive(Default)]
pub struct Counters {
    views: AtomicU64,
    orders: AtomicU64,
    logins: AtomicU64,
}

/// Where something goes on.
#[derive(Clone)]
pub struct Scene {
    http: reqwest::Client,
    base: String,
    key: String,
    sink: Arc<Sink>,
    counters: Arc<Counters>,
    /// Addresses that have said no and were answered.
    said_no: HashSet<String>,
}

/// A customer who logs in, and how many of the four requests were answered.
pub struct Login {
    /// Their number.
    pub number: u64,
    /// The requests.
    pub answered: usize,
}

/// What was answered with 2xx.
#[derive(Default)]
pub struct Told {
    /// First numbers of batches of views.
    pub views: Vec<u64>,
    /// Numbers of orders.
    pub orders: Vec<u64>,
    /// Who logged in.
    pub logins: Vec<Login>,
    /// Addresses that said no, and when they were answered.
    pub noes: Vec<(String, Instant)>,
}

impl Told {
    /// Takes in what was answered in another life of the program.
    pub fn extend(&mut self, other: Told) {
        self.views.extend(other.views);
        self.orders.extend(other.orders);
        self.logins.extend(other.logins);
        self.noes.extend(other.noes);
    }

    /// The ids of all statements that were answered.
    pub fn message_ids(&self) -> Vec<String> {
        let views = self.views.iter().flat_map(|first| *first..*first + BATCH);
        let orders = self.orders.iter().map(|n| format!("o{n}"));
        let logins = self.logins.iter().flat_map(|login| {
            let ids: usize = STATEMENTS[..login.answered].iter().sum();
            (0..ids).map(move |at| format!("l{}-{at}", login.number))
        });
        let views = views.map(|n| format!("m{n}"));
        views.chain(orders).chain(logins).collect()
    }
}

impl Scene {
    /// The program as it runs now.
    pub fn new(
        program: &Program,
        sink: &Arc<Sink>,
        counters: &Arc<Counters>,
        told: &Told,
    ) -> Scene {
        Scene {
            http: reqwest::Client::new(),
            base: program.base.clone(),
            key: program.key.clone(),
            sink: sink.clone(),
            counters: counters.clone(),
            said_no: told
                .noes
                .iter()
                .map(|(address, _)| address.clone())
                .collect(),
        }
    }

    /// Whether a batch was answered with 2xx.
    async fn takes(&self, batch: Value) -> bool {
        let request = self.http.post(format!("{}/v1/batch", self.base));
        let answer = request.bearer_auth(&self.key).json(&batch).send().await;
        let Ok(answer) = answer else { return false };
        answer.status().is_success() && answer.bytes().await.is_ok()
    }
}

/// A batch of views; a few customers, so that their states are busy.
pub fn views(first: u64) -> Value {
    let event = |n: u64| {
        json!({"type": "track", "event": "Product Viewed", "messageId": format!("m{n}"),
               "userId": format!("u{}", n % 17), "properties": {"n": n}})
    };
    json!({ "batch": (first..first + BATCH).map(event).collect::<Vec<_>>() })
}

/// Looks around; the first numbers of the batches that were answered.
pub async fn browse(scene: Scene) -> Vec<u64> {
    let mut answered = vec![];
    loop {
        let first = scene.counters.views.fetch_add(BATCH, Ordering::Relaxed);
        if !scene.takes(views(first)).await {
            return answered;
        }
        answered.push(first);
    }
}

/// Orders; the numbers that were answered.
pub async fn order(scene: Scene) -> Vec<u64> {
    let mut answered = vec![];
    for _ in 0..ORDERS {
        let n = scene.counters.orders.fetch_add(1, Ordering::Relaxed);
        let order = json!({"type": "track", "event": "Order Completed",
            "messageId": format!("o{n}"), "userId": format!("c{}", n % CUSTOMERS),
            "properties": {"order_id": format!("o{n}"), "total": 1, "currency": "GBP"}});
        if !scene.takes(json!({ "batch": [order] })).await {
            break;
        }
        answered.push(n);
    }
    answered
}

/// How many statements each request of a login makes.
const STATEMENTS: [usize; 4] = [2, 1, 1, 1];

/// The requests of one login: a browser and a customer who do not know of each other, the login
/// that makes them one, an alias ahead of its first event, and that event.
fn login(n: u64) -> [Vec<Value>; 4] {
    let (browser, user, earlier) = (format!("b{n}"), format!("k{n}"), format!("p{n}"));
    let id = |at: usize| format!("l{n}-{at}");
    [
        vec![
            json!({"type": "track", "event": "Cart Updated", "messageId": id(0),
                "anonymousId": browser}),
            json!({"type": "track", "event": "Store Visited", "messageId": id(1),
                "userId": user}),
        ],
        vec![
            json!({"type": "identify", "messageId": id(2), "anonymousId": browser,
                "userId": user, "traits": {"plan": "gold"}}),
        ],
        vec![json!({"type": "alias", "messageId": id(3), "previousId": earlier, "userId": user})],
        vec![
            json!({"type": "track", "event": "Product Viewed", "messageId": id(4),
                "anonymousId": earlier}),
        ],
    ]
}

/// Customers log in, one after the other.
pub async fn log_in(scene: Scene) -> Vec<Login> {
    let mut logins = vec![];
    loop {
        let number = scene.counters.logins.fetch_add(1, Ordering::Relaxed);
        let mut answered = 0;
        for batch in login(number) {
            if !scene.takes(json!({ "batch": batch })).await {
                logins.push(Login { number, answered });
                return logins;
            }
            answered += 1;
        }
        logins.push(Login { number, answered });
    }
}

/// Somebody who got a mail says no by its link; the address and when it was answered.
pub async fn unsubscribe(scene: Scene) -> Vec<(String, Instant)> {
    let receipts = scene.sink.receipts();
    let new = receipts
        .iter()
        .find(|receipt| !scene.said_no.contains(&receipt.recipient));
    let Some((receipt, token)) = new.and_then(|new| Some((new, token(new)?))) else {
        return vec![];
    };
    let request = scene.http.post(format!("{}/u/{token}", scene.base));
    let Ok(said) = request.body("List-Unsubscribe=One-Click").send().await else {
        return vec![];
    };
    // Only a whole answer is one.
    if !said.status().is_success() || said.bytes().await.is_err() {
        return vec![];
    }
    vec![(receipt.recipient.clone(), Instant::now())]
}

/// The token of a mail's List-Unsubscribe.
fn token(receipt: &Receipt) -> Option<String> {
    let text = String::from_utf8_lossy(&receipt.data);
    let (_, rest) = text.split_once("/u/")?;
    let part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    Some(rest.chars().take_while(part).collect())
}
