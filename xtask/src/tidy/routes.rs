//! Every route in the code is in the OpenAPI document, but for plain ones that say why not.

use serde_json::Value;

use super::source::{Source, closing, line_of, words};
use super::{File, Finding, holds_tests};

const DOCUMENT: &str = "docs/openapi.json";
/// A file whose routes are for browsers or for other products' clients says so in such a comment.
const PLAIN: &str = "// plain routes: ";

pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = missing(files);
    findings.extend(code(files).flat_map(plain));
    findings
}

fn code(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| {
        let program = file.path.starts_with("crates/") && file.path.ends_with(".rs");
        program && !holds_tests(&file.path)
    })
}

/// Routes that are made without a description, in files that do not say why.
fn plain(file: &File) -> Vec<Finding> {
    if file.text.contains(PLAIN) {
        return Vec::new();
    }
    let source = Source::without_tests(&file.text);
    let made = source.code.match_indices(".route(");
    let finding = |(offset, _)| {
        let message = format!(
            "this route is in no document: describe it and use routes!(…), or say in a comment \
             `{PLAIN}…` whom the routes of this file are for"
        );
        Finding::new(&file.path, line_of(&file.text, offset), message)
    };
    made.map(finding).collect()
}

fn missing(files: &[File]) -> Vec<Finding> {
    let routes: Vec<Route> = code(files)
        .flat_map(|file| routes(&file.path, &file.text))
        .collect();
    if routes.is_empty() {
        return Vec::new();
    }
    let Some(document) = files.iter().find(|file| file.path == DOCUMENT) else {
        let message = format!(
            "{} routes and no document; run `cargo xtask openapi`",
            routes.len()
        );
        return vec![Finding::new(DOCUMENT, 1, message)];
    };
    let Ok(document) = serde_json::from_str::<Value>(&document.text) else {
        return vec![Finding::new(
            DOCUMENT,
            1,
            "cannot be read as JSON; run `cargo xtask openapi`",
        )];
    };
    let missing = routes
        .into_iter()
        .filter(|route| !route.documented(&document));
    missing
        .map(|route| {
            let Route { method, path, .. } = &route;
            let message =
                format!("{method} {path} is not in {DOCUMENT}; run `cargo xtask openapi`");
            Finding::new(&route.file, route.line, message)
        })
        .collect()
}

struct Route {
    file: String,
    line: usize,
    method: String,
    path: String,
}

impl Route {
    /// A router may be nested under a prefix, so the end of the documented path decides.
    fn documented(&self, document: &Value) -> bool {
        let Some(paths) = document.get("paths").and_then(Value::as_object) else {
            return false;
        };
        paths.iter().any(|(path, methods)| {
            path.ends_with(&self.path) && methods.get(&self.method).is_some()
        })
    }
}

/// The `#[utoipa::path(get, path = "/…")]` attributes of a file.
fn routes(file: &str, text: &str) -> Vec<Route> {
    let source = Source::without_tests(text);
    let mut routes = Vec::new();
    for (offset, attribute) in source.code.match_indices("#[utoipa::path(") {
        let open = offset + attribute.len() - 1;
        let inside = &source.code[open + 1..closing(&source.code, open)];
        let name = inside.trim_start();
        let method = &name[..name
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(name.len())];
        let given = words(inside, "path").find(|at| inside[at + 4..].trim_start().starts_with('='));
        let Some(key) = given.map(|at| open + 1 + at) else {
            continue;
        };
        let Some(literal) = source.literals.iter().find(|literal| literal.offset > key) else {
            continue;
        };
        // `path = $path` in a macro: where it is used is not known here.
        if source.code[key..literal.offset].contains(',') {
            continue;
        }
        routes.push(Route {
            file: file.to_owned(),
            line: line_of(text, offset),
            method: method.to_owned(),
            path: literal.text.clone(),
        });
    }
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "//! A.\n/// One.\n#[utoipa::path(\n    get,\n    path = \"/offers/{key}\",\n    \
        responses((status = 200, description = \"path = \\\"/no\\\"\")),\n)]\nasync fn one() {}\n";

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    fn document(text: &str) -> Vec<Finding> {
        check(&[
            file("crates/decision/src/offer/api.rs", API),
            file(DOCUMENT, text),
        ])
    }

    #[test]
    fn a_route_that_is_not_in_the_document_is_found() {
        let findings = document(r#"{"paths":{"/api/offers":{"get":{}}}}"#);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 3);
        assert_eq!(
            document(r#"{"paths":{"/api/offers/{key}":{"post":{}}}}"#).len(),
            1
        );
        assert_eq!(document("no JSON").len(), 1);
    }

    #[test]
    fn a_plain_route_is_found_unless_its_file_says_whom_it_is_for() {
        let route = "//! A.\nfn routes() -> Router {\n    Router::new()\n        .route(\"/a\", get(a))\n}\n";
        let path = "crates/memory/src/event/api.rs";
        let findings = check(&[file(path, route)]);
        assert_eq!((findings.len(), findings[0].line), (1, 4));
        let said = route.replace(
            "    Router",
            "    // plain routes: for stock clients.\n    Router",
        );
        assert_eq!(check(&[file(path, &said)]), []);
        assert_eq!(
            check(&[file("crates/memory/src/event/tests.rs", route)]),
            []
        );
        assert_eq!(check(&[file("xtask/src/web.rs", route)]), []);
        let spoken = "//! A `.route(` in words.\nconst A: &str = \".route(\";\n";
        assert_eq!(check(&[file(path, spoken)]), []);
    }

    #[test]
    fn a_path_that_a_macro_fills_in_is_left_to_the_document() {
        let text = "#[utoipa::path(post, path = $path, tag = \"events\")]\nasync fn one() {}\n";
        assert_eq!(routes("crates/memory/src/event/api.rs", text).len(), 0);
    }

    #[test]
    fn a_route_under_a_prefix_is_recognised() {
        assert_eq!(
            document(r#"{"paths":{"/api/offers/{key}":{"get":{}}}}"#),
            []
        );
    }

    #[test]
    fn without_a_document_routes_are_reported_once() {
        let api = file("crates/decision/src/offer/api.rs", API);
        assert_eq!(check(&[api])[0].path, DOCUMENT);
        assert_eq!(check(&[file("crates/decision/src/lib.rs", "//! A.\n")]), []);
    }
}
