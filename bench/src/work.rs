//! Work: the requests that the load client sends, the same for the same seed.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// Events in one batch.
pub const BATCH_EVENTS: usize = 100;

/// What to send.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Work {
    /// Every customer introduces itself, in batches.
    Introduce { customers: u64 },
    /// Customers browse and buy, in batches.
    Browse { customers: u64 },
    /// A page asks for offers.
    Decide { customers: u64 },
}

impl Work {
    /// The path that takes this work.
    pub fn path(self) -> &'static str {
        match self {
            Work::Introduce { .. } | Work::Browse { .. } => "/v1/batch",
            Work::Decide { .. } => "/v1/decisions",
        }
    }

    /// What every answer contains.
    pub fn answer(self) -> &'static str {
        match self {
            Work::Introduce { .. } | Work::Browse { .. } => "\"success\":true",
            Work::Decide { .. } => "\"decision_id\":\"dec_",
        }
    }

    /// The body of the request with a number.
    pub fn body(self, seed: u64, number: u64) -> String {
        match self {
            Work::Introduce { customers } => introduction(customers, number),
            Work::Browse { customers } => batch(
                &rows(customers, seed, number)
                    .iter()
                    .map(Row::json)
                    .collect::<Vec<_>>(),
            ),
            Work::Decide { customers } => {
                let customer = Chance::new(seed, number).below(customers);
                format!(
                    "{{\"customer\":{{\"user_id\":\"user-{customer:07}\"}},\
                     \"placements\":[\"bench_banner\"],\
                     \"context\":{{\"page\":\"/\",\"category\":\"{}\"}},\"deadline_ms\":1000}}",
                    CATEGORIES[(customer % 8) as usize]
                )
            }
        }
    }
}

const CATEGORIES: [&str; 8] = [
    "kitchen",
    "garden",
    "toys",
    "lights",
    "bags",
    "cards",
    "candles",
    "christmas",
];
const CITIES: [&str; 5] = ["Leeds", "Bristol", "York", "Bath", "Derby"];

fn batch(items: &[String]) -> String {
    format!("{{\"batch\":[{}]}}", items.join(","))
}

fn introduction(customers: u64, number: u64) -> String {
    let first = number * BATCH_EVENTS as u64;
    let last = (first + BATCH_EVENTS as u64).min(customers);
    let items: Vec<String> = (first..last)
        .map(|customer| {
            format!(
                "{{\"type\":\"identify\",\"messageId\":\"i-{customer}\",\
                 \"userId\":\"user-{customer:07}\",\"anonymousId\":\"device-{customer:07}\",\
                 \"traits\":{{\"email\":\"user-{customer:07}@example.com\",\"age\":{},\
                 \"city\":\"{}\",\"tier\":{},\"favourite\":\"{}\"}}}}",
                18 + customer % 60,
                CITIES[(customer % 5) as usize],
                customer % 4,
                CATEGORIES[(customer % 8) as usize],
            )
        })
        .collect();
    batch(&items)
}

/// One event of a browsing customer.
pub struct Row {
    /// Whose event it is.
    pub customer: u64,
    pub message_id: String,
    rest: String,
    known: bool,
}

impl Row {
    /// The event in the Segment form.
    pub fn json(&self) -> String {
        let Row {
            customer,
            message_id,
            rest,
            known,
        } = self;
        let user = if *known {
            format!("\"userId\":\"user-{customer:07}\",")
        } else {
            String::new()
        };
        format!(
            "{{\"messageId\":\"{message_id}\",{user}\"anonymousId\":\"device-{customer:07}\",{rest},\
             \"context\":{{\"ip\":\"203.0.113.7\",\"locale\":\"en-GB\",\
             \"library\":{{\"name\":\"bench\",\"version\":\"1\"}},\
             \"page\":{{\"path\":\"/p\",\"url\":\"https://shop.example/p\"}}}}}}"
        )
    }
}

/// The events of the batch with a number.
pub fn rows(customers: u64, seed: u64, number: u64) -> Vec<Row> {
    let mut chance = Chance::new(seed, number);
    (0..BATCH_EVENTS)
        .map(|place| {
            // A tenth of the customers makes most of the visits.
            let all = chance.below(10) < 4;
            let customer = chance.below(if all {
                customers
            } else {
                customers.div_ceil(10)
            });
            let known = chance.below(4) > 0;
            let message_id = format!("{seed:x}-{number}-{place}");
            Row {
                customer,
                message_id,
                rest: event(&mut chance),
                known,
            }
        })
        .collect()
}

fn event(chance: &mut Chance) -> String {
    let product = chance.below(4000);
    let price = 50 + chance.below(2000);
    let category = CATEGORIES[(product % 8) as usize];
    let item = format!(
        "\"product_id\":\"{product}\",\"name\":\"WHITE HANGING HEART T-LIGHT HOLDER\",\
         \"category\":\"{category}\",\"price\":{}.{:02},\"quantity\":{},\"currency\":\"GBP\"",
        price / 100,
        price % 100,
        1 + product % 5,
    );
    let mut text = String::new();
    let written = match chance.below(20) {
        0..4 => write!(
            text,
            "\"type\":\"page\",\"name\":\"Home\",\"properties\":{{\"path\":\"/\"}}"
        ),
        4..16 => track(&mut text, "Product Viewed", &item),
        16..19 => track(
            &mut text,
            "Product Added",
            &format!("{item},\"cart_id\":\"{product}\""),
        ),
        _ => {
            let order = chance.below(u64::MAX);
            let order = format!(
                "\"order_id\":\"{order:x}\",\"total\":{}.00,\"currency\":\"GBP\",\
                 \"products\":[{{{item}}}]",
                price / 10
            );
            track(&mut text, "Order Completed", &order)
        }
    };
    written.expect("a text takes any text");
    text
}

fn track(text: &mut String, name: &str, properties: &str) -> std::fmt::Result {
    write!(
        text,
        "\"type\":\"track\",\"event\":\"{name}\",\"properties\":{{{properties}}}"
    )
}

/// Repeatable chance (splitmix64).
pub struct Chance(u64);

impl Chance {
    /// The chance of one request.
    pub fn new(seed: u64, number: u64) -> Chance {
        Chance(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03),
        )
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

#[test]
fn every_body_is_json_and_the_same_again() {
    let kinds = [
        Work::Introduce { customers: 250 },
        Work::Browse { customers: 250 },
        Work::Decide { customers: 250 },
    ];
    for work in kinds {
        let body = work.body(7, 2);
        assert_eq!(body, work.body(7, 2));
        serde_json::from_str::<serde_json::Value>(&body).unwrap();
    }
    let last: serde_json::Value = serde_json::from_str(&kinds[0].body(7, 2)).unwrap();
    assert_eq!(last["batch"].as_array().unwrap().len(), 50);
}
