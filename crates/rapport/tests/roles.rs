//! Who may call what: every operation of the OpenAPI document × every kind of caller.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use gate::test_support::{Caller, OPERATOR_SECRET, program, sign_in};
use gate::{Permission, Role, Scope, session};
use rapport::{App, Config};
use serde_json::{Value, json};
use store::Db;
use tower::ServiceExt;

/// One operation, as the document describes it.
struct Operation {
    method: String,
    path: String,
    described: Value,
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                described: described.clone(),
            });
        }
    }
    operations
}

/// A value that a schema allows, as far as its examples and types tell.
fn example(schema: &Value, document: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).unwrap();
        return example(target, document);
    }
    for given in [
        &schema["example"],
        &schema["examples"][0],
        &schema["enum"][0],
        &schema["default"],
    ] {
        if !given.is_null() {
            return given.clone();
        }
    }
    for one_of in ["oneOf", "anyOf"] {
        if let Some(first) = schema[one_of].as_array().and_then(|all| all.last()) {
            return example(first, document);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut all = serde_json::Map::new();
        for part in parts {
            if let Value::Object(fields) = example(part, document) {
                all.extend(fields);
            }
        }
        return Value::Object(all);
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match kind {
        Some("string") => json!("x"),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        Some("array") => json!([example(&schema["items"], document)]),
        _ => {
            let mut fields = serde_json::Map::new();
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                fields.insert(
                    name.to_owned(),
                    example(&schema["properties"][name], document),
                );
            }
            Value::Object(fields)
        }
    }
}

/// The address with an example in place of each variable part.
fn address(operation: &Operation, document: &Value) -> String {
    let mut address = operation.path.clone();
    for parameter in operation.described["parameters"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if parameter["in"] != "path" {
            continue;
        }
        let given = &parameter["example"];
        let value = if given.is_null() {
            example(&parameter["schema"], document)
        } else {
            given.clone()
        };
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let name = parameter["name"].as_str().unwrap();
        address = address.replace(&format!("{{{name}}}"), &text);
    }
    address
}

/// Calls an operation; only the status counts.
async fn status(router: &Router, caller: &Caller, operation: &Operation, document: &Value) -> u16 {
    let mut request = Request::builder()
        .method(operation.method.as_str())
        .uri(address(operation, document));
    match caller {
        Caller::Stranger => {}
        Caller::Browser(token) => {
            request = request
                .header("cookie", format!("{}={token}", session::COOKIE))
                .header(session::CSRF_HEADER, session::csrf_token(token));
        }
        Caller::Program(secret) => {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
    }
    let content = operation.described["requestBody"]["content"].as_object();
    let body = match content.and_then(|content| content.iter().next()) {
        Some((kind, described)) => {
            request = request.header("content-type", kind.as_str());
            Body::from(example(&described["schema"], document).to_string())
        }
        None => Body::empty(),
    };
    let answer = router.clone().oneshot(request.body(body).unwrap()).await;
    answer.unwrap().status().as_u16()
}

/// Whether the caller must be let in, must be refused with 401 or 403, or (`None`) it depends on
/// more than the caller.
fn expected(word: &str, caller: &str, role: Option<Role>) -> Option<u16> {
    let permission = Permission::ALL
        .into_iter()
        .find(|known| known.word() == word);
    match (word, caller) {
        ("open", _) => Some(200),
        (_, "stranger") => Some(401),
        ("signed_in", "program") => None,
        ("signed_in", _) => Some(200),
        ("kind", "program") => None,
        ("kind", _) => None,
        (_, "program") => {
            let people = ["manage_users", "manage_keys"].contains(&word);
            Some(if people { 403 } else { 200 })
        }
        (_, _) => {
            let permission = permission.unwrap_or_else(|| panic!("{word} is no permission"));
            Some(if role.is_some_and(|role| role.may(permission)) {
                200
            } else {
                403
            })
        }
    }
}

async fn app(db: &Db, folder: &std::path::Path) -> App {
    let config = Config {
        data: folder.to_owned(),
        ..Config::default()
    };
    let listening = config.listen;
    App::over(db.clone(), config, listening, OPERATOR_SECRET)
        .await
        .unwrap()
}

store::test! {
    async fn every_operation_lets_in_exactly_those_it_names(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let router = rapport::router::router(&app(&db, folder.path()).await);
        let document: Value = serde_json::from_str(&rapport::router::document()).unwrap();
        let mut wrong = Vec::new();
        let mut checked = 0;
        for operation in operations(&document) {
            if !operation.path.starts_with("/api/") || operation.path.starts_with("/api/s/") {
                continue;
            }
            let place = format!("{} {}", operation.method, operation.path);
            let Some(word) = operation.described["x-permission"].as_str() else {
                wrong.push(format!(
                    "{place} does not say who may call it (x-permission)"
                ));
                continue;
            };
            let mut callers = vec![("stranger", None, Caller::Stranger)];
            for role in Role::ALL {
                // A person of its own for each call: some calls end the session.
                callers.push((role.word(), Some(role), sign_in(&db, role).await));
            }
            let robot = program(&db, &[Scope::Manage]).await;
            callers.push(("program", None, robot));
            for (name, role, caller) in callers {
                let Some(expected) = expected(word, name, role) else {
                    continue;
                };
                let status = status(&router, &caller, &operation, &document).await;
                let let_in = status != 401 && status != 403 && status < 500;
                // Where nobody must be signed in, 401 is an answer about the password.
                let fits = match expected {
                    200 => let_in || word == "open" && status == 401,
                    refused => status == refused,
                };
                if !fits {
                    wrong.push(format!("{place} ({word}) answers {status} to {name}"));
                }
                checked += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(checked > 100, "only {checked} combinations were checked");
    }
}

store::test! {
    async fn the_public_api_lets_in_only_keys_with_the_scope_it_names(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let router = rapport::router::router(&app(&db, folder.path()).await);
        let document: Value = serde_json::from_str(&rapport::router::document()).unwrap();
        let mut wrong = Vec::new();
        for operation in operations(&document) {
            if !["/v1/", "/ofrep/"].iter().any(|begin| operation.path.starts_with(begin)) {
                continue;
            }
            let place = format!("{} {}", operation.method, operation.path);
            let word = operation.described["x-scope"].as_str();
            let words = word.unwrap_or_default().split(' ');
            let scopes: Vec<Scope> = words.filter_map(Scope::of_word).collect();
            if scopes.is_empty() {
                wrong.push(format!(
                    "{place} does not say which scope it needs (x-scope)"
                ));
                continue;
            }
            for other in std::iter::once(None).chain(Scope::ALL.map(Some)) {
                let refused = if other.is_none() { 401 } else { 403 };
                let caller = match other {
                    None => Caller::Stranger,
                    Some(other) => program(&db, &[other]).await,
                };
                let status = status(&router, &caller, &operation, &document).await;
                let fits = if other.is_some_and(|other| scopes.contains(&other)) {
                    ![401, 403].contains(&status) && status < 500
                } else {
                    // Events may carry their key in the body, which is then read first.
                status == refused || (other.is_none() && status == 400)
                };
                if !fits {
                    wrong.push(format!(
                        "{place} ({scopes:?}) answers {status} to {other:?}"
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
