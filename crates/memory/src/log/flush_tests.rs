//! What writing behind promises, on both stores.

use serde_json::json;
use store::Db;

use crate::Memory;
use crate::tests::{go_away_after, send, track, user};

/// How often somebody stops waiting, each time a little later.
const ROUNDS: usize = 40;
/// New customers before each: several portions.
const CUSTOMERS: usize = 100;

store::test! {
    async fn who_stops_waiting_until_all_is_written_behind_loses_nothing(db: Db) {
        let memory = Memory::open(db.clone()).await.unwrap();
        let name = |round: usize, number: usize| format!("user-{round}-{number}");
        for round in 0..ROUNDS {
            let viewed = |number| {
                track("Product Viewed", json!({"userId": name(round, number)}), json!({}))
            };
            send(&memory, (0..CUSTOMERS).map(viewed).collect()).await;
            go_away_after(round, memory.flush()).await;
        }
        let last = json!({"userId": "last"});
        send(&memory, vec![track("Product Viewed", last, json!({}))]).await;
        memory.flush().await.unwrap();
        // Another one begins with what was written.
        let again = Memory::open(db).await.unwrap();
        for round in 0..ROUNDS {
            for number in (0..CUSTOMERS).step_by(33) {
                let customer = user(&again, &name(round, number)).await;
                assert_eq!(customer.state.rows_count, 1, "in round {round}");
            }
        }
    }
}
