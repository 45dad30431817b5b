//! The live view through the router.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use gate::test_support::Caller;
use serde_json::json;
use store::Db;
use tower::ServiceExt;

use crate::tests::{House, house, send, track};

/// Reads the stream until it holds a text.
async fn read_until(house: &House, line: &str, text: &str) -> String {
    let Caller::Browser(token) = &house.marketer else {
        panic!()
    };
    let cookie = format!("{}={token}", gate::session::COOKIE);
    let request = Request::builder().uri(line).header("cookie", cookie);
    let answer = house
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body().into_data_stream();
    let mut read = String::new();
    while !read.contains(text) {
        let next = tokio::time::timeout(Duration::from_secs(5), body.next()).await;
        let next = next.unwrap_or_else(|_| panic!("no {text} in {read}"));
        read.push_str(&String::from_utf8_lossy(&next.unwrap().unwrap()));
    }
    read
}

store::test! {
    async fn events_are_seen_as_they_arrive_without_personal_values(db: Db) {
        let house = house(&db).await;
        send(&house.memory, vec![track("Early", json!({"userId": "ann"}), json!({"a": 1}))]).await;
        let memory = house.memory.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let events = vec![
                track("Late Visit", json!({"userId": "ann"}), json!({"email": "ann@example.com"})),
                track("Other", json!({"userId": "bea"}), json!({})),
            ];
            send(&memory, events).await;
        });
        let read = read_until(&house, "/api/events/live", "Other").await;
        assert!(read.contains("Early") && read.contains("Late Visit"), "{read}");
        assert!(!read.contains("ann@example.com"), "{read}");
        let read = read_until(&house, "/api/events/live?name=VISIT", "Late Visit").await;
        assert!(!read.contains("Other"), "{read}");
    }
}
