//! What the writer promises whichever lane a request takes, on both stores.

use futures::future::join_all;
use serde_json::json;
use store::Db;

use super::Verdict;
use crate::Memory;
use crate::tests::{send, track, user};

/// Customers who do something at the same time.
const CUSTOMERS: usize = 5;
/// Requests under way at once.
const AT_ONCE: usize = 60;

store::test! {
    async fn what_comes_later_has_a_higher_number(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let mut last = 0;
        for number in 0..12 {
            let viewed = track("Product Viewed", json!({"userId": "ann"}), json!({"sku": number}));
            let verdicts = send(&memory, vec![viewed]).await;
            let Verdict::Accepted { seq, .. } = verdicts[0] else { panic!("{verdicts:?}") };
            assert!(seq > last, "{seq} after {last}");
            last = seq;
        }
    }
}

store::test! {
    async fn nothing_is_lost_when_the_same_few_do_much_at_once(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        // Everybody is new, so that many requests make the same customers known at once.
        let requests = (0..AT_ONCE).map(|number| {
            let who = json!({"userId": format!("user-{}", number % CUSTOMERS)});
            let viewed = |at| track("Viewed", who.clone(), json!({"number": number, "at": at}));
            send(&memory, (0..3).map(viewed).collect())
        });
        let verdicts = join_all(requests).await;
        for number in 0..CUSTOMERS {
            let customer = user(&memory, &format!("user-{number}")).await;
            for verdict in verdicts.iter().skip(number).step_by(CUSTOMERS).flatten() {
                let Verdict::Accepted { customer_id, .. } = verdict else { panic!("{verdict:?}") };
                assert_eq!(*customer_id, customer.id);
            }
            assert_eq!(customer.state.rows_count as usize, AT_ONCE / CUSTOMERS * 3);
        }
    }
}
