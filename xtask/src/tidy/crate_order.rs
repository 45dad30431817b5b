//! A crate uses only crates that stand before it.

use super::source::{Source, line_of, words};
use super::{Finding, crate_of};

/// The story of the tree, in order.
const ORDER: [&str; 8] = [
    "store",
    "gate",
    "memory",
    "awareness",
    "decision",
    "execution",
    "operations",
    "rapport",
];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let Some(name) = crate_of(path) else {
        return Vec::new();
    };
    let Some(place) = ORDER.iter().position(|known| *known == name) else {
        let message = format!("crate `{name}` is not in the order of crates; see STYLE.md");
        return vec![Finding::new(path, 1, message)];
    };
    let later = &ORDER[place + 1..];
    if path == format!("crates/{name}/Cargo.toml") {
        manifest(path, text, later)
    } else if path.ends_with(".rs") {
        uses(path, text, later)
    } else {
        Vec::new()
    }
}

fn manifest(path: &str, text: &str, later: &[&str]) -> Vec<Finding> {
    let Ok(manifest) = text.parse::<toml::Table>() else {
        return vec![Finding::new(path, 1, "cannot be read as TOML")];
    };
    let mut findings = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else {
            continue;
        };
        for (key, value) in dependencies {
            let package = value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(key);
            let name = package.strip_prefix("rapport-").unwrap_or(package);
            if later.contains(&name) {
                let line = text
                    .find(key.as_str())
                    .map_or(1, |offset| line_of(text, offset));
                findings.push(Finding::new(path, line, message(name)));
            }
        }
    }
    findings
}

fn uses(path: &str, text: &str, later: &[&str]) -> Vec<Finding> {
    let source = Source::read(text);
    let mut findings = Vec::new();
    for name in later {
        for offset in words(&source.code, name) {
            let before = source.code[..offset].trim_end_matches("::").trim_end();
            let imported = before.ends_with("use") || before.ends_with("extern crate");
            if imported && source.code[offset + name.len()..].starts_with([':', ';', ' ']) {
                findings.push(Finding::new(path, line_of(text, offset), message(name)));
            }
        }
    }
    findings
}

fn message(name: &str) -> String {
    format!("uses the later crate `{name}`; let the knowledge flow back as data through memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_may_name_earlier_crates_only() {
        let path = "crates/memory/Cargo.toml";
        let good = "[dependencies]\nstore.workspace = true\n";
        assert_eq!(check(path, good), []);
        for bad in [
            "[dependencies]\ndecision.workspace = true\n",
            "[dev-dependencies]\nexecution = { path = \"../execution\" }\n",
            "[dependencies]\nlater = { package = \"rapport-decision\", version = \"1\" }\n",
        ] {
            let findings = check(path, bad);
            assert_eq!(findings.len(), 1, "{bad}");
            assert_eq!(findings[0].line, 2);
        }
    }

    #[test]
    fn a_use_of_a_later_crate_is_found() {
        let path = "crates/memory/src/log/mod.rs";
        assert_eq!(check(path, "//! Log.\nuse decision::Catalog;\n").len(), 1);
        assert_eq!(
            check(path, "//! use decision::Catalog;\nuse store::Db;\n"),
            []
        );
        assert_eq!(
            check(path, "use crate::decision::Mark;\nlet decision = 1;\n"),
            []
        );
        assert_eq!(
            check("crates/rapport/src/main.rs", "use decision::Catalog;"),
            []
        );
    }

    #[test]
    fn an_unknown_crate_is_found() {
        assert_eq!(check("crates/extra/src/lib.rs", "").len(), 1);
    }
}
