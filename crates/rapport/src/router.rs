//! All routes of the program and the OpenAPI document that describes them.

use std::collections::HashSet;

use awareness::experiment::api::ExperimentState;
use axum::Router;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get;
use gate::Problem;
use serde_json::json;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, erasure, health, system, test_clock, today, ui};

/// Every crate's routes, one line each. Each operation under `/api` says who may call it:
/// `extensions(("x-permission" = json!("edit_offers")))`, where the word is one of
/// `gate::Permission`, or `signed_in` (anybody with an account), `open` (nobody has to be signed
/// in) or `kind` (the permission of the kind of definition). Each operation under `/v1` names the
/// scope of its keys: `extensions(("x-scope" = json!("ingest")))`, or several that do. Tests hold
/// that both are true.
fn compose(app: Option<&App>) -> Parts {
    let mut parts = Parts::default();
    parts.add(gate::routes(), app.map(|app| app.gate.clone()));
    parts.add(
        memory::event::api::routes(),
        app.map(|app| app.installed.memory.clone()),
    );
    parts.add(memory::routes(), app.map(|app| app.memory_state.clone()));
    let explore = app.map(App::explore);
    parts.add(awareness::explore::api::routes(), explore.clone());
    parts.add(awareness::web::api::routes(), explore);
    let memory = app.map(|app| app.installed.memory.clone());
    parts.add(
        awareness::experiment::api::routes(),
        memory.map(ExperimentState::new),
    );
    parts.add(
        awareness::increment::api::routes(),
        app.map(|app| app.installed.decider.earnings().clone()),
    );
    parts.add(
        decision::routes(),
        app.map(|app| app.installed.decider.clone()),
    );
    let segments = app.map(|app| decision::segment::api::SegmentState {
        decider: app.installed.decider.clone(),
        gate: app.gate.clone(),
        least_customers: app.config.limits.least_customers,
    });
    parts.add(decision::segment::api::routes(), segments.clone());
    parts.add(decision::suppression::api::routes(), segments);
    parts.add(
        decision::simulation::api::routes(),
        app.map(|app| app.simulator.clone()),
    );
    let memory = app.map(|app| app.installed.memory.clone());
    parts.add(execution::journey::api::routes(), memory);
    parts.add(
        execution::api::routes(),
        app.map(|app| app.execution.clone()),
    );
    let memory = app.map(|app| app.installed.memory.clone());
    parts.add(awareness::sql::api::routes(), memory);
    parts.add(erasure::api::routes(), app.cloned());
    parts.add(system::api::routes(), app.cloned());
    parts.add(today::api::routes(), app.cloned());
    parts.add(health::routes(), app.cloned());
    parts
}

/// The whole program behind its gate.
pub fn router(app: &App) -> Router {
    with(app, Router::new())
}

/// The whole program and some more pages, which are in no document.
pub fn with(app: &App, pages: Router) -> Router {
    let parts = compose(Some(app));
    let document = finished(parts.document);
    let document = axum::body::Bytes::from(text(&document));
    let openapi = async move || {
        (
            [(header::CONTENT_TYPE, "application/json")],
            document.clone(),
        )
    };
    // plain routes: the document cannot describe itself.
    let router = parts
        .router
        .route("/openapi.json", get(openapi))
        .merge(test_clock::routes(app.db.clock()))
        .merge(ui::routes())
        .merge(pages)
        .fallback_service(
            Router::new()
                .fallback(elsewhere)
                .layer(CompressionLayer::new()),
        );
    gate::enter(router, app.gate.clone())
}

/// The content type of problem documents.
const PROBLEM_TYPE: &str = "application/problem+json";

/// The OpenAPI document as it is written to a file.
pub fn document() -> String {
    text(&finished(compose(None).document))
}

fn text(document: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(document).expect("the document is JSON");
    text.push('\n');
    text
}

/// Routes and their description, collected crate by crate.
#[derive(Default)]
struct Parts {
    router: Router,
    document: OpenApi,
}

impl Parts {
    /// Adds a crate's routes; without its state only their description.
    fn add<S: Clone + Send + Sync + 'static>(
        &mut self,
        routes: OpenApiRouter<S>,
        state: Option<S>,
    ) {
        let (router, document) = routes.split_for_parts();
        self.document.merge(document);
        if let Some(state) = state {
            let mine = std::mem::take(&mut self.router);
            self.router = mine.merge(router.with_state(state));
        }
    }
}

/// What is no route: pages of the user interface for browsers, a problem for programs.
async fn elsewhere(method: Method, uri: Uri, headers: HeaderMap) -> axum::response::Response {
    if matches!(method, Method::GET | Method::HEAD) && ui::owns(uri.path()) {
        return ui::page(uri.path(), &headers);
    }
    Problem::not_found(format!("there is no address {method} {}", uri.path())).into_response()
}

/// Adds what every operation shares: title, ways to sign in, and the form of problems.
fn finished(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Rapport")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "One conversation with each customer, in every channel.",
        ))
        .license(Some(
            utoipa::openapi::LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    let components = document.components.get_or_insert_default();
    let problem = gate::ProblemDocument::name().into_owned();
    components
        .schemas
        .insert(problem.clone(), gate::ProblemDocument::schema());
    let mut needed = Vec::new();
    gate::ProblemDocument::schemas(&mut needed);
    components.schemas.extend(needed);
    let cookie = ApiKey::Cookie(ApiKeyValue::new(gate::session::COOKIE));
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, rpk_…"));
    let schemes = &mut components.security_schemes;
    schemes.insert(
        "session".to_owned(),
        RefOr::T(SecurityScheme::ApiKey(cookie)),
    );
    schemes.insert(
        "key".to_owned(),
        RefOr::T(SecurityScheme::Http(key.build())),
    );
    let mut known = HashSet::new();
    for (path, item) in &mut document.paths.paths {
        let methods = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in methods.into_iter().flatten() {
            complete(path, operation, &problem);
            distinguish(path, operation, &mut known);
        }
    }
    document
}

/// Lists of one tag may share a name; their paths tell them apart.
fn distinguish(path: &str, operation: &mut Operation, known: &mut HashSet<String>) {
    let Some(id) = &mut operation.operation_id else {
        return;
    };
    if !known.insert(id.clone()) {
        let words: Vec<&str> = path
            .split(['/', '{', '}'])
            .filter(|word| !word.is_empty())
            .collect();
        id.push('_');
        id.push_str(&words.join("_"));
        known.insert(id.clone());
    }
}

fn complete(path: &str, operation: &mut Operation, problem: &str) {
    // Handlers of different features may have one name; with the tag they are told apart.
    let tag = operation.tags.as_ref().and_then(|tags| tags.first());
    if let (Some(tag), Some(name)) = (tag, &operation.operation_id) {
        operation.operation_id = Some(format!("{tag}_{name}"));
    }
    let extensions = operation.extensions.as_ref();
    let permission = extensions
        .and_then(|known| known.get("x-permission"))
        .cloned();
    let none: [String; 0] = [];
    let key = SecurityRequirement::new("key", none.clone());
    if permission.is_some_and(|word| word != json!("open")) {
        let session = SecurityRequirement::new("session", none);
        operation.security = Some(vec![session, key]);
    } else if path.starts_with("/v1/") || path.starts_with("/ofrep/") {
        operation.security = Some(vec![key]);
    }
    let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name(problem))));
    let answer = ResponseBuilder::new()
        .description("What went wrong, as a problem document (RFC 9457)")
        .content(PROBLEM_TYPE, problem.clone())
        .build();
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        name_problem(response, &problem);
    }
    responses.insert("default".to_owned(), RefOr::T(answer));
}

/// Handlers declare a problem like any body; its content type is a different one.
fn name_problem(response: &mut RefOr<Response>, problem: &Content) {
    let RefOr::T(response) = response else { return };
    let declared = response.content.get("application/json");
    if matches!(declared, Some(RefOr::T(declared)) if declared.schema == problem.schema) {
        let content = response.content.shift_remove("application/json");
        response
            .content
            .extend(content.map(|content| (PROBLEM_TYPE.to_owned(), content)));
    }
}
