//! What surrounds every call, through a router.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::{get, post};
use serde_json::{Value, json};
use store::Db;

use crate::test_support::{Caller, call, gate, send};
use crate::{Json, enter};

async fn echo(Json(body): Json<Vec<u32>>) -> Json<Vec<u32>> {
    Json(body)
}

async fn surrounded(db: &Db) -> Router {
    let router = Router::new()
        .route("/api/echo", post(echo))
        .route("/v1/track", post(async || "ok"))
        .route(
            "/api/panic",
            get(async || -> &'static str { panic!("on purpose") }),
        );
    enter(router, gate(db, &[]).await)
}

#[tokio::test]
async fn errors_of_the_router_are_problem_documents() {
    let store = store::test_support::sqlite().await;
    let router = surrounded(&store.db).await;
    let nobody = Caller::Stranger;
    let large = Value::String("x".repeat(3 << 20));
    for (line, body, status, code) in [
        ("GET /nowhere", None, 404, "not_found"),
        ("GET /api/echo", None, 405, "method_not_allowed"),
        ("POST /api/echo", None, 415, "unsupported_media_type"),
        ("POST /api/echo", Some(large), 413, "too_large"),
        (
            "POST /api/echo",
            Some(json!([1, "two"])),
            422,
            "invalid_body",
        ),
        ("GET /api/panic", None, 500, "internal"),
    ] {
        let answer = call(&router, &nobody, line, &[], body).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{line}"
        );
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(
            answer.headers["x-trace-id"],
            answer.body["trace_id"].as_str().unwrap()
        );
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn the_trace_of_the_caller_goes_on() {
    let store = store::test_support::sqlite().await;
    let router = surrounded(&store.db).await;
    let id = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{id}-b7ad6b7169203331-01");
    let sent = [("traceparent", parent.as_str())];
    let answer = call(&router, &Caller::Stranger, "GET /nowhere", &sent, None).await;
    assert_eq!(answer.body["trace_id"], id);
}

#[tokio::test]
async fn pages_of_other_sites_may_call_the_public_api_only() {
    let store = store::test_support::sqlite().await;
    let router = surrounded(&store.db).await;
    let preflight = |path: &str| {
        let request = Request::builder().method("OPTIONS").uri(path.to_owned());
        request.body(Body::empty()).unwrap()
    };
    let public = send(&router, preflight("/v1/track")).await;
    assert_eq!(
        (
            public.status,
            public.headers["access-control-allow-origin"].as_bytes()
        ),
        (204, b"*".as_slice())
    );
    let private = send(&router, preflight("/api/echo")).await;
    assert!(!private.headers.contains_key("access-control-allow-origin"));
}
