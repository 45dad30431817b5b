//! Codes and their pages.

use super::code::CODES;

#[test]
fn every_code_is_explained_on_a_page_of_its_own() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
    for code in CODES {
        let page = std::fs::read_to_string(format!("{folder}/{}.md", code.name));
        let page = page.unwrap_or_else(|_| panic!("docs/errors/{}.md is missing", code.name));
        assert!(
            page.starts_with(&format!("# {}\n", code.name)),
            "{}",
            code.name
        );
        assert!(page.len() > 80, "{} says too little", code.name);
    }
}

#[test]
fn every_code_says_what_to_do_unless_the_places_do() {
    let silent = CODES.iter().filter(|code| code.hint.is_empty());
    let silent: Vec<&str> = silent.map(|code| code.name).collect();
    assert_eq!(silent, ["invalid_body"]);
}

#[test]
fn no_code_is_used_twice() {
    let mut names: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
