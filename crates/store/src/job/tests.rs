//! Jobs and leases on both stores.

use super::*;
use crate::{Db, Error};

crate::test! {
    async fn a_lease_has_one_holder_and_a_rising_fence(db: Db) {
        let first = lease(&db, "outbox", "a", 10_000).await.unwrap().unwrap();
        assert_eq!(first.fence, 1);
        assert!(lease(&db, "outbox", "b", 10_000).await.unwrap().is_none());
        assert_eq!(lease(&db, "outbox", "a", 10_000).await.unwrap().unwrap().fence, 1);
        db.clock().advance_ms(10_001);
        let second = lease(&db, "outbox", "b", 10_000).await.unwrap().unwrap();
        assert_eq!(second.fence, 2);
        let mut tx = db.begin().await.unwrap();
        assert!(still_held(&mut tx, &first).await.is_err());
        assert!(still_held(&mut tx, &second).await.is_ok());
    }
}

crate::test! {
    async fn a_job_reports_progress_and_can_be_cancelled(db: Db) {
        let id = create(&db, "import", &serde_json::json!({"rows": 0}), "ann").await.unwrap();
        let body = serde_json::json!({"rows": 5});
        let mine = (id, &Right::Alone);
        assert_eq!(progress(&db, mine, &body, 5, Some(10)).await.unwrap(), State::Queued);
        assert_eq!(get(&db, id).await.unwrap().unwrap().state, State::Running);
        assert!(request_cancel(&db, id).await.unwrap());
        assert_eq!(progress(&db, mine, &body, 6, Some(10)).await.unwrap(), State::Cancelling);
        finish(&db, mine, State::Cancelled, None).await.unwrap();
        assert!(!request_cancel(&db, id).await.unwrap());
        assert_eq!(list(&db, "import", JobId(u64::MAX), 10).await.unwrap().len(), 1);
    }
}

crate::test! {
    async fn a_process_that_paused_cannot_report_over_the_one_that_took_over(db: Db) {
        let id = create(&db, "import", &serde_json::json!({}), "ann").await.unwrap();
        let hold = async |who: &str| {
            let lease = lease(&db, "import:1", who, 10_000).await.unwrap();
            Right::Lease(lease.unwrap())
        };
        let paused = hold("a").await;
        let early = serde_json::json!({"row": 1});
        progress(&db, (id, &paused), &early, 1, None).await.unwrap();
        db.clock().advance_ms(10_001);
        let other = hold("b").await;
        let late = serde_json::json!({"row": 7});
        progress(&db, (id, &other), &late, 7, None).await.unwrap();
        let lost = |done: Result<(), Error>| matches!(done, Err(Error::LeaseLost(_)));
        let stale = progress(&db, (id, &paused), &early, 2, None).await;
        assert!(lost(stale.map(drop)));
        assert!(lost(finish(&db, (id, &paused), State::Failed, Some("late")).await));
        // Not even when the other's time is over: its work stands.
        db.clock().advance_ms(10_001);
        let _again = hold("a").await;
        assert!(lost(finish(&db, (id, &paused), State::Failed, Some("late")).await));
        let job = get(&db, id).await.unwrap().unwrap();
        assert_eq!((job.state, job.done_count, job.body), (State::Running, 7, late));
    }
}
