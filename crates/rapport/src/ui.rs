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
    // plain routes: files and pages for browsers.
    Router::new()
        .route("/assets/{*path}", get(asset))
        .route("/problems/{code}", get(problem))
        .layer(CompressionLayer::new())
}

/// Whether an address may be a page of the user interface.
pub fn owns(path: &str) -> bool {
    !NOT_PAGES
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

/// A file at the root of the user interface, or its one page, which finds the rest by itself.
pub fn page(path: &str, headers: &HeaderMap) -> Response {
    let name = path.trim_start_matches('/');
    if name.contains('.') {
        // Sites fetch the tag on every page; five minutes are how long they may run an old one.
        let caching = match name {
            "tag.js" => "public, max-age=300",
            _ => "no-cache",
        };
        return match Built::get(name) {
            Some(file) => answer(file, headers, caching),
            None => Problem::not_found(format!("there is no file {path}")).into_response(),
        };
    }
    match Built::get("index.html") {
        Some(file) => answer(file, headers, "no-cache"),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// Files whose names change with their content: kept by browsers for ever.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let name = format!("assets/{path}");
    match Built::get(&name) {
        Some(file) => answer(file, &headers, "public, max-age=31536000, immutable"),
        None => Problem::not_found(format!("there is no file /{name}")).into_response(),
    }
}

fn answer(file: EmbeddedFile, asked: &HeaderMap, caching: &'static str) -> Response {
    let hash = file.metadata.sha256_hash();
    let etag = format!("\"{:032x}\"", u128::from_be_bytes(first_half(hash)));
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    let known = asked.get(header::IF_NONE_MATCH);
    // Compression makes tags weak on the way out; the content decides.
    let known = known.and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.contains(&etag)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let mut kind = file.metadata.mimetype().to_owned();
    if kind.starts_with("text/") && !kind.contains("charset") {
        kind.push_str("; charset=utf-8");
    }
    if let Ok(value) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    (headers, file.data.into_owned()).into_response()
}

fn first_half(hash: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|at| hash[at])
}

async fn problem(Path(code): Path<String>) -> Response {
    let Some(page) = ProblemPages::get(&format!("{code}.md")) else {
        return Problem::not_found(format!("there is no problem code {code:?}")).into_response();
    };
    let kind = [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")];
    (kind, page.data.into_owned()).into_response()
}
