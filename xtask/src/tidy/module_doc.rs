//! A Rust file opens with a sentence that says what it is.

use super::Finding;

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let sentence = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "));
    if !path.ends_with(".rs") || sentence.is_some_and(|words| !words.trim().is_empty()) {
        return Vec::new();
    }
    vec![Finding::new(
        path,
        1,
        "the first line must be `//! ` and one sentence",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_first_sentence_is_found() {
        assert_eq!(check("crates/store/src/lib.rs", "//! The ground.\n"), []);
        assert_eq!(
            check("crates/store/src/lib.rs", "use std::fs;\n//! Late.\n").len(),
            1
        );
        assert_eq!(check("crates/store/src/lib.rs", "//! \n").len(), 1);
        assert_eq!(check("crates/store/src/lib.rs", "").len(), 1);
        assert_eq!(check("web/src/main.ts", "export {}\n"), []);
    }
}
