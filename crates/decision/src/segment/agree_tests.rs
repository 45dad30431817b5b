//! One meaning along the whole way: what arrives twice, late, and for customers who turn out to be
//! one is told through the log, and live, kept and counted answers are the same.

use std::collections::{BTreeSet, HashMap};

use memory::criteria::{AttributeValue, Compiled, Criteria, DAY_MS, read};
use memory::customer::{CustomerFacts, db as customer_db};
use memory::event::prepare;
use memory::event::wire::{Form, Item, parse_item};
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::{Db, Random, Timestamp};
use tokio::sync::watch;

use super::count::{Moment, count};
use super::db;
use super::keep::Keeper;
use crate::Decider;
use crate::test_support::{decider, published};

/// What is told in a story, and how often everything is compared.
const STEPS: u64 = 240;
const COMPARED_EVERY: u64 = 60;
const PEOPLE: u64 = 12;

fn rules() -> Vec<Value> {
    let order = |more: Value| {
        let base = json!({ "event": "Order Completed" });
        crate::test_support::with(base, more)
    };
    let dear = json!([{ "property": "total", "at_least": 40 }]);
    let month = json!({ "rolling_days": 30 });
    vec![
        order(json!({ "at_least": 2 })),
        order(json!({ "at_least": 1, "within": month })),
        order(json!({ "less": 1, "within": { "rolling_days": 5 } })),
        order(json!({ "at_least": 1, "where": dear })),
        order(json!({ "measure": "sum", "of": "total", "at_least": 90, "within": month })),
        order(json!({ "measure": "average", "of": "total", "less": 40 })),
        json!({ "event": "Product Viewed", "measure": "distinct", "of": "category", "at_least": 3 }),
        json!({ "event": "Product Viewed", "measure": "last", "of": "category", "equals": "hats" }),
        json!({ "attribute": "plan", "equals": "gold" }),
        json!({ "not": { "attribute": "plan", "exists": true } }),
        json!({ "sequence": [{ "event": "Product Viewed" }, { "event": "Order Completed" }],
            "within_ms": 3 * DAY_MS }),
        json!({ "all": [{ "attribute": "plan", "not_equals": "gold" }, { "any": [
            order(json!({ "at_least": 1, "within": month })),
            { "not": { "event": "Product Viewed", "at_least": 2 } }] }] }),
    ]
}

struct House {
    memory: Memory,
    decider: Decider,
    keeper: Keeper,
    live: tokio::sync::broadcast::Receiver<std::sync::Arc<Vec<memory::log::LogRow>>>,
    stop: watch::Receiver<bool>,
    rules: Vec<Criteria>,
}

async fn house(db: &Db) -> House {
    let memory = Memory::open(db.clone()).await.unwrap();
    let live = memory.live();
    let segment = |(place, rule): (usize, Value)| {
        let body = json!({ "name": {"en": "one"}, "criteria": rule });
        published("segment", &format!("s{place}"), body)
    };
    let definitions: Vec<_> = rules().into_iter().enumerate().map(segment).collect();
    let decider = decider(&memory, &definitions).await;
    let (_, stop) = watch::channel(false);
    House {
        keeper: Keeper::new(decider.clone()),
        rules: rules().iter().map(|rule| read(rule).unwrap()).collect(),
        memory,
        decider,
        live,
        stop,
    }
}

impl House {
    async fn take(&self, event: &Value) {
        let Item::Event(event) = parse_item(Form::Batch, &event.to_string()) else {
            panic!("not understood: {event}")
        };
        let db = self.memory.db();
        let event = prepare(event, 1, db.now(), db.random()).unwrap();
        self.memory.ingest(vec![event]).await.unwrap();
    }

    async fn round(&mut self) {
        while let Ok(rows) = self.live.try_recv() {
            self.keeper.note(&rows);
        }
        self.memory.flush().await.unwrap();
        self.keeper.round(&self.stop).await.unwrap();
    }

    /// Everybody there is.
    async fn roots(&self) -> Vec<CustomerId> {
        let all = customer_db::roots(self.memory.db(), CustomerId(0), 1_000).await;
        all.unwrap()
    }

    /// Compares the three ways for every rule; how many answers were compared.
    async fn compare(&mut self) -> usize {
        self.round().await;
        let now = self.memory.db().now();
        let customers = self.memory.customers(&self.roots().await).await.unwrap();
        let context: HashMap<String, AttributeValue> = HashMap::new();
        let zone = &self.decider.catalog().default_zone;
        for (place, rule) in self.rules.iter().enumerate() {
            let compiled = Compiled::new(rule);
            let live: BTreeSet<u64> = customers
                .iter()
                .filter(|one| {
                    let facts = CustomerFacts::new(&one.state, &context, zone);
                    compiled.matches(&facts, now.0)
                })
                .map(|one| one.id.0)
                .collect();
            let counted = count(&self.decider, rule, Moment::Now).await.unwrap();
            let counted: BTreeSet<u64> = counted.customers.into_iter().collect();
            assert_eq!(counted, live, "counted, {rule:?}");
            let kept = db::members(self.memory.db(), &format!("s{place}")).await;
            let kept: BTreeSet<u64> = kept.unwrap().into_iter().collect();
            assert_eq!(kept, live, "kept, {rule:?}");
        }
        self.rules.len() * customers.len()
    }
}

/// One thing that somebody does, perhaps late, as themselves or in a browser.
fn deed(random: &Random, now: Timestamp, number: u64) -> Value {
    let pick = |among: u64| random.u64() % among;
    let person = pick(PEOPLE);
    let who = match pick(3) {
        0 => json!({ "anonymousId": format!("browser{person}") }),
        1 => json!({ "userId": format!("user{person}") }),
        // Signing in makes two customers one.
        _ => {
            json!({ "userId": format!("user{person}"), "anonymousId": format!("browser{person}") })
        }
    };
    let late = match pick(3) {
        0 => pick(45 * DAY_MS as u64) as i64,
        _ => 0,
    };
    let category = ["bags", "hats", "shoes", "belts"][pick(4) as usize];
    let what = match pick(5) {
        0 | 1 => json!({ "type": "track", "event": "Product Viewed",
            "properties": { "category": category } }),
        2 | 3 => json!({ "type": "track", "event": "Order Completed",
            "properties": { "total": pick(60), "category": category } }),
        _ => {
            json!({ "type": "identify", "traits": { "plan": (["gold", "basic"][pick(2) as usize]) } })
        }
    };
    let more = json!({ "messageId": format!("m{number}"), "timestamp": Timestamp(now.0 - late) });
    crate::test_support::with(crate::test_support::with(what, who), more)
}

store::test! {
    async fn live_kept_and_counted_agree_through_the_log(db: Db) {
        let random = Random::seeded(7);
        let mut house = house(&db).await;
        db.clock().advance_ms(60 * DAY_MS);
        house.round().await;
        let (mut compared, mut twice, mut merged) = (0, 0, 0);
        let mut told: Vec<Value> = vec![];
        for number in 0..STEPS {
            match random.u64() % 10 {
                // What a source sends again counts once.
                0 | 1 if !told.is_empty() => {
                    twice += 1;
                    house.take(&told[random.u64() as usize % told.len()]).await;
                }
                2 => {
                    house.memory.flush().await.unwrap();
                    let roots = house.roots().await;
                    let one = |among: &[CustomerId]| among[random.u64() as usize % among.len()];
                    if roots.len() > 4 && one(&roots) != roots[0] {
                        let (into, from) = (roots[0], one(&roots[1..]));
                        house.memory.merge(into, from).await.unwrap();
                        merged += 1;
                        if random.u64().is_multiple_of(2) {
                            house.memory.unmerge(into, from).await.unwrap();
                        }
                    }
                }
                3 => db.clock().advance_ms((random.u64() % (2 * DAY_MS as u64)) as i64),
                4 => house.round().await,
                5 if number % 4 == 0 => {
                    house.memory.flush().await.unwrap();
                    house.memory.lake().archive_all("one").await.unwrap();
                }
                _ => {
                    let event = deed(&random, db.now(), number);
                    house.take(&event).await;
                    told.push(event);
                }
            }
            if number % COMPARED_EVERY == COMPARED_EVERY - 1 {
                compared += house.compare().await;
            }
        }
        db.clock().advance_ms(31 * DAY_MS);
        compared += house.compare().await;
        assert!(compared >= 300 && twice >= 20 && merged >= 8, "{compared} {twice} {merged}");
        house.memory.close().await.unwrap();
    }
}
