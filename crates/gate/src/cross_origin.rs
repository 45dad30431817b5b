//! Which addresses pages of other sites may call: those that work with a key, never with a cookie.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Beginnings of the addresses that the browser tag and stock clients call from other sites.
const PUBLIC: [&str; 9] = [
    "/v1/", "/ofrep/", "/batch", "/i/v0/", "/e/", "/capture", "/track/", "/api/s/", "/tag.js",
];

/// Whether pages of other sites may call this address.
pub fn public(path: &str) -> bool {
    path == "/e" || PUBLIC.iter().any(|beginning| path.starts_with(beginning))
}

/// Lets the page read the answer. Cookies are not allowed, so no one's session can be used.
pub fn allow(headers: &mut HeaderMap) {
    let anyone = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    let exposed = HeaderValue::from_static("retry-after, x-trace-id, etag");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    let anywhere = HeaderValue::from_static("cross-origin");
    headers.insert("cross-origin-resource-policy", anywhere);
}

/// The answer to a browser that asks whether it may call.
pub fn preflight() -> Response {
    let mut answer = StatusCode::NO_CONTENT.into_response();
    let headers = answer.headers_mut();
    allow(headers);
    let methods = HeaderValue::from_static("GET, POST, OPTIONS");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let allowed = "authorization, content-type, content-encoding, idempotency-key, if-none-match, \
        traceparent, x-api-key, x-write-key";
    let allowed = HeaderValue::from_static(allowed);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    let day = HeaderValue::from_static("86400");
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, day);
    answer
}
