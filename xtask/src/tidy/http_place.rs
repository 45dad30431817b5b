//! HTTP and its description stand in files named `api.rs`.

use super::source::{Source, line_of, words};
use super::{Finding, crate_of, file_name, holds_tests};

/// The entry and the program are made of HTTP.
const FREE: [&str; 2] = ["gate", "rapport"];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let free = crate_of(path).is_none_or(|name| FREE.contains(&name));
    if free || !path.ends_with(".rs") || file_name(path) == "api.rs" || holds_tests(path) {
        return Vec::new();
    }
    let code = Source::without_tests(text).code;
    let mut findings = Vec::new();
    for library in ["axum", "utoipa_axum", "utoipa"] {
        for offset in words(&code, library) {
            let rest = &code[offset + library.len()..];
            if library == "utoipa" && describes_data(crate_of(path), rest) {
                continue;
            }
            let message = format!("`{library}` outside `api.rs`; keep rules free of HTTP");
            findings.push(Finding::new(path, line_of(text, offset), message));
        }
    }
    findings
}

/// A schema of data may stand beside the data. The store writes those of ids and times by hand.
fn describes_data(name: Option<&str>, rest: &str) -> bool {
    name == Some("store") || rest.starts_with("::ToSchema")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_http_outside_api_is_found() {
        let path = "crates/memory/src/log/mod.rs";
        for text in [
            "use axum::Json;\n",
            "#[utoipa::path(get, path = \"/a\")]\n",
            "use utoipa_axum::router::OpenApiRouter;\n",
            "use utoipa::{ToSchema, OpenApi};\n",
        ] {
            assert_eq!(check(path, text).len(), 1, "{text}");
            assert_eq!(check("crates/memory/src/log/api.rs", text), []);
            assert_eq!(check("crates/gate/src/session.rs", text), []);
            assert_eq!(check("crates/memory/src/log/tests.rs", text), []);
        }
        assert_eq!(
            check("crates/store/src/db.rs", "use axum::Json;\n").len(),
            1
        );
    }

    #[test]
    fn schemas_of_data_are_allowed() {
        let path = "crates/memory/src/log/mod.rs";
        assert_eq!(check(path, "use utoipa::ToSchema;\n"), []);
        assert_eq!(check(path, "#[derive(Debug, utoipa::ToSchema)]\n"), []);
        assert_eq!(check(path, "//! Not axum.\nlet a = \"axum\";\n"), []);
    }
}
