//! Jobs and leases on both stores.

use super::*;
use crate::Db;

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
        assert_eq!(progress(&db, id, &body, 5, Some(10)).await.unwrap(), State::Queued);
        assert_eq!(get(&db, id).await.unwrap().unwrap().state, State::Running);
        assert!(request_cancel(&db, id).await.unwrap());
        assert_eq!(progress(&db, id, &body, 6, Some(10)).await.unwrap(), State::Cancelling);
        finish(&db, id, State::Cancelled, None).await.unwrap();
        assert!(!request_cancel(&db, id).await.unwrap());
        assert_eq!(list(&db, "import", JobId(u64::MAX), 10).await.unwrap().len(), 1);
    }
}
