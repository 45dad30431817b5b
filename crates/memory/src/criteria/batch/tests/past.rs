//! A rule as of a moment in the past is answered as if everything since had not been told: neither
//! the way in which something was said nor when it arrived matters.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::test_support::sqlite;
use store::{Db, Random, Timestamp};

use crate::Memory;
use crate::criteria::batch::{Request, over_lake};
use crate::criteria::{Criteria, DAY_MS, read};
use crate::event::prepare;
use crate::event::wire::{Form, Item, parse_item};
use crate::identity::IdentifierKind;
use crate::lake::tests::hasty;

const TOLD: u64 = 120;
const PEOPLE: u64 = 6;
/// Days of the story, each of whose ends is asked about.
const DAYS: u64 = 6;

fn rules() -> Vec<Criteria> {
    let bought = json!({ "event": "Order Completed", "at_least": 1 });
    let rules = [
        json!({ "attribute": "plan", "equals": "gold" }),
        json!({ "not": { "attribute": "plan", "exists": true } }),
        json!({ "attribute": "age", "at_least": 30 }),
        json!({ "all": [bought, { "any": [{ "attribute": "plan", "not_equals": "gold" },
            { "attribute": "age", "less": 25 }] }] }),
    ];
    rules.iter().map(|rule| read(rule).unwrap()).collect()
}

/// Something told, and when it happened.
struct Told {
    at: Timestamp,
    form: Form,
    json: Value,
}

/// Somebody's attributes, told alone or beside an event, for good or only where nothing is known.
fn told(random: &Random, now: Timestamp, number: u64) -> Told {
    let pick = |among: u64| random.u64() % among;
    let who = format!("user{}", pick(PEOPLE));
    let late = if pick(3) == 0 {
        pick(2 * DAY_MS as u64) as i64
    } else {
        0
    };
    let at = Timestamp(now.0 - late);
    let plan = [json!("gold"), json!("basic"), json!("gold"), Value::Null];
    let said = match pick(2) {
        0 => json!({ "plan": plan[pick(4) as usize] }),
        _ => json!({ "age": 20 + pick(20) }),
    };
    let posthog = |event: &str, properties: Value| {
        json!({ "event": event, "distinct_id": who, "uuid": format!("m{number}"),
            "timestamp": at, "properties": properties })
    };
    let (form, json) = match pick(5) {
        0 => (
            Form::PostHog,
            posthog("Order Completed", json!({ "$set": said })),
        ),
        1 => (
            Form::PostHog,
            posthog("Order Completed", json!({ "$set_once": said })),
        ),
        2 => (Form::PostHog, posthog("$set", json!({ "$set_once": said }))),
        3 => (
            Form::PostHog,
            posthog("Product Viewed", json!({ "total": 3 })),
        ),
        _ => {
            let identify = json!({ "type": "identify", "userId": who, "traits": said,
                "messageId": format!("m{number}"), "timestamp": at });
            (Form::Batch, identify)
        }
    };
    Told { at, form, json }
}

async fn tell(memory: &Memory, told: &Told) {
    let Item::Event(event) = parse_item(told.form, &told.json.to_string()) else {
        panic!("not understood: {}", told.json)
    };
    let db = memory.db();
    let event = prepare(event, 1, db.now(), db.random()).unwrap();
    memory.ingest(vec![event]).await.unwrap();
}

/// Who satisfies a rule, by name, and how many customers there are.
async fn counted(
    memory: &Memory,
    rule: &Criteria,
    at: Timestamp,
    past: bool,
) -> (BTreeSet<u64>, u64) {
    let request = Request {
        criteria: rule,
        now_ms: at.0,
        past,
        zone: TimeZone::UTC,
        segment: &|_| None,
    };
    let view = memory.lake().view().await.unwrap();
    let counted = over_lake(&view, request).await.unwrap();
    let mut names = BTreeSet::new();
    for person in 0..PEOPLE {
        let name = format!("user{person}");
        let found = memory.find(IdentifierKind::UserId, &name).await.unwrap();
        if found.is_some_and(|id| counted.customers.contains(id.0)) {
            names.insert(person);
        }
    }
    (names, counted.population)
}

store::test! {
    async fn a_rule_of_the_past_knows_nothing_of_later(db: Db) {
        let random = Random::seeded(11);
        let memory = hasty(&db).await;
        db.clock().advance_ms(3 * DAY_MS);
        let (mut all, mut ends) = (vec![], vec![]);
        for number in 0..TOLD {
            let one = told(&random, db.now(), number);
            tell(&memory, &one).await;
            all.push(one);
            db.clock().advance_ms((random.u64() % (DAY_MS as u64 / 10)) as i64 + 1);
            if number % 25 == 7 {
                memory.lake().round("one").await.unwrap();
            }
            if number % (TOLD / DAYS) == 0 {
                ends.push(db.now());
            }
        }
        memory.lake().round("one").await.unwrap();
        for round in 0..2 {
            let mut held = 0;
            for end in &ends {
                let before = sqlite().await;
                before.db.clock().advance_ms(end.0 - before.db.now().0);
                let then = Memory::open(before.db.clone()).await.unwrap();
                for one in all.iter().filter(|one| one.at <= *end) {
                    tell(&then, one).await;
                }
                for rule in rules() {
                    let expected = counted(&then, &rule, *end, false).await;
                    let found = counted(&memory, &rule, *end, true).await;
                    assert_eq!(found, expected, "{rule:?} as of {end} in round {round}");
                    held += expected.0.len();
                }
                then.close().await.unwrap();
            }
            assert!(held >= 20, "{held}");
            memory.lake().archive_all("one").await.unwrap();
        }
        memory.close().await.unwrap();
    }
}
