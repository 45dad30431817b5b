//! The user interface and the pages of problems, built into the program.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use gate::Problem;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

/// What `npm run build` in `web/` has made; may be missing.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// The page of each problem code.
#[derive(RustEmbed)]
#[folder = "../../docs/errors"]
struct ProblemPages;

/// Beginnings of addresses that are never pages of the user interface.
const NOT_PAGES: [&str; 11] = [
    "/api/", "/v1/", "/ofrep/", "/t/", "/o/", "/u/", "/p/", "/i/", "/batch", "/test/", "/assets/",
];

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Rapport</title><h1>Rapport is running</h1>\
    <p>This program was built without its user interface. To build it: \
    <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, then build the program \
    again. The API is described in <a href=\"/openapi.json\">/openapi.json</a>.</p></html>\n";

/// Files of the user interface and the pages of problems.
pub fn routes() -> Router {
    Router::new()
        .route("/assets/{*path}", get(asset))
        .layer(CompressionLayer::new())
        .route("/problems/{code}", get(problem))
}

/// Whether an address may be a page of the user interface.
pub fn owns(path: &str) -> bool {
    !NOT_PAGES
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

/// A file at the root of the user interface, or its one page, which finds the rest by itself.
pub fn page(path: &str) -> Response {
    let name = path.trim_start_matches('/');
    if name.contains('.') {
        return match Built::get(name) {
            Some(file) => answer(name, file, "no-cache"),
            None => Problem::not_found(format!("there is no file {path}")).into_response(),
        };
    }
    match Built::get("index.html") {
        Some(file) => answer("index.html", file, "no-cache"),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// Files whose names change with their content: kept by browsers for ever.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let name = format!("assets/{path}");
    let Some(file) = Built::get(&name) else {
        return Problem::not_found(format!("there is no file /{name}")).into_response();
    };
    if headers.contains_key(header::IF_NONE_MATCH) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    answer(&name, file, "public, max-age=31536000, immutable")
}

fn answer(name: &str, file: EmbeddedFile, caching: &'static str) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    let kind = if kind.starts_with("text/") && !kind.contains("charset") {
        format!("{kind}; charset=utf-8")
    } else {
        kind
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if name.starts_with("assets/") {
        headers.insert(header::ETAG, HeaderValue::from_static("\"immutable\""));
    }
    (headers, file.data.into_owned()).into_response()
}

async fn problem(Path(code): Path<String>) -> Response {
    let Some(page) = ProblemPages::get(&format!("{code}.md")) else {
        return Problem::not_found(format!("there is no problem code {code:?}")).into_response();
    };
    let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
    (kind, page.data.into_owned()).into_response()
}
