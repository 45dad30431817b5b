//! Recall: nobody makes the offer any more, on any node, within a second; undoing brings it back.

use std::time::{Duration, Instant};

use gate::Role;
use gate::test_support::{call, gate, sign_in};
use memory::Memory;
use serde_json::json;
use store::Db;

use crate::Decider;
use crate::test_support::{ask, catalog, decider, known, offer, placement};

/// What is promised.
const PROMISE: Duration = Duration::from_secs(1);

async fn offers(decider: &Decider) -> Vec<String> {
    let answer = decider.decide(&ask("u1", &["home"])).await;
    let offers = answer.placements.into_iter().flat_map(|place| place.offers);
    offers.map(|offer| offer.offer).collect()
}

/// Asks again and again until a decider answers as wanted; how long that took.
async fn until(decider: &Decider, wanted: &[&str]) -> Duration {
    let started = Instant::now();
    while offers(decider).await != wanted {
        assert!(
            started.elapsed() < 20 * PROMISE,
            "it never came to {wanted:?}"
        );
        tokio::task::yield_now().await;
    }
    started.elapsed()
}

store::test! {
    async fn a_recall_stops_an_offer_on_every_node_within_a_second(db: Db) {
        let definitions = [
            offer("sale", json!({})),
            offer("small", json!({"value_cents": 500, "category": "hats"})),
            placement("home", "web", json!({})),
        ];
        let memory = Memory::open(db.clone()).await.unwrap();
        let here = decider(&memory, &definitions).await;
        known(&memory, "u1", json!({})).await;
        // On PostgreSQL the second node has a memory of its own.
        let there = match db.exclusive() {
            true => here.clone(),
            false => {
                let there = Decider::new(Memory::open(db.clone()).await.unwrap());
                there.install(catalog(&definitions)).await.unwrap();
                there
            }
        };
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let follower = tokio::spawn(there.clone().follow_stopped(stopped));
        let gate = gate(&db, &[]).await;
        let (router, _) = crate::routes().split_for_parts();
        let router = gate::enter(router.with_state(here.clone()), gate);
        let marketer = sign_in(&db, Role::Marketer).await;
        let agent = sign_in(&db, Role::Agent).await;
        assert_eq!(offers(&there).await, ["sale"]);

        let line = "PUT /api/offers/sale/recall";
        let body = Some(json!({"reason": "the price was wrong"}));
        let refused = call(&router, &agent, line, &[], body.clone()).await;
        assert_eq!(refused.status, 403);
        let empty = call(&router, &marketer, line, &[], Some(json!({"reason": " "}))).await;
        assert_eq!(empty.status, 422);
        let unknown = call(&router, &marketer, "PUT /api/offers/gone/recall", &[], body.clone());
        assert_eq!(unknown.await.status, 404);
        let done = call(&router, &marketer, line, &[], body).await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        assert_eq!(offers(&here).await, ["small"], "the node that was asked knows at once");
        let took = until(&there, &["small"]).await;
        assert!(took < PROMISE, "the other node took {took:?}");
        // A contact that stood before the recall is not shown again either.
        assert_eq!(there.recall_of("sale").unwrap().reason, "the price was wrong");
        let preview = there.preview(&ask("u1", &["home"])).await.unwrap();
        let sale = preview.proposals.iter().find(|p| p.offer == "sale").unwrap();
        assert_eq!(sale.reasons[0].code, "recalled");

        let undone = call(&router, &marketer, "DELETE /api/offers/sale/recall", &[], None).await;
        assert_eq!((undone.status, &undone.body), (200, &json!([])));
        let took = until(&there, &["sale"]).await;
        assert!(took < PROMISE, "the other node took {took:?}");
        let again = call(&router, &marketer, "DELETE /api/offers/sale/recall", &[], None).await;
        assert_eq!(again.status, 404);
        stop.send_replace(true);
        follower.await.unwrap();
    }
}
