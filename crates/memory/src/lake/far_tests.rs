//! Files in a bucket, and queries on a cluster: the same answers.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use jiff::tz::TimeZone;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use serde_json::json;
use store::lake::{Bucket, Engine, Place};
use store::test_support::sqlite;

use super::tests::{answer, dump, fill, hasty};
use super::{Lake, Settings, View};
use crate::Memory;
use crate::criteria::batch::{Counted, Request, over_lake};
use crate::criteria::{Criteria, read};
use crate::tests::{send, track, user};

async fn serve(State(service): State<S3Service>, request: axum::extract::Request) -> Response {
    match service.call(request.map(s3s::Body::http_body_unsync)).await {
        Ok(answer) => answer.map(axum::body::Body::new),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A server that speaks S3 over a folder with one bucket; its address.
pub(crate) async fn bucket(folder: &std::path::Path) -> String {
    std::fs::create_dir_all(folder.join("shop")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("the-key", "the-secret"));
    let router = axum::Router::new()
        .fallback(serve)
        .with_state(builder.build());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_a_bucket_answer_like_files_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = bucket(folder.path()).await;
    let (near, far) = (sqlite().await, sqlite().await);
    let beside = hasty(&near.db).await;
    let mut settings = Lake::usual_place(&far.db).await.unwrap();
    settings.upkeep = beside.lake().0.upkeep;
    settings.ground.place = Place::Bucket(Bucket {
        name: "shop".into(),
        prefix: "rapport/lake".into(),
        endpoint: Some(endpoint),
        region: Some("eu-central-1".into()),
        access_key: Some("the-key".into()),
        secret_key: Some("the-secret".into()),
    });
    let away = Memory::open_with(far.db.clone(), &settings).await.unwrap();
    for memory in [&beside, &away] {
        for _ in 0..5 {
            fill(memory).await;
            memory.lake().round("one").await.unwrap();
        }
        memory.lake().archive_all("one").await.unwrap();
    }
    assert!(folder.path().join("shop/rapport/lake/events").is_dir());
    let near = dump(&beside.lake().view().await.unwrap()).await;
    assert_eq!(dump(&away.lake().view().await.unwrap()).await, near);
    let customer = user(&away, "u3").await;
    let rows = away
        .lake()
        .older(&[customer.id], u64::MAX, 10)
        .await
        .unwrap();
    assert_eq!(rows.len(), 10);
    away.erase(customer.id).await.unwrap();
    let sql = format!(
        "SELECT count(*) AS n FROM events WHERE customer_id = {}",
        customer.id.0
    );
    let left = answer(&away.lake().view().await.unwrap(), &sql).await;
    assert!(left.contains("| 0 |"), "{left}");
}

/// A scheduler and one executor in this process, as a cluster has them; the scheduler's address.
pub(crate) async fn cluster() -> String {
    let scheduler = ballista_scheduler::standalone::new_standalone_scheduler()
        .await
        .unwrap();
    let address = format!("http://localhost:{}", scheduler.port());
    let client = loop {
        match SchedulerGrpcClient::connect(address.clone()).await {
            Ok(client) => break client,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let codec = BallistaCodec::default();
    ballista_executor::new_standalone_executor(client, 2, codec)
        .await
        .unwrap();
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_answers_like_this_process() {
    let store = sqlite().await;
    let memory = hasty(&store.db).await;
    for _ in 0..3 {
        fill(&memory).await;
        memory.lake().round("one").await.unwrap();
    }
    let (one, other) = (user(&memory, "u1").await.id, user(&memory, "u2").await.id);
    memory.merge(one, other).await.unwrap();
    let event = track(
        "Product Viewed",
        json!({"userId": "u2"}),
        json!({"price": 3}),
    );
    send(&memory, vec![event]).await;
    memory.flush().await.unwrap();

    let usual = Lake::usual_place(&store.db).await.unwrap();
    let mut settings = Settings { ..usual };
    settings.ground.engine = Engine::Ballista(cluster().await);
    let far = Memory::open_with(store.db.clone(), &settings)
        .await
        .unwrap();
    let near = memory.lake().view().await.unwrap();
    let view = far.lake().view().await.unwrap();
    for sql in [
        "SELECT name, count(*) AS n FROM events GROUP BY name ORDER BY name",
        "SELECT customer_id, count(*) AS n, max(occurred_at) AS l FROM events
             GROUP BY customer_id ORDER BY customer_id",
        "SELECT standing, count(*) AS n FROM customers GROUP BY standing",
        "SELECT count(DISTINCT customer_id) AS n FROM events WHERE name = 'Order Completed'",
        "SELECT c.customer_id, count(e.seq) AS n FROM customers c
             LEFT JOIN events e ON e.customer_id = c.customer_id AND e.name = 'Order Completed'
             GROUP BY c.customer_id HAVING count(e.seq) > 1 ORDER BY c.customer_id",
        "SELECT status, count(*) AS n FROM contacts GROUP BY status",
        "SELECT customer_id, seq, body FROM identifies ORDER BY seq LIMIT 5",
        "SELECT customer_id, seq, row_number() OVER (PARTITION BY customer_id ORDER BY seq) AS r
             FROM events ORDER BY customer_id, seq",
    ] {
        assert_eq!(answer(&view, sql).await, answer(&near, sql).await, "{sql}");
    }
    for rule in rules() {
        let rule = read(&rule).unwrap();
        for past in [false, true] {
            let now_ms = store.db.now().0 - if past { 5 * 60_000 } else { 0 };
            let (here, there) = (
                counted(&near, &rule, now_ms, past),
                counted(&view, &rule, now_ms, past),
            );
            let (here, there) = (here.await, tokio::time::timeout(WITHIN, there).await);
            let there = there.expect("the cluster takes too long");
            assert_eq!(there.customers, here.customers, "{rule:?}");
            assert_eq!(there.population, here.population, "{rule:?}");
            assert_eq!(there.conditions, here.conditions, "{rule:?}");
        }
    }
}

/// How long a cluster may take for a rule.
const WITHIN: Duration = Duration::from_secs(120);

/// Rules over everything that is kept of a customer, some of which no query can express.
fn rules() -> [serde_json::Value; 4] {
    let (seen, bought) = ("Product Viewed", "Order Completed");
    [
        json!({ "all": [{ "event": seen, "at_least": 3 }, { "any": [
            { "event": bought, "measure": "sum", "of": "total", "at_least": 60 },
            { "not": { "attribute": "age", "at_least": 35 } },
            { "event": seen, "at_least": 1, "where": [{ "property": "tags", "equals": "a" }] }] }] }),
        json!({ "any": [{ "sequence": [{ "event": seen }, { "event": bought }] },
            { "sequence": [{ "event": seen }], "without": { "event": bought }, "within_ms": 60_000 },
            { "consent": { "channel": "email", "purpose": "marketing" }, "is": "granted" }] }),
        json!({ "not": { "event": seen, "at_least": 3, "within": { "calendar": "day", "ago": 0 } } }),
        json!({ "all": [{ "event": seen, "measure": "last", "after": { "days_ago": 1 } },
            { "contacts": {}, "less": 1 }, { "responses": {}, "less": 1 }] }),
    ]
}

async fn counted(view: &View, rule: &Criteria, now_ms: i64, past: bool) -> Counted {
    let request = Request {
        criteria: rule,
        now_ms,
        past,
        zone: TimeZone::UTC,
        segment: &|_| None,
    };
    over_lake(view, request).await.unwrap()
}
