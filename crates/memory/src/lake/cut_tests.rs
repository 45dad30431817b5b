//! What a cut promises, on both stores.

use serde_json::json;
use store::Db;

use super::tests::answer;
use crate::Memory;
use crate::tests::{go_away_after, send, track};

/// How often somebody asks for a view and stops waiting, each time a little later.
const ROUNDS: usize = 40;
/// What happens before each.
const EVENTS: usize = 5;

store::test! {
    async fn who_stops_waiting_for_a_view_leaves_the_next_one_whole(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        for round in 0..ROUNDS {
            let viewed = |number| {
                let who = json!({"userId": format!("user-{round}-{number}")});
                track("Product Viewed", who, json!({}))
            };
            send(&memory, (0..EVENTS).map(viewed).collect()).await;
            go_away_after(round, memory.lake().view()).await;
        }
        let view = memory.lake().view().await.unwrap();
        let happened = ROUNDS * EVENTS;
        for table in ["events", "customers"] {
            let counted = answer(&view, &format!("SELECT count(*) AS n FROM {table}")).await;
            assert!(counted.contains(&format!("| {happened} |")), "{table}: {counted}");
        }
    }
}
