//! Names that say nothing do not exist here.

use super::Finding;
use super::source::{Source, line_of};

const BANNED: [&str; 8] = [
    "util", "utils", "common", "helpers", "types", "misc", "manager", "shared",
];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in path.split('/') {
        let stem = part.split('.').next().unwrap_or(part);
        if BANNED.contains(&stem) {
            findings.push(Finding::new(path, 1, message(stem)));
        }
    }
    if path.ends_with(".rs") {
        findings.extend(modules(path, text));
    }
    findings
}

fn modules(path: &str, text: &str) -> Vec<Finding> {
    let code = Source::read(text).code;
    let mut findings = Vec::new();
    for (offset, keyword) in code.match_indices("mod ") {
        let rest = code[offset + keyword.len()..].trim_start();
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        if BANNED.contains(&name) {
            findings.push(Finding::new(path, line_of(text, offset), message(name)));
        }
    }
    findings
}

fn message(name: &str) -> String {
    format!("`{name}` says nothing; name it after the thing it holds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_of_files_folders_and_modules_are_found() {
        assert_eq!(check("crates/memory/src/util.rs", "").len(), 1);
        assert_eq!(check("web/src/shared/Button.tsx", "").len(), 1);
        assert_eq!(check("web/src/api/types.d.ts", "").len(), 1);
        assert_eq!(
            check("crates/memory/src/lib.rs", "pub mod helpers;\n").len(),
            1
        );
        assert_eq!(check("crates/memory/src/lib.rs", "mod misc { }\n").len(), 1);
    }

    #[test]
    fn names_that_only_contain_them_are_fine() {
        assert_eq!(
            check(
                "crates/memory/src/utility_bill.rs",
                "mod commons;\n// mod util;\n"
            ),
            []
        );
    }
}
