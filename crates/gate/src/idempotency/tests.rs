//! Idempotency keys on both stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use store::Db;

use super::{KEPT_MS, once};
use crate::problem::code;

/// A call that counts how often it is really done.
#[derive(Default)]
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn work(&self, status: StatusCode) -> impl Future<Output = Response> + Send + use<> {
        let count = self.0.clone();
        async move {
            let times = count.fetch_add(1, Ordering::Relaxed) + 1;
            let body = axum::Json(serde_json::json!({ "times": times }));
            (status, body).into_response()
        }
    }
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1000)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

store::test! {
    async fn a_repeated_call_gets_the_first_answer(db: Db) {
        let calls = Counted::default();
        let first = once(&db, "a", Some("k"), b"{}", calls.work(StatusCode::CREATED)).await;
        let again = once(&db, "a", Some("k"), b"{}", calls.work(StatusCode::CREATED)).await;
        let (first, again) = (first.unwrap(), again.unwrap());
        assert_eq!((first.status(), again.status()), (StatusCode::CREATED, StatusCode::CREATED));
        assert_eq!(again.headers()["content-type"], "application/json");
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(text(first).await, text(again).await);
        let other = once(&db, "b", Some("k"), b"{}", calls.work(StatusCode::OK)).await.unwrap();
        assert_eq!(text(other).await, "{\"times\":2}");
    }
}

store::test! {
    async fn another_body_is_refused_and_after_a_day_the_key_is_free(db: Db) {
        let calls = Counted::default();
        once(&db, "a", Some("k"), b"1", calls.work(StatusCode::OK)).await.unwrap();
        let refused = once(&db, "a", Some("k"), b"2", calls.work(StatusCode::OK)).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), code::KEY_REUSED);
        let told = text(refused.into_response()).await;
        assert!(told.contains("\"hint\":\"take a new key for a new call"), "{told}");
        db.clock().advance_ms(KEPT_MS + 1);
        once(&db, "a", Some("k"), b"2", calls.work(StatusCode::OK)).await.unwrap();
        assert_eq!(calls.0.load(Ordering::Relaxed), 2);
        db.clock().advance_ms(KEPT_MS + 1);
        assert_eq!(super::forget_old(&db).await.unwrap(), 1);
    }
}

store::test! {
    async fn a_call_in_flight_is_not_done_twice_and_a_lost_one_can_be_repeated(db: Db) {
        let calls = Counted::default();
        let (store, same) = (db.clone(), calls.work(StatusCode::OK));
        let again = calls.work(StatusCode::OK);
        let inner = async move {
            let same = once(&store, "a", Some("k"), b"{}", same).await;
            assert_eq!(same.unwrap_err().code(), code::IN_FLIGHT);
            store.clock().advance_ms(super::LOST_MS + 1);
            once(&store, "a", Some("k"), b"{}", again).await.unwrap()
        };
        once(&db, "a", Some("k"), b"{}", inner).await.unwrap();
        assert_eq!(calls.0.load(Ordering::Relaxed), 1);
    }
}

store::test! {
    async fn a_failure_of_ours_is_not_kept(db: Db) {
        let calls = Counted::default();
        let failing = calls.work(StatusCode::SERVICE_UNAVAILABLE);
        once(&db, "a", Some("k"), b"{}", failing).await.unwrap();
        let second = once(&db, "a", Some("k"), b"{}", calls.work(StatusCode::OK)).await.unwrap();
        assert_eq!(text(second).await, "{\"times\":2}");
    }
}

store::test! {
    async fn a_call_whose_caller_went_away_is_done_and_its_answer_kept(db: Db) {
        let calls = Counted::default();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
        let work = calls.work(StatusCode::CREATED);
        let slow = async move {
            begun.send(()).unwrap();
            may_go_on.await.unwrap();
            work.await
        };
        tokio::select! {
            _ = once(&db, "a", Some("k"), b"{}", slow) => panic!("answered too early"),
            _ = has_begun => {}
        }
        // The caller's time is over.
        go_on.send(()).unwrap();
        let mut answered = None;
        for _ in 0..1_000 {
            let again = once(&db, "a", Some("k"), b"{}", calls.work(StatusCode::OK)).await;
            match again {
                Err(problem) => assert_eq!(problem.code(), code::IN_FLIGHT),
                Ok(answer) => {
                    answered = Some(answer);
                    break;
                }
            }
        }
        assert_eq!(text(answered.expect("an answer")).await, "{\"times\":1}");
    }
}
