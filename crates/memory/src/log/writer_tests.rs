//! What the writer promises when many ask at once, on both stores.

use futures::future::join_all;
use serde_json::json;
use store::Db;

use super::{Verdict, db as log_db};
use crate::tests::{send, track, try_send, user};
use crate::{Error, Memory};

/// Customers who do something at the same time.
const CUSTOMERS: usize = 5;
/// Requests under way at once.
const AT_ONCE: usize = 60;

store::test! {
    async fn what_comes_later_has_a_higher_number(db: Db) {
        let memory = Memory::open(db).await.unwrap();
        let mut last = 0;
        for round in 0..12 {
            let requests = (0..8).map(|number| {
                let who = json!({"userId": format!("user-{number}")});
                send(&memory, vec![track("Product Viewed", who, json!({"round": round}))])
            });
            let verdicts: Vec<Verdict> = join_all(requests).await.concat();
            let seqs = verdicts.iter().map(|verdict| match verdict {
                Verdict::Accepted { seq, .. } => *seq,
                other => panic!("{other:?}"),
            });
            let seqs: Vec<u64> = seqs.collect();
            assert!(seqs.iter().all(|seq| *seq > last), "{seqs:?} after {last}");
            last = seqs.into_iter().max().unwrap();
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
        let answers = join_all(requests).await;
        let mut customers = vec![];
        for number in 0..CUSTOMERS {
            customers.push(user(&memory, &format!("user-{number}")).await);
        }
        for (number, verdicts) in answers.iter().enumerate() {
            let expected = customers[number % CUSTOMERS].id;
            let here = |verdict: &Verdict| {
                matches!(verdict, Verdict::Accepted { customer_id, .. } if *customer_id == expected)
            };
            assert!(verdicts.iter().all(here), "{verdicts:?} beside {expected}");
        }
        for customer in customers {
            assert_eq!(customer.state.rows_count as usize, AT_ONCE / CUSTOMERS * 3);
        }
    }
}

store::test! {
    async fn an_orderly_stop_answers_for_what_it_has_written_and_refuses_the_rest(db: Db) {
        let mut accepted = 0;
        for round in 0..16 {
            let memory = Memory::open(db.clone()).await.unwrap();
            let mut under_way = tokio::task::JoinSet::new();
            for number in 0..AT_ONCE {
                let who = json!({"userId": format!("user-{number}")});
                let (events, memory) = (vec![track("Viewed", who, json!({}))], memory.clone());
                under_way.spawn(async move { try_send(&memory, events).await });
            }
            // As far as it has come by then: at every round a little further.
            for _ in 0..round {
                tokio::task::yield_now().await;
            }
            memory.close().await.unwrap();
            let before = log_db::newest(&db).await.unwrap();
            let answers = under_way.join_all().await;
            let refused = |error: &Error| matches!(error, Error::Closed);
            assert!(answers.iter().all(|a| a.as_ref().err().is_none_or(refused)), "{answers:?}");
            assert_eq!(log_db::newest(&db).await.unwrap(), before, "written after the stop");
            accepted += answers.iter().flatten().flatten().count();
            let kept = log_db::after(&db, 0, 10_000).await.unwrap();
            assert_eq!(kept.len(), accepted, "round {round}");
        }
    }
}
