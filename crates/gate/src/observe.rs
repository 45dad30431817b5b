//! What surrounds every call: an id, a log line, figures, security headers, and no bare errors.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use metrics::{Counter, Histogram};
use parking_lot::RwLock;

use crate::problem::{Problem, Result, code};
use crate::{GateState, cross_origin};

/// Scripts only from ourselves. Styles may stand in attributes, as the component library sets
/// them; pictures may come from anywhere safe, because creatives link to them.
const CONTENT_POLICY: &str = "default-src 'self'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; \
    connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// The most text of a library's bare answer that goes into a problem document.
const LONGEST_TEXT: usize = 2048;

tokio::task_local! {
    static TRACE_ID: String;
}

/// The id of the call that is being answered; empty outside of one.
pub fn trace_id() -> String {
    TRACE_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Where a call came from. Can be a parameter of a handler.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The address of the caller, as far as proxies that we trust tell it.
    pub address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Origin> {
        let address = address(&parts.extensions);
        Ok(Origin { address })
    }
}

/// The address of the caller.
pub fn address(extensions: &Extensions) -> String {
    let origin = extensions.get::<Origin>();
    origin.map_or_else(|| "local".to_owned(), |origin| origin.address.clone())
}

/// The address of the caller: that of the connection, or what the last trusted proxy wrote.
fn origin(request: &Request, trusted_proxies: usize) -> Origin {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let mut address = connection.map_or_else(
        || "local".to_owned(),
        |ConnectInfo(address)| address.ip().to_string(),
    );
    if trusted_proxies > 0 {
        let lists = request.headers().get_all("x-forwarded-for").iter();
        let hops = lists.filter_map(|list| list.to_str().ok());
        let hops: Vec<&str> = hops
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .collect();
        let place = hops.len().checked_sub(trusted_proxies);
        if let Some(hop) = place.and_then(|at| hops.get(at))
            && hop.parse::<std::net::IpAddr>().is_ok()
        {
            address = (*hop).to_owned();
        }
    }
    Origin { address }
}

/// The layer around every route.
pub async fn surround(State(gate): State<GateState>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace_id = trace_of(request.headers(), &gate);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let public = cross_origin::public(request.uri().path());
    if public && method == Method::OPTIONS {
        return cross_origin::preflight();
    }
    let origin = origin(&request, gate.trusted_proxies);
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(gate.clone());
    let head = method == Method::HEAD;
    let answer = TRACE_ID.scope(trace_id.clone(), async {
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let answer =
            answer.unwrap_or_else(|_| Problem::internal("a handler panicked").into_response());
        if head { answer } else { dressed(answer).await }
    });
    let mut answer = answer.await;
    let headers = answer.headers_mut();
    add_headers(headers, &trace_id, &gate);
    if public {
        cross_origin::allow(headers);
    } else {
        add_page_headers(headers);
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = answer.status().as_u16();
    let seconds = began.elapsed().as_secs_f64();
    gate.figures.count(&method, route, status, seconds);
    // The pattern of the route, never the address itself: addresses may name customers.
    if status >= 500 {
        tracing::error!(%method, route, status, seconds, trace_id, "call");
    } else if public {
        tracing::debug!(%method, route, status, seconds, trace_id, "call");
    } else {
        tracing::info!(%method, route, status, seconds, trace_id, "call");
    }
    answer
}

/// The id of the call: that of the caller's trace (W3C traceparent), or a new one.
fn trace_of(headers: &HeaderMap, gate: &GateState) -> String {
    let parent = headers.get("traceparent").and_then(|v| v.to_str().ok());
    let sent = parent.and_then(|text| text.split('-').nth(1));
    let valid = sent.filter(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    if let Some(id) = valid {
        return id.to_owned();
    }
    let mut id = String::with_capacity(32);
    for byte in gate.db.random().bytes::<16>() {
        id.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        id.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    id
}

/// Turns bare errors of libraries (404 and 405 of the router, 413 of the body limit) into problem
/// documents; everything that has a body of its own kind stays.
async fn dressed(answer: Response) -> Response {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer;
    }
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !bare {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let text = axum::body::to_bytes(body, LONGEST_TEXT)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut problem = Problem::new(code::of_status(status.as_u16()));
    if !text.is_empty() && status.is_client_error() {
        problem = problem.detail(text);
    }
    let mut answer = problem.into_response();
    *answer.status_mut() = status;
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// What belongs to every answer.
fn add_headers(headers: &mut HeaderMap, trace_id: &str, gate: &GateState) {
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if gate.secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        headers.insert("x-trace-id", value);
    }
}

/// What belongs to whatever a browser may show or keep a session with: machines that call with a
/// key neither show nor keep anything, and call more often than all others.
fn add_page_headers(headers: &mut HeaderMap) {
    let mut add = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    add(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    add(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    add(header::X_FRAME_OPTIONS, "DENY");
    add(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    add(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
}

/// Counters and histograms by route, kept so that a call does not look them up by name.
#[derive(Default)]
pub struct Figures {
    routes: RwLock<HashMap<String, Vec<Figure>>>,
}

struct Figure {
    method: Method,
    status: u16,
    calls: Counter,
    seconds: Histogram,
}

impl Figures {
    fn count(&self, method: &Method, route: &str, status: u16, seconds: f64) {
        let routes = self.routes.read();
        let figures = routes.get(route).map(Vec::as_slice).unwrap_or_default();
        let known = figures
            .iter()
            .find(|figure| figure.status == status && figure.method == *method);
        if let Some(figure) = known {
            figure.calls.increment(1);
            figure.seconds.record(seconds);
            return;
        }
        drop(routes);
        // Methods are free text on the wire; unknown ones share a name so that figures stay few.
        let word = match method.as_str() {
            word @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => word,
            _ => "OTHER",
        };
        let labels = [
            ("method", word.to_owned()),
            ("route", route.to_owned()),
            ("status", status.to_string()),
        ];
        let figure = Figure {
            method: method.clone(),
            status,
            calls: metrics::counter!("rapport_http_calls_total", &labels),
            seconds: metrics::histogram!("rapport_http_call_seconds", &labels),
        };
        figure.calls.increment(1);
        figure.seconds.record(seconds);
        if word != "OTHER" {
            self.routes
                .write()
                .entry(route.to_owned())
                .or_default()
                .push(figure);
        }
    }
}
