//! Simulated visits of the past month, so that web analytics has something to show at once. They
//! only look around: nothing that a journey would answer today.

use serde_json::Value;
use store::{Random, Timestamp};

use super::visit::{Call, Visitors};
use crate::demo::orders::History;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// How far back.
const DAYS: i64 = 30;
/// Visits in all.
const VISITS: u64 = 900;
/// Reading takes longer than in the visits one watches.
const SLOWER: i64 = 9;

/// What visitors looked at in the past month, oldest first.
pub fn events(history: &History, now: Timestamp, seed: u64) -> Vec<Value> {
    let visitors = Visitors::of(history);
    // Others than the visitors who come today.
    let random = Random::seeded(seed ^ 0x9a57);
    let mut events: Vec<(Timestamp, Value)> = Vec::new();
    for _ in 0..VISITS {
        let mut visit = visitors.arrive(random.u64());
        // More visits lately, and in the evening.
        let days_ago = (random.fraction().powf(1.3) * DAYS as f64) as i64;
        let hour = 8 + ((random.fraction() + random.fraction()) * 7.5) as i64;
        let minute_ms = (random.u64() % 3_600_000) as i64;
        let midnight = now.0 - now.0.rem_euclid(DAY_MS) - (days_ago + 1) * DAY_MS;
        let mut at = Timestamp(midnight + hour * HOUR_MS + minute_ms);
        while !visit.over() {
            for call in visit.step(&visitors, at) {
                if let Call::Tell(told) = call {
                    events.extend(told.into_iter().filter(looks).map(|event| (at, event)));
                }
            }
            at = at.plus_ms(visit.pause_ms() as i64 * SLOWER);
        }
    }
    events.sort_by_key(|(at, _)| *at);
    events.into_iter().map(|(_, event)| event).collect()
}

fn looks(event: &Value) -> bool {
    let name = event["event"].as_str().unwrap_or_default();
    event["type"] == "page" || matches!(name, "Product Viewed" | "Product List Viewed")
}

#[test]
fn past_visits_look_around_within_the_month() {
    let now = Timestamp(1_772_366_400_000);
    let history = crate::demo::orders::load(now);
    let all = events(&history, now, 1);
    assert!(all.len() > 2_000, "{}", all.len());
    assert_eq!(all, events(&history, now, 1));
    for event in all {
        let at = Timestamp::parse(event["timestamp"].as_str().unwrap()).unwrap();
        assert!(at < now && at.0 > now.0 - (DAYS + 2) * DAY_MS);
    }
}
