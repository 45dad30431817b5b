//! Whether the program lives and can serve, and its figures.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// Bounds of latencies, in seconds: from a decision in memory to a slow report.
const SECONDS: [f64; 13] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0,
];

/// The figures of this process; installed once, because the recorder is global.
pub fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, &SECONDS)
            .and_then(|builder| builder.install_recorder())
            .expect("the recorder is installed once and has bounds")
    };
    HANDLE.get_or_init(install).clone()
}

/// Keeps the memory of the figures bounded until `stop` is true.
pub async fn upkeep(figures: PrometheusHandle, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(Duration::from_secs(5)) => figures.run_upkeep(),
        }
    }
}

/// `/healthz`, `/readyz` and `/metrics`: for machines that watch, without sign-in.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "watching",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn live() -> &'static str {
    "ok\n"
}

/// Whether the program can serve: from the end of the migrations until the signal to stop, while
/// the store answers and the log is written.
#[utoipa::path(get, path = "/readyz", tag = "watching",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = String, content_type = "text/plain")))]
async fn ready(State(app): State<App>) -> impl IntoResponse {
    if *app.closing.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if !app.installed.memory.writes() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the log is not written\n");
    }
    let answer = gate::setting::db::get::<serde_json::Value>(&app.db, "ready").await;
    match answer {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the store does not answer\n",
            )
        }
    }
}

/// The figures of this process, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "watching",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.figures.render())
}

#[cfg(test)]
mod tests {
    use gate::test_support::{Caller, OPERATOR_SECRET, call};
    use store::Db;

    use super::*;
    use crate::Config;

    store::test! {
        async fn it_is_not_ready_once_the_log_is_not_written(db: Db) {
            let folder = tempfile::tempdir().unwrap();
            let config = Config { data: folder.path().to_owned(), ..Config::default() };
            let listening = config.listen;
            let app = App::over(db.clone(), config, listening, OPERATOR_SECRET).await.unwrap();
            let (router, _) = routes().split_for_parts();
            let router = router.with_state(app.clone());
            let ask = || call(&router, &Caller::Stranger, "GET /readyz", &[], None);
            assert_eq!(ask().await.status, 200);
            app.installed.memory.close().await.unwrap();
            let answer = ask().await;
            assert_eq!((answer.status, answer.body.as_str()), (503, Some("the log is not written\n")));
        }
    }
}
