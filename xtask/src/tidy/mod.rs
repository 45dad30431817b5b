//! Rules of `STYLE.md` that a machine can check, one file each.

mod crate_order;
mod customer_key;
mod file_length;
mod http_place;
mod machine_paths;
mod module_doc;
mod names;
mod routes;
mod source;
mod sql_place;
mod typescript;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// A text file of the project, by its path from the root.
pub struct File {
    pub path: String,
    pub text: String,
}

/// A place that breaks a rule, and what to do about it.
#[derive(Debug, PartialEq)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub message: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

type FileRule = fn(&str, &str) -> Vec<Finding>;
type TreeRule = fn(&[File]) -> Vec<Finding>;

/// Rules that need one file at a time.
const FILE_RULES: [FileRule; 8] = [
    crate_order::check,
    file_length::check,
    module_doc::check,
    sql_place::check,
    http_place::check,
    names::check,
    machine_paths::check,
    typescript::check,
];

/// Rules that need to see several files together.
const TREE_RULES: [TreeRule; 2] = [customer_key::check, routes::check];

/// Prints every finding and fails when there is one.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let files = files(root)?;
    let mut findings = Vec::new();
    for file in &files {
        for rule in FILE_RULES {
            findings.extend(rule(&file.path, &file.text));
        }
    }
    for rule in TREE_RULES {
        findings.extend(rule(&files));
    }
    findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for finding in &findings {
        println!("{}:{}: {}", finding.path, finding.line, finding.message);
    }
    if !findings.is_empty() {
        bail!("tidy: {} findings", findings.len());
    }
    println!("tidy: {} files, nothing to say", files.len());
    Ok(())
}

/// Every text file that is in version control or could be added to it.
pub fn files(root: &Path) -> anyhow::Result<Vec<File>> {
    let listing = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("git is needed to list the files of the project")?;
    if !listing.status.success() {
        bail!(
            "git ls-files: {}",
            String::from_utf8_lossy(&listing.stderr).trim()
        );
    }
    let mut files = Vec::new();
    for path in String::from_utf8(listing.stdout)?.split_terminator('\0') {
        // A path that is listed and gone is a deletion not yet committed.
        let Ok(bytes) = std::fs::read(root.join(path)) else {
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        files.push(File {
            path: path.to_owned(),
            text,
        });
    }
    Ok(files)
}

/// The crate that a path belongs to: `crates/<name>/…`.
fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Tests may do what the program may not.
fn holds_tests(path: &str) -> bool {
    let name = file_name(path);
    name == "tests.rs" || name.ends_with("_tests.rs") || path.contains("/tests/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_lists_its_own_files() {
        let root = crate::project::root();
        let files = files(&root).unwrap();
        assert!(
            files
                .iter()
                .any(|file| file.path == "xtask/src/tidy/mod.rs")
        );
    }

    #[test]
    fn test_files_are_recognised() {
        assert!(holds_tests("crates/memory/src/log/tests.rs"));
        assert!(holds_tests("crates/memory/tests/ingest.rs"));
        assert!(!holds_tests("crates/memory/src/log/mod.rs"));
    }
}
